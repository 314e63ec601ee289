//! What a file that is no text shows to the eye: a small picture, the tables of a font, the members of an archive; and what it
//! carries beside that, where nobody looks: text and data in its structure, bytes behind its end.
//!
//! The structure is read by hand, for what decoders pass over is what one wants to see. A preview is made when it is asked
//! for; nothing of it is evidence by itself, and no model reads it.

use serde::{Deserialize, Serialize};

mod archive;
mod font;
mod pixels;
mod reader;
mod structure;
mod trailing;

pub use pixels::{MOST_SIDE, Picture};

/// Most notes of a file.
const MOST_NOTES: usize = 200;
/// Most rows of a listing.
const MOST_ROWS: usize = 5000;

/// What a file shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What it is: `PNG image, 640 x 480`.
    pub what: String,
    /// What it carries beside that, each a sentence without its full stop. Text of the file stands in them as it is.
    pub notes: Vec<Note>,
    /// The picture, where it is one that can be decoded.
    pub picture: Option<Picture>,
    /// Tables or members, each with its size.
    pub rows: Vec<(String, u64)>,
}

/// Something that a file carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What, with its size.
    pub what: String,
    /// Where it begins, bytes from the start of the file.
    pub at: usize,
    /// Whether it is none of what such files usually carry.
    pub odd: bool,
}

impl Note {
    fn usual(at: usize, what: impl Into<String>) -> Self {
        Self { what: what.into(), at, odd: false }
    }

    fn odd(at: usize, what: impl Into<String>) -> Self {
        Self { what: what.into(), at, odd: true }
    }
}

/// What a file shows; `None` where it is of no kind that is known here.
#[must_use]
pub fn preview(bytes: &[u8]) -> Option<Preview> {
    let mut preview = picture(bytes).or_else(|| font::preview(bytes)).or_else(|| archive::preview(bytes))?;
    preview.notes.truncate(MOST_NOTES);
    preview.rows.truncate(MOST_ROWS);
    Some(preview)
}

fn picture(bytes: &[u8]) -> Option<Preview> {
    let found = structure::of(bytes)?;
    let mut notes = found.notes;
    notes.extend(found.end.and_then(|end| trailing::note(bytes, end)));
    let (what, picture) = match pixels::decode(bytes, found.format) {
        Ok((width, height, picture)) => (format!("{} image, {width} x {height}", found.name), Some(picture)),
        Err(why) => (format!("{} image that cannot be shown: {why}", found.name), None),
    };
    Some(Preview { what, notes, picture, rows: Vec::new() })
}

#[cfg(test)]
mod tests;
