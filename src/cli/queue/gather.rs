//! Which paths the words of `cerebro queue add` stand for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::queue::feed::{self, Line};
use crate::text::escape;

/// Most paths that are looked at.
const MOST: usize = 100_000;
/// Most folders below each other.
const DEPTH: usize = 32;
/// A folder with one of these is one package, not a folder of packages.
const MANIFESTS: [&str; 5] = ["package.json", "setup.py", "setup.cfg", "pyproject.toml", "PKG-INFO"];

/// A path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// What the feed says of it.
    pub line: Option<Line>,
    /// Whether it was named by itself: then it is worth a word where it is no package.
    pub named: bool,
}

impl Found {
    /// What is wrong with it, and where it was named.
    pub fn wrong(&self, why: &str) -> String {
        match &self.line {
            Some(line) => format!("{}: {why}", line.at),
            None => why.to_owned(),
        }
    }
}

/// What there is, and what was left out with the reason.
#[derive(Debug, Default)]
pub struct Gathered {
    /// In the order given; files of a folder by name.
    pub found: Vec<Found>,
    /// What could not be looked at, one sentence each, in order.
    pub unread: Vec<String>,
}

/// Looks up what the paths stand for: a feed for its lines, a folder that is no package for what lies in it.
pub fn gather(paths: &[PathBuf]) -> Gathered {
    let mut all = Gathered::default();
    for path in paths {
        let is_feed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
        if is_feed && path.is_file() {
            match feed::read(path) {
                Ok((lines, wrong)) => {
                    all.unread.extend(wrong);
                    for line in lines {
                        all.push(Found { path: line.path.clone(), line: Some(line), named: true });
                    }
                }
                Err(why) => all.unread.push(why),
            }
        } else if path.is_dir() && !is_package(path) {
            all.walk(path);
        } else {
            all.push(Found { path: path.clone(), line: None, named: true });
        }
    }
    all
}

impl Gathered {
    fn push(&mut self, found: Found) {
        if self.found.len() < MOST {
            self.found.push(found);
        } else if self.found.len() == MOST {
            let over = format!("what comes after the first {MOST} paths; add it by itself");
            if self.unread.last() != Some(&over) {
                self.unread.push(over);
            }
        }
    }

    /// Everything in a folder that may be a package, links not followed.
    fn walk(&mut self, root: &Path) {
        let mut pending = vec![(root.to_path_buf(), 0)];
        while let Some((folder, depth)) = pending.pop() {
            let shown = || escape(&folder.to_string_lossy()).into_owned();
            let entries = match fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
                Ok(entries) => entries,
                Err(e) => {
                    self.unread.push(format!("cannot read {}: {e}", shown()));
                    continue;
                }
            };
            let mut entries: Vec<(PathBuf, bool, bool)> = entries
                .into_iter()
                .map(|entry| {
                    let kind = entry.file_type();
                    let is = |of: fn(&fs::FileType) -> bool| kind.as_ref().is_ok_and(of);
                    (entry.path(), is(fs::FileType::is_file), is(fs::FileType::is_dir))
                })
                .collect();
            entries.sort();
            // The last one put on the stack is the first one taken off.
            let folders: Vec<PathBuf> =
                entries.iter().filter(|(.., dir)| *dir).map(|(path, ..)| path.clone()).collect();
            for (path, ..) in entries.into_iter().filter(|(_, file, _)| *file) {
                self.push(Found { path, line: None, named: false });
            }
            for path in folders.into_iter().rev() {
                match () {
                    () if is_package(&path) => self.push(Found { path, line: None, named: false }),
                    () if depth + 1 >= DEPTH => {
                        self.unread
                            .push(format!("{}: more than {DEPTH} folders deep", escape(&path.to_string_lossy())));
                    }
                    () => pending.push((path, depth + 1)),
                }
            }
            if self.found.len() >= MOST {
                self.push(Found { path: folder, line: None, named: false });
                break;
            }
        }
    }
}

fn is_package(folder: &Path) -> bool {
    // An unpacked wheel has its manifest in a folder beside the code.
    let wheel = || {
        let inside = fs::read_dir(folder).into_iter().flatten().flatten();
        let named = |path: &Path| path.extension().is_some_and(|ending| ending == "dist-info");
        inside.map(|entry| entry.path()).any(|path| named(&path) && path.join("METADATA").is_file())
    };
    MANIFESTS.iter().any(|name| folder.join(name).is_file()) || wheel()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_what_lies_in_it_unless_it_is_a_package() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["deep/er", "npm/lib", "py", "wheel/x-1.0.dist-info"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in [
            "b.tgz",
            "a.whl",
            "notes.txt",
            "deep/er/c.zip",
            "npm/package.json",
            "npm/lib/x.js",
            "py/setup.py",
            "wheel/x-1.0.dist-info/METADATA",
        ] {
            fs::write(at(file), "").unwrap();
        }
        fs::write(at("feed.jsonl"), "{\"path\":\"deep/er/c.zip\",\"name\":\"c\"}\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.path(), at("deep/around")).unwrap();
        let names = |gathered: &Gathered| -> Vec<String> {
            let inside = |found: &Found| found.path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned();
            gathered.found.iter().map(inside).collect()
        };
        let all = gather(&[root.path().to_path_buf()]);
        let expected = ["a.whl", "b.tgz", "feed.jsonl", "notes.txt", "wheel", "py", "npm", "deep/er/c.zip"];
        assert_eq!(names(&all), expected);
        assert!(all.unread.is_empty());
        assert_eq!(names(&gather(&[at("npm"), at("missing.tgz")])), ["npm", "missing.tgz"]);
        let fed = gather(&[at("feed.jsonl")]);
        assert_eq!(names(&fed), ["deep/er/c.zip"]);
        assert_eq!(fed.found[0].line.as_ref().unwrap().name.as_deref(), Some("c"));
    }
}
