//! What data moves through commands: fetched, collected, decoded, sent, kept in files, wiped.

use super::{Act, Given, Walk, table};
use crate::behavior::feature::Feature;
use crate::behavior::strings;
use crate::behavior::taint::Taint;
use crate::syntax::shell::{self as reader, HOLE, Word};

/// Whether an argument says that data is handed over: a body, a form, a method that has one.
fn is_body(arg: &str) -> bool {
    let flag = arg.split('=').next().unwrap_or(arg);
    [
        "-d",
        "-F",
        "-T",
        "--form",
        "--upload-file",
        "--post-data",
        "--post-file",
        "--json",
        "-Body",
        "POST",
        "PUT",
        "-XPOST",
        "-XPUT",
    ]
    .contains(&flag)
        || flag.starts_with("--data")
}

/// What kind of host a command talks to.
fn host(given: &Given<'_>) -> String {
    let told = given.args.iter().flat_map(|arg| strings::tell(&arg.text, &[]));
    let mut hosts = told.filter(|told| told.feature == Feature::UseUrl);
    hosts.next().map(|told| told.detail.trim_start_matches("url ").to_owned()).unwrap_or_default()
}

/// Where a word's text itself says what it carries: decoded, a path of secrets, a variable of the machine or of a secret.
pub(super) fn carried(word: &Word) -> Taint {
    let mut taint = if word.recipe.is_empty() { Taint::NONE } else { Taint::DECODED };
    // Longer text is data, not a path or an address.
    if word.text.len() <= 1000 {
        let secret = |told: &strings::Told| told.feature == Feature::ReadSecret;
        if strings::tell(&word.text, &[]).iter().any(secret) {
            taint |= Taint::SECRET;
        }
        for name in variables(&word.text) {
            match strings::variable_words(name) {
                "secret" => taint |= Taint::SECRET,
                // A path below the home folder tells nobody who the user is.
                "machine"
                    if !["home", "homepath", "userprofile", "pwd", "shell"]
                        .contains(&name.to_ascii_lowercase().as_str()) =>
                {
                    taint |= Taint::HOST;
                }
                _ => {}
            }
        }
    }
    taint
}

/// Names of variables that the text does not set: `$NAME`, `$env:NAME`, `%NAME%`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let name_end = |t: &str| t.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(t.len());
    let posix = text.split('$').skip(1).map(move |part| {
        let part = part.trim_start_matches('{').trim_start_matches("env:");
        part.get(..name_end(part)).unwrap_or_default()
    });
    let windows = text.split('%').skip(1).step_by(2).filter(move |part| name_end(part) == part.len());
    posix.chain(windows).filter(|name| name.len() > 1)
}

/// What a command's output carries.
pub(super) fn prints(given: &Given<'_>) -> Taint {
    let decoded = given.command.output.as_ref().is_some_and(|output| !output.recipe.is_empty());
    let mut taint = if decoded { Taint::DECODED } else { Taint::NONE };
    if fetches(given) {
        return taint | Taint::NET;
    }
    if table::is(&given.program, "host") {
        taint |= Taint::HOST;
    }
    if dumps_environment(given) {
        taint |= Taint::ENV;
    }
    if decodes(given) {
        taint |= Taint::DECODED;
    }
    if ["cat", "type", "head", "tail", "tar", "zip", "gzip", "get-content", "gc"].contains(&given.program.as_str())
        && !given.args.is_empty()
    {
        taint |= Taint::FILE;
    }
    taint | given.reads | given.carried
}

fn decodes(given: &Given<'_>) -> bool {
    let flag = |names: &[&str]| given.args.iter().any(|arg| names.contains(&arg.text.as_str()));
    match given.program.as_str() {
        "base64" | "base32" | "openssl" | "gzip" => flag(&["-d", "-D", "--decode", "-di", "-dc"]),
        "xxd" => flag(&["-r", "-rp", "-pr"]),
        "gunzip" | "zcat" => true,
        _ => false,
    }
}

