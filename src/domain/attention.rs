//! "What needs me": a short list in words, worst first, from facts that a source gives; never a guess.

pub mod promotions;

use crate::age::{age_text, parse_go_duration};
use crate::endpoint::{Endpoint, EndpointKind, EndpointState};
use crate::failure::FailureKind;
use crate::names::{RunId, StreamName};
use crate::release::{Phase, Stream};
use crate::run::Run;
use crate::status::Status;
use crate::task::TaskRun;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// After how many seconds something needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub pending: i64,
    pub accepted: i64,
    pub built: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { pending: 600, accepted: 48 * 3600, built: 72 * 3600 }
    }
}

impl Thresholds {
    /// From durations as the config has them, e.g. `48h`.
    pub fn parse(pending: &str, accepted: &str, built: &str) -> Result<Thresholds, String> {
        let read =
            |text: &str| parse_go_duration(text).ok_or_else(|| format!("`{text}` is not a duration such as 48h"));
        Ok(Thresholds { pending: read(pending)?, accepted: read(accepted)?, built: read(built)? })
    }
}

/// What the item is about, so that Enter opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Endpoint(String),
    Stream(StreamName),
    Run(RunId),
}

/// How urgent, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    Endpoint,
    Release,
    Run,
    Pending,
    Stale,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub urgency: Urgency,
    pub subject: Subject,
    /// What it is about, in a word or two.
    pub title: String,
    pub words: String,
    pub status: Status,
}

/// Whether a run belongs to a stream: `release-stream` or `target-release-stream` is its name, or `version` its X.Y,
/// or `also` (from the config: stream name → parameter values) says so.
pub fn belongs(run: &Run, stream: &str, minor: Option<&str>, also: &[String]) -> bool {
    ["release-stream", "target-release-stream"].iter().any(|name| run.param(name) == Some(stream))
        || minor.is_some() && run.param("version") == minor
        || run.params.iter().any(|(_, value)| also.iter().any(|a| **a == **value))
}

/// The newest run of a stream by creation.
pub fn newest_run<'a>(runs: impl Iterator<Item = &'a Run>, stream: &Stream, also: &[String]) -> Option<&'a Run> {
    let minor = stream.minor();
    runs.filter(|run| belongs(run, stream.name.as_str(), minor.as_deref(), also))
        .max_by_key(|run| run.created.or(run.started))
}

/// The list, worst first; within one urgency the newest first.
pub fn items<'a>(
    endpoints: &[Endpoint],
    streams: impl Iterator<Item = &'a Stream>,
    runs: impl Iterator<Item = &'a Run>,
    thresholds: &Thresholds,
    now: Timestamp,
) -> Vec<Item> {
    let mut found: Vec<(Urgency, i64, Item)> = Vec::new();
    // A registry is told where it is needed: nobody asks it again by itself.
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.kind != EndpointKind::Registry) {
        if let EndpointState::Lost { since, failure, .. } = &endpoint.state {
            let word = match failure.kind {
                FailureKind::Expired => "log-in expired",
                FailureKind::Denied => "denied",
                _ => "not reachable",
            };
            // What to do stands before what a server said, as lines are cut at their end.
            let long = now.as_second() - since.as_second() >= 60;
            let age = age_text(*since, now);
            let words = match (failure.kind, failure.hint.as_str()) {
                (FailureKind::Expired, hint) if !hint.is_empty() => {
                    let ago = if long { format!(" {age} ago") } else { String::new() };
                    format!("log-in expired{ago}; {hint} ({})", failure.why)
                }
                (FailureKind::Throttled, _) => failure.why.clone(),
                (_, hint) => {
                    let lasting = if long { format!(" for {age}") } else { String::new() };
                    let hint = if hint.is_empty() { String::new() } else { format!("; {hint}") };
                    format!("{word}{lasting}: {}{hint}", failure.why)
                }
            };
            let item = Item {
                urgency: Urgency::Endpoint,
                subject: Subject::Endpoint(endpoint.name.clone()),
                title: endpoint.name.clone(),
                words,
                status: Status::Failed,
            };
            found.push((Urgency::Endpoint, since.as_second(), item));
        } else if let (EndpointKind::Releases, [first, rest @ ..]) = (&endpoint.kind, endpoint.unseen.as_slice()) {
            // A cluster's list is short by the rights one has; a stream is missing because it cannot be read.
            let more = if rest.is_empty() { String::new() } else { format!("; and {} more", rest.len()) };
            let item = Item {
                urgency: Urgency::Endpoint,
                subject: Subject::Endpoint(endpoint.name.clone()),
                title: endpoint.name.clone(),
                words: format!("{first}{more}"),
                status: Status::Failed,
            };
            found.push((Urgency::Endpoint, endpoint.as_of.map_or(0, |at| at.as_second()), item));
        }
    }
    for stream in streams {
        found.extend(of_stream(stream, thresholds, now).into_iter().map(|(at, item)| (item.urgency, at, item)));
    }
    found.extend(of_runs(runs, thresholds, now).into_iter().map(|(at, item)| (item.urgency, at, item)));
    found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then_with(|| a.2.title.cmp(&b.2.title)));
    found.into_iter().map(|(_, _, item)| item).collect()
}

