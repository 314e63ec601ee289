//! The network: BERT with a sequence-classification head, and what it computes with.

pub mod cpu;
pub mod encoder;
pub mod ops;
