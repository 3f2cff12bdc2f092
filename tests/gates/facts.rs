//! A promotion that passes every gate: 4.21's newest nightly to `4-scos-stable`. Each test changes what it is about.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use weir_domain::channel::known_channels;
use weir_domain::gates::{Cron, Facts, Occupant, Places, Promoted, Rival, Taken, judge};
use weir_domain::payload::{KeyRing, Weight};
use weir_domain::release::detail::{ByHand, Insight, ReleasePayload};
use weir_domain::release::{Job, Verdict as Jobs};
use weir_domain::signature::{PinnedKey, Signature, SignatureVerdict, Signed, known_keys};
use weir_domain::{
    Channel, Component, Digest, Gate, GateId, ImageRef, Payload, Phase, Release, ReleaseId, RunId, Verdict, Way,
};

pub const STREAM: &str = "4.21.0-0.okd-scos-nightly";
pub const NIGHTLY: &str = "4.21.0-0.okd-scos-nightly-2026-11-20-221504";
pub const EARLIER: &str = "4.21.0-0.okd-scos-nightly-2026-11-18-041207";
pub const NAME: &str = "4.21.0-okd-scos.7";
pub const HELD: &str = "4.21.0-okd-scos.6";
pub const PLACE: &str = "registry.ci.openshift.org/origin/release-scos";
pub const STORE: &str = "https://storage.googleapis.com/openshift-ci-release/releases/signatures/openshift/release";
pub const WAYS: [Way; 3] = [Way::Pinned, Way::ImagestreamTag, Way::RegistryTag];

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn digest(letter: char) -> Digest {
    format!("sha256:{}", letter.to_string().repeat(64)).parse().expect("a digest")
}

pub fn pull_spec(name: &str) -> ImageRef {
    format!("{PLACE}:{name}").parse().expect("a reference")
}

/// What is at `NIGHTLY`.
pub fn source() -> Digest {
    digest('a')
}

fn component(name: &str, letter: char) -> Component {
    let content: ImageRef = "quay.io/okd/scos-content".parse().expect("a reference");
    Component {
        name: name.into(),
        version: None,
        commit: Some(letter.to_string().repeat(40).into()),
        repository: Some(format!("https://github.com/openshift/{name}").into()),
        image: content.with_digest(digest(letter)),
        digest: digest(letter),
    }
}

/// A list of two architectures with OKD's ring.
pub fn payload(image: &ImageRef, name: &str, top: char, components: [char; 3]) -> Payload {
    let [cli, cvo, os] = components;
    Payload {
        image: image.clone(),
        digest: digest(top),
        list: true,
        architectures: vec!["amd64".into(), "arm64".into()],
        name: name.into(),
        created: Some(at("2026-11-20T22:31:00Z")),
        previous: Vec::new(),
        from_release: None,
        components: vec![
            component("cli", cli),
            component("cluster-version-operator", cvo),
            component("stream-coreos", os),
        ],
        versions: [("machine-os".into(), "9.22.20261118-0".into())].into(),
        rings: vec![KeyRing {
            name: "verifier-public-key-ci".into(),
            fingerprints: known_keys().into_iter().map(|key| key.fingerprint).collect(),
        }],
        stores: vec![STORE.into()],
        oddities: Vec::new(),
    }
}

/// What this very promotion would have mirrored to its name.
pub fn ours() -> Occupant {
    let image = "quay.io/okd/scos-release:4.21.0-okd-scos.7".parse().expect("a reference");
    let mut there = payload(&image, NAME, 'd', ['1', '2', '3']);
    there.from_release = Some(format!("{PLACE}@{}", source()).into());
    Occupant { digest: digest('d'), payload: Ok(there), history: Vec::new() }
}

/// The key OKD's release-controller signs with.
pub fn signer() -> PinnedKey {
    known_keys().pop().expect("four keys")
}

pub fn good(number: u8, reference: &str) -> Signature {
    let verdict = SignatureVerdict::Good { key: signer(), reference: reference.into(), made: None };
    Signature { number, verdict }
}

