//! Encrypted members, by the `zip` crate: those of malware collections are.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{ZipArchive, ZipReadOptions};

use super::super::budget::{Budget, Counted};
use super::super::error::Failure;
use super::directory::Member;
use super::unpack::Content;
use crate::text::escape;

/// The password by convention of public malware collections.
const CONVENTION: &str = "infected";

/// Opens encrypted members with the passwords that may fit.
pub(super) struct Decryptor<'a> {
    bytes: &'a [u8],
    /// The one that fitted last comes first: it will open the others.
    passwords: Vec<&'a str>,
    opened: Option<Opened<'a>>,
}

/// The archive as the crate sees it.
struct Opened<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// The index of the member with this local header.
    by_local: HashMap<u64, usize>,
}

impl<'a> Decryptor<'a> {
    pub fn new(bytes: &'a [u8], password: Option<&'a str>) -> Self {
        Self { bytes, passwords: password.into_iter().chain([CONVENTION]).collect(), opened: None }
    }

    /// The bytes of an encrypted member.
    pub fn unpack(&mut self, member: &Member, budget: &Budget) -> Result<Content, Failure> {
        let broken = |why: String| Ok(Content::Broken(Vec::new(), why));
        let opened = match &mut self.opened {
            Some(opened) => opened,
            None => match Opened::new(self.bytes) {
                Ok(opened) => self.opened.insert(opened),
                Err(error) => return broken(format!("it is encrypted, and {}", escape(&error.to_string()))),
            },
        };
        let local = member.record.local.and_then(|at| u64::try_from(at).ok());
        let Some(index) = local.and_then(|at| opened.by_local.get(&at).copied()) else {
            return broken("it is encrypted, and readers disagree on where it is".to_owned());
        };
        let last = self.passwords.len().saturating_sub(1);
        for at in 0..=last {
            let Some(password) = self.passwords.get(at) else { break };
            match opened.unpack(index, password, budget)? {
                // ZipCrypto lets one wrong password in 256 pass; then the check sum fails.
                None | Some(Content::Broken(..)) if at < last => {}
                None => return Err(Failure::Encrypted),
                Some(content) => {
                    self.passwords.swap(0, at);
                    return Ok(content);
                }
            }
        }
        Err(Failure::Encrypted)
    }
}

impl<'a> Opened<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ZipError> {
        let archive = ZipArchive::new(Cursor::new(bytes))?;
        let mut by_local = HashMap::new();
        for index in 0..archive.len() {
            if let Ok(entry) = archive.by_index_data(index) {
                by_local.insert(entry.header_start(), index);
            }
        }
        Ok(Self { archive, by_local })
    }

    /// `None` where the password is wrong.
    fn unpack(&mut self, index: usize, password: &str, budget: &Budget) -> Result<Option<Content>, Failure> {
        let broken = |why: String| Ok(Some(Content::Broken(Vec::new(), why)));
        let options = ZipReadOptions::new().password(Some(password.as_bytes()));
        let file = match self.archive.by_index_with_options(index, options) {
            Ok(file) => file,
            Err(ZipError::InvalidPassword) => return Ok(None),
            Err(error) => return broken(escape(&error.to_string()).into_owned()),
        };
        let limit = budget.limits.file_bytes;
        if file.size() > limit {
            return Ok(Some(Content::TooLarge(file.size())));
        }
        let mut bytes = Vec::new();
        match (Counted { inner: file, budget }).take(limit + 1).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() as u64 > limit => Ok(Some(Content::TooLarge(bytes.len() as u64))),
            Ok(_) => Ok(Some(Content::Bytes(bytes, usize::MAX))),
            Err(error) => match Failure::from_io(&error) {
                Failure::Damaged(why) => broken(why),
                failure => Err(failure),
            },
        }
    }
}
