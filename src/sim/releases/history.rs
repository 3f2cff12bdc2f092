//! Makes believable histories: tags at regular ages and the jobs that decided each of them.
//!
//! Everything that looks random is drawn from names, and every age counts from the full hour, so
//! two processes within one hour tell the same history.

use jiff::{SignedDuration, Timestamp};

use super::config::{ReleaseConfig, VerifyJob};
use super::story::{ByHand, Job, JobKind, JobState, Payload, Phase, Stream, Tag};

const HOUR: i64 = 3600;
/// Twitter's epoch, from which Prow's build numbers count milliseconds.
pub const BUILD_EPOCH: i64 = 1_288_834_974_657;

/// How a release of the past went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pending,
    Failed,
    /// Built; its last blocking job is on its second attempt.
    Ready,
    Accepted,
    /// The last blocking job failed three times.
    Rejected,
    /// The first blocking job failed three times.
    RejectedEarly,
    /// As `Rejected`, and then accepted by a person.
    ByHand,
    /// Older than ReleasePayloads: only the annotation tells.
    Annotated,
}

/// A letter for each release: `P F Y A R r M U`, in the order of [`Fate`].
pub fn fates(letters: &str) -> impl Iterator<Item = Fate> + '_ {
    letters.chars().filter_map(|letter| {
        Some(match letter {
            'P' => Fate::Pending,
            'F' => Fate::Failed,
            'Y' => Fate::Ready,
            'A' => Fate::Accepted,
            'R' => Fate::Rejected,
            'r' => Fate::RejectedEarly,
            'M' => Fate::ByHand,
            'U' => Fate::Annotated,
            _ => return None,
        })
    })
}

pub fn full_hour(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_secs(now.as_second().rem_euclid(HOUR))
        - SignedDuration::from_nanos(now.subsec_nanosecond().into())
}

pub fn seconds(amount: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(amount).unwrap_or(i64::MAX))
}

