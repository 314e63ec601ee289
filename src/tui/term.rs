//! The only code that touches the terminal.

use std::io::{self, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

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

use super::app::Message;
use super::run::Screen;

/// Whether the terminal is ours; restoring twice would leave a screen that is not.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// A terminal on the other end of a writer.
pub struct Term<W: Write> {
    terminal: Terminal<CrosstermBackend<W>>,
    mouse: bool,
    local: bool,
}

impl Term<io::BufWriter<Stdout>> {
    /// Takes the terminal: raw mode, the alternate screen, mouse and paste events. A panic gives it back first.
    ///
    /// # Errors
    /// When standard output is no terminal.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(out))?;
        take(mouse)?;
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
        Ok(Self { terminal, mouse, local })
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
        Ok(Self { terminal, mouse: false, local: false })
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

/// Reads the terminal's events on a thread of its own and sends them to the loop.
pub fn listen(send: Sender<Message>) {
    // Without a thread there are no keys, and no way to say so but the screen that does not react.
    let _ = thread::Builder::new().name("events".to_owned()).spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if send.send(Message::Terminal(event)).is_err() {
                break;
            }
        }
    });
}
