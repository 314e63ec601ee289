//! What goes over the pipes: messages, each a header, chunks of bounded length, and an end.
//!
//! The content is in postcard's form, which has neither names nor types in it: a reader of another version would
//! misunderstand it, so [`Reply::Hello`] names the version, and the header that of this protocol.

use std::io::{self, Read, Write};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::confine::Confinement;
use super::task::{Outcome, Task};
use crate::behavior::{ModelText, Progress, Reading, Sequence};
use crate::case::story::{self, Sentence};
use crate::case::{Case, Timing};
use crate::evidence::{Evidence, Indicator};
use crate::package::{OpenError, OpenOptions, Package, RawPackage};

/// What every message begins with: three letters and the version of this protocol.
const HEADER: [u8; 4] = *b"CBR\x03";

/// Longest chunk.
const CHUNK: usize = 1 << 16;

/// Longest message, bytes: a package of the largest size that is read, its texts and what is said of them.
pub const MOST: u64 = 4 << 30;

/// What is asked of a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// A package is opened or read.
    Package {
        /// It.
        given: Given,
        /// How its code is read, where that is wanted.
        reading: Option<Reading>,
    },
    /// A text of a package that is open is looked into.
    Task(Task),
    /// What it was asked last is no longer wanted. It answers nevertheless.
    Stop,
}

/// A package as a worker gets it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Given {
    /// From the disk, and how it is to be opened: it comes back open.
    Raw(RawPackage, OpenOptions),
    /// Open already.
    Open(Arc<Package>),
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The first thing, before anything is asked.
    Hello {
        /// The program's version.
        version: String,
        /// What confines it.
        confinement: Confinement,
    },
    /// The archive is open.
    Opened(Arc<Package>),
    /// How far the reading of the code is.
    Progress(Progress),
    /// The code is read.
    Read(Box<Found>),
    /// What came of a task.
    Done(Outcome),
    /// The package cannot be opened.
    Refused(OpenError),
    /// A defect of ours, by its message.
    Panicked(String),
}

/// A [`Case`] without its package, which went before it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Found {
    sequence: Arc<Sequence>,
    text: Arc<ModelText>,
    evidence: Arc<Vec<Evidence>>,
    indicators: Arc<Vec<Indicator>>,
    brief: Arc<Vec<Sentence>>,
    timing: Timing,
}

impl Found {
    /// What there is to say of the package.
    #[must_use]
    pub fn new(case: Case) -> Self {
        let Case { sequence, text, evidence, indicators, brief, timing, .. } = case;
        Self { sequence, text, evidence, indicators, brief, timing }
    }

    /// The case.
    #[must_use]
    pub fn into_case(self, package: Arc<Package>, reading: Reading) -> Case {
        let Self { sequence, text, evidence, indicators, brief, timing } = self;
        let brief = Arc::new(story::distrusted(&brief));
        let external = Arc::default();
        Case { package, sequence, reading, text, evidence, indicators, brief, external, verdict: None, timing }
    }
}

/// Why what came over a pipe is no message.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// Nobody is there any more.
    #[error("nothing came")]
    Closed,
    /// It ends in the middle.
    #[error("it breaks off")]
    Truncated,
    /// It does not begin as a message of this version does.
    #[error("it does not begin as it should: {0:02x?}")]
    Header([u8; 4]),
    /// A chunk or the whole is longer than any may be.
    #[error("it is too long")]
    Oversized,
    /// The content is not what it should be.
    #[error("it says nothing: {0}")]
    Malformed(String),
    /// The pipe failed.
    #[error("the pipe failed: {0}")]
    Io(io::Error),
}

/// Writes one message and hands it over.
///
/// # Errors
/// When the pipe fails.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut chunks = Chunks { to, waiting: Vec::with_capacity(LENGTH + CHUNK + LENGTH), fault: None };
    chunks.to.write_all(&HEADER)?;
    if let Err(error) = postcard::to_io(message, &mut chunks) {
        // What it says of a pipe that failed is only that something did.
        return Err(chunks.fault.unwrap_or_else(|| io::Error::other(error)));
    }
    chunks.end()
}

/// Bytes before each chunk that say how long it is.
const LENGTH: usize = 4;

/// Gathers what is written into chunks.
struct Chunks<'w, W> {
    to: &'w mut W,
    /// The next chunk, with room for its length before it.
    waiting: Vec<u8>,
    /// Why the pipe failed.
    fault: Option<io::Error>,
}

impl<W: Write> Chunks<'_, W> {
    /// Writes the chunk that waits, and the end of the message where that is wanted.
    fn hand_over(&mut self, end: bool) -> io::Result<()> {
        if let Some((head, content)) = self.waiting.split_at_mut_checked(LENGTH)
            && !content.is_empty()
        {
            head.copy_from_slice(&u32::try_from(content.len()).map_err(io::Error::other)?.to_le_bytes());
        } else {
            self.waiting.clear();
        }
        if end {
            self.waiting.extend([0; LENGTH]);
        }
        self.to.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.hand_over(true)?;
        self.to.flush()
    }
}

