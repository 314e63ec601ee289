//! `--log FILE`: what the program does and how long it takes, for finding faults. Nothing is logged otherwise.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;

use crate::text::escape;

/// Sends what is logged to the end of a file.
///
/// # Errors
/// When the file cannot be opened.
pub fn begin(path: &Path) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        // It names the packages that were looked at.
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let file = options.open(path).map_err(|e| format!("cannot write the log {}: {e}", path.display()))?;
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_target(false)
        .with_thread_names(true)
        .with_writer(Mutex::new(Escaped(file)))
        .try_init()
        .map_err(|e| format!("cannot write the log {}: {e}", path.display()))
}

/// Writes whole lines with everything in them escaped: a name from a package may hold what acts on the terminal that the log
/// is looked at with.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    /// The subscriber writes each event at once, with one line end behind it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        writeln!(self.0, "{}", escape(line))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_escaped_line() {
        let mut out = Escaped(Vec::new());
        out.write_all(b"INFO opened a\nb\x1b[2J\xff\n").unwrap();
        out.write_all("DEBUG \u{202e}\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out.0).unwrap(), "INFO opened a␊b␛[2J\u{fffd}\nDEBUG <U+202E>\n");
    }
}
