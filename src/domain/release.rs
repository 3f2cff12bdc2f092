//! The release-controller's streams and releases (tags), as its HTTP API tells them.

pub mod decision;
pub mod detail;

use crate::names::StreamName;
use crate::status::Status;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a release stands in its own stream. `Unknown` is the server's own word: a tag without a ReleasePayload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    Failed,
    Rejected,
    Pending,
    Ready,
    Accepted,
    Unknown,
}

impl Phase {
    /// A word weir does not know counts as `Unknown`.
    pub fn parse(text: &str) -> Phase {
        match text {
            "Failed" => Phase::Failed,
            "Rejected" => Phase::Rejected,
            "Pending" => Phase::Pending,
            "Ready" => Phase::Ready,
            "Accepted" => Phase::Accepted,
            _ => Phase::Unknown,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Phase::Failed => "failed",
            Phase::Rejected => "rejected",
            Phase::Pending => "pending",
            Phase::Ready => "testing",
            Phase::Accepted => "accepted",
            Phase::Unknown => "unknown",
        }
    }

    /// Whether jobs of such a release may have begun: they wait for its image, and without one they never run.
    pub fn runs_jobs(self) -> bool {
        !matches!(self, Phase::Pending | Phase::Failed)
    }

    /// Why there is no image where none is told.
    pub fn without_image(self) -> &'static str {
        match self {
            Phase::Failed => "it has no image: it could not be made",
            Phase::Pending => "no image yet: it is being made",
            _ => "its image is not told",
        }
    }
}

/// One tag of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub name: Arc<str>,
    pub phase: Phase,
    /// Empty for Pending and Failed ones.
    pub pull_spec: Arc<str>,
    /// From the name, else from the release's own `created`; `None` when neither says.
    pub created: Option<Timestamp>,
    /// What the jobs say, where it was asked for (the newest of a stream).
    pub verdict: Option<Verdict>,
}

/// One blocking or informing job of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub name: Arc<str>,
    /// `Succeeded`, `Failed` or `Pending`.
    pub state: Arc<str>,
    pub blocking: bool,
    /// Attempts so far, the current one included.
    pub attempts: u32,
    pub url: Arc<str>,
    /// Pages of the attempts before the current one, oldest first.
    pub earlier: Vec<Arc<str>>,
    /// Only when done.
    pub decided: Option<Timestamp>,
}

impl Job {
    /// The word of all screens for its state in a release of this phase: one that has not begun has no page yet.
    /// `None`: it never ran and never will.
    pub fn status(&self, phase: Phase) -> Option<Status> {
        match &*self.state {
            "Succeeded" => Some(Status::Ok),
            "Failed" => Some(Status::Failed),
            "Pending" if !self.url.is_empty() => Some(Status::Running),
            "Pending" if phase == Phase::Failed => None,
            "Pending" => Some(Status::Pending),
            _ => Some(Status::Unknown),
        }
    }
}

/// What is said of a job that has no [`Job::status`].
pub const NEVER_RAN: &str = "never ran";

/// Jobs sorted: failed blocking ones first, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub jobs: Vec<Job>,
}

impl Verdict {
    pub fn failed_blocking(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|j| j.blocking && &*j.state == "Failed")
    }

    /// When it was decided: the last blocking job's transition time, once all blocking jobs are done.
    pub fn decided(&self) -> Option<Timestamp> {
        let mut blocking = self.jobs.iter().filter(|j| j.blocking).peekable();
        blocking.peek()?;
        blocking.try_fold(Timestamp::MIN, |latest, job| job.decided.map(|at| latest.max(at)))
    }

    /// "aws-upgrade failed 3 of 3"; `None` when no blocking job failed.
    pub fn sentence(&self) -> Option<String> {
        let failed: Vec<String> = self
            .failed_blocking()
            .map(|j| {
                if j.attempts > 1 {
                    format!("{} failed {} times", j.name, j.attempts)
                } else {
                    format!("{} failed", j.name)
                }
            })
            .collect();
        if failed.is_empty() { None } else { Some(failed.join(", ")) }
    }
}

/// One stream with its releases, newest first as far as weir knows (see [`newest_first`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub name: StreamName,
    pub releases: Vec<Release>,
    /// When the release-controller last answered for it.
    pub as_of: Option<Timestamp>,
}

impl Stream {
    pub fn newest(&self) -> Option<&Release> {
        self.releases.first()
    }

    pub fn newest_accepted(&self) -> Option<&Release> {
        self.releases.iter().find(|r| r.phase == Phase::Accepted)
    }

    /// A channel holds promoted releases: its releases carry no build time in their names.
    pub fn channel(&self) -> bool {
        is_channel(self.name.as_str())
    }

    /// "4.22" of "4.22.0-0.okd-scos-nightly"; `None` for a channel such as `4-scos-next`.
    pub fn minor(&self) -> Option<String> {
        minor(self.name.as_str())
    }
}

/// A stream named by a version line (`4-scos-stable`) rather than by a release (`4.22.0-0.okd-scos`).
pub fn is_channel(stream: &str) -> bool {
    minor(stream).is_none()
}

/// "X.Y" of a name that begins with X.Y.Z.
pub fn minor(name: &str) -> Option<String> {
    let mut parts = name.splitn(3, '.');
    let (major, minor, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(major) && digits(minor) && rest.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| format!("{major}.{minor}"))
}

