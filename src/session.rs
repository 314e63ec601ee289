//! Where each case was left, so that it opens there again, and the last few by name: one small file in the user's state folder.
//!
//! It is a convenience and no record, which the ledger is: a broken file counts as empty, and of two workbenches that leave at
//! the same moment one may be forgotten.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::text::write_json_line;

/// Cases that are remembered; the one left longest ago is forgotten first.
pub const MOST: usize = 1000;
/// Cases that are listed, to go on with.
pub const RECENT: usize = 10;
/// Bytes that are read: many times what [`MOST`] ordinary cases take.
const LARGEST: u64 = 8 << 20;
/// Longest path or name that is kept.
const LONGEST: usize = 1024;
const SCHEMA: &str = "cerebro-places/1";

/// A place in a case. Names are the workbench's own, so that a file of another version is no more than partly understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastPlace {
    /// The view.
    pub view: String,
    /// The pane with the focus.
    pub pane: String,
    /// What the third pane showed.
    pub right: String,
    /// Whether the pane had the whole screen.
    pub zoom: bool,
    /// The selected step, from 0.
    pub step: Option<usize>,
    /// The document in the source pane.
    pub document: Option<Document>,
    /// The cursor's line, from 1.
    pub line: usize,
    /// First display column on the screen, from 0.
    pub column: usize,
    /// Whether bytes were shown, and the one under the cursor.
    pub hex: Option<usize>,
}

/// A document by what stays the same from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// A file: its path in the archive.
    File(String),
    /// A layer: the SHA-256 of its text.
    Layer(String),
}

/// A case as a list names it, and where it can be opened again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Where it lies, from the root on.
    pub path: PathBuf,
    /// Its name, untrusted.
    pub name: String,
    /// Its version, untrusted.
    pub version: String,
    /// The analyst's label in a word; empty where there is none.
    pub label: String,
}

/// A case that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Of the archive.
    pub sha256: String,
    /// How it is listed; `None` where it cannot be opened by a path, and for all but the last [`RECENT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Where one was in it.
    #[serde(flatten)]
    pub place: LastPlace,
}

/// A case to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// SHA-256 of the archive that was left.
    pub sha256: String,
    /// How it is listed.
    pub about: About,
    /// Whether something still lies at its path.
    pub there: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    schema: String,
    /// The one left last stands last.
    places: Vec<Left>,
}

/// Widths that were given to panes, in thousandths of the screen; none where nobody has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Widths {
    /// The files.
    pub files: Option<u16>,
    /// The third pane.
    pub right: Option<u16>,
    /// A view with the source beside it.
    pub body: Option<u16>,
}

impl Widths {
    /// The whole screen.
    pub const WHOLE: u16 = 1000;
}

/// The file of places.
#[derive(Debug, Clone)]
pub struct Session {
    path: PathBuf,
    /// One of this program's threads writes at a time.
    writing: Arc<Mutex<()>>,
}

