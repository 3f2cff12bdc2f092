//! What tests of the real program stand on: a terminal to run it in, a home that is nobody's, settings for an embedded
//! world. For tests only.

mod embedded;
mod home;
mod pty;

pub use embedded::{embedded_settings, timeless_channels};
pub use home::{Home, clean_home, shell_script};
pub use pty::{Exit, Launch, Modes, Pty, key};
