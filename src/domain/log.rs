//! What a log watch is asked for and what it brings.

use crate::failure::Failure;
use crate::names::RunId;
use crate::status::Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which part of a run's output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LogPart {
    /// All tasks and steps in the order they stand in the graph, retries and finally included.
    Whole,
    Task(Arc<str>),
    Step(Arc<str>, Arc<str>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId {
    pub run: RunId,
    pub part: LogPart,
}

/// One container's output: the task, the attempt (from 1) and the step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The place of the source in the whole log: sources with a smaller number stand before.
    pub order: u32,
    pub task: Arc<str>,
    /// 0 for the first attempt.
    pub attempt: u32,
    pub step: Arc<str>,
}

impl Source {
    pub fn title(&self) -> String {
        match self.attempt {
            0 => format!("{} › {}", self.task, self.step),
            n => format!("{} › {} (try {})", self.task, self.step, n + 1),
        }
    }
}

/// Pieces of a log, in the order they arrive. Text is clean (colour may stay) and redacted.
#[derive(Clone, PartialEq, Eq)]
pub enum LogNews {
    /// Lines of one source: `text` is `\n`-separated without a last `\n`; `stamps` are Unix nanoseconds, one a line.
    Lines { source: Source, text: String, stamps: Vec<i64>, hidden: u32 },
    /// Something to say inside the text, e.g. a gap.
    Note { source: Source, text: String },
    /// The source's container ended: exit code and status; no more lines of it follow.
    Ended { source: Source, status: Status, words: String, at: Option<Timestamp> },
    /// It waits for the container, with the reason.
    Waiting { source: Source, words: String },
    /// All sources there were have ended and the run is done.
    Complete { status: Status },
    /// The connection is lost; what is there stays.
    Lost(Failure),
    /// The connection is back.
    Back,
    /// There is no such log any more, and why (the pod is gone, for instance).
    Gone { source: Source, words: String },
}

impl std::fmt::Debug for LogNews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LogNews::Lines { source, stamps, .. } => {
                write!(f, "Lines({}: {})", source.title(), stamps.len())
            }
            LogNews::Note { source, text } => write!(f, "Note({}: {text})", source.title()),
            LogNews::Ended { source, words, .. } => write!(f, "Ended({}: {words})", source.title()),
            LogNews::Waiting { source, words } => write!(f, "Waiting({}: {words})", source.title()),
            LogNews::Complete { status } => write!(f, "Complete({})", status.word()),
            LogNews::Lost(failure) => write!(f, "Lost({failure})"),
            LogNews::Back => write!(f, "Back"),
            LogNews::Gone { source, words } => write!(f, "Gone({}: {words})", source.title()),
        }
    }
}