pub fn job(name: &str, blocking: bool, state: &str) -> Job {
    let decided = (state != "Pending").then(|| at("2026-11-21T03:40:00Z"));
    Job {
        name: name.into(),
        state: state.into(),
        blocking,
        attempts: 1,
        url: format!("https://prow.ci.openshift.org/view/gs/test-platform-results/logs/{name}/1").into(),
        earlier: Vec::new(),
        decided,
    }
}

pub fn jobs(blocking: &[&str], informing: &[&str]) -> Jobs {
    let named = |names: [&'static str; 2], blocking: bool, states: &[&str]| -> Vec<Job> {
        names.iter().zip(states).map(|(name, state)| job(name, blocking, state)).collect()
    };
    let mut jobs = named(["aws", "aws-upgrade"], true, blocking);
    jobs.extend(named(["upgrade-minor", "vsphere"], false, informing));
    Jobs { jobs }
}

pub fn object(phase: Phase) -> ReleasePayload {
    ReleasePayload {
        cluster: "app.ci".into(),
        namespace: "origin".into(),
        name: NIGHTLY.into(),
        resource_version: "814402117".into(),
        phase,
        by_hand: None,
        wish: None,
        created: true,
        jobs: Vec::new(),
        may_decide: Some(false),
    }
}

/// The ReleasePayload with somebody's decision.
pub fn by_hand(verdict: Phase, reason: &str) -> Insight {
    let hand = Some(ByHand { verdict, reason: reason.into() });
    Insight::Object(Box::new(ReleasePayload { by_hand: hand, ..object(verdict) }))
}

pub fn release(name: &str, phase: Phase) -> Release {
    let pull_spec = pull_spec(name).to_string().into();
    Release { name: name.into(), phase, pull_spec, created: None, verdict: None }
}

pub fn promoted(name: &str, phase: Phase, from: &str) -> Promoted {
    Promoted { name: name.into(), phase, from: Some(format!("{PLACE}:{from}").into()), same_components: Some(false) }
}

pub fn cron(name: &str, next: Option<&str>) -> Cron {
    Cron { name: name.into(), next: next.map(at) }
}

pub fn rival(name: &str, does: &str) -> Rival {
    Rival { run: RunId::new("moc", "okd-coreos", name), does: does.into() }
}

fn channel(way: Way) -> Channel {
    let known = known_channels(&"moc".into(), &"app.ci".into());
    let stable = known.into_iter().find(|c| c.name.as_str() == "4-scos-stable").expect("a known channel");
    Channel { way, ..stable }
}

