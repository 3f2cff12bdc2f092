//! A stream ([`Stream`]: `streams`), a release of a stream ([`Release`]: `releases`) and one release whole ([`Whole`]: `release`).

use super::filled;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use weir_domain::ReleaseDetail;
use weir_domain::release::detail::{Insight, Strip};

#[derive(Debug, Serialize)]
pub struct Stream<'a> {
    pub name: &'a str,
    /// It holds promoted releases.
    pub channel: bool,
    pub newest: Option<Release<'a>>,
    pub newest_accepted: Option<Release<'a>>,
    /// When the release-controller last answered for it.
    pub as_of: Option<Timestamp>,
}

/// `phase` is one of `failed`, `rejected`, `pending`, `testing`, `accepted`, `unknown`.
#[derive(Debug, Serialize)]
pub struct Release<'a> {
    pub name: &'a str,
    pub stream: &'a str,
    pub phase: &'static str,
    pub pull_spec: Option<&'a str>,
    pub created: Option<Timestamp>,
    /// When the last blocking job ended.
    pub decided: Option<Timestamp>,
    /// Which blocking jobs failed, in words.
    pub why: Option<String>,
    /// `null` where the jobs were not asked for.
    pub jobs: Option<Vec<Job<'a>>>,
}

#[derive(Debug, Serialize)]
pub struct Job<'a> {
    pub name: &'a str,
    /// `Succeeded`, `Failed` or `Pending`.
    pub state: &'a str,
    pub blocking: bool,
    pub attempts: u32,
    pub url: Option<&'a str>,
    /// Pages of the attempts before the current one, oldest first.
    pub earlier: &'a [Arc<str>],
    pub decided: Option<Timestamp>,
}

impl<'a> Stream<'a> {
    pub fn of(stream: &'a weir_domain::Stream) -> Stream<'a> {
        let name = stream.name.as_str();
        Stream {
            name,
            channel: stream.channel(),
            newest: stream.newest().map(|r| Release::of(r, name)),
            newest_accepted: stream.newest_accepted().map(|r| Release::of(r, name)),
            as_of: stream.as_of,
        }
    }
}

impl<'a> Release<'a> {
    pub fn of(release: &'a weir_domain::Release, stream: &'a str) -> Release<'a> {
        let verdict = release.verdict.as_ref();
        Release {
            name: &release.name,
            stream,
            phase: release.phase.word(),
            pull_spec: filled(&release.pull_spec),
            created: release.created,
            decided: verdict.and_then(|v| v.decided()),
            why: verdict.and_then(|v| v.sentence()),
            jobs: verdict.map(|v| v.jobs.iter().map(Job::of).collect()),
        }
    }
}

impl<'a> Job<'a> {
    fn of(job: &'a weir_domain::release::Job) -> Job<'a> {
        Job {
            name: &job.name,
            state: &job.state,
            blocking: job.blocking,
            attempts: job.attempts,
            url: filled(&job.url),
            earlier: &job.earlier,
            decided: job.decided,
        }
    }
}

/// The fields of [`Release`], with all that belongs to one release.
#[derive(Debug, Serialize)]
pub struct Whole<'a> {
    pub name: &'a str,
    pub stream: &'a str,
    pub phase: &'static str,
    pub why: String,
    pub pull_spec: Option<&'a str>,
    pub created: Option<Timestamp>,
    pub decided: Option<Timestamp>,
    pub page: &'a str,
    /// The ReleasePayload's where it was read, else the HTTP API's.
    pub jobs: Vec<Job<'a>>,
    pub upgrades_to: Vec<Upgrade<'a>>,
    pub upgrades_from: Vec<Upgrade<'a>>,
    pub promoted_from: Option<&'a str>,
    pub promoted_as: Vec<Promoted<'a>>,
    pub by_hand: Option<Hand<'a>>,
    /// `null` where it was not read; then `unseen` says why, or there is none.
    pub release_payload: Option<Object<'a>>,
    /// Whether page and ReleasePayload say different phases.
    pub disagrees: bool,
    pub accepted_before: Option<&'a str>,
    pub changes: Option<Changes<'a>>,
    /// The newest releases of the stream × their jobs.
    pub strip: &'a Strip,
    pub unseen: Vec<&'a str>,
    pub as_of: Timestamp,
}

#[derive(Debug, Serialize)]
pub struct Upgrade<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub succeeded: u32,
    pub failed: u32,
    pub total: u32,
    pub pages: &'a [Arc<str>],
}

#[derive(Debug, Serialize)]
pub struct Promoted<'a> {
    pub channel: &'a str,
    pub name: &'a str,
}

/// `verdict` is `accepted` or `rejected`.
#[derive(Debug, Serialize)]
pub struct Hand<'a> {
    pub verdict: &'static str,
    pub reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct Object<'a> {
    pub cluster: &'a str,
    pub namespace: &'a str,
    pub phase: &'static str,
    /// `spec.payloadOverride.override` as it stands, also when it has no effect.
    pub wish: Option<&'a str>,
    /// `null`: the server does not say.
    pub may_decide: Option<bool>,
}

#[derive(Debug, Serialize)]
pub struct Changes<'a> {
    pub from: &'a str,
    pub pulls: usize,
}

impl<'a> Whole<'a> {
    pub fn of(detail: &'a ReleaseDetail) -> Whole<'a> {
        let release = &detail.release;
        let object = match &detail.insight {
            Insight::Object(object) => Some(object),
            Insight::None { .. } | Insight::Unseen { .. } => None,
        };
        let mut unseen: Vec<&str> = detail.unseen.iter().map(String::as_str).collect();
        if let Insight::Unseen { why } = &detail.insight {
            unseen.push(why);
        }
        Whole {
            name: &detail.id.name,
            stream: detail.id.stream.as_str(),
            phase: release.phase.word(),
            why: detail.why(),
            pull_spec: filled(&release.pull_spec),
            created: release.created,
            decided: release.verdict.as_ref().and_then(|v| v.decided()),
            page: &detail.page,
            jobs: detail.jobs().iter().map(Job::of).collect(),
            upgrades_to: detail.upgrades_to.iter().map(Upgrade::of).collect(),
            upgrades_from: detail.upgrades_from.iter().map(Upgrade::of).collect(),
            promoted_from: detail.promoted_from.as_deref(),
            promoted_as: detail
                .promoted_as
                .iter()
                .map(|id| Promoted { channel: id.stream.as_str(), name: &id.name })
                .collect(),
            by_hand: detail.by_hand().map(|hand| Hand { verdict: hand.verdict.word(), reason: filled(&hand.reason) }),
            release_payload: object.map(|object| Object {
                cluster: object.cluster.as_str(),
                namespace: &object.namespace,
                phase: object.phase.word(),
                wish: object.wish.as_ref().map(|(word, _)| word.as_str()),
                may_decide: object.may_decide,
            }),
            disagrees: detail.disagreement().is_some(),
            accepted_before: detail.accepted_before.as_deref(),
            changes: detail.changes.as_ref().map(|(from, log)| Changes { from, pulls: log.pulls() }),
            strip: &detail.strip,
            unseen,
            as_of: detail.as_of,
        }
    }
}

impl<'a> Upgrade<'a> {
    fn of(upgrade: &'a weir_domain::release::detail::Upgrade) -> Upgrade<'a> {
        Upgrade {
            from: &upgrade.from,
            to: &upgrade.to,
            succeeded: upgrade.succeeded,
            failed: upgrade.failed,
            total: upgrade.total,
            pages: &upgrade.pages,
        }
    }
}
