//! One release with all that decides it: jobs, attempts, upgrades, hands, and what it came from and became.

use super::{Job, Phase, Release, built};
use crate::names::{ClusterName, StreamName};
use crate::payload::Changelog;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One release: stream and name. A name is unique in its release-controller; the stream is where it is looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReleaseId {
    pub stream: StreamName,
    pub name: Arc<str>,
}

impl ReleaseId {
    pub fn new(stream: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        Self { stream: StreamName::new(stream), name: Arc::from(name.as_ref()) }
    }
}

impl std::fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Attempts to upgrade from one release to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Upgrade {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub succeeded: u32,
    pub failed: u32,
    pub total: u32,
    /// Pages of the attempts, sorted.
    pub pages: Vec<Arc<str>>,
}

/// Somebody decided over the jobs. Only the ReleasePayload tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Accepted or Rejected.
    pub verdict: Phase,
    pub reason: String,
}

/// The ReleasePayload object, as the release-controller's cluster has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePayload {
    pub cluster: ClusterName,
    pub namespace: String,
    pub name: Arc<str>,
    pub resource_version: String,
    pub phase: Phase,
    /// What its conditions say was decided by hand.
    pub by_hand: Option<ByHand>,
    /// `spec.payloadOverride` as it stands, also when it has no effect: word and reason.
    pub wish: Option<(String, String)>,
    /// Whether its image was made. A wish is without effect until then.
    pub created: bool,
    /// Live, with the attempts that run now.
    pub jobs: Vec<Job>,
    /// Whether the current user may patch it; `None`: the server does not say.
    pub may_decide: Option<bool>,
}

/// How the ReleasePayload was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Insight {
    /// Read from the cluster.
    Object(Box<ReleasePayload>),
    /// There is no such object: the release-controller calls its phase Unknown.
    None { cluster: ClusterName },
    /// It could not be read; why, in words. The HTTP answer stands alone.
    Unseen { why: String },
}

/// A line of the strip: one job over the release and those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripLine {
    pub job: Arc<str>,
    pub blocking: bool,
    /// One a release of [`Strip::releases`], in their order; `None`: the job was not asked or is not there.
    /// `Succeeded`, `Failed`, `Pending`.
    pub states: Vec<Option<Arc<str>>>,
}

impl StripLine {
    /// How many releases in a row failed, from the newest decided one back; and the index of the first of them (the oldest).
    pub fn failing(&self) -> Option<(usize, usize)> {
        let mut row = None;
        for (index, state) in self.states.iter().enumerate() {
            match state.as_deref() {
                Some("Failed") => row = Some((row.map_or(0, |(count, _)| count) + 1, index)),
                Some("Succeeded") => break,
                _ => {}
            }
        }
        row
    }

    /// No success within the strip, and at least one failure.
    pub fn never_passed(&self) -> bool {
        let any = |word: &str| self.states.iter().flatten().any(|s| &**s == word);
        any("Failed") && !any("Succeeded")
    }
}

/// A release and those before it in its stream × their jobs; empty when the stream does not list it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Newest first; the first is the release itself.
    pub releases: Vec<(Arc<str>, Phase)>,
    /// Blocking first, then by name.
    pub lines: Vec<StripLine>,
}

impl Strip {
    /// The line of a job.
    pub fn line(&self, job: &str) -> Option<&StripLine> {
        self.lines.iter().find(|l| &*l.job == job)
    }

    /// When the failing row of a job began: the build time of its first release.
    pub fn since(&self, job: &str) -> Option<Timestamp> {
        let (_, index) = self.line(job)?.failing()?;
        built(&self.releases.get(index)?.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseDetail {
    pub id: ReleaseId,
    /// As the HTTP API has it, with all its jobs.
    pub release: Release,
    pub insight: Insight,
    /// Sorted by from, to.
    pub upgrades_to: Vec<Upgrade>,
    pub upgrades_from: Vec<Upgrade>,
    /// The release this one was promoted from.
    pub promoted_from: Option<Arc<str>>,
    /// The channels and names it was promoted as.
    pub promoted_as: Vec<ReleaseId>,
    /// What the release-controller compares with, and what lies between; `None` until it has answered or when it cannot say.
    pub changes: Option<(Arc<str>, Changelog)>,
    /// The accepted release before it in its stream.
    pub accepted_before: Option<Arc<str>>,
    pub strip: Strip,
    /// The web page of the release.
    pub page: String,
    /// What could not be read, one sentence each.
    pub unseen: Vec<String>,
    pub as_of: Timestamp,
}

impl ReleaseDetail {
    /// Where HTTP and ReleasePayload say different things: both words.
    pub fn disagreement(&self) -> Option<(Phase, Phase)> {
        match &self.insight {
            Insight::Object(object) if object.phase != self.release.phase => Some((self.release.phase, object.phase)),
            _ => None,
        }
    }

    pub fn by_hand(&self) -> Option<&ByHand> {
        match &self.insight {
            Insight::Object(object) => object.by_hand.as_ref(),
            _ => None,
        }
    }

    /// The ReleasePayload's jobs where it was read (they are live), else those of the HTTP API.
    pub fn jobs(&self) -> &[Job] {
        match &self.insight {
            Insight::Object(object) if !object.jobs.is_empty() => &object.jobs,
            _ => self.release.verdict.as_ref().map_or(&[], |v| &v.jobs),
        }
    }

    /// "rejected: aws-upgrade failed 3 times", "accepted by hand: needed for the demo".
    pub fn why(&self) -> String {
        let word = self.release.phase.word();
        if let Some((http, object)) = self.disagreement() {
            return format!(
                "the release-controller's page says {}, its ReleasePayload says {}",
                http.word(),
                object.word()
            );
        }
        if let Some(hand) = self.by_hand() {
            let reason = if hand.reason.is_empty() { "no reason given" } else { &hand.reason };
            return format!("{} by hand: {reason}", hand.verdict.word());
        }
        match self.release.phase {
            Phase::Rejected => match self.release.verdict.as_ref().and_then(super::Verdict::sentence) {
                Some(jobs) => format!("{word}: {jobs}"),
                None => format!("{word}, and no blocking job says why: perhaps by hand"),
            },
            Phase::Accepted => match self.release.verdict.as_ref().and_then(super::Verdict::sentence) {
                Some(jobs) => format!("{word} although {jobs}: by hand, the ReleasePayload would say why"),
                None => word.to_string(),
            },
            Phase::Failed => format!("{word}: its image could not be made, its jobs never run"),
            Phase::Pending => format!("{word}: its image is being made"),
            Phase::Ready => {
                let jobs = self.jobs();
                let done = jobs.iter().filter(|j| j.blocking && &*j.state != "Pending").count();
                format!("{word}: {done} of {} blocking jobs are done", jobs.iter().filter(|j| j.blocking).count())
            }
            Phase::Unknown => "unknown: it has no ReleasePayload".to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(states: &str) -> StripLine {
        let states = states.chars().map(|c| match c {
            'F' => Some("Failed".into()),
            'S' => Some("Succeeded".into()),
            'P' => Some("Pending".into()),
            _ => None,
        });
        StripLine { job: "aws".into(), blocking: true, states: states.collect() }
    }

    #[test]
    fn a_failing_row_is_counted_back_to_the_last_success() {
        assert_eq!(line("FFFSS").failing(), Some((3, 2)));
        assert_eq!(line("PF-FSF").failing(), Some((2, 3)));
        assert_eq!(line("SFF").failing(), None);
        assert!(line("FF").never_passed() && !line("FS").never_passed() && !line("PP").never_passed());
    }
}
