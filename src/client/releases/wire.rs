//! The release-controller's JSON, decoded leniently. Every list may be null.

use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::release::{Job, Verdict, built};
use weir_domain::{Phase, Release, secret, text};

/// `/api/v1/releasestreams/*`: stream → tag names, or null.
pub type Lists = BTreeMap<String, Option<Vec<String>>>;

#[derive(Deserialize)]
pub struct Tags {
    #[serde(default)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    #[serde(default)]
    name: String,
    #[serde(default)]
    phase: String,
    #[serde(default)]
    pull_spec: String,
}

impl Tag {
    pub fn release(self) -> Release {
        let name = clean(&self.name);
        Release {
            created: built(&name),
            name,
            phase: Phase::parse(&self.phase),
            pull_spec: clean(&self.pull_spec),
            verdict: None,
        }
    }
}

fn clean(raw: &str) -> Arc<str> {
    Arc::from(&*secret::redact(&text::clean_line(raw)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    #[serde(default)]
    results: Option<Results>,
    #[serde(default)]
    change_log_json: Option<ChangeLog>,
}

#[derive(Deserialize)]
struct ChangeLog {
    #[serde(default)]
    to: Option<End>,
}

#[derive(Deserialize)]
struct End {
    #[serde(default)]
    created: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    #[serde(default)]
    blocking_jobs: Option<BTreeMap<String, JobResult>>,
    #[serde(default)]
    informing_jobs: Option<BTreeMap<String, JobResult>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobResult {
    #[serde(default)]
    state: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    retries: u32,
    #[serde(default, rename = "previousAttemptURLs")]
    previous_attempt_urls: Option<Vec<String>>,
    #[serde(default)]
    transition_time: Option<String>,
}

impl Info {
    pub fn verdict(self) -> Verdict {
        let results = self.results.unwrap_or_default();
        let list = |jobs: Option<BTreeMap<String, JobResult>>, blocking: bool| {
            jobs.unwrap_or_default().into_iter().map(move |(name, job)| Job {
                name: clean(&name),
                blocking,
                attempts: job.retries + u32::from(!job.url.is_empty() || job.retries > 0),
                state: clean(&job.state),
                url: clean(&job.url),
                earlier: job.previous_attempt_urls.unwrap_or_default().iter().map(|url| clean(url)).collect(),
                decided: job.transition_time.and_then(|t| t.parse().ok()),
            })
        };
        let mut jobs: Vec<Job> = list(results.blocking_jobs, true).chain(list(results.informing_jobs, false)).collect();
        jobs.sort_by(|a, b| {
            (!a.blocking, &*a.state != "Failed", &a.name).cmp(&(!b.blocking, &*b.state != "Failed", &b.name))
        });
        Verdict { jobs }
    }

    /// When the release was created; the zero time means that nobody knows.
    pub fn created(&self) -> Option<Timestamp> {
        let at: Timestamp = self.change_log_json.as_ref()?.to.as_ref()?.created.as_ref()?.parse().ok()?;
        (at.as_second() > 0).then_some(at)
    }
}
