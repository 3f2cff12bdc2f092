//! A keyed collection that is watched in parts, each with its own beginning, end and losses.
//!
//! Invariant: between `Begin` and `Complete` of a part its old rows stay; `Complete` removes those not seen since `Begin`.

use super::kept::Live;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use weir_domain::Change;

/// Whether a key belongs to a part.
pub(crate) trait Within<P> {
    fn within(&self, part: &P) -> bool;
}

/// How one part stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<K> {
    pub live: Live,
    /// Whether it has been complete once: an empty list is then really empty.
    pub complete: bool,
    /// Objects read so far and how many there are, while it loads.
    pub progress: Option<(u64, Option<u64>)>,
    /// Seen since `Begin`; `None` outside of a load.
    seen: Option<BTreeSet<K>>,
}

#[derive(Clone, Debug)]
pub struct Collection<P, K, T> {
    items: BTreeMap<K, T>,
    parts: BTreeMap<P, Part<K>>,
}

impl<P, K, T> Default for Collection<P, K, T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), parts: BTreeMap::new() }
    }
}

impl<P: Ord, K: Ord + Clone, T> Collection<P, K, T> {
    pub fn get(&self, key: &K) -> Option<&T> {
        self.items.get(key)
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.items.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.items.values()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &T)> {
        self.items.iter()
    }

    pub fn parts(&self) -> impl Iterator<Item = (&P, &Part<K>)> + Clone {
        self.parts.iter()
    }

    /// The worst of the parts that count; loading when there is none.
    pub fn live(&self, counts: impl Fn(&P) -> bool) -> Live {
        let mut lives = self.parts.iter().filter(|(part, _)| counts(part)).map(|(_, part)| part.live.clone());
        match lives.next() {
            Some(first) => lives.fold(first, Live::worse),
            None => Live::Loading,
        }
    }

    /// A part that has never been whole gives way to others in its place.
    pub(crate) fn replaced(&mut self, part: &P) {
        if self.parts.get(part).is_some_and(|part| !part.complete) {
            self.parts.remove(part);
        }
    }

    /// Whether every part has been complete once, so that what is not there is not there.
    pub fn complete(&self) -> bool {
        !self.parts.is_empty() && self.parts.values().all(|part| part.complete)
    }

    /// Whether a part has never been complete and is not lost: rows are still to come.
    pub fn loading(&self) -> bool {
        self.parts.is_empty() || self.parts.values().any(|part| part.live == Live::Loading)
    }

    /// The keys that are new, changed or gone.
    pub(crate) fn fold(&mut self, part: P, change: Change<K, T>, now: Timestamp) -> Vec<K>
    where
        K: Within<P>,
        P: Clone,
    {
        let state = self.parts.entry(part.clone()).or_insert(Part {
            live: Live::Loading,
            complete: false,
            progress: None,
            seen: None,
        });
        match change {
            Change::Begin => {
                state.seen = Some(BTreeSet::new());
                state.progress = None;
                Vec::new()
            }
            Change::Upsert(rows) => {
                let mut keys = Vec::with_capacity(rows.len());
                for (key, value) in rows {
                    if let Some(seen) = &mut state.seen {
                        seen.insert(key.clone());
                    }
                    self.items.insert(key.clone(), value);
                    keys.push(key);
                }
                if state.complete && state.seen.is_none() {
                    state.live = Live::Fresh(now);
                }
                keys
            }
            Change::Remove(keys) => {
                for key in &keys {
                    self.items.remove(key);
                    if let Some(seen) = &mut state.seen {
                        seen.remove(key);
                    }
                }
                keys
            }
            Change::Progress { have, of } => {
                state.progress = Some((have, of));
                Vec::new()
            }
            Change::Complete => {
                let seen = state.seen.take();
                state.live = Live::Fresh(now);
                state.complete = true;
                state.progress = None;
                let mut gone = Vec::new();
                if let Some(seen) = seen {
                    self.items.retain(|key, _| {
                        let stays = !key.within(&part) || seen.contains(key);
                        if !stays {
                            gone.push(key.clone());
                        }
                        stays
                    });
                }
                gone
            }
            Change::Alive => {
                state.live = Live::Fresh(now);
                Vec::new()
            }
            Change::Lost { failure, retry } => {
                state.live.lose(failure, retry, now);
                state.progress = None;
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::{Failure, FailureKind};

    impl Within<char> for (char, u8) {
        fn within(&self, part: &char) -> bool {
            self.0 == *part
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("time")
    }

    #[test]
    fn complete_removes_what_was_not_seen_again_in_its_own_part_only() {
        let mut all: Collection<char, (char, u8), &str> = Collection::default();
        for part in ['a', 'b'] {
            all.fold(part, Change::Begin, at(1));
            all.fold(part, Change::Upsert(vec![((part, 1), "one"), ((part, 2), "two")]), at(1));
            all.fold(part, Change::Complete, at(1));
        }
        all.fold('a', Change::Begin, at(2));
        all.fold('a', Change::Upsert(vec![(('a', 2), "two again")]), at(2));
        assert_eq!(all.len(), 4);
        all.fold('a', Change::Complete, at(2));
        assert_eq!(all.keys().copied().collect::<Vec<_>>(), vec![('a', 2), ('b', 1), ('b', 2)]);
    }

    #[test]
    fn a_lost_watch_keeps_the_last_rows_and_says_since_when() {
        let mut all: Collection<char, (char, u8), &str> = Collection::default();
        all.fold('a', Change::Upsert(vec![(('a', 1), "one")]), at(1));
        all.fold('a', Change::Complete, at(5));
        let failure = Failure::new(FailureKind::Offline, "cannot list runs", "refused", "");
        for now in [9, 12] {
            all.fold('a', Change::Lost { failure: failure.clone(), retry: Some(at(20)) }, at(now));
            assert_eq!(
                all.live(|_| true),
                Live::Lost { since: Some(at(5)), failure: failure.clone(), retry: Some(at(20)) }
            );
            assert_eq!(all.len(), 1);
        }
    }

    #[test]
    fn a_part_that_never_was_whole_gives_way_and_one_that_was_stays() {
        let mut all: Collection<char, (char, u8), &str> = Collection::default();
        all.fold('a', Change::Begin, at(1));
        all.fold('b', Change::Complete, at(1));
        assert_eq!(all.live(|_| true), Live::Loading);
        all.replaced(&'a');
        all.replaced(&'b');
        assert_eq!(all.live(|_| true), Live::Fresh(at(1)));
    }
}
