//! Signatures of releases: fetched from the store, checked as OpenPGP against pinned keys only.
//!
//! - A key counts by its pinned fingerprint; its bytes may come from anywhere.
//! - The digest inside the signed text decides; where the file was found proves nothing.
//! - Only a 404 says that there is no (further) signature; what cannot be read is a failure and never "not signed".
//!
//! Source of the format: containers/image, "atomic container signature"; of the store: openshift/library-go, `verify`.

mod check;
pub mod keys;

use crate::Settings;
use crate::registry::wire::{self, Miss};
use check::Checked;
use keys::Keys;
use reqwest::{Method, Url};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir_domain::signature::{PinnedKey, Signature, SignatureVerdict, Signed};
use weir_domain::{Digest, Failure, FailureKind};

/// The highest number a signature may have.
const MOST: u8 = 9;
/// The largest signature, in bytes.
const SIGNATURE_LIMIT: usize = 50 << 10;
/// The largest file with a key.
const KEY_LIMIT: usize = 1 << 20;
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Digests whose good signatures stay in memory.
const KEPT: usize = 256;

pub struct Signatures {
    client: Result<reqwest::Client, String>,
    store: Arc<str>,
    keys_at: String,
    keys: Arc<Keys>,
    /// Only what has a good signature: another one may come at any time.
    good: Mutex<BTreeMap<Digest, Signed>>,
}

impl Signatures {
    pub fn new(settings: &Settings) -> Signatures {
        let keys = Keys::new(&settings.signing_keys, settings.only_these_keys);
        Signatures {
            client: wire::http_client(settings.closed),
            store: crate::kubeconfig::plain_server(&settings.places.signatures).into(),
            keys_at: settings.places.keys.trim_end_matches('/').to_string(),
            keys: Arc::new(keys),
            good: Mutex::default(),
        }
    }

    /// Key rings that payloads ship; of their keys only pinned ones are kept.
    pub fn learn(&self, rings: &[String]) {
        for ring in rings {
            self.keys.learn(ring.as_bytes());
        }
    }

    /// The keys that may sign.
    pub fn pinned(&self) -> Vec<PinnedKey> {
        self.keys.pinned.clone()
    }

    /// All signatures of a digest, by number.
    pub async fn of(&self, digest: &Digest) -> Result<Signed, Failure> {
        if let Some(signed) = self.good.lock().ok().and_then(|good| good.get(digest).cloned()) {
            return Ok(signed);
        }
        let what = format!("cannot check the signatures of {}", digest.short());
        let mut signatures = Vec::new();
        let mut trouble = None;
        for number in 1..=MOST {
            match self.one(digest, number).await {
                Ok(Some(verdict)) => signatures.push(Signature { number, verdict }),
                Ok(None) => break,
                Err(miss) => {
                    trouble = Some(miss);
                    break;
                }
            }
        }
        let signed = Signed { digest: digest.clone(), store: self.store.clone(), signatures };
        // One good signature suffices: what could not be read behind it takes nothing from it.
        let is_good = signed.good().is_some();
        match trouble {
            Some(miss) if !is_good => Err(miss.failure(&what)),
            _ => {
                if is_good && let Ok(mut good) = self.good.lock() {
                    if good.len() >= KEPT {
                        good.clear();
                    }
                    good.insert(digest.clone(), signed.clone());
                }
                Ok(signed)
            }
        }
    }

    async fn one(&self, digest: &Digest, number: u8) -> Result<Option<SignatureVerdict>, Miss> {
        let url = format!("{}/sha256={}/signature-{number}", self.store.trim_end_matches('/'), digest.hex());
        let bytes = match self.get(&url, SIGNATURE_LIMIT).await? {
            Got::Missing => return Ok(None),
            Got::TooLarge => {
                let why = format!("signature-{number} is larger than {} KiB", SIGNATURE_LIMIT >> 10);
                return Ok(Some(SignatureVerdict::Broken { why }));
            }
            Got::Bytes(bytes) => Arc::new(bytes),
        };
        let mut checked = self.check(&bytes, digest).await?;
        if let Checked::NoKey { wanted, .. } = &checked {
            let fetched = self.fetch_keys(wanted.clone()).await;
            checked = self.check(&bytes, digest).await?;
            if let (Checked::NoKey { wanted: Some(key), .. }, Err(miss)) = (&checked, fetched) {
                let why = format!("{} signed it, and that key cannot be fetched: {}", key.name, miss.why);
                return Err(Miss { why, ..miss });
            }
        }
        Ok(Some(match checked {
            Checked::Verdict(verdict) => verdict,
            Checked::NoKey { wanted: Some(key), .. } => SignatureVerdict::Broken {
                why: format!("{} should have signed it, and the bytes of that key are nowhere to be found", key.name),
            },
            Checked::NoKey { issuer, wanted: None } => SignatureVerdict::Stranger { key: issuer },
        }))
    }

    async fn check(&self, bytes: &Arc<Vec<u8>>, digest: &Digest) -> Result<Checked, Miss> {
        let (keys, bytes, digest) = (self.keys.clone(), bytes.clone(), digest.clone());
        let work = tokio::task::spawn_blocking(move || check::check(&bytes, &digest, &keys));
        let unreadable = |_| Checked::Verdict(SignatureVerdict::Broken { why: "it cannot be read".into() });
        Ok(work.await.unwrap_or_else(unreadable))
    }

    /// Fetches the wanted key; without one, all pinned keys whose bytes are not here (one of their subkeys may have signed).
    async fn fetch_keys(&self, wanted: Option<PinnedKey>) -> Result<(), Miss> {
        let all = match wanted {
            Some(key) => vec![key],
            None => self.keys.missing(),
        };
        for key in all {
            if let Got::Bytes(bytes) =
                self.get(&format!("{}/{}", self.keys_at, crate::http::encoded(&key.name)), KEY_LIMIT).await?
            {
                self.keys.learn(&bytes);
            }
        }
        Ok(())
    }

    async fn get(&self, url: &str, limit: usize) -> Result<Got, Miss> {
        let client = self.client.as_ref().map_err(|why| Miss::new(FailureKind::Offline, why.clone()))?;
        let url: Url = url.parse().map_err(|_| {
            Miss::new(FailureKind::Usage, format!("`{url}` is no address")).hint("mend the places in the config")
        })?;
        let work = async {
            let response = wire::follow(client, wire::request(Method::GET, url, None)?).await?;
            match response.status().as_u16() {
                200 => Ok(wire::bounded(response, limit).await?.map_or(Got::TooLarge, Got::Bytes)),
                404 => Ok(Got::Missing),
                _ => Err(wire::refused(response, "anonymous").await),
            }
        };
        let late = |_| Err(Miss::new(FailureKind::Offline, "no answer in time"));
        tokio::time::timeout(ANSWER_TIME, work).await.unwrap_or_else(late)
    }
}

enum Got {
    Bytes(Vec<u8>),
    Missing,
    TooLarge,
}
