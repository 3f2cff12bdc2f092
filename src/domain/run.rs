//! A run (Tekton's PipelineRun) as a list shows it.

use crate::names::RunId;
use crate::pipeline::ParamValue;
use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How much is known: a sketch comes from a server-side Table (name, status, reason, coarse times) and is replaced by the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Depth {
    Sketch,
    Whole,
}

/// Who or what started a run, with where that is known from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starter {
    /// The annotation `weir/operator`: what the object says of itself, so shown as "says".
    Says { operator: Arc<str>, host: Option<Arc<str>>, reason: Option<Arc<str>> },
    /// An owner reference, e.g. kind `CronJob`.
    Owner { kind: Arc<str>, name: Arc<str> },
    /// The labels `triggers.tekton.dev/eventlistener` and `triggers.tekton.dev/trigger`.
    Trigger { listener: Arc<str>, trigger: Option<Arc<str>> },
    /// Kubernetes records no creator; weir does not guess.
    NotRecorded,
}

impl Starter {
    pub fn words(&self) -> String {
        match self {
            Starter::Says { operator, .. } => format!("says {operator}"),
            Starter::Owner { kind, name } => format!("{kind} {name}"),
            Starter::Trigger { listener, .. } => format!("EventListener {listener}"),
            Starter::NotRecorded => "not recorded".into(),
        }
    }
}

/// Counts of a run's tasks, read from the condition's message
/// ("Tasks Completed: 3 (Failed: 1, Cancelled 0), Incomplete: 5, Skipped: 2").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub done: u32,
    pub failed: u32,
    pub cancelled: u32,
    pub incomplete: u32,
    pub skipped: u32,
}

impl Progress {
    /// `done` counts failed and cancelled ones too, as Tekton does.
    pub fn total(self) -> u32 {
        self.done + self.incomplete + self.skipped
    }

    /// Source of the format: tektoncd/pipeline, resources/pipelinerunstate.go. `None` for any other message.
    pub fn parse(message: &str) -> Option<Progress> {
        let number_after = |word: &str| -> Option<u32> {
            let rest = &message[message.find(word)? + word.len()..];
            let rest = rest.trim_start_matches([':', ' ']);
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..end].parse().ok()
        };
        Some(Progress {
            done: number_after("Tasks Completed")?,
            failed: number_after("Failed").unwrap_or(0),
            cancelled: number_after("Cancelled").unwrap_or(0),
            incomplete: number_after("Incomplete").unwrap_or(0),
            skipped: number_after("Skipped").unwrap_or(0),
        })
    }
}

/// One PipelineRun. Strings are clean (no control characters) and redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    /// Empty in a sketch from a Table without metadata.
    pub uid: Arc<str>,
    pub depth: Depth,
    pub status: Status,
    /// The condition's reason as Tekton gives it, e.g. `PipelineRunTimeout`; empty when there is no condition yet.
    pub reason: Arc<str>,
    pub message: Arc<str>,
    /// The Pipeline it refers to; `None` when the spec is embedded or resolved elsewhere.
    pub pipeline: Option<Arc<str>>,
    /// In the order of the object. Only what tells runs apart (stream, version and the like) is kept in lists.
    pub params: Vec<(Arc<str>, Arc<str>)>,
    pub created: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub progress: Option<Progress>,
    pub starter: Starter,
    /// `spec.status`: a cancel asked for, or `PipelineRunPending`.
    pub asked: Option<Arc<str>>,
    /// Sorted by key.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
}

impl Run {
    pub fn finished_status(&self) -> bool {
        self.status.finished()
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(name, _)| &**name == key).map(|(_, value)| &**value)
    }

    /// The pipeline's name, or what stands for it: the label Tekton sets, else `(embedded)`.
    pub fn pipeline_name(&self) -> &str {
        self.pipeline.as_deref().or_else(|| self.label("tekton.dev/pipeline")).unwrap_or("(embedded)")
    }

    /// When it began to matter: started, else created.
    pub fn since(&self) -> Option<Timestamp> {
        self.started.or(self.created)
    }

    /// Seconds from start to end, or to `now` while it runs. `None` before it starts.
    pub fn seconds(&self, now: Timestamp) -> Option<i64> {
        let from = self.started?;
        let to = self.finished.unwrap_or(now);
        Some((to.as_second() - from.as_second()).max(0))
    }

    /// What it builds, in short: "4.22→4-scos-next", "4.21", "x86_64" … from the parameters `PARAMS_SHOWN`; empty when none says.
    pub fn what(&self) -> String {
        let target = self.param("target-release-stream");
        let source = self.param("version").or_else(|| self.param("release-stream"));
        match (source, target) {
            (Some(source), Some(target)) => format!("{}→{target}", short_stream(source)),
            (None, Some(target)) => format!("→{target}"),
            (Some(source), None) => {
                let mut words = short_stream(source).to_string();
                if let (Some(stream), Some(_)) = (self.param("release-stream"), self.param("version")) {
                    words.push(' ');
                    words.push_str(stream);
                }
                words
            }
            (None, None) => {
                PARAMS_SHOWN.iter().skip(3).filter_map(|name| self.param(name)).take(2).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// The parameters a list keeps and shows, in order of preference.
pub const PARAMS_SHOWN: [&str; 13] = [
    "version",
    "release-stream",
    "target-release-stream",
    "variant",
    "image-version",
    "image-name",
    "repo-ref",
    "branch",
    "release-imagestream",
    "result-image-name",
    "arch",
    "release-name",
    "target-release-name",
];

/// "4.22.0-0.okd-scos-nightly" → "4.22"; anything else as it is.
fn short_stream(text: &str) -> &str {
    let mut dots = text.match_indices('.');
    match (dots.next(), dots.next()) {
        (Some(_), Some((second, _))) if text.as_bytes().first().is_some_and(u8::is_ascii_digit) => &text[..second],
        _ => text,
    }
}

/// A parameter's value as lists keep it: text as it is, the rest as one short line.
pub fn shown(value: &ParamValue) -> String {
    match value {
        ParamValue::Text(text) => text.clone(),
        ParamValue::List(items) => items.join(","),
        ParamValue::Map(items) => items.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_from_tektons_sentence() {
        let progress =
            Progress::parse("Tasks Completed: 3 (Failed: 1, Cancelled 2), Incomplete: 5, Skipped: 4").expect("parses");
        assert_eq!(progress, Progress { done: 3, failed: 1, cancelled: 2, incomplete: 5, skipped: 4 });
        assert_eq!(progress.total(), 12);
        assert_eq!(Progress::parse("PipelineRun \"x\" failed to finish within \"1h0m0s\""), None);
    }

    #[test]
    fn a_stream_is_shortened_to_its_minor() {
        assert_eq!(short_stream("4.22.0-0.okd-scos-nightly"), "4.22");
        assert_eq!(short_stream("4.19"), "4.19");
        assert_eq!(short_stream("next"), "next");
    }
}
