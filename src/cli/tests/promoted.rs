//! The shapes of releases, payloads, signatures, plans and the ledger.

use super::known::{NIGHTLY, digest, now, plan, promotion, release_detail, release_payload};
use crate::shapes::ledger::Row;
use crate::shapes::payload::{Diff, Payload as PayloadShape};
use crate::shapes::plan::{Ended, Plan as PlanShape};
use crate::shapes::release::Whole;
use crate::shapes::signed::Signed as SignedShape;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use weir_domain::ledger::{LedgerRow, Who};
use weir_domain::payload::Weight;
use weir_domain::promotion::{CheckState, Ending};
use weir_domain::release::detail::{ByHand, Insight};
use weir_domain::signature::{PinnedKey, Signature, SignatureVerdict, Signed};
use weir_domain::{Component, GateId, ImageRef, Payload, PayloadDiff, Phase, Receipt, RunId, Verdict};

fn value<T: serde::Serialize>(shape: T) -> Value {
    serde_json::to_value(shape).expect("a shape is JSON")
}

fn component(name: &str, commit: char, bits: char) -> Component {
    let place: ImageRef = "quay.io/okd/scos-content".parse().expect("an image");
    Component {
        name: name.into(),
        version: Some("1.34.1".into()),
        commit: Some(commit.to_string().repeat(40).as_str().into()),
        repository: Some("https://github.com/openshift/x".into()),
        image: place.with_digest(digest(bits)),
        digest: digest(bits),
    }
}

fn payload(name: &str, components: Vec<Component>) -> Payload {
    Payload {
        image: "quay.io/okd/scos-release:x".parse().expect("an image"),
        digest: digest('f'),
        list: true,
        architectures: vec!["amd64".into(), "arm64".into()],
        name: name.into(),
        created: Some(now()),
        previous: vec!["w".into()],
        from_release: None,
        components,
        versions: BTreeMap::from([("machine-os".into(), "10.0".into())]),
        rings: Vec::new(),
        stores: Vec::new(),
        oddities: vec!["a component stands there twice".into()],
    }
}

#[test]
fn a_payload_lists_its_components_with_sizes_only_where_they_were_asked_for() {
    let payload = payload("x", vec![component("a", '1', 'a'), component("b", '2', 'b')]);
    let plain = value(PayloadShape::of(&payload, &[]));
    assert_eq!(
        plain["components"][0],
        json!({
            "name": "a", "version": "1.34.1", "commit": "1".repeat(40), "repository": "https://github.com/openshift/x",
            "digest": digest('a').as_str(), "image": format!("quay.io/okd/scos-content@{}", digest('a')),
            "size": null, "architectures": null, "refused": null
        })
    );
    assert_eq!((&plain["digest"], &plain["coreos"]), (&json!(digest('f').as_str()), &json!("10.0")));
    assert_eq!(plain["architectures"], json!(["amd64", "arm64"]));
    assert_eq!(plain["oddities"], json!(["a component stands there twice"]));
    assert_eq!((&plain["from_release"], &plain["rings"]), (&Value::Null, &json!([])));
    let weights = [
        Weight { component: "a".into(), size: Some(7), architectures: vec!["amd64".into()], refused: None },
        Weight { component: "b".into(), size: None, architectures: Vec::new(), refused: Some("401".into()) },
    ];
    let weighed = value(PayloadShape::of(&payload, &weights));
    assert_eq!(
        (&weighed["components"][0]["size"], &weighed["components"][0]["architectures"]),
        (&json!(7), &json!(["amd64"]))
    );
    assert_eq!(
        (&weighed["components"][1]["refused"], &weighed["components"][1]["architectures"]),
        (&json!("401"), &Value::Null)
    );
}

#[test]
fn a_difference_has_each_component_in_exactly_one_list() {
    let old = payload("x", vec![component("a", '1', 'a'), component("b", '1', 'b'), component("c", '1', 'c')]);
    let new = payload("y", vec![component("a", '2', 'd'), component("b", '1', 'e'), component("n", '1', 'c')]);
    let diff = PayloadDiff::between(&old, &new);
    let shape = value(Diff::of(&diff, (old.coreos(), new.coreos()), None));
    let names =
        |list: &str| shape[list].as_array().expect("a list").iter().map(|c| c["name"].clone()).collect::<Vec<_>>();
    assert_eq!((names("changed"), names("rebuilt")), (vec![json!("a")], vec![json!("b")]));
    assert_eq!((names("removed"), names("added")), (vec![json!("c")], vec![json!("n")]));
    let compare = format!("https://github.com/openshift/x/compare/{}...{}", "1".repeat(40), "2".repeat(40));
    assert_eq!(shape["changed"][0]["compare"], json!(compare));
    assert_eq!(shape["changed"][0]["to"]["commit"], json!("2".repeat(40)));
    assert_eq!((&shape["added"][0]["from"], &shape["removed"][0]["to"]), (&Value::Null, &Value::Null));
    assert_eq!((&shape["from"]["name"], &shape["to"]["coreos"]), (&json!("x"), &json!("10.0")));
    assert_eq!(shape["changelog"], Value::Null);
}

