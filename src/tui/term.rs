//! The only code that touches the terminal.

use std::io::{self, IsTerminal as _, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use terminal_colorsaurus::{Error, QueryOptions};

use super::app::Message;
use super::late::{Found, Late};
use super::run::Screen;
use crate::config::ThemeName;

/// How often it is looked whether the terminal is still there.
const ALIVE: Duration = Duration::from_secs(1);
/// How long the loop may take to leave when it is told to.
#[cfg(unix)]
const LEAVING: Duration = Duration::from_secs(3);
/// How long the terminal may take to say what its background is.
const ANSWER: Duration = Duration::from_millis(100);

/// Whether the terminal is ours; restoring twice would leave a screen that is not.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// A terminal on the other end of a writer.
pub struct Term<W: Write> {
    /// Never dropped: it would show the cursor, which [`restore`] does, and where the terminal is gone it would complain of that
    /// on a standard error that is gone as well, which is a panic.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<W>>>,
    mouse: bool,
    local: bool,
}

impl Term<io::BufWriter<Stdout>> {
    /// Takes the terminal: raw mode, the alternate screen, mouse and paste events. A panic gives it back first. `ask` is called
    /// between the first two: what the terminal answers is no longer echoed, and the screen is not yet ours.
    ///
    /// # Errors
    /// When standard output is no terminal.
    pub fn enter<T>(mouse: bool, ask: impl FnOnce() -> T) -> io::Result<(Self, T)> {
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout());
        let terminal = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(out))?);
        enable_raw_mode()?;
        let answer = ask();
        if let Err(error) = take(mouse) {
            // The first error is the one to tell.
            let _ = disable_raw_mode();
            return Err(error);
        }
        let main = thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // A worker's panic becomes an error on the screen; printing it would only garble that.
            if thread::current().id() == main {
                restore();
                before(panic);
            }
        }));
        // The user sits at another machine: its clipboard is reached through the terminal only.
        let local = ["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"].iter().all(|name| std::env::var_os(name).is_none());
        Ok((Self { terminal, mouse, local }, answer))
    }

    /// The size of the screen.
    ///
    /// # Errors
    /// When standard output is no terminal.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }
}

impl<W: Write> Term<W> {
    /// A terminal of a fixed size on any writer, for tests that look at the bytes.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn on(writer: W, size: Size) -> io::Result<Self> {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal = Terminal::with_options(CrosstermBackend::new(writer), TerminalOptions { viewport })?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), mouse: false, local: false })
    }
}

impl<W: Write> Screen for Term<W> {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| draw(frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`: that asks the terminal where its cursor is, and the answer goes to the thread that reads the keys.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    fn local(&self) -> bool {
        self.local
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        // OSC 52: the text is encoded, so nothing in it can end the sequence.
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.terminal.backend_mut();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let out = self.terminal.backend_mut();
        if on { execute!(out, EnableMouseCapture) } else { execute!(out, DisableMouseCapture) }
    }

    fn suspend(&mut self) -> io::Result<()> {
        restore();
        stop()?;
        take(self.mouse)
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    if mouse { execute!(io::stdout(), EnableMouseCapture) } else { Ok(()) }
}

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

/// Asks the terminal for its background, and waits a moment for the answer.
#[must_use]
pub fn background() -> Background {
    let mut options = QueryOptions::default();
    options.timeout = ANSWER;
    match terminal_colorsaurus::background_color(options) {
        Ok(color) if color.perceived_lightness() > 0.5 => Background::Fits(ThemeName::Light),
        Ok(_) => Background::Fits(ThemeName::Dark),
        Err(Error::Timeout(_)) => Background::Late,
        Err(_) => Background::Unknown,
    }
}

/// Gives the terminal back as it was. Does nothing where it was not taken.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // The terminal may be gone already; there is nobody left to tell.
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        EndSynchronizedUpdate,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// Stops the process, as the terminal does on Ctrl-Z in its usual mode; returns when it is continued.
#[cfg(unix)]
fn stop() -> io::Result<()> {
    signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)
}

#[cfg(not(unix))]
fn stop() -> io::Result<()> {
    Ok(())
}

/// Reads the terminal's events on a thread of its own and sends them to the loop. `late` says that the terminal may still
/// answer a question.
pub fn listen(send: Sender<Message>, late: bool) {
    let gone = send.clone();
    // A terminal may go without a signal, if somebody has those ignored. Then crossterm reads nothing from it over and over and
    // never comes back, and nobody can press a key any more.
    let _ = thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        while io::stdin().is_terminal() {
            thread::sleep(ALIVE);
        }
        let _ = gone.send(Message::Stop(None));
    });
    // Without a thread there are no keys, and no way to say so but the screen that does not react.
    let _ = thread::Builder::new().name("events".to_owned()).spawn(move || {
        let mut late = late.then(Late::default);
        while let Ok(event) = crossterm::event::read() {
            late = late.filter(Late::waits);
            let found = match &mut late {
                Some(late) => late.take(event),
                None => Found::Events(vec![event]),
            };
            let messages = match found {
                Found::Events(events) => events.into_iter().map(Message::Terminal).collect(),
                Found::Background(theme) => vec![Message::Background(theme)],
            };
            for message in messages {
                if send.send(message).is_err() {
                    return;
                }
            }
        }
        let _ = send.send(Message::Stop(None));
    });
}

/// Sends the signals that ask a program to end to the loop, which leaves as by a key: the place in the case is kept and the
/// terminal given back. A loop that does not leave in time is not waited for.
///
/// # Errors
/// When the system gives no thread or no signals.
#[cfg(unix)]
pub fn heed_signals(send: Sender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        let _ = send.send(Message::Stop(Some(signal)));
        thread::sleep(LEAVING);
        restore();
        std::process::exit(128 + signal);
    })?;
    Ok(())
}

/// Elsewhere the system ends a program without asking.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn heed_signals(_send: Sender<Message>) -> io::Result<()> {
    Ok(())
}