/// `env` and kin without arguments: everything there is.
fn dumps_environment(given: &Given<'_>) -> bool {
    table::is(&given.program, "environment")
        && match given.program.as_str() {
            "gci" | "get-childitem" => given.args.iter().any(|arg| arg.text.to_ascii_lowercase().starts_with("env:")),
            _ => given.args.iter().all(|arg| arg.text == "-p" || arg.text == "-0") && given.command.assigned.is_empty(),
        }
}

/// Whether a command fetches what an address holds.
pub(super) fn fetches(given: &Given<'_>) -> bool {
    let method = |word: &Word| {
        let lower = word.text.to_ascii_lowercase();
        [".downloadstring", ".downloadfile", ".downloaddata", ".openread", "-urlcache"]
            .iter()
            .any(|m| lower.ends_with(m))
            || ["iwr", "irm", "invoke-webrequest", "invoke-restmethod", "start-bitstransfer"].contains(&lower.as_str())
    };
    let addressed = given.args.iter().any(|arg| arg.text.contains("://") || arg.text.contains(['.', '$', '%', HOLE]));
    table::is(&given.program, "fetches") && addressed
        || given.args.iter().any(method)
        || given.program.starts_with('(') && given.program.contains("download")
}

/// Whether a command hands data over: a body, a form, a file.
fn uploads(given: &Given<'_>) -> bool {
    let mut flags = given.args.windows(2).filter_map(|pair| match pair {
        [flag, value] => Some((flag.text.as_str(), value.text.as_str())),
        _ => None,
    });
    let by_value = flags.any(|(flag, value)| match flag {
        "-d" | "--data" | "--data-binary" | "--data-raw" | "--data-urlencode" => {
            value.starts_with('@') || value.contains("=@")
        }
        "-F" | "--form" => value.contains("=@") || value.contains("=<"),
        "-T" | "--upload-file" | "-InFile" | "-infile" => true,
        _ => false,
    });
    let joined = |arg: &Word| {
        ["--post-file=", "--body-file=", "--data=@", "--data-binary=@", "-d@", "--upload-file="]
            .iter()
            .any(|p| arg.text.starts_with(p))
    };
    by_value
        || given.args.iter().any(joined)
        || ["scp", "rsync", "sftp"].contains(&given.program.as_str())
            && given.args.iter().any(|arg| arg.text.contains(':'))
}

impl Walk {
    /// The steps of data that a command reads, sends or wipes.
    pub(super) fn data(&mut self, given: &Given<'_>) {
        if dumps_environment(given) && given.program != "set" && given.program != "export" {
            self.step(given.span, Feature::ReadSecret, "environment whole");
        }
        if fetches(given) || uploads(given) {
            let hands_over = uploads(given) || given.args.iter().any(|arg| is_body(&arg.text));
            let way = if hands_over { "shell post" } else { "shell get" };
            self.step(given.span, Feature::CallNetwork, &format!("{way} {}", host(given)));
        }
        let device = given.command.redirects.iter().any(|r| r.writes && is_socket(&r.target.text));
        if table::is(&given.program, "sends") || device || fetches(given) {
            self.sent(given);
        }
        if ["rm", "rd", "rmdir", "del", "remove-item"].contains(&given.program.as_str()) {
            self.wiped(given);
        }
        let first = given.args.first().map_or("", |arg| arg.text.as_str());
        let by_setup = first.ends_with("setup.py") && given.args.iter().any(|arg| arg.text == "upload");
        let publishes = given.program == "twine" && first == "upload" || given.program == "python" && by_setup;
        if publishes {
            self.step(given.span, Feature::Publish, "publish");
        }
    }

