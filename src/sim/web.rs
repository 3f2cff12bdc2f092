//! The rest of the outside world on one plain listener: signature store, GitHub's releases, the update graph, the
//! network blobs are redirected to, and the public keys.

mod cincinnati;
mod faults;
mod github;
pub(crate) mod keys;
mod outside;
mod signatures;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::request::Parts;
use http::{Method, Request, header};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::registry::{Registry, Reply, decoded, parameters, serve};
use crate::releases::Shared;

pub use faults::WebFaults;

/// The running servers; clones are the same ones.
#[derive(Clone)]
pub struct Web {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    story: Arc<Shared>,
    clock: Clock,
    github: Mutex<github::Github>,
    signed: Mutex<signatures::Signed>,
    faults: Mutex<WebFaults>,
    asked: Mutex<Vec<String>>,
}

/// Requests kept for tests to look at.
const KEPT: usize = 20_000;

/// Name, fingerprint in upper case and armored public key of the good key.
pub(crate) fn signing_keys() -> Vec<(String, String, String)> {
    vec![(keys::GOOD.to_owned(), keys::fingerprint(), keys::good().to_string())]
}

impl Web {
    pub(crate) fn new(registry: Registry, story: Arc<Shared>, clock: Clock) -> Web {
        let github = Mutex::new(github::Github::of(&story.read(), clock.now()));
        let (signed, faults) = (Mutex::default(), Mutex::default());
        let asked = Mutex::default();
        Web { inner: Arc::new(Inner { registry, story, clock, github, signed, faults, asked }) }
    }

    pub(crate) async fn serve(self, listener: TcpListener) {
        serve(listener, move |request| {
            let web = self.clone();
            async move { web.answer(request).await }
        })
        .await;
    }

    /// Makes a release on GitHub, `owner/name`; the error says that there is one.
    pub fn release(&self, repository: &str, name: &str, latest: bool) -> Result<(), String> {
        let now = self.now();
        self.github().publish(repository, name, latest, now)
    }

    /// Puts the good key's signature for the digest into the store.
    pub fn sign(&self, digest: &str, reference: &str) {
        self.signed().put(digest, reference);
    }

    /// Changes how these servers misbehave.
    pub fn faults(&self, change: impl FnOnce(&mut WebFaults)) {
        change(&mut self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// `GET /github/…` with the query, oldest first, of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, request: String) {
        let mut asked = self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() < KEPT {
            asked.push(request);
        }
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn github(&self) -> MutexGuard<'_, github::Github> {
        self.inner.github.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signed(&self) -> MutexGuard<'_, signatures::Signed> {
        self.inner.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(self, request: Request<Incoming>) -> Reply {
        let mut delay = Duration::ZERO;
        self.faults(|faults| delay = faults.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let (parts, _) = request.into_parts();
        let uri = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
        self.note(format!("{} {uri}", parts.method));
        // Making images or signatures is no work for the reactor.
        let answered = tokio::task::spawn_blocking(move || self.route(&parts));
        answered.await.unwrap_or_else(|_| Reply::empty(500))
    }

    fn route(&self, parts: &Parts) -> Reply {
        let path = decoded(parts.uri.path());
        let query = parameters(parts.uri.query().unwrap_or_default());
        let mut faults = WebFaults::default();
        self.faults(|set| faults = set.clone());
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Reply::empty(405);
        }
        if let Some(place) = path.strip_prefix(signatures::STORE) {
            return signatures::answer(self, place, &faults);
        }
        if let Some(place) = path.strip_prefix("/github/repos/") {
            return github::answer(self, place, &query, &parts.headers, &faults);
        }
        if let Some(name) = path.strip_prefix("/keys/") {
            let key = keys::named(name).map(|armored| armored.to_string());
            return key.map_or_else(|| Reply::empty(404), |armored| Reply::new(200, "text/plain", armored));
        }
        match path.as_str() {
            "/api/updates/graph" | "/api/upgrades_info/v1/graph" => cincinnati::answer(self, &query, &parts.headers),
            path if path.starts_with("/cdn/") => {
                let has_token = parts.headers.contains_key(header::AUTHORIZATION);
                self.inner.registry.delivered(path, &query, has_token)
            }
            _ => Reply::empty(404),
        }
    }
}

#[cfg(test)]
mod tests;
