//! The pump: input, news, answers and time go in, frames and effects come out.
//!
//! It has no opinions about either side: what happens is the interface's to decide (`update`), what is live too (`watches`).
//! Invariants: the open streams equal the model's watches after each turn; the keyboard never waits for the network;
//! whatever happens, the terminal is given back.

pub mod backend;
mod clipboard;
mod editor;
mod effects;
mod keys;
pub mod logger;
mod pump;
mod streams;
pub mod terminal;

pub use pump::{Ending, Options, run};
