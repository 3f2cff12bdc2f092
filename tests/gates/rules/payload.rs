//! Gates about the payload: digest, signature, arches, pullable, key-ring, previous.

use super::{ALL, Case, RUN, RUN_OR_TAG, STREAM_TAG, cases};
use crate::facts::*;
use weir_domain::gates::Facts;
use weir_domain::payload::KeyRing;
use weir_domain::signature::{Signature, SignatureVerdict};
use weir_domain::{GateId, Payload, Phase, Severity, Verdict, Way};

/// Red Hat's release key: what OCP ships and OKD must not rely on.
const OCP: &str = "567E347AD0044ADE55BA8A5F199E2F91FD431D51";

pub fn cases() -> Vec<Case> {
    let mut all = digest_cases();
    all.extend(signature());
    all.extend(arches());
    all.extend(pullable());
    all.extend(key_ring());
    all.extend(previous());
    all
}

fn read(facts: &mut Facts) -> &mut Payload {
    facts.payload.as_mut().expect("read")
}

fn held(facts: &mut Facts) -> &mut Payload {
    facts.held.as_mut().expect("read").as_mut().expect("it holds one")
}

fn signed(facts: &mut Facts, verdict: SignatureVerdict) {
    facts.signed.as_mut().expect("read").signatures = vec![Signature { number: 1, verdict }];
}

fn ring(name: &str, prints: &[&str]) -> KeyRing {
    KeyRing { name: name.into(), fingerprints: prints.iter().map(|print| (*print).into()).collect() }
}

fn digest_cases() -> Vec<Case> {
    let mut all = cases! { Digest, ALL;
        "it stays": |_| {} => Pass, ["sha256:aaaa", "the token of app.ci"];
        "its stream has no other release": |f| f.source_place = None => Pass, ["sha256:aaaa"];
        "the tag moved meanwhile": |f| f.digest_again = Ok(digest('e'))
            => Block, ["moved", "sha256:aaaaaaaa…aaaa → sha256:eeeeeeee…eeee"];
        "the pull spec lies elsewhere":
            |f| f.pull_spec = format!("quay.io/zzlotnik/scos-release:{NIGHTLY}").parse().expect("a reference")
            => Block, ["quay.io/zzlotnik/scos-release", "outside registry.ci.openshift.org/origin/release-scos"];
        "another payload was read": |f| read(f).digest = digest('e')
            => Block, ["sha256:eeeeeeee…eeee, not sha256:aaaaaaaa…aaaa"];
        "the payload has a component twice": |f| read(f).oddities = vec!["the component `cli` is there twice".into()]
            => Block, ["the component `cli` is there twice"];
        "the registry does not answer": |f| f.digest = Err("denied".into())
            => Unknown, ["denied", "the token of app.ci"];
        "the registry does not answer again": |f| f.digest_again = Err("429".into()) => Unknown, ["429"];
        "the payload cannot be read": |f| f.payload = Err("a layer ends early".into())
            => Unknown, ["a layer ends early"];
    };
    all.extend(cases! { Digest, RUN_OR_TAG;
        "the image has another name inside": |f| read(f).name = EARLIER.into() => Block, ["calls itself", EARLIER];
    });
    all
}

fn signature() -> Vec<Case> {
    cases! { Signature, RUN_OR_TAG;
        "a pinned key signed it": |_| {} => Pass, ["verifier-public-key-openshift-ci-4", "signature-1: good"];
        "only the third file is good": |f| {
            let signatures = &mut f.signed.as_mut().expect("read").signatures;
            signatures[0].number = 3;
            signatures.insert(0, Signature { number: 1, verdict: SignatureVerdict::Stranger { key: OCP.into() } });
        } => Pass, ["signature-3: good", "signature-1: by a key that is not pinned"];
        "it was signed for another reference":
            |f| f.signed.as_mut().expect("read").signatures = vec![good(1, "quay.io/okd/scos-release:other")]
            => Warn, ["it names quay.io/okd/scos-release:other"];
        "it was signed for another digest":
            |f| signed(f, SignatureVerdict::OtherDigest { key: signer(), digest: digest('e') })
            => Block, ["for another digest", "sha256:eeee"];
        "a stranger signed it": |f| signed(f, SignatureVerdict::Stranger { key: OCP.into() })
            => Block, ["not pinned", "199E2F91FD431D51"];
        "the file is no signature": |f| signed(f, SignatureVerdict::Broken { why: "it is 1 GB".into() })
            => Block, ["broken: it is 1 GB"];
        "there is none": |f| f.signed.as_mut().expect("read").signatures.clear() => Block, ["not signed"];
        "those of another digest were read": |f| f.signed.as_mut().expect("read").digest = digest('e')
            => Block, ["those of sha256:eeee"];
        "the store does not answer": |f| f.signed = Err("storage.googleapis.com: 503".into()) => Unknown, ["503"];
    }
}

