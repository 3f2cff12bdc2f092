//! Step logs. No line is stored: text and time of line i follow from the step and the number, so a million lines
//! cost nothing until somebody reads them, and a second reading gives the same.

mod body;
mod texts;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::core::number;
use crate::tekton::attempt::Step;
use crate::tekton::child::Child;
use crate::tekton::filled_params;
pub(crate) use texts::Script;

/// The logs of all pods of a cluster.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    pods: HashMap<(String, String), Arc<[Voice]>>,
}

/// What one container says, and when.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    pub(crate) container: String,
    pub(crate) step: String,
    pub(crate) run: String,
    /// The parameters of the TaskRun, those that are text.
    pub(crate) params: Vec<(String, String)>,
    /// Results of the task, as far as they can be told beforehand.
    pub(crate) results: Vec<(String, String)>,
    /// Before this the container waits.
    pub(crate) ready: Timestamp,
    pub(crate) begins: Timestamp,
    /// The container ends here; lines that would come later never do.
    pub(crate) ends: Timestamp,
    pub(crate) lines: u64,
    /// How many lines are first and last words; none in a log that somebody ordered.
    pub(crate) ends_of: (u64, u64),
    /// Over how long the lines are spread.
    pub(crate) spread: SignedDuration,
    pub(crate) fails: bool,
    pub(crate) killed: bool,
    pub(crate) style: Option<String>,
    pub(crate) width: usize,
    pub(crate) seed: u64,
    /// What a step that failed in its work says last.
    pub(crate) why: String,
}

impl Logs {
    pub(crate) fn open(&mut self, namespace: &str, pod: &str, voices: Vec<Voice>) {
        self.pods.insert((namespace.to_owned(), pod.to_owned()), voices.into());
    }

    /// Writes a value that was not known when the step spoke.
    pub(crate) fn amend(&mut self, namespace: &str, pod: &str, name: &str, value: &str) {
        let Some(voices) = self.pods.get_mut(&(namespace.to_owned(), pod.to_owned())) else { return };
        let amended = voices.iter().cloned().map(|mut voice| {
            for (_, held) in voice.params.iter_mut().chain(&mut voice.results).filter(|(known, _)| known == name) {
                value.clone_into(held);
            }
            voice
        });
        *voices = amended.collect();
    }

    pub(crate) fn close(&mut self, namespace: &str, pod: &str) {
        self.pods.remove(&(namespace.to_owned(), pod.to_owned()));
    }

    pub(crate) fn of(&self, namespace: &str, pod: &str) -> Option<Arc<[Voice]>> {
        self.pods.get(&(namespace.to_owned(), pod.to_owned())).cloned()
    }
}

impl Voice {
    pub(crate) fn new(child: &Child, results: &[(String, String)], pod: &str, step: &Step, ready: Timestamp) -> Voice {
        let steer = &child.steer;
        let lasts = step.ends.duration_since(step.starts);
        let wished = steer.lines(&step.name);
        let skipped = step.termination == "Skipped";
        let params = filled_params(&child.task_spec, &child.spec["params"]);
        let mut voice = Voice {
            container: step.container.clone(),
            step: step.name.clone(),
            run: child
                .labels
                .get("tekton.dev/pipelineRun")
                .and_then(|name| name.as_str())
                .unwrap_or(&child.name)
                .to_owned(),
            params: params.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect(),
            results: results.to_owned(),
            ready,
            begins: step.starts,
            ends: step.ends,
            lines: 0,
            ends_of: (0, 0),
            spread: steer.log_seconds(&step.name).map_or(lasts, SignedDuration::from_secs),
            fails: step.code != 0 && !skipped,
            killed: step.code == 137,
            style: steer.style(&step.name).map(ToOwned::to_owned).or_else(|| wished.map(|_| "mixed".to_owned())),
            width: steer.width(&step.name),
            seed: number(&format!("{pod}/{}", step.name)),
            why: String::new(),
        };
        if !skipped {
            let script = Script::new(&voice);
            let (lines, ends_of) = (wished.unwrap_or_else(|| script.usual(lasts)), script.ends_of());
            (voice.lines, voice.ends_of) = (lines, ends_of);
        }
        voice
    }

