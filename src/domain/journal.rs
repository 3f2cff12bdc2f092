//! What was sent and what came of it: one JSON line before the command, one after.

use crate::plan::PlanRecord;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Written before the command goes out.
    Sending,
    Accepted,
    Refused,
    /// The answer was lost: it may or may not have happened.
    Unknown,
    /// A promotion's run ended well and its immediate checks are good.
    Done,
    /// A promotion's run ended otherwise, or a check failed.
    Failed,
}

impl Outcome {
    /// For people; a release's phases have the word "accepted" for themselves.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Sending => "no answer",
            Outcome::Accepted => "sent",
            Outcome::Refused => "refused",
            Outcome::Unknown => "unknown",
            Outcome::Done => "done",
            Outcome::Failed => "failed",
        }
    }
}

/// One line of `journal.jsonl`. No field carries a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub time: Timestamp,
    /// The same for the line before and the line after.
    pub id: String,
    pub outcome: Outcome,
    pub verb: String,
    pub cluster: String,
    pub server: String,
    pub namespace: String,
    pub object: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Who the server says we are.
    pub operator: String,
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Method and path.
    pub call: String,
    /// The body, redacted, as compact YAML or JSON text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// What the server said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// A promotion's plan with all its evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<PlanRecord>>,
}