/// The order of streams for people, greatest first: version lines from the newest, then channels.
pub fn stream_rank(stream: &str) -> (bool, (u32, u32), String) {
    let minor = minor(stream);
    let version = minor.as_deref().and_then(|minor| {
        let (major, minor) = minor.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    (minor.is_some(), version.unwrap_or_default(), stream.to_string())
}

/// A release's page on the release-controller's web site; `base` is its scheme, host and port.
pub fn web_page(base: &str, stream: &str, release: &str) -> String {
    format!("{}/releasestream/{stream}/release/{release}", base.trim_end_matches('/'))
}

/// The build time at the end of a CI or nightly name (`…-2026-11-21-051233`, UTC). `None` for promoted names.
pub fn built(name: &str) -> Option<Timestamp> {
    let tail = name.get(name.len().checked_sub(17)?..)?;
    let before = name.as_bytes().get(name.len().checked_sub(18)?)?;
    if *before != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<i16> { tail.get(range)?.parse().ok() };
    let bytes = tail.as_bytes();
    if bytes[4] != b'-'
        || bytes[7] != b'-'
        || bytes[10] != b'-'
        || !tail.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    {
        return None;
    }
    let small = |value: i16| i8::try_from(value).ok();
    let date = DateTime::new(
        number(0..4)?,
        small(number(5..7)?)?,
        small(number(8..10)?)?,
        small(number(11..13)?)?,
        small(number(13..15)?)?,
        small(number(15..17)?)?,
        0,
    )
    .ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

/// Newest first: by build time where the name has one, else by version with GA after EC of the same X.Y.Z
/// (plain SemVer sorts `okd-scos.ec.1` above `okd-scos.10`).
pub fn newest_first(releases: &mut [Release]) {
    releases.sort_by(|a, b| rank(&b.name).cmp(&rank(&a.name)).then_with(|| b.name.cmp(&a.name)));
}

type Rank = (Option<Timestamp>, (u64, u64, u64), bool, u64);

fn rank(name: &str) -> Rank {
    let built = built(name);
    let Ok(version) = Version::parse(name) else {
        return (built, (0, 0, 0), false, 0);
    };
    let tail = version.pre.as_str();
    let candidate = tail.contains(".ec.");
    let number = tail.rsplit('.').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    (built, (version.major, version.minor, version.patch), !candidate, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str) -> Release {
        Release { name: name.into(), phase: Phase::Accepted, pull_spec: "".into(), created: None, verdict: None }
    }

    #[test]
    fn a_nightly_says_when_it_was_built_and_a_promoted_release_does_not() {
        assert_eq!(
            built("4.22.0-0.okd-scos-nightly-2026-11-21-051233"),
            Some("2026-11-21T05:12:33Z".parse().expect("time"))
        );
        assert_eq!(built("4.21.0-okd-scos.7"), None);
        assert_eq!(built("x-2026-13-41-051233"), None);
        assert_eq!(built("é-2026-1\u{301}1-21-05123"), None);
    }

    #[test]
    fn a_job_without_a_page_has_not_begun_and_without_an_image_it_never_will() {
        let job = |state: &str, url: &str| Job {
            name: "aws".into(),
            state: state.into(),
            blocking: true,
            attempts: 0,
            url: url.into(),
            earlier: Vec::new(),
            decided: None,
        };
        let page = "https://prow.ci.openshift.org/view/1";
        assert_eq!(job("Pending", page).status(Phase::Ready), Some(Status::Running));
        for phase in [Phase::Pending, Phase::Ready, Phase::Rejected] {
            assert_eq!(job("Pending", "").status(phase), Some(Status::Pending));
        }
        assert_eq!(job("Pending", "").status(Phase::Failed), None);
        assert_eq!(job("Succeeded", "").status(Phase::Failed), Some(Status::Ok));
        assert_eq!(job("Aborted", page).status(Phase::Ready), Some(Status::Unknown));
    }

    #[test]
    fn ten_is_newer_than_nine_and_ga_is_newer_than_a_candidate() {
        let mut all: Vec<Release> =
            ["4.21.0-okd-scos.9", "4.21.0-okd-scos.ec.12", "4.21.0-okd-scos.10", "4.22.0-okd-scos.ec.0"]
                .map(release)
                .into();
        newest_first(&mut all);
        let names: Vec<&str> = all.iter().map(|r| &*r.name).collect();
        assert_eq!(names, ["4.22.0-okd-scos.ec.0", "4.21.0-okd-scos.10", "4.21.0-okd-scos.9", "4.21.0-okd-scos.ec.12"]);
    }

    #[test]
    fn the_newest_version_line_stands_first_and_channels_last() {
        let mut streams =
            ["4-scos-next", "4.9.0-0.okd-scos", "4.22.0-0.okd-scos", "5.0.0-0.okd-scos", "4.22.0-0.okd-scos-nightly"];
        streams.sort_by_key(|stream| std::cmp::Reverse(stream_rank(stream)));
        assert_eq!(streams[0], "5.0.0-0.okd-scos");
        assert_eq!(streams[1..3], ["4.22.0-0.okd-scos-nightly", "4.22.0-0.okd-scos"]);
        assert_eq!(streams[4], "4-scos-next");
    }

    #[test]
    fn a_minor_is_read_from_a_release_name_only() {
        assert_eq!(minor("5.0.0-0.okd-scos-nightly").as_deref(), Some("5.0"));
        assert_eq!(minor("4-scos-stable"), None);
        assert_eq!(minor("4.x"), None);
    }
}
