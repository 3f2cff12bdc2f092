//! The embedded registry: it plays quay.io and registry.ci.openshift.org on one plain listener.
//!
//! Images of the story's releases are there by their real repositories and names; what is pushed, promoted or tagged
//! stays as long as the world. Every request needs a token, as on the real servers.
//!
//! Invariant: the holdings are never locked by who holds the story's lock and waits; the story is read before.

mod delivery;
mod faults;
mod held;
mod images;
mod quay;
mod reply;
mod route;
mod token;
mod upload;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::outside::Promotion;
use crate::payload::Twin;
use crate::releases::Shared;

pub use faults::RegistryFaults;
pub(crate) use held::{Made, RELEASES};
pub(crate) use reply::{Reply, decoded, parameter, parameters, serve};

/// A running registry; clones are the same one.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    story: Arc<Shared>,
    address: SocketAddr,
    /// Where blobs are redirected to.
    cdn: SocketAddr,
    holdings: Mutex<held::Holdings>,
    tokens: Mutex<token::Tokens>,
    uploads: Mutex<upload::Uploads>,
    faults: Mutex<RegistryFaults>,
    asked: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// Requests kept for tests to look at.
const KEPT: usize = 20_000;

impl Registry {
    pub(crate) fn new(story: Arc<Shared>, clock: Clock, address: SocketAddr, cdn: SocketAddr) -> Registry {
        let begun = Arc::new(story.read().clone());
        Registry {
            inner: Arc::new(Inner {
                story,
                address,
                cdn,
                holdings: Mutex::new(held::Holdings::new(begun, clock)),
                tokens: Mutex::default(),
                uploads: Mutex::default(),
                faults: Mutex::default(),
                asked: Mutex::default(),
                at_once: AtomicUsize::new(0),
                most_at_once: AtomicUsize::new(0),
            }),
        }
    }

    pub(crate) async fn serve(self, listener: TcpListener) {
        serve(listener, move |request| {
            let registry = self.clone();
            async move {
                let at_once = registry.inner.at_once.fetch_add(1, Ordering::Relaxed) + 1;
                registry.inner.most_at_once.fetch_max(at_once, Ordering::Relaxed);
                let reply = route::answer(registry.clone(), request).await;
                registry.inner.at_once.fetch_sub(1, Ordering::Relaxed);
                reply
            }
        })
        .await;
    }

    fn holdings(&self) -> MutexGuard<'_, held::Holdings> {
        self.inner.holdings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tokens(&self) -> MutexGuard<'_, token::Tokens> {
        self.inner.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uploads(&self) -> MutexGuard<'_, upload::Uploads> {
        self.inner.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the story or a client put a tag there; a release that is not built yet has no image.
    fn has_tag(&self, repository: &str, tag: &str) -> bool {
        self.told(repository).iter().any(|(name, _)| name == tag)
            || repository == held::BAD
            || self.holdings().has_tag(repository, tag)
    }

    /// The tags the story has in a repository now, and when each was made.
    fn told(&self, repository: &str) -> Vec<(String, Timestamp)> {
        let now = self.holdings().now();
        let story = self.inner.story.read();
        let streams = story.streams.iter().filter(|stream| held::is_in(stream, repository));
        let tags = streams.flat_map(|stream| stream.tags_at(now).map(move |tag| (stream, tag)));
        let built = tags.filter(|(stream, tag)| !stream.pull_spec(tag, now).is_empty());
        built.map(|(_, tag)| (tag.name.clone(), tag.created)).collect()
    }

    /// The digest of the top manifest, of `quay.io/okd/scos-release` or `okd/scos-release` and a tag.
    pub fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        let path = held::path_of(repository);
        if !self.has_tag(path, tag) {
            return None;
        }
        self.holdings().resolve(path, tag)
    }

    /// The payload of a top manifest's digest.
    pub(crate) fn payload(&self, digest: &str) -> Option<Made> {
        self.holdings().made(digest)
    }

    /// Whether the pull spec names a list of manifests.
    pub(crate) fn is_list(&self, pull_spec: &str) -> bool {
        let mut holdings = self.holdings();
        let manifest = holdings.read(pull_spec).and_then(|made| holdings.manifest_anywhere(&made.digest));
        manifest.is_some_and(|(kind, _)| kind.contains("list") || kind.contains("index"))
    }

    pub(crate) fn promote(&self, order: &Promotion<'_>) -> Result<String, String> {
        self.holdings().promote(order)
    }

    /// Makes a tag or moves it, as a push would.
    pub fn tag(&self, repository: &str, tag: &str, digest: &str) {
        let path = held::path_of(repository);
        let mut holdings = self.holdings();
        holdings.copy(path, digest);
        holdings.tag(path, tag, digest);
    }

    /// Whether there was such a tag.
    pub fn untag(&self, repository: &str, tag: &str) -> bool {
        self.has_tag(held::path_of(repository), tag) && self.holdings().untag(held::path_of(repository), tag)
    }

    /// From now on there is something wrong with the release of that tag; its new digest.
    pub fn spoil(&self, repository: &str, tag: &str, twin: Twin) -> Option<String> {
        self.digest(repository, tag)?;
        self.holdings().spoil(held::path_of(repository), tag, twin)
    }

    /// Changes how the registry misbehaves.
    pub fn faults(&self, change: impl FnOnce(&mut RegistryFaults)) {
        change(&mut self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// `GET /v2/…` with the query, oldest first, of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The most requests that were being answered at one moment.
    pub fn most_at_once(&self) -> usize {
        self.inner.most_at_once.load(Ordering::Relaxed)
    }

    fn note(&self, request: String) {
        let mut asked = self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() < KEPT {
            asked.push(request);
        }
    }
}

#[cfg(test)]
mod tests;
