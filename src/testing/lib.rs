//! What tests of the real program stand on: a terminal to run it in, a home that is nobody's. For tests only.

mod home;
mod pty;

pub use home::{Home, clean_home};
pub use pty::{Exit, Launch, Modes, Pty, key};
