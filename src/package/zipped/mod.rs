//! Zip archives (zip, wheel, egg, installer), member by member as Python's `zipfile`, so pip, reads them; what other readers see, and
//! every byte that belongs to no member, is read beside it and told.
//!
//! The `zip` crate decrypts. Everything else is read here: the crate shows one reading of a zip, and nothing of what it passes over.

use std::collections::HashMap;
use std::ops::Range;

use self::decrypt::Decryptor;
use self::directory::{Directories, Member};
use self::records::STREAMED;
use self::unpack::Content;
use super::budget::{Budget, Exceeded};
use super::error::Failure;
use super::member::{Contents, inside};

mod decrypt;
mod directory;
mod hidden;
mod name;
mod records;
mod space;
mod unpack;

/// Reads all members.
pub(super) fn read(bytes: &[u8], password: Option<&str>, budget: &Budget) -> Result<Contents, Failure> {
    let found = directory::find(bytes, budget.limits.files)?;
    if !found.ended {
        return Err(Failure::Damaged("the zip has no end record, so it was cut off".to_owned()));
    }
    let mut reader = Reader::new(bytes, password, budget);
    for told in &found.told {
        reader.contents.odd("", told);
    }
    for member in &found.python {
        reader.installed(member)?;
    }
    reader.aliases()?;
    for member in &found.others {
        reader.elsewhere(member)?;
    }
    hidden::read(&found, &mut reader)?;
    if let Some(part) = found.part
        && reader.contents.members.is_empty()
    {
        let why = format!("it is part {part} of a zip that was split into several; join the parts to one file");
        return Err(Failure::Damaged(why));
    }
    Ok(reader.contents)
}

/// Whether the bytes are a zip with members.
pub(super) fn opens(bytes: &[u8]) -> bool {
    directory::find(bytes, usize::MAX / 4).is_ok_and(|Directories { python, others, .. }| {
        python.iter().chain(&others).any(|member| member.local.is_some())
    })
}

/// What is being read of a zip.
struct Reader<'a> {
    bytes: &'a [u8],
    budget: &'a Budget,
    decryptor: Decryptor<'a>,
    contents: Contents,
    /// The paths that are taken, and by which member.
    taken: HashMap<String, usize>,
    /// Other names of members.
    aliases: Vec<(String, usize)>,
    /// How many stretches of bytes were kept as files.
    stretches: usize,
}

