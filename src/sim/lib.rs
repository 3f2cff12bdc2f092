//! The embedded world on loopback in this process: Kubernetes clusters with Tekton, a release-controller, a registry
//! with the images of its releases, and what else of the web a promotion needs.
//!
//! It knows nothing of any client's types, so it cannot agree with a client's mistakes: every client, kubectl and
//! tkn among them, sees the same servers over TLS. Objects are bytes with a little beside them; logs are made when
//! they are read. One seed gives every process the same names, digests and logs; history lies before now.

mod api;
mod auth;
mod certs;
mod clock;
mod control;
mod core;
mod kind;
mod kubeconfig;
mod logs;
mod object;
mod outside;
mod patch;
mod payload;
mod refusal;
mod registry;
pub mod releases;
mod selector;
mod server;
mod store;
mod story;
mod table;
mod tekton;
mod web;
mod world;

pub use control::Control;
pub use core::Asked;
pub use payload::Twin;
pub use registry::{Registry, RegistryFaults};
pub use web::{Web, WebFaults};
pub use world::{Cluster, UnknownWorld, World, WorldKind};

#[cfg(test)]
mod tests;
