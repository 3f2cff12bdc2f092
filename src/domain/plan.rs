//! A promotion before it happens: everything that will be sent, why it may be, and what would stop it.
//!
//! A plan is made by reading only. [`crate::Proposal`] takes nothing but a whole plan, and the client sends it only while
//! its inputs still hold.

use crate::channel::{Channel, Way};
use crate::gate::{Gate, GateId, Verdict};
use crate::image::{Digest, ImageRef};
use crate::names::RunId;
use crate::payload::PayloadDiff;
use crate::proposal::Call;
use crate::release::detail::ReleaseId;
use crate::secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is asked for. Plain data; equal requests at one state of the world give equal plan ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanRequest {
    pub release: ReleaseId,
    /// A channel's name.
    pub channel: String,
    /// Another way than the channel's own.
    pub way: Option<Way>,
    /// Gate and reason, sorted by gate.
    pub waivers: Vec<(GateId, String)>,
    /// Why it is promoted, in the operator's words.
    pub reason: Option<String>,
}

impl PlanRequest {
    /// Of a release to a channel by the channel's own way, nothing waived and no reason given.
    pub fn new(release: ReleaseId, channel: impl Into<String>) -> PlanRequest {
        PlanRequest { release, channel: channel.into(), way: None, waivers: Vec::new(), reason: None }
    }

    /// The reason as it is shown, sent and kept; blanks are none.
    pub fn because(&self) -> Option<String> {
        self.reason.as_deref().map(|reason| secret::line(reason.trim())).filter(|reason| !reason.is_empty())
    }

    /// The reason and those of the waived gates, for the run and the journal:
    /// "4.22 for the summit; waived latest-flag: agreed in the working group".
    pub fn reasons(&self, gates: &[Gate]) -> Option<String> {
        let waived = gates.iter().filter_map(|gate| Some(format!("waived {}: {}", gate.id, gate.waived.as_ref()?)));
        let words: Vec<String> = self.because().into_iter().chain(waived).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The release as it stood when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub release: ReleaseId,
    /// By tag, as the release-controller names it.
    pub pull_spec: ImageRef,
    /// Of the top manifest (the list, where there is one).
    pub digest: Digest,
}

impl Source {
    /// The pull spec by digest: what is sent.
    pub fn pinned(&self) -> ImageRef {
        self.pull_spec.with_digest(self.digest.clone())
    }
}

/// A line of the difference between the live Pipeline and the run's embedded one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "side", content = "text")]
pub enum DiffLine {
    Same(String),
    Out(String),
    In(String),
}

const TASK: &str = "# Task ";

impl DiffLine {
    /// A Task that the run refers to, with what tells it from another of that name: its text is not part of the Pipeline.
    pub fn of_task(name: &str, what: &str) -> DiffLine {
        DiffLine::In(format!("{TASK}{name} {what}"))
    }

