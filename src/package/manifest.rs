//! What a package says of itself: `package.json`, `PKG-INFO`, `METADATA`, `pyproject.toml`, `setup.cfg`.

use super::json::{Item, Json};
use super::layout::Layout;
use super::member::is_aside;
use super::{ARCHIVE_ENDINGS, Ecosystem, File, Loss, Manifest, Skip, ini};

/// The manifest with what belongs to the package itself.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub name: Option<String>,
    pub version: Option<String>,
    pub manifest: Manifest,
    /// `package.json`, where there is one in the root of an npm package.
    pub json: Option<Json>,
    /// `pyproject.toml`, where there is one in the root of a PyPI package.
    pub pyproject: Option<toml::Table>,
}

pub(super) fn read(files: &[File], layout: &Layout, archive: &str, skipped: &mut Vec<Skip>) -> Facts {
    match layout.ecosystem {
        Ecosystem::Npm => npm(files, layout, skipped),
        Ecosystem::Pypi => pypi(files, layout, archive, skipped),
        Ecosystem::Unknown => Facts::default(),
    }
}

/// Index of the file with this path.
pub(super) fn position(files: &[File], path: &str) -> Option<usize> {
    files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()
}

/// Text of the file with this path.
pub(super) fn text<'f>(files: &'f [File], path: &str) -> Option<&'f str> {
    files.get(position(files, path)?)?.source.as_ref().map(|source| source.text.as_str())
}

fn npm(files: &[File], layout: &Layout, skipped: &mut Vec<Skip>) -> Facts {
    let path = format!("{}package.json", layout.root);
    let json = Json::parse(text(files, &path).unwrap_or(""));
    if let Some(at) = json.broken {
        skipped.push(Skip::new(Loss::Manifest, path.clone(), format!("it is no valid JSON from byte {at} on")));
    }
    let mut facts = Facts::default();
    facts.manifest.file = position(files, &path);
    if let Some(root) = json.root() {
        let string = |name: &str| root.get(name).and_then(Item::text).map(str::to_owned);
        // A string, or an object with the interesting part under one name.
        let part = |name: &str, inner: &str| {
            let value = root.get(name)?;
            value.text().or_else(|| value.get(inner)?.text()).map(str::to_owned)
        };
        facts.name = string("name");
        facts.version = string("version");
        let manifest = &mut facts.manifest;
        manifest.description = string("description");
        manifest.homepage = part("homepage", "url");
        manifest.repository = part("repository", "url");
        manifest.license = part("license", "type");
        manifest.author = part("author", "name");
        for field in ["dependencies", "optionalDependencies"] {
            let members = root.get(field).into_iter().flat_map(Item::members);
            manifest.dependencies.extend(
                members.map(|(name, version)| (name.to_owned(), version.text().unwrap_or_default().to_owned())),
            );
        }
        manifest.modules = string("main").into_iter().collect();
    }
    facts.json = Some(json);
    facts
}

fn pypi(files: &[File], layout: &Layout, archive: &str, skipped: &mut Vec<Skip>) -> Facts {
    let mut facts = Facts::default();
    let pyproject = format!("{}pyproject.toml", layout.root);
    if let Some(text) = text(files, &pyproject) {
        match text.parse::<toml::Table>() {
            Ok(table) => facts.pyproject = Some(table),
            Err(error) => {
                let reason = format!("it is no valid TOML: {}", error.message());
                skipped.push(Skip::new(Loss::Manifest, pyproject.clone(), reason));
            }
        }
    }
    if let Some(path) = built_metadata(files, layout, archive) {
        facts.manifest.file = position(files, path);
        headers(text(files, path).unwrap_or(""), &mut facts);
    }
    if facts.manifest.file.is_none() && facts.pyproject.as_ref().is_some_and(|table| table.contains_key("project")) {
        facts.manifest.file = position(files, &pyproject);
        project_table(&mut facts);
    }
    let setup_cfg = format!("{}setup.cfg", layout.root);
    if facts.name.is_none()
        && let Some(text) = text(files, &setup_cfg)
    {
        setup_cfg_metadata(text, &mut facts);
        facts.manifest.file = facts.manifest.file.or_else(|| position(files, &setup_cfg));
    }
    facts.manifest.file = facts.manifest.file.or_else(|| position(files, &format!("{}setup.py", layout.root)));
    facts
}

