//! The cases: what changes about a promotion that passes everything, and what its gate then says.

pub mod cluster;
pub mod name;
pub mod payload;
pub mod release;

use crate::facts::facts;
use weir_domain::gates::{Facts, judge};
use weir_domain::{GateId, Verdict, Way};

pub const ALL: &[Way] = &[Way::Pinned, Way::ImagestreamTag, Way::RegistryTag];
pub const RUN_OR_TAG: &[Way] = &[Way::Pinned, Way::ImagestreamTag];
pub const RUN: &[Way] = &[Way::Pinned];
pub const STREAM_TAG: &[Way] = &[Way::ImagestreamTag];
pub const REGISTRY: &[Way] = &[Way::RegistryTag];
pub const NO_RUN: &[Way] = &[Way::ImagestreamTag, Way::RegistryTag];

/// One change in one or more ways, and what comes of it.
pub struct Case {
    pub gate: GateId,
    pub ways: &'static [Way],
    pub what: &'static str,
    pub change: fn(&mut Facts),
    pub verdict: Verdict,
    /// Each stands in the evidence or its details.
    pub words: &'static [&'static str],
}

/// A gate's cases: the gate and the ways once, then a line a case.
macro_rules! cases {
    ($gate:ident, $ways:expr; $($what:literal: $change:expr => $verdict:ident, $words:expr;)+) => {
        vec![$($crate::rules::Case {
            gate: weir_domain::GateId::$gate,
            ways: $ways,
            what: $what,
            change: $change,
            verdict: weir_domain::Verdict::$verdict,
            words: &$words,
        }),+]
    };
}
pub(crate) use cases;

pub fn all() -> Vec<Case> {
    [release::cases(), payload::cases(), name::cases(), cluster::cases()].into_iter().flatten().collect()
}

#[test]
fn every_case_has_its_verdict_and_its_words_in_every_way() {
    let mut wrong = Vec::new();
    for case in all() {
        for &way in case.ways {
            let mut facts = facts(way);
            (case.change)(&mut facts);
            let gate = judge(&facts, &[]).into_iter().find(|gate| gate.id == case.gate).expect("all are judged");
            let said = crate::facts::words(&gate);
            if gate.verdict != case.verdict || case.words.iter().any(|word| !said.contains(word)) {
                wrong.push(format!(
                    "{} when {} ({}): wanted {} with {:?}, got {}: {said}",
                    case.gate,
                    case.what,
                    way.word(),
                    case.verdict.word(),
                    case.words,
                    gate.verdict.word()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
