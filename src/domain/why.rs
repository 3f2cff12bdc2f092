//! Why a run failed or waits, in one sentence: words first, Tekton's own codes last.

use crate::detail::Detail;
use crate::status::Status;
use crate::task::{Attempt, Step, StepState, TaskRun};
use serde::Serialize;

/// The sentence, and where to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    pub sentence: String,
    /// The task to look at first.
    pub task: Option<String>,
    /// The step to look at first.
    pub step: Option<String>,
}

impl Why {
    fn of(sentence: impl Into<String>) -> Why {
        Why { sentence: sentence.into(), task: None, step: None }
    }
}

/// `None` for a run that needs no explanation: it goes, or it ended well and nothing was tolerated.
pub fn why(detail: &Detail) -> Option<Why> {
    let run = &detail.run;
    match run.status {
        Status::Failed | Status::TimedOut => Some(failed(detail)),
        Status::Cancelled => Some(cancelled(detail)),
        Status::Pending | Status::Running => waiting(detail),
        Status::Ok => tolerated(detail),
        Status::Skipped | Status::Unknown => None,
    }
}

fn failed(detail: &Detail) -> Why {
    let run = &detail.run;
    match &*run.reason {
        "CouldntGetPipeline" => {
            let pipeline = run.pipeline.as_deref().unwrap_or("it refers to");
            return Why::of(format!("there is no Pipeline `{pipeline}` in `{}`", run.id.namespace));
        }
        "CouldntGetTask" => {
            return Why::of(format!("a Task it refers to does not exist: {}", run.message));
        }
        "PipelineRunTimeout" => {
            let cut = detail.tasks.iter().find(|t| matches!(t.status(), Status::TimedOut | Status::Cancelled));
            let limit = detail.timeout.as_deref().map(|t| format!(" of {t}")).unwrap_or_default();
            return match cut {
                Some(task) => Why {
                    sentence: format!("timed out: the run's limit{limit} passed while `{}` was running", task.task),
                    task: Some(task.task.to_string()),
                    step: None,
                },
                None => Why::of(format!("timed out: the run's limit{limit} passed")),
            };
        }
        _ => {}
    }
    let broken = detail.tasks.iter().filter(|t| t.status().bad()).min_by_key(|t| t.last().finished);
    match broken {
        Some(task) => task_failed(task),
        None if run.message.is_empty() => Why::of(format!("failed: {}", run.reason)),
        None => Why::of(format!("{} ({})", run.message, run.reason)),
    }
}

fn task_failed(task: &TaskRun) -> Why {
    let attempt = task.last();
    let tries = task.attempts.len();
    let again = if tries > 1 { format!(", {tries} times (no retries left)") } else { String::new() };
    let step = attempt.steps.iter().find(|s| s.status().bad() && !s.tolerated());
    let place = match step {
        Some(step) => format!("`{}` › `{}`", task.task, step.name),
        None => format!("`{}`", task.task),
    };
    if &*attempt.reason == "TaskRunImagePullFailed" {
        return image_missing(task, attempt);
    }
    let sentence = match (&*attempt.reason, step) {
        ("TaskRunTimeout", _) => format!("{place} timed out{again}"),
        (_, Some(step)) => format!("{place} {}{again}", step_end(step)),
        (reason, None) if attempt.message.is_empty() => format!("{place} failed{again}: {reason}"),
        (_, None) => format!("{place} failed{again}: {}", attempt.message),
    };
    Why {
        sentence,
        task: Some(task.task.to_string()),
        step: step.or(waiting_step(attempt)).map(|s| s.name.to_string()),
    }
}

