//! What is Python's own: names bound nowhere, texts of its library, methods that tell by their name.

use crate::behavior::interpret::value::Val;

/// Prefixes that name the global names.
pub const GLOBAL_PREFIXES: &[&str] = &["builtins.", "__builtins__.", "__builtin__."];

/// Methods so distinctive that they tell even on a receiver nothing is known of: `(name, path that stands for it)`.
pub const TELLING_METHODS: &[(&str, &str)] = &[
    ("urlopen", "urllib.request.urlopen"),
    ("urlretrieve", "urllib.request.urlretrieve"),
    ("sendall", "socket.socket.sendall"),
    ("recv", "socket.socket.recv"),
    ("b64decode", "base64.b64decode"),
    ("check_output", "subprocess.check_output"),
    ("Popen", "subprocess.Popen"),
    ("getoutput", "subprocess.getoutput"),
    ("read_text", "pathlib.Path.read_text"),
    ("read_bytes", "pathlib.Path.read_bytes"),
    ("write_text", "pathlib.Path.write_text"),
    ("write_bytes", "pathlib.Path.write_bytes"),
    ("rglob", "pathlib.Path.rglob"),
    ("iterdir", "pathlib.Path.iterdir"),
    ("rmtree", "shutil.rmtree"),
    ("send_message", "telebot.TeleBot.send_message"),
    ("decrypt", "Crypto.Cipher.AES.new.decrypt"),
    ("import_module", "importlib.import_module"),
];

/// Modules that other modules of the library import, and so hold as attributes.
const HELD: &[&str] = &[
    "os",
    "sys",
    "subprocess",
    "builtins",
    "socket",
    "importlib",
    "shutil",
    "ctypes",
    "base64",
    "codecs",
    "marshal",
    "threading",
    "platform",
    "urllib",
    "types",
    "functools",
    "operator",
    "zlib",
    "tempfile",
    "pty",
    "code",
    "io",
    "re",
    "struct",
    "binascii",
];

/// A path that reaches a module through others that import it (`shutil.os.system`), as that module's own.
pub fn through_modules(path: &str) -> &str {
    let end = path.find('(').unwrap_or(path.len());
    let Some(names) = path.get(..end).filter(|names| names.contains('.')) else { return path };
    let mut start = 0;
    let mut from = 0;
    let mut before = "";
    for name in names.split('.') {
        let held = from > 0 && HELD.contains(&name) && crate::behavior::interpret::imports::python::is_standard(before);
        // What is named as its module, and submodules that have another's name.
        let own = before == name
            || matches!((before, name), ("sys", "platform") | ("asyncio", "subprocess"))
            || matches!(before, "multiprocessing" | "distutils" | "encodings" | "email" | "xml");
        // Only as long as every name before is a module.
        if from > 0 && (own || !held) {
            break;
        }
        if held {
            start = from;
        }
        from += name.len() + 1;
        before = name;
    }
    path.get(start..).unwrap_or(path)
}

/// A name that no scope binds, where it is more than the path of that name.
pub fn global(name: &str) -> Option<Val> {
    match name {
        "__name__" | "__package__" => Some(Val::path(name)),
        "__builtins__" | "__builtin__" | "builtins" => Some(Val::path("builtins")),
        _ => None,
    }
}

/// Whether a function outside the catalogue, by its last name, calls the functions handed to it.
pub fn calls_back(last: &str) -> bool {
    matches!(
        last,
        "register"
            | "Thread"
            | "submit"
            | "run"
            | "map"
            | "filter"
            | "sorted"
            | "start_new_thread"
            | "create_task"
            | "gather"
            | "call_later"
            | "run_until_complete"
            | "Timer"
            | "apply_async"
            | "reduce"
            | "after"
    )
}

/// The texts of Python's module `string`, as `random.choice` and ciphers use them.
pub fn string_constant(path: &str) -> Option<&'static str> {
    Some(match path {
        "string.ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "string.ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.digits" => "0123456789",
        "string.hexdigits" => "0123456789abcdefABCDEF",
        "string.punctuation" => r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##,
        "string.printable" => {
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c"
        }
        _ => return None,
    })
}
