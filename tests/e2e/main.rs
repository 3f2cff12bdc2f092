//! The real program, as its operator has it: the screens in a pseudo-terminal, the verbs as a script calls them.
//!
//! One journey a file. Nothing is waited for by time alone: each step waits for what the screen must say. All that is
//! written, to the terminal or to a file, is searched for the secrets that the embedded world plants.

mod command;
mod screens;
mod secrets;

mod bad_input;
mod broken_program;
mod cancelling;
mod every_screen;
mod given_back;
mod leaks;
mod poor_terminals;
mod private_demo;
mod promotion;
mod registry;
mod registry_releases;
mod registry_server;
mod reruns;
mod resizing;
mod served;
mod starting;
mod triage;
mod verbs;
mod verbs_that_change;

use std::time::Duration;

/// The program under test.
pub const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// Longer than anything takes on a slow machine with a busy neighbour.
pub const PATIENCE: Duration = Duration::from_secs(90);
