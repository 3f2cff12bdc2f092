//! The keys that may sign releases: pinned by fingerprint, their bytes gathered from wherever they come.

use crate::SigningKeySettings;
use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::types::KeyDetails;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use weir_domain::signature::{PinnedKey, known_keys};

/// Copies of one key that are kept: they may differ in how long they hold and in what revokes them.
const COPIES: usize = 8;

pub struct Keys {
    pub pinned: Vec<PinnedKey>,
    /// By upper-case fingerprint.
    bytes: Mutex<BTreeMap<String, Vec<Arc<SignedPublicKey>>>>,
}

impl Keys {
    /// Reads the files that the settings name; one that cannot be read leaves its key to be found elsewhere.
    pub fn new(own: &[SigningKeySettings], only_these: bool) -> Keys {
        let mut pinned: Vec<PinnedKey> = own
            .iter()
            .map(|key| PinnedKey { name: key.name.as_str().into(), fingerprint: plain(&key.fingerprint).into() })
            .collect();
        if !only_these {
            pinned.extend(known_keys());
        }
        let keys = Keys { pinned, bytes: Mutex::default() };
        for file in own.iter().filter_map(|key| key.file.as_ref()) {
            if let Ok(bytes) = std::fs::read(file) {
                keys.learn(&bytes);
            }
        }
        keys
    }

    /// Keeps those keys that are pinned.
    pub fn learn(&self, bytes: &[u8]) {
        let found = read(bytes);
        let Ok(mut all) = self.bytes.lock() else { return };
        for key in found {
            let fingerprint = fingerprint(&key);
            if !self.pinned.iter().any(|pinned| *pinned.fingerprint == fingerprint) {
                continue;
            }
            let copies = all.entry(fingerprint).or_default();
            if copies.len() < COPIES && !copies.iter().any(|copy| **copy == key) {
                copies.push(Arc::new(key));
            }
        }
    }

    /// Every copy of every pinned key that is here.
    pub fn all(&self) -> Vec<(PinnedKey, Arc<SignedPublicKey>)> {
        let Ok(bytes) = self.bytes.lock() else { return Vec::new() };
        let of = |pinned: &PinnedKey| bytes.get(&*pinned.fingerprint).cloned().unwrap_or_default();
        self.pinned.iter().flat_map(|pinned| of(pinned).into_iter().map(|key| (pinned.clone(), key))).collect()
    }

    /// Pinned keys whose bytes are not here.
    pub fn missing(&self) -> Vec<PinnedKey> {
        let Ok(bytes) = self.bytes.lock() else { return Vec::new() };
        self.pinned.iter().filter(|pinned| !bytes.contains_key(&*pinned.fingerprint)).cloned().collect()
    }

    /// The pinned key of this fingerprint, or of a key id, which is its end.
    pub fn of(&self, issuer: &str) -> Option<PinnedKey> {
        let fits = |key: &&PinnedKey| issuer.len() >= 16 && key.fingerprint.ends_with(issuer);
        self.pinned.iter().find(fits).cloned()
    }
}

/// As in the config, without blanks and `0x`, in upper case.
fn plain(fingerprint: &str) -> String {
    let plain: String = fingerprint.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_uppercase();
    if fingerprint.starts_with("0x") { plain[1..].to_string() } else { plain }
}

pub fn fingerprint(key: &impl KeyDetails) -> String {
    format!("{:X}", key.fingerprint())
}

/// The fingerprints of all keys in an armored ring, in their order.
pub fn fingerprints(text: &str) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for key in read(text.as_bytes()) {
        let fingerprint = fingerprint(&key).into();
        if !all.contains(&fingerprint) {
            all.push(fingerprint);
        }
    }
    all
}

/// All public keys in some bytes: one armored block or several, or plain packets. What is no key is passed over.
fn read(bytes: &[u8]) -> Vec<SignedPublicKey> {
    const BEGIN: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, BEGIN).collect();
    if starts.is_empty() {
        return SignedPublicKey::from_bytes_many(bytes).into_iter().flatten().flatten().collect();
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let blocks = starts.iter().zip(ends).map(|(from, to)| &bytes[*from..to]);
    let many = blocks.filter_map(|block| SignedPublicKey::from_armor_many(block).ok());
    many.flat_map(|(keys, _)| keys.flatten().collect::<Vec<_>>()).collect()
}
