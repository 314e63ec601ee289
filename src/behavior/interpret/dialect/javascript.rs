//! What is JavaScript's own: names bound nowhere, methods of its values, methods that tell by their name.

use crate::behavior::interpret::value::{Val, Value};

/// Prefixes that name the global object.
pub const GLOBAL_PREFIXES: &[&str] =
    &["globalThis.", "window.", "global.", "self.", "process.mainModule.", "module.parent.", "top."];

/// Methods so distinctive that they tell even on a receiver nothing is known of: `(name, path that stands for it)`.
pub const TELLING_METHODS: &[(&str, &str)] = &[
    ("readFileSync", "fs.readFileSync"),
    ("writeFileSync", "fs.writeFileSync"),
    ("readFile", "fs.readFile"),
    ("writeFile", "fs.writeFile"),
    ("createWriteStream", "fs.createWriteStream"),
    ("unlinkSync", "fs.unlinkSync"),
    ("existsSync", "fs.existsSync"),
    ("readdirSync", "fs.readdirSync"),
    ("mkdirSync", "fs.mkdirSync"),
    ("execSync", "child_process.execSync"),
    ("execFile", "child_process.execFile"),
    ("execFileSync", "child_process.execFileSync"),
    ("spawn", "child_process.spawn"),
    ("spawnSync", "child_process.spawnSync"),
    ("fork", "child_process.fork"),
    ("userInfo", "os.userInfo"),
    ("hostname", "os.hostname"),
    ("networkInterfaces", "os.networkInterfaces"),
    ("homedir", "os.homedir"),
    ("runInThisContext", "vm.runInThisContext"),
    ("runInNewContext", "vm.runInNewContext"),
    ("createDecipheriv", "crypto.createDecipheriv"),
    ("sendBeacon", "navigator.sendBeacon"),
    ("getImageData", "canvas.createCanvas.getContext.getImageData"),
];

/// Functions of the engine that code asks for their text or their constructor.
pub const NATIVE: &[&str] = &[
    "Array",
    "Boolean",
    "Date",
    "Error",
    "Function",
    "Map",
    "Number",
    "Object",
    "Promise",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "require",
    "unescape",
];

/// Names that mean the same wherever they are bound to something unknown: bundlers hand them in as parameters.
pub const HANDED_IN: &[&str] = &[
    "Buffer",
    "document",
    "exports",
    "global",
    "globalThis",
    "module",
    "navigator",
    "process",
    "require",
    "self",
    "window",
];

/// A name that no scope binds, where it is more than the path of that name.
pub fn global(name: &str) -> Option<Val> {
    match name {
        "undefined" => Some(Value::Null.into()),
        "NaN" => Some(Val::num(f64::NAN)),
        "Infinity" => Some(Val::num(f64::INFINITY)),
        _ => None,
    }
}

/// Whether a function outside the catalogue, by its last name, calls the functions handed to it. Routes and commands wait
/// for a request; everything else is continuation style.
pub fn calls_back(last: &str) -> bool {
    !matches!(
        last,
        "command" | "action" | "use" | "route" | "describe" | "it" | "test" | "task" | "define" | "registerCommand"
    )
}

/// Methods of JavaScript's functions, texts, lists and objects: any other member that was never set is undefined.
pub fn is_method(name: &str) -> bool {
    const METHODS: &[&str] = &[
        "apply",
        "at",
        "bind",
        "call",
        "charAt",
        "charCodeAt",
        "codePointAt",
        "concat",
        "constructor",
        "endsWith",
        "entries",
        "every",
        "fill",
        "filter",
        "find",
        "findIndex",
        "flat",
        "flatMap",
        "forEach",
        "hasOwnProperty",
        "includes",
        "indexOf",
        "join",
        "keys",
        "lastIndexOf",
        "length",
        "map",
        "match",
        "name",
        "normalize",
        "padEnd",
        "padStart",
        "pop",
        "prototype",
        "push",
        "reduce",
        "reduceRight",
        "repeat",
        "replace",
        "replaceAll",
        "reverse",
        "search",
        "shift",
        "slice",
        "some",
        "sort",
        "splice",
        "split",
        "startsWith",
        "substr",
        "substring",
        "subarray",
        "test",
        "exec",
        "toLowerCase",
        "toString",
        "toFixed",
        "toUpperCase",
        "trim",
        "trimEnd",
        "trimStart",
        "unshift",
        "valueOf",
        "values",
        "readUInt8",
        "toLocaleString",
        "equals",
    ];
    METHODS.contains(&name)
}
