//! What a call, a literal or a command means: the steps that are noted.

mod literal;
pub mod network;
mod obfuscation;
mod serialized;
mod shell;
pub mod summary;