/// The file that a build has written: of the wheel, of the sdist, else that of an egg-info. Of several folders the one that is
/// named as the archive is.
fn built_metadata<'f>(files: &'f [File], layout: &Layout, archive: &str) -> Option<&'f str> {
    let in_site = |folder: &str| layout.sites.iter().any(|site| site.trim_end_matches('/') == folder);
    let rank = |path: &str| {
        let rest = path.strip_prefix(layout.root.as_str())?;
        match rest.rsplit_once('/') {
            None if rest == "PKG-INFO" => Some(1),
            None if rest == "METADATA" => Some(4),
            Some((folder, "METADATA")) if folder.ends_with(".dist-info") => {
                let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
                (parent.is_empty() || in_site(parent)).then_some(0)
            }
            Some(("EGG-INFO", "PKG-INFO")) => Some(2),
            Some((folder, "PKG-INFO")) if folder.ends_with(".egg-info") => Some(3),
            // Of distutils itself: a file.
            Some((folder, name)) if name.ends_with(".egg-info") && in_site(folder) => Some(3),
            None if rest.ends_with(".egg-info") && in_site("") => Some(3),
            _ => None,
        }
    };
    let other_name = |path: &str| {
        let info = path.split('/').find_map(|part| part.strip_suffix(".dist-info"));
        info.is_some_and(|info| !same_project(info, archive))
    };
    let ranked = files.iter().filter(|file| !is_aside(&file.path)).filter_map(|file| {
        let path = file.path.as_str();
        Some((rank(path)?, other_name(path), path))
    });
    ranked.min().map(|(.., path)| path)
}

/// Whether `name-version` of a metadata folder is what an archive's file name begins with.
fn same_project(info: &str, archive: &str) -> bool {
    let (archive, info) = (project_name(archive), project_name(info));
    archive.strip_prefix(info.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// A name of a project in the spelling in which names are compared (PEP 503).
pub(super) fn project_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

/// Core metadata: mail headers, continued on lines that begin with a blank, up to the first empty line.
fn headers(text: &str, facts: &mut Facts) {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = all.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            all.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    // Old tools write UNKNOWN for what was not given.
    let of = |name: &'static str| {
        let told = |value: &&String| !value.is_empty() && *value != "UNKNOWN";
        all.iter().filter(move |(key, _)| key == name).map(|(_, value)| value).filter(told).cloned()
    };
    facts.name = of("name").next();
    facts.version = of("version").next();
    let manifest = &mut facts.manifest;
    manifest.description = of("summary").next();
    manifest.homepage = of("home-page").next();
    let links: Vec<String> = of("project-url").collect();
    project_urls(manifest, links.iter().filter_map(|link| link.split_once(',')));
    manifest.license = of("license-expression").chain(of("license")).next();
    manifest.author =
        of("author").chain(of("author-email")).chain(of("maintainer")).chain(of("maintainer-email")).next();
    manifest.dependencies = of("requires-dist").map(|requirement| requirement_parts(&requirement)).collect();
}

/// Labelled addresses. A project that names neither a homepage nor a repository has a page where any other label leads.
fn project_urls<'a>(manifest: &mut Manifest, links: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut other = None;
    for (label, url) in links.map(|(label, url)| (label.trim().to_ascii_lowercase(), url.trim())) {
        if label.contains("home") && manifest.homepage.is_none() {
            manifest.homepage = Some(url.to_owned());
        } else if ["repository", "source", "code", "github"].iter().any(|word| label.contains(word)) {
            manifest.repository.get_or_insert_with(|| url.to_owned());
        } else if url.contains("://") {
            other.get_or_insert(url);
        }
    }
    if manifest.homepage.is_none() && manifest.repository.is_none() {
        manifest.homepage = other.map(str::to_owned);
    }
}