/// Tekton ends all steps alike and says only in the message which one it was (tektoncd/pipeline, pkg/reconciler/taskrun):
/// `the step "X" in TaskRun "T" failed to pull the image "I". The pod errored with the message: "M"`.
fn image_missing(task: &TaskRun, attempt: &Attempt) -> Why {
    let message = &*attempt.message;
    let between = |from: &str, to: &str| {
        let rest = message.split_once(from)?.1;
        rest.split_once(to).map(|(inside, _)| inside)
    };
    let named = between("step \"", "\"").and_then(|name| attempt.steps.iter().find(|s| &*s.name == name));
    let step = named.or(waiting_step(attempt));
    let reason = message
        .split_once("errored with the message: \"")
        .map_or(message, |(_, rest)| rest.trim_end_matches('.').trim_end_matches('"').trim_end_matches('.'));
    let place = step.map_or(format!("`{}`", task.task), |step| format!("`{}` › `{}`", task.task, step.name));
    Why {
        sentence: format!("{place} could not pull its image: {reason}"),
        task: Some(task.task.to_string()),
        step: step.map(|s| s.name.to_string()),
    }
}

fn waiting_step(attempt: &Attempt) -> Option<&Step> {
    attempt.steps.iter().find(|s| matches!(s.state, StepState::Waiting { .. }))
}

/// "exited 1", "was killed: out of memory (exit 137)".
pub fn step_end(step: &Step) -> String {
    match &step.state {
        StepState::Ended { exit, reason, .. } if &**reason == "OOMKilled" => {
            format!("was killed: out of memory (OOMKilled, exit {exit})")
        }
        StepState::Ended { termination, .. } if &**termination == "TimeoutExceeded" => "timed out".into(),
        StepState::Ended { exit: 137, .. } => "was killed (exit 137, not reported as out of memory)".into(),
        StepState::Ended { exit, reason, .. } if matches!(&**reason, "Error" | "Completed" | "") => {
            format!("exited {exit}")
        }
        StepState::Ended { exit, reason, .. } => format!("exited {exit} ({reason})"),
        StepState::Waiting { reason, message } if reason.is_empty() && message.is_empty() => "waits for its pod".into(),
        StepState::Waiting { reason, message } if message.is_empty() => format!("waits: {reason}"),
        StepState::Waiting { reason, message } => format!("waits: {reason}: {message}"),
        StepState::Running => "is running".into(),
    }
}

fn cancelled(detail: &Detail) -> Why {
    let how = match detail.run.asked.as_deref() {
        Some("StoppedRunFinally") => "cancelled: running tasks were let end, then finally (StoppedRunFinally)",
        Some("CancelledRunFinally") => "cancelled: running tasks were cut, then finally (CancelledRunFinally)",
        Some("Cancelled") => "cancelled: running tasks were cut, finally did not run (Cancelled)",
        _ => "cancelled",
    };
    let cut = detail.tasks.iter().find(|t| t.status() == Status::Cancelled);
    match cut {
        Some(task) => {
            Why { sentence: format!("{how}, in `{}`", task.task), task: Some(task.task.to_string()), step: None }
        }
        None => Why::of(how),
    }
}

fn waiting(detail: &Detail) -> Option<Why> {
    if &*detail.run.reason == "PipelineRunPending" {
        return Some(Why::of("held: created as pending, it starts when somebody releases it (PipelineRunPending)"));
    }
    if let Some(pod) = detail.pods.iter().find(|p| &*p.phase == "Pending" && !p.message.is_empty()) {
        let sentence = match &*pod.reason {
            "Unschedulable" => format!("`{}` was never scheduled: {}", pod.task, first_sentence(&pod.message)),
            reason => format!("`{}` waits: {} ({reason})", pod.task, pod.message),
        };
        return Some(Why { sentence, task: Some(pod.task.to_string()), step: None });
    }
    detail.tasks.iter().find_map(|task| {
        let attempt = task.last();
        let stuck = waiting_step(attempt).filter(
            |s| !matches!(&s.state, StepState::Waiting { reason, .. } if matches!(&**reason, "" | "PodInitializing")),
        );
        match stuck {
            Some(step) => Some(Why {
                sentence: format!("`{}` › `{}` {}", task.task, step.name, step_end(step)),
                task: Some(task.task.to_string()),
                step: Some(step.name.to_string()),
            }),
            None if attempt.status == Status::Pending && unscheduled(attempt) => Some(Why {
                sentence: format!("`{}` was never scheduled: {}", task.task, pod_words(&attempt.message)),
                task: Some(task.task.to_string()),
                step: None,
            }),
            None => None,
        }
    })
}

