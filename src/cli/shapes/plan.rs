//! A promotion's plan ([`Plan`]: `promote --plan`) and how it went ([`Ended`]: `promote --confirm`).

use super::proposal::Call;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use weir_domain::channel::Way;
use weir_domain::gate::Severity;
use weir_domain::payload::Difference;
use weir_domain::plan::DiffLine;
use weir_domain::promotion::{Check as DomainCheck, CheckState, Ending};
use weir_domain::{Promotion, Receipt};

#[derive(Debug, Serialize)]
pub struct Plan<'a> {
    /// What `--plan-id` takes.
    pub id: &'a str,
    /// The release.
    pub from: &'a str,
    pub stream: &'a str,
    /// The channel.
    pub to: &'a str,
    pub way: Way,
    /// The new name; what `--confirm` takes.
    pub name: &'a str,
    /// The release's top manifest: what is sent.
    pub digest: &'a str,
    /// The release by digest.
    pub pull_spec: String,
    /// What will be at the new name, where the image is not made anew.
    pub becomes: Option<&'a str>,
    /// What the channel holds now.
    pub holds: Option<&'a str>,
    pub previous: &'a [Arc<str>],
    /// Whether `--confirm` would send it.
    pub goes: bool,
    /// All sixteen, in the order of the table.
    pub gates: Vec<Gate<'a>>,
    /// What is not as known and cannot be waived, one sentence each.
    pub obstacles: &'a [String],
    pub calls: Vec<Call<'a>>,
    /// From what the channel holds; `null` where it is not known.
    pub diff: Option<Counts>,
    /// The live Pipeline → what the run carries.
    pub pipeline_diff: &'a [DiffLine],
    /// What will be made: CLUSTER/NAMESPACE/NAME.
    pub object: String,
    pub server: &'a str,
    pub operator: &'a str,
    pub host: &'a str,
    /// Why, as it goes into the run and the journal: the promotion's own reason and those of its waivers.
    pub reason: Option<String>,
    /// What comes after it was sent.
    pub follows: &'a [String],
    pub made: Timestamp,
}

/// `verdict` is `pass`, `warn`, `block`, `unknown` or `n/a`; `severity` `warn`, `block` or `absolute` (cannot be waived).
#[derive(Debug, Serialize)]
pub struct Gate<'a> {
    pub id: &'static str,
    pub verdict: &'static str,
    pub severity: Severity,
    pub evidence: &'a str,
    pub details: &'a [String],
    pub checked: Timestamp,
    /// The reason it was waived with.
    pub waived: Option<&'a str>,
    pub blocks: bool,
}

#[derive(Debug, Serialize)]
pub struct Counts {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub rebuilt: usize,
    pub same: usize,
}

impl<'a> Plan<'a> {
    pub fn of(plan: &'a weir_domain::Plan) -> Plan<'a> {
        Plan {
            id: &plan.id,
            from: &plan.from.release.name,
            stream: plan.from.release.stream.as_str(),
            to: plan.channel.name.as_str(),
            way: plan.way,
            name: &plan.name,
            digest: plan.from.digest.as_str(),
            pull_spec: plan.from.pinned().to_string(),
            becomes: plan.digest.as_ref().map(|d| d.as_str()),
            holds: plan.holds.as_deref(),
            previous: &plan.previous,
            goes: plan.goes(),
            gates: plan.gates.iter().map(Gate::of).collect(),
            obstacles: &plan.obstacles,
            calls: plan.calls.iter().map(Call::of).collect(),
            diff: plan.diff.as_ref().ok().map(|diff| Counts {
                added: diff.count(Difference::Added),
                removed: diff.count(Difference::Removed),
                changed: diff.count(Difference::Changed),
                rebuilt: diff.count(Difference::Rebuilt),
                same: diff.same,
            }),
            pipeline_diff: &plan.pipeline_diff,
            object: plan.object.to_string(),
            server: &plan.server,
            operator: &plan.operator,
            host: &plan.host,
            reason: plan.reason(),
            follows: &plan.follows,
            made: plan.made,
        }
    }
}

impl<'a> Gate<'a> {
    pub(crate) fn of(gate: &'a weir_domain::Gate) -> Gate<'a> {
        Gate {
            id: gate.id.key(),
            verdict: gate.verdict.word(),
            severity: gate.severity,
            evidence: &gate.evidence,
            details: &gate.details,
            checked: gate.checked,
            waived: gate.waived.as_deref(),
            blocks: gate.blocks(),
        }
    }
}

/// `outcome` is `good`, `failed` or `unknown`; `null` when weir stopped looking before the end.
#[derive(Debug, Serialize)]
pub struct Ended<'a> {
    pub plan: &'a str,
    pub channel: &'a str,
    pub name: &'a str,
    /// CLUSTER/NAMESPACE/NAME of what was made.
    pub object: String,
    pub uid: &'a str,
    pub outcome: Option<&'static str>,
    pub why: Option<&'a str>,
    /// What the tag must hold from now on.
    pub expected: Option<&'a str>,
    pub checks: Vec<Check<'a>>,
    /// What strangers can get already.
    pub public: &'a [Arc<str>],
    pub alarm: Option<&'a str>,
}

/// `state` is `waiting`, `good`, `bad`, `unknown` or `n/a`.
#[derive(Debug, Serialize)]
pub struct Check<'a> {
    pub id: &'static str,
    pub state: &'static str,
    pub since: Option<Timestamp>,
    pub evidence: &'a str,
    pub at: Option<Timestamp>,
}

impl<'a> Ended<'a> {
    /// `seen`: the last that was seen of it, if anything.
    pub fn of(plan: &'a weir_domain::Plan, receipt: &'a Receipt, seen: Option<&'a Promotion>) -> Ended<'a> {
        let (outcome, why) = match seen.and_then(|p| p.ending.as_ref()) {
            Some(Ending::Good) => (Some("good"), None),
            Some(Ending::Failed(why)) => (Some("failed"), Some(why.as_str())),
            Some(Ending::Unknown(why)) => (Some("unknown"), Some(why.as_str())),
            None => (None, None),
        };
        Ended {
            plan: &plan.id,
            channel: plan.channel.name.as_str(),
            name: &plan.name,
            object: receipt.run.to_string(),
            uid: &receipt.uid,
            outcome,
            why,
            expected: seen.and_then(|p| p.expected.as_ref()).map(|d| d.as_str()),
            checks: seen.map(|p| p.checks.iter().map(Check::of).collect()).unwrap_or_default(),
            public: seen.map_or(&[], |p| p.public.as_slice()),
            alarm: seen.and_then(|p| p.alarm.as_deref()),
        }
    }
}

impl<'a> Check<'a> {
    fn of(check: &'a DomainCheck) -> Check<'a> {
        let since = match check.state {
            CheckState::Waiting { since } => Some(since),
            _ => None,
        };
        Check { id: check.id.key(), state: state_word(&check.state), since, evidence: &check.evidence, at: check.at }
    }
}

pub(crate) fn state_word(state: &CheckState) -> &'static str {
    match state {
        CheckState::Waiting { .. } => "waiting",
        CheckState::Good => "good",
        CheckState::Bad => "bad",
        CheckState::Unknown => "unknown",
        CheckState::NotApplicable => "n/a",
    }
}
