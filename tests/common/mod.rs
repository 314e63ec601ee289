//! What more than one room of tests needs.

pub mod archives;
pub mod constant_model;
pub mod decision;
pub mod packages;
#[cfg(unix)]
pub mod postgres;
