//! A text in the analyst's own editor, through a file that nobody else can read and that is gone afterwards.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest text that is read back, bytes.
const MOST: u64 = 8 << 20;

/// A folder of ours with one file, removed with this value.
struct Private {
    folder: PathBuf,
    file: PathBuf,
}

impl Private {
    fn with(text: &str, ending: &str) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let folder = std::env::temp_dir().join(format!("cerebro-{}-{now}", std::process::id()));
        // One that is there already is somebody else's.
        private_folder(&folder)?;
        let private = Self { file: folder.join(format!("report.{ending}")), folder };
        File::create_new(&private.file)?.write_all(text.as_bytes())?;
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // An editor may have left copies of its own beside the file.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// The editor that the user has chosen.
#[must_use]
pub(super) fn chosen() -> String {
    let named = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    named("VISUAL")
        .or_else(|| named("EDITOR"))
        .unwrap_or_else(|| String::from(if cfg!(unix) { "vi" } else { "notepad" }))
}

/// What an editor makes of a text.
///
/// # Errors
/// Why the text is as it was, in a sentence.
pub(super) fn edit(editor: &str, text: &str, ending: &str) -> Result<String, String> {
    let private =
        Private::with(text, ending).map_err(|error| format!("the report cannot be written for the editor: {error}"))?;
    // Through a shell, as git does it, for an editor may be named with options.
    let mut command = if cfg!(unix) { Command::new("sh") } else { Command::new(editor) };
    if cfg!(unix) {
        command.args(["-c", &format!("{editor} \"$@\""), editor]);
    }
    let status = command.arg(&private.file).status().map_err(|error| format!("{editor} cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("{editor} ended with {status}: the report is as it was; $EDITOR names another one"));
    }
    let mut bytes = Vec::new();
    let read = File::open(&private.file).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    read.map_err(|error| format!("what {editor} wrote cannot be read: {error}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn an_editor_with_options_changes_the_text_and_nothing_stays() {
        let seen = tempfile::NamedTempFile::new().unwrap();
        let script = tempfile::NamedTempFile::new().unwrap();
        let body = format!("#!/bin/sh\nprintf '%s' \"$2\" > {}\nsed -i s/one/two/ \"$2\"\n", seen.path().display());
        fs::write(script.path(), body).unwrap();
        let editor = format!("sh {} --wait", script.path().display());
        assert_eq!(edit(&editor, "one\n", "md").unwrap(), "two\n");
        let path = PathBuf::from(fs::read_to_string(seen.path()).unwrap());
        assert!(path.ends_with("report.md") && !path.parent().unwrap().exists(), "{}", path.display());
    }

    #[test]
    fn an_editor_that_fails_leaves_the_text() {
        assert!(edit("false", "one", "md").unwrap_err().contains("as it was"));
        assert!(edit("/absent/editor", "one", "md").is_err());
    }

    #[test]
    fn nobody_else_reads_the_file() {
        let private = Private::with("x", "md").unwrap();
        assert_eq!(fs::metadata(&private.folder).unwrap().permissions().mode() & 0o777, 0o700);
        let folder = private.folder.clone();
        drop(private);
        assert!(!folder.exists());
    }
}
