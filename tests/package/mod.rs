//! Packages opened from archives that the tests build themselves: hostile ones, and one for every rule of what runs.

use crate::common::archives as build;

mod builds;
mod entries;
mod folders;
mod hostile;
mod judging;
mod manifests;
mod mismatches;
mod splice;
mod tars;
mod zips;
