//! The yes to a promotion: what is refused before it is asked, what must be typed, and the one later command it covers.

use crate::facts::{NAME, WAYS, at, facts};
use crate::plan::{plan, planned};
use weir_domain::cancel::Grace;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::proposal::calls;
use weir_domain::{
    Command, Confirmed, Consent, Endpoint, EndpointKind, EndpointState, FailureKind, GateId, Plan, Proposal, Severity,
    Tree, Verdict, Way,
};

fn endpoint() -> Endpoint {
    Endpoint {
        name: "moc".into(),
        kind: EndpointKind::Cluster,
        server: "https://another.example.org:6443".into(),
        user: "jane".into(),
        contexts: vec!["moc".into()],
        state: EndpointState::Live,
        latency_ms: Some(12),
        as_of: None,
        unseen: Vec::new(),
        version: None,
        read_only: false,
        production: false,
        namespaces: None,
        namespace: "okd-coreos".into(),
        operator: Some("jane".into()),
        host: "bastion-2".into(),
    }
}

fn propose(plan: Plan) -> Result<Proposal, String> {
    asked(plan, &endpoint(), false)
}

fn asked(plan: Plan, endpoint: &Endpoint, read_only: bool) -> Result<Proposal, String> {
    Proposal::new(Command::Promote(Box::new(plan)), endpoint, read_only, None).map_err(|failure| {
        assert_eq!(failure.kind, FailureKind::Refused);
        failure.why
    })
}

#[test]
fn a_gate_that_blocks_or_is_not_known_keeps_a_plan_from_being_proposed() {
    for (index, id) in GateId::ALL.into_iter().enumerate() {
        for verdict in [Verdict::Block, Verdict::Unknown] {
            let mut plan = plan();
            plan.gates[index].verdict = verdict;
            plan.gates[index].evidence = "for this reason".into();
            let only_warns = verdict == Verdict::Unknown && id.severity(Way::Pinned) == Severity::Warn;
            match propose(plan) {
                Ok(_) => assert!(only_warns, "{id} {}", verdict.word()),
                Err(why) => {
                    assert!(!only_warns && why == format!("the gate `{id}` blocks: for this reason"), "{why}");
                }
            }
        }
    }
}

#[test]
fn a_waived_gate_does_not_keep_it_from_being_proposed() {
    let mut facts = facts(Way::Pinned);
    facts.jobs = Err("503".into());
    assert!(propose(planned(&facts, &[])).is_err());
    assert!(propose(planned(&facts, &[(GateId::Jobs, "seen green on Prow".into())])).is_ok());
}

#[test]
fn an_obstacle_keeps_it_from_being_proposed() {
    let mut plan = plan();
    plan.obstacles.push("the Task `mirror-release` has the results none, not mirrored-pullspec".into());
    assert!(propose(plan).is_err_and(|why| why.contains("`mirror-release`")));
}

#[test]
fn a_plan_without_a_request_is_not_proposed() {
    let mut plan = plan();
    plan.calls.clear();
    assert!(propose(plan).is_err_and(|why| why.contains("nothing to send")));
}

#[test]
fn read_only_refuses_whether_the_program_or_the_cluster_is() {
    assert!(asked(plan(), &endpoint(), true).is_err_and(|why| why.contains("read-only")));
    let closed = Endpoint { read_only: true, ..endpoint() };
    assert!(asked(plan(), &closed, false).is_err_and(|why| why.contains("read-only")));
}

#[test]
fn the_new_name_is_what_must_be_typed_and_a_key_is_not_enough() {
    let proposal = propose(plan()).expect("a good plan");
    assert_eq!(proposal.phrase(), NAME);
    assert!(proposal.must_type());
    let proposal = proposal.answer(Consent::Key).expect_err("a key");
    let mut back = proposal;
    for wrong in ["", "yes", "4.21.0-okd-scos.6", "4.21.0-okd-scos.7 ", "weir-4-scos-stable-4.21.0-okd-scos.7"] {
        back = back.answer(Consent::Typed(wrong)).expect_err("other words");
    }
    let yes = back.answer(Consent::Typed(NAME)).expect("the name");
    assert_eq!(yes.command(), &Command::Promote(Box::new(plan())));
    assert_eq!((yes.server(), yes.reason()), (plan().server.as_str(), None));
}

#[test]
fn what_is_shown_is_what_the_plan_sends_to_the_server_the_plan_names() {
    let proposal = propose(plan()).expect("a good plan");
    assert_eq!(proposal.calls, plan().calls);
    assert_eq!(proposal.server, plan().server);
}