/// `name` and everything after it of a requirement (PEP 508).
fn requirement_parts(requirement: &str) -> (String, String) {
    let end = requirement.find(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    (name.to_owned(), rest.trim().to_owned())
}

/// `[project]` of `pyproject.toml` (PEP 621).
fn project_table(facts: &mut Facts) {
    let Some(project) = facts.pyproject.as_ref().and_then(|table| table.get("project")) else { return };
    let string = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).map(str::to_owned);
    let name = string(project.get("name"));
    let version = string(project.get("version"));
    let manifest = &mut facts.manifest;
    manifest.description = string(project.get("description"));
    let license = project.get("license");
    manifest.license = string(license).or_else(|| string(license.and_then(|license| license.get("text"))));
    let author = project.get("authors").and_then(|authors| authors.get(0));
    manifest.author = author.and_then(|author| string(author.get("name")).or_else(|| string(author.get("email"))));
    if let Some(urls) = project.get("urls").and_then(toml::Value::as_table) {
        let links = urls.iter().map(|(label, url)| (label.as_str(), url.as_str().unwrap_or_default()));
        project_urls(manifest, links);
    }
    if let Some(list) = project.get("dependencies").and_then(toml::Value::as_array) {
        manifest.dependencies = list.iter().filter_map(toml::Value::as_str).map(requirement_parts).collect();
    }
    (facts.name, facts.version) = (name, version);
}

fn setup_cfg_metadata(text: &str, facts: &mut Facts) {
    let sections = ini::parse(text);
    let of = |section: &str, name: &str| {
        let value = sections.get(section, name)?;
        // `attr:` and `file:` point elsewhere.
        (!value.starts_with("attr:") && !value.starts_with("file:")).then(|| value.to_owned())
    };
    facts.name = of("metadata", "name");
    facts.version = facts.version.take().or_else(|| of("metadata", "version"));
    let manifest = &mut facts.manifest;
    manifest.description = manifest.description.take().or_else(|| of("metadata", "description"));
    manifest.homepage = manifest.homepage.take().or_else(|| of("metadata", "url"));
    manifest.license = manifest.license.take().or_else(|| of("metadata", "license"));
    manifest.author = manifest.author.take().or_else(|| of("metadata", "author"));
    if manifest.dependencies.is_empty() {
        let list = of("options", "install_requires").unwrap_or_default();
        manifest.dependencies = list.lines().filter(|line| !line.trim().is_empty()).map(requirement_parts).collect();
    }
}

/// Name and version by the archive's file name: `name-1.0.tar.gz`, `name-1.0-py3-none-any.whl`, `name-1.0.win32-py2.7.exe`.
pub(super) fn from_archive_name(archive: &str) -> (Option<String>, Option<String>) {
    // What `bdist_dumb` and `bdist_wininst` put behind the version.
    const PLATFORMS: [&str; 6] = [".win32", ".win-", ".linux-", ".macosx-", ".cygwin-", ".freebsd-"];
    let lower = archive.to_ascii_lowercase();
    let ending = ARCHIVE_ENDINGS.iter().find(|ending| lower.ends_with(*ending)).map_or(0, |ending| ending.len());
    let stem = archive.get(..archive.len() - ending).unwrap_or(archive);
    if stem.is_empty() {
        return (None, None);
    }
    let cuts: Vec<usize> = stem
        .match_indices('-')
        .map(|(at, _)| at)
        .filter(|at| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit))
        .collect();
    // `base-64-1.0`: a version has a dot, unless none has.
    let dotted = cuts
        .iter()
        .find(|at| stem.get(**at..).is_some_and(|rest| rest.split('-').nth(1).is_some_and(|part| part.contains('.'))));
    let Some(cut) = dotted.or(cuts.last()).copied() else { return (Some(stem.to_owned()), None) };
    let (name, rest) = stem.split_at(cut);
    let rest = rest.trim_start_matches('-');
    let wheel = lower.ends_with(".whl") || lower.ends_with(".egg");
    let version = if wheel { rest.split('-').next().unwrap_or(rest) } else { rest };
    // Tags of a wheel, also where it was packed anew.
    let tag = version.match_indices('-').map(|(at, _)| at).find(|at| version.get(at + 1..).is_some_and(is_python_tag));
    let version = version.get(..tag.unwrap_or(version.len())).unwrap_or(version);
    let platform = PLATFORMS.iter().filter_map(|platform| version.find(platform)).min();
    let version = version.get(..platform.unwrap_or(version.len())).unwrap_or(version);
    (Some(name.to_owned()), Some(version.to_owned()))
}

/// Whether a text begins like the tag of a Python: `py3`, `cp312`.
fn is_python_tag(text: &str) -> bool {
    let behind = ["py", "cp", "pp"].iter().find_map(|tag| text.strip_prefix(tag));
    behind.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
