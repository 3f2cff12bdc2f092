//! What a release's signatures say. Checking them is the client's; judging them is [`crate::gate`]'s.
//!
//! Source of the format: containers' "atomic container signature", OpenPGP-signed JSON with the digest and a reference inside.

use crate::image::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A key that may sign releases, pinned by its fingerprint. Where its bytes come from does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PinnedKey {
    /// e.g. `verifier-public-key-openshift-ci-4`.
    pub name: Arc<str>,
    /// 40 hex digits, upper case.
    pub fingerprint: Arc<str>,
}

/// OKD's keys: the CI signers of github.com/openshift/cluster-update-keys, folder `keys` (read on 2026-11-21).
/// Older ones signed releases that are still about; that their time is over does not unsign those.
pub fn known_keys() -> Vec<PinnedKey> {
    [
        ("verifier-public-key-openshift-ci", "D04761B116203B0C0859B61628B76E05B923888E"),
        ("verifier-public-key-openshift-ci-2", "20CCC7AD272DCD3AA169F12A65C28371F55D29A9"),
        ("verifier-public-key-openshift-ci-3", "FE526D8F6FEDC123BE219E45CF4B45E2071F0337"),
        ("verifier-public-key-openshift-ci-4", "6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4"),
    ]
    .map(|(name, fingerprint)| PinnedKey { name: name.into(), fingerprint: fingerprint.into() })
    .into()
}

/// Where OKD's signatures are, and where a payload must look for those of later releases.
pub const STORE: &str = "https://storage.googleapis.com/openshift-ci-release/releases/signatures/openshift/release";

/// One file of the store, `signature-1` to `signature-9`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub number: u8,
    pub verdict: SignatureVerdict,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureVerdict {
    /// A pinned key signed exactly this digest.
    Good {
        key: PinnedKey,
        /// `docker-reference` inside the signed JSON.
        reference: Arc<str>,
        made: Option<Timestamp>,
    },
    /// Signed by a pinned key, for another digest.
    OtherDigest { key: PinnedKey, digest: Digest },
    /// Signed by a key that is not pinned; its id, as far as the file tells.
    Stranger { key: Arc<str> },
    /// The signature does not fit the content, or the file is no signature; why.
    Broken { why: String },
}

/// What the store has for one digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub digest: Digest,
    /// Where it was looked for, without the digest.
    pub store: Arc<str>,
    /// By number. Empty: there is none (right after a promotion that is normal).
    pub signatures: Vec<Signature>,
}

impl Signed {
    /// The first good one.
    pub fn good(&self) -> Option<(&PinnedKey, &str)> {
        self.signatures.iter().find_map(|s| match &s.verdict {
            SignatureVerdict::Good { key, reference, .. } => Some((key, &**reference)),
            _ => None,
        })
    }

    /// One sentence for the worst that was found when nothing is good.
    pub fn sentence(&self) -> String {
        if let Some((key, _)) = self.good() {
            return format!("signed by {} ({})", key.name, tail(&key.fingerprint));
        }
        let Some(first) = self.signatures.first() else {
            return "not signed: the store has no signature for it".into();
        };
        match &first.verdict {
            SignatureVerdict::OtherDigest { key, digest } => {
                format!("signed by {} for another digest, {}", key.name, digest.short())
            }
            SignatureVerdict::Stranger { key } => format!("signed by a key that is not pinned, {}", tail(key)),
            SignatureVerdict::Broken { why } => format!("its signature is broken: {why}"),
            SignatureVerdict::Good { .. } => String::new(),
        }
    }
}

/// The last 16 digits, as OpenPGP programs name a key.
fn tail(fingerprint: &str) -> &str {
    fingerprint.get(fingerprint.len().saturating_sub(16)..).unwrap_or(fingerprint)
}