/// A run that goes, but whose task waits for its pod for longer than the threshold: Tekton calls such a run `Running`.
/// `tasks` are the run's TaskRuns as far as they are known.
pub fn stuck(run: &Run, tasks: &[TaskRun], thresholds: &Thresholds, now: Timestamp) -> Option<Item> {
    if run.status != Status::Running {
        return None;
    }
    let waits = tasks.iter().filter(|task| task.status() == Status::Pending);
    let (since, task) =
        waits.filter_map(|task| Some((task.last().started.or(task.created)?, task))).min_by_key(|w| w.0)?;
    if now.as_second() - since.as_second() <= thresholds.pending {
        return None;
    }
    let attempt = task.last();
    let why = if attempt.message.is_empty() { &attempt.reason } else { &attempt.message };
    Some(Item {
        urgency: Urgency::Pending,
        subject: Subject::Run(run.id.clone()),
        title: run.id.name.to_string(),
        words: format!("{} pending {}: {why}", task.task, age_text(since, now)),
        status: Status::Pending,
    })
}

fn of_stream(stream: &Stream, thresholds: &Thresholds, now: Timestamp) -> Vec<(i64, Item)> {
    let item = |urgency, words: String, status| Item {
        urgency,
        subject: Subject::Stream(stream.name.clone()),
        title: stream.name.to_string(),
        words,
        status,
    };
    let mut items = Vec::new();
    let Some(newest) = stream.newest() else {
        return items;
    };
    let ago = |at: Option<Timestamp>| at.map(|at| format!(" {} ago", age_text(at, now))).unwrap_or_default();
    if matches!(newest.phase, Phase::Rejected | Phase::Failed) {
        let verdict = newest.verdict.as_ref();
        let why = verdict.and_then(|v| v.sentence()).map(|s| format!(": {s}")).unwrap_or_default();
        let decided = verdict.and_then(|v| v.decided());
        let at = decided.or(newest.created).map_or(0, Timestamp::as_second);
        items.push((
            at,
            item(Urgency::Release, format!("{}{}{why}", newest.phase.word(), ago(decided)), Status::Failed),
        ));
    }
    if stream.channel() {
        return items;
    }
    let accepted = stream.newest_accepted();
    let accepted_at = accepted.and_then(|r| r.created);
    match (accepted, accepted_at) {
        (Some(_), Some(at)) if now.as_second() - at.as_second() > thresholds.accepted => {
            items.push((
                at.as_second(),
                item(
                    Urgency::Stale,
                    format!(
                        "nothing accepted that was built in the last {}: the newest is {} old",
                        hours(thresholds.accepted),
                        age_text(at, now)
                    ),
                    Status::Unknown,
                ),
            ));
        }
        (None, _) => items.push((
            0,
            item(
                Urgency::Stale,
                format!("nothing accepted among its {} releases", stream.releases.len()),
                Status::Unknown,
            ),
        )),
        _ => {}
    }
    if let Some(built) = newest.created
        && now.as_second() - built.as_second() > thresholds.built
    {
        items.push((
            built.as_second(),
            item(Urgency::Stale, format!("nothing built for {}", age_text(built, now)), Status::Unknown),
        ));
    }
    items
}

