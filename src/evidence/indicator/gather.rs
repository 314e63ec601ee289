//! Gathers indicators from files, layers, folded texts and calls, each value once with all its places.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::scan::{self, Finds, Found, Look};
use super::{Indicator, Kind, Origin, Place, Role, comment, host, role};
use crate::behavior::{Folded, Sequence, own_hosts, strings};
use crate::package::{File, Loss, Package, Skip};
use crate::syntax::Doc;
use crate::syntax::ir::Language;
use crate::text::Span;

/// Most indicators of one kind.
pub(super) const EACH: usize = 1000;
/// Most places of one indicator.
pub(super) const PLACES: usize = 20;
/// Longest path or key taken from a literal.
const MAX_PLACE: usize = 300;

/// What sort of text a file is, for what is looked for in it and what a find there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Code(Language),
    Script,
    Aside,
    Data,
    /// Lists of files and locks: digests by the thousand.
    List,
}

impl Text {
    fn of(path: &str, text: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let stem = name.split('.').next().unwrap_or(&name);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let locks = ["package-lock.json", "npm-shrinkwrap.json", "record", "sources.txt", "sha256sums", "checksums"];
        if locks.contains(&name.as_str()) || ["lock", "sum", "map", "sha256", "jws"].contains(&ending) {
            return Self::List;
        }
        if let Some(language) = Language::of(path, text) {
            return Self::Code(language);
        }
        let papers = [
            "readme",
            "license",
            "licence",
            "changelog",
            "changes",
            "history",
            "authors",
            "contributors",
            "notice",
            "copying",
            "contributing",
            "security",
            "pkg-info",
            "metadata",
            "news",
            "todo",
            "funding",
        ];
        let manifests = ["package.json", "pyproject.toml", "setup.cfg", "composer.json", "bower.json"];
        if papers.contains(&stem)
            || manifests.contains(&name.as_str())
            || ["md", "rst", "markdown", "adoc", "ts", "mts", "cts"].contains(&ending)
            || name.ends_with("license.txt")
        {
            return Self::Aside;
        }
        if ["sh", "bash", "ps1", "psm1", "bat", "cmd", "vbs", "hta"].contains(&ending) || text.starts_with("#!") {
            return Self::Script;
        }
        Self::Data
    }

    fn look(self) -> Look {
        let code = matches!(self, Self::Code(_) | Self::Script);
        Look { literals: code, hashes: code }
    }
}

/// All indicators, the most telling first, and what was left out.
#[must_use]
pub fn collect(package: &Package, sequence: &Sequence) -> (Vec<Indicator>, Vec<Skip>) {
    let mut gathered = Gathered::default();
    let contacts = role::Contacts::new(&sequence.contacts);
    for (contact, finds) in sequence.contacts.iter().zip(contacts.finds()) {
        let place = |_: &Found| Place { doc: contact.doc, span: contact.span, origin: Origin::Call, aside: false };
        gathered.take(finds, place);
    }
    let all = Look { literals: false, hashes: true };
    for folded in &sequence.folded {
        let finds = scan::scan(&folded.text, all);
        let place = Place { doc: folded.doc, span: folded.span, origin: Origin::Folded, aside: false };
        gathered.take(&finds.found, |_| place);
        gathered.full |= finds.full;
        if let Some((found, class)) = whole(&folded.text) {
            let origin = if stands(package, sequence, folded) { Origin::Source } else { Origin::Folded };
            gathered.add(&found, Place { origin, ..place }, &class);
        }
    }
    let layers: Vec<Finds> = sequence
        .layers
        .par_iter()
        .map(|layer| scan::scan(&layer.source.text, Look { literals: true, hashes: true }))
        .collect();
    for (at, finds) in layers.iter().enumerate() {
        let place = |found: &Found| literal(Doc::Layer(at), found.span, false);
        gathered.take(&finds.found, place);
        gathered.full |= finds.full;
    }
    let mut files: Vec<InFile> =
        package.files.par_iter().enumerate().filter_map(|(at, file)| InFile::read(at, file)).collect();
    // What a bound leaves out is the least telling.
    files.sort_by_key(|file| (!matches!(file.text, Text::Code(_) | Text::Script), file.at));
    for file in &files {
        gathered.take(&file.finds.found, |found| file.place(package, found));
        gathered.full |= file.finds.full;
    }
    gathered.end(&contacts, &own_hosts(&package.manifest))
}