/// Bytes of a member as installers take them.
struct Taken {
    bytes: Vec<u8>,
    /// Whether they are all there.
    whole: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], password: Option<&'a str>, budget: &'a Budget) -> Self {
        Self {
            bytes,
            budget,
            decryptor: Decryptor::new(bytes, password),
            contents: Contents::default(),
            taken: HashMap::new(),
            aliases: Vec::new(),
            stretches: 0,
        }
    }

    fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(range).unwrap_or(&[])
    }

    /// A name as the path that an installer writes to: what climbs but stays inside lands where it leads.
    fn path(&mut self, name: &str) -> String {
        let path = self.contents.name(name.as_bytes());
        if path.split('/').any(|part| part == "..") { inside("", &path).unwrap_or(path) } else { path }
    }

    /// A member that Python, so pip, sees.
    fn installed(&mut self, member: &Member) -> Result<(), Failure> {
        let names = name::names(self.bytes, member);
        if names.path.ends_with('/') {
            return self.folder(member, &names.path, &names.told);
        }
        let path = self.path(&names.path);
        for told in names.told {
            self.contents.odd(&path, told);
        }
        if member.record.symlink() {
            self.contents.odd(&path, "marked as a symbolic link; installers write it as a file with this content");
        }
        self.compare(member, &path);
        let taken = self.take(member, &path)?;
        if path.is_empty() {
            return Ok(self.contents.aside("without a name", &taken.bytes, self.budget)?);
        }
        if taken.whole {
            self.by_local_header(member, &path, &taken.bytes)?;
        }
        let at = self.contents.members.len();
        self.taken.insert(path.clone(), at);
        self.contents.keep(path, taken.bytes, self.budget)?;
        for other in names.others {
            if !other.ends_with('/') {
                let other = self.path(&other);
                self.aliases.push((other, at));
            }
        }
        Ok(())
    }

    /// Members under the other names that readers give them, where Python has no other member of that name.
    fn aliases(&mut self) -> Result<(), Exceeded> {
        for (path, at) in std::mem::take(&mut self.aliases) {
            let Some(member) = self.contents.members.get(at) else { continue };
            if !path.is_empty() && !self.taken.contains_key(&path) {
                let bytes = member.bytes.to_vec();
                self.budget.take(bytes.len() as u64)?;
                self.taken.insert(path.clone(), self.contents.members.len());
                self.contents.keep(path, bytes, self.budget)?;
            }
        }
        Ok(())
    }

    /// A member of a directory that Python does not read.
    fn elsewhere(&mut self, member: &Member) -> Result<(), Failure> {
        let names = name::names(self.bytes, member);
        if names.path.ends_with('/') {
            return self.folder(member, &names.path, &names.told);
        }
        let path = self.path(&names.path);
        self.contents.odd(&path, "only a directory of the zip that Python, so pip, does not read lists it");
        let taken = self.take(member, &path)?;
        self.hidden(path, taken.bytes, "other directory")
    }

    /// Keeps a member that only some readers see: as a file, since they would write it, unless that path is taken.
    fn hidden(&mut self, path: String, bytes: Vec<u8>, sort: &str) -> Result<(), Failure> {
        let same = |at: &usize| self.contents.members.get(*at).is_some_and(|member| *member.bytes == *bytes);
        match self.taken.get(&path) {
            Some(at) if same(at) => {}
            Some(_) => self.contents.aside(&format!("{sort}/{path}"), &bytes, self.budget)?,
            None if path.is_empty() => self.contents.aside(&format!("{sort}/without a name"), &bytes, self.budget)?,
            None => {
                self.taken.insert(path.clone(), self.contents.members.len());
                self.contents.keep(path, bytes, self.budget)?;
            }
        }
        Ok(())
    }

    /// A folder should be empty.
    fn folder(&mut self, member: &Member, name: &str, told: &[String]) -> Result<(), Failure> {
        if member.data.is_empty() {
            return Ok(());
        }
        let packed = self.slice(member.data.clone());
        let record = &member.record;
        let bytes = match unpack::unpack(record.method, record.flags, packed, record.size, self.budget)? {
            // Some writers deflate nothing to two bytes.
            Content::Bytes(bytes, used) if bytes.is_empty() && used == packed.len() => return Ok(()),
            Content::Bytes(bytes, used) if !record.encrypted() && used == packed.len() => bytes,
            _ => packed.to_vec(),
        };
        let path = self.path(name);
        for told in told {
            self.contents.odd(&path, told);
        }
        let at = member.data.start;
        self.contents.odd(&path, format!("a folder that holds {} bytes of data at byte {at}", packed.len()));
        Ok(self.contents.aside(&format!("folder/{path}"), &bytes, self.budget)?)
    }

    /// Unpacks a member and tells what is odd about its data.
    fn take(&mut self, member: &Member, path: &str) -> Result<Taken, Failure> {
        let record = &member.record;
        if member.local.is_none() {
            self.contents.skip(path, "the zip's directory points to a place that is no member");
            return Ok(Taken { bytes: Vec::new(), whole: false });
        }
        // No installer has a password: what is encrypted is no package yet, however it is compressed.
        if !record.encrypted()
            && let Some(who) = unpack::who_reads(record.method)
        {
            let method = unpack::name(record.method);
            let what = format!("compressed by {method} (method {}): {who}", record.method);
            self.contents.odd_compression(path, what);
        }
        let packed = self.slice(member.data.clone());
        let content = if record.encrypted() {
            self.decryptor.unpack(member, self.budget)?
        } else {
            unpack::unpack(record.method, record.flags, packed, record.size, self.budget)?
        };
        let limit = self.budget.limits.file_bytes;
        match content {
            Content::Bytes(bytes, _) if record.encrypted() => Ok(Taken { bytes, whole: true }),
            Content::Bytes(bytes, used) => {
                if used < packed.len() {
                    let (start, end) = (member.data.start + used, member.data.end);
                    let what = format!("{} bytes at byte {start} follow the end of its compressed data", end - start);
                    self.contents.odd(path, what);
                    hidden::keep(self, start..end)?;
                }
                let bytes = self.by_size(member, path, bytes)?;
                Ok(Taken { bytes, whole: true })
            }
            Content::TooLarge(size) => {
                let why = format!("it has {size} bytes, more than the limit of {limit} for one file");
                self.contents.skip(path, why);
                Ok(Taken { bytes: Vec::new(), whole: false })
            }
            Content::Broken(bytes, why) => {
                self.contents.skip(path, format!("it cannot be unpacked: {why}"));
                Ok(Taken { bytes, whole: false })
            }
            Content::Method(method) => {
                let why = format!("it is compressed by {method} (method {}), which is not read", record.method);
                self.contents.skip(path, why);
                Ok(Taken { bytes: Vec::new(), whole: false })
            }
        }
    }

    /// Of what a member unpacks to, as much as Python takes: it stops at the size in the directory and then compares the check sum.
    fn by_size(&mut self, member: &Member, path: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>, Exceeded> {
        let record = &member.record;
        let size = usize::try_from(record.size).unwrap_or(usize::MAX);
        let right = |bytes: &[u8]| {
            let mut crc = flate2::Crc::new();
            crc.update(bytes);
            crc.sum() == record.crc
        };
        if size < bytes.len() && bytes.get(..size).is_some_and(right) {
            let what = format!("it unpacks to {} bytes, of which Python, so pip, takes the first {size}", bytes.len());
            self.contents.odd(path, what);
            let rest = bytes.split_off(size);
            self.contents.aside(&format!("behind its end/{path}"), &rest, self.budget)?;
        } else if !right(&bytes) {
            self.contents.odd(path, "its check sum (CRC) is wrong: Python, so pip, refuses it");
        } else if size != bytes.len() {
            let refused = if size < bytes.len() { ": Python, so pip, stops there and refuses it" } else { "" };
            let what = format!("it unpacks to {} bytes, the zip's directory says {size}{refused}", bytes.len());
            self.contents.odd(path, what);
        }
        Ok(bytes)
    }

    /// Compares a member with its local header, which readers that stream the zip believe instead.
    fn compare(&mut self, member: &Member, path: &str) {
        let record = &member.record;
        let Some(local) = &member.local else {
            self.contents.odd(path, "the zip's directory points to a place that is no member");
            return;
        };
        let mut odd = |what: String| self.contents.odd(path, what);
        if local.method != record.method {
            odd("its local header and the zip's directory name different compression methods".to_owned());
        }
        if (local.flags ^ record.flags) & records::ENCRYPTED != 0 {
            odd("only one of its local header and the zip's directory calls it encrypted".to_owned());
        }
        if local.flags & STREAMED == 0 {
            if local.size != record.size {
                odd(format!("its local header says {} bytes, the zip's directory {}", local.size, record.size));
            }
            if local.packed != record.packed {
                odd(format!(
                    "its local header says {} compressed bytes, the zip's directory {}",
                    local.packed, record.packed
                ));
            }
            // AES encryption may leave it out.
            if local.crc != record.crc && !record.encrypted() {
                odd("its local header and the zip's directory give different check sums".to_owned());
            }
            return;
        }
        let end = member.data.end;
        if space::descriptor(self.bytes, local, end, record.crc, record.packed, record.size).is_none() {
            odd(format!("the data descriptor that should stand at byte {end} says otherwise than the zip's directory"));
        } else if record.method == 0 && record.size > 0 {
            odd("stored, with a data descriptor behind it: readers that stream cannot tell where it ends".to_owned());
        }
    }

    /// What a reader that believes the local header unpacks, where that is something else.
    fn by_local_header(&mut self, member: &Member, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let (record, Some(local)) = (&member.record, &member.local) else { return Ok(()) };
        let same = local.method == record.method && (local.packed == record.packed || local.flags & STREAMED != 0);
        if same || record.encrypted() {
            return Ok(());
        }
        let packed = if local.flags & STREAMED == 0 { local.packed } else { record.packed };
        let end = local.data().saturating_add(usize::try_from(packed).unwrap_or(usize::MAX)).min(self.bytes.len());
        let packed = self.slice(local.data()..end);
        match unpack::unpack(local.method, local.flags, packed, local.size, self.budget)? {
            Content::Bytes(other, _) | Content::Broken(other, _) if !other.is_empty() && other != bytes => {
                Ok(self.contents.aside(&format!("local header/{path}"), &other, self.budget)?)
            }
            _ => Ok(()),
        }
    }
}
