//! Completing a path that is being typed, as a shell does: to what all that fits has in common.

use std::fs;
use std::path::{MAIN_SEPARATOR, PathBuf, is_separator};

use crate::sandbox::Sandbox;

use super::Job;

/// Most entries of a folder that are looked at.
const LOOKED_AT: usize = 20_000;
/// Most names that are shown.
const SHOWN: usize = 100;

/// Complete a path that is being typed.
pub struct CompleteJob(pub String);

impl Job for CompleteJob {
    type Made = Completed;
    const NAME: &'static str = "complete";

    fn make(self, _: &Sandbox) -> Completed {
        Completed::of(&self.0)
    }
}

/// What a line was completed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completed {
    /// The line, as far as all that fits agrees.
    pub line: String,
    /// What fits, where that is more than one name.
    pub names: Vec<String>,
}

impl Completed {
    /// Reads the folder that a line leads to.
    #[must_use]
    pub fn of(line: &str) -> Self {
        let (folder, begun) = line.split_at(line.rfind(is_separator).map_or(0, |at| at + 1));
        let place = if folder.is_empty() { PathBuf::from(".") } else { path(folder).unwrap_or_default() };
        let entries = fs::read_dir(place).into_iter().flatten().take(LOOKED_AT).flatten();
        let fits = |name: &String| name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'));
        let named = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(fits)?;
            // A link to a folder leads on, too.
            let leads_on = entry.path().is_dir();
            Some(if leads_on { format!("{name}{MAIN_SEPARATOR}") } else { name })
        });
        let mut names: Vec<String> = named.collect();
        names.sort();
        let Some(first) = names.first() else { return Self { line: line.to_owned(), names } };
        let shared = names.iter().fold(first.as_str(), |shared, name| common(shared, name));
        let line = format!("{folder}{shared}");
        names.truncate(if names.len() == 1 { 0 } else { SHOWN });
        Self { line, names }
    }
}

/// What two names begin with.
fn common<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    let end = same.map_or(one.len().min(other.len()), |((at, _), _)| at);
    one.get(..end).unwrap_or_default()
}

/// The path that was typed: `~` is the home folder, as in a shell. `None` for an empty line.
pub(in crate::tui) fn path(typed: &str) -> Option<PathBuf> {
    let typed = typed.trim();
    let home = typed.strip_prefix("~/").and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
    (!typed.is_empty()).then(|| home.unwrap_or_else(|| PathBuf::from(typed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_completed_as_far_as_the_names_agree() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("päckchen")).unwrap();
        for name in ["pack-1.tgz", "pack-2.tgz", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let of = |typed: &str| Completed::of(&format!("{}/{typed}", folder.path().display()));
        let line = |typed: &str| of(typed).line.rsplit_once('/').unwrap().1.to_owned();
        assert_eq!((line("pa").as_str(), of("pa").names), ("pack-", vec!["pack-1.tgz".into(), "pack-2.tgz".into()]));
        assert_eq!((line("pack-2").as_str(), of("pack-2").names.len()), ("pack-2.tgz", 0));
        assert!(of("pä").line.ends_with(&format!("päckchen{MAIN_SEPARATOR}")));
        assert_eq!(of("p").names.len(), 3);
        assert_eq!(line(".").as_str(), ".hidden");
        assert_eq!((line("nothing").as_str(), of("nothing").names.len()), ("nothing", 0));
        assert_eq!(of("gone/x").names.len(), 0);
    }
}
