//! Many jobs at once, their answers in order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// What the caller hears of, on its own thread.
pub enum Event<T> {
    /// A job was started, on what is shown so.
    Started(String),
    /// A job was finished; its answer may still wait for those before it.
    Finished,
    /// The next answer in order.
    Next(T),
}

/// How many answers may wait for one before them, for each job: a package that takes a minute must not make those that follow
/// pile up in memory.
const AHEAD: usize = 64;

/// Does `work` on each item, `jobs` at a time, and tells `hear` of the answers in the order of the items, each as soon as
/// those before it are told. Items are taken when somebody is free for them and the answers do not pile up, so that there may
/// be any number. Where `hear` fails, no further job is started.
///
/// Plain threads, not a rayon pool: a pool's thread that waits inside one package's parallel part would take up another
/// whole package meanwhile, and so on, holding all of them in memory.
///
/// # Errors
/// When `hear` fails, or a thread cannot be started.
pub fn in_order<I: Send, T: Send>(
    items: impl Iterator<Item = I> + Send,
    jobs: usize,
    show: impl Fn(&I) -> String + Sync,
    work: impl Fn(I) -> T + Sync,
    mut hear: impl FnMut(Event<T>) -> io::Result<()>,
) -> io::Result<()> {
    let jobs = jobs.max(1);
    let next = Mutex::new(items.enumerate());
    let told = Told { window: jobs * AHEAD, ..Told::default() };
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..jobs {
            let sender = sender.clone();
            let (next, told, show, work) = (&next, &told, &show, &work);
            thread::Builder::new().spawn_scoped(scope, move || {
                loop {
                    let taken = lock(next).next();
                    let Some((index, item)) = taken.filter(|(index, _)| told.has_room(*index)) else { break };
                    // The receiver is gone only when nobody listens any more.
                    if sender.send((index, Said::Started(show(&item)))).is_err()
                        || sender.send((index, Said::Done(work(item)))).is_err()
                    {
                        break;
                    }
                }
            })?;
        }
        drop(sender);
        let heard = tell(&receiver, &told, &mut hear);
        told.stop();
        heard
    })
}

/// What a thread says of an item.
enum Said<T> {
    Started(String),
    Done(T),
}

/// How far the caller has heard.
#[derive(Default)]
struct Told {
    /// How many answers, and whether nobody listens any more.
    state: Mutex<(usize, bool)>,
    moved: Condvar,
    window: usize,
}

impl Told {
    /// Waits until the item may be begun; false where nobody listens any more.
    fn has_room(&self, index: usize) -> bool {
        let full = |state: &mut (usize, bool)| !state.1 && index >= state.0 + self.window;
        let state = self.moved.wait_while(lock(&self.state), full).unwrap_or_else(PoisonError::into_inner);
        !state.1
    }

    fn one(&self) {
        lock(&self.state).0 += 1;
        self.moved.notify_all();
    }

    fn stop(&self) {
        lock(&self.state).1 = true;
        self.moved.notify_all();
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell<T>(
    receiver: &mpsc::Receiver<(usize, Said<T>)>,
    told: &Told,
    hear: &mut impl FnMut(Event<T>) -> io::Result<()>,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (index, said) in receiver {
        match said {
            Said::Started(item) => hear(Event::Started(item))?,
            Said::Done(answer) => {
                hear(Event::Finished)?;
                waiting.insert(index, answer);
                while let Some(answer) = waiting.remove(&next) {
                    hear(Event::Next(answer))?;
                    next += 1;
                    told.one();
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn answers(items: &[usize], jobs: usize, work: impl Fn(usize) -> usize + Sync) -> Vec<usize> {
        let mut heard = Vec::new();
        in_order(items.iter().copied(), jobs, usize::to_string, work, |event| {
            if let Event::Next(answer) = event {
                heard.push(answer);
            }
            Ok(())
        })
        .unwrap();
        heard
    }

    #[test]
    fn answers_come_in_order_whatever_finishes_first() {
        // The first job cannot finish before the second one is done.
        let both = Barrier::new(2);
        let second_done = Barrier::new(2);
        let heard = answers(&[0, 1, 2, 3], 2, |item| {
            match item {
                0 => {
                    both.wait();
                    second_done.wait();
                }
                1 => {
                    both.wait();
                }
                2 => {
                    second_done.wait();
                }
                _ => {}
            }
            item * 10
        });
        assert_eq!(heard, [0, 10, 20, 30]);
    }

    #[test]
    fn an_answer_is_told_before_the_next_job_is_done() {
        let told = Barrier::new(2);
        let mut heard = Vec::new();
        in_order(
            [0, 1].into_iter(),
            1,
            usize::to_string,
            |item| {
                if item == 1 {
                    told.wait();
                }
                item
            },
            |event| {
                if let Event::Next(answer) = event {
                    heard.push(answer);
                    if answer == 0 {
                        told.wait();
                    }
                }
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(heard, [0, 1]);
    }

    #[test]
    fn nobody_listening_ends_the_work() {
        let started = AtomicUsize::new(0);
        let told = in_order(
            std::iter::repeat(()),
            2,
            |()| String::new(),
            |()| started.fetch_add(1, Ordering::Relaxed),
            |event| match event {
                Event::Next(_) => Err(io::ErrorKind::BrokenPipe.into()),
                Event::Started(_) | Event::Finished => Ok(()),
            },
        );
        assert_eq!(told.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(started.load(Ordering::Relaxed) <= 2 * AHEAD + 2);
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        assert!(answers(&[], 4, |item| item).is_empty());
    }

    #[test]
    fn answers_do_not_pile_up_behind_a_slow_one() {
        let most = AtomicUsize::new(0);
        let told = AtomicUsize::new(0);
        let work = |item: usize| {
            most.fetch_max(item.saturating_sub(told.load(Ordering::Relaxed)), Ordering::Relaxed);
            if item == 0 {
                thread::sleep(Duration::from_millis(50));
            }
        };
        in_order(0..2000, 2, usize::to_string, work, |event| {
            told.fetch_add(usize::from(matches!(event, Event::Next(()))), Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
        // Two threads may hold an item each beyond those that wait.
        let most = most.into_inner();
        assert!((AHEAD..=2 * AHEAD + 2).contains(&most), "{most}");
    }
}
