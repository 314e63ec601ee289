//! What training and evaluation read: one [`Example`] per package, and the JSONL form of it.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

use super::ModelError;
use crate::behavior::{ModelText, Piece, Reading};
use crate::package::Ecosystem;

/// Number of cross-validation folds.
pub const FOLDS: usize = 5;

/// Where a labelled package comes from. Packages of one kind are alike in more than their label, so each kind counts by
/// itself where benign packages are measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cohort {
    /// Malicious packages of the public registries' collections; benign ones that many depend on.
    #[default]
    Registry,
    /// Malicious: files of attacks on real projects.
    Attack,
    /// Benign: small public projects as their owners would publish them.
    Ordinary,
    /// Benign and well known, but they talk, spawn, read, unpack or hook.
    Talkative,
}

/// What was done to a package before it was judged: costs that a verdict must not have, and payloads that it must not lack.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Probe {
    /// Nothing.
    #[default]
    Plain,
    /// Files of benign packages were put into it, where it is malicious.
    Padded,
    /// Its manifest states homepage, repository, license, author and description.
    FullManifest,
    /// Its manifest states none of these.
    EmptyManifest,
    /// The file that alarms most by itself was taken out.
    Twin,
    /// Only what is new since a former version: of a benign package, another version of it; of a malicious one, a benign
    /// package into which what it does was put as one more file.
    Update,
}

/// A package as training sees it.
#[derive(Debug, Clone)]
pub struct Example {
    /// SHA-256 of the archive, hex.
    pub sha256: String,
    /// Registry family.
    pub ecosystem: Ecosystem,
    /// Whether it is malicious.
    pub malicious: bool,
    /// Campaign: packages of one group never stand on both sides of a split.
    pub group: String,
    /// Cross-validation fold, below [`FOLDS`].
    pub fold: usize,
    /// Where it comes from.
    pub cohort: Cohort,
    /// Name and version, `""` where unknown: updates are pairs of one name. Never a feature.
    pub name: String,
    /// When it was published, where known.
    pub year: Option<u16>,
    /// What was done to it before it was read.
    pub probe: Probe,
    /// Labelled malicious, but nothing a static tool could see: left out of training and measures.
    pub suspect: bool,
    /// Bytes of code in the package, where known. Never a feature, only a baseline and a band of the report.
    pub code_bytes: Option<u64>,
    /// What the model reads.
    pub text: ModelText,
    /// How the package was read.
    pub reading: Reading,
}

/// Where an example comes from, for people. File and name are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The dataset or index.
    pub file: PathBuf,
    /// Line in it, from 1.
    pub line: usize,
    /// Name and version, `""` where unknown.
    pub name: String,
}

/// A package that has a label, but neither malicious nor benign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// SHA-256 of the archive, hex; `""` where unknown.
    pub sha256: String,
    /// The label, untrusted.
    pub label: String,
}

/// What was read from one or several files.
#[derive(Debug, Default)]
pub struct Dataset {
    /// What can be learnt from.
    pub examples: Vec<(Example, Origin)>,
    /// What was left out for its label.
    pub undecided: Vec<Undecided>,
}

impl Dataset {
    /// Adds another dataset. Of a package that both hold, only what the later one says is kept: also that it is undecided.
    /// Answers of how many packages the earlier word was dropped.
    pub fn add(&mut self, later: Self) -> usize {
        let said = later.examples.iter().map(|(e, _)| &e.sha256).chain(later.undecided.iter().map(|u| &u.sha256));
        let said: HashSet<&str> = said.map(String::as_str).filter(|sha256| !sha256.is_empty()).collect();
        let count = |data: &Self| data.examples.len() + data.undecided.len();
        let before = count(self);
        self.examples.retain(|(example, _)| !said.contains(example.sha256.as_str()));
        self.undecided.retain(|undecided| !said.contains(undecided.sha256.as_str()));
        let dropped = before - count(self);
        self.examples.extend(later.examples);
        self.undecided.extend(later.undecided);
        dropped
    }
}

/// The fold of a group that has none: by a hash of its name, so that a group stays together.
#[must_use]
pub fn fold_of(group: &str) -> usize {
    // DefaultHasher::new has fixed keys: the same group gets the same fold in every run of this build.
    let mut hasher = DefaultHasher::new();
    group.hash(&mut hasher);
    usize::try_from(hasher.finish() % FOLDS as u64).unwrap_or(0)
}

