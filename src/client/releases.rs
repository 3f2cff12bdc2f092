//! The release-controller's HTTP API, asked politely: a few cheap requests a round, more only for what changed.
//!
//! Nothing depends on the order of an answer. What never changes once known is asked for once a program; what runs `oc` at the
//! server has its own, smaller turnstile, so that it never holds up a phase.

mod changes;
pub mod detail;
mod lineage;
pub mod object;
pub mod questions;
mod request;
mod streams;
mod strip;
mod wire;

use crate::kubeconfig::{chain, first_line, plain_server};
use jiff::{SignedDuration, Timestamp};
use request::{Cost, Miss, Turnstile};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use weir_domain::payload::Changelog;
use weir_domain::release::{Verdict, built, newest_first};
use weir_domain::{Endpoint, EndpointKind, EndpointState, Failure, Phase, Release, Stream, StreamName};
pub(crate) use wire::{clean, lax, page};

/// How long a list waits to hear how old its newest release is.
const AGE_LIMIT: Duration = Duration::from_secs(2);

pub struct Releases {
    base: String,
    every: Duration,
    http: Result<reqwest::Client, String>,
    turnstile: Turnstile,
    facts: watch::Sender<Endpoint>,
    /// What does not change once known: verdicts of decided releases, where a release comes from, and its changelog.
    decided: Mutex<BTreeMap<String, Verdict>>,
    origins: Mutex<BTreeMap<String, Origin>>,
    full: Mutex<BTreeMap<String, Arc<Full>>>,
    /// Promoted releases whose image does not say when it was made.
    undated: Mutex<BTreeSet<String>>,
    graphs: tokio::sync::Mutex<BTreeMap<String, (Instant, Arc<questions::Graph>)>>,
}

/// Where a release comes from.
#[derive(Clone, Default)]
struct Origin {
    created: Option<Timestamp>,
    /// A pull spec.
    from: Option<Arc<str>>,
}

/// What only the full detail says.
struct Full {
    /// What the server compared with, and what lies between; `None` when it made no changelog.
    changes: Option<(Arc<str>, Changelog)>,
    origin: Origin,
}

