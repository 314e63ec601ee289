//! A tar as the `tar` crate reads it.

use super::{Found, Kind, Walk};

pub(super) fn walk(image: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let mut archive = tar::Archive::new(image);
    let Ok(entries) = archive.entries() else { return walk };
    for entry in entries {
        let Ok(entry) = entry else { break };
        if walk.flooded {
            break;
        }
        let header = entry.header();
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let path = entry.path_bytes().into_owned();
        let sort = header.entry_type();
        let kind = match () {
            () if sort.is_pax_global_extensions() => continue,
            () if sort.is_dir() || sort.is_file() && path.ends_with(b"/") => Kind::Folder,
            () if sort.is_hard_link() => Kind::HardLink,
            () if sort.is_symlink() => Kind::SymbolicLink,
            () if sort.is_file() || sort.is_contiguous() => Kind::File,
            () if sort.is_gnu_sparse() => Kind::Sparse { real: entry.size() },
            () => Kind::Other(sort.as_byte()),
        };
        let has_data = kind == Kind::File;
        let size = if has_data { entry.size() } else { 0 };
        walk.take(Found {
            header: place(entry.raw_header_position()),
            path,
            kind,
            link: entry.link_name_bytes().unwrap_or_default().into_owned(),
            size,
            mode: header.mode().unwrap_or(0),
            data: super::data(image, place(entry.raw_file_position()), size).0,
        });
    }
    walk
}
