//! Gates about the payload: digest, signature, arches, pullable, key-ring, previous.

use super::release::releases;
use super::{Facts, Promoted, Ruling};
use crate::channel::Way;
use crate::gate::Severity;
use crate::promoted::PromotedName;
use crate::release::Phase;
use crate::signature::SignatureVerdict;
use std::sync::Arc;

/// The ring OKD ships; a payload with OCP's cannot check OKD's next release.
const RING: &str = "verifier-public-key-ci";

pub(super) fn digest(facts: &Facts) -> Ruling {
    let (first, again) = match (&facts.digest, &facts.digest_again) {
        (Ok(first), Ok(again)) => (first, again),
        (Err(why), _) | (_, Err(why)) => {
            return Ruling::unknown(format!("the registry does not tell it: {why}"))
                .with(vec![facts.credential.clone()]);
        }
    };
    if first != again {
        return Ruling::block(format!(
            "{} moved while weir looked: {} → {}",
            facts.pull_spec,
            first.short(),
            again.short()
        ));
    }
    if let Some(place) = facts.source_place.as_deref().filter(|place| *place != facts.pull_spec.place()) {
        return Ruling::block(format!("{} lies outside {place}, where its stream's releases are", facts.pull_spec));
    }
    match &facts.payload {
        Ok(payload) if payload.digest != *first => {
            Ruling::block(format!("the payload that was read is {}, not {}", payload.digest.short(), first.short()))
        }
        Ok(payload) if facts.way != Way::RegistryTag && payload.name != facts.release.name => {
            Ruling::block(format!("the image calls itself {}: two tags for one digest, or a wrong one", payload.name))
        }
        Ok(payload) if !payload.oddities.is_empty() => {
            Ruling::block(format!("the payload is odd: {}", payload.oddities.join("; ")))
        }
        Ok(_) => Ruling::pass(first.to_string()).with(vec![format!("read with {}", facts.credential)]),
        Err(why) => Ruling::unknown(format!("the payload cannot be read: {why}")),
    }
}

pub(super) fn signature(facts: &Facts) -> Ruling {
    let signed = match &facts.signed {
        Ok(signed) => signed,
        Err(why) => return Ruling::unknown(format!("the signatures cannot be read: {why}")),
    };
    if facts.digest.as_ref().is_ok_and(|digest| *digest != signed.digest) {
        return Ruling::block(format!("the signatures are those of {}", signed.digest.short()));
    }
    let lines: Vec<String> =
        signed.signatures.iter().map(|s| format!("signature-{}: {}", s.number, words(&s.verdict))).collect();
    match signed.good() {
        Some((_, reference)) if reference != facts.pull_spec.to_string() => {
            Ruling::warn(format!("{}; it names {reference}", signed.sentence())).with(lines)
        }
        Some(_) => Ruling::pass(signed.sentence()).with(lines),
        None => Ruling::block(signed.sentence()).with(lines),
    }
}

fn words(verdict: &SignatureVerdict) -> String {
    match verdict {
        SignatureVerdict::Good { key, reference, .. } => {
            format!("good, {} {}, for {reference}", key.name, key.fingerprint)
        }
        SignatureVerdict::OtherDigest { digest, .. } => format!("for another digest, {digest}"),
        SignatureVerdict::Stranger { key } => format!("by a key that is not pinned, {key}"),
        SignatureVerdict::Broken { why } => format!("broken: {why}"),
    }
}

pub(super) fn arches(facts: &Facts) -> Ruling {
    let payload = match &facts.payload {
        Ok(payload) => payload,
        Err(why) => return Ruling::unknown(format!("the payload cannot be read: {why}")),
    };
    let bad = |evidence: String| match crate::gate::GateId::Arches.severity(facts.way) {
        Severity::Warn => Ruling::warn(evidence),
        _ => Ruling::block(evidence),
    };
    let has = payload.architectures.join(", ");
    if !payload.list {
        return bad(format!("a single image ({has}), not a list: the Pipeline's own check cannot pass"));
    }
    match &facts.held {
        Err(why) => Ruling::unknown(format!("what the channel holds cannot be read: {why}")),
        Ok(None) => Ruling::pass(format!("a list: {has}; the channel holds nothing yet")),
        Ok(Some(held)) => {
            let lacks: Vec<&str> =
                held.architectures.iter().filter(|a| !payload.architectures.contains(a)).map(|a| &**a).collect();
            if !lacks.is_empty() {
                return bad(format!("lacks {}, which {} has", lacks.join(", "), held.name));
            }
            if !held.list {
                return Ruling::pass(format!("a list: {has}; {} is a single image", held.name));
            }
            Ruling::pass(format!("a list: {has}, as {}", held.name))
        }
    }
}

pub(super) fn pullable(facts: &Facts) -> Ruling {
    let weights = match &facts.weights {
        Ok(weights) => weights,
        Err(why) => return Ruling::unknown(format!("the components cannot be asked for: {why}")),
    };
    let components = match &facts.payload {
        Ok(payload) => &payload.components,
        Err(why) => return Ruling::unknown(format!("the payload cannot be read: {why}")),
    };
    let refused: Vec<String> =
        weights.iter().filter_map(|w| w.refused.as_ref().map(|why| format!("{}: {why}", w.component))).collect();
    if !refused.is_empty() {
        let words =
            format!("{} of {} components cannot be pulled without credentials", refused.len(), components.len());
        return Ruling::warn(words).with(refused);
    }
    let unasked: Vec<String> = components
        .iter()
        .filter(|c| !weights.iter().any(|w| w.component == c.name))
        .map(|c| c.name.to_string())
        .collect();
    if !unasked.is_empty() {
        let words = format!("{} of {} components were not asked for", unasked.len(), components.len());
        return Ruling::unknown(words).with(unasked);
    }
    Ruling::pass(format!("all {} components, without credentials", components.len()))
}