    fn sent(&mut self, given: &Given<'_>) {
        let carried = given.carried | given.reads;
        let mut taint = carried;
        if uploads(given) {
            taint |= Taint::FILE;
        }
        let origins = [Taint::SECRET, Taint::ENV, Taint::HOST, Taint::FILE];
        if !origins.iter().any(|origin| taint.has(*origin)) {
            return;
        }
        self.step(given.span, Feature::SendData, "send by shell");
        for name in origins.into_iter().filter(|origin| taint.has(*origin)).flat_map(Taint::names) {
            self.step(given.span, Feature::SendData, &format!("send {name}"));
        }
    }

    /// A delete without limits.
    fn wiped(&mut self, given: &Given<'_>) {
        let wide = given.args.iter().any(|arg| {
            let flags = arg.text.to_ascii_lowercase();
            arg.text.starts_with('-') && flags.contains('r') || ["/s", "/q"].contains(&flags.as_str())
        });
        for arg in given.args.iter().filter(|_| wide) {
            if let Some(place) = strings::wide_place(&arg.text) {
                self.step(given.span, Feature::Destroy, &format!("delete {place}"));
            }
        }
    }

    /// Remembers the files that a command fetches or writes.
    pub(super) fn keep(&mut self, given: &Given<'_>) {
        let net = (prints(given) | given.reads).has(Taint::NET);
        let written = given.command.redirects.iter().filter(|redirect| redirect.writes).map(|r| &r.target.text);
        let written: Vec<&String> = written.filter(|path| !path.starts_with("/dev/")).collect();
        if net {
            let mut names: Vec<&str> = written.iter().map(|path| path.as_str()).collect();
            names.extend(fetched(given));
            self.fetched.extend(names.into_iter().map(name).filter(|name| !name.is_empty()));
            return;
        }
        if given.program == "cat"
            && given.input.is_none()
            && let [from] = printed(given.command).as_slice()
        {
            for path in &written {
                self.copied(from, path);
            }
        }
        let text = match given.program.as_str() {
            "cat" | "tee" => given.input.clone(),
            "echo" | "printf" | "write-output" => said(given),
            _ => return,
        };
        let Some(text) = text.filter(|text| !text.text.trim().is_empty()) else { return };
        let target = |arg: &&Word| given.program == "tee" && !arg.text.starts_with('-');
        let paths = written
            .into_iter()
            .map(String::as_str)
            .chain(given.args.iter().filter(target).map(|arg| arg.text.as_str()));
        for path in paths {
            // `>>` adds, and a file that was begun in another way stays unknown; both only make the text longer.
            let held = self.written.entry(name(path)).or_default();
            if held.text.len() + text.text.len() <= reader::MAX_TEXT {
                held.text.push_str(&text.text);
                held.text.push('\n');
                held.origins(&text);
            }
        }
    }

    /// Whether a file that is started was fetched by a command before.
    pub(super) fn was_fetched(&self, path: &str) -> bool {
        self.fetched.contains(&name(path))
    }

    /// The text of a file that a command before has written.
    pub(super) fn was_written(&self, path: &str) -> Option<Word> {
        self.written.get(&name(path)).cloned()
    }

    /// A text that goes to an interpreter, as an act of its own where it was decoded.
    pub(super) fn code(&mut self, given: &Given<'_>, code: super::Code, text: &Word, how: &str) {
        self.code_with(given, code, text, &[], how);
    }

    /// The same of shell text that is given arguments, its own name first.
    pub(super) fn code_with(
        &mut self,
        given: &Given<'_>,
        code: super::Code,
        text: &Word,
        arguments: &[Word],
        how: &str,
    ) {
        let decoded = !text.recipe.is_empty();
        match code {
            super::Code::Shell(dialect) if !decoded => {
                // `eval` runs in the same shell, everything else in one of its own.
                let folder = self.folder.clone();
                self.text_with(&text.text, dialect, arguments, Some(given.span), given.reads);
                if !matches!(how, "eval" | "iex") {
                    self.folder = folder;
                }
            }
            _ => {
                let mut recipe: Vec<String> = text.recipe.iter().map(|step| (*step).to_owned()).collect();
                recipe.push(how.to_owned());
                self.act(given.span, Act::Code(code, text.text.clone(), recipe));
            }
        }
    }
}

