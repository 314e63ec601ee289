//! Signals from outside: the terminal is given back before the process stops or dies, and taken again when it goes on.

use std::io;
use std::sync::mpsc::Sender;

use super::super::state::Message;

/// Heeds signals on a thread of its own. Those that ask a program to end go to the loop, which leaves as by a key: the place in
/// the case is kept and the terminal given back. A loop that does not leave in time is not waited for.
///
/// # Errors
/// When the system gives no thread or no signals.
#[cfg(unix)]
pub fn heed_signals(send: Sender<Message>) -> io::Result<()> {
    unix::heed_signals(send)
}

/// Elsewhere the system ends a program without asking.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn heed_signals(_send: Sender<Message>) -> io::Result<()> {
    Ok(())
}

/// Stops the process group, as the terminal does on Ctrl-Z in its usual mode.
#[cfg(unix)]
pub(super) fn suspend() -> io::Result<()> {
    unix::suspend()
}

#[cfg(not(unix))]
pub(super) fn suspend() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::process;
    use std::sync::atomic::Ordering;
    use std::sync::mpsc::{Sender, channel};
    use std::thread;
    use std::time::Duration;

    use crossterm::event::Event;
    use crossterm::terminal;
    use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
    use signal_hook::consts::{SIGABRT, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGWINCH};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::{emulate_default_handler, raise};

    use super::super::super::state::Message;
    use super::super::{AWAY, ENTERED, MOUSE, STALE, restore, take, writing_soon};

    /// How long the loop may take to leave when it is told to.
    const LEAVING: Duration = Duration::from_secs(3);
    const HEEDED: [i32; 8] = [SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGTERM, SIGCONT, SIGTSTP, SIGWINCH];

    pub fn heed_signals(send: Sender<Message>) -> io::Result<()> {
        let mut signals = Signals::new(HEEDED)?;
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            loop {
                let came: Vec<i32> = signals.wait().collect();
                for signal in &came {
                    match *signal {
                        // Whoever continues a process that is not stopped yet wants it not to stop.
                        SIGTSTP if !came.contains(&SIGCONT) => stop(),
                        SIGTSTP => {}
                        SIGCONT => go_on(&send),
                        SIGWINCH => resized(&send),
                        SIGQUIT | SIGABRT => {
                            restore_soon();
                            // Never comes back.
                            let _ = emulate_default_handler(*signal);
                        }
                        signal => {
                            let _ = send.send(Message::Stop(Some(signal)));
                            thread::sleep(LEAVING);
                            restore_soon();
                            process::exit(128 + signal);
                        }
                    }
                }
            }
        })?;
        Ok(())
    }

    pub fn suspend() -> io::Result<()> {
        // In the group of the session's leader there is no shell that could continue it; there the system heeds no Ctrl-Z either.
        if getsid(None)? == getpgrp() {
            return Ok(());
        }
        Ok(kill_current_process_group(Signal::TSTP)?)
    }

    /// Gives the terminal back, unless it takes no bytes: then it must not keep the process.
    fn restore_soon() {
        let (done, wait) = channel();
        // Without a thread the process dies all the same.
        let _ = thread::Builder::new().spawn(move || {
            let _writing = writing_soon();
            restore();
            let _ = done.send(());
        });
        let _ = wait.recv_timeout(LEAVING);
    }

    /// Gives the terminal back and stops. What the signal's default action would do, but that one is replaced.
    fn stop() {
        let _writing = writing_soon();
        if ENTERED.load(Ordering::SeqCst) {
            AWAY.store(true, Ordering::SeqCst);
            restore();
        }
        let _ = raise(SIGSTOP);
    }

    /// Takes the terminal again, however it came to be left: SIGSTOP tells nobody, and the shell has changed its mode meanwhile.
    fn go_on(send: &Sender<Message>) {
        let writing = writing_soon();
        let away = AWAY.swap(false, Ordering::SeqCst);
        if !away && !ENTERED.load(Ordering::SeqCst) {
            return;
        }
        let _ = terminal::disable_raw_mode();
        if take(MOUSE.load(Ordering::SeqCst)).is_err() {
            let _ = send.send(Message::Stop(None));
            return;
        }
        STALE.store(true, Ordering::SeqCst);
        drop(writing);
        resized(send);
    }

    /// Tells the loop the size, which makes it draw.
    fn resized(send: &Sender<Message>) {
        if let Ok((columns, rows)) = terminal::size() {
            let _ = send.send(Message::Terminal(Event::Resize(columns, rows)));
        }
    }
}
