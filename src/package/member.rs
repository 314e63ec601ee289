//! What the readers of formats yield: members with clean paths, and what was odd about them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Exceeded};
use super::{Loss, Oddity, Oddness, Skip};

/// Longest chain of links that is followed inside an archive.
const LINK_ROUNDS: usize = 8;
/// Most oddities told one by one.
const ODDITIES: usize = 1000;
/// Most earlier copies of a member that are listed.
const COPIES: usize = 20;
/// Where the bytes are listed that are no member of their own: no name in an archive is cleaned to one that begins so.
const ASIDE: &str = "./";

/// Whether a file of this path is listed for the analyst alone: no installer unpacks it.
#[must_use]
pub fn is_aside(path: &str) -> bool {
    path.starts_with(ASIDE)
}

/// A member's stored name without what changes nothing (`./`, doubled slashes).
pub(super) fn clean(raw: &[u8]) -> String {
    let stored = String::from_utf8_lossy(raw);
    if is_absolute(&stored) {
        return stored.into_owned();
    }
    let parts: Vec<&str> = stored.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.starts_with('\\') || has_drive(path)
}

/// A regular file of an archive or folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Member {
    pub path: String,
    #[serde(with = "super::bytes")]
    pub bytes: Arc<[u8]>,
}

/// Everything that was read of an archive or folder.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub members: Vec<Member>,
    /// Links, resolved once all members are known.
    links: Vec<Link>,
    /// The first folders that npm strips, of a package that npm installs.
    pub tops: Vec<String>,
    pub oddities: Vec<Oddity>,
    pub skipped: Vec<Skip>,
}

#[derive(Debug)]
struct Link {
    path: String,
    target: String,
    symbolic: bool,
}

impl Contents {
    pub fn odd(&mut self, path: impl Into<String>, what: impl Into<String>) {
        self.oddities.push(Oddity::new(path, what));
    }

    /// Notes that something is compressed in a way that not every installer unpacks.
    pub fn odd_compression(&mut self, path: &str, what: String) {
        self.oddities.push(Oddity { kind: Oddness::Compression, ..Oddity::new(path, what) });
    }