    /// With the last line of a step that failed in its work.
    pub(crate) fn ending(mut self, why: &str) -> Voice {
        if self.fails && !why.is_empty() {
            self.why = why.to_owned();
            let script = Script::new(&self);
            let (before, after) = (self.ends_of, script.ends_of());
            self.lines = (self.lines + after.0 + after.1).saturating_sub(before.0 + before.1);
            self.ends_of = after;
        }
        self
    }

    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn result(&self, name: &str) -> &str {
        self.results.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// When line `at` (from 0) is written: evenly, but a log's first words come at once and its last at the end.
    pub(crate) fn time(&self, at: u64) -> Timestamp {
        let (first, last) = self.ends_of;
        let tail = self.lines.saturating_sub(last);
        // In millionths of the whole time.
        let share =
            |from: i128, to: i128, at: u64, of: u64| from + (to - from) * i128::from(at) / i128::from(of.max(1));
        let millionths = match (first + last, at) {
            (0, _) => share(0, 1_000_000, at, self.lines),
            (_, at) if at < first => share(0, 30_000, at, first),
            (_, at) if at >= tail => share(980_000, 1_000_000, at - tail + 1, last),
            _ => share(30_000, 980_000, at - first, tail.saturating_sub(first)),
        };
        let nanos = self.begins.as_nanosecond() + self.spread.as_nanos() / 1_000_000 * millionths;
        Timestamp::from_nanosecond(nanos).unwrap_or(self.begins)
    }

    /// How many lines are written by `now`.
    pub(crate) fn written(&self, now: Timestamp) -> u64 {
        let now = now.min(self.ends);
        self.before(|time| time <= now)
    }

    /// The first line at or after `since`.
    pub(crate) fn first_since(&self, since: Timestamp) -> u64 {
        self.before(|time| time < since)
    }

    /// How many lines from the first on have such a time.
    fn before(&self, holds: impl Fn(Timestamp) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.lines);
        while low < high {
            let middle = low.midpoint(high);
            if holds(self.time(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

#[cfg(test)]
pub(crate) fn sample(step: &str, lines: u64) -> Voice {
    Voice {
        container: format!("step-{step}"),
        step: step.to_owned(),
        run: "run".into(),
        params: vec![("version".into(), "4.20".into())],
        results: Vec::new(),
        ready: Timestamp::from_second(1_000).unwrap(),
        begins: Timestamp::from_second(1_000).unwrap(),
        ends: Timestamp::from_second(1_010).unwrap(),
        lines,
        ends_of: (0, 0),
        spread: SignedDuration::from_secs(10),
        fails: false,
        killed: false,
        style: None,
        width: 0,
        seed: 7,
        why: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_evenly_over_the_time_of_the_step() {
        let voice = sample("s", 10);
        let at = |second: i64| voice.written(Timestamp::from_second(second).unwrap());
        assert_eq!([at(999), at(1_000), at(1_004), at(1_009), at(2_000)], [0, 1, 5, 10, 10]);
        assert_eq!(voice.first_since(Timestamp::from_second(1_003).unwrap()), 3);
    }

    #[test]
    fn the_last_words_come_when_the_step_ends() {
        let voice = Voice { ends_of: (2, 1), ..sample("pick-release", 5) };
        assert_eq!(voice.written(Timestamp::from_second(1_009).unwrap()), 4);
        assert_eq!(voice.written(Timestamp::from_second(1_010).unwrap()), 5);
        assert!((0..4).all(|at| voice.time(at) <= voice.time(at + 1)));
    }

    #[test]
    fn the_same_line_reads_the_same_twice() {
        let voice = sample("fetch-and-build-baseos", 500);
        let read = || (0..500).map(|at| Script::new(&voice).line(at)).collect::<Vec<_>>();
        assert_eq!(read(), read());
    }

    #[test]
    fn a_failed_build_ends_in_its_error() {
        let voice = Voice { fails: true, ..sample("fetch-and-build-baseos", 400) };
        let script = Script::new(&voice);
        let end: Vec<_> = (390..400).map(|at| script.line(at)).collect();
        assert!(end.join("\n").contains("conmon"), "{end:?}");
    }
}
