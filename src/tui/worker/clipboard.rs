//! The system's clipboard. On X11 a program must stay to hand its text over, so the worker keeps the clipboard open.

use std::sync::mpsc::Receiver;

use super::{Answer, Post, answer};

pub(super) fn serve(texts: &Receiver<String>, to: &Post) {
    let mut clipboard: Option<arboard::Clipboard> = None;
    while let Ok(text) = texts.recv() {
        if clipboard.is_none() {
            clipboard = arboard::Clipboard::new().ok();
        }
        let taken = clipboard.as_mut().is_some_and(|c| c.set_text(text.clone()).is_ok());
        answer(to, Answer::Clipped(if taken { Ok(()) } else { Err(text) }));
    }
}
