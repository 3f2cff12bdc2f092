//! Promotion through the real client against the embedded world: what is sent, what is not, and what comes of it.

mod after_mirror;
mod cancel;
mod cron;
mod deciding;
mod drift;
mod gone;
mod imagestream_tag;
mod journal;
mod late;
mod lost;
mod proxy;
mod registry_tag;
mod restart;
mod rivals;
mod sending;
mod stage;
mod strangers;