impl Session {
    /// The file in the user's state folder, if the system names one.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        use etcetera::BaseStrategy as _;
        let base = etcetera::choose_base_strategy().ok()?;
        // Windows knows no state folder.
        let folder = base.state_dir().unwrap_or_else(|| base.data_dir());
        Some(Self::at(folder.join("cerebro").join("places.json")))
    }

    /// A file, whether or not it is there yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, writing: Arc::default() }
    }

    /// Where a case was left.
    ///
    /// # Errors
    /// When the file cannot be read or understood; the case then opens as if it were new.
    pub fn find(&self, sha256: &str) -> io::Result<Option<LastPlace>> {
        let places = self.read()?.places;
        Ok(places.into_iter().rev().find(|entry| entry.sha256 == sha256).map(|entry| entry.place))
    }

    /// The widths of the panes as they were left; what cannot be understood counts as none.
    #[must_use]
    pub fn widths(&self) -> Widths {
        let text = fs::read_to_string(self.widths_path()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Remembers the widths of the panes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_widths(&self, widths: Widths) -> io::Result<()> {
        let path = self.widths_path();
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, serde_json::to_string(&widths)?)
    }

    fn widths_path(&self) -> PathBuf {
        self.path.with_file_name("panes.json")
    }

    /// Remembers where a case is left.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, left: Left) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        // Read anew, for another workbench may have written; what is broken is replaced.
        let mut places = self.read().map(|kept| kept.places).unwrap_or_default();
        places.retain(|entry| entry.sha256 != left.sha256);
        let left = bounded(left);
        // What lay at this path before is not there any more.
        let path = left.about.as_ref().map(|about| &about.path);
        let same = |entry: &Left| path.is_some() && entry.about.as_ref().map(|about| &about.path) == path;
        places.iter_mut().filter(|entry| same(entry)).for_each(|entry| entry.about = None);
        places.push(left);
        places.drain(..places.len().saturating_sub(MOST));
        let listed = places.iter_mut().rev().filter(|entry| entry.about.is_some());
        listed.skip(RECENT).for_each(|entry| entry.about = None);
        self.write(&Kept { schema: SCHEMA.to_owned(), places })
    }

    /// The cases that were left last, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn recent(&self) -> io::Result<Vec<Recent>> {
        let places = self.read()?.places.into_iter().rev();
        let recent = places.filter_map(|Left { sha256, about, .. }| {
            let about = about?;
            let there = about.path.exists();
            Some(Recent { sha256, about, there })
        });
        Ok(recent.take(RECENT).collect())
    }

    fn read(&self) -> io::Result<Kept> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Ok(Kept { schema: SCHEMA.to_owned(), places: Vec::new() });
            }
            Err(e) => return Err(e),
        };
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text)?;
        let kept: Kept = serde_json::from_slice(&text)?;
        if kept.schema != SCHEMA {
            let what = format!("{} holds places of another version ({:?})", self.path.display(), kept.schema);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(kept)
    }

    /// Beside the file first, then in its place: a program that is killed leaves the old file or the new one.
    fn write(&self, kept: &Kept) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let beside = self.path.with_extension(format!("{}.new", std::process::id()));
        let written = write_new(&beside, kept).and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // Nothing but a left-over; the first error is the one to tell.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn write_new(path: &Path, kept: &Kept) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    {
        // It names the packages that were looked at.
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut out = io::BufWriter::new(options.open(path)?);
    write_json_line(&mut out, kept)?;
    out.flush()?;
    out.get_ref().sync_data()
}

