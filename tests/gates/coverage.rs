//! That the cases are all there are, and that the gates are those that were designed.

use crate::facts::{WAYS, facts};
use crate::rules::{ALL, RUN, RUN_OR_TAG, all};
use proptest::prelude::*;
use std::collections::BTreeSet;
use weir_domain::gates::{Facts, judge};
use weir_domain::{GateId, Severity, Verdict, Way};

/// Id, ways, severity of the first way; the table of the design.
const DESIGN: [(&str, &[Way], Severity); 16] = [
    ("accepted", ALL, Severity::Block),
    ("jobs", ALL, Severity::Block),
    ("newest", ALL, Severity::Warn),
    ("not-promoted", ALL, Severity::Block),
    ("digest", ALL, Severity::Absolute),
    ("signature", RUN_OR_TAG, Severity::Absolute),
    ("name-free", ALL, Severity::Absolute),
    ("next-name", RUN_OR_TAG, Severity::Absolute),
    ("previous", RUN_OR_TAG, Severity::Warn),
    ("arches", RUN_OR_TAG, Severity::Absolute),
    ("pullable", ALL, Severity::Warn),
    ("key-ring", RUN_OR_TAG, Severity::Absolute),
    ("rights", ALL, Severity::Block),
    ("alone", RUN_OR_TAG, Severity::Absolute),
    ("clean-up", RUN, Severity::Block),
    ("latest-flag", RUN, Severity::Block),
];

#[test]
fn the_gates_their_ways_and_their_severities_are_the_designed_ones() {
    let keys: Vec<&str> = GateId::ALL.iter().map(|id| id.key()).collect();
    assert_eq!(keys, DESIGN.map(|(key, _, _)| key));
    for (id, (key, ways, severity)) in GateId::ALL.into_iter().zip(DESIGN) {
        for way in WAYS {
            assert_eq!(id.applies(way), ways.contains(&way), "{key}, {}", way.word());
        }
        assert_eq!(id.severity(Way::Pinned), severity, "{key}");
        let elsewhere = if key == "arches" { Severity::Warn } else { severity };
        assert_eq!(id.severity(Way::ImagestreamTag), elsewhere, "{key}");
        assert_eq!(id.severity(Way::RegistryTag), elsewhere, "{key}");
    }
}

#[test]
fn a_promotion_without_a_flaw_passes_every_gate_that_is_asked() {
    for way in WAYS {
        for gate in judge(&facts(way), &[]) {
            let wanted = if gate.id.applies(way) { Verdict::Pass } else { Verdict::NotApplicable };
            assert_eq!(gate.verdict, wanted, "{}, {}: {}", gate.id, way.word(), gate.evidence);
            assert!(!gate.blocks() && !gate.warns(), "{}", gate.id);
        }
    }
}

#[test]
fn every_verdict_that_a_gate_lists_has_a_case_and_no_case_has_another() {
    let mut listed = BTreeSet::new();
    for id in GateId::ALL {
        for way in WAYS {
            listed.extend(id.verdicts(way).into_iter().map(|verdict| (id, way, verdict)));
        }
    }
    let mut cased = BTreeSet::new();
    for case in all() {
        cased.extend(case.ways.iter().map(|way| (case.gate, *way, case.verdict)));
    }
    let missing: Vec<_> = listed.difference(&cased).collect();
    let surplus: Vec<_> = cased.difference(&listed).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "without a case: {missing:?}; not listed: {surplus:?}");
}

/// A world of which each fact is that of one of `worlds`, as `picks` say.
macro_rules! crossed {
    ($worlds:expr, $picks:expr; $($field:ident),+) => {{
        let mut picks = $picks.iter();
        let mut world = $worlds[0].clone();
        $({
            let pick = picks.next().expect("as many picks as fields");
            world.$field = $worlds[pick % $worlds.len()].$field.clone();
        })+
        world
    }};
}

/// Facts of up to six cases, mixed fact by fact.
fn mixture() -> impl Strategy<Value = Facts> {
    let cases = prop::collection::vec(0..all().len(), 1..6);
    let picks = prop::collection::vec(any::<usize>(), 30);
    (prop::sample::select(WAYS.to_vec()), cases, picks).prop_map(|(way, cases, picks)| {
        let all = all();
        let mut worlds = vec![facts(way)];
        worlds.extend(cases.iter().map(|index| {
            let mut world = facts(way);
            (all[*index].change)(&mut world);
            world
        }));
        crossed!(worlds, picks; now, channel, release, pull_spec, source_place, phase, insight, jobs, stream, digest,
            digest_again, payload, signed, weights, promoted, held, name, places, taken, previous, right, secrets,
            rivals, promoter, clean_up, promoter_usual, clean_up_usual, takes, latest, read_only)
    })
}

fn any_waivers() -> impl Strategy<Value = Vec<(GateId, String)>> {
    let id = prop::sample::select(GateId::ALL.to_vec());
    let reason = prop::sample::select(vec!["", "  ", "the board said so", "\t \n"]);
    prop::collection::vec((id, reason.prop_map(String::from)), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mixture_of_changes_leads_to_a_verdict_that_is_not_listed(
        facts in mixture(), waivers in any_waivers(),
    ) {
        let gates = judge(&facts, &waivers);
        prop_assert_eq!(gates.iter().map(|gate| gate.id).collect::<Vec<_>>(), GateId::ALL.to_vec());
        for gate in gates {
            let (id, verdict) = (gate.id, gate.verdict);
            prop_assert!(id.verdicts(facts.way).contains(&verdict), "{} is {}: {}", id, verdict.word(), gate.evidence);
            prop_assert!(!gate.evidence.is_empty());
            if gate.waived.is_some() {
                prop_assert!(gate.severity == Severity::Block && matches!(verdict, Verdict::Block | Verdict::Unknown));
                prop_assert!(gate.waived.as_deref().is_some_and(|reason| !reason.trim().is_empty()));
                prop_assert!(!gate.blocks() && gate.warns());
            }
            if gate.severity == Severity::Warn {
                prop_assert!(!gate.blocks(), "{} only warns", id);
            }
        }
    }
}
