//! Stories and frames: a model in a state, keys pressed, what is on screen as text, as roles and as a picture.
//!
//! Over weir-ui alone: no terminal, no client. The same story always gives the same frame and the same picture.

mod frame;
mod picture;
mod story;
#[path = "../../tests/stories/world.rs"]
pub mod world;

pub use frame::{Frame, problems};
pub use picture::svg;
pub use story::Story;
