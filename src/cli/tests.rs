//! The command line as people type it, and the JSON as scripts read it.

mod json;
mod known;
mod parse;
mod promoted;

pub(crate) use known::{now, plan, promotion, release_detail, release_payload};
