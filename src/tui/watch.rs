//! The configuration file is looked at now and then: what is changed in it holds at once.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use crate::config::Config;

/// How often the file is looked at.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// Reads the configuration anew; an error says file and line of what is wrong.
type Load = Box<dyn Fn() -> Result<Config, String>>;

/// A file and what it was when it was read.
pub struct Watch {
    path: PathBuf,
    load: Load,
    stamp: Option<(SystemTime, u64)>,
    looked: Instant,
}

impl Watch {
    /// Watches a file that was read just now.
    pub fn new(path: PathBuf, load: impl Fn() -> Result<Config, String> + 'static) -> Self {
        let stamp = stamp(&path);
        Self { path, load: Box::new(load), stamp, looked: Instant::now() }
    }

    /// How long until the file is to be looked at.
    pub(super) fn wait(&self) -> Duration {
        EVERY.saturating_sub(self.looked.elapsed())
    }

    /// What the file says now, if it is time to look and it was changed since.
    pub(super) fn changed(&mut self) -> Option<Result<Config, String>> {
        if !self.wait().is_zero() {
            return None;
        }
        self.looked = Instant::now();
        let stamp = stamp(&self.path);
        if stamp == self.stamp {
            return None;
        }
        self.stamp = stamp;
        Some((self.load)())
    }
}

/// By what a change is told; `None` where there is no file.
fn stamp(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Depth;

    #[test]
    fn a_file_that_comes_changes_and_goes_is_read_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let (path, at) = (folder.path().join(crate::config::FILE), folder.path().to_owned());
        let mut watch =
            Watch::new(path.clone(), move || Config::load(Some(&at), Depth::True).map_err(|e| e.to_string()));
        let mut look = || {
            watch.looked = Instant::now().checked_sub(EVERY).unwrap();
            watch.changed()
        };
        assert!(look().is_none());
        fs::write(&path, "mouse = false\n").unwrap();
        assert!(!look().unwrap().unwrap().settings.mouse);
        assert!(look().is_none());
        fs::write(&path, "mouse = maybe\n").unwrap();
        assert!(look().unwrap().unwrap_err().contains("config.toml:1: "));
        fs::remove_file(&path).unwrap();
        assert!(look().unwrap().unwrap().settings.mouse);
    }
}
