//! What a world of releases is made of: streams, their tags, and the jobs that decide them.
//!
//! What happens by itself while a story is served is already written in it as moments (`appears`, `later`), so
//! reading it twice at one time gives one answer; only what somebody does changes it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::config::ReleaseConfig;
use super::version::Version;

/// Where Prow shows a finished or running job; job name and build follow.
const PROW: &str = "https://prow.ci.openshift.org/view/gs/test-platform-results/logs";

/// All streams, the upgrade attempts no job of a tag tells of, and how the server misbehaves.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub streams: Vec<Stream>,
    pub past_upgrades: Vec<Upgrade>,
    pub faults: Faults,
    /// Tags no stream watches, with the ImageStream they are in.
    pub strays: Vec<(String, Tag)>,
    /// What the ReleasePayload of a tag says instead of what the HTTP API says.
    pub disagreeing: BTreeMap<String, Phase>,
}

/// Ways in which the way to a server goes wrong while the server itself is sound.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Every second request to the API is told to come back later.
    pub throttled: bool,
    /// The stream whose tags come as a web page with status 200.
    pub html_tags_of: Option<String>,
    /// The stream whose tags end in the middle of the JSON.
    pub cut_tags_of: Option<String>,
    /// Every full detail of a release is told to come back in a minute.
    pub throttled_detail: bool,
    /// How long a full detail takes.
    pub slow_detail: Duration,
}

#[derive(Clone, Debug)]
pub struct Stream {
    pub config: ReleaseConfig,
    /// The repository its release images are in, `registry/namespace/imagestream`.
    pub repository: String,
    /// In any order; answers sort.
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug)]
pub struct Tag {
    pub name: String,
    pub created: Timestamp,
    /// Not there before this moment; `None` means always there.
    pub appears: Option<Timestamp>,
    /// The pull spec, where it is not the stream's repository and the tag's name.
    pub image: Option<String>,
    /// The digest its ImageStream imported, once: a push to the image's tag later changes nothing here.
    pub imported: Option<String>,
    /// The phase in the old annotation, which only "latest" still reads, and only without a payload.
    pub annotated: Option<Phase>,
    /// Teams, lower case, that marked the release accepted.
    pub approvals: Vec<String>,
    /// `None` is a tag without a ReleasePayload: phase Unknown.
    pub payload: Option<Payload>,
    /// What the payload becomes, by time, oldest first.
    pub later: Vec<(Timestamp, Payload)>,
    /// What somebody wrote into `spec.payloadOverride`.
    pub by_hand: Option<ByHand>,
    /// What its maker wrote on it.
    pub annotations: Vec<(String, String)>,
}

/// A decision as it is stored; only the two words of a decision do anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    pub word: String,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct Payload {
    pub phase: Phase,
    pub jobs: Vec<Job>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Pending,
    Ready,
    Accepted,
    Rejected,
    Failed,
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub name: String,
    pub kind: JobKind,
    pub prow_job: String,
    /// Build numbers, oldest attempt first; empty before the first run.
    pub builds: Vec<u64>,
    pub state: JobState,
    pub finished: Option<Timestamp>,
    /// The release an upgrade job starts from.
    pub upgrade_from: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    Blocking,
    Informing,
    Async,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum JobState {
    Succeeded,
    Failed,
    Pending,
}

/// Attempts to upgrade from one release to another; URLs of the runs with their outcome.
#[derive(Clone, Debug)]
pub struct Upgrade {
    pub from: String,
    pub to: String,
    pub attempts: Vec<(String, JobState)>,
}

impl Story {
    pub fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.config.name == name)
    }

    /// The tag of that name and the stream it belongs to.
    pub fn tag(&self, name: &str, now: Timestamp) -> Option<(&Stream, &Tag)> {
        self.streams.iter().find_map(|stream| {
            let tag = stream.tags.iter().find(|tag| tag.name == name && tag.is_there(now))?;
            Some((stream, tag))
        })
    }

    /// Pull specs of the tags of all channels in an ImageStream, or in all of them.
    pub fn channel_images(&self, image_stream: Option<&str>) -> Vec<String> {
        let channels = self.streams.iter().filter(|stream| stream.is_stable());
        let channels = channels.filter(|stream| image_stream.is_none_or(|name| stream.image_stream() == name));
        channels.flat_map(|stream| &stream.tags).filter_map(|tag| tag.image.clone()).collect()
    }

    /// Every pair of releases with at least one attempt, each pair once, by name.
    pub fn upgrades(&self, now: Timestamp) -> Vec<Upgrade> {
        let mut known: BTreeMap<(&str, &str), Vec<(String, JobState)>> = BTreeMap::new();
        for past in &self.past_upgrades {
            known.entry((&past.from, &past.to)).or_default().extend(past.attempts.iter().cloned());
        }
        for tag in self.streams.iter().flat_map(|stream| stream.tags_at(now)) {
            for job in tag.payload_at(now).into_iter().flat_map(|payload| &payload.jobs) {
                if let Some(from) = job.upgrade_from.as_ref().filter(|_| !job.builds.is_empty()) {
                    known.entry((from, &tag.name)).or_default().extend(job.attempts());
                }
            }
        }
        let upgrade =
            |((from, to), attempts): ((&str, &str), _)| Upgrade { from: from.into(), to: to.into(), attempts };
        known.into_iter().map(upgrade).collect()
    }
}

