//! Names of promoted releases: what is written reads back, and the next one is free.

use proptest::prelude::*;
use std::collections::BTreeSet;
use weir_domain::promoted::PromotedName;

fn name() -> impl Strategy<Value = PromotedName> {
    let small = || prop_oneof![4 => 0u64..4, 1 => any::<u64>()];
    ((small(), small(), small()), any::<bool>(), prop_oneof![6 => 0u64..12, 1 => any::<u64>(), 1 => Just(u64::MAX)])
        .prop_map(|(version, final_, number)| PromotedName { version, final_, number })
}

fn near() -> impl Strategy<Value = PromotedName> {
    let number = prop_oneof![8 => 0u64..12, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1)];
    (20u64..22, any::<bool>(), number).prop_map(|(minor, final_, number)| PromotedName {
        version: (4, minor, 0),
        final_,
        number,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_name_reads_back_as_it_was_written(name in name()) {
        prop_assert_eq!(name.to_string().parse::<PromotedName>(), Ok(name));
    }

    #[test]
    fn what_reads_as_a_name_is_written_the_same(
        text in "[45]\\.[0-9]{1,2}\\.0?[0-9]-okd-scos\\.(ec\\.)?0?[0-9]{0,2}(\\+x)?",
    ) {
        if let Ok(name) = text.parse::<PromotedName>() {
            prop_assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        if let Ok(name) = text.parse::<PromotedName>() {
            prop_assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn the_next_name_is_free_and_one_above_the_highest_of_its_kind(
        taken in prop::collection::btree_set(near(), 0..12),
        candidates in any::<bool>(),
        others in prop::collection::vec("[a-z0-9.-]{0,12}", 0..4),
    ) {
        let mut names: Vec<String> = taken.iter().map(PromotedName::to_string).collect();
        names.extend(others);
        let release = "4.21.0-0.okd-scos-nightly-2026-11-20-221504";
        let next = PromotedName::next(release, candidates, names.iter().map(String::as_str));
        let row: BTreeSet<u64> = taken
            .iter()
            .filter(|name| name.version == (4, 21, 0) && name.final_ != candidates)
            .map(|name| name.number)
            .collect();
        match row.last() {
            Some(&u64::MAX) => prop_assert_eq!(next, None, "there is no number above"),
            highest => {
                let next = next.expect("there is a number above");
                prop_assert!(!taken.contains(&next));
                prop_assert_eq!((next.version, next.final_), ((4, 21, 0), !candidates));
                prop_assert_eq!(next.number, highest.map_or(0, |number| number + 1));
            }
        }
    }

    #[test]
    fn the_order_of_the_places_does_not_matter(taken in prop::collection::vec(near(), 0..12)) {
        let names: Vec<String> = taken.iter().map(PromotedName::to_string).collect();
        let release = "4.21.0-0.okd-scos-nightly-2026-11-20-221504";
        let forward = PromotedName::next(release, true, names.iter().map(String::as_str));
        prop_assert_eq!(forward, PromotedName::next(release, true, names.iter().rev().map(String::as_str)));
    }
}