pub(super) fn key_ring(facts: &Facts) -> Ruling {
    let payload = match &facts.payload {
        Ok(payload) => payload,
        Err(why) => return Ruling::unknown(format!("the payload cannot be read: {why}")),
    };
    let known = |print: &str| facts.keys.iter().any(|key| &*key.fingerprint == print);
    // The newest pinned key that OKD signs with today is the one that signed this release; a cluster needs it for the next.
    let signer = facts.signed.as_ref().ok().and_then(|s| s.good()).map(|(key, _)| key);
    if payload.rings.is_empty() {
        return Ruling::block("it ships no keys: a cluster could not check the next release");
    }
    let lines: Vec<String> =
        payload.rings.iter().map(|r| format!("{}: {}", r.name, r.fingerprints.join(", "))).collect();
    if !payload.rings.iter().any(|ring| &*ring.name == RING) {
        let names: Vec<&str> = payload.rings.iter().map(|r| &*r.name).collect();
        return Ruling::block(format!("it ships {} and not {RING}", names.join(", "))).with(lines);
    }
    // Every ring must have a valid signer, so one foreign ring makes each update fail.
    let wanted = |prints: &[Arc<str>]| match signer {
        Some(key) => prints.contains(&key.fingerprint),
        None => prints.iter().any(|print| known(print)),
    };
    if let Some(ring) = payload.rings.iter().find(|ring| !wanted(&ring.fingerprints)) {
        let lacks = signer.map_or_else(|| "any pinned key".to_string(), |key| key.name.to_string());
        return Ruling::block(format!("its ring {} lacks {lacks}", ring.name)).with(lines);
    }
    let store = facts.store.trim_end_matches('/');
    if !payload.stores.iter().any(|s| s.trim_end_matches('/') == store) {
        return Ruling::block(format!("it does not look for signatures in {store}")).with(lines);
    }
    Ruling::pass(format!("{RING} with {}", signer.map_or("pinned keys", |key| &*key.name))).with(lines)
}

pub(super) fn previous(facts: &Facts) -> Ruling {
    let previous = match &facts.previous {
        Ok(previous) => previous,
        Err(why) => return Ruling::unknown(format!("the releases before it cannot be listed: {why}")),
    };
    let held = match &facts.held {
        Ok(held) => held.as_ref(),
        Err(why) => return Ruling::unknown(format!("what the channel holds cannot be read: {why}")),
    };
    let promoted = match &facts.promoted {
        Ok(promoted) => promoted,
        Err(why) => return Ruling::unknown(format!("the channel's releases cannot be listed: {why}")),
    };
    let from = if facts.previous_from.is_empty() {
        "as it is in the image".to_string()
    } else {
        format!("mirror takes the accepted releases of {}", facts.previous_from)
    };
    let lines = vec![from.clone(), previous.join(", ")];
    if let Some(last) = last_before(facts, promoted).filter(|last| !previous.contains(last)) {
        let words = format!(
            "nobody on {last} could update, the last of the version line before: {from}, and it is not among them"
        );
        return Ruling::warn(words).with(lines);
    }
    let Some(held) = held else {
        return Ruling::pass(format!("{}; the channel holds nothing yet", releases(previous.len()))).with(lines);
    };
    // Nobody updates from a higher version line to this one.
    let above = PromotedName::version_of(&held.name) > PromotedName::version_of(&facts.release.name);
    if !above && !previous.contains(&held.name) {
        let words = format!("nobody on {} could update: {from}, and it is not among them", held.name);
        return Ruling::warn(words).with(lines);
    }
    let minor = crate::release::minor(&facts.release.name);
    let same = crate::release::minor(&held.name) == minor;
    let lost: Vec<&str> = held.previous.iter().filter(|p| same && !previous.contains(p)).map(|p| &**p).collect();
    if lost.is_empty() {
        let among = if above { String::new() } else { format!(", {} among them", held.name) };
        Ruling::pass(format!("{}{among}", releases(previous.len()))).with(lines)
    } else {
        Ruling::warn(format!("{} could update to {} and not to this one", lost.join(", "), held.name)).with(lines)
    }
}

/// The newest accepted release of the minor before; before X.0 that is the last minor of the major before.
fn last_before<'a>(facts: &Facts, promoted: &'a [Promoted]) -> Option<&'a Arc<str>> {
    let (major, minor, _) = PromotedName::version_of(&facts.release.name)?;
    let earlier = |(x, y, _): (u64, u64, u64)| match minor.checked_sub(1) {
        Some(before) => (x, y) == (major, before),
        None => Some(x) == major.checked_sub(1),
    };
    promoted
        .iter()
        .filter(|p| p.phase == Phase::Accepted)
        .filter_map(|p| Some((p.name.parse::<PromotedName>().ok()?, &p.name)))
        .filter(|(name, _)| earlier(name.version))
        .max_by_key(|(name, _)| *name)
        .map(|(_, name)| name)
}