/// What takes little room: an archive may give a file, and itself, a name of any length.
fn bounded(mut left: Left) -> Left {
    left.place.document = left.place.document.filter(|document| {
        let (Document::File(name) | Document::Layer(name)) = document;
        name.len() <= LONGEST
    });
    // A path that JSON cannot hold would lead elsewhere.
    left.about = left.about.filter(|about| {
        let path = about.path.to_str().is_some_and(|path| path.len() <= LONGEST);
        path && about.name.len() + about.version.len() <= LONGEST
    });
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> (tempfile::TempDir, Session) {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::at(folder.path().join("deep").join("places.json"));
        (folder, session)
    }

    fn place(line: usize) -> LastPlace {
        let document = Some(Document::File("root/a\u{202e}\u{1b}.js".to_owned()));
        LastPlace { view: "code".to_owned(), document, line, step: Some(3), ..LastPlace::default() }
    }

    fn left(sha256: &str, place: LastPlace) -> Left {
        Left { sha256: sha256.to_owned(), about: None, place }
    }

    fn named(sha256: &str, path: &Path) -> Left {
        let about = About { path: path.to_owned(), name: format!("n{sha256}"), ..About::default() };
        Left { about: Some(about), ..left(sha256, place(1)) }
    }

    #[test]
    fn a_place_is_found_again_and_the_newest_holds() {
        let (_folder, session) = session();
        assert_eq!(session.find("aa").unwrap(), None);
        session.keep(left("aa", place(1))).unwrap();
        session.keep(left("bb", place(2))).unwrap();
        session.keep(left("aa", place(3))).unwrap();
        assert_eq!(session.find("aa").unwrap(), Some(place(3)));
        assert_eq!(session.find("bb").unwrap(), Some(place(2)));
        assert_eq!(session.find("cc").unwrap(), None);
        let text = fs::read_to_string(&session.path).unwrap();
        assert!(text.is_ascii() && !text.contains('\u{1b}'), "{text}");
        let left = fs::read_dir(session.path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside the file");
    }

    #[test]
    fn what_was_left_longest_ago_is_forgotten_first() {
        let (_folder, session) = session();
        let entry = |n: usize| left(&n.to_string(), place(n));
        session.write(&Kept { schema: SCHEMA.to_owned(), places: (0..MOST).map(entry).collect() }).unwrap();
        session.keep(left("new", place(1))).unwrap();
        assert_eq!(session.find("0").unwrap(), None);
        assert_eq!(session.find("1").unwrap(), Some(place(1)));
        assert_eq!(session.read().unwrap().places.len(), MOST);
    }

    #[rstest::rstest]
    #[case::broken("{\"schema\":\"cerebro-places/1\",\"places\":[{\"sha")]
    #[case::empty("")]
    #[case::other("{\"schema\":\"cerebro-places/9\",\"places\":[]}")]
    fn a_broken_file_is_said_and_replaced(#[case] text: &str) {
        let (_folder, session) = session();
        fs::create_dir_all(session.path.parent().unwrap()).unwrap();
        fs::write(&session.path, text).unwrap();
        assert!(session.find("aa").is_err());
        session.keep(left("aa", place(1))).unwrap();
        assert_eq!(session.find("aa").unwrap(), Some(place(1)));
    }

    #[test]
    fn a_name_without_end_is_left_out() {
        let (_folder, session) = session();
        let document = Some(Document::File("x".repeat(LONGEST + 1)));
        session.keep(left("aa", LastPlace { document, ..place(7) })).unwrap();
        let found = session.find("aa").unwrap().unwrap();
        assert_eq!((found.document, found.line), (None, 7));
        session.keep(named("bb", Path::new(&"x".repeat(LONGEST + 1)))).unwrap();
        assert_eq!(session.recent().unwrap(), []);
    }

    #[test]
    fn the_last_ten_are_listed_newest_first_and_what_is_gone_is_said() {
        let (folder, session) = session();
        assert_eq!(session.recent().unwrap(), []);
        for n in 0..RECENT + 3 {
            let path = folder.path().join(n.to_string());
            if n != 5 {
                fs::write(&path, "").unwrap();
            }
            session.keep(named(&n.to_string(), &path)).unwrap();
            // One that has no path takes nobody's place.
            session.keep(left("piped", place(1))).unwrap();
        }
        session.keep(named("7", &folder.path().join("7"))).unwrap();
        let recent = session.recent().unwrap();
        let names: Vec<&str> = recent.iter().map(|recent| recent.about.name.as_str()).collect();
        assert_eq!(names, ["n7", "n12", "n11", "n10", "n9", "n8", "n6", "n5", "n4", "n3"]);
        assert!(recent.iter().all(|recent| recent.there == (recent.about.name != "n5")), "{recent:?}");
        assert!(session.find("2").unwrap().is_some(), "its place is kept all the same");
        // Another archive at the path of one that is listed takes its line.
        session.keep(named("new", &folder.path().join("9"))).unwrap();
        let names: Vec<String> = session.recent().unwrap().into_iter().map(|recent| recent.about.name).collect();
        assert!(names[0] == "nnew" && !names.contains(&"n9".to_owned()), "{names:?}");
    }
}