fn hours(seconds: i64) -> String {
    format!("{} h", seconds / 3600)
}

fn of_runs<'a>(runs: impl Iterator<Item = &'a Run>, thresholds: &Thresholds, now: Timestamp) -> Vec<(i64, Item)> {
    let mut newest: BTreeMap<(String, String, String), &Run> = BTreeMap::new();
    let mut items = Vec::new();
    for run in runs {
        let item = |urgency, words, status| Item {
            urgency,
            subject: Subject::Run(run.id.clone()),
            title: run.id.name.to_string(),
            words,
            status,
        };
        if run.status == Status::Pending
            && let Some(since) = run.created.or(run.started)
            && now.as_second() - since.as_second() > thresholds.pending
        {
            let why = if run.message.is_empty() { String::new() } else { format!(": {}", run.message) };
            items.push((
                since.as_second(),
                item(Urgency::Pending, format!("pending {}{why}", age_text(since, now)), Status::Pending),
            ));
        }
        let key =
            (run.id.cluster.to_string() + "/" + run.id.namespace.as_str(), run.pipeline_name().to_string(), run.what());
        let later = newest.get(&key).is_none_or(|other| run.created.or(run.started) > other.created.or(other.started));
        if later {
            newest.insert(key, run);
        }
    }
    for run in newest.into_values().filter(|run| run.status.bad()) {
        let at = run.finished.or(run.started).or(run.created);
        let ago = at.map(|at| format!(" {} ago", age_text(at, now))).unwrap_or_default();
        let item = Item {
            urgency: Urgency::Run,
            subject: Subject::Run(run.id.clone()),
            title: run.id.name.to_string(),
            words: format!("{}{ago} · {} {}", run.status.word(), run.pipeline_name(), run.what())
                .trim_end()
                .to_string(),
            status: run.status,
        };
        items.push((at.map_or(0, Timestamp::as_second), item));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Depth, Starter};
    use crate::task::Attempt;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).expect("a time")
    }

    fn run(name: &str, status: Status, created: i64) -> Run {
        Run {
            id: RunId::new("moc", "okd-coreos", name),
            uid: "u".into(),
            depth: Depth::Whole,
            status,
            reason: "".into(),
            message: "".into(),
            pipeline: Some("okd-coreos".into()),
            params: vec![("version".into(), "4.22".into())],
            created: Some(at(created)),
            started: Some(at(created)),
            finished: status.finished().then(|| at(created + 10)),
            progress: None,
            starter: Starter::NotRecorded,
            asked: None,
            labels: Vec::new(),
        }
    }

    #[test]
    fn only_the_newest_run_of_a_pipeline_and_stream_counts() {
        let newest_is_bad = [run("a", Status::Ok, 0), run("b", Status::Failed, 60)];
        let words = |runs: &[Run]| items(&[], [].iter(), runs.iter(), &Thresholds::default(), at(120)).len();
        assert_eq!(words(&newest_is_bad), 1);
        assert_eq!(words(&[run("a", Status::Failed, 0), run("b", Status::Ok, 60)]), 0);
    }

    #[test]
    fn a_running_run_whose_task_waits_too_long_is_stuck() {
        let attempt = Attempt {
            pod: "p".into(),
            status: Status::Pending,
            reason: "ExceededNodeResources".into(),
            message: "Insufficient devices.kubevirt.io/kvm".into(),
            started: Some(at(0)),
            finished: None,
            steps: Vec::new(),
        };
        let task = TaskRun {
            name: "t".into(),
            uid: "u".into(),
            task: "cosa-init".into(),
            finally: false,
            attempts: vec![attempt],
            results: Vec::new(),
            created: Some(at(0)),
        };
        let run = run("a", Status::Running, 0);
        let stuck = |minutes| stuck(&run, std::slice::from_ref(&task), &Thresholds::default(), at(minutes));
        assert_eq!(stuck(10), None);
        assert_eq!(stuck(41).expect("stuck").words, "cosa-init pending 41m: Insufficient devices.kubevirt.io/kvm");
    }
}