fn unscheduled(attempt: &Attempt) -> bool {
    &*attempt.reason == "ExceededNodeResources" || attempt.message.starts_with("pod status \"PodScheduled\":\"False\"")
}

/// What a pod waits for, out of Tekton's message of it (tektoncd/pipeline, pkg/pod/status.go):
/// `pod status "PodScheduled":"False"; message: "M"`. Any other message stays as it is.
pub fn pod_words(message: &str) -> &str {
    match message.split_once("; message: \"") {
        Some((head, words)) if head.starts_with("pod status ") => first_sentence(words.trim_end_matches('"')),
        _ => message,
    }
}

/// The scheduler says first which nodes there are and why none fits, then how it looked for others to evict.
fn first_sentence(message: &str) -> &str {
    message.split_once(". ").map_or(message, |(first, _)| first)
}

fn tolerated(detail: &Detail) -> Option<Why> {
    detail.tasks.iter().find_map(|task| {
        let step = task.last().steps.iter().find(|s| s.tolerated())?;
        Some(Why {
            sentence: format!(
                "`{}` › `{}` {}, and the Pipeline lets that pass (onError: continue)",
                task.task,
                step.name,
                step_end(step)
            ),
            task: Some(task.task.to_string()),
            step: Some(step.name.to_string()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, state: StepState) -> Step {
        Step { name: name.into(), container: format!("step-{name}").into(), state, started: None, finished: None }
    }

    fn task(reason: &str, message: &str, steps: Vec<Step>) -> TaskRun {
        let attempt = Attempt {
            pod: "p".into(),
            status: Status::Failed,
            reason: reason.into(),
            message: message.into(),
            started: None,
            finished: None,
            steps,
        };
        TaskRun {
            name: "run-image".into(),
            uid: "u".into(),
            task: "image".into(),
            finally: false,
            attempts: vec![attempt],
            results: Vec::new(),
            created: None,
        }
    }

    #[test]
    fn the_step_whose_image_is_missing_is_the_one_tekton_names_and_not_the_first_that_it_ended() {
        let ended = || StepState::Ended { exit: 1, reason: "TaskRunImagePullFailed".into(), termination: "".into() };
        let message = r#"the step "build" in TaskRun "run-image" failed to pull the image "". The pod errored with the message: "Back-off pulling image "quay.io/x".""#;
        let steps = || vec![step("prepare", ended()), step("build", ended())];
        let why = task_failed(&task("TaskRunImagePullFailed", message, steps()));
        assert_eq!(why.sentence, "`image` › `build` could not pull its image: Back-off pulling image \"quay.io/x\"");
        assert_eq!(why.step.as_deref(), Some("build"));
        let why = task_failed(&task("TaskRunImagePullFailed", "in other words", steps()));
        assert_eq!(why.sentence, "`image` could not pull its image: in other words");
    }

    #[test]
    fn the_scheduler_s_first_sentence_is_enough() {
        assert_eq!(
            first_sentence("0/2 nodes are available: 2 Insufficient cpu. preemption: none"),
            "0/2 nodes are available: 2 Insufficient cpu"
        );
        assert_eq!(first_sentence("0/2 nodes."), "0/2 nodes.");
        let message =
            r#"pod status "PodScheduled":"False"; message: "0/2 nodes: 2 Insufficient kvm. preemption: none""#;
        assert_eq!(pod_words(message), "0/2 nodes: 2 Insufficient kvm");
        assert_eq!(pod_words("Not all Steps are ready"), "Not all Steps are ready");
    }
}