#[test]
fn a_signature_is_good_bad_or_none() {
    let key = PinnedKey { name: "ci-4".into(), fingerprint: "6A95".repeat(10).as_str().into() };
    let image: ImageRef = "quay.io/okd/scos-release:x".parse().expect("an image");
    let of = |verdicts: Vec<SignatureVerdict>| {
        let signatures = verdicts.into_iter().zip(1..).map(|(verdict, number)| Signature { number, verdict }).collect();
        let signed = Signed { digest: digest('f'), store: "https://store.example.org".into(), signatures };
        value(SignedShape::of(&signed, &image))
    };
    let stranger = || SignatureVerdict::Stranger { key: "ABCD".into() };
    let good = of(vec![
        stranger(),
        SignatureVerdict::Good { key: key.clone(), reference: "quay.io/okd/scos-release:x".into(), made: None },
    ]);
    assert_eq!((&good["verdict"], &good["key"]), (&json!("good"), &json!("ci-4")));
    assert_eq!(good["fingerprint"], json!("6A95".repeat(10)));
    assert_eq!(
        (&good["reference"], &good["digest"]),
        (&json!("quay.io/okd/scos-release:x"), &json!(digest('f').as_str()))
    );
    assert_eq!((&good["signatures"][0]["verdict"], &good["signatures"][1]["number"]), (&json!("stranger"), &json!(2)));
    let inside = [&good["signatures"][0]["digest"], &good["signatures"][1]["digest"]];
    assert_eq!(inside, [&Value::Null, &json!(digest('f').as_str())], "only what was read has a digest inside");
    let bad = of(vec![SignatureVerdict::OtherDigest { key, digest: digest('0') }]);
    assert_eq!((&bad["verdict"], &bad["key"], &bad["fingerprint"]), (&json!("bad"), &Value::Null, &Value::Null));
    assert_eq!(bad["signatures"][0]["digest"], json!(digest('0').as_str()));
    let broken = of(vec![SignatureVerdict::Broken { why: "it ends early".into() }, stranger()]);
    assert_eq!((&broken["verdict"], &broken["signatures"][0]["why"]), (&json!("bad"), &json!("it ends early")));
    let none = of(Vec::new());
    assert_eq!((&none["verdict"], &none["signatures"]), (&json!("none"), &json!([])));
    assert!(none["why"].as_str().expect("words").starts_with("not signed"));
}

#[test]
fn a_plan_has_its_id_where_from_and_to_its_gates_and_its_calls() {
    let mut plan = plan();
    let shape = value(PlanShape::of(&plan));
    assert_eq!((&shape["id"], &shape["from"]), (&json!("3f2a90b1c4d5"), &json!(NIGHTLY)));
    assert_eq!((&shape["to"], &shape["name"]), (&json!("4-scos-next"), &json!("4.22.0-okd-scos.ec.8")));
    assert_eq!((&shape["digest"], &shape["goes"]), (&json!(digest('a').as_str()), &json!(true)));
    assert_eq!(shape["pull_spec"], json!(format!("registry.ci.openshift.org/origin/release-scos@{}", digest('a'))));
    assert_eq!((&shape["way"], &shape["becomes"], &shape["diff"]), (&json!("pinned"), &Value::Null, &Value::Null));
    assert_eq!(shape["gates"].as_array().map(Vec::len), Some(16));
    assert_eq!(
        shape["gates"][4],
        json!({
            "id": "digest", "verdict": "pass", "severity": "absolute", "evidence": "digest is fine", "details": [],
            "checked": "2026-11-21T12:00:00Z", "waived": null, "blocks": false
        })
    );
    assert_eq!(shape["calls"][0]["method"], json!("POST"));
    assert_eq!(shape["calls"][0]["body"], json!("kind: PipelineRun"));
    assert_eq!(shape["pipeline_diff"][1], json!({"side": "out", "text": "- name: pick-release"}));
    assert_eq!(shape["object"], json!("moc/okd-coreos/promote-4-scos-next-4.22.0-okd-scos.ec.8"));
    let gate = plan.gates.iter_mut().find(|gate| gate.id == GateId::Jobs).expect("jobs");
    gate.verdict = Verdict::Unknown;
    let shape = value(PlanShape::of(&plan));
    assert_eq!((&shape["goes"], &shape["gates"][1]["blocks"]), (&json!(false), &json!(true)));
    plan.gates[1].waived = Some("flaky".into());
    plan.gates[15].verdict = Verdict::NotApplicable;
    let shape = value(PlanShape::of(&plan));
    assert_eq!((&shape["goes"], &shape["gates"][1]["waived"]), (&json!(true), &json!("flaky")));
    assert_eq!(shape["gates"][15]["verdict"], json!("n/a"));
}

