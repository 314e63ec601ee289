//! What happens to the state: messages in, effects out, and the whole screen drawn. What one view does stands in its folder
//! of [`view`](super::view); here stand the tables that lead there.

mod answer;
mod command;
mod configured;
mod copy;
mod discarded;
mod drag;
mod draw;
mod input;
mod mouse;
mod overlay;
mod reload;
mod resize;
mod seek;
mod selection;
mod suppress;
mod update;

pub use draw::draw;
pub(in crate::tui) use draw::window_title;
pub use update::update;