    fn task(&self) -> Option<&str> {
        let DiffLine::In(text) = self else { return None };
        text.strip_prefix(TASK)?.split(' ').next()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The first twelve hex digits of the SHA-256 of all that matters (see the client's `promotion`).
    pub id: String,
    pub request: PlanRequest,
    pub way: Way,
    pub channel: Channel,
    pub from: Source,
    /// The new name; for `registry-tag` the new tag.
    pub name: String,
    /// What will be at the new name: `None` for a pinned run, whose mirror makes a new image.
    pub digest: Option<Digest>,
    /// For a tag that moves: what it holds now, and must still hold right before it is sent.
    pub replaces: Option<Digest>,
    /// What the channel holds now.
    pub holds: Option<Arc<str>>,
    /// Releases that will be upgradable to the new one.
    pub previous: Vec<Arc<str>>,
    /// From what the channel holds; why not, where that is not known.
    pub diff: Result<PayloadDiff, String>,
    /// In the order of the table, all sixteen.
    pub gates: Vec<Gate>,
    /// What is not as known (a Pipeline's task, a parameter left to a default), one sentence each. No reason waives one.
    pub obstacles: Vec<String>,
    /// The requests, in order; empty when there is nothing that could be sent.
    pub calls: Vec<Call>,
    /// The live Pipeline → what the run carries; empty for the other ways.
    pub pipeline_diff: Vec<DiffLine>,
    /// What will be made: a run, an ImageStreamTag (`stream:name`), or a tag (host, repository and tag take the three places).
    pub object: RunId,
    /// The API server or registry it goes to, as its endpoint says it.
    pub server: String,
    /// Who the servers say we are, and where weir runs.
    pub operator: String,
    pub host: String,
    /// What follows after it was sent, in order, a sentence each.
    pub follows: Vec<String>,
    pub made: Timestamp,
}

impl Plan {
    pub fn blocking(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|g| g.blocks())
    }

    /// "promoting RELEASE to CHANNEL as NAME"
    pub fn words(&self) -> String {
        format!("promoting {} to {} as {}", self.from.release, self.channel.name, self.name)
    }

    /// What the journal keeps of it.
    pub fn record(&self) -> PlanRecord {
        PlanRecord {
            id: self.id.clone(),
            way: self.way,
            channel: self.channel.clone(),
            from: self.from.clone(),
            name: self.name.clone(),
            digest: self.digest.clone(),
            holds: self.holds.clone(),
            previous: self.previous.clone(),
            gates: self.gates.clone(),
            object: self.object.clone(),
            made: self.made,
        }
    }

    /// Whether it could be sent now.
    pub fn goes(&self) -> bool {
        self.obstacles.is_empty() && self.blocking().next().is_none() && !self.calls.is_empty()
    }

    pub fn gate(&self, id: GateId) -> Option<&Gate> {
        self.gates.iter().find(|g| g.id == id)
    }

    pub fn count(&self, verdict: Verdict) -> usize {
        self.gates.iter().filter(|g| g.verdict == verdict).count()
    }

    /// "14 pass · 1 warn · 1 block · 0 unknown"; a waived gate is counted as that and nothing else.
    pub fn tally(&self) -> String {
        let n = |verdict| self.gates.iter().filter(|g| g.verdict == verdict && g.waived.is_none()).count();
        let mut words = format!(
            "{} pass · {} warn · {} block · {} unknown",
            n(Verdict::Pass),
            n(Verdict::Warn),
            n(Verdict::Block),
            n(Verdict::Unknown)
        );
        let waived = self.gates.iter().filter(|g| g.waived.is_some()).count();
        if waived > 0 {
            words.push_str(&format!(" · {waived} waived"));
        }
        words
    }

    /// All reasons that were given, as they go into what is made and into the journal.
    pub fn reason(&self) -> Option<String> {
        self.request.reasons(&self.gates)
    }

    /// What makes two plans different, in words; empty for equal ids.
    pub fn drift(&self, now: &Plan) -> Vec<String> {
        let mut said = Vec::new();
        if self.from.digest != now.from.digest {
            said.push(format!(
                "{} is {} now, it was {}",
                self.from.pull_spec,
                now.from.digest.short(),
                self.from.digest.short()
            ));
        }
        if self.name != now.name {
            said.push(format!("the next name is {} now, it was {}", now.name, self.name));
        }
        for (old, new) in self.gates.iter().zip(&now.gates) {
            if old.verdict != new.verdict {
                said.push(format!(
                    "{}: {} now, it was {}: {}",
                    old.id,
                    new.verdict.word(),
                    old.verdict.word(),
                    new.evidence
                ));
            } else if old.evidence != new.evidence {
                said.push(format!("{}: {} now, it was {}", old.id, new.evidence, old.evidence));
            } else if old.details != new.details {
                let (came, went) = (only_in(&new.details, &old.details), only_in(&old.details, &new.details));
                said.push(format!("{}: {came} now, it was {went}", old.id));
            } else if old.waived != new.waived {
                said.push(format!("{}: the waiver is another", old.id));
            }
        }
        said.extend(now.obstacles.iter().filter(|o| !self.obstacles.contains(o)).cloned());
        // The name and the digest stand in the difference too.
        if self.pipeline_diff != now.pipeline_diff && self.name == now.name && self.from.digest == now.from.digest {
            said.extend(others(&self.pipeline_diff, &now.pipeline_diff));
        }
        if self.request.because() != now.request.because() {
            said.push("the reason is another".into());
        }
        if self.server != now.server {
            said.push(format!("it would go to {} now, it was {}", now.server, self.server));
        }
        if self.calls != now.calls && said.is_empty() {
            said.push("what would be sent is different now".into());
        }
        if self.channel != now.channel {
            said.push("the channel's config is another one now".into());
        }
        if self.id != now.id && said.is_empty() {
            said.push("an input changed".into());
        }
        said
    }
}

/// Which Task is another one, each once, or that the Pipeline is.
fn others(old: &[DiffLine], new: &[DiffLine]) -> Vec<String> {
    let other = old.iter().filter(|line| !new.contains(line)).chain(new.iter().filter(|line| !old.contains(line)));
    let (tasks, rest): (Vec<Option<&str>>, Vec<_>) = other.map(DiffLine::task).partition(Option::is_some);
    let tasks: BTreeSet<&str> = tasks.into_iter().flatten().collect();
    let mut said: Vec<String> = tasks.iter().map(|name| format!("the Task {name} is another one now")).collect();
    if said.is_empty() || !rest.is_empty() {
        said.insert(0, "the Pipeline is another one now".into());
    }
    said
}

/// The lines that only the first has; "nothing" when there are none.
fn only_in(here: &[String], there: &[String]) -> String {
    let lines: Vec<&str> = here.iter().filter(|line| !there.contains(line)).map(String::as_str).collect();
    if lines.is_empty() { "nothing".into() } else { lines.join(", ") }
}

/// A plan as the journal keeps it: all the evidence; the requests stand beside it in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    pub id: String,
    pub way: Way,
    pub channel: Channel,
    pub from: Source,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Arc<str>>,
    pub previous: Vec<Arc<str>>,
    pub gates: Vec<Gate>,
    pub object: RunId,
    pub made: Timestamp,
}

/// What an operator may do to a payload's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Override {
    Accept,
    Reject,
    TakeBack,
}

impl Override {
    pub fn verb(self) -> &'static str {
        match self {
            Override::Accept => "accept",
            Override::Reject => "reject",
            Override::TakeBack => "take back",
        }
    }

    /// The server's word; `None` takes the override away.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Override::Accept => Some("Accepted"),
            Override::Reject => Some("Rejected"),
            Override::TakeBack => None,
        }
    }
}
