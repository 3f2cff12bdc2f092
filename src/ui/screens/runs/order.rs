//! The orders of the list, and the key a run has in each. Keys are total: equal ones are told apart by the run's id.

use std::cmp::Ordering;
use std::sync::Arc;
use weir_domain::{Run, RunId, Status};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// Unfinished ones first, then the newest.
    #[default]
    Going,
    Age,
    Status,
    Name,
    Pipeline,
    Duration,
    Place,
}

const ALL: [(Order, &str, Option<usize>); 7] = [
    (Order::Going, "running first", None),
    (Order::Age, "age", Some(5)),
    (Order::Status, "status", Some(0)),
    (Order::Name, "name", Some(1)),
    (Order::Pipeline, "pipeline", Some(2)),
    (Order::Duration, "duration", Some(6)),
    (Order::Place, "cluster", Some(7)),
];

impl Order {
    pub fn next(self) -> Order {
        let at = ALL.iter().position(|(order, ..)| *order == self).unwrap_or(0);
        ALL[(at + 1) % ALL.len()].0
    }

    pub fn name(self) -> &'static str {
        ALL.iter().find(|(order, ..)| *order == self).map_or("", |(_, name, _)| name)
    }

    /// The column that shows what is sorted by.
    pub fn column(self) -> Option<usize> {
        ALL.iter().find(|(order, ..)| *order == self).and_then(|(.., column)| *column)
    }

    pub fn key(self, run: &Run) -> Key {
        let created = run.created.or(run.started).map_or(0, |at| at.as_second());
        let finished = !matches!(run.status, Status::Running | Status::Pending | Status::Unknown);
        let seconds = run.finished.zip(run.started).map(|(end, start)| end.as_second() - start.as_second());
        let (rank, text, number): (u8, Option<Arc<str>>, i64) = match self {
            Order::Going => (u8::from(finished), None, -created),
            Order::Age => (0, None, -created),
            Order::Status => (run.status as u8, None, -created),
            Order::Name => (0, Some(Arc::clone(&run.id.name)), 0),
            Order::Pipeline => (0, Some(Arc::from(run.pipeline_name())), -created),
            // Those that still run have no duration that stands still: they come first, the longest at the top.
            Order::Duration => match seconds {
                None => (0, None, created),
                Some(seconds) => (1, None, -seconds),
            },
            Order::Place => {
                let place = format!("{}/{}", run.id.cluster, run.id.namespace);
                (0, Some(Arc::from(place)), -created)
            }
        };
        Key { rank, text, number, id: run.id.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    rank: u8,
    text: Option<Arc<str>>,
    number: i64,
    pub id: RunId,
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.rank
            .cmp(&other.rank)
            .then_with(|| self.text.cmp(&other.text))
            .then_with(|| self.number.cmp(&other.number))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