impl<W: Write> Write for Chunks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() >= LENGTH + CHUNK
            && let Err(error) = self.hand_over(false)
        {
            let kind = error.kind();
            self.fault = Some(error);
            return Err(kind.into());
        }
        if self.waiting.is_empty() {
            self.waiting.extend([0; LENGTH]);
        }
        let part = bytes.get(..(LENGTH + CHUNK).saturating_sub(self.waiting.len())).unwrap_or(bytes);
        self.waiting.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads one message of at most so many bytes. Nothing is reserved for a length before its bytes are there.
///
/// # Errors
/// When what comes is no message.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read, most: u64) -> Result<T, ProtocolError> {
    let mut header = [0; 4];
    let mut read = 0;
    while let Some(rest) = header.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) if read == 0 => return Err(ProtocolError::Closed),
            Ok(0) => return Err(ProtocolError::Truncated),
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ProtocolError::Io(error)),
        }
    }
    if header != HEADER {
        return Err(ProtocolError::Header(header));
    }
    let mut content = Content { from, chunk: Vec::new(), at: 0, left: most, joined: Vec::new(), fault: None };
    let read = T::deserialize(&mut postcard::Deserializer::from_flavor(Joined(&mut content)));
    if let Some(fault) = content.fault {
        return Err(fault);
    }
    let message = read.map_err(|error| ProtocolError::Malformed(error.to_string()))?;
    // What stands behind the value is no part of any message, and the end has to be there.
    if content.rest().is_empty() && content.fill()? == 0 {
        Ok(message)
    } else {
        Err(ProtocolError::Malformed("something stands behind it".to_owned()))
    }
}

/// The chunks of a message, one after the other.
struct Content<R> {
    from: R,
    chunk: Vec<u8>,
    /// How much of the chunk is used up.
    at: usize,
    /// Bytes that the message may still have.
    left: u64,
    /// What lies in several chunks, together.
    joined: Vec<u8>,
    /// What was wrong; the reader above knows only that something was.
    fault: Option<ProtocolError>,
}

impl<R: Read> Content<R> {
    fn rest(&self) -> &[u8] {
        self.chunk.get(self.at..).unwrap_or_default()
    }

    /// Reads the next chunk and says how long it is; nothing is longer than the end.
    fn fill(&mut self) -> Result<usize, ProtocolError> {
        let mut length = [0; LENGTH];
        self.from.read_exact(&mut length).map_err(broken)?;
        let length = u32::from_le_bytes(length);
        self.left = self.left.checked_sub(u64::from(length)).ok_or(ProtocolError::Oversized)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > CHUNK {
            return Err(ProtocolError::Oversized);
        }
        self.at = 0;
        self.chunk.resize(length, 0);
        self.from.read_exact(&mut self.chunk).map_err(broken)?;
        Ok(length)
    }

    /// A chunk that has something left; that the message ends here is a fault of the reader above.
    fn more(&mut self) -> Result<(), postcard::Error> {
        if self.rest().is_empty() {
            match self.fill() {
                Ok(0) => self.fault = Some(ProtocolError::Malformed("it ends too early".to_owned())),
                Ok(_) => return Ok(()),
                Err(fault) => self.fault = Some(fault),
            }
            return Err(postcard::Error::DeserializeUnexpectedEnd);
        }
        Ok(())
    }
}

/// What the reader of values reads from. It never lends what it reads, so that no message is in memory as a whole.
struct Joined<'c, R>(&'c mut Content<R>);

impl<'de, R: Read + 'de> postcard::de_flavors::Flavor<'de> for Joined<'de, R> {
    type Remainder = ();
    type Source = &'de [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        let Self(content) = self;
        content.more()?;
        let byte = content.rest().first().copied();
        content.at += 1;
        byte.ok_or(postcard::Error::DeserializeUnexpectedEnd)
    }

    fn try_take_n(&mut self, _: usize) -> postcard::Result<&'de [u8]> {
        Err(postcard::Error::WontImplement)
    }

    fn try_take_n_temp<'a>(&'a mut self, count: usize) -> postcard::Result<&'a [u8]>
    where
        'de: 'a,
    {
        let Self(content) = self;
        let start = content.at;
        if content.rest().len() >= count {
            content.at += count;
            return content.chunk.get(start..content.at).ok_or(postcard::Error::DeserializeUnexpectedEnd);
        }
        content.joined.clear();
        while content.joined.len() < count {
            content.more()?;
            let wanted = count - content.joined.len();
            let rest = content.chunk.get(content.at..).unwrap_or_default();
            let part = rest.get(..wanted).unwrap_or(rest);
            content.joined.extend_from_slice(part);
            content.at += part.len();
        }
        Ok(&content.joined)
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

fn broken(error: io::Error) -> ProtocolError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ProtocolError::Truncated,
        _ => ProtocolError::Io(error),
    }
}
