//! What one cluster is made of, shared by its connections and its controller.
//!
//! Invariant: the state is locked only for short, synchronous work; nobody awaits with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use crate::auth::{Deed, Identity};
use crate::clock::{Clock, stamp};
use crate::kind::Kind;
use crate::logs::Logs;
use crate::object::Object;
use crate::outside::Outside;
use crate::releases::{Mirrored, Shared};
use crate::store::Store;
use crate::tekton::Tekton;

pub(crate) struct Core {
    pub(crate) clock: Clock,
    pub(crate) identities: Vec<Identity>,
    /// Wakes the controller: something was written.
    pub(crate) written: Notify,
    /// Counts how often all open watches were told to end.
    pub(crate) cut: watch::Sender<u64>,
    /// Whether this is the cluster of the release-controller: only there its kinds are served.
    pub(crate) releasing: bool,
    state: Mutex<State>,
    asked: Mutex<Vec<Asked>>,
    /// Verb and resource that nobody may any more.
    forbidden: Mutex<Vec<(String, String)>>,
}

/// One request a cluster has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Empty when the token was not known.
    pub user: String,
}

/// The objects, and what lives beside them.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) tekton: Tekton,
    pub(crate) logs: Logs,
    pub(crate) names: Names,
    /// What the release-controller of the same world tells; promotions pick from it.
    pub(crate) releases: Arc<Shared>,
    pub(crate) outside: Arc<dyn Outside>,
    /// What the cluster shows of the releases, where it is the release-controller's.
    pub(crate) mirrored: Option<Mirrored>,
}

/// Makes names and uids that are the same in every process.
#[derive(Debug)]
pub(crate) struct Names {
    seed: String,
    made: u64,
}

/// The cluster the release-controller works in.
const RELEASING: &str = "app.ci";

/// Requests kept for tests to look at.
const KEPT: usize = 50_000;

impl Core {
    pub(crate) fn new(clock: Clock, identities: Vec<Identity>, state: State) -> Arc<Core> {
        Arc::new(Core {
            clock,
            identities,
            written: Notify::new(),
            cut: watch::Sender::new(0),
            releasing: state.mirrored.is_some(),
            state: Mutex::new(state),
            asked: Mutex::default(),
            forbidden: Mutex::default(),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, asked: Asked) {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < KEPT {
            all.push(asked);
        }
    }

    /// Takes a right away from everybody.
    pub(crate) fn forbid(&self, verb: &str, resource: &str) {
        let mut all = self.forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((verb.to_owned(), resource.to_owned()));
    }

    pub(crate) fn allows(&self, who: &Identity, deed: &Deed<'_>) -> bool {
        let forbidden = self.forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        who.role.allows(deed)
            && !forbidden.iter().any(|(verb, resource)| verb == deed.verb && resource == deed.resource)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    pub(crate) fn new(cluster: &str, releases: Arc<Shared>, outside: Arc<dyn Outside>) -> State {
        State {
            store: Store::new(),
            tekton: Tekton::default(),
            logs: Logs::default(),
            names: Names { seed: cluster.to_owned(), made: 0 },
            releases,
            outside,
            mirrored: (cluster == RELEASING).then(Mirrored::default),
        }
    }

    /// Stores a new object: uid and creation time are added.
    pub(crate) fn create(&mut self, kind: Kind, mut value: Value, at: Timestamp) -> Arc<Object> {
        let meta = &mut value["metadata"];
        let named = meta["name"].as_str().unwrap_or_default();
        let uid = self.names.uid(kind, meta["namespace"].as_str().unwrap_or_default(), named);
        meta["uid"] = uid.into();
        meta["creationTimestamp"] = stamp(at).into();
        if kind.is_custom() {
            meta["generation"] = json!(1);
        }
        self.store.put(kind, value)
    }
}

impl Names {
    pub(crate) fn uid(&mut self, kind: Kind, namespace: &str, name: &str) -> String {
        self.made += 1;
        let hex = digest(&format!("{}/{}/{namespace}/{name}/{}", self.seed, kind.facts().plural, self.made));
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// Five letters, as the API server appends to a `generateName`.
    pub(crate) fn suffix(&mut self, base: &str) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        self.made += 1;
        let bytes = Sha256::digest(format!("{}/{base}/{}", self.seed, self.made));
        bytes.iter().take(5).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
    }
}

/// 64 hexadecimal digits that depend on nothing but the text.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number that depends on nothing but the text.
pub(crate) fn number(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 7
}
