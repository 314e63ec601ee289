//! Which packages the paths of `cerebro scan` stand for.

use std::path::{Path, PathBuf};

use super::super::queue::gather;
use crate::package::ARCHIVE_ENDINGS;
use crate::syntax::ir::Language;
use crate::text::escape;

/// The packages to scan, and what of the paths is left out, one sentence each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// In the order given; those of a folder by name.
    pub packages: Vec<PathBuf>,
    /// What is not scanned.
    pub left_out: Vec<String>,
}

/// A folder that holds archives but neither a manifest nor code is a collection: it stands for each archive and each package in it.
/// Every other path is one package.
pub fn expand(paths: &[PathBuf]) -> Expanded {
    let mut expanded = Expanded::default();
    for path in paths {
        let Some((packages, left_out)) = path.is_dir().then(|| collection(path)).flatten() else {
            expanded.packages.push(path.clone());
            continue;
        };
        expanded.packages.extend(packages);
        expanded.left_out.extend(left_out);
    }
    expanded
}

/// The packages in a folder that holds archives and no code of its own.
fn collection(folder: &Path) -> Option<(Vec<PathBuf>, Vec<String>)> {
    let gathered = gather::gather(&[folder.to_path_buf()]);
    let mut left_out = gathered.unread;
    let mut packages = Vec::new();
    let (mut archives, mut others) = (0_usize, 0_usize);
    for path in gathered.found.into_iter().map(|found| found.path) {
        match () {
            // The folder itself has a manifest.
            () if path == folder => return None,
            () if path.is_dir() => packages.push(path),
            () if is_archive(&path) => {
                archives += 1;
                packages.push(path);
            }
            () if Language::of(&path.to_string_lossy(), "").is_some() => return None,
            () => others += 1,
        }
    }
    if others > 0 {
        let shown = folder.to_string_lossy();
        left_out.push(format!("{others} files in {} that are no archives", escape(&shown)));
    }
    (archives > 0).then_some((packages, left_out))
}

fn is_archive(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    ARCHIVE_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::archives(&["b.zip", "a.tgz", "deep/c-1.0.tar.gz"], &["a.tgz", "b.zip", "deep/c-1.0.tar.gz"], 0)]
    #[case::with_an_index(&["a.zip", "index.csv", "README.md"], &["a.zip"], 1)]
    #[case::with_an_unpacked_package(&["a.whl", "npm/package.json", "npm/x.js"], &["a.whl", "npm"], 0)]
    #[case::package(&["package.json", "vendor.tgz"], &[""], 0)]
    #[case::loose_code(&["run.py", "a.zip"], &[""], 0)]
    #[case::no_archive(&["notes.txt", "npm/package.json"], &[""], 0)]
    fn a_folder_of_archives_stands_for_them(
        #[case] files: &[&str],
        #[case] packages: &[&str],
        #[case] left_out: usize,
    ) {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let expanded = expand(&[root.path().to_path_buf()]);
        let inside = |path: &PathBuf| path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned();
        assert_eq!(expanded.packages.iter().map(inside).collect::<Vec<_>>(), packages);
        assert_eq!(expanded.left_out.len(), left_out, "{:?}", expanded.left_out);
    }
}