fn literal(doc: Doc, span: Span, aside: bool) -> Place {
    Place { doc, span, origin: Origin::Source, aside }
}

/// The author's own e-mail address: `author_email='..'`, `__email__ = '..'`.
fn of_author(package: &Package, file: usize, found: &Found) -> bool {
    let mail = found.kind == Kind::Email;
    let Some(source) = package.source(file).filter(|_| mail) else { return false };
    let line = source.line_start(source.line_of(found.span.start)).max(found.span.start.saturating_sub(120));
    let front = source.text.get(line..found.span.start).unwrap_or("").to_ascii_lowercase();
    ["author", "maintainer", "__email__", "copyright"].iter().any(|word| front.contains(word))
}

/// What was found in a file.
struct InFile {
    at: usize,
    text: Text,
    finds: Finds,
    comments: Vec<(usize, usize)>,
}

impl InFile {
    /// `None` where there is nothing.
    fn read(at: usize, file: &File) -> Option<Self> {
        let source = file.source.as_ref()?;
        let text = Text::of(&file.path, &source.text);
        let finds = scan::scan(&source.text, text.look());
        if finds.found.is_empty() {
            return None;
        }
        let comments = match text {
            Text::Code(language) => comment::ranges(&source.text, language),
            _ => Vec::new(),
        };
        Some(Self { at, text, finds, comments })
    }

    fn place(&self, package: &Package, found: &Found) -> Place {
        let aside = matches!(self.text, Text::Aside | Text::List)
            || comment::holds(&self.comments, found.span.start)
            || of_author(package, self.at, found);
        literal(Doc::File(self.at), found.span, aside)
    }
}

/// What a folded text is as a whole: a host, or a path that tells something; with its class.
fn whole(text: &str) -> Option<(Found, String)> {
    let span = Span { start: 0, end: text.len() };
    if text.len() > MAX_PLACE || text.contains(['\n', '\u{fffc}']) {
        return None;
    }
    if host::is_host(text) {
        let host = host::Host::Name(text.to_ascii_lowercase());
        let class = strings::host_class(text).unwrap_or("").to_owned();
        return Some((
            Found { kind: Kind::Domain, value: host.to_string(), class: "", odd: None, span, host: Some(host) },
            class,
        ));
    }
    telling_path(text, span)
}

/// A path of secrets or a lasting place, or a registry key. Prose that names one of them (`Login data was not found`) is
/// neither: there is a separator in a path, or it is a single word that begins with a dot or is a key's name.
fn telling_path(text: &str, span: Span) -> Option<(Found, String)> {
    // `cat /etc/passwd`
    let start = text.find(" /").or_else(|| text.find(" ~/")).map(|at| at + 1);
    let text = start
        .filter(|at| !text.get(..*at).is_some_and(|front| front.contains(['/', '\\'])))
        .map_or(text, |at| text.get(at..).unwrap_or(text));
    let told = strings::telling_place(text)?;
    let separated = text.contains(['/', '\\']) && !text.contains("://");
    let single = !text.contains(char::is_whitespace)
        && (text.starts_with(['.', '~', '%'])
            || ["ssh keys", "package keys", "wallet data"].contains(&told.detail.as_str()));
    if !separated && !single || host::number(text).is_some() {
        return None;
    }
    let registry = text.to_ascii_lowercase().contains("software\\microsoft");
    let kind = if registry { Kind::RegistryKey } else { Kind::Path };
    Some((Found { kind, value: text.to_owned(), class: "", odd: None, span, host: None }, told.detail))
}