fn arches() -> Vec<Case> {
    let mut all = cases! { Arches, RUN_OR_TAG;
        "it has what the channel has": |_| {} => Pass, ["a list: amd64, arm64, as 4.21.0-okd-scos.6"];
        "it has more than the channel has": |f| held(f).architectures.truncate(1) => Pass, ["amd64, arm64"];
        "the channel holds a single image": |f| held(f).list = false => Pass, ["4.21.0-okd-scos.6 is a single image"];
        "the channel holds nothing": |f| f.held = Ok(None) => Pass, ["the channel holds nothing yet"];
        "the payload cannot be read": |f| f.payload = Err("a gzip bomb".into()) => Unknown, ["a gzip bomb"];
        "what the channel holds cannot be read": |f| f.held = Err("quay.io: 502".into()) => Unknown, ["quay.io: 502"];
    };
    let bad = cases! { Arches, RUN;
        "it is a single image": |f| read(f).list = false => Block, ["a single image (amd64, arm64), not a list"];
        "it lacks arm64": |f| read(f).architectures.truncate(1) => Block, ["lacks arm64, which 4.21.0-okd-scos.6 has"];
    };
    all.extend(bad.iter().map(|case| Case { ways: STREAM_TAG, verdict: Verdict::Warn, ..*case }));
    all.extend(bad);
    all
}

fn pullable() -> Vec<Case> {
    cases! { Pullable, ALL;
        "all can be": |_| {} => Pass, ["all 3 components, without credentials"];
        "one needs a login": |f| f.weights.as_mut().expect("read")[1].refused = Some("401".into())
            => Warn, ["1 of 3 components", "cluster-version-operator: 401"];
        "they cannot be asked for": |f| f.weights = Err("registry.ci.openshift.org: no route to host".into())
            => Unknown, ["no route"];
        "one was not asked for": |f| { f.weights.as_mut().expect("read").pop(); }
            => Unknown, ["1 of 3 components", "stream-coreos"];
        "the payload cannot be read": |f| f.payload = Err("a layer ends early".into())
            => Unknown, ["a layer ends early"];
    }
}

fn key_ring() -> Vec<Case> {
    cases! { KeyRing, RUN_OR_TAG;
        "it ships OKD's": |_| {} => Pass, ["verifier-public-key-ci with verifier-public-key-openshift-ci-4"];
        "nobody signed it and its ring is known": |f| f.signed = Err("503".into()) => Pass, ["pinned keys"];
        "it ships none": |f| read(f).rings.clear() => Block, ["ships no keys"];
        "it ships OCP's": |f| read(f).rings = vec![ring("verifier-public-key-redhat", &[OCP])]
            => Block, ["verifier-public-key-redhat and not verifier-public-key-ci", OCP];
        "it ships OCP's beside OKD's": |f| read(f).rings.push(ring("verifier-public-key-redhat", &[OCP]))
            => Block, ["its ring verifier-public-key-redhat lacks verifier-public-key-openshift-ci-4"];
        "OKD's ring lacks the key in use": |f| { read(f).rings[0].fingerprints.pop(); }
            => Block, ["lacks verifier-public-key-openshift-ci-4"];
        "nobody signed it and its ring is a stranger's": |f| {
            f.signed = Err("503".into());
            read(f).rings = vec![ring("verifier-public-key-ci", &[OCP])]
        } => Block, ["lacks any pinned key"];
        "it looks for signatures elsewhere": |f| read(f).stores = vec!["https://mirror.openshift.com/pub".into()]
            => Block, ["openshift-ci-release"];
        "it cannot be read": |f| f.payload = Err("a tar with ../".into()) => Unknown, ["a tar with ../"];
    }
}

