//! What the readers of formats yield: members with clean paths, and what was odd about them.

use std::collections::HashMap;
use std::sync::Arc;

use super::budget::{Budget, Exceeded};
use super::{Loss, Oddity, Skip};

/// Longest chain of links that is followed inside an archive.
const LINK_ROUNDS: usize = 8;
/// Most oddities told one by one.
const ODDITIES: usize = 1000;

/// A regular file of an archive or folder.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub path: String,
    pub bytes: Arc<[u8]>,
}

/// Everything that was read of an archive or folder.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub members: Vec<Member>,
    /// Links, resolved once all members are known.
    links: Vec<Link>,
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
        self.oddities.push(Oddity { path: path.into(), what: what.into() });
    }

    pub fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skip::new(Loss::Member, path, reason));
    }

    /// Takes a member's stored name: removes what changes nothing (`./`, doubled slashes) and notes what is a trick.
    pub fn name(&mut self, raw: &[u8]) -> String {
        let stored = String::from_utf8_lossy(raw);
        let absolute = stored.starts_with('/') || stored.starts_with('\\') || has_drive(&stored);
        let parts: Vec<&str> = stored.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let path = if absolute { stored.clone().into_owned() } else { parts.join("/") };
        if absolute {
            self.odd(&path, "its path is absolute: an unpacker that trusts it writes outside its folder");
        }
        if parts.contains(&"..") {
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

    /// Notes a link. Links are never followed outside of the archive.
    pub fn link(&mut self, path: String, target: &[u8], symbolic: bool, budget: &Budget) -> Result<(), Exceeded> {
        budget.member()?;
        self.links.push(Link { path, target: String::from_utf8_lossy(target).into_owned(), symbolic });
        Ok(())
    }

    /// Resolves links inside the archive and leaves one member per path, the last, as installers do; sorted by path.
    pub fn settle(&mut self) {
        self.resolve_links();
        let mut sizes: HashMap<&str, Vec<usize>> = HashMap::new();
        for member in &self.members {
            sizes.entry(&member.path).or_default().push(member.bytes.len());
        }
        let repeated = sizes.into_iter().filter(|(_, sizes)| sizes.len() > 1).map(|(path, sizes)| {
            let list: Vec<String> = sizes.iter().take(8).map(ToString::to_string).collect();
            let what = format!(
                "the archive holds {} members of this name ({} bytes); the last is kept, as installers do",
                sizes.len(),
                list.join(", ")
            );
            Oddity { path: path.to_owned(), what }
        });
        let mut repeated: Vec<Oddity> = repeated.collect();
        repeated.sort_by(|a, b| a.path.cmp(&b.path));
        self.oddities.extend(repeated);
        if self.oddities.len() > ODDITIES {
            let more = self.oddities.len() - ODDITIES;
            self.oddities.truncate(ODDITIES);
            self.odd("", format!("{more} more oddities of this kind are not listed"));
        }
        // The sort is stable: after turning the order round the last copy comes first and is the one that stays.
        self.members.reverse();
        self.members.sort_by(|a, b| a.path.cmp(&b.path));
        self.members.dedup_by(|a, b| a.path == b.path);
    }

    fn resolve_links(&mut self) {
        if self.links.is_empty() {
            return;
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