/// Whether a noted text stands literally in its expression, escaped backslashes aside.
fn stands(package: &Package, sequence: &Sequence, folded: &Folded) -> bool {
    let source = match folded.doc {
        Doc::File(file) => package.source(file),
        Doc::Layer(layer) => sequence.layers.get(layer).map(|layer| &layer.source),
    };
    let written = source.and_then(|source| source.text.get(folded.span.start..folded.span.end)).unwrap_or("");
    written.contains(&folded.text) || written.replace("\\\\", "\\").contains(&folded.text)
}

/// Indicators while they are gathered.
#[derive(Default)]
struct Gathered {
    by_value: HashMap<(Kind, String), usize>,
    all: Vec<(Indicator, Option<host::Host>)>,
    counts: HashMap<Kind, usize>,
    /// Kinds of which more were found than are kept.
    left_out: HashSet<Kind>,
    full: bool,
}

impl Gathered {
    fn take(&mut self, found: &[Found], place: impl Fn(&Found) -> Place) {
        for found in found {
            self.add(found, place(found), found.class);
        }
    }

    fn add(&mut self, found: &Found, place: Place, class: &str) {
        let key = (found.kind, found.value.clone());
        let at = match self.by_value.get(&key) {
            Some(at) => *at,
            None => {
                let count = self.counts.entry(found.kind).or_default();
                if *count >= EACH {
                    self.left_out.insert(found.kind);
                    return;
                }
                *count += 1;
                let indicator = Indicator {
                    kind: found.kind,
                    value: found.value.clone(),
                    class: class.to_owned(),
                    role: Role::Unknown,
                    odd: None,
                    places: Vec::new(),
                    more: 0,
                };
                self.all.push((indicator, found.host.clone()));
                self.by_value.insert(key, self.all.len() - 1);
                self.all.len() - 1
            }
        };
        let Some((indicator, _)) = self.all.get_mut(at) else { return };
        if indicator.odd.is_none() {
            indicator.odd = found.odd.map(str::to_owned);
        }
        if indicator.places.contains(&place) {
            return;
        }
        // A literal inside the expression that was noted already, or the other way round, is one place.
        let inside = |inner: &Place, outer: &Place| {
            inner.doc == outer.doc && inner.span.start >= outer.span.start && inner.span.end <= outer.span.end
        };
        if let Some(known) = indicator.places.iter_mut().find(|known| inside(&place, known) || inside(known, &place)) {
            if place.origin < known.origin {
                *known = place;
            }
        } else if indicator.places.len() < PLACES {
            indicator.places.push(place);
        } else {
            indicator.more += 1;
        }
    }

    fn end(self, contacts: &role::Contacts, own: &[String]) -> (Vec<Indicator>, Vec<Skip>) {
        let mut skips: Vec<Skip> = Kind::ALL
            .into_iter()
            .filter(|kind| self.left_out.contains(kind))
            .map(|kind| {
                let plural = kind.plural();
                let reason =
                    format!("there are more than {EACH} indicators of one kind ({plural}); the rest is not listed");
                Skip::new(Loss::Listing, "", reason)
            })
            .collect();
        if self.full {
            let reason = "a file holds so many indicators that not all of them were looked at";
            skips.push(Skip::new(Loss::Listing, "", reason));
        }
        let mut all: Vec<Indicator> = self
            .all
            .into_iter()
            .map(|(mut indicator, host)| {
                indicator.places.sort_by_key(|place| (place.aside, place.origin, place.doc, place.span));
                indicator.role = role::of(&indicator, host.as_ref(), contacts, own);
                if indicator.class.is_empty() {
                    indicator.class = role::class(host.as_ref(), own).to_owned();
                }
                indicator
            })
            .collect();
        all.sort_by(|a, b| (a.role, a.kind, &a.value).cmp(&(b.role, b.kind, &b.value)));
        (all, skips)
    }
}
