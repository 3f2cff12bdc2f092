//! The sixteen gates a promotion passes: their ids, ways, severities and verdicts. The rules are [`crate::gates`]'s.
//!
//! Unknown on a gate that could block blocks; on one that could only warn it warns.

use crate::channel::Way;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateId {
    Accepted,
    Jobs,
    Newest,
    NotPromoted,
    Digest,
    Signature,
    NameFree,
    NextName,
    Previous,
    Arches,
    Pullable,
    KeyRing,
    Rights,
    Alone,
    CleanUp,
    LatestFlag,
}

/// What becomes of a plan when the gate is not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Warn,
    /// Can be waived with a reason.
    Block,
    /// Cannot be waived.
    Absolute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Warn,
    Block,
    Unknown,
    NotApplicable,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::Block => "block",
            Verdict::Unknown => "unknown",
            Verdict::NotApplicable => "n/a",
        }
    }
}

impl GateId {
    /// In the order of the table.
    pub const ALL: [GateId; 16] = [
        GateId::Accepted,
        GateId::Jobs,
        GateId::Newest,
        GateId::NotPromoted,
        GateId::Digest,
        GateId::Signature,
        GateId::NameFree,
        GateId::NextName,
        GateId::Previous,
        GateId::Arches,
        GateId::Pullable,
        GateId::KeyRing,
        GateId::Rights,
        GateId::Alone,
        GateId::CleanUp,
        GateId::LatestFlag,
    ];

    /// Its name everywhere: plan, journal, `--waive`.
    pub fn key(self) -> &'static str {
        match self {
            GateId::Accepted => "accepted",
            GateId::Jobs => "jobs",
            GateId::Newest => "newest",
            GateId::NotPromoted => "not-promoted",
            GateId::Digest => "digest",
            GateId::Signature => "signature",
            GateId::NameFree => "name-free",
            GateId::NextName => "next-name",
            GateId::Previous => "previous",
            GateId::Arches => "arches",
            GateId::Pullable => "pullable",
            GateId::KeyRing => "key-ring",
            GateId::Rights => "rights",
            GateId::Alone => "alone",
            GateId::CleanUp => "clean-up",
            GateId::LatestFlag => "latest-flag",
        }
    }

    /// What it asks, in one sentence.
    pub fn question(self) -> &'static str {
        match self {
            GateId::Accepted => "is the release accepted now, by page and ReleasePayload alike?",
            GateId::Jobs => "did every blocking job succeed?",
            GateId::Newest => "is it the newest accepted release, and young enough?",
            GateId::NotPromoted => "was it not promoted to this channel already?",
            GateId::Digest => "is the digest that of the release, and does it stay?",
            GateId::Signature => "did a pinned key sign exactly this digest?",
            GateId::NameFree => "is the new name free in all four places?",
            GateId::NextName => "is the new name the next in its row?",
            GateId::Previous => "can the releases before it be upgraded to it?",
            GateId::Arches => "has it the shape and architectures the channel had?",
            GateId::Pullable => "can every component be pulled without credentials?",
            GateId::KeyRing => "does it ship the keys and the store OKD signs with?",
            GateId::Rights => "may weir do it, and are the pods' Secrets there?",
            GateId::Alone => "does no other promotion run or begin meanwhile?",
            GateId::CleanUp => "does no clean-up of runs fall into its time?",
            GateId::LatestFlag => "does GitHub's Latest not move to a lower version?",
        }
    }

    /// The worst it can do; `arches` depends on the way.
    pub fn severity(self, way: Way) -> Severity {
        match self {
            GateId::Newest | GateId::Previous | GateId::Pullable => Severity::Warn,
            GateId::Arches if way == Way::Pinned => Severity::Absolute,
            GateId::Arches => Severity::Warn,
            GateId::Digest
            | GateId::Signature
            | GateId::NameFree
            | GateId::NextName
            | GateId::KeyRing
            | GateId::Alone => Severity::Absolute,
            GateId::Accepted
            | GateId::Jobs
            | GateId::NotPromoted
            | GateId::Rights
            | GateId::CleanUp
            | GateId::LatestFlag => Severity::Block,
        }
    }

    pub fn applies(self, way: Way) -> bool {
        match self {
            GateId::Signature
            | GateId::NextName
            | GateId::Previous
            | GateId::Arches
            | GateId::KeyRing
            | GateId::Alone => way != Way::RegistryTag,
            GateId::CleanUp | GateId::LatestFlag => way == Way::Pinned,
            _ => true,
        }
    }

    /// All verdicts it can have in a way. Tests cover exactly these.
    pub fn verdicts(self, way: Way) -> Vec<Verdict> {
        use Verdict::{Block, NotApplicable, Pass, Unknown, Warn};
        if !self.applies(way) {
            return vec![NotApplicable];
        }
        match (self, self.severity(way)) {
            // A foreign reference inside the signature, a failed informing job, and Secrets that cannot be seen only warn.
            (GateId::Signature | GateId::Jobs | GateId::Rights, _) => vec![Pass, Warn, Block, Unknown],
            // A CronJob that cannot be read: its usual time counts, and `alone` warns.
            (GateId::Alone, _) => vec![Pass, Warn, Block, Unknown],
            (GateId::CleanUp, _) => vec![Pass, Block],
            (GateId::LatestFlag, _) => vec![Pass, Block, Unknown, NotApplicable],
            (_, Severity::Warn) => vec![Pass, Warn, Unknown],
            _ => vec![Pass, Block, Unknown],
        }
    }
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for GateId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        GateId::ALL.into_iter().find(|id| id.key() == text).ok_or_else(|| {
            let all: Vec<&str> = GateId::ALL.iter().map(|id| id.key()).collect();
            format!("there is no gate `{}`; there are {}", crate::text::clean_line(text), all.join(", "))
        })
    }
}

