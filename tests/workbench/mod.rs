//! The workbench as a whole: the real loop on a screen in memory.

mod card;
mod case;
mod compare;
mod config;
mod deciding;
mod decode;
mod details;
mod diff;
mod external;
mod finder;
mod guide;
mod harness;
mod hostile;
mod indicators;
mod keys;
mod long;
mod matrix;
mod models;
mod panes;
mod picture;
mod plain;
mod preview;
mod queue;
mod report;
mod retraining;
mod searching;
mod snapshots;
mod spans;
mod start;
#[cfg(unix)]
mod team;
