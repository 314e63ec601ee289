//! Packages opened from archives that the tests build themselves: hostile ones, and one for every rule of what runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod build;
mod entries;
mod folders;
mod hostile;
mod manifests;
mod mismatches;
mod splice;
