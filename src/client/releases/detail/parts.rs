//! The parts of a release's detail, put together as they arrive. Nothing is shown before the phase is known.

use super::super::object::Sight;
use super::super::wire::Info;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::payload::Changelog;
use weir_domain::release::detail::{Insight, Strip};
use weir_domain::release::{built, web_page};
use weir_domain::{Failure, FailureKind, Loaded, Release, ReleaseDetail, ReleaseId};

pub enum Part {
    Short(Box<Info>),
    /// The release in its stream's list, and the accepted one before it.
    Tag(Option<Release>, Option<Arc<str>>),
    /// The strip, and how many of its releases could not be read.
    Strip(Strip, usize),
    Changes((Arc<str>, Changelog)),
    /// What it was promoted from, and when it was made.
    Origin(Option<Arc<str>>, Option<Timestamp>),
    PromotedAs(Vec<ReleaseId>, Vec<String>),
    Sight(Sight),
    /// Why a part cannot be seen, or that it can.
    Unseen(&'static str, Option<String>),
    Lost(Failure, Timestamp),
}

pub struct Picture {
    detail: ReleaseDetail,
    /// Whether the short detail was ever read.
    begun: bool,
    lost: Option<(Failure, Timestamp)>,
    unseen: BTreeMap<&'static str, Vec<String>>,
}

impl Picture {
    pub fn new(id: &ReleaseId, server: &str) -> Picture {
        let release = Release {
            name: id.name.clone(),
            phase: weir_domain::Phase::Unknown,
            pull_spec: Arc::from(""),
            created: built(&id.name),
            verdict: None,
        };
        let detail = ReleaseDetail {
            id: id.clone(),
            release,
            insight: Insight::Unseen { why: "it is being read".into() },
            upgrades_to: Vec::new(),
            upgrades_from: Vec::new(),
            promoted_from: None,
            promoted_as: Vec::new(),
            changes: None,
            accepted_before: None,
            strip: Strip::default(),
            page: web_page(server, id.stream.as_str(), &id.name),
            unseen: Vec::new(),
            as_of: Timestamp::UNIX_EPOCH,
        };
        Picture { detail, begun: false, lost: None, unseen: BTreeMap::new() }
    }

    pub fn take(&mut self, part: Part) {
        let detail = &mut self.detail;
        match part {
            Part::Short(info) => {
                detail.release.phase = info.phase();
                detail.upgrades_to = info.upgrades_to();
                detail.upgrades_from = info.upgrades_from();
                detail.release.verdict = Some(info.verdict());
                detail.as_of = Timestamp::now();
                (self.begun, self.lost) = (true, None);
            }
            Part::Tag(release, before) => {
                if let Some(release) = release {
                    detail.release.pull_spec = release.pull_spec;
                }
                detail.accepted_before = before;
                self.unseen.remove("tags");
            }
            Part::Strip(strip, unread) => {
                detail.strip = strip;
                let sentence = match unread {
                    0 => None,
                    1 => Some("one release of the strip could not be read".to_string()),
                    _ => Some(format!("{unread} releases of the strip could not be read")),
                };
                self.see("strip", sentence.into_iter().collect());
            }
            Part::Changes(changes) => detail.changes = Some(changes),
            Part::Origin(from, created) => {
                detail.promoted_from = from;
                detail.release.created = detail.release.created.or(created);
            }
            Part::PromotedAs(found, unseen) => {
                detail.promoted_as = found;
                self.see("channels", unseen);
            }
            Part::Sight(Sight::Seen(insight)) => {
                detail.insight = insight;
                self.unseen.remove("object");
            }
            Part::Sight(Sight::Stale(failure)) => {
                let sentence = format!("its ReleasePayload may be out of date: {}", failure.sentence());
                self.see("object", vec![sentence]);
            }
            Part::Unseen(what, why) => self.see(what, why.into_iter().collect()),
            Part::Lost(failure, retry) => self.lost = Some((failure, retry)),
        }
    }

    fn see(&mut self, what: &'static str, sentences: Vec<String>) {
        self.unseen.insert(what, sentences);
    }

    /// What there is to say now. While the release-controller is lost, what the cluster says still goes on.
    pub fn news(&self) -> Vec<Loaded<Box<ReleaseDetail>>> {
        let mut detail = self.detail.clone();
        detail.unseen = self.unseen.values().flatten().cloned().collect();
        let known = self.begun.then(|| Loaded::Known(Box::new(detail)));
        let lost = self.lost.clone().map(|(failure, retry)| match failure.kind {
            FailureKind::Missing => Loaded::Missing(failure),
            _ => Loaded::Lost { failure, retry: Some(retry) },
        });
        match (known, lost) {
            (_, Some(Loaded::Missing(failure))) => vec![Loaded::Missing(failure)],
            (known, lost) => known.into_iter().chain(lost).collect(),
        }
    }
}