/// One line of the JSONL form. A dataset that `cerebro export` wrote has further keys, which are ignored.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(default)]
    sha256: String,
    #[serde(default)]
    artifact: Artifact,
    #[serde(default)]
    ecosystem: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default)]
    label: String,
    #[serde(default)]
    group: Group,
    #[serde(default)]
    fold: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    cohort: Cohort,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    year: Option<u16>,
    #[serde(default, skip_serializing_if = "is_default")]
    probe: Probe,
    #[serde(default)]
    suspect: bool,
    #[serde(default)]
    code_bytes: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    reading: Reading,
    text: String,
    pieces: Vec<LinePiece>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Artifact {
    #[serde(default)]
    sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Group {
    Name(String),
    Parts {
        #[serde(default)]
        campaign: String,
        #[serde(default)]
        cluster: String,
    },
}

impl Default for Group {
    fn default() -> Self {
        Self::Name(String::new())
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A piece in full, or only where it starts and ends.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum LinePiece {
    Full(Piece),
    Range([usize; 2]),
}

/// Reads a JSONL dataset. Lines labelled neither malicious nor benign are set aside; an empty text is kept, for a package
/// without behaviors is one that must be judged too. `file` goes into the origins.
///
/// # Errors
/// When a line cannot be read or is no such object; the error names it.
pub fn read_jsonl(reader: impl BufRead, file: &Path) -> Result<Dataset, ModelError> {
    let mut data = Dataset::default();
    for (number, line) in reader.lines().enumerate() {
        let bad = |what: String| ModelError::Dataset { line: number + 1, what };
        let line = line.map_err(|e| bad(e.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|e| bad(e.to_string()))?;
        let name = named(&line.name, &line.version);
        match line.into_example(number).map_err(bad)? {
            Ok(example) => data.examples.push((example, Origin { file: file.to_owned(), line: number + 1, name })),
            Err(undecided) => data.undecided.push(undecided),
        }
    }
    Ok(data)
}

/// Name and version in one.
#[must_use]
pub fn named(name: &Option<String>, version: &Option<String>) -> String {
    [name, version].map(|part| part.as_deref().unwrap_or_default()).join(" ").trim().to_owned()
}

impl Line {
    fn into_example(self, number: usize) -> Result<Result<Example, Undecided>, String> {
        let sha256 = if self.sha256.is_empty() { self.artifact.sha256 } else { self.sha256 };
        let malicious = match self.label.as_str() {
            "malicious" => true,
            "benign" => false,
            _ => return Ok(Err(Undecided { sha256, label: self.label })),
        };
        let group = match self.group {
            Group::Name(name) => name,
            Group::Parts { campaign, cluster } if campaign.is_empty() => cluster,
            Group::Parts { campaign, .. } => campaign,
        };
        // Without a campaign every package is its own group.
        let group = match (group.is_empty(), sha256.is_empty()) {
            (false, _) => group,
            (true, false) => sha256.clone(),
            (true, true) => format!("line {number}"),
        };
        let fold = match self.fold.and_then(|fold| usize::try_from(fold).ok()) {
            Some(fold) if fold < FOLDS => fold,
            Some(fold) => return Err(format!("fold {fold} is not below {FOLDS}")),
            None => fold_of(&group),
        };
        let text = self.text;
        let mut pieces = Vec::with_capacity(self.pieces.len());
        let mut end = 0;
        for piece in self.pieces {
            let piece = match piece {
                LinePiece::Full(piece) => piece,
                LinePiece::Range([start, end]) => Piece { range: start..end, steps: Vec::new(), files: vec![] },
            };
            if piece.range.start < end || text.get(piece.range.clone()).is_none() {
                return Err(format!("piece {:?} does not lie in the text after the one before it", piece.range));
            }
            end = piece.range.end;
            pieces.push(piece);
        }
        Ok(Ok(Example {
            sha256,
            ecosystem: match self.ecosystem.to_ascii_lowercase().as_str() {
                "npm" => Ecosystem::Npm,
                "pypi" => Ecosystem::Pypi,
                _ => Ecosystem::Unknown,
            },
            malicious,
            group,
            fold,
            cohort: self.cohort,
            name: named(&self.name, &self.version),
            year: self.year,
            probe: self.probe,
            suspect: self.suspect,
            code_bytes: self.code_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            text: ModelText { text, pieces },
            reading: self.reading,
        }))
    }
}

/// Writes examples so that [`read_jsonl`] reads them back.
///
/// # Errors
/// When writing fails.
pub fn write_jsonl(examples: &[Example], mut writer: impl Write) -> std::io::Result<()> {
    for example in examples {
        let line = Line {
            sha256: example.sha256.clone(),
            artifact: Artifact { sha256: example.sha256.clone() },
            ecosystem: ecosystem_name(example.ecosystem).to_owned(),
            name: example.name.rsplit_once(' ').map(|(name, _)| name.to_owned()),
            version: example.name.rsplit_once(' ').map(|(_, version)| version.to_owned()),
            year: example.year,
            probe: example.probe,
            label: if example.malicious { "malicious" } else { "benign" }.to_owned(),
            group: Group::Name(example.group.clone()),
            fold: i64::try_from(example.fold).ok(),
            cohort: example.cohort,
            suspect: example.suspect,
            code_bytes: example.code_bytes.and_then(|bytes| i64::try_from(bytes).ok()),
            reading: example.reading.clone(),
            text: example.text.text.clone(),
            pieces: example.text.pieces.iter().cloned().map(LinePiece::Full).collect(),
        };
        serde_json::to_writer(&mut writer, &line)?;
        writer.write_all(b"\n")?;
    }
    writer.flush()
}

/// The name that reports and datasets use.
#[must_use]
pub fn ecosystem_name(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "pypi",
        Ecosystem::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(lines: &[u8]) -> Vec<Example> {
        read_jsonl(lines, Path::new("")).unwrap().examples.into_iter().map(|(example, _)| example).collect()
    }

    #[test]
    fn the_later_word_on_a_package_holds() {
        let read = |lines: &str| read_jsonl(lines.as_bytes(), Path::new("")).unwrap();
        let line = |sha256: &str, label: &str| {
            format!("{{\"sha256\":\"{sha256}\",\"label\":\"{label}\",\"text\":\"\",\"pieces\":[]}}\n")
        };
        let mut data =
            read(&[line("a", "benign"), line("b", "malicious"), line("c", "unwanted"), line("", "benign")].concat());
        let later = [line("a", "malicious"), line("b", "dual_use"), line("c", "benign"), line("", "benign")].concat();
        assert_eq!(data.add(read(&later)), 3);
        let said: Vec<(&str, bool)> = data.examples.iter().map(|(e, _)| (e.sha256.as_str(), e.malicious)).collect();
        assert_eq!(said, [("", false), ("a", true), ("c", false), ("", false)]);
        assert_eq!(data.undecided, [Undecided { sha256: "b".to_owned(), label: "dual_use".to_owned() }]);
    }

    #[test]
    fn reads_back_what_it_writes() {
        let text = ModelText {
            text: "install. requests post".to_owned(),
            pieces: vec![
                Piece { range: 0..8, steps: vec![], files: vec![] },
                Piece { range: 9..22, steps: vec![3, 4], files: vec![] },
            ],
        };
        let example = Example {
            sha256: "ab".to_owned(),
            ecosystem: Ecosystem::Npm,
            malicious: true,
            group: "G1".to_owned(),
            fold: 3,
            cohort: Cohort::Talkative,
            name: "@a/b 1.0".to_owned(),
            year: Some(2024),
            probe: Probe::Padded,
            suspect: true,
            code_bytes: Some(77),
            text: text.clone(),
            reading: Reading { vocabulary: crate::behavior::Vocabulary::Paper, ..Reading::default() },
        };
        let mut bytes = Vec::new();
        write_jsonl(&[example], &mut bytes).unwrap();
        let read = examples(bytes.as_slice());
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].text, text);
        assert_eq!(read[0].reading.vocabulary, crate::behavior::Vocabulary::Paper);
        assert_eq!((read[0].fold, read[0].suspect, read[0].code_bytes), (3, true, Some(77)));
        assert_eq!(read[0].cohort, Cohort::Talkative);
        assert_eq!((read[0].name.as_str(), read[0].year, read[0].probe), ("@a/b 1.0", Some(2024), Probe::Padded));
        assert_eq!((read[0].ecosystem, read[0].group.as_str()), (Ecosystem::Npm, "G1"));
    }

    #[test]
    fn reads_an_exported_dataset_and_leaves_undecided_lines_out() {
        let lines = r#"{"label":"benign","name":"acme","version":"1.0","ecosystem":"PyPI","artifact":{"sha256":"cd"},"group":{"campaign":"","cluster":"","near_dup_of":""},"text":"a b","pieces":[[0,1],[2,3]],"split":"train"}
{"label":"suspicious_unresolved","text":"a","pieces":[]}"#;
        let data = read_jsonl(lines.as_bytes(), Path::new("mine.jsonl")).unwrap();
        assert_eq!(data.undecided, [Undecided { sha256: String::new(), label: "suspicious_unresolved".to_owned() }]);
        let (read, origin) = (examples(lines.as_bytes()), &data.examples[0].1);
        assert_eq!((read.len(), origin.line, origin.name.as_str()), (1, 1, "acme 1.0"));
        assert_eq!((read[0].group.as_str(), read[0].malicious), ("cd", false));
        assert_eq!(read[0].fold, fold_of("cd"));
        assert_eq!(read[0].text.pieces[1].range, 2..3);
    }

    #[test]
    fn names_the_line_of_a_piece_outside_the_text() {
        let lines = "{\"label\":\"benign\",\"text\":\"ab\",\"pieces\":[]}\n{\"label\":\"benign\",\"text\":\"ab\",\"pieces\":[[0,3]]}";
        let error = read_jsonl(lines.as_bytes(), Path::new("")).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
