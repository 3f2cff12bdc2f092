//! The rules of the sixteen gates: pure, from facts to verdicts. Reading the facts is the client's.
//!
//! A fact that could not be read says why, and its gate is *unknown*. Evidence carries no ages: two plans of one state of the
//! world have the same words.

mod cluster;
mod name;
mod payload;
mod release;

use crate::channel::{Channel, Way};
use crate::gate::{Gate, GateId, Verdict};
use crate::image::{Digest, ImageRef};
use crate::names::RunId;
use crate::payload::{Payload, Weight};
use crate::release::detail::{Insight, ReleaseId};
use crate::release::{self as releases, Phase, Release};
use crate::signature::{PinnedKey, Signed};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// What was read, or why it could not be.
pub type Fact<T> = Result<T, String>;

/// What stands at the new name in the release repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Occupant {
    pub digest: Digest,
    /// Its payload, or why it cannot be read as one.
    pub payload: Fact<Payload>,
    /// What the name held and when, newest first, where the registry keeps that; a line each.
    pub history: Vec<String>,
}

/// A release of the target channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Promoted {
    pub name: Arc<str>,
    pub phase: Phase,
    /// The release it says it was made from: a name or a pull spec.
    pub from: Option<Arc<str>>,
    /// Its payload's components equal the source's; `None` where that was not read.
    pub same_components: Option<bool>,
}

/// A CronJob that matters.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    pub name: String,
    /// Its next firing, unless it is suspended.
    pub next: Option<Timestamp>,
}

/// A run that must not be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    pub run: RunId,
    /// e.g. "promotes to 4-scos-next".
    pub does: String,
}

/// Where the new name stands already, place by place. `Ok(None)`: free.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    pub repository: Fact<Option<Occupant>>,
    /// A GitHub release or tag: its page.
    pub github: Fact<Option<String>>,
    /// The ImageStream's tag: what it was imported from.
    pub imagestream: Fact<Option<String>>,
    /// In the channel's stream at the release-controller.
    pub stream: Fact<Option<Phase>>,
}

/// All names of promoted releases in the four places; other names may be among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub repository: Fact<Vec<String>>,
    pub github: Fact<Vec<String>>,
    pub imagestream: Fact<Vec<String>>,
    pub stream: Fact<Vec<String>>,
}

/// Everything the gates judge by.
#[derive(Clone, Debug)]
pub struct Facts {
    pub now: Timestamp,
    pub channel: Channel,
    pub way: Way,
    pub release: ReleaseId,
    /// By tag, as the release-controller names it.
    pub pull_spec: ImageRef,
    /// The repository that the other releases of the stream are in; `None` when it has no others.
    pub source_place: Option<String>,
    pub phase: Fact<Phase>,
    pub insight: Insight,
    pub jobs: Fact<releases::Verdict>,
    /// The blocking jobs that its stream's config asks for now.
    pub configured: Fact<Vec<Arc<str>>>,
    /// The source's stream, newest first.
    pub stream: Fact<Vec<Release>>,
    /// Of the pull spec's tag: when planning began, and when it ended.
    pub digest: Fact<Digest>,
    pub digest_again: Fact<Digest>,
    pub payload: Fact<Payload>,
    pub signed: Fact<Signed>,
    /// Keys that may sign, and the store OKD signs into.
    pub keys: Vec<PinnedKey>,
    pub store: String,
    pub weights: Fact<Vec<Weight>>,
    /// Which credential reads the source, in words.
    pub credential: String,
    /// Releases of the channel, newest first.
    pub promoted: Fact<Vec<Promoted>>,
    /// The payload the channel holds now; `Ok(None)`: it holds none yet.
    pub held: Fact<Option<Payload>>,
    pub name: Option<String>,
    pub places: Places,
    pub taken: Taken,
    /// What the new release's `previous` will be, and whose accepted releases it is made of.
    pub previous: Fact<Vec<Arc<str>>>,
    pub previous_from: String,
    /// Whether weir may make what it will make; with the words for it, e.g. "create pipelineruns in okd-coreos on moc".
    pub right: (String, Fact<bool>),
    /// Secret → whether it is there.
    pub secrets: Vec<(String, Fact<bool>)>,
    pub rivals: Fact<Vec<Rival>>,
    /// Earlier runs of this name that failed, a sentence each.
    pub earlier: Vec<String>,
    /// By how many minutes this machine's clock and the cluster's differ, when that matters.
    pub skew: Option<String>,
    /// `Ok(None)`: there is no such CronJob.
    pub promoter: Fact<Option<Cron>>,
    pub clean_up: Fact<Option<Cron>>,
    /// When they fire where the CronJob cannot be read: Mondays 05:00 UTC, daily 04:00 UTC.
    pub promoter_usual: Timestamp,
    pub clean_up_usual: Timestamp,
    /// How long the run is expected to take, and from what that is known.
    pub takes: (SignedDuration, String),
    /// The tag of GitHub's Latest.
    pub latest: Fact<Option<String>>,
    /// Why weir would not send it anyway: read-only.
    pub read_only: Option<String>,
}

