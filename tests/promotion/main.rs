//! Promotion through the real client against the embedded world: what is sent, what is not, and what comes of it.

mod proxy;
mod sending;
mod stage;