/// What `echo` and `printf` say, unknown parts included.
fn said(given: &Given<'_>) -> Option<Word> {
    let mut all = Word::default();
    for (at, arg) in
        given.args.iter().filter(|arg| !["-n", "-e", "-ne", "-en"].contains(&arg.text.as_str())).enumerate()
    {
        if at > 0 {
            all.text.push(' ');
        }
        all.text.push_str(&arg.text);
        all.origins(arg);
    }
    Some(all)
}

/// Where a command that fetches puts it.
fn fetched<'c>(given: &'c Given<'_>) -> Vec<&'c str> {
    let words: Vec<&str> = given.args.iter().map(|arg| arg.text.as_str()).collect();
    let mut found: Vec<&str> = words
        .windows(2)
        .filter_map(|pair| match pair {
            [flag, value]
                if ["-o", "-O", "--output", "--output-document", "-OutFile", "-outfile", "-Destination"]
                    .contains(flag) =>
            {
                Some(*value)
            }
            _ => None,
        })
        .collect();
    // `-so x`, `-sLo x`
    found.extend(words.windows(2).filter_map(|pair| match pair {
        [flag, value]
            if flag.starts_with('-') && !flag.starts_with("--") && flag.len() > 2 && flag.ends_with(['o', 'O']) =>
        {
            Some(*value)
        }
        _ => None,
    }));
    let last_is_file = ["certutil", "bitsadmin"].contains(&given.program.as_str());
    let takes_path = words.iter().any(|word| word.to_ascii_lowercase().ends_with(".downloadfile"));
    if last_is_file || takes_path || found.is_empty() {
        // The last word, or the last part of the address.
        found.extend(words.last());
        found.extend(words.iter().filter(|word| word.contains("://")));
    }
    found
}

/// The last part of a path, lower case: what tells files apart within one text.
fn name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase()
}

/// The files whose text a command prints.
pub(super) fn printed(command: &reader::Command) -> Vec<String> {
    let Some((first, args)) = table::bare(&command.words).split_first() else { return Vec::new() };
    if !table::is(&table::plain(&first.text), "prints") {
        return Vec::new();
    }
    let file = |arg: &&Word| !arg.text.starts_with(['-', HOLE]) && !arg.text.bytes().all(|b| b.is_ascii_digit());
    args.iter().filter(file).map(|arg| arg.text.clone()).collect()
}

/// The files whose names a command prints: `ls a.js`, `find . -name a.js`.
pub(super) fn listed(command: &reader::Command) -> Vec<String> {
    let Some((first, args)) = table::bare(&command.words).split_first() else { return Vec::new() };
    match table::plain(&first.text).as_str() {
        "find" => found(args).into_iter().collect(),
        "ls" => args.iter().map(|arg| arg.text.clone()).filter(|arg| !arg.starts_with('-')).collect(),
        _ => Vec::new(),
    }
}

/// The path of the one file that `find` looks for by its name, whose folder is not known.
pub(super) fn found(args: &[Word]) -> Option<String> {
    let at = args.iter().position(|arg| matches!(arg.text.as_str(), "-name" | "-iname" | "-path" | "-wholename"))?;
    let name = args.get(at + 1)?.text.trim_start_matches(['*', '.', '/']);
    match name.strip_prefix('.').filter(|_| args.get(at + 1).is_some_and(|arg| arg.text.starts_with('*'))) {
        _ if name.is_empty() || name.contains(['*', '?', '[']) => None,
        // `*.js`
        Some(_) => Some(format!("{HOLE}/*{name}")),
        None if args.get(at + 1).is_some_and(|arg| arg.text.starts_with("*.")) => Some(format!("{HOLE}/*.{name}")),
        None => Some(format!("{HOLE}/{name}")),
    }
}

/// Whether a path is bash's own device for sockets.
pub(super) fn is_socket(path: &str) -> bool {
    path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/")
}
