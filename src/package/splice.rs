//! A package with further files in it, to measure what such padding does to a judgement.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::assemble::assemble;
use super::member::{Contents, Member};
use super::read::Origin;
use super::{Ecosystem, Package};

impl Package {
    /// The package as it would be had its archive held these files too; paths count from the package's own folder. A path
    /// that is taken keeps its file. Hash and size stay those of the archive.
    #[must_use]
    pub fn with_files(&self, more: impl IntoIterator<Item = (String, Arc<[u8]>)>) -> Self {
        let more = more.into_iter().map(|(path, bytes)| (format!("{}{path}", self.root), bytes));
        let mut members: BTreeMap<String, Arc<[u8]>> = more.collect();
        members.extend(self.files.iter().map(|file| (file.path.clone(), Arc::clone(&file.bytes))));
        let mut contents = Contents::default();
        contents.members = members.into_iter().map(|(path, bytes)| Member { path, bytes }).collect();
        contents.tops = match self.ecosystem {
            Ecosystem::Npm if self.tops.is_empty() => vec![self.root.trim_end_matches('/').to_owned()],
            _ => self.tops.clone(),
        };
        contents.skipped.clone_from(&self.skipped);
        let origin = Origin {
            path: self.path.clone(),
            name: self.archive.clone(),
            sha256: self.sha256.clone(),
            size: self.size,
            contents,
        };
        assemble(origin)
    }
}
