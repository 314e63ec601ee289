//! The workbench: state and `update` ([`app`]), pure drawing ([`ui`]), workers ([`job`]), the terminal ([`term`]).
//!
//! ```text
//! keys, mouse --+                    +--> effects --> workers --+
//!               +--> Message --> update(State)                  |
//! answers ------+                    +--> draw (if dirty)       |
//!    ^----------------------------------------------------------+
//! ```

pub mod app;
pub mod job;
pub mod layout;
mod run;
pub mod term;
pub mod ui;

pub use run::{Screen, Workbench};
