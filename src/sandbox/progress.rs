//! Telling how far a reading is without holding it up.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::behavior::{Progress, Watch};

/// How often it is told.
const PAUSE: Duration = Duration::from_millis(100);
/// A thread that only tells needs no more.
const STACK: usize = 256 << 10;

/// Does a job that says at every file how far it is, and tells of the newest at most ten times a second. A last one that
/// comes just after another is told too, for it may be the file that takes long.
pub(super) fn told<T>(tell: &(dyn Fn(Progress) + Sync), job: impl FnOnce(Watch<'_>) -> T) -> T {
    let newest: Mutex<Option<Progress>> = Mutex::default();
    let take = || newest.lock().unwrap_or_else(PoisonError::into_inner).take();
    let watch = |progress| *newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    let (done, wait) = channel::<()>();
    thread::scope(|scope| {
        // Where there is no thread for it, nothing is told.
        let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
            while wait.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                take().into_iter().for_each(tell);
            }
        });
        let answer = job(&watch);
        drop(done);
        answer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_told_and_nothing_after_the_end() {
        let heard: Mutex<Vec<usize>> = Mutex::default();
        let hear = |progress: Progress| heard.lock().unwrap().push(progress.files);
        let answer = told(&hear, |watch| {
            for files in 1..=1000 {
                watch(Progress { files, ..Progress::default() });
            }
            // The last one is told while the job goes on.
            while heard.lock().unwrap().last() != Some(&1000) {
                thread::sleep(Duration::from_millis(1));
            }
            watch(Progress { files: 1001, ..Progress::default() });
            7
        });
        assert_eq!(answer, 7);
        let heard = heard.into_inner().unwrap();
        assert!(heard.len() <= 3 && heard.last() == Some(&1000), "{heard:?}");
    }
}
