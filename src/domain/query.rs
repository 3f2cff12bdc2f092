//! Questions that are answered once. The answer carries its question.

use crate::endpoint::Rights;
use crate::form::NewRun;
use crate::image::ImageRef;
use crate::ledger::LedgerRow;
use crate::names::{ClusterName, Namespace, PipelineId, RunId};
use crate::payload::{Changelog, Payload, Weight};
use crate::pipeline::Pipeline;
use crate::plan::{Plan, PlanRequest};
use crate::signature::Signed;
use crate::tree::Tree;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// What may be done in a namespace.
    Rights(ClusterName, Namespace),
    /// A Pipeline with its parameters.
    Pipeline(PipelineId),
    /// A run's object as the server has it, for rerun.
    Object(RunId),
    /// Whether what a new run refers to exists, and what the server's dry run says (admission only).
    Check(NewRun),
    /// Connect to a context that is listed as not connected: its log-in command is run, and its cluster asked, from then on.
    Connect(ClusterName),
    /// Ask a registry, by its host, whether it answers; answered with [`Answer::Connected`].
    Reach(Arc<str>),
    /// What a release is made of, from its image.
    Payload(ImageRef),
    /// Sizes and architectures of a payload's components, read without credentials: one request each.
    Weights(ImageRef),
    /// The signatures of an image's digest.
    Signed(ImageRef),
    /// What the release-controller says lies between two releases of one stream: older, newer. May take a minute.
    Changelog { from: Arc<str>, to: Arc<str> },
    /// Everything a promotion would do and what speaks against it. Reads everything, changes nothing.
    Plan(PlanRequest),
    /// Who promoted what, from the journal and the servers.
    Ledger,
}

/// What was found before a start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Each: the field (a parameter's or workspace's name, `service account`, `pipeline`, `task`) and what is wrong, in words.
    pub problems: Vec<(String, String)>,
    /// What could not be checked, and why.
    pub unseen: Vec<String>,
    /// The server's admission: `None` when it was not asked because of the problems.
    pub dry_run: Option<Result<(), String>>,
    /// How long the dry run took, in milliseconds.
    pub millis: u64,
}

impl Checked {
    pub fn fine(&self) -> bool {
        self.problems.is_empty() && matches!(self.dry_run, Some(Ok(())))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Rights(Rights),
    Pipeline(Box<Pipeline>),
    Object(Box<Tree>),
    Check(Box<Checked>),
    Connected,
    Payload(Box<Payload>),
    /// Sorted by component.
    Weights(Vec<Weight>),
    Signed(Box<Signed>),
    Changelog(Box<Changelog>),
    Plan(Box<Plan>),
    /// Newest first, with what could not be asked.
    Ledger(Vec<LedgerRow>, Vec<String>),
}
