//! What one analysis keeps besides its heap: where it stands, what it has seen, what it may still spend.

pub mod budget;
pub mod concrete;
pub mod control;
pub mod coverage;
pub mod deferred;
mod gc;
pub mod layers;
mod losses;
pub mod memo;
pub mod retained;
pub mod trace;
