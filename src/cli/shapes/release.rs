//! A stream ([`Stream`]: `streams`) and a release of a stream ([`Release`]: `releases`).

use super::filled;
use jiff::Timestamp;
use serde::Serialize;

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
            decided: job.decided,
        }
    }
}