#[test]
fn how_a_promotion_ended_is_told_with_every_check() {
    let plan = plan();
    let receipt = Receipt { run: plan.object.clone(), uid: "u1".into(), words: String::new() };
    let mut seen = promotion(Some(Ending::Failed("mirror failed".into())));
    seen.checks[1].state = CheckState::Bad;
    let shape = value(Ended::of(&plan, &receipt, Some(&seen)));
    assert_eq!((&shape["outcome"], &shape["why"]), (&json!("failed"), &json!("mirror failed")));
    assert_eq!((&shape["uid"], &shape["plan"]), (&json!("u1"), &json!("3f2a90b1c4d5")));
    assert_eq!(shape["checks"].as_array().map(Vec::len), Some(8));
    assert_eq!(
        shape["checks"][0],
        json!({
            "id": "run", "state": "waiting", "since": "2026-11-21T12:00:00Z", "evidence": "2 of 6 tasks done", "at": null
        })
    );
    assert_eq!((&shape["checks"][1]["state"], &shape["checks"][1]["since"]), (&json!("bad"), &Value::Null));
    let blind = value(Ended::of(&plan, &receipt, None));
    assert_eq!((&blind["outcome"], &blind["checks"]), (&Value::Null, &json!([])));
}

#[test]
fn a_release_whole_has_the_fields_of_a_listed_one_and_more() {
    let mut detail = release_detail(Phase::Rejected);
    let shape = value(Whole::of(&detail));
    assert_eq!((&shape["name"], &shape["phase"]), (&json!(NIGHTLY), &json!("rejected")));
    assert_eq!(shape["pull_spec"], json!(format!("registry.ci.openshift.org/origin/release-scos:{NIGHTLY}")));
    assert_eq!(
        (&shape["created"], &shape["why"]),
        (&json!("2026-11-21T12:00:00Z"), &json!("rejected: aws-upgrade failed 2 times"))
    );
    assert_eq!(
        shape["jobs"][0],
        json!({
            "name": "aws-upgrade", "state": "Failed", "blocking": true, "attempts": 2,
            "url": "https://prow.example.org/2", "earlier": ["https://prow.example.org/1"],
            "decided": "2026-11-21T12:00:00Z"
        })
    );
    assert_eq!(shape["promoted_as"], json!([{"channel": "4-scos-next", "name": "4.22.0-okd-scos.ec.8"}]));
    assert_eq!((&shape["release_payload"], &shape["unseen"]), (&Value::Null, &json!(["app.ci is not connected"])));
    let mut object = release_payload(Phase::Accepted);
    object.by_hand = Some(ByHand { verdict: Phase::Accepted, reason: "demo".into() });
    object.wish = Some(("Accepted".into(), "demo".into()));
    detail.insight = Insight::Object(Box::new(object));
    let shape = value(Whole::of(&detail));
    assert_eq!(shape["by_hand"], json!({"verdict": "accepted", "reason": "demo"}));
    assert_eq!((&shape["disagrees"], &shape["unseen"]), (&json!(true), &json!([])));
    assert_eq!(
        shape["release_payload"],
        json!({"cluster": "app.ci", "namespace": "origin", "phase": "accepted", "wish": "Accepted", "may_decide": true})
    );
}

#[test]
fn a_line_of_the_ledger_says_who_and_how_that_is_known() {
    let mut row = LedgerRow {
        time: Some(now()),
        channel: "4-scos-next".into(),
        name: "4.22.0-okd-scos.ec.8".into(),
        from: Some(NIGHTLY.into()),
        pull_spec: Some("registry.ci.openshift.org/origin/release-scos:4.22".into()),
        who: Who::Journal { operator: "kai".into(), host: "bastion".into() },
        run: Some(RunId::new("moc", "okd-coreos", "promote-x")),
        plan: Some("3f2a90b1c4d5".into()),
        outcome: "held",
        digest: Some(digest('a')),
        reason: None,
        disagreements: vec!["the run says mo".into()],
    };
    let shape = value(Row::of(&row));
    assert_eq!(shape["who"], json!({"source": "journal", "name": "kai", "host": "bastion"}));
    assert_eq!((&shape["run"], &shape["outcome"]), (&json!("moc/okd-coreos/promote-x"), &json!("held")));
    let pull_spec = "registry.ci.openshift.org/origin/release-scos:4.22";
    assert_eq!((&shape["from"], &shape["pull_spec"]), (&json!(NIGHTLY), &json!(pull_spec)));
    assert_eq!((&shape["disagreements"], &shape["reason"]), (&json!(["the run says mo"]), &Value::Null));
    row.who = Who::NotRecorded;
    row.run = None;
    let shape = value(Row::of(&row));
    assert_eq!(shape["who"], json!({"source": "not-recorded", "name": null, "host": null}));
    assert_eq!(shape["run"], Value::Null);
}
