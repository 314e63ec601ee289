//! The workbench: state and `update` ([`app`]), pure drawing ([`ui`]), workers ([`worker`]), the terminal ([`term`]).
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
mod run;
pub mod state;
pub mod term;
pub mod view;
pub mod widget;
pub mod worker;

pub use crate::tui::run::{Screen, Workbench};