    pub fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skip::new(Loss::Member, path, reason));
    }

    /// Takes a member's stored name: cleans it and notes what is a trick.
    pub fn name(&mut self, raw: &[u8]) -> String {
        let stored = String::from_utf8_lossy(raw);
        let path = clean(raw);
        if is_absolute(&stored) {
            self.odd(&path, "its path is absolute: an unpacker that trusts it writes outside its folder");
        }
        if stored.split('/').any(|part| part == "..") {
            self.odd(&path, "its path climbs with `..`: an unpacker that trusts it writes outside its folder");
        }
        if stored.contains('\\') {
            self.odd(&path, "its path holds a backslash, which some systems read as a folder");
        }
        if matches!(stored, std::borrow::Cow::Owned(_)) {
            self.odd(&path, "its path is not UTF-8; replacement characters stand for the broken bytes");
        }
        path
    }

    /// Keeps a member's bytes.
    pub fn keep(&mut self, path: String, bytes: Vec<u8>, budget: &Budget) -> Result<(), Exceeded> {
        budget.member()?;
        self.members.push(Member { path, bytes: bytes.into() });
        Ok(())
    }

    /// Lists a member that is larger than the limit: present, but without its bytes.
    pub fn too_large(&mut self, path: String, size: u64, budget: &Budget) -> Result<(), Exceeded> {
        let limit = budget.limits.file_bytes;
        self.skip(&path, format!("it has {size} bytes, more than the limit of {limit} for one file"));
        self.keep(path, Vec::new(), budget)
    }

    /// Lists bytes that no installer unpacks as a file for the analyst. The name says where they come from.
    pub fn aside(&mut self, name: &str, bytes: &[u8], budget: &Budget) -> Result<(), Exceeded> {
        let name = name.trim_start_matches('/');
        self.keep(format!("{ASIDE}{name}"), bytes.to_vec(), budget)
    }

    /// Takes members of these paths out of the package and lists them for the analyst alone: in which folder, and why.
    pub fn set_aside(&mut self, paths: &BTreeMap<String, (&str, String)>) {
        for member in &mut self.members {
            if let Some((folder, _)) = paths.get(&member.path) {
                member.path = format!("{ASIDE}{folder}/{}", member.path.trim_start_matches('/'));
            }
        }
        for (path, (folder, why)) in paths {
            self.odd(format!("{ASIDE}{folder}/{}", path.trim_start_matches('/')), why);
        }
    }

    /// Notes a link. Links are never followed outside of the archive.
    pub fn link(&mut self, path: String, target: &[u8], symbolic: bool, budget: &Budget) -> Result<(), Exceeded> {
        budget.member()?;
        self.links.push(Link { path, target: String::from_utf8_lossy(target).into_owned(), symbolic });
        Ok(())
    }

    /// Resolves links inside the archive and leaves one member per path, the last, as installers do; sorted by path. Other
    /// contents that a member of its name had before it are listed aside.
    pub fn settle(&mut self, budget: &Budget) -> Result<(), Exceeded> {
        self.resolve_links(budget)?;
        let mut copies: HashMap<String, Vec<Arc<[u8]>>> = HashMap::new();
        for member in &self.members {
            copies.entry(member.path.clone()).or_default().push(Arc::clone(&member.bytes));
        }
        let mut copies: Vec<_> = copies.into_iter().filter(|(_, copies)| copies.len() > 1).collect();
        copies.sort();
        for (path, mut copies) in copies {
            let count = copies.len();
            let list: Vec<String> = copies.iter().take(8).map(|bytes| bytes.len().to_string()).collect();
            let last = copies.pop();
            let mut seen: HashSet<Arc<[u8]>> = last.into_iter().collect();
            copies.retain(|copy| seen.insert(Arc::clone(copy)));
            let mut what =
                format!("the archive holds {count} members of this name ({} bytes); the last is kept", list.join(", "));
            what.push_str(", as installers do");
            self.odd(&path, what);
            if is_aside(&path) {
                continue;
            }
            for (number, bytes) in copies.into_iter().enumerate().take(COPIES) {
                budget.member()?;
                let path = format!("{ASIDE}earlier-{}/{}", number + 1, path.trim_start_matches('/'));
                self.members.push(Member { path, bytes });
            }
        }
        self.thin_out();
        // The sort is stable: after turning the order round the last copy comes first and is the one that stays.
        self.members.reverse();
        self.members.sort_by(|a, b| a.path.cmp(&b.path));
        self.members.dedup_by(|a, b| a.path == b.path);
        Ok(())
    }

    /// Leaves a bounded number of oddities, of each sort alike: many of one sort must not push out the one that matters.
    fn thin_out(&mut self) {
        let before = self.oddities.len();
        if before <= ODDITIES {
            return;
        }
        // A verdict hangs on those of which more is known than a sentence.
        self.oddities.sort_by_key(|oddity| oddity.kind == Oddness::Form);
        let mut sorts: HashMap<String, usize> = HashMap::new();
        self.oddities.retain(|oddity| {
            // Sentences of one sort begin alike, but for numbers.
            let begin: String = oddity.what.chars().filter(|c| !c.is_ascii_digit()).take(16).collect();
            let count = sorts.entry(begin).or_default();
            *count += 1;
            *count <= ODDITIES / 10
        });
        self.oddities.truncate(ODDITIES);
        let more = before - self.oddities.len();
        self.odd("", format!("{more} more oddities of this kind are not listed"));
    }

    fn resolve_links(&mut self, budget: &Budget) -> Result<(), Exceeded> {
        if self.links.is_empty() {
            return Ok(());
        }
        let mut known: HashMap<String, Arc<[u8]>> =
            self.members.iter().map(|member| (member.path.clone(), Arc::clone(&member.bytes))).collect();
        // A link may lead to a link that stands later; every round resolves at least one more of a chain.
        for _ in 0..LINK_ROUNDS {
            let pending = std::mem::take(&mut self.links);
            let before = pending.len();
            for link in pending {
                match link.inside().and_then(|target| known.get(&target).cloned()) {
                    Some(bytes) => {
                        // What a link leads to is unpacked, decoded and read once more.
                        budget.take(bytes.len() as u64)?;
                        let (sort, target) = (link.sort(), &link.target);
                        self.odd(&link.path, format!("a {sort} link to {target}; shown with that member's content"));
                        known.insert(link.path.clone(), Arc::clone(&bytes));
                        self.members.push(Member { path: link.path, bytes });
                    }
                    None => self.links.push(link),
                }
            }
            if self.links.len() == before {
                break;
            }
        }
        for link in std::mem::take(&mut self.links) {
            self.odd(&link.path, format!("a {} link to {}, which is no file of the archive", link.sort(), link.target));
            self.skip(link.path, "a link that leads to no file of the archive; links are not followed");
        }
        Ok(())
    }
}

impl Link {
    fn sort(&self) -> &'static str {
        if self.symbolic { "symbolic" } else { "hard" }
    }

    /// The member that it leads to: a symbolic link counts from its own folder, a hard link from the top.
    fn inside(&self) -> Option<String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        inside(if self.symbolic { folder } else { "" }, &self.target)
    }
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Joins a relative path to a folder, both inside the archive; `None` where it leaves it.
pub(super) fn inside(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_oddities_push_none_out_that_a_verdict_hangs_on() {
        let mut contents = Contents::default();
        for sort in 'a'..='p' {
            (0..100).for_each(|_| contents.odd("x", sort.to_string().repeat(20)));
        }
        contents.odd_compression("y", "compressed by xz".to_owned());
        contents.thin_out();
        assert!(contents.oddities.iter().any(|oddity| oddity.kind == Oddness::Compression));
        assert!(contents.oddities.len() < 1100, "{}", contents.oddities.len());
    }
}
