//! Cerebro: a terminal workbench for deciding whether an npm or PyPI package is malware.
//!
//! # The way of the data
//!
//! ```text
//! bytes --package--> Package --syntax--> Trees + Layers --behavior--> Sequence --model--> Judgement
//!                                    \--evidence--> Evidence
//! two Cases --diff--> Diff
//! a Case and saved files of others --external--> the Case with what they say beside it; no vote of theirs
//! all of it = one Case --(analyst)--> ledger --dataset--> datasets --train--> model
//!                                         \--report--> JSON documents, SARIF, OSV, Markdown, drafts
//! ```
//!
//! An untrusted package becomes a Case, all but the judgement, inside a confined worker process ([`sandbox`]), and so is made
//! what the screen asks of its texts later: colors, names, layout, decoding, differences. The model, the ledger and the screen
//! stay outside of it.
//!
//! Each arrow is a function from immutable values to an immutable value. Values are shared by `Arc` and carry ids back to
//! the stage before, so that every highlight (token, step, span, bytes of a file in the archive) is a look-up.
//!
//! # Rooms
//!
//! | module | one sentence | may use |
//! |---|---|---|
//! | [`text`] | Untrusted bytes made safe to show: decoding, line index, visible marks, widths, spans. | - |
//! | [`package`] | Opens archives and folders in memory under limits; never writes or runs anything. | text |
//! | [`syntax`] | A file's tree lowered to one small language, decoders, colored spans for the viewer. | text, package |
//! | [`behavior`] | The feature catalogue and the interpreter that yields the sequence in run order. | syntax and above |
//! | [`evidence`] | Everything else one can point at: indicators, archive tricks, hidden characters, what was skipped. | behavior and above |
//! | [`model`] | From text to verdict: `bert` (encoder, CPU kernels, operations), `linear`, `train`, `evaluate`, `explain`. | behavior's types |
//! | [`case`] | The one pipeline that the workbench and every subcommand call; search; similarity. | all above |
//! | [`external`] | What others say of a package, from saved files: other scanners, a run elsewhere, a registry. | case and above |
//! | [`diff`] | What changed between two versions: files, entries, steps and places by risk. | case and above |
//! | [`sandbox`] | Reads packages, and what the screen asks of their texts, in worker processes without rights. | diff and above |
//! | [`ledger`] | Analysts' labels and marked spans: an append-only log in SQLite or on a PostgreSQL server. | case's types |
//! | [`queue`] | What waits for a decision, in an order, each given to one workbench; its rows lie in the ledger's file. | ledger and above |
//! | [`report`] | Every document about one case that leaves the program. | queue and above |
//! | [`scan`] | One package from its bytes to its document, wherever they come from; what is known is not read again. | report and above |
//! | [`service`] | The same documents over HTTP on this machine; the only room that listens. | scan and above |
//! | [`dataset`] | The labelled packages as JSON lines and as a table. | ledger and above |
//! | [`config`] | The user's file, keymap and themes into validated plain data. | - |
//! | [`session`] | Where each case was left, kept between runs. | text |
//! | [`tui`] | State and `update`, pure drawing, workers, the terminal. | everything |
//! | [`cli`] | clap definitions and one file per subcommand. | everything |
//!
//! `tests/architecture.rs` fails on an arrow that is not in this table.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod behavior;
pub mod case;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod diff;
pub mod evidence;
pub mod external;
pub mod ledger;
pub mod model;
pub mod package;
pub mod queue;
pub mod report;
pub mod sandbox;
pub mod scan;
pub mod service;
pub mod session;
pub mod syntax;
pub mod text;
pub mod tui;
