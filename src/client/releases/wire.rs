//! The release-controller's JSON, decoded leniently: every value may be null, every list in any order.
//!
//! Names from the server are cleaned here, once; an entry without a name is left out.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::release::detail::Upgrade;
use weir_domain::release::{Job, Verdict, built};
use weir_domain::{Phase, Release, secret};

/// `/api/v1/releasestreams/*`: stream → tag names, or null.
pub type Lists = BTreeMap<String, Option<Vec<String>>>;

/// A value that may be null: null is the type's default.
pub fn lax<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

#[derive(Deserialize)]
pub struct Tags {
    #[serde(default, deserialize_with = "lax")]
    pub tags: Vec<Tag>,
}

impl Tags {
    pub fn releases(self) -> Vec<Release> {
        self.tags.into_iter().map(Tag::release).filter(|release| !release.name.is_empty()).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    #[serde(default, deserialize_with = "lax")]
    name: String,
    #[serde(default, deserialize_with = "lax")]
    phase: String,
    #[serde(default, deserialize_with = "lax")]
    pull_spec: String,
}

impl Tag {
    fn release(self) -> Release {
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

pub fn clean(raw: &str) -> Arc<str> {
    Arc::from(secret::line(raw))
}

/// Cleaned, and `None` when it is no web address.
pub fn page(raw: &str) -> Option<Arc<str>> {
    (raw.starts_with("https://") || raw.starts_with("http://")).then(|| clean(raw))
}

/// A release's detail, short or full.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    #[serde(default, deserialize_with = "lax")]
    phase: String,
    #[serde(default, deserialize_with = "lax")]
    results: Results,
    #[serde(default, deserialize_with = "lax")]
    upgrades_to: Vec<UpgradeHistory>,
    #[serde(default, deserialize_with = "lax")]
    upgrades_from: Vec<UpgradeHistory>,
    #[serde(default, deserialize_with = "lax")]
    pub change_log_json: super::changes::ChangeLog,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    #[serde(default, deserialize_with = "lax")]
    blocking_jobs: BTreeMap<String, JobResult>,
    #[serde(default, deserialize_with = "lax")]
    informing_jobs: BTreeMap<String, JobResult>,
    #[serde(default, deserialize_with = "lax")]
    async_jobs: BTreeMap<String, JobResult>,
    #[serde(default, deserialize_with = "lax")]
    pending_jobs: BTreeMap<String, JobResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobResult {
    #[serde(default, deserialize_with = "lax")]
    state: String,
    #[serde(default, deserialize_with = "lax")]
    url: String,
    #[serde(default, deserialize_with = "lax")]
    retries: i64,
    #[serde(default, rename = "previousAttemptURLs", deserialize_with = "lax")]
    previous_attempt_urls: Vec<String>,
    #[serde(default, deserialize_with = "lax")]
    transition_time: String,
}

impl JobResult {
    fn job(self, name: &str, blocking: bool) -> Job {
        let retries = count(self.retries);
        Job {
            name: clean(name),
            blocking,
            attempts: retries.saturating_add(u32::from(!self.url.is_empty() || retries > 0)),
            state: clean(if self.state.is_empty() { "Pending" } else { &self.state }),
            url: clean(&self.url),
            earlier: self.previous_attempt_urls.iter().map(|url| clean(url)).collect(),
            decided: self.transition_time.parse().ok(),
        }
    }
}

/// A count that Go keeps as a signed number.
pub fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// Upgrades as the server's own type has them: capitals, because the source gives no JSON names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpgradeHistory {
    #[serde(default, deserialize_with = "lax")]
    from: String,
    #[serde(default, deserialize_with = "lax")]
    to: String,
    #[serde(default, deserialize_with = "lax")]
    success: i64,
    #[serde(default, deserialize_with = "lax")]
    failure: i64,
    #[serde(default, deserialize_with = "lax")]
    total: i64,
    /// Page → attempt.
    #[serde(default, deserialize_with = "lax")]
    history: BTreeMap<String, serde::de::IgnoredAny>,
}

fn upgrades(all: &[UpgradeHistory]) -> Vec<Upgrade> {
    let mut upgrades: Vec<Upgrade> = all
        .iter()
        .filter(|u| !u.from.is_empty() && !u.to.is_empty())
        .map(|u| {
            let mut pages: Vec<Arc<str>> = u.history.keys().map(|url| clean(url)).collect();
            pages.sort();
            Upgrade {
                from: clean(&u.from),
                to: clean(&u.to),
                succeeded: count(u.success),
                failed: count(u.failure),
                total: count(u.total),
                pages,
            }
        })
        .collect();
    upgrades.sort();
    upgrades
}

/// Jobs in the order of a [`Verdict`].
pub fn sort_jobs(jobs: &mut [Job]) {
    jobs.sort_by(|a, b| {
        (!a.blocking, &*a.state != "Failed", &a.name).cmp(&(!b.blocking, &*b.state != "Failed", &b.name))
    });
}

impl Info {
    pub fn phase(&self) -> Phase {
        Phase::parse(&self.phase)
    }

    /// Upgrades to this release, sorted.
    pub fn upgrades_to(&self) -> Vec<Upgrade> {
        upgrades(&self.upgrades_to)
    }

    /// Upgrades from this release, sorted.
    pub fn upgrades_from(&self) -> Vec<Upgrade> {
        upgrades(&self.upgrades_from)
    }

    /// All jobs; those that decide nothing (informing, asynchronous, pending) stand together.
    pub fn verdict(self) -> Verdict {
        let Results { blocking_jobs, informing_jobs, async_jobs, pending_jobs } = self.results;
        let mut all: BTreeMap<String, Job> = BTreeMap::new();
        for (blocking, jobs) in
            [(false, pending_jobs), (false, async_jobs), (false, informing_jobs), (true, blocking_jobs)]
        {
            all.extend(jobs.into_iter().map(|(name, job)| {
                let job = job.job(&name, blocking);
                (name, job)
            }));
        }
        let mut jobs: Vec<Job> = all.into_values().filter(|job| !job.name.is_empty()).collect();
        sort_jobs(&mut jobs);
        Verdict { jobs }
    }
}

/// `/releasetag/{tag}/json`: what `oc adm release info -o json` prints, as far as it says where a release comes from.
#[derive(Deserialize)]
pub struct Inside {
    #[serde(default, deserialize_with = "lax")]
    references: References,
}

#[derive(Default, Deserialize)]
struct References {
    #[serde(default, deserialize_with = "lax")]
    metadata: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default, deserialize_with = "lax")]
    creation_timestamp: String,
    #[serde(default, deserialize_with = "lax")]
    annotations: BTreeMap<String, String>,
}

impl Inside {
    pub fn created(&self) -> Option<Timestamp> {
        instant(&self.references.metadata.creation_timestamp)
    }

    /// The pull spec it was made from.
    pub fn made_from(&self) -> Option<Arc<str>> {
        let spec = self.references.metadata.annotations.get("release.openshift.io/from-release")?;
        (!spec.is_empty()).then(|| clean(spec))
    }
}

/// Go's zero time means that nobody knows.
pub fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().filter(|at| at.as_second() > 0)
}
