//! What each behavior is, in a sentence, and a line that looks like it and is not.

use super::Feature;

/// What an analyst goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guideline {
    /// When it is this behavior.
    pub definition: &'static str,
    /// A line of Python that is near to it and is none.
    pub unlike: &'static str,
}

/// What the collection of malicious packages of the OpenSSF counts as malicious, in our words. Behavior decides, whatever its
/// author says that it is for.
pub const OSSF: [(&str, &str); 4] = [
    (
        "counts",
        "installing or using it harms what is secret, whole or available on the machine: data sent away, a way in opened, files destroyed, code fetched and run behind the user's back",
    ),
    (
        "counts too",
        "the same for a study or a proof of concept: who sends a host's name home to win a bounty has sent it",
    ),
    (
        "counts too",
        "a good package whose account, build or dependency was taken over, for the versions that carry the harm; programs that come prebuilt with it",
    ),
    (
        "does not",
        "a weakness that others could use, a server that was broken into, spam and squatted names that do nothing, data sent where the package says so and it can be turned off",
    ),
];

impl Feature {
    /// When something is this behavior, and what is none.
    #[must_use]
    pub fn guideline(self) -> Guideline {
        let (definition, unlike) = match self {
            Self::ImportSystem => {
                ("A module that knows the machine is loaded: its name, user, environment.", "import math")
            }
            Self::CallSystem => (
                "A function asks the machine who and what it is, or changes its environment.",
                "import os; os.path.join(a, b)",
            ),
            Self::ImportFiles => ("A module that reads and writes files is loaded.", "import json"),
            Self::CallFiles => ("A file is read, written, copied or listed.", "import io; io.StringIO('notes').read()"),
            Self::ReadSecret => {
                ("Keys, tokens, passwords, wallets or a browser's store are named or read.", "open('README.md').read()")
            }
            Self::ImportNetwork => ("A module that can reach other machines is loaded.", "import string"),
            Self::CallNetwork => ("Something is sent to or fetched from another machine.", "address = urlsafe(name)"),
            Self::UseUrl => (
                "An address of another machine stands in the code, or is put together there.",
                "path = 'docs/index.html'",
            ),
            Self::ImportEncoding => ("A module that encodes, packs or encrypts is loaded.", "import random"),
            Self::CallEncoding => ("Data is decoded, unpacked or decrypted.", "text = data.upper()"),
            Self::UseBase64 => ("A text in base64 stands in the code.", "data = 'a plain sentence for people to read'"),
            Self::UseLongString => {
                ("A text too long to be words stands in the code, as packed data does.", "data = 'short'")
            }
            Self::ImportProcess => ("A module that starts other programs is loaded.", "import textwrap"),
            Self::CallProcess => ("Another program is started.", "run = subprocess_name"),
            Self::RunShell => ("A line of shell is run that itself does things.", "line = 'curl is a program'"),
            Self::EvaluateCode => {
                ("A text that comes to be while the program runs is run as code.", "import ast; ast.literal_eval(text)")
            }
            Self::RunDecoded => {
                ("What was decoded is run as code.", "import base64; text = base64.b64decode('cHJpbnQoMSk=')")
            }
            Self::SilentProcess => (
                "A program is started so that nobody sees it: no window, no output, outliving what started it.",
                "import subprocess; subprocess.run(['git', 'status'])",
            ),
            Self::Persist => (
                "A place is named or written from which the system starts code by itself: cron, shell profile, registry, service.",
                "open('build/job', 'w').write(line)",
            ),
            Self::Destroy => (
                "Files are deleted or overwritten that are not the package's own.",
                "import os; os.remove('build/lib.tmp')",
            ),
            Self::CheckEnvironment => (
                "The code asks whether it is watched or where it runs: debugger, virtual machine, CI, language of the user.",
                "import sys; sys.version_info",
            ),
            Self::CaptureInput => ("Keys, screen, camera or clipboard of the user are read.", "name = input('name: ')"),
            Self::UseCollector => (
                "A service is named that takes data from anybody: a webhook, a request bin, a bot's address.",
                "address = 'https://docs.example.com/webhooks'",
            ),
            Self::LoadNative => ("Machine code is loaded into the process.", "import json; json.loads(text)"),
            Self::HideCode => (
                "Code is written so that a reader misses it: pushed off the screen, hidden characters, look-alike letters.",
                "x = 1; y = 2",
            ),
            Self::Publish => (
                "A package is published, or another one's version is changed.",
                "import os; os.system('twine check dist')",
            ),
            Self::SendData => (
                "What was read of the machine or its user is sent away.",
                "import requests; requests.post(address, json={'ok': True})",
            ),
            Self::RunDownloaded => {
                ("What was fetched from another machine is run.", "import requests; text = requests.get(address).text")
            }
        };
        Guideline { definition, unlike }
    }
}
