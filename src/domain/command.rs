//! What changes the world. Only a [`crate::Confirmed`] one can be executed.

use crate::cancel::Grace;
use crate::form::NewRun;
use crate::names::{ClusterName, RunId};
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
}

impl Command {
    pub fn cluster(&self) -> &ClusterName {
        match self {
            Command::Start(new) => &new.pipeline.cluster,
            Command::Cancel { run, .. } | Command::Delete { run, .. } => &run.cluster,
        }
    }

    pub fn namespace(&self) -> &str {
        match self {
            Command::Start(new) => new.pipeline.namespace.as_str(),
            Command::Cancel { run, .. } | Command::Delete { run, .. } => run.namespace.as_str(),
        }
    }

    /// The object's name; for a start the name to be made, or the Pipeline's when the server makes the name.
    pub fn object(&self) -> String {
        match self {
            Command::Start(new) => new.pipeline.name.to_string(),
            Command::Cancel { run, .. } | Command::Delete { run, .. } => run.name.to_string(),
        }
    }

    /// One word: start, rerun, cancel, delete.
    pub fn verb(&self) -> &'static str {
        match self {
            Command::Start(new) if new.rerun_of.is_some() => "rerun",
            Command::Start(_) => "start",
            Command::Cancel { .. } => "cancel",
            Command::Delete { .. } => "delete",
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
