//! What the loop tells the state, and what the state has the loop do.

use ratatui::layout::Rect;

use crate::config::{Action, Config, ThemeName};

use crate::tui::worker::{Answer, Work};

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// Key, mouse, resize, paste.
    Terminal(crossterm::event::Event),
    /// A worker has something.
    Answer(Answer),
    /// The terminal says what its background is, later than it was waited for.
    Background(ThemeName),
    /// The program is to end: by this signal, or because the terminal is gone.
    Stop(Option<i32>),
    /// The editor has ended: with the text that it made, or why it made none.
    Edited(Result<String, String>),
    /// The configuration file was changed; an error says file and line.
    Configured(Result<Box<Config>, String>),
    /// An action that was asked for by its name.
    Act(Action),
    /// Time passed while something runs.
    Tick,
}

/// Something for the loop to carry out.
#[derive(Debug)]
pub enum Effect {
    /// Hand work to a worker.
    Work(Work),
    /// Put a text on the clipboard, the system's if it can be reached.
    Copy(String),
    /// Copy what stands on the screen in these rows.
    CopyRows(Rect),
    /// Ask the terminal to put a text on its clipboard.
    Terminal(String),
    /// Take the mouse or leave it to the terminal.
    Mouse(bool),
    /// Draw every cell again.
    Redraw,
    /// Stop the process, as Ctrl-Z does.
    Suspend,
    /// Give a text to the user's editor; its kind by the ending of a file's name.
    Edit {
        /// The text.
        text: std::sync::Arc<str>,
        /// The ending, without the dot.
        ending: &'static str,
    },
}
