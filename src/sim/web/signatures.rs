//! The signature store: atomic container signatures for the releases that were decided, and for what was signed since.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::json;

use super::keys::{self, Signer};
use super::{Web, WebFaults};
use crate::payload::{Twin, digest_of};
use crate::registry::{Made, Reply};
use crate::releases::Phase;

/// Where the store is, as the key ring of a payload names it without its host.
pub(super) const STORE: &str = "/openshift-ci-release/releases/signatures/openshift/release/";
const GIGABYTE: usize = 1 << 30;

/// Digests that were signed while the world ran, with the reference inside.
#[derive(Default)]
pub(super) struct Signed {
    added: HashMap<String, String>,
}

impl Signed {
    pub(super) fn put(&mut self, digest: &str, reference: &str) {
        self.added.insert(digest.to_owned(), reference.to_owned());
    }
}

/// `place` is `sha256=<hex>/signature-N`.
pub(super) fn answer(web: &Web, place: &str, faults: &WebFaults) -> Reply {
    let missing = || {
        let text = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code>\
                    <Message>The specified key does not exist.</Message></Error>";
        Reply::new(404, "application/xml; charset=UTF-8", text)
    };
    if let Some(status) = faults.signatures_status {
        return Reply::new(status, "text/plain", "the store is out of order\n");
    }
    let parsed = place.strip_prefix("sha256=").and_then(|rest| rest.split_once("/signature-"));
    let Some((hex, number)) = parsed.and_then(|(hex, number)| Some((hex, number.parse::<usize>().ok()?))) else {
        return missing();
    };
    let digest = format!("sha256:{hex}");
    let found = of(web, &digest);
    let Some((signer, text, seconds)) = number.checked_sub(1).and_then(|at| found.get(at)) else { return missing() };
    let signature = keys::sign(*signer, text, *seconds);
    if !faults.huge_signatures {
        return Reply::new(200, "application/octet-stream", signature);
    }
    let piece = Bytes::from(vec![0x5a; 1 << 20]);
    let rest = std::iter::repeat_n(piece, GIGABYTE >> 20).map(Ok);
    Reply::pieces("application/octet-stream", None, std::iter::once(Ok(signature.into())).chain(rest))
}

/// Whether the store has a good signature for the digest, with that digest inside.
pub(super) fn is_good(web: &Web, digest: &str) -> bool {
    let inside = format!("\"{digest}\"");
    of(web, digest).iter().any(|(signer, text, _)| *signer == Signer::Good && text.contains(&inside))
}

/// Who signed what when, in the order of the numbers.
fn of(web: &Web, digest: &str) -> Vec<(Signer, String, u32)> {
    if let Some(reference) = web.signed().added.get(digest) {
        let seconds = u32::try_from(web.now().as_second()).unwrap_or(u32::MAX);
        return vec![(Signer::Good, text(digest, reference, seconds), seconds)];
    }
    let Some(made) = web.inner.registry.payload(digest) else { return Vec::new() };
    if made.release.twin.is_none() && !is_decided(web, &made) {
        return Vec::new();
    }
    // The auditor comes by some time after the release was made.
    let moment = (made.release.created.as_second() + 1800).min(web.now().as_second());
    let seconds = u32::try_from(moment).unwrap_or(u32::MAX);
    let reference = made.reference.as_str();
    let good = (Signer::Good, text(digest, reference, seconds), seconds);
    let strange = (Signer::Stranger, good.1.clone(), seconds);
    match made.release.twin {
        Some(Twin::Unsigned) => Vec::new(),
        Some(Twin::Stranger) => vec![strange],
        Some(Twin::SecondSignature) => vec![strange, good],
        Some(Twin::OtherDigest) => {
            let other = digest_of(b"another release");
            vec![(Signer::Good, text(&other, reference, seconds), seconds)]
        }
        Some(Twin::OtherReference) => {
            let other = "registry.ci.openshift.org/origin/release:4.14.0-0.okd-2024-01-26-175629";
            vec![(Signer::Good, text(digest, other, seconds), seconds)]
        }
        _ => vec![good],
    }
}

/// Releases are signed once they are accepted or rejected, and not while they wait for that.
fn is_decided(web: &Web, made: &Made) -> bool {
    let now = web.now();
    let story = web.inner.story.read();
    let decided = |phase| matches!(phase, Phase::Accepted | Phase::Rejected | Phase::Unknown);
    story.tag(&made.release.name, now).is_some_and(|(_, tag)| decided(tag.phase_at(now)))
}

fn text(digest: &str, reference: &str, seconds: u32) -> String {
    json!({
        "critical": {
            "type": "atomic container signature",
            "image": { "docker-manifest-digest": digest },
            "identity": { "docker-reference": reference },
        },
        "optional": { "creator": "OpenShift release-controller", "timestamp": seconds },
    })
    .to_string()
}
