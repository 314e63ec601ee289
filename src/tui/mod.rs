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
pub mod term;
pub mod ui;
pub mod worker;

pub use run::{Screen, Workbench};
