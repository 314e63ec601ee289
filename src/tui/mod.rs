//! The workbench: what workers compute ([`derived`]), workers ([`worker`]), the state ([`state`]), the views by one contract
//! ([`view`]) and what they are drawn of ([`widget`]), `update` and `draw` that lead to them ([`app`]), the terminal ([`term`]).
//! Arrows run from right to left in that order.
//!
//! ```text
//! keys, mouse --+                    +--> effects --> workers --+
//!               +--> Message --> update(State)                  |
//! answers ------+                    +--> draw (if dirty)       |
//!    ^----------------------------------------------------------+
//! ```

pub mod app;
pub mod derived;
pub mod layout;
pub mod plain;
mod run;
pub mod state;
pub mod term;
pub mod view;
mod watch;
pub mod widget;
pub mod worker;

pub use run::{Screen, Workbench};
pub use watch::Watch;