#[test]
fn the_reasons_of_a_yes_are_the_plans_own_and_its_calls_are_as_shown() {
    let because = |reason: &str| {
        let mut plan = plan();
        plan.request.reason = Some(reason.into());
        plan
    };
    let given = because(" 4.21.0 for the weekend ");
    let proposal = Proposal::promotion(Box::new(given.clone()), false).expect("good");
    assert_eq!(proposal.calls, given.calls, "nothing is added behind the plan");
    let yes = proposal.answer(Consent::Typed(NAME)).expect("the name");
    assert_eq!(yes.reason(), Some("4.21.0 for the weekend"));
    assert_eq!(because("  ").reason(), None, "blanks are no reason");
    assert_eq!(
        because("oc login --token=sha256~abcdefgh12345678").reason().as_deref(),
        Some("oc login --token=‹hidden›")
    );

    let mut waived = because("for the weekend");
    let (id, reason) = (waived.gates[0].id, "agreed by phone");
    waived.gates[0].waived = Some(reason.into());
    assert_eq!(waived.reason(), Some(format!("for the weekend; waived {id}: {reason}")));
    waived.request.reason = None;
    assert_eq!(waived.reason(), Some(format!("waived {id}: {reason}")));
    assert!(plan().drift(&Plan { id: "other".into(), ..given }).contains(&"the reason is another".to_string()));
}

/// The journal's line of an accepted promotion.
pub fn entry(plan: &Plan, outcome: Outcome) -> Entry {
    Entry {
        time: at("2026-11-21T12:02:00Z"),
        id: "20261121T120200-1".into(),
        outcome,
        verb: "promote".into(),
        cluster: "moc".into(),
        server: plan.server.clone(),
        namespace: "okd-coreos".into(),
        object: plan.object.name.to_string(),
        uid: "6f1c2a7e-6f0e-4a53-9a0e-0d5f1f0b7a11".into(),
        operator: "jane".into(),
        host: "bastion-2".into(),
        reason: None,
        call: "POST /apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns".into(),
        body: String::new(),
        answer: String::new(),
        plan: Some(Box::new(plan.record())),
    }
}

#[test]
fn the_yes_of_a_promotion_covers_the_cancel_of_that_very_run() {
    let accepted = entry(&plan(), Outcome::Accepted);
    let stop = Confirmed::stop_of(&accepted, "a component cannot be pulled").expect("an accepted promotion");
    let Command::Cancel { run, uid, how } = stop.command() else { panic!("not a cancel: {:?}", stop.command()) };
    assert_eq!((run, uid), (&plan().object, &accepted.uid));
    assert_eq!(*how, Grace::CancelledRunFinally);
    assert_eq!(stop.server(), plan().server);
    assert!(stop.reason().is_some_and(|why| why.contains("3fa2c1d0b9e8") && why.contains("cannot be pulled")));
    let [call] = &calls(stop.command())[..] else { panic!("more than one request") };
    assert_eq!(call.method, "PATCH");
    assert!(call.path.ends_with("/namespaces/okd-coreos/pipelineruns/weir-4-scos-stable-4.21.0-okd-scos.7"));
    assert_eq!(call.body.at(&["metadata", "uid"]), Some(&Tree::Text(accepted.uid.clone())));
}

#[test]
fn no_other_line_of_the_journal_covers_a_cancel() {
    for outcome in [Outcome::Sending, Outcome::Refused, Outcome::Unknown, Outcome::Done, Outcome::Failed] {
        assert_eq!(Confirmed::stop_of(&entry(&plan(), outcome), "why"), None, "{outcome:?}");
    }
    let accepted = entry(&plan(), Outcome::Accepted);
    assert_eq!(Confirmed::stop_of(&Entry { uid: String::new(), ..accepted.clone() }, "why"), None, "no uid");
    assert_eq!(Confirmed::stop_of(&Entry { plan: None, ..accepted }, "why"), None, "no plan");
    for way in WAYS.into_iter().filter(|way| *way != Way::Pinned) {
        let other = planned(&facts(way), &[]);
        assert_eq!(Confirmed::stop_of(&entry(&other, Outcome::Accepted), "why"), None, "{}", way.word());
    }
}

#[test]
fn the_journal_keeps_every_gate_with_its_evidence_and_its_waiver() {
    let mut facts = facts(Way::Pinned);
    facts.jobs = Err("503".into());
    let plan = planned(&facts, &[(GateId::Jobs, "seen green on Prow".into())]);
    let record = plan.record();
    assert_eq!((&record.gates, &record.id, &record.from), (&plan.gates, &plan.id, &plan.from));
    let jobs = record.gates.iter().find(|gate| gate.id == GateId::Jobs).expect("judged");
    assert_eq!(jobs.waived.as_deref(), Some("seen green on Prow"));
}
