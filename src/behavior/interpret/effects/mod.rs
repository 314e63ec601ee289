//! What a call, a literal or a command means: the steps that are noted.

mod archives;
mod input;
mod literal;
pub mod network;
mod obfuscation;
mod process;
pub mod property;
mod sent;
mod serialized;
mod shell;
mod start;
pub mod streams;
pub mod summary;
mod wipe;
