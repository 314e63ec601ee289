//! When there was too little to judge from. Each rule is one test on the case and one sentence.
//!
//! A package that the model flags stays flagged whatever was left out: what was read suffices for that. It is the other
//! verdict, benign, that would claim something of what nobody has seen.

use super::{Case, padding};
use crate::evidence::binary::is_native;
use crate::package::{File, Loss, Oddness, Phase, Skip};
use crate::syntax::ir::Language;
use crate::syntax::shell::Dialect;
use crate::text::Source;

/// With fewer behaviors than this there is hardly anything to judge.
pub const FEW_STEPS: usize = 3;

/// Below this probability even a package with hardly any behavior is called benign: most harmless libraries have none, and
/// the model knows them by that.
pub const CLEARLY_BENIGN: f32 = 0.1;

/// Endings of code in languages that are shown but not read.
const OTHER_LANGUAGES: [&str; 37] = [
    "asm", "c", "cc", "clj", "cpp", "cs", "cu", "cxx", "d", "dart", "erl", "ex", "f", "f90", "go", "groovy", "hs",
    "java", "jl", "kt", "lua", "m", "ml", "mm", "nim", "php", "pl", "pyx", "r", "rb", "rs", "scala", "swift", "vb",
    "vbs", "wat", "zig",
];

/// Endings of data that nothing runs; of TypeScript only the declarations.
const DATA: [&str; 11] = ["css", "csv", "d.cts", "d.mts", "d.ts", "flow", "json", "map", "toml", "yaml", "yml"];

/// Endings of words about a package; its licence has none.
const WORDS: [&str; 6] = ["", "cfg", "in", "md", "rst", "txt"];

/// Why a package is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// No code of it was read and nothing runs by itself: without any behavior there is no evidence, for or against. What holds
    /// data alone, declarations of types for instance, is judged: there is nothing in it that could run.
    NothingRead,
    /// A limit ended the walk through the code, a decoder or a script early, or a text that code would run was not opened: what
    /// comes after may be anything.
    CutShort,
    /// The parser gave up on a file of code, or found no sense in too much of it.
    Unparsed(String),
    /// A file of code is written in an encoding that is not known.
    Encoded(String),
    /// A file of code is written in an encoding that hides what runs, as nobody writes who wants to be read.
    Disguised(String),
    /// A file of code was listed and never walked.
    Unwalked(String),
    /// A file of code is mostly one short piece over and over: it is built to stall what reads it, or to bury the rest.
    Padded(String),
    /// A file of code was left out: too large, damaged, encrypted. To be left out is an evasion that costs nothing.
    CodeLeftOut(String),
    /// A member is compressed in a way that not every installer unpacks: what is installed depends on who installs it.
    Unportable(String),
    /// More files were left out than could be read.
    MostlyLeftOut,
    /// Most of its code is compiled or in a language that is not read: its behaviors are only those of the wrapping.
    OtherLanguage,
    /// Hardly any behavior, none of them on installation, and not clearly benign: the model then goes by what the package
    /// says of itself, which is easily made up.
    HardlyAnything,
}

impl Rule {
    /// The rule as one plain sentence. It may name a path, untrusted.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NothingRead => "no file in it could be read as Python, JavaScript or shell code".to_owned(),
            Self::CutShort => "a limit ended the analysis before all code was walked through".to_owned(),
            Self::Unparsed(path) => format!("the parser could not read code: {path}"),
            Self::Encoded(path) => format!("code is in an encoding that is not known: {path}"),
            Self::Disguised(path) => format!("code is written in an encoding that hides it: {path}"),
            Self::Unwalked(path) => format!("code was never walked through: {path}"),
            Self::Padded(path) => format!("code is mostly one short piece over and over: {path}"),
            Self::CodeLeftOut(path) => format!("code was left out: {path}"),
            Self::Unportable(path) => format!("not every installer unpacks it: {path}"),
            Self::MostlyLeftOut => "more files were skipped than could be read".to_owned(),
            Self::OtherLanguage => "most of its code is compiled or in a language that is not read".to_owned(),
            Self::HardlyAnything => {
                format!("it shows fewer than {FEW_STEPS} behaviors, none on installation, and is not clearly benign")
            }
        }
    }

    /// The rule for which the model is not even asked.
    #[must_use]
    pub fn before(case: &Case) -> Option<Self> {
        let nothing = case.sequence.code_files == 0 && case.sequence.steps.is_empty();
        (nothing && !holds_only_data(case)).then_some(Self::NothingRead)
    }

    /// The first rule that forbids to call a package benign to which the model gives a probability below its threshold.
    #[must_use]
    pub fn after(case: &Case, probability: f32) -> Option<Self> {
        if let Some(skip) = case.skipped().into_iter().find(|skip| skip.kind.hides_code()) {
            return Some(Self::of(skip));
        }
        if let Some(path) = code_left_out(case) {
            return Some(Self::CodeLeftOut(path));
        }
        if let Some(path) = first_code(case, |file, source| source.rewritten(&file.bytes).is_some()) {
            return Some(Self::Disguised(path));
        }
        if let Some(path) = first_code(case, |_, source| padding::is_padded(&source.text)) {
            return Some(Self::Padded(path));
        }
        if let Some(odd) = case.package.oddities.iter().find(|oddity| oddity.kind == Oddness::Compression) {
            let path = if odd.path.is_empty() { &case.package.archive } else { &odd.path };
            return Some(Self::Unportable(path.clone()));
        }
        // A file that was too large is listed without its bytes.
        let read = case.package.files.iter().filter(|file| file.source.is_some() && !file.bytes.is_empty()).count();
        if case.package.skipped.len() > read {
            return Some(Self::MostlyLeftOut);
        }
        if mostly_unread(case) {
            return Some(Self::OtherLanguage);
        }
        let steps = &case.sequence.steps;
        let few = steps.len() < FEW_STEPS && steps.iter().all(|step| step.phase != Phase::Install);
        (few && probability >= CLEARLY_BENIGN).then_some(Self::HardlyAnything)
    }
}

