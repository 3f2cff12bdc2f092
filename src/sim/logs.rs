//! Step logs. No line is stored: text and time of line i follow from the step and the number, so a million lines
//! cost nothing until somebody reads them, and a second reading gives the same.

mod body;
mod texts;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::core::number;
use crate::tekton::attempt::Step;
use crate::tekton::child::Child;
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
    /// Over how long the lines are spread.
    pub(crate) spread: SignedDuration,
    pub(crate) fails: bool,
    pub(crate) killed: bool,
    pub(crate) style: Option<String>,
    pub(crate) width: usize,
    pub(crate) seed: u64,
}

impl Logs {
    pub(crate) fn open(&mut self, namespace: &str, pod: &str, voices: Vec<Voice>) {
        self.pods.insert((namespace.to_owned(), pod.to_owned()), voices.into());
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
        Voice {
            container: step.container.clone(),
            step: step.name.clone(),
            run: child
                .labels
                .get("tekton.dev/pipelineRun")
                .and_then(|name| name.as_str())
                .unwrap_or(&child.name)
                .to_owned(),
            params: child.spec["params"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|param| Some((param["name"].as_str()?.to_owned(), param["value"].as_str()?.to_owned())))
                .collect(),
            results: results.to_owned(),
            ready,
            begins: step.starts,
            ends: step.ends,
            lines: if skipped { 0 } else { wished.unwrap_or_else(|| texts::usual_lines(&step.name, lasts)) },
            spread: steer.log_seconds(&step.name).map_or(lasts, SignedDuration::from_secs),
            fails: step.code != 0 && !skipped,
            killed: step.code == 137,
            style: steer.style(&step.name).map(ToOwned::to_owned).or_else(|| wished.map(|_| "mixed".to_owned())),
            width: steer.width(&step.name),
            seed: number(&format!("{pod}/{}", step.name)),
        }
    }

    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn result(&self, name: &str) -> &str {
        self.results.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// When line `at` (from 0) is written.
    pub(crate) fn time(&self, at: u64) -> Timestamp {
        let share = self.spread.as_nanos() * i128::from(at) / i128::from(self.lines.max(1));
        let nanos = self.begins.as_nanosecond() + share;
        Timestamp::from_nanosecond(nanos).unwrap_or(self.begins)
    }

    /// How many lines are written by `now`.
    pub(crate) fn written(&self, now: Timestamp) -> u64 {
        let now = now.min(self.ends);
        if now < self.begins || self.lines == 0 {
            return 0;
        }
        let gone = now.duration_since(self.begins).as_nanos();
        let spread = self.spread.as_nanos();
        let count = if spread == 0 {
            self.lines
        } else {
            u64::try_from(gone * i128::from(self.lines) / spread + 1).unwrap_or(self.lines)
        };
        let mut count = count.min(self.lines);
        // The division rounds; the last line counted must really have its time behind it.
        while count > 0 && self.time(count - 1) > now {
            count -= 1;
        }
        count
    }

    /// The first line at or after `since`.
    pub(crate) fn first_since(&self, since: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.lines);
        while low < high {
            let middle = low.midpoint(high);
            if self.time(middle) < since { low = middle + 1 } else { high = middle }
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
        spread: SignedDuration::from_secs(10),
        fails: false,
        killed: false,
        style: None,
        width: 0,
        seed: 7,
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
