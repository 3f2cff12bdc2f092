//! A plan: what makes two of them different, in words, and when one can be sent.

use crate::facts::*;
use weir_domain::gates::{Facts, judge};
use weir_domain::plan::{DiffLine, Source};
use weir_domain::proposal::Call;
use weir_domain::{GateId, PayloadDiff, Plan, PlanRequest, RunId, Severity, Tree, Verdict, Way};

/// The plan that facts lead to.
pub fn planned(facts: &Facts, waivers: &[(GateId, String)]) -> Plan {
    let source = facts.payload.clone().expect("read");
    let held = facts.held.clone().expect("read").expect("it holds one");
    Plan {
        id: "3fa2c1d0b9e8".into(),
        request: PlanRequest {
            release: facts.release.clone(),
            channel: facts.channel.name.to_string(),
            way: None,
            waivers: waivers.to_vec(),
            reason: None,
        },
        way: facts.way,
        channel: facts.channel.clone(),
        from: Source {
            release: facts.release.clone(),
            pull_spec: facts.pull_spec.clone(),
            digest: facts.digest.clone().expect("read"),
        },
        name: facts.name.clone().expect("a name"),
        digest: None,
        replaces: None,
        holds: Some(held.name.clone()),
        previous: facts.previous.clone().expect("read"),
        diff: Ok(PayloadDiff::between(&held, &source)),
        gates: judge(facts, waivers),
        obstacles: Vec::new(),
        calls: vec![Call {
            method: "POST",
            path: "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns".into(),
            content_type: "application/json",
            body: Tree::map([("kind", "PipelineRun".into())]),
        }],
        pipeline_diff: vec![DiffLine::Out("- name: pick-release".into()), DiffLine::Same("- name: mirror".into())],
        object: RunId::new("moc", "okd-coreos", "weir-4-scos-stable-4.21.0-okd-scos.7"),
        server: "https://api.moc.example.org:6443".into(),
        operator: "jane".into(),
        host: "bastion-2".into(),
        follows: vec!["the tag is read back".into()],
        made: facts.now,
    }
}

pub fn plan() -> Plan {
    planned(&facts(Way::Pinned), &[])
}

/// The one sentence of a drift.
#[track_caller]
fn drifted(change: impl FnOnce(&mut Plan)) -> String {
    let before = plan();
    let mut now = plan();
    now.id = "000000000000".into();
    change(&mut now);
    let said = before.drift(&now);
    assert_eq!(said.len(), 1, "{said:?}");
    said.into_iter().next().expect("one sentence")
}

#[test]
fn two_plans_of_one_world_do_not_differ() {
    let mut later = plan();
    later.made = at("2026-11-21T12:01:00Z");
    for gate in &mut later.gates {
        gate.checked = later.made;
    }
    assert_eq!(plan().drift(&later), Vec::<String>::new());
}

#[test]
fn a_digest_that_moved_is_named_with_both() {
    let said = drifted(|now| now.from.digest = digest('e'));
    assert_eq!(said, format!("{} is {} now, it was {}", pull_spec(NIGHTLY), digest('e').short(), source().short()));
}

#[test]
fn another_next_name_is_named_with_both() {
    let said = drifted(|now| now.name = "4.21.0-okd-scos.8".into());
    assert_eq!(said, "the next name is 4.21.0-okd-scos.8 now, it was 4.21.0-okd-scos.7");
}

#[test]
fn each_gate_whose_verdict_changed_is_named_with_the_new_evidence() {
    for (index, id) in GateId::ALL.into_iter().enumerate() {
        let said = drifted(|now| {
            now.gates[index].verdict = Verdict::Unknown;
            now.gates[index].evidence = "503".into();
        });
        assert_eq!(said, format!("{id}: unknown now, it was pass: 503"));
    }
}

#[test]
fn each_gate_whose_evidence_changed_is_named_with_both() {
    for (index, id) in GateId::ALL.into_iter().enumerate() {
        let old = plan().gates[index].evidence.clone();
        let said = drifted(|now| now.gates[index].evidence = "something else".into());
        assert_eq!(said, format!("{id}: something else now, it was {old}"));
    }
}

#[test]
fn each_gate_of_which_only_a_detail_changed_is_named_with_that_detail() {
    for (index, id) in GateId::ALL.into_iter().enumerate() {
        let said = drifted(|now| now.gates[index].details.push("and one thing more".into()));
        assert!(said.starts_with(&format!("{id}: ")) && said.contains("and one thing more"), "{said}");
    }
    let old = plan().gate(GateId::Alone).expect("judged").details[0].clone();
    let said = drifted(|now| now.gates.iter_mut().find(|g| g.id == GateId::Alone).expect("judged").details.clear());
    assert!(said.starts_with("alone: ") && said.contains(&old), "{said}");
}

#[test]
fn another_pipeline_is_named() {
    assert_eq!(
        drifted(|now| now.pipeline_diff.push(DiffLine::In("+ retries: 2".into()))),
        "the Pipeline is another one now"
    );
}

