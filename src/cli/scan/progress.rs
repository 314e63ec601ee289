//! One line on a terminal's stderr that says how far a scan is.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ratatui::crossterm::terminal;

use crate::cli::cut;
use crate::text::escape;

/// Between two drawings; more often nobody can read.
const INTERVAL: Duration = Duration::from_millis(100);

/// The state of the line.
#[derive(Debug)]
pub struct Progress {
    enabled: bool,
    total: usize,
    done: usize,
    current: PathBuf,
    begun: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// A line for `total` packages; never drawn unless `enabled`.
    pub fn new(total: usize, enabled: bool) -> Self {
        Self { enabled, total, done: 0, current: PathBuf::new(), begun: Instant::now(), drawn: None }
    }

    /// A package was begun.
    pub fn started(&mut self, path: &Path) {
        path.clone_into(&mut self.current);
        self.draw();
    }

    /// A package is done.
    pub fn finished(&mut self) {
        self.done += 1;
        self.draw();
    }

    /// Makes room for a line of output.
    pub fn clear(&mut self) {
        if self.drawn.take().is_some() {
            // Progress is a courtesy: where it cannot be shown, the scan goes on.
            let _ = write!(io::stderr(), "\r\u{1b}[2K");
        }
    }

    /// Draws the line, unless that was done a moment ago.
    pub fn draw(&mut self) {
        if !self.enabled || self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL) {
            return;
        }
        // A terminal that does not know its size says 0.
        let known = terminal::size().ok().map(|(columns, _)| usize::from(columns)).filter(|columns| *columns > 0);
        let width = known.unwrap_or(80);
        let line = line(self.done, self.total, self.begun.elapsed(), &self.current);
        let _ = write!(io::stderr(), "\r\u{1b}[2K{}", cut(&line, width.saturating_sub(1)));
        self.drawn = Some(Instant::now());
    }
}

fn line(done: usize, total: usize, elapsed: Duration, current: &Path) -> String {
    let mut line = format!("{done}/{total}");
    if done > 0 && !elapsed.is_zero() {
        let rate = done as f64 / elapsed.as_secs_f64();
        let left = total.saturating_sub(done) as f64 / rate;
        line.push_str(&format!("  {rate:.1}/s  {} left", rough(left)));
    }
    line.push_str("  ");
    line.push_str(&escape(&current.to_string_lossy()));
    line
}

/// A time that is only an estimate.
fn rough(seconds: f64) -> String {
    if seconds < 100.0 {
        format!("{seconds:.0} s")
    } else if seconds < 6000.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_much_how_fast_how_long_and_what_escaped() {
        let shown = line(20, 100, Duration::from_secs(10), Path::new("a\u{1b}[2Jb.tgz"));
        assert_eq!(shown, "20/100  2.0/s  40 s left  a␛[2Jb.tgz");
        assert_eq!(line(0, 9, Duration::from_secs(1), Path::new("a.tgz")), "0/9  a.tgz");
        assert_eq!(rough(300.0), "5 min");
        assert_eq!(rough(7200.0), "2.0 h");
    }
}
