//! One line on a terminal's stderr that says how far a scan is.

use std::io::{self, Write as _};
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
    /// Where it is known before the last has come.
    total: Option<usize>,
    done: usize,
    current: String,
    begun: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    /// A line for `total` packages; never drawn unless `enabled`.
    pub fn new(total: impl Into<Option<usize>>, enabled: bool) -> Self {
        Self { enabled, total: total.into(), done: 0, current: String::new(), begun: Instant::now(), drawn: None }
    }

    /// A package was begun.
    pub fn started(&mut self, path: String) {
        self.current = path;
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

fn line(done: usize, total: Option<usize>, elapsed: Duration, current: &str) -> String {
    let mut line = total.map_or_else(|| done.to_string(), |total| format!("{done}/{total}"));
    if done > 0 && !elapsed.is_zero() {
        let rate = done as f64 / elapsed.as_secs_f64();
        line.push_str(&format!("  {rate:.1}/s"));
        if let Some(total) = total {
            line.push_str(&format!("  {} left", rough(total.saturating_sub(done) as f64 / rate)));
        }
    }
    line.push_str("  ");
    line.push_str(&escape(current));
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
        let shown = line(20, Some(100), Duration::from_secs(10), "a\u{1b}[2Jb.tgz");
        assert_eq!(shown, "20/100  2.0/s  40 s left  a␛[2Jb.tgz");
        assert_eq!(line(0, Some(9), Duration::from_secs(1), "a.tgz"), "0/9  a.tgz");
        assert_eq!(line(20, None, Duration::from_secs(10), "a.tgz"), "20  2.0/s  a.tgz");
        assert_eq!(rough(300.0), "5 min");
        assert_eq!(rough(7200.0), "2.0 h");
    }
}