impl Releases {
    /// Asks nothing yet. Installs a TLS provider if the program has none.
    pub fn new(url: &str, every: Duration, closed: bool) -> Releases {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = crate::http::web_client(closed).redirect(reqwest::redirect::Policy::limited(3));
        let (kind, state) = (EndpointKind::Releases, EndpointState::Connecting);
        let endpoint = Endpoint::new("releases", kind, plain_server(url), state, crate::cluster::host());
        Releases {
            base: url.trim_end_matches('/').to_string(),
            every,
            http: builder.build().map_err(|error| first_line(&chain(&error))),
            turnstile: Turnstile::default(),
            facts: watch::Sender::new(endpoint),
            decided: Mutex::default(),
            origins: Mutex::default(),
            full: Mutex::default(),
            undated: Mutex::default(),
            graphs: tokio::sync::Mutex::default(),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        self.facts.borrow().clone()
    }

    pub fn facts(&self) -> watch::Receiver<Endpoint> {
        self.facts.subscribe()
    }

    fn good(&self) {
        self.facts.send_modify(|facts| facts.answered(Timestamp::now(), None));
    }

    fn lost(&self, failure: &Failure, retry: Timestamp) {
        self.facts.send_modify(|facts| facts.failed(Timestamp::now(), failure, Some(retry)));
    }

    /// How long to wait: what was asked, else the poll's interval, never less than five seconds.
    fn rest(&self, miss: Option<&Miss>) -> Duration {
        match miss.and_then(|m| m.wait) {
            Some(seconds) => Duration::from_secs(seconds.clamp(5, 600)),
            None => self.every.max(Duration::from_millis(200)),
        }
    }

    /// All tags of a stream, without verdicts, newest first.
    async fn listed(&self, stream: &str) -> Result<Vec<Release>, Miss> {
        let what = format!("cannot list the releases of {stream}");
        let answer: wire::Tags = self.get(&format!("{}/tags", path(stream)), &what).await?;
        let mut releases = answer.releases();
        newest_first(&mut releases);
        Ok(releases)
    }

    async fn stream(&self, name: &str) -> Result<Stream, Miss> {
        let mut releases = self.listed(name).await?;
        if let Some(newest) = releases.first_mut() {
            newest.verdict = self.verdict(name, newest).await.ok();
            let created = tokio::time::timeout(AGE_LIMIT, self.created(name, newest)).await;
            newest.created = created.unwrap_or(newest.created);
        }
        Ok(Stream { name: StreamName::new(name), releases, as_of: Some(Timestamp::now()) })
    }

    /// When a release was made. A promoted one's name does not say it; where its image does not either, it is asked once.
    async fn created(&self, stream: &str, release: &Release) -> Option<Timestamp> {
        let undated = |all: &BTreeSet<String>| all.contains(&*release.name);
        if release.created.is_some()
            || release.pull_spec.is_empty()
            || self.undated.lock().is_ok_and(|all| undated(&all))
        {
            return release.created;
        }
        match self.origin(stream, &release.name).await {
            Ok(origin) => origin.created,
            Err(miss) if miss.passing => None,
            Err(_) => {
                if let Ok(mut all) = self.undated.lock() {
                    all.insert(release.name.to_string());
                }
                None
            }
        }
    }

    /// The cheap detail of a release.
    async fn info(&self, stream: &str, tag: &str) -> Result<wire::Info, Miss> {
        let path = format!("{}/release/{}?format=short", path(stream), crate::http::encoded(tag));
        self.get(&path, &format!("cannot read {tag}")).await
    }

    /// A release's jobs. Once nothing can change any more, they are not asked for again.
    async fn verdict(&self, stream: &str, release: &Release) -> Result<Verdict, Miss> {
        let known = self.decided.lock().ok().and_then(|d| d.get(&*release.name).cloned());
        if let Some(verdict) = known {
            return Ok(verdict);
        }
        let verdict = self.info(stream, &release.name).await?.verdict();
        self.keep(release, &verdict);
        Ok(verdict)
    }

    /// Keeps a verdict that is final. Informing jobs go on after the blocking ones have decided; those of a release whose image
    /// could not be made, or that is more than two days old, are pending for ever.
    fn keep(&self, release: &Release, verdict: &Verdict) {
        let old = built(&release.name).is_some_and(|at| at + SignedDuration::from_hours(48) < Timestamp::now());
        let over = match release.phase {
            Phase::Failed => true,
            Phase::Accepted | Phase::Rejected => old || verdict.jobs.iter().all(|job| &*job.state != "Pending"),
            Phase::Pending | Phase::Ready | Phase::Unknown => false,
        };
        if over && let Ok(mut decided) = self.decided.lock() {
            decided.insert(release.name.to_string(), verdict.clone());
        }
    }

    /// When a release was made, and from what. Made from its image, so it never changes; asked for once.
    async fn origin(&self, stream: &str, tag: &str) -> Result<Origin, Miss> {
        if let Some(known) = self.origins.lock().ok().and_then(|all| all.get(tag).cloned()) {
            return Ok(known);
        }
        let path = format!("/releasetag/{}/json", crate::http::encoded(tag));
        let origin = match self
            .ask::<wire::Inside>(&path, &format!("cannot read what {tag} was made from"), Cost::Heavy)
            .await
        {
            Ok(inside) => Origin { created: inside.created(), from: inside.made_from() },
            Err(miss) if miss.passing => return Err(miss),
            // Its registry does not let it look inside; the changelog may say it.
            Err(miss) => match self.full(stream, tag).await {
                Ok(full) if full.changes.is_some() => full.origin.clone(),
                Ok(_) | Err(_) => return Err(miss),
            },
        };
        if let Ok(mut all) = self.origins.lock() {
            all.insert(tag.to_string(), origin.clone());
        }
        Ok(origin)
    }

    /// The full detail. One without a changelog may only have run out of time, so only one with it is kept.
    async fn full(&self, stream: &str, tag: &str) -> Result<Arc<Full>, Miss> {
        if let Some(known) = self.full.lock().ok().and_then(|all| all.get(tag).cloned()) {
            return Ok(known);
        }
        let path = format!("{}/release/{}", path(stream), crate::http::encoded(tag));
        let info: wire::Info = self.ask(&path, &format!("cannot read the changelog of {tag}"), Cost::Heavy).await?;
        let log = info.change_log_json;
        let full = Arc::new(Full {
            changes: log.from().map(|from| (from, log.changelog())),
            origin: Origin { created: log.created(), from: log.promoted_from() },
        });
        if full.changes.is_some()
            && let Ok(mut all) = self.full.lock()
        {
            all.insert(tag.to_string(), full.clone());
        }
        Ok(full)
    }
}

/// Where the endpoints of a stream lie.
fn path(stream: &str) -> String {
    format!("/api/v1/releasestream/{}", crate::http::encoded(stream))
}
