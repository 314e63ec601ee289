//! Evaluation: a tree's expressions and statements on abstract values.

mod assign;
pub mod call;
mod callback;
mod expression;
pub mod external;
pub mod invoke;
pub mod loops;
pub mod member;
mod method;
mod operators;