impl Stream {
    pub fn is_stable(&self) -> bool {
        self.config.mode == "Stable"
    }

    /// The name of the ImageStream in `origin` that holds the tags.
    pub fn image_stream(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    pub fn tags_at(&self, now: Timestamp) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.is_there(now))
    }

    /// Highest semantic version first.
    pub fn by_version(&self, now: Timestamp) -> Vec<&Tag> {
        let mut tags: Vec<&Tag> = self.tags_at(now).collect();
        tags.sort_by_cached_key(|tag| std::cmp::Reverse(Version::parse(&tag.name).ok()));
        tags
    }

    /// As the lists of all streams order them: stable ones by version, the others newest first.
    pub fn listed(&self, now: Timestamp) -> Vec<&Tag> {
        if self.is_stable() {
            return self.by_version(now);
        }
        let mut tags: Vec<&Tag> = self.tags_at(now).collect();
        tags.sort_by_key(|tag| std::cmp::Reverse(tag.created));
        tags
    }

    /// Empty while there is no image yet, and for ever when making it failed.
    pub fn pull_spec(&self, tag: &Tag, now: Timestamp) -> String {
        match (tag.phase_at(now), &tag.image) {
            (Phase::Pending | Phase::Failed, _) => String::new(),
            (_, Some(image)) => image.clone(),
            (_, None) => format!("{}:{}", self.repository, tag.name),
        }
    }
}

impl Tag {
    pub fn is_there(&self, now: Timestamp) -> bool {
        self.appears.is_none_or(|moment| moment <= now)
    }

    pub fn payload_at(&self, now: Timestamp) -> Option<&Payload> {
        let changed = self.later.iter().rev().find(|(moment, _)| *moment <= now);
        changed.map(|(_, payload)| payload).or(self.payload.as_ref())
    }

    /// What people see: the jobs' verdict, unless somebody overrode it. Nobody overrides a payload that is not there.
    pub fn phase_at(&self, now: Timestamp) -> Phase {
        match (self.judged_at(now), self.overridden()) {
            (phase @ (Phase::Pending | Phase::Failed | Phase::Unknown), _) => phase,
            (_, Some(decided)) => decided,
            (judged, None) => judged,
        }
    }

    /// What the jobs alone say.
    pub fn judged_at(&self, now: Timestamp) -> Phase {
        self.payload_at(now).map_or(Phase::Unknown, |payload| payload.phase)
    }

    /// The decision a person's override stands for.
    pub fn overridden(&self) -> Option<Phase> {
        match self.by_hand.as_ref()?.word.as_str() {
            "Accepted" => Some(Phase::Accepted),
            "Rejected" => Some(Phase::Rejected),
            _ => None,
        }
    }

    /// The next moment after `now` at which this tag changes by itself.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = self.later.iter().map(|(moment, _)| *moment).chain(self.appears);
        moments.filter(|moment| *moment > now).min()
    }

    /// Whether "latest" may answer with it.
    pub fn counts_as_accepted(&self, now: Timestamp) -> bool {
        match self.payload_at(now) {
            Some(_) => self.phase_at(now) == Phase::Accepted,
            None => self.annotated == Some(Phase::Accepted),
        }
    }
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Ready => "Ready",
            Phase::Accepted => "Accepted",
            Phase::Rejected => "Rejected",
            Phase::Failed => "Failed",
            Phase::Unknown => "Unknown",
        }
    }
}

impl Job {
    pub fn url_of(&self, build: u64) -> String {
        format!("{PROW}/{}/{build}", self.prow_job)
    }

    /// Every run with its outcome: all but the last one failed, or there were no later one.
    pub fn attempts(&self) -> impl Iterator<Item = (String, JobState)> + '_ {
        let last = self.builds.len();
        self.builds.iter().enumerate().map(move |(at, build)| {
            let state = if at + 1 == last { self.state } else { JobState::Failed };
            (self.url_of(*build), state)
        })
    }
}