/// A verdict with its evidence.
pub(crate) struct Ruling {
    verdict: Verdict,
    evidence: String,
    details: Vec<String>,
    /// Whatever the gate's severity: no reason waives this.
    absolute: bool,
}

impl Ruling {
    fn new(verdict: Verdict, evidence: impl Into<String>) -> Ruling {
        Ruling { verdict, evidence: evidence.into(), details: Vec::new(), absolute: false }
    }
    fn pass(evidence: impl Into<String>) -> Ruling {
        Ruling::new(Verdict::Pass, evidence)
    }
    fn warn(evidence: impl Into<String>) -> Ruling {
        Ruling::new(Verdict::Warn, evidence)
    }
    fn block(evidence: impl Into<String>) -> Ruling {
        Ruling::new(Verdict::Block, evidence)
    }
    fn unknown(evidence: impl Into<String>) -> Ruling {
        Ruling::new(Verdict::Unknown, evidence)
    }
    fn with(mut self, details: Vec<String>) -> Ruling {
        self.details = details;
        self
    }
    fn absolute(mut self) -> Ruling {
        self.absolute = true;
        self
    }
}

/// All sixteen, in the order of the table. `waivers` count only where a gate can be waived.
pub fn judge(facts: &Facts, waivers: &[(GateId, String)]) -> Vec<Gate> {
    GateId::ALL
        .into_iter()
        .map(|id| {
            let ruling = if id.applies(facts.way) {
                rule(id, facts)
            } else {
                Ruling::new(Verdict::NotApplicable, format!("not asked when the way is {}", facts.way.word()))
            };
            let tidy = crate::secret::line;
            let mut gate = Gate {
                id,
                verdict: ruling.verdict,
                severity: if ruling.absolute { crate::Severity::Absolute } else { id.severity(facts.way) },
                evidence: tidy(&ruling.evidence),
                details: ruling.details.iter().map(|line| tidy(line)).collect(),
                checked: facts.now,
                waived: None,
            };
            if gate.can_be_waived() {
                let reason = waivers.iter().find(|(waived, _)| *waived == id).map(|(_, reason)| tidy(reason));
                gate.waived = reason.filter(|reason| !reason.trim().is_empty());
            }
            gate
        })
        .collect()
}

fn rule(id: GateId, facts: &Facts) -> Ruling {
    match id {
        GateId::Accepted => release::accepted(facts),
        GateId::Jobs => release::jobs(facts),
        GateId::Newest => release::newest(facts),
        GateId::NotPromoted => release::not_promoted(facts),
        GateId::Digest => payload::digest(facts),
        GateId::Signature => payload::signature(facts),
        GateId::Arches => payload::arches(facts),
        GateId::Pullable => payload::pullable(facts),
        GateId::KeyRing => payload::key_ring(facts),
        GateId::Previous => payload::previous(facts),
        GateId::NameFree => name::free(facts),
        GateId::NextName => name::next(facts),
        GateId::LatestFlag => name::latest_flag(facts),
        GateId::Rights => cluster::rights(facts),
        GateId::Alone => cluster::alone(facts),
        GateId::CleanUp => cluster::clean_up(facts),
    }
}

/// Whether a payload was made from a source: by the name or the digest of its pull spec.
pub fn made_from(from: &str, source: &ImageRef, digest: &Digest) -> bool {
    from == &*source.to_string() || from.ends_with(digest.as_str()) || source.tag.as_deref() == Some(from)
}

/// Whether the image at a name is what this very promotion would have made (or has made): the name inside, the source it was
/// made from, and the source's components.
pub fn is_ours(
    there: &Payload,
    name: &str,
    source: &ImageRef,
    digest: &Digest,
    components: &Payload,
) -> Result<(), String> {
    if &*there.name != name {
        return Err(format!("the image there calls itself {}", there.name));
    }
    match there.from_release.as_deref() {
        Some(from) if made_from(from, source, digest) => {}
        Some(from) => return Err(format!("the image there was made from {from}")),
        None => return Err("the image there does not say what it was made from".into()),
    }
    if !there.same_components(components) {
        return Err("the image there has other components than the source".into());
    }
    Ok(())
}

/// "2026-11-19 22:01 UTC"
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
