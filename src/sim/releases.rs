//! The embedded release-controller: OKD's release streams over HTTP, as the real server answers.
//!
//! A [`Story`] and the [`Images`] it names are all the data there is; every answer follows from them, the request
//! and the clock, so two processes started in the same hour tell the same history. Nothing here
//! knows the types of any client: shapes, sentences and headers follow recorded exchanges.

mod adopt;
mod answer;
mod chance;
mod changelog;
mod config;
mod detail;
mod graph;
mod history;
mod image_object;
mod images;
mod info;
mod lists;
mod mirrored;
mod notes;
mod pages;
mod payload_object;
mod route;
mod server;
mod shared;
mod story;
mod version;
mod worlds;

pub use config::{PeriodicJob, ProwJob, ReleaseConfig, VerifyJob};
pub(crate) use image_object::image_stream_tag;
pub use images::{Component, Image, Images, Merged, NoImages, Packages};
pub(crate) use lists::newest_accepted;
pub(crate) use mirrored::Mirrored;
pub use server::{serve, serve_by};
pub use shared::Shared;
pub use story::{ByHand, Faults, Job, JobKind, JobState, Payload, Phase, Story, Stream, Tag, Upgrade};
pub(crate) use version::Version;
pub use worlds::{broken, huge, typical};