impl Rule {
    fn of(skip: &Skip) -> Self {
        let path = skip.path.clone();
        match skip.kind {
            Loss::Parser => Self::Unparsed(path),
            Loss::Encoding => Self::Encoded(path),
            Loss::Unwalked => Self::Unwalked(path),
            _ => Self::CutShort,
        }
    }
}

/// The first file that was skipped, is code by its name and was not read, not even in part.
fn code_left_out(case: &Case) -> Option<String> {
    let code = |path: &str| Language::of(path, "").is_some() || Dialect::of(path, "").is_some();
    let members = case.package.skipped.iter().filter(|skip| skip.kind == Loss::Member);
    let skipped = members.filter(|skip| code(&skip.path));
    let file = |path: &str| case.package.by_path(path).and_then(|file| case.package.files.get(file));
    let mut unread = skipped.filter(|skip| file(&skip.path).is_none_or(|file| file.bytes.is_empty()));
    unread.next().map(|skip| skip.path.clone())
}

/// Whether all of it is text that nothing runs, and more than a manifest and words about it: nothing is named that would run it,
/// nothing was left out, and there is nothing that the model would be told of.
fn holds_only_data(case: &Case) -> bool {
    let package = &case.package;
    let is = |name: &str, endings: &[&str]| {
        let ending = name.split_once('.').map_or("", |(_, ending)| ending);
        endings.iter().any(|known| ending == *known || ending.ends_with(&format!(".{known}")))
    };
    let mut data = false;
    let plain = package.files.iter().all(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let held = is(&name, &DATA) && name != "package.json";
        data |= held;
        file.bytes.is_empty() || file.source.is_some() && (held || is(&name, &WORDS) || name == "package.json")
    });
    let whole = package.skipped.is_empty() && package.oddities.is_empty() && package.entries.is_empty();
    // The heading of the facts stands over none, too.
    whole && data && plain && case.text.pieces.len() <= 1
}

/// The first file of code of which something holds.
fn first_code(case: &Case, holds: impl Fn(&File, &Source) -> bool) -> Option<String> {
    let mut code = case.package.files.iter().filter(|file| {
        let source = file.source.as_deref();
        source.is_some_and(|source| Language::of(&file.path, &source.text).is_some() && holds(file, source))
    });
    code.next().map(|file| file.path.clone())
}

/// Whether there is more code, in bytes, that cannot be read than code that can.
fn mostly_unread(case: &Case) -> bool {
    let (mut read, mut unread) = (0_usize, 0_usize);
    for file in &case.package.files {
        let text = file.source.as_ref().map(|source| source.text.as_str());
        if text.is_some_and(|text| Language::of(&file.path, text).is_some() || Dialect::of(&file.path, text).is_some())
        {
            read = read.saturating_add(file.bytes.len());
        } else if is_native(&file.bytes) || text.is_some() && in_other_language(&file.path) {
            unread = unread.saturating_add(file.bytes.len());
        }
    }
    unread > read
}

fn in_other_language(path: &str) -> bool {
    let ending = path.rsplit('/').next().and_then(|name| Some(name.rsplit_once('.')?.1.to_ascii_lowercase()));
    ending.is_some_and(|ending| OTHER_LANGUAGES.contains(&ending.as_str()))
}
