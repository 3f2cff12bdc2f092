//! A promotion after it was sent: its run, the checks behind `mirror`, and what is public already.
//!
//! Checks that take hours are *waiting since* some time, survive a restart of weir, and never count as passed.

use crate::image::Digest;
use crate::names::RunId;
use crate::plan::Source;
use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// In the order in which they can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckId {
    /// The run, to its end.
    Run,
    /// The tag of the release repository holds an image that is ours, and keeps it.
    Mirrored,
    /// Every component can be pulled without credentials from where it was mirrored to.
    Pullable,
    /// GitHub has the release, with its flag and its files.
    Github,
    /// The ImageStream has imported exactly that digest under the name.
    Channel,
    /// The release-controller's verdict on the new release.
    Phase,
    /// The new digest is signed.
    Signature,
    /// Cincinnati offers it.
    Graph,
}

impl CheckId {
    pub const ALL: [CheckId; 8] = [
        CheckId::Run,
        CheckId::Mirrored,
        CheckId::Pullable,
        CheckId::Github,
        CheckId::Channel,
        CheckId::Phase,
        CheckId::Signature,
        CheckId::Graph,
    ];

    pub fn key(self) -> &'static str {
        match self {
            CheckId::Run => "run",
            CheckId::Mirrored => "mirrored",
            CheckId::Pullable => "pullable",
            CheckId::Github => "github",
            CheckId::Channel => "channel",
            CheckId::Phase => "phase",
            CheckId::Signature => "signature",
            CheckId::Graph => "graph",
        }
    }

    /// Answered within minutes of the run's end; the others may take hours.
    pub fn immediate(self) -> bool {
        !matches!(self, CheckId::Phase | CheckId::Signature | CheckId::Graph)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// Not its turn yet, or not to be seen yet.
    Waiting {
        since: Timestamp,
    },
    Good,
    Bad,
    /// It cannot be seen from here.
    Unknown,
    NotApplicable,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub id: CheckId,
    pub state: CheckState,
    /// One sentence.
    pub evidence: String,
    /// When it was answered last.
    pub at: Option<Timestamp>,
}

/// How it ended, for the journal and the exit code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The run succeeded, `mirror` ran, and the immediate checks are good.
    Good,
    /// The run failed, was stopped, or a check is bad; why.
    Failed(String),
    /// The run is gone or the answer was lost: outcome unknown; what to look at.
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The run, ImageStreamTag or tag (see [`crate::plan::Plan::object`]).
    pub object: RunId,
    pub uid: String,
    pub plan: String,
    pub channel: String,
    pub name: String,
    pub from: Source,
    pub sent: Timestamp,
    /// How the run stands; `None` for the ways without one, or when it cannot be seen.
    pub status: Option<Status>,
    /// What the tag must hold from now on: set once `mirror` has ended and the image was found to be ours.
    pub expected: Option<Digest>,
    /// All of [`CheckId::ALL`], in that order.
    pub checks: Vec<Check>,
    /// What strangers can get already, one sentence each.
    pub public: Vec<Arc<str>>,
    /// What went wrong so that a person must act; shown red.
    pub alarm: Option<String>,
    /// Whether weir only looks: read-only, or another's promotion.
    pub looks_only: bool,
    pub ending: Option<Ending>,
    pub as_of: Timestamp,
}

impl Promotion {
    pub fn check(&self, id: CheckId) -> Option<&Check> {
        self.checks.iter().find(|c| c.id == id)
    }

    /// "6 of 8 good · 2 waiting"
    pub fn tally(&self) -> String {
        let n = |want: fn(&CheckState) -> bool| self.checks.iter().filter(|c| want(&c.state)).count();
        let asked = self.checks.len() - n(|s| matches!(s, CheckState::NotApplicable));
        let mut words = format!("{} of {asked} good", n(|s| matches!(s, CheckState::Good)));
        for (count, word) in [
            (n(|s| matches!(s, CheckState::Bad)), "bad"),
            (n(|s| matches!(s, CheckState::Unknown)), "unknown"),
            (n(|s| matches!(s, CheckState::Waiting { .. })), "waiting"),
        ] {
            if count > 0 {
                words.push_str(&format!(" · {count} {word}"));
            }
        }
        words
    }
}
