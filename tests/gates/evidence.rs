//! Evidence: without ages, clean, without secrets; and what a reason may and may not let pass.

use crate::facts::*;
use crate::rules::{Case, all};
use jiff::SignedDuration;
use proptest::prelude::*;
use weir_domain::gates::judge;
use weir_domain::{Gate, GateId, Severity, Verdict, Way};

fn waive(case: &Case, way: Way, reason: &str) -> Gate {
    let mut facts = facts(way);
    (case.change)(&mut facts);
    let gates = judge(&facts, &[(case.gate, reason.to_string())]);
    gates.into_iter().find(|gate| gate.id == case.gate).expect("all are judged")
}

/// Every case in every of its ways.
fn each(mut look: impl FnMut(&Case, Way)) {
    for case in all() {
        for &way in case.ways {
            look(&case, way);
        }
    }
}

#[test]
fn what_is_not_known_blocks_where_a_block_would_and_warns_where_only_a_warning_would() {
    let (mut blocked, mut warned) = (0, 0);
    each(|case, way| {
        if case.verdict == Verdict::Unknown {
            let gate = waive(case, way, "");
            assert_eq!(gate.blocks(), gate.severity != Severity::Warn, "{} when {}", case.gate, case.what);
            assert_eq!(gate.warns(), gate.severity == Severity::Warn, "{} when {}", case.gate, case.what);
            if gate.blocks() { blocked += 1 } else { warned += 1 }
        }
    });
    assert!(blocked > 0 && warned > 0);
}

#[test]
fn a_reason_lets_pass_what_may_be_waived_and_nothing_else() {
    let mut waived = std::collections::BTreeSet::new();
    each(|case, way| {
        let bare = waive(case, way, "");
        let gate = waive(case, way, "the board said so");
        let stops = matches!(case.verdict, Verdict::Block | Verdict::Unknown);
        let may = stops && bare.severity == Severity::Block;
        assert_eq!(gate.waived.as_deref(), may.then_some("the board said so"), "{} when {}", case.gate, case.what);
        assert_eq!(gate.blocks(), bare.blocks() && !may, "{} when {}", case.gate, case.what);
        assert_eq!((gate.verdict, &gate.evidence), (bare.verdict, &bare.evidence));
        if may {
            assert!(gate.warns(), "a waived gate still asks for a look");
            waived.insert(case.gate);
        }
    });
    let wanted =
        [GateId::Accepted, GateId::Jobs, GateId::NotPromoted, GateId::Rights, GateId::CleanUp, GateId::LatestFlag];
    assert_eq!(waived.into_iter().collect::<Vec<_>>(), wanted);
}

#[test]
fn an_empty_reason_is_none() {
    each(|case, way| {
        for empty in ["", " ", " \t\n "] {
            assert_eq!(waive(case, way, empty).waived, None, "{} when {}", case.gate, case.what);
        }
    });
}

#[test]
fn a_gate_that_can_not_be_waived_blocks_whatever_is_said() {
    let mut seen = 0;
    each(|case, way| {
        let gate = waive(case, way, "it is urgent");
        if gate.severity == Severity::Absolute && matches!(gate.verdict, Verdict::Block | Verdict::Unknown) {
            assert!(gate.blocks() && gate.waived.is_none(), "{} when {}", case.gate, case.what);
            seen += 1;
        }
    });
    assert!(seen > 0);
}

#[test]
fn a_reason_for_one_gate_is_none_for_another() {
    let mut facts = facts(Way::Pinned);
    facts.phase = Err("503".into());
    facts.insight = weir_domain::release::detail::Insight::Unseen { why: "forbidden".into() };
    facts.jobs = Err("503".into());
    let gates = judge(&facts, &[(GateId::Jobs, "seen green on Prow".into())]);
    let blocking: Vec<GateId> = gates.iter().filter(|gate| gate.blocks()).map(|gate| gate.id).collect();
    assert_eq!(blocking, [GateId::Accepted]);
}

#[test]
fn secrets_and_control_characters_stay_out_of_evidence_and_reasons() {
    let secret = "sha256~3pVQbXc9fYxkW2mN7dLr8TgUeHsJzAo1iKwPqRt5uEs";
    let dirty = format!("\u{1b}[31mred\u{7} {secret}");
    let mut facts = facts(Way::Pinned);
    facts.jobs = Err(dirty.clone());
    facts.weights.as_mut().expect("read")[0].refused = Some(dirty.clone());
    for gate in judge(&facts, &[(GateId::Jobs, dirty)]) {
        let all = format!("{}{}", words(&gate).replace('\n', " "), gate.waived.unwrap_or_default());
        assert!(!all.contains(secret) && !all.contains(char::is_control), "{}: {all:?}", gate.id);
    }
}

/// Gates whose rule compares a time with now: theirs may change a minute later, and nothing else may.
const TIMED: [GateId; 3] = [GateId::Newest, GateId::Alone, GateId::CleanUp];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_world_a_minute_later_has_the_same_evidence_while_no_threshold_is_crossed(
        index in 0..all().len(),
        way in prop::sample::select(WAYS.to_vec()),
        seconds in 0i64..180_000,
        later in 1i64..=60,
    ) {
        let case = &all()[index];
        let mut facts = facts(way);
        (case.change)(&mut facts);
        facts.now += SignedDuration::from_secs(seconds);
        let first = judge(&facts, &[]);
        facts.now += SignedDuration::from_secs(later);
        for (before, after) in first.iter().zip(judge(&facts, &[])) {
            let crossed = TIMED.contains(&before.id) && before.verdict != after.verdict;
            if !crossed {
                prop_assert_eq!(before.verdict, after.verdict, "{}", before.id);
                prop_assert_eq!(&before.evidence, &after.evidence, "{}", before.id);
                prop_assert_eq!(&before.details, &after.details, "{}", before.id);
            }
            prop_assert_eq!(after.checked, facts.now);
        }
    }
}

#[test]
fn a_stale_release_does_not_say_another_age_every_minute() {
    let mut facts = facts(Way::Pinned);
    facts.now = at("2026-11-23T10:00:00Z");
    let first = gate(&facts, GateId::Newest);
    facts.now = at("2026-11-23T17:42:10Z");
    let later = gate(&facts, GateId::Newest);
    assert_eq!(first.verdict, Verdict::Warn);
    assert_eq!((first.verdict, first.evidence, first.details), (later.verdict, later.evidence, later.details));
}