#[test]
fn another_task_is_named_and_the_pipeline_only_where_it_is_another_too() {
    let task = |what: &str| DiffLine::of_task("mirror-release", what);
    let mut before = plan();
    before.pipeline_diff.push(task("0c1d2e, by default oc-project=origin"));
    let mut now = before.clone();
    now.id = "another".into();
    now.pipeline_diff.pop();
    now.pipeline_diff.push(task("ffffff, by default oc-project=origin"));
    assert_eq!(before.drift(&now), ["the Task mirror-release is another one now"]);
    now.pipeline_diff.insert(0, DiffLine::In("+ retries: 2".into()));
    assert_eq!(before.drift(&now), ["the Pipeline is another one now", "the Task mirror-release is another one now"]);
    let mut turned = before.clone();
    turned.pipeline_diff.swap(0, 1);
    assert_eq!(before.drift(&turned), ["the Pipeline is another one now"]);
}

#[test]
fn another_server_is_named_with_both() {
    let said = drifted(|now| now.server = "https://api.moc-2.example.org:6443".into());
    assert_eq!(said, "it would go to https://api.moc-2.example.org:6443 now, it was https://api.moc.example.org:6443");
}

#[test]
fn another_request_is_named() {
    let said = drifted(|now| now.calls[0].body.set(&["spec"], "x".into()));
    assert_eq!(said, "what would be sent is different now");
}

#[test]
fn another_config_of_the_channel_is_named() {
    let said = drifted(|now| now.channel.content_repository = "quay.io/zzlotnik/scos-content".into());
    assert_eq!(said, "the channel's config is another one now");
}

#[test]
fn a_new_obstacle_is_named_in_its_own_words() {
    let words = "the Pipeline has a task that weir does not know: `sign`";
    assert_eq!(drifted(|now| now.obstacles.push(words.into())), words);
}

#[test]
fn another_waiver_is_named_and_so_is_one_that_is_gone() {
    let mut facts = facts(Way::Pinned);
    facts.jobs = Err("503".into());
    let waived = |reason: &str| planned(&facts, &[(GateId::Jobs, reason.into())]);
    let said = ["jobs: the waiver is another".to_string()];
    assert_eq!(waived("seen green on Prow").drift(&waived("the board said so")), said);
    assert_eq!(waived("seen green on Prow").drift(&planned(&facts, &[])), said);
    assert_eq!(waived("the board said so").drift(&waived("the board said so")), Vec::<String>::new());
}

#[test]
fn an_input_that_only_the_id_knows_is_drift_all_the_same() {
    assert_eq!(drifted(|_| {}), "an input changed");
}

#[test]
fn everything_that_changed_is_said() {
    let mut now = plan();
    now.from.digest = digest('e');
    now.name = "4.21.0-okd-scos.8".into();
    now.gates[0].verdict = Verdict::Block;
    now.obstacles.push("the Pipeline lacks the task `mirror`".into());
    now.pipeline_diff.clear();
    now.channel.latest = false;
    // The Pipeline's difference holds the name and the digest: it is not named beside them.
    assert_eq!(plan().drift(&now).len(), 5);
}

#[test]
fn a_plan_goes_when_nothing_blocks_and_there_is_something_to_send() {
    assert!(plan().goes());
    let stops: [fn(&mut Plan); 3] = [
        |plan| plan.calls.clear(),
        |plan| plan.obstacles.push("a Task nobody knows".into()),
        |plan| plan.gates[0].verdict = Verdict::Block,
    ];
    for stop in stops {
        let mut plan = plan();
        stop(&mut plan);
        assert!(!plan.goes());
    }
}

#[test]
fn only_gates_that_block_keep_a_plan_from_going() {
    for (index, id) in GateId::ALL.into_iter().enumerate() {
        let mut plan = plan();
        plan.gates[index].verdict = Verdict::Unknown;
        assert_eq!(plan.goes(), id.severity(Way::Pinned) == Severity::Warn, "{id}");
        plan.gates[index].verdict = Verdict::Warn;
        assert!(plan.goes(), "{id}");
    }
}

#[test]
fn the_tally_counts_every_verdict_and_what_was_waived() {
    assert_eq!(plan().tally(), "16 pass · 0 warn · 0 block · 0 unknown");
    let mut facts = facts(Way::Pinned);
    facts.jobs = Err("503".into());
    facts.phase = Ok(weir_domain::Phase::Rejected);
    facts.weights = Err("no route to host".into());
    let plan = planned(&facts, &[(GateId::Jobs, "seen green on Prow".into())]);
    assert_eq!(plan.tally(), "13 pass · 0 warn · 1 block · 1 unknown · 1 waived");
    assert_eq!(plan.blocking().map(|gate| gate.id).collect::<Vec<_>>(), [GateId::Accepted]);
}

#[test]
fn what_is_sent_names_the_source_by_digest_alone() {
    assert_eq!(plan().from.pinned().to_string(), format!("{PLACE}@{}", source()));
}
