//! Many jobs at once, their answers in order.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// What the caller hears of, on its own thread.
pub enum Event<'a, I, T> {
    /// A job was started.
    Started(&'a I),
    /// A job was finished; its answer may still wait for those before it.
    Finished,
    /// The next answer in order.
    Next(T),
}

/// Does `work` on each item, `jobs` at a time, and tells `hear` of the answers in the order of the items, each as soon as
/// those before it are told. Where `hear` fails, no further job is started.
///
/// Plain threads, not a rayon pool: a pool's thread that waits inside one package's parallel part would take up another
/// whole package meanwhile, and so on, holding all of them in memory.
///
/// # Errors
/// When `hear` fails, or a thread cannot be started.
pub fn in_order<I: Sync, T: Send>(
    items: &[I],
    jobs: usize,
    work: impl Fn(&I) -> T + Sync,
    mut hear: impl FnMut(Event<'_, I, T>) -> io::Result<()>,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            let sender = sender.clone();
            let (next, stopped, work) = (&next, &stopped, &work);
            thread::Builder::new().spawn_scoped(scope, move || {
                while !stopped.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    // The receiver is gone only when nobody listens any more.
                    if sender.send((index, None)).is_err() || sender.send((index, Some(work(item)))).is_err() {
                        break;
                    }
                }
            })?;
        }
        drop(sender);
        let told = tell(items, &receiver, &mut hear);
        stopped.store(true, Ordering::Relaxed);
        told
    })
}

fn tell<I, T>(
    items: &[I],
    receiver: &mpsc::Receiver<(usize, Option<T>)>,
    hear: &mut impl FnMut(Event<'_, I, T>) -> io::Result<()>,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    let mut told = 0;
    for (index, answer) in receiver {
        match answer {
            None => {
                if let Some(item) = items.get(index) {
                    hear(Event::Started(item))?;
                }
            }
            Some(answer) => {
                hear(Event::Finished)?;
                waiting.insert(index, answer);
                while let Some(answer) = waiting.remove(&told) {
                    hear(Event::Next(answer))?;
                    told += 1;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn answers(items: &[usize], jobs: usize, work: impl Fn(&usize) -> usize + Sync) -> Vec<usize> {
        let mut heard = Vec::new();
        in_order(items, jobs, work, |event| {
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
            &[0, 1],
            1,
            |item| {
                if *item == 1 {
                    told.wait();
                }
                *item
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
        // Far more jobs than could be done between the failure and the moment when the workers see it.
        let items = vec![(); 1 << 32];
        let told = in_order(
            &items,
            2,
            |()| started.fetch_add(1, Ordering::Relaxed),
            |event| match event {
                Event::Next(_) => Err(io::ErrorKind::BrokenPipe.into()),
                Event::Started(()) | Event::Finished => Ok(()),
            },
        );
        assert_eq!(told.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(started.load(Ordering::Relaxed) < items.len());
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        assert!(answers(&[], 4, |item| *item).is_empty());
    }
}