fn previous() -> Vec<Case> {
    cases! { Previous, RUN_OR_TAG;
        "all before it are there": |_| {}
            => Pass, ["4 releases, 4.21.0-okd-scos.6 among them", "4.20.0-okd-scos.15, 4.21.0-okd-scos.4"];
        "the channel holds nothing": |f| { f.held = Ok(None); f.promoted = Ok(Vec::new()) }
            => Pass, ["holds nothing yet"];
        "what the channel holds is not there": |f| { f.previous.as_mut().expect("read").pop(); }
            => Warn, ["nobody on 4.21.0-okd-scos.6 could update"];
        "one fell out": |f| { f.previous.as_mut().expect("read").remove(1); }
            => Warn, ["4.21.0-okd-scos.4 could update to 4.21.0-okd-scos.6"];
        "the last of the minor before is not there":
            |f| f.promoted.as_mut().expect("read")[2].name = "4.20.0-okd-scos.16".into()
            => Warn, ["nobody on 4.20.0-okd-scos.16 could update"];
        "it cannot be listed": |f| f.previous = Err("the accepted releases: 503".into()) => Unknown, ["503"];
        "what the channel holds cannot be read": |f| f.held = Err("quay.io: 502".into()) => Unknown, ["quay.io: 502"];
        "the channel's releases cannot be listed": |f| f.promoted = Err("504".into()) => Unknown, ["504"];
    }
}

#[test]
fn a_single_image_can_not_be_waived_into_a_pinned_run_and_only_warns_for_a_tag() {
    for (way, severity) in [(Way::Pinned, Severity::Absolute), (Way::ImagestreamTag, Severity::Warn)] {
        let mut facts = facts(way);
        read(&mut facts).list = false;
        let gate = gate(&facts, GateId::Arches);
        assert_eq!((gate.severity, gate.blocks(), gate.can_be_waived()), (severity, way == Way::Pinned, false));
    }
}

#[test]
fn one_digest_under_two_names_is_what_a_registry_tag_is_for() {
    let mut facts = facts(Way::RegistryTag);
    read(&mut facts).name = EARLIER.into();
    says(&facts, GateId::Digest, Verdict::Pass, &[]);
}

#[test]
fn the_digest_that_counts_is_shown_whole() {
    let gate = gate(&facts(Way::Pinned), GateId::Digest);
    assert_eq!(gate.evidence, source().to_string());
}

#[test]
fn a_good_signature_shows_key_fingerprint_and_reference() {
    let shown = format!("{}, for {PLACE}:{NIGHTLY}", signer().fingerprint);
    says(&facts(Way::Pinned), GateId::Signature, Verdict::Pass, &[&shown]);
}

#[test]
fn the_first_of_a_major_must_be_upgradable_from_the_last_minor_of_the_one_before() {
    let mut facts = facts(Way::Pinned);
    facts.release.name = "5.0.0-0.okd-scos-nightly-2026-11-20-221504".into();
    facts.held = Ok(None);
    facts.promoted = Ok(vec![
        promoted("4.9.0-okd-scos.4", Phase::Accepted, "x"),
        promoted("4.22.0-okd-scos.10", Phase::Accepted, "y"),
        promoted("4.22.0-okd-scos.9", Phase::Accepted, "z"),
        promoted("4.22.0-okd-scos.11", Phase::Rejected, "z"),
    ]);
    facts.previous = Ok(vec!["4.22.0-okd-scos.9".into()]);
    says(&facts, GateId::Previous, Verdict::Warn, &["nobody on 4.22.0-okd-scos.10 could update"]);
    facts.previous = Ok(vec!["4.22.0-okd-scos.10".into()]);
    says(&facts, GateId::Previous, Verdict::Pass, &[]);
}

#[test]
fn only_a_pinned_key_on_this_very_digest_lets_it_through_and_no_reason_does() {
    let others: [Option<SignatureVerdict>; 3] = [
        None,
        Some(SignatureVerdict::OtherDigest { key: signer(), digest: digest('e') }),
        Some(SignatureVerdict::Stranger { key: OCP.into() }),
    ];
    for verdict in others {
        let mut facts = facts(Way::Pinned);
        facts.signed.as_mut().expect("read").signatures.clear();
        if let Some(verdict) = verdict {
            signed(&mut facts, verdict);
        }
        let gate = gate(&facts, GateId::Signature);
        assert!(gate.blocks() && !gate.can_be_waived(), "{}", gate.evidence);
    }
}

#[test]
fn another_reference_inside_a_good_signature_is_shown_and_warns() {
    let mut facts = facts(Way::Pinned);
    facts.signed.as_mut().expect("read").signatures = vec![good(1, "quay.io/okd/scos-release:other")];
    let gate = gate(&facts, GateId::Signature);
    assert!(gate.warns() && !gate.blocks() && gate.evidence.contains("quay.io/okd/scos-release:other"));
}

#[test]
fn the_key_ring_of_ocp_blocks_and_no_reason_waives_it() {
    let mut facts = facts(Way::Pinned);
    read(&mut facts).rings = vec![ring("verifier-public-key-redhat", &[OCP])];
    let gate = gate(&facts, GateId::KeyRing);
    assert!(gate.blocks() && !gate.can_be_waived() && gate.evidence.contains("verifier-public-key-redhat"));
}