/// The same number for the same text in every process.
pub fn draw(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// An Integration tag carries the time it was made, in UTC.
pub fn timed_name(stream: &str, created: Timestamp) -> String {
    format!("{stream}-{}", created.strftime("%Y-%m-%d-%H%M%S"))
}

/// Integration tags, newest first: the first one `age` hours before `hour`, then one each `gap` hours.
pub fn nightlies(
    config: ReleaseConfig,
    repository: &str,
    minor_from: Option<&str>,
    hour: Timestamp,
    age: u64,
    gap: u64,
    letters: &str,
) -> Stream {
    let made = fates(letters).enumerate().map(|(at, fate)| {
        let wobble = draw(&format!("{} {at}", config.name)) % 2400;
        let created = hour - seconds((age + at as u64 * gap) * HOUR as u64 + wobble);
        (timed_name(&config.name, created), created, fate)
    });
    let made: Vec<_> = made.collect();
    stream(config, repository, minor_from, made)
}

/// A stream from its tags, newest first, with the jobs its configuration asks for.
pub fn stream(
    config: ReleaseConfig,
    repository: &str,
    minor_from: Option<&str>,
    newest_first: Vec<(String, Timestamp, Fate)>,
) -> Stream {
    let mut previous: Option<String> = None;
    let mut tags = Vec::new();
    for (name, created, fate) in newest_first.into_iter().rev() {
        let jobs = jobs(&config, &name, created, fate, previous.as_deref(), minor_from);
        let phase = match fate {
            Fate::Pending => Phase::Pending,
            Fate::Failed => Phase::Failed,
            Fate::Ready => Phase::Ready,
            Fate::Accepted | Fate::Annotated => Phase::Accepted,
            Fate::Rejected | Fate::RejectedEarly | Fate::ByHand => Phase::Rejected,
        };
        let by_hand = (fate == Fate::ByHand).then(|| by_hand(&name));
        if phase == Phase::Accepted || by_hand.is_some() {
            previous = Some(name.clone());
        }
        let told = fate != Fate::Annotated;
        tags.push(Tag {
            name,
            created,
            appears: None,
            image: None,
            imported: None,
            annotated: Some(phase),
            approvals: Vec::new(),
            payload: told.then_some(Payload { phase, jobs }),
            later: Vec::new(),
            by_hand,
            annotations: Vec::new(),
        });
    }
    tags.reverse();
    Stream { config, repository: repository.into(), tags }
}

/// Why somebody accepted what the jobs had rejected.
fn by_hand(name: &str) -> ByHand {
    const REASONS: [&str; 3] = [
        "Manually accepted per TRT",
        "aws-upgrade fails in teardown only, see OCPBUGS-62010",
        "known flake of the upgrade job, three runs looked at by hand",
    ];
    let reason = REASONS[usize::try_from(draw(name) % 3).unwrap_or(0)];
    ByHand { word: "Accepted".into(), reason: reason.into() }
}

/// The jobs of one release; `previous` and `minor_from` are where its upgrades start.
pub fn jobs(
    config: &ReleaseConfig,
    tag: &str,
    created: Timestamp,
    fate: Fate,
    previous: Option<&str>,
    minor_from: Option<&str>,
) -> Vec<Job> {
    let verify = config.verify.iter().flatten().filter(|(_, job)| !job.disabled);
    let blocking: Vec<&String> = verify.clone().filter(|(_, job)| job.is_blocking()).map(|(name, _)| name).collect();
    let of = |(name, asked): (&String, &VerifyJob)| {
        let chance = draw(&format!("{tag} {name}"));
        let first = blocking.first() == Some(&name);
        let last = blocking.last() == Some(&name);
        let (attempts, state) = match fate {
            Fate::Pending | Fate::Failed | Fate::Annotated => (0, JobState::Pending),
            Fate::Ready if last => (2, JobState::Pending),
            Fate::Ready if asked.detached => (0, JobState::Pending),
            Fate::Rejected | Fate::ByHand if last => (3, JobState::Failed),
            Fate::RejectedEarly if first => (3, JobState::Failed),
            _ if asked.optional && chance.is_multiple_of(5) => (1 + asked.max_retries, JobState::Failed),
            _ if asked.max_retries > 0 && chance % 4 == 1 => (2, JobState::Succeeded),
            _ => (1, JobState::Succeeded),
        };
        let minutes = |from: u64, spread: u64, salt: u64| from * 60 + (chance >> salt) % (spread * 60);
        let start = created + seconds(minutes(20, 20, 8));
        let length = minutes(75, 30, 20);
        let started = |attempt: u32| start + seconds(u64::from(attempt) * (length + 180));
        let comes_from_minor = asked.upgrade_from == "PreviousMinor" || asked.upgrade_from_release.is_some();
        Job {
            name: name.clone(),
            kind: match asked {
                job if job.detached => JobKind::Async,
                job if job.optional => JobKind::Informing,
                _ => JobKind::Blocking,
            },
            prow_job: asked.prow_job.name.clone(),
            builds: (0..attempts).map(|attempt| build_number(started(attempt), chance)).collect(),
            state,
            finished: (state != JobState::Pending && attempts > 0).then(|| started(attempts - 1) + seconds(length)),
            upgrade_from: asked
                .upgrade
                .then_some(if comes_from_minor { minor_from } else { previous })
                .flatten()
                .map(str::to_owned),
        }
    };
    verify.map(of).collect()
}

/// What a Ready payload becomes when every job that still runs succeeds at `moment`.
pub fn accepted(ready: &Payload, moment: Timestamp) -> Payload {
    let mut payload = ready.clone();
    payload.phase = Phase::Accepted;
    for job in payload.jobs.iter_mut().filter(|job| job.kind != JobKind::Async && job.state == JobState::Pending) {
        job.state = JobState::Succeeded;
        job.finished = Some(moment);
    }
    payload
}

/// Milliseconds since the build epoch, then 22 bits for the machine and a counter.
fn build_number(started: Timestamp, chance: u64) -> u64 {
    let milliseconds = (started.as_millisecond() - BUILD_EPOCH).unsigned_abs();
    (milliseconds << 22) | (chance & 0x3f_f000)
}
