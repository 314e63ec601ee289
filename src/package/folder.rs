//! A folder on disk, read without following links.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::budget::{Budget, Counted};
use super::error::Failure;
use super::member::Contents;

/// Folders that hold other packages' files or history, not this package's.
const NOT_OURS: [(&str, &str); 2] =
    [(".git", "a folder of version control history"), ("node_modules", "a folder of installed dependencies")];

/// Reads all regular files below a folder. Only the folder itself must be readable.
pub(super) fn read(root: &Path, budget: &Budget) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    let mut pending = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = pending.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                contents.skip(prefix, format!("the folder cannot be read: {error}"));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    contents.skip(&prefix, format!("a file of this folder cannot be read: {error}"));
                    continue;
                }
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            // Of the link itself, not of what it leads to.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => match NOT_OURS.iter().find(|(folder, _)| *folder == name) {
                    Some((_, why)) => contents.skip(path, format!("{why}; give it by itself to read it")),
                    None => pending.push((entry.path(), path)),
                },
                Ok(kind) if kind.is_file() => file(&entry.path(), path, &mut contents, budget)?,
                Ok(kind) if kind.is_symlink() => contents.skip(path, "a symbolic link; links are not followed"),
                Ok(_) => contents.skip(path, "a device, pipe or socket"),
                Err(error) => contents.skip(path, format!("it cannot be read: {error}")),
            }
        }
    }
    Ok(contents)
}

fn file(place: &Path, path: String, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let limit = budget.limits.file_bytes;
    let opened = fs::File::open(place).and_then(|file| Ok((file.metadata()?.len(), file)));
    let outcome = match opened {
        Ok((size, _)) if size > limit => return Ok(contents.too_large(path, size, budget)?),
        Ok((_, inner)) => Counted { inner: inner.take(limit), budget }.read_to_end(&mut bytes),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(contents.keep(path, bytes, budget)?),
        Err(error) => match Failure::from_io(&error) {
            Failure::Damaged(why) => {
                contents.skip(&path, format!("it cannot be read: {why}"));
                Ok(())
            }
            failure => Err(failure),
        },
    }
}
