//! What changes the world. Only a [`crate::Confirmed`] one can be executed.

use crate::cancel::Grace;
use crate::form::NewRun;
use crate::names::{ClusterName, RunId};
use crate::plan::{Override, Plan};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Start(Box<NewRun>),
    /// `uid` goes with the patch, so that a later run of the same name is never hit.
    Cancel {
        run: RunId,
        uid: String,
        how: Grace,
    },
    /// `uid` is the delete's precondition.
    Delete {
        run: RunId,
        uid: String,
    },
    /// Sends exactly this plan, while its inputs still hold.
    Promote(Box<Plan>),
    /// Decides over a payload's jobs, or takes that back: a merge patch of its ReleasePayload.
    Decide(Box<Decision>),
}

/// A decision over one ReleasePayload. `object` is the release's name in its cluster and namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub object: RunId,
    pub what: Override,
    pub reason: String,
    /// As it was read: somebody's decision in between makes the server refuse.
    pub resource_version: String,
}

impl Command {
    /// For a tag in a registry: the registry's host.
    pub fn cluster(&self) -> &ClusterName {
        match self {
            Command::Start(new) => &new.pipeline.cluster,
            Command::Cancel { run, .. } | Command::Delete { run, .. } => &run.cluster,
            Command::Promote(plan) => &plan.object.cluster,
            Command::Decide(decision) => &decision.object.cluster,
        }
    }

    pub fn namespace(&self) -> &str {
        match self {
            Command::Start(new) => new.pipeline.namespace.as_str(),
            Command::Cancel { run, .. } | Command::Delete { run, .. } => run.namespace.as_str(),
            Command::Promote(plan) => plan.object.namespace.as_str(),
            Command::Decide(decision) => decision.object.namespace.as_str(),
        }
    }

    /// The object's name; for a start the name to be made, or the Pipeline's when the server makes the name.
    pub fn object(&self) -> String {
        match self {
            Command::Start(new) => new.pipeline.name.to_string(),
            Command::Cancel { run, .. } | Command::Delete { run, .. } => run.name.to_string(),
            Command::Promote(plan) => plan.object.name.to_string(),
            Command::Decide(decision) => decision.object.name.to_string(),
        }
    }

    /// As it stands in a sentence: start, rerun, cancel, delete, promote, accept, reject, take back.
    pub fn verb(&self) -> &'static str {
        match self {
            Command::Start(new) if new.rerun_of.is_some() => "rerun",
            Command::Start(_) => "start",
            Command::Cancel { .. } => "cancel",
            Command::Delete { .. } => "delete",
            Command::Promote(_) => "promote",
            Command::Decide(decision) => decision.what.verb(),
        }
    }
}

/// What the server accepted. Everything later is a watch's to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The object that was made or changed.
    pub run: RunId,
    pub uid: String,
    /// e.g. "started okd-coreos-4.19-x7k2p".
    pub words: String,
}