/// A gate of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    pub id: GateId,
    pub verdict: Verdict,
    pub severity: Severity,
    /// One sentence without ages, part of the plan's id.
    pub evidence: String,
    /// More of it, a line each, also part of the id.
    pub details: Vec<String>,
    pub checked: Timestamp,
    /// Why the operator lets it pass all the same.
    pub waived: Option<String>,
}

impl Gate {
    /// Whether it keeps the plan from being sent.
    pub fn blocks(&self) -> bool {
        let stops = match self.verdict {
            Verdict::Block => true,
            Verdict::Unknown => self.severity != Severity::Warn,
            _ => false,
        };
        stops && self.waived.is_none()
    }

    /// Whether it asks for a look: a warning, an unknown on a warning gate, or a waived block.
    pub fn warns(&self) -> bool {
        !self.blocks() && !matches!(self.verdict, Verdict::Pass | Verdict::NotApplicable)
    }

    /// Whether a reason may let it pass.
    pub fn can_be_waived(&self) -> bool {
        self.severity == Severity::Block && matches!(self.verdict, Verdict::Block | Verdict::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_blocks_where_a_block_would_and_warns_elsewhere() {
        for id in GateId::ALL {
            for way in [Way::Pinned, Way::ImagestreamTag, Way::RegistryTag] {
                let severity = id.severity(way);
                let gate = Gate {
                    id,
                    verdict: Verdict::Unknown,
                    severity,
                    evidence: String::new(),
                    details: Vec::new(),
                    checked: Timestamp::UNIX_EPOCH,
                    waived: None,
                };
                assert_eq!(gate.blocks(), severity != Severity::Warn, "{id}");
                assert_eq!(gate.warns(), severity == Severity::Warn, "{id}");
                assert_eq!(gate.can_be_waived(), severity == Severity::Block, "{id}");
            }
        }
    }

    #[test]
    fn every_id_reads_back() {
        for id in GateId::ALL {
            assert_eq!(id.key().parse::<GateId>(), Ok(id));
        }
        assert!("all".parse::<GateId>().is_err());
    }
}
