//! In which order pieces of a log are printed. Sources arrive in any order; what had ended when the log was opened is
//! printed in the order of the graph, and what runs is either held for its turn or, when following, printed as it comes.

use std::collections::BTreeMap;
use weir_domain::log::{LogPart, Source};
use weir_domain::pipeline::layers;
use weir_domain::{Detail, StepState};

/// A container whose output belongs to the log, known when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub task: String,
    pub attempt: u32,
    pub step: String,
    /// Its container had ended.
    pub ended: bool,
}

impl Expected {
    fn is(&self, source: &Source) -> bool {
        self.task == *source.task && self.attempt == source.attempt && self.step == *source.step
    }
}

/// The containers of a part of a run: layers of the graph, then attempts, then steps.
pub(super) fn expected(detail: &Detail, part: &LogPart) -> Vec<Expected> {
    let graph = layers(&detail.graph).concat();
    let place = |name: &str| graph.iter().position(|&index| &*detail.graph[index].name == name).unwrap_or(usize::MAX);
    let mut tasks: Vec<_> = detail.tasks.iter().collect();
    tasks.sort_by_key(|task| place(&task.task));
    let mut all = Vec::new();
    for task in tasks {
        let (wanted, only) = match part {
            LogPart::Whole => (true, None),
            LogPart::Task(name) => (*name == task.task, None),
            LogPart::Step(name, step) => (*name == task.task, Some(step)),
        };
        for (number, attempt) in task.attempts.iter().enumerate().filter(|(_, a)| wanted && !a.pod.is_empty()) {
            for step in attempt.steps.iter().filter(|step| only.is_none_or(|name| *name == step.name)) {
                all.push(Expected {
                    task: task.task.to_string(),
                    attempt: u32::try_from(number).unwrap_or(u32::MAX),
                    step: step.name.to_string(),
                    ended: attempt.status.finished() || matches!(step.state, StepState::Ended { .. }),
                });
            }
        }
    }
    all
}

#[derive(Default)]
struct Slot {
    held: Vec<String>,
    ended: bool,
    /// All that there was when the log was opened has come.
    settled: bool,
}

pub(super) struct Order {
    expected: Vec<Expected>,
    follow: bool,
    /// By place in `expected`; what is not expected stands after all that is.
    slots: BTreeMap<(usize, Source), Slot>,
}

impl Order {
    pub fn new(expected: Vec<Expected>, follow: bool) -> Order {
        Order { expected, follow, slots: BTreeMap::new() }
    }

    fn slot(&mut self, source: &Source) -> &mut Slot {
        let place = self.expected.iter().position(|e| e.is(source)).unwrap_or(usize::MAX);
        self.slots.entry((place, source.clone())).or_default()
    }

    /// Takes a piece and gives what may be printed now.
    pub fn take(&mut self, source: &Source, piece: String) -> Vec<String> {
        let follow = self.follow;
        let slot = self.slot(source);
        if follow || !slot.settled {
            slot.held.push(piece);
        }
        self.release()
    }

    /// Nothing more comes of this source.
    pub fn end(&mut self, source: &Source) -> Vec<String> {
        let slot = self.slot(source);
        (slot.ended, slot.settled) = (true, true);
        self.release()
    }

    /// What this source brings from here on is new; it is printed only when following.
    pub fn settle(&mut self, source: &Source) -> Vec<String> {
        self.slot(source).settled = true;
        self.release()
    }

    fn release(&mut self) -> Vec<String> {
        let live = self.follow && self.old_read();
        let mut out = Vec::new();
        let mut open = true;
        for place in (0..self.expected.len()).chain([usize::MAX]) {
            let ended_before = self.expected.get(place).is_some_and(|e| e.ended);
            // While old parts are read, running ones wait for them.
            if live || open && (ended_before || !self.follow) {
                for ((_, _), slot) in self.slots.iter_mut().filter(|((p, _), _)| *p == place) {
                    out.append(&mut slot.held);
                }
            }
            if place != usize::MAX && (ended_before || !self.follow) {
                open &= self.passed(place);
            }
        }
        out
    }

    /// All sources of a place (a matrix has several of one name) have told what there was.
    fn passed(&self, place: usize) -> bool {
        let wanted = self.expected.iter().filter(|e| **e == self.expected[place]).count();
        let first = self.expected.iter().position(|e| *e == self.expected[place]);
        let ready = self.slots.iter().filter(|((p, _), slot)| Some(*p) == first && slot.settled).count();
        ready >= wanted
    }

    /// Everything that had ended at the start is read.
    pub fn old_read(&self) -> bool {
        (0..self.expected.len()).filter(|&place| self.expected[place].ended).all(|place| self.passed(place))
    }

    /// Everything there was at the start is read.
    pub fn all_read(&self) -> bool {
        (0..self.expected.len()).all(|place| self.passed(place))
    }

    /// All that is still held, in order.
    pub fn rest(&mut self) -> Vec<String> {
        self.slots.values_mut().flat_map(|slot| std::mem::take(&mut slot.held)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(step: &str, ended: bool) -> Expected {
        Expected { task: "t".into(), attempt: 0, step: step.into(), ended }
    }

    fn source(order: u32, step: &str) -> Source {
        Source { order, task: "t".into(), attempt: 0, step: step.into() }
    }

    #[test]
    fn a_later_step_waits_for_the_one_before_it() {
        let mut order = Order::new(vec![expect("a", true), expect("b", true)], false);
        assert!(order.take(&source(1, "b"), "b1".into()).is_empty());
        assert_eq!(order.take(&source(0, "a"), "a1".into()), ["a1"]);
        assert!(order.end(&source(1, "b")).is_empty());
        assert_eq!(order.end(&source(0, "a")), ["b1"]);
        assert!(order.all_read());
    }

    #[test]
    fn following_prints_running_steps_as_they_come_once_the_old_ones_are_read() {
        let mut order = Order::new(vec![expect("a", true), expect("b", false), expect("c", false)], true);
        assert!(order.take(&source(2, "c"), "c1".into()).is_empty());
        assert_eq!(order.take(&source(0, "a"), "a1".into()), ["a1"]);
        assert_eq!(order.end(&source(0, "a")), ["c1"]);
        assert_eq!(order.take(&source(1, "b"), "b1".into()), ["b1"]);
        assert_eq!(order.take(&source(2, "c"), "c2".into()), ["c2"]);
        assert_eq!(order.take(&source(9, "new"), "n1".into()), ["n1"]);
    }

    #[test]
    fn without_following_what_is_new_is_left_out() {
        let mut order = Order::new(vec![expect("a", false), expect("b", true)], false);
        assert_eq!(order.take(&source(0, "a"), "old".into()), ["old"]);
        assert!(order.take(&source(1, "b"), "b1".into()).is_empty());
        assert_eq!(order.settle(&source(0, "a")), ["b1"]);
        assert!(order.take(&source(0, "a"), "new".into()).is_empty());
        assert!(order.rest().is_empty());
        assert!(!order.all_read());
    }

    #[test]
    fn two_sources_of_one_name_both_end_before_the_next_begins() {
        let mut order = Order::new(vec![expect("a", true), expect("a", true), expect("b", true)], false);
        assert!(order.take(&source(2, "b"), "b1".into()).is_empty());
        assert!(order.end(&source(0, "a")).is_empty());
        assert_eq!(order.end(&source(1, "a")), ["b1"]);
    }
}
