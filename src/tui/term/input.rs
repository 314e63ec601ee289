//! Reads what the terminal sends.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use super::super::state::Message;
use super::EDITING;
use super::decode::{Decoder, Input};
use crate::config::ThemeName;

/// How long the terminal may take to say what its background is.
const ANSWER: Duration = Duration::from_millis(100);

/// How long is waited before the terminal is looked at again that an editor has.
const AWAY: Duration = Duration::from_millis(30);

/// What the terminal says of its background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// The theme that fits it.
    Fits(ThemeName),
    /// Nothing yet; the answer may come later, among the keys.
    Late,
    /// It cannot be asked, or does not know.
    Unknown,
}

/// The reading end of the terminal.
#[derive(Debug, Default)]
pub struct Reader {
    decoder: Decoder,
    /// What came while an answer was waited for.
    before: Vec<Input>,
    /// Whether the background was asked for and has not been told.
    asked: bool,
}

impl Reader {
    /// Asks the terminal for its background, and waits a moment for the answer. Keys that are typed meanwhile are kept.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn ask_background(&mut self) -> io::Result<Background> {
        if !can_be_asked() {
            return Ok(Background::Unknown);
        }
        // The second question is one that every terminal answers: its answer without the first one's tells that there is none.
        let mut out = io::stdout().lock();
        io::Write::write_all(&mut out, b"\x1b]11;?\x07\x1b[c")?;
        io::Write::flush(&mut out)?;
        self.asked = true;
        let end = Instant::now() + ANSWER;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Background::Late);
            }
            let mut found = Vec::new();
            self.read(Some(left), &mut found)?;
            let mut answer = None;
            for input in found {
                match input {
                    Input::Background(theme) => {
                        self.asked = false;
                        answer = Some(Background::Fits(theme));
                    }
                    Input::Attributes => answer = answer.or(Some(Background::Unknown)),
                    event @ (Input::Event(_) | Input::Keyboard) => self.before.push(event),
                }
            }
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    }

    /// Reads the terminal's events on a thread of its own and sends them to the loop, until the terminal is gone.
    pub fn listen(mut self, send: Sender<Message>) {
        // Without a thread there are no keys, and no way to say so but the screen that does not react.
        let _ = thread::Builder::new().name("events".to_owned()).spawn(move || {
            let mut found = std::mem::take(&mut self.before);
            loop {
                for input in found.drain(..) {
                    let message = match input {
                        Input::Event(event) => Message::Terminal(event),
                        Input::Background(theme) if self.asked => {
                            self.asked = false;
                            Message::Background(theme)
                        }
                        Input::Keyboard => {
                            super::keyboard_offered();
                            continue;
                        }
                        // Nobody asked, or it was told already.
                        Input::Background(_) | Input::Attributes => continue,
                    };
                    if send.send(message).is_err() {
                        return;
                    }
                }
                if self.read(None, &mut found).is_err() {
                    // Nobody can press a key any more.
                    let _ = send.send(Message::Stop(None));
                    return;
                }
            }
        });
    }

    /// Waits for the next bytes, no longer than `most`, and for what the decoder makes of a pause.
    #[cfg(unix)]
    fn read(&mut self, most: Option<Duration>, out: &mut Vec<Input>) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::io::Errno;

        let pause = self.decoder.wait();
        let wait = [pause, most].into_iter().flatten().min();
        let timeout = wait.and_then(|wait| Timespec::try_from(wait).ok());
        let stdin = rustix::stdio::stdin();
        if EDITING.load(Ordering::SeqCst) {
            thread::sleep(AWAY);
            return Ok(());
        }
        let ready = match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], timeout.as_ref()) {
            Ok(ready) => ready,
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if ready == 0 {
            if pause == wait {
                self.decoder.rest(out);
            }
            return Ok(());
        }
        // It was given away while it was waited for: what came is not for us.
        if EDITING.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut bytes = [0; 1 << 12];
        match rustix::io::read(stdin, &mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.decoder.take(bytes.get(..count).unwrap_or_default(), out);
                Ok(())
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the system gives keys and not bytes, it is asked for keys.
    #[cfg(not(unix))]
    fn read(&mut self, most: Option<Duration>, out: &mut Vec<Input>) -> io::Result<()> {
        if most.is_some_and(|most| !crossterm::event::poll(most).unwrap_or(false)) {
            return Ok(());
        }
        out.push(Input::Event(crossterm::event::read()?));
        Ok(())
    }
}

/// Whether the terminal is one that understands the question.
pub(super) fn can_be_asked() -> bool {
    // GNU Screen sends it on and answers in the wrong order, Eterm knows neither question, a dumb terminal would print them.
    let term = std::env::var("TERM").unwrap_or_default();
    cfg!(unix) && !(matches!(term.as_str(), "" | "dumb" | "Eterm" | "screen") || term.starts_with("screen."))
}
