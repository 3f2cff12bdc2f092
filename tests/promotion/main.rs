//! Promotion through the real client against the embedded world: what is sent, what is not, and what comes of it.

mod drift;
mod lost;
mod proxy;
mod rivals;
mod sending;
mod stage;
mod strangers;
