//! Promotion: one plan, one execution, the checks after it, and the ledger. Used by every screen, verb and test alike.
//!
//! Nothing is chosen in a pod: a plan fixes the release, its digest and the new name, and only that plan can be sent.

mod after;
mod checks;
mod cluster;
mod ledger;
mod memory;
mod plan;
mod run;
mod seen;
mod send;

pub use after::Guards;

pub(crate) use ledger::ledger;
pub(crate) use memory::{resume, watch_one as watch};
pub(crate) use plan::plan;
pub(crate) use send::promote;
