//! The order in which the real server walks a hash map.

use std::hash::{BuildHasher, RandomState};

/// Another order on every request: a client must not lean on one.
pub fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let chance = RandomState::new().hash_one(last);
        items.swap(last, (chance % (last as u64 + 1)) as usize);
    }
}
