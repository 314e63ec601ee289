//! Packages opened from archives that the tests build themselves: hostile ones, and one for every rule of what runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod build;
#[path = "../fixtures/constant_model.rs"]
mod constant_model;
mod entries;
mod folders;
mod hostile;
mod judging;
mod manifests;
mod mismatches;
mod splice;
mod tars;
mod zips;
