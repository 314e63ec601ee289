//! The only code that touches the terminal.

use std::io::{self, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::run::Screen;

mod decode;
mod editor;
mod input;
mod keys;
mod osc_reply;
mod signals;

pub use input::{Background, Reader};
pub use signals::heed_signals;

/// How long a frame that is being written may hold up a signal: a terminal that takes no bytes must not keep the program.
const WRITING: Duration = Duration::from_secs(1);

/// Whether the terminal is ours; restoring twice would leave a screen that is not.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether it was given back for the time that the process is stopped.
static AWAY: AtomicBool = AtomicBool::new(false);
/// Whether it was taken anew, so that nothing of what was drawn is on it.
static STALE: AtomicBool = AtomicBool::new(false);
/// Whether an editor has the terminal.
static EDITING: AtomicBool = AtomicBool::new(false);
/// Whether the mouse is ours while the terminal is.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// Whether the terminal offers kitty's keyboard protocol, in which Esc is a key and no beginning of others.
static KEYBOARD: AtomicBool = AtomicBool::new(false);
/// Held while something is written to the terminal, so that a signal comes between two frames.
static WRITES: Mutex<()> = Mutex::new(());

/// A terminal on the other end of a writer.
pub struct Term<W: Write> {
    /// Never dropped: it would show the cursor, which [`restore`] does, and where the terminal is gone it would complain of that
    /// on a standard error that is gone as well, which is a panic.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<W>>>,
    local: bool,
    /// Whether every cell is to be drawn again.
    stale: bool,
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
        Ok((Self { terminal, local, stale: false }, answer))
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
        Ok(Self { terminal: ManuallyDrop::new(terminal), local: false, stale: false })
    }
}

impl<W: Write> Screen for Term<W> {
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        let _writing = writing();
        // Drawn when the process goes on.
        if AWAY.load(Ordering::SeqCst) {
            return Ok(());
        }
        if STALE.swap(false, Ordering::SeqCst) || std::mem::take(&mut self.stale) {
            // Not `clear`: that asks the terminal where its cursor is, and the answer goes to the thread that reads the keys.
            let size = self.terminal.size()?;
            self.terminal.resize(Rect::new(0, 0, size.width, size.height))?;
        }
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| draw(frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.stale = true;
        Ok(())
    }

    fn local(&self) -> bool {
        self.local
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let _writing = writing();
        // OSC 52: the text is encoded, so nothing in it can end the sequence.
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.terminal.backend_mut();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        let _writing = writing();
        MOUSE.store(on, Ordering::SeqCst);
        let out = self.terminal.backend_mut();
        if on { execute!(out, EnableMouseCapture) } else { execute!(out, DisableMouseCapture) }
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        let _writing = writing();
        // OSC 2. Nothing that is no sign may be in it, or it would end the sequence.
        let title: String = title.chars().filter(|c| !c.is_control()).collect();
        let out = self.terminal.backend_mut();
        write!(out, "\x1b]2;{title}\x07")?;
        out.flush()
    }

    fn bell(&mut self) -> io::Result<()> {
        let _writing = writing();
        let out = self.terminal.backend_mut();
        write!(out, "\x07")?;
        out.flush()
    }

    fn suspend(&mut self) -> io::Result<()> {
        signals::suspend()
    }

    fn edit(&mut self, text: &str, ending: &str) -> io::Result<Result<String, String>> {
        let _writing = writing();
        let mouse = MOUSE.load(Ordering::SeqCst);
        // The keys are the editor's until it ends.
        EDITING.store(true, Ordering::SeqCst);
        restore();
        let edited = editor::edit(&editor::chosen(), text, ending);
        let taken = take(mouse);
        STALE.store(true, Ordering::SeqCst);
        EDITING.store(false, Ordering::SeqCst);
        taken.map(|()| edited)
    }
}

fn writing() -> MutexGuard<'static, ()> {
    WRITES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`writing`], but a frame that is not taken by the terminal is not waited for.
#[cfg(unix)]
fn writing_soon() -> Option<MutexGuard<'static, ()>> {
    let end = Instant::now() + WRITING;
    loop {
        match WRITES.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(guard)) => return Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() > end => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
        }
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    MOUSE.store(mouse, Ordering::SeqCst);
    // The name that the window has is put aside (xterm's window operation 22, taken back by 23).
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Print("\x1b[22;2t"),
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    if KEYBOARD.load(Ordering::SeqCst) {
        return push_keyboard();
    }
    // Who knows the protocol answers, at any time.
    if input::can_be_asked() { execute!(io::stdout(), Print("\x1b[?u")) } else { Ok(()) }
}

fn push_keyboard() -> io::Result<()> {
    execute!(io::stdout(), PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES))
}

/// The terminal has said that it offers kitty's keyboard protocol.
fn keyboard_offered() {
    let _writing = writing();
    let ours = ENTERED.load(Ordering::SeqCst) && !AWAY.load(Ordering::SeqCst);
    if !KEYBOARD.swap(true, Ordering::SeqCst) && ours {
        // Where the terminal is gone the reader says so.
        let _ = push_keyboard();
    }
}

/// Gives the terminal back as it was. Does nothing where it was not taken.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // The terminal may be gone already; there is nobody left to tell.
    if KEYBOARD.load(Ordering::SeqCst) {
        let _ = execute!(io::stdout(), PopKeyboardEnhancementFlags);
    }
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        EndSynchronizedUpdate,
        Print("\x1b[23;2t"),
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}