/// Saturday noon; cron promotes on Mondays at 05:00, the clean-up is at 04:00 each day.
pub fn facts(way: Way) -> Facts {
    let names = |list: &[&str]| -> Vec<String> { list.iter().map(|name| name.to_string()).collect() };
    let before: Vec<Arc<str>> = ["4.20.0-okd-scos.15", "4.21.0-okd-scos.4", "4.21.0-okd-scos.5"].map(Arc::from).into();
    let quay = |name: &str| -> ImageRef { format!("quay.io/okd/scos-release:{name}").parse().expect("a reference") };
    let source_payload = payload(&pull_spec(NIGHTLY), NIGHTLY, 'a', ['1', '2', '3']);
    let mut held = payload(&quay(HELD), HELD, 'b', ['1', '4', '5']);
    held.previous = before.clone();
    let weight = |name: &str| Weight {
        component: name.into(),
        size: Some(181_402_113),
        architectures: vec!["amd64".into(), "arm64".into()],
        refused: None,
    };
    let mut facts = Facts {
        now: at("2026-11-21T12:00:00Z"),
        channel: channel(way),
        way,
        release: ReleaseId::new(STREAM, NIGHTLY),
        pull_spec: pull_spec(NIGHTLY),
        source_place: Some(PLACE.into()),
        phase: Ok(Phase::Accepted),
        insight: Insight::Object(Box::new(object(Phase::Accepted))),
        jobs: Ok(jobs(&["Succeeded", "Succeeded"], &["Succeeded", "Pending"])),
        configured: Ok(Vec::new()),
        stream: Ok(vec![
            release("4.21.0-0.okd-scos-nightly-2026-11-21-091144", Phase::Ready),
            release(NIGHTLY, Phase::Accepted),
            release("4.21.0-0.okd-scos-nightly-2026-11-19-201733", Phase::Rejected),
            release(EARLIER, Phase::Accepted),
        ]),
        digest: Ok(source()),
        digest_again: Ok(source()),
        payload: Ok(source_payload.clone()),
        signed: Ok(Signed {
            digest: source(),
            store: STORE.into(),
            signatures: vec![good(1, &pull_spec(NIGHTLY).to_string())],
        }),
        keys: known_keys(),
        store: STORE.into(),
        weights: Ok(source_payload.components.iter().map(|c| weight(&c.name)).collect()),
        credential: "the token of app.ci".into(),
        promoted: Ok(vec![
            promoted(HELD, Phase::Accepted, EARLIER),
            promoted("4.21.0-okd-scos.5", Phase::Accepted, "4.21.0-0.okd-scos-nightly-2026-11-04-101500"),
            promoted("4.20.0-okd-scos.15", Phase::Accepted, "4.20.0-0.okd-scos-nightly-2026-10-28-050112"),
        ]),
        held: Ok(Some(held)),
        name: Some(NAME.into()),
        places: Places { repository: Ok(None), github: Ok(None), imagestream: Ok(None), stream: Ok(None) },
        taken: Taken {
            repository: Ok(names(&["4.20.0-okd-scos.15", "4.21.0-okd-scos.5", HELD, "4.22.0-okd-scos.ec.3"])),
            github: Ok(names(&["4.20.0-okd-scos.15", "4.21.0-okd-scos.5", HELD, "4.15.0-0.okd-2024-03-10-010116"])),
            imagestream: Ok(names(&["4.20.0-okd-scos.15", "4.21.0-okd-scos.5", HELD])),
            stream: Ok(names(&["4.20.0-okd-scos.15", "4.21.0-okd-scos.5", HELD])),
        },
        previous: Ok(before.into_iter().chain([Arc::from(HELD)]).collect()),
        previous_from: "4-scos-stable".into(),
        right: ("create pipelineruns in okd-coreos on moc".into(), Ok(true)),
        secrets: vec![("okd-quay-pull-secret".into(), Ok(true)), ("okd-prow-sa-auth".into(), Ok(true))],
        rivals: Ok(Vec::new()),
        earlier: Vec::new(),
        skew: None,
        promoter: Ok(Some(cron("cron-trigger-cluster-command", Some("2026-11-23T05:00:00Z")))),
        clean_up: Ok(Some(cron("tekton-cleanup-daily", Some("2026-11-22T04:00:00Z")))),
        promoter_usual: at("2026-11-23T05:00:00Z"),
        clean_up_usual: at("2026-11-22T04:00:00Z"),
        takes: (SignedDuration::from_mins(95), "the longest of 7 earlier runs".into()),
        latest: Ok(Some(HELD.into())),
        read_only: None,
    };
    match way {
        Way::Pinned => {}
        Way::ImagestreamTag => {
            facts.places.repository = Ok(Some(ours()));
            facts.taken.repository.as_mut().expect("read").push(NAME.into());
            facts.right.0 = "create imagestreamtags in origin on app.ci".into();
            facts.secrets.clear();
        }
        Way::RegistryTag => {
            facts.name = Some("4-scos-stable".into());
            facts.right.0 = "push to quay.io/okd/scos-release".into();
            facts.secrets.clear();
        }
    }
    facts
}

/// One gate of all that are judged.
pub fn gate(facts: &Facts, id: GateId) -> Gate {
    judge(facts, &[]).into_iter().find(|gate| gate.id == id).expect("all sixteen are judged")
}

/// Evidence and details, a line each.
pub fn words(gate: &Gate) -> String {
    std::iter::once(&gate.evidence).chain(&gate.details).cloned().collect::<Vec<_>>().join("\n")
}

/// Asserts a verdict and words, with the gate's own words when it is otherwise.
#[track_caller]
pub fn says(facts: &Facts, id: GateId, verdict: Verdict, wanted: &[&str]) {
    let gate = gate(facts, id);
    assert_eq!(gate.verdict, verdict, "{id}: {}", words(&gate));
    for word in wanted {
        assert!(words(&gate).contains(word), "{id} does not say `{word}`: {}", words(&gate));
    }
}
