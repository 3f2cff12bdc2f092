//! How well something is known.

use jiff::Timestamp;
use weir_domain::{Failure, Loaded};

/// An answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Remote<T> {
    Asking,
    Known(T),
    Failed(Failure),
}

impl<T> Remote<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Remote::Known(value) => Some(value),
            _ => None,
        }
    }
}

/// How something that is watched stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Live {
    #[default]
    Loading,
    /// Since the last sign of life.
    Fresh(Timestamp),
    /// What is there is from `since` or before; without it there never was anything.
    Lost { since: Option<Timestamp>, failure: Failure, retry: Option<Timestamp> },
    /// There is none, or none any more.
    Missing(Failure),
}

impl Live {
    pub fn lost(&self) -> bool {
        matches!(self, Live::Lost { .. })
    }

    fn rank(&self) -> u8 {
        match self {
            Live::Lost { .. } => 3,
            Live::Missing(_) => 2,
            Live::Loading => 1,
            Live::Fresh(_) => 0,
        }
    }

    /// The worse of two; of two fresh ones the older, of two lost ones the one with the older rows.
    pub fn worse(self, other: Live) -> Live {
        match (&self, &other) {
            (Live::Fresh(a), Live::Fresh(b)) => Live::Fresh(*a.min(b)),
            (Live::Lost { since: a, .. }, Live::Lost { since: b, .. }) => {
                if b.is_none() || a.is_some() && a <= b {
                    self
                } else {
                    other
                }
            }
            _ if self.rank() >= other.rank() => self,
            _ => other,
        }
    }

    /// Lost now: `since` is when it was last good.
    pub(crate) fn lose(&mut self, failure: Failure, retry: Option<Timestamp>, now: Timestamp) {
        let since = match self {
            Live::Fresh(at) => Some(*at),
            Live::Lost { since, .. } => *since,
            Live::Loading => None,
            Live::Missing(_) => Some(now),
        };
        *self = Live::Lost { since, failure, retry };
    }
}

/// A watched thing: its last value stays when the watch is lost or the thing is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    pub value: Option<T>,
    pub live: Live,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { value: None, live: Live::Loading }
    }
}

impl<T> Kept<T> {
    pub(crate) fn fold(&mut self, loaded: Loaded<T>, now: Timestamp) {
        match loaded {
            Loaded::Known(value) => {
                self.value = Some(value);
                self.live = Live::Fresh(now);
            }
            Loaded::Missing(failure) => self.live = Live::Missing(failure),
            Loaded::Lost { failure, retry } => self.live.lose(failure, retry, now),
        }
    }
}
