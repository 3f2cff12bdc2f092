//! How a run, task or step stands: a closed set that weir derives from Tekton's open one.

use serde::{Deserialize, Serialize};

/// The order is the order of urgency: what needs a person first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Failed,
    TimedOut,
    Running,
    Pending,
    Cancelled,
    Skipped,
    Ok,
    /// A condition weir does not know. Its reason is shown as the server gave it.
    Unknown,
}

impl Status {
    /// The one word used on screen and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Failed => "failed",
            Status::Running => "running",
            Status::Pending => "pending",
            Status::Cancelled => "cancelled",
            Status::TimedOut => "timed out",
            Status::Skipped => "skipped",
            Status::Unknown => "unknown",
        }
    }

    /// The value of `status` in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Status::TimedOut => "timed-out",
            other => other.word(),
        }
    }

    pub fn finished(self) -> bool {
        !matches!(self, Status::Running | Status::Pending | Status::Unknown)
    }

    pub fn bad(self) -> bool {
        matches!(self, Status::Failed | Status::TimedOut)
    }

    /// From a Tekton `Succeeded` condition of a PipelineRun or TaskRun (`status` True, False or Unknown, and its reason;
    /// reasons: tektoncd/pipeline v1 types). `started` tells a run that waits from one that goes.
    /// An unknown reason counts by the status alone.
    pub fn of_condition(condition: Option<(&str, &str)>, started: bool) -> Status {
        let Some((status, reason)) = condition else {
            return Status::Pending;
        };
        match status {
            "True" => Status::Ok,
            "False" => match reason {
                "Cancelled"
                | "PipelineRunCancelled"
                | "TaskRunCancelled"
                | "StoppedRunFinally"
                | "CancelledRunFinally" => Status::Cancelled,
                "PipelineRunTimeout" | "TaskRunTimeout" => Status::TimedOut,
                _ => Status::Failed,
            },
            "Unknown" => match reason {
                "PipelineRunPending"
                | "TaskRunPending"
                | "Pending"
                | "ExceededNodeResources"
                | "ExceededResourceQuota"
                | "ResolvingPipelineRef"
                | "ResolvingTaskRef"
                | "PullImageFailed" => Status::Pending,
                "Started" if !started => Status::Pending,
                _ => Status::Running,
            },
            _ => Status::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_or_timed_out_run_is_not_called_failed() {
        assert_eq!(Status::of_condition(Some(("False", "Cancelled")), true), Status::Cancelled);
        assert_eq!(Status::of_condition(Some(("False", "PipelineRunTimeout")), true), Status::TimedOut);
        assert_eq!(Status::of_condition(Some(("False", "CouldntGetPipeline")), false), Status::Failed);
    }

    #[test]
    fn an_unknown_reason_counts_by_its_status() {
        assert_eq!(Status::of_condition(Some(("Unknown", "SomethingNew")), true), Status::Running);
        assert_eq!(Status::of_condition(Some(("False", "SomethingNew")), true), Status::Failed);
        assert_eq!(Status::of_condition(Some(("Maybe", "")), true), Status::Unknown);
        assert_eq!(Status::of_condition(None, false), Status::Pending);
    }
}
