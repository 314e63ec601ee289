//! Zip archives (zip, wheel, egg), encrypted or not.

use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{ZipArchive, ZipReadOptions};

use super::budget::{Budget, Counted};
use super::error::Failure;
use super::member::Contents;
use crate::text::escape;

/// The password by convention of public malware collections.
const CONVENTION: &str = "infected";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Reads all members.
pub(super) fn read(bytes: &[u8], password: Option<&str>, budget: &Budget) -> Result<Contents, Failure> {
    if super::zip_audit::claims_more_than(bytes, budget.limits.files) {
        return Err(Failure::from(super::budget::Exceeded::Files(budget.limits.files)));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut contents = Contents::default();
    super::zip_audit::audit(bytes, &mut archive, &mut contents);
    let mut passwords: Vec<&str> = password.into_iter().chain([CONVENTION]).collect();
    for index in 0..archive.len() {
        member(&mut archive, index, &mut passwords, &mut contents, budget)?;
    }
    Ok(contents)
}

/// Whether the bytes are a zip with members.
pub(super) fn opens(bytes: &[u8]) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| !archive.is_empty())
}

fn member(
    archive: &mut Archive<'_>,
    index: usize,
    passwords: &mut [&str],
    contents: &mut Contents,
    budget: &Budget,
) -> Result<(), Failure> {
    let entry = archive.by_index_data(index).map_err(|error| damaged(&error))?;
    let (raw, directory, encrypted, symlink) =
        (entry.name_raw().to_vec(), entry.is_dir(), entry.encrypted(), entry.is_symlink());
    if directory {
        return Ok(());
    }
    let path = contents.name(&raw);
    if symlink {
        contents.odd(&path, "marked as a symbolic link; installers write it as a file with this content");
    }
    if !encrypted {
        return match content(archive, index, None, budget)? {
            Content::Bytes(bytes) => Ok(contents.keep(path, bytes, budget)?),
            other => unread(other, path, contents, budget),
        };
    }
    for tried in 0..passwords.len() {
        let Some(password) = passwords.get(tried).copied() else { break };
        match content(archive, index, Some(password), budget)? {
            // ZipCrypto lets one wrong password in 256 pass; then the check sum fails.
            Content::WrongPassword | Content::Broken(_) if tried + 1 < passwords.len() => {}
            Content::WrongPassword => return Err(Failure::Encrypted),
            Content::Bytes(bytes) => {
                // The same password will open the others.
                passwords.swap(0, tried);
                return Ok(contents.keep(path, bytes, budget)?);
            }
            other => return unread(other, path, contents, budget),
        }
    }
    Err(Failure::Encrypted)
}

enum Content {
    Bytes(Vec<u8>),
    TooLarge(u64),
    WrongPassword,
    Broken(String),
}

fn unread(content: Content, path: String, contents: &mut Contents, budget: &Budget) -> Result<(), Failure> {
    match content {
        Content::TooLarge(size) => Ok(contents.too_large(path, size, budget)?),
        Content::Broken(why) => {
            contents.skip(&path, format!("it cannot be unpacked: {why}"));
            Ok(contents.keep(path, Vec::new(), budget)?)
        }
        Content::Bytes(_) | Content::WrongPassword => Err(Failure::Encrypted),
    }
}

/// Unpacks one member. Its real size counts, not the one in its header.
fn content(
    archive: &mut Archive<'_>,
    index: usize,
    password: Option<&str>,
    budget: &Budget,
) -> Result<Content, Failure> {
    let options = ZipReadOptions::new().password(password.map(str::as_bytes));
    let file = match archive.by_index_with_options(index, options) {
        Ok(file) => file,
        Err(ZipError::InvalidPassword) => return Ok(Content::WrongPassword),
        Err(error) => return Ok(Content::Broken(escape(&error.to_string()).into_owned())),
    };
    let limit = budget.limits.file_bytes;
    if file.size() > limit {
        return Ok(Content::TooLarge(file.size()));
    }
    let mut bytes = Vec::new();
    let mut counted = Counted { inner: file, budget }.take(limit + 1);
    match counted.read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => Ok(Content::TooLarge(limit + 1)),
        Ok(_) => Ok(Content::Bytes(bytes)),
        Err(error) => match Failure::from_io(&error) {
            Failure::Damaged(why) => Ok(Content::Broken(why)),
            failure => Err(failure),
        },
    }
}

fn damaged(error: &ZipError) -> Failure {
    Failure::Damaged(escape(&error.to_string()).into_owned())
}
