//! All integration tests in one binary: what it links (parsers, model, terminal) is linked once.
//!
//! A test is run by a part of its name: `cargo test the_ledger`, `cargo nextest run behavior::shell`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod architecture;
mod attacks;
mod behavior;
mod cli;
mod common;
mod diff;
mod documents;
mod explanations;
mod external;
mod fuzz;
mod generate;
mod imitations;
mod ledger;
mod models;
mod package;
mod padding;
mod report;
mod samples;
mod sandbox;
mod scan;
#[cfg(unix)]
mod service;
mod similar;
mod story;
#[cfg(unix)]
mod team;
mod terminal;
mod workbench;
