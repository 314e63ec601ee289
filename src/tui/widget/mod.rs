//! What several views are drawn of.

pub mod complete;
pub mod fit;
pub mod follow;
pub mod footer;
pub mod frame;
pub mod hit;
pub mod page;
pub mod picker;
pub mod prompt;
pub mod spot;
pub mod strip;
pub mod travel;
