//! The embedded release-controller: OKD's release streams over HTTP, as the real server answers.
//!
//! A [`Story`] is all the data there is; every answer is a pure function of the story, the request
//! and the clock, so two processes started in the same hour tell the same history. Nothing here
//! knows the types of any client: shapes, sentences and headers follow recorded exchanges.

mod answer;
mod config;
mod detail;
mod history;
mod lists;
mod pages;
mod route;
mod server;
mod story;
mod version;
mod worlds;

pub use config::{PeriodicJob, ProwJob, ReleaseConfig, VerifyJob};
pub use server::{serve, serve_by};
pub use story::{Faults, Job, JobKind, JobState, Payload, Phase, Story, Stream, Tag, Upgrade};
pub use worlds::{broken, huge, typical};
