//! The loop: block for one message, drain the rest, update, draw once if something changed.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crossterm::event::Event;
use ratatui::Frame;
use ratatui::layout::Rect;
use tracing::debug;

use crate::tui::app::{draw, update, window_title};
use crate::tui::state::{Effect, Message, State};
use crate::tui::watch::Watch;
use crate::tui::widget::frame;
use crate::tui::worker::{Post, Start, Workers};

/// Least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// What takes longer than this rings the bell when it ends: by then one looks elsewhere.
const LONG: Duration = Duration::from_secs(10);
/// How often the elapsed time is shown while something runs.
const TICK: Duration = Duration::from_millis(120);

/// Something to draw on.
pub trait Screen {
    /// Draws a frame inside a synchronized update.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn draw(&mut self, draw: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame draws every cell.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn redraw(&mut self) -> io::Result<()>;

    /// Whether a clipboard of this machine may be asked; over SSH it would be the wrong machine's.
    fn local(&self) -> bool;

    /// Asks the terminal to put a text on its clipboard.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Takes the mouse or leaves it to the terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn mouse(&mut self, on: bool) -> io::Result<()>;

    /// Names the window.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn title(&mut self, title: &str) -> io::Result<()>;

    /// Rings the bell: something long has ended.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn bell(&mut self) -> io::Result<()>;

    /// Has the process stopped. When it goes on, a resize says that everything is to be drawn again.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn suspend(&mut self) -> io::Result<()>;

    /// Gives the terminal to the user's editor with a text, and takes it again. Answers what became of the text, or why it is as
    /// it was.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn edit(&mut self, text: &str, ending: &str) -> io::Result<Result<String, String>>;
}

/// State, screen and workers together.
pub struct Workbench<S: Screen> {
    /// What is shown.
    pub state: State,
    /// Where it is shown.
    pub screen: S,
    receive: Receiver<Message>,
    send: Sender<Message>,
    start: Option<Start>,
    workers: Option<Workers>,
    drawn: Option<Instant>,
    frames: usize,
    title: String,
    /// Since when something runs.
    busy: Option<Instant>,
    watch: Option<Watch>,
}

impl<S: Screen> Workbench<S> {
    /// A workbench that has drawn nothing and started nothing yet.
    #[must_use]
    pub fn new(state: State, screen: S, start: Start) -> Self {
        let (send, receive) = channel();
        Self {
            state,
            screen,
            receive,
            send,
            start: Some(start),
            workers: None,
            drawn: None,
            frames: 0,
            title: String::new(),
            busy: None,
            watch: None,
        }
    }

    /// Has the configuration read anew whenever its file is changed.
    #[must_use]
    pub fn watching(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Where events of the terminal go.
    #[must_use]
    pub fn sender(&self) -> Sender<Message> {
        self.send.clone()
    }

    /// How many frames were drawn.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Runs until the analyst leaves.
    ///
    /// # Errors
    /// When the terminal is gone; the inner error says why the path is no package.
    pub fn run(&mut self) -> io::Result<Result<(), String>> {
        loop {
            if let Some(end) = self.state.quit.take() {
                return Ok(end);
            }
            self.turn()?;
        }
    }

    /// Draws if something changed, then takes in what has come, waiting for it if nothing has.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn turn(&mut self) -> io::Result<()> {
        let wait = self.frame()?;
        // The first frame is on the screen: now the slow things may begin.
        if let Some(start) = self.start.take() {
            let send = self.send.clone();
            // Once the loop has ended nobody waits for answers any more.
            let post = Post::new(move |answer| drop(send.send(Message::Answer(answer))));
            self.workers = Some(Workers::start(start, post));
        }
        let tick = || {
            let passes = if self.state.ticking() { Some(TICK) } else { self.state.queue.until_next_minute() };
            let looks = self.watch.as_ref().map(Watch::wait);
            [passes, looks].into_iter().flatten().min()
        };
        let first = match wait.or_else(tick) {
            // We hold a sender ourselves, so the channel does not close.
            None => self.receive.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => self.receive.recv_timeout(wait),
        };
        match first {
            Ok(message) => self.take(message)?,
            // Woken only because a frame is due: drawn at the next turn.
            Err(_) if wait.is_some() => {}
            Err(_) => self.take(Message::Tick)?,
        }
        while let Ok(message) = self.receive.try_recv() {
            self.take(message)?;
        }
        if let Some(config) = self.watch.as_mut().and_then(Watch::changed) {
            self.take(Message::Configured(config.map(Box::new)))?;
        }
        Ok(())
    }

    /// Draws a frame, and looks at it. The screen may have become smaller before anybody told us: everything is put in order
    /// for its real size first.
    fn paint(&mut self, look: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        // Somebody may be dragging the window's edge; the last try is as good as any.
        for _ in 0..4 {
            let (state, mut other) = (&self.state, None);
            self.screen.draw(&mut |frame| {
                let size = frame.area().as_size();
                if size == state.size {
                    draw(state, frame);
                    look(frame);
                } else {
                    other = Some(size);
                }
            })?;
            let Some(size) = other else { break };
            self.take(Message::Terminal(Event::Resize(size.width, size.height)))?;
        }
        Ok(())
    }

    /// Draws if something changed and the last frame is old enough; else says how long it must wait.
    fn frame(&mut self) -> io::Result<Option<Duration>> {
        if !self.state.dirty {
            return Ok(None);
        }
        if let Some(left) = self.drawn.and_then(|at| FRAME.checked_sub(at.elapsed())) {
            return Ok(Some(left));
        }
        let started = Instant::now();
        self.paint(&mut |_| {})?;
        self.outside()?;
        let spent = started.elapsed();
        if spent > FRAME {
            debug!(ms = spent.as_millis(), view = ?self.state.view, "a slow frame");
        }
        self.state.dirty = false;
        self.drawn = Some(Instant::now());
        self.frames += 1;
        Ok(None)
    }

    /// Tells the terminal what concerns more than its screen: the name of the window, and that something long has ended.
    fn outside(&mut self) -> io::Result<()> {
        let title = window_title(&self.state);
        if title != self.title {
            self.screen.title(&title)?;
            self.title = title;
        }
        match (self.state.busy(), self.busy) {
            (true, None) => self.busy = Some(Instant::now()),
            (false, Some(since)) => {
                self.busy = None;
                if since.elapsed() >= LONG && self.state.focused != Some(true) {
                    self.screen.bell()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What stands on the screen in a part of it, as a text of rows.
    pub(super) fn rows(&mut self, area: Rect) -> io::Result<String> {
        let mut text = String::new();
        self.paint(&mut |frame| text = frame::rows(frame.buffer_mut(), area))?;
        Ok(text)
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        for effect in update(&mut self.state, message) {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Work(work) => {
                if let Some(workers) = &self.workers {
                    workers.submit(work);
                }
            }
            Effect::Copy(text) => match &self.workers {
                Some(workers) if self.screen.local() => workers.clip(text),
                _ => self.screen.copy(&text)?,
            },
            Effect::CopyRows(area) => {
                let text = self.rows(area)?;
                self.carry_out(Effect::Copy(text))?;
            }
            Effect::Terminal(text) => self.screen.copy(&text)?,
            Effect::Mouse(on) => self.screen.mouse(on)?,
            Effect::Redraw => {
                self.screen.redraw()?;
                self.state.dirty = true;
            }
            Effect::Suspend => self.screen.suspend()?,
            Effect::Edit { text, ending } => {
                let edited = self.screen.edit(&text, ending)?;
                self.take(Message::Edited(edited))?;
            }
        }
        Ok(())
    }
}
