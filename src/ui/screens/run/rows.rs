//! The tasks of a run as rows: in the order of the graph, `finally` last, attempts and steps under their task.
//!
//! Invariant: a row's [`Place`] names the same thing after any news, so a selection by place never moves to another task.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::detail::Detail;
use weir_domain::log::LogPart;
use weir_domain::pipeline::{PipelineTask, layers};
use weir_domain::{Attempt, Status, Step, StepState, TaskRun};

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Task(Arc<str>),
    /// One of several TaskRuns that a matrix makes of a task; the TaskRun's name.
    Branch(Arc<str>, Arc<str>),
    /// An attempt, from 0, of a TaskRun.
    Attempt(Arc<str>, Arc<str>, usize),
    /// A step of a TaskRun's newest attempt.
    Step(Arc<str>, Arc<str>, Arc<str>),
}

impl Place {
    /// The pipeline task.
    pub fn task(&self) -> &Arc<str> {
        match self {
            Place::Task(task) | Place::Branch(task, _) | Place::Attempt(task, ..) | Place::Step(task, ..) => task,
        }
    }

    /// Which log belongs to it.
    pub fn log(&self) -> LogPart {
        match self {
            Place::Step(task, _, step) => LogPart::Step(task.clone(), step.clone()),
            other => LogPart::Task(other.task().clone()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub place: Place,
    pub name: Arc<str>,
    /// 0 for a task, 1 for what stands under it.
    pub depth: u16,
    pub finally: bool,
    pub status: Status,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub note: String,
    /// Whether there is a container whose log could be read.
    pub log: bool,
}

impl Row {
    /// `None` before it starts.
    pub fn seconds(&self, now: Timestamp) -> Option<i64> {
        let from = self.started?;
        let to = self.finished.unwrap_or(now);
        Some((to.as_second() - from.as_second()).max(0))
    }
}

/// `folds` says per task whether its steps are shown, where the operator has said so; else the tasks that need a look
/// are open.
pub(crate) fn rows(detail: &Detail, folds: &BTreeMap<Arc<str>, bool>) -> Vec<Row> {
    let mut rows = Vec::new();
    for task in ordered(detail) {
        let runs: Vec<&TaskRun> = detail.tasks.iter().filter(|run| run.task == task.name).collect();
        let open = |fallback: bool| folds.get(&task.name).copied().unwrap_or(fallback);
        match runs[..] {
            [] => rows.push(without_run(detail, &task)),
            [run] => {
                rows.push(of_run(&task, run, Place::Task(task.name.clone()), task.name.clone()));
                if open(worth_a_look(run)) {
                    below(run, &mut rows);
                }
            }
            _ => {
                let worst = detail.task(&task.name).unwrap_or(runs[0]);
                let mut head = of_run(&task, worst, Place::Task(task.name.clone()), task.name.clone());
                let well = runs.iter().filter(|run| run.status() == Status::Ok).count();
                head.note = format!("{well} of {} ok", runs.len());
                head.started = runs.iter().filter_map(|run| run.attempts.first()?.started).min();
                head.finished = runs
                    .iter()
                    .map(|run| run.last().finished)
                    .collect::<Option<Vec<_>>>()
                    .and_then(|ends| ends.into_iter().max());
                rows.push(head);
                if open(worth_a_look(worst)) {
                    for run in runs {
                        let place = Place::Branch(task.name.clone(), run.name.clone());
                        let mut row = of_run(&task, run, place, run.name.clone());
                        row.depth = 1;
                        rows.push(row);
                        if run.status().bad() {
                            below(run, &mut rows);
                        }
                    }
                }
            }
        }
    }
    rows
}

/// The graph's tasks layer by layer; TaskRuns that the graph does not name (it is not resolved yet) after them.
pub(crate) fn ordered(detail: &Detail) -> Vec<PipelineTask> {
    let mut tasks: Vec<PipelineTask> =
        layers(&detail.graph).into_iter().flatten().map(|index| detail.graph[index].clone()).collect();
    for run in &detail.tasks {
        if !tasks.iter().any(|task| task.name == run.task) {
            tasks.push(PipelineTask { name: run.task.clone(), finally: run.finally, ..PipelineTask::default() });
        }
    }
    tasks.sort_by_key(|task| task.finally);
    tasks
}

fn worth_a_look(run: &TaskRun) -> bool {
    let last = run.last();
    run.status().bad()
        || run.status() == Status::Cancelled
        || run.attempts.len() > 1
        || last.steps.iter().any(Step::tolerated)
        || (run.status() == Status::Running && last.steps.len() > 1)
}

fn of_run(task: &PipelineTask, run: &TaskRun, place: Place, name: Arc<str>) -> Row {
    let last = run.last();
    Row {
        place,
        name,
        depth: 0,
        finally: task.finally,
        status: run.status(),
        started: run.attempts.iter().find_map(|attempt| attempt.started),
        finished: if run.status().finished() { last.finished } else { None },
        note: note(task, run),
        log: run.has_pod(),
    }
}

fn note(task: &PipelineTask, run: &TaskRun) -> String {
    let last = run.last();
    let mut words = Vec::new();
    let tries = run.attempts.len();
    if tries > 1 || (task.retries > 0 && run.status().bad()) {
        words.push(format!("try {tries} of {}", (task.retries as usize + 1).max(tries)));
    }
    match run.status() {
        Status::Running => {
            let step = last.steps.iter().find(|step| step.status() == Status::Running);
            words.extend(step.map(|step| format!("in {}", step.name)));
        }
        Status::Pending => words.extend(pending_words(&last.reason)),
        _ => {}
    }
    if last.steps.len() > 1 {
        let well = last.steps.iter().filter(|step| step.status() == Status::Ok || step.tolerated()).count();
        words.push(format!("{well}/{} steps", last.steps.len()));
    }
    let tolerated = last.steps.iter().filter(|step| step.tolerated()).count();
    if tolerated > 0 {
        words.push(format!("{tolerated} let pass"));
    }
    words.join(", ")
}

/// Tekton's reasons for a TaskRun that waits (tektoncd/pipeline, pkg/pod/status.go) in words; an unknown one as it is.
fn pending_words(reason: &str) -> Option<String> {
    match reason {
        "" | "Pending" | "Started" => None,
        "ExceededNodeResources" => Some("no node has room for it".into()),
        "ExceededResourceQuota" => Some("the quota is used up".into()),
        "PullImageFailed" => Some("its image cannot be pulled".into()),
        "ResolvingTaskRef" => Some("its Task is being fetched".into()),
        other => Some(other.to_string()),
    }
}

fn without_run(detail: &Detail, task: &PipelineTask) -> Row {
    let skipped = detail.skipped(&task.name);
    let over = detail.run.status.finished();
    let (status, note) = match skipped {
        Some(skipped) => (Status::Skipped, skipped_words(&skipped.reason)),
        None if over => (Status::Skipped, not_reached(detail, task)),
        None => (Status::Pending, waits_for(detail, task)),
    };
    Row {
        place: Place::Task(task.name.clone()),
        name: task.name.clone(),
        depth: 0,
        finally: task.finally,
        status,
        started: None,
        finished: None,
        note,
        log: false,
    }
}

/// Tekton's reasons for a skip (tektoncd/pipeline, v1 `SkippingReason`) in operators' words; an unknown one as it is.
pub(crate) fn skipped_words(reason: &str) -> String {
    match reason {
        "When Expressions evaluated to false" => "its `when` is false".into(),
        "Parent Tasks were skipped" => "what it needs was skipped".into(),
        "PipelineRun was stopping" => "not reached: the run stopped".into(),
        "PipelineRun was gracefully cancelled" => "not reached: the run was cancelled".into(),
        "PipelineRun was gracefully stopped" => "not reached: the run was stopped".into(),
        "Results were missing" => "a result it needs is missing".into(),
        "PipelineRun timeout has been reached" | "PipelineRun Tasks timeout has been reached" => {
            "not reached: the time was up".into()
        }
        "PipelineRun Finally timeout has been reached" => "not reached: finally's time was up".into(),
        "Matrix Parameters have an empty array" => "its matrix is empty".into(),
        other => other.to_string(),
    }
}

fn not_reached(detail: &Detail, task: &PipelineTask) -> String {
    let broken = task.needs.iter().find(|need| detail.task(need).is_some_and(|run| run.status().bad()));
    match broken {
        Some(need) => format!("not reached: {need} failed"),
        None => "not reached".into(),
    }
}

fn waits_for(detail: &Detail, task: &PipelineTask) -> String {
    if task.finally {
        return "when the tasks have ended".into();
    }
    let done = |need: &str| detail.task(need).is_some_and(|run| run.status() == Status::Ok);
    let left: Vec<&str> = task.needs.iter().map(|need| &**need).filter(|need| !done(need)).collect();
    match left[..] {
        [] => String::new(),
        [one] => format!("after {one}"),
        [one, ..] => format!("after {one} and {} more", left.len() - 1),
    }
}

/// Earlier attempts in short, then the steps of the newest.
fn below(run: &TaskRun, rows: &mut Vec<Row>) {
    let last = run.attempts.len() - 1;
    for (number, attempt) in run.attempts.iter().enumerate().take(last) {
        rows.push(Row {
            place: Place::Attempt(run.task.clone(), run.name.clone(), number),
            name: Arc::from(format!("try {}", number + 1)),
            depth: 1,
            finally: run.finally,
            status: attempt.status,
            started: attempt.started,
            finished: attempt.finished,
            note: attempt_words(attempt),
            log: !attempt.pod.is_empty(),
        });
    }
    let attempt = run.last();
    let over = attempt.status.finished();
    for step in &attempt.steps {
        let never = over && matches!(step.state, StepState::Waiting { .. });
        rows.push(Row {
            place: Place::Step(run.task.clone(), run.name.clone(), step.name.clone()),
            name: step.name.clone(),
            depth: 1,
            finally: run.finally,
            status: if never { Status::Skipped } else { step.status() },
            started: step.started.filter(|_| step.status() != Status::Skipped),
            finished: step.finished,
            note: step_words(step),
            log: !attempt.pod.is_empty() && !never && step.status() != Status::Skipped,
        });
    }
}

fn attempt_words(attempt: &Attempt) -> String {
    match attempt.steps.iter().find(|step| step.status().bad() && !step.tolerated()) {
        Some(step) if attempt.steps.len() == 1 => step_words(step),
        Some(step) => format!("{}: {}", step.name, step_words(step)),
        None => attempt.reason.to_string(),
    }
}

fn step_words(step: &Step) -> String {
    match &step.state {
        StepState::Ended { .. } if step.status() == Status::Skipped => "not reached".into(),
        StepState::Ended { exit, reason, .. } => {
            let mut words = match (&**reason, exit) {
                (_, 0) => String::new(),
                ("OOMKilled", exit) => format!("out of memory, exit {exit}"),
                ("" | "Error", exit) => format!("exit {exit}"),
                (reason, exit) => format!("exit {exit}, {reason}"),
            };
            if step.tolerated() {
                words.push_str(", let pass");
            }
            words
        }
        StepState::Waiting { reason, .. } if &**reason == "PodInitializing" => "the pod starts".into(),
        StepState::Waiting { reason, .. } => reason.to_string(),
        StepState::Running => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::run::{Depth, Run, Starter};
    use weir_domain::{RunId, Tree};

    fn attempt(status: Status) -> Attempt {
        Attempt {
            pod: "pod".into(),
            status,
            reason: "".into(),
            message: "".into(),
            started: None,
            finished: None,
            steps: Vec::new(),
        }
    }

    fn task_run(name: &str, task: &str, statuses: &[Status]) -> TaskRun {
        TaskRun {
            name: name.into(),
            uid: name.into(),
            task: task.into(),
            finally: false,
            attempts: statuses.iter().map(|status| attempt(*status)).collect(),
            results: Vec::new(),
            created: None,
        }
    }

    fn detail(graph: Vec<PipelineTask>, tasks: Vec<TaskRun>) -> Detail {
        let run = Run {
            id: RunId::new("c", "n", "r"),
            uid: "".into(),
            depth: Depth::Whole,
            status: Status::Running,
            reason: "".into(),
            message: "".into(),
            pipeline: None,
            params: Vec::new(),
            created: None,
            started: None,
            finished: None,
            progress: None,
            starter: Starter::NotRecorded,
            asked: None,
            labels: Vec::new(),
        };
        Detail {
            run,
            params: Vec::new(),
            workspaces: Vec::new(),
            declared: Vec::new(),
            results: Vec::new(),
            graph,
            skipped: Vec::new(),
            tasks,
            service_account: None,
            timeout: None,
            events: Vec::new(),
            pods: Vec::new(),
            object: Tree::Null,
            unseen: Vec::new(),
        }
    }

    fn named(name: &str, finally: bool) -> PipelineTask {
        PipelineTask { name: name.into(), finally, ..PipelineTask::default() }
    }

    #[test]
    fn the_branches_of_a_matrix_stand_under_their_task_and_the_worst_counts() {
        let branches = vec![
            task_run("r-build-0", "build", &[Status::Ok]),
            task_run("r-build-1", "build", &[Status::Ok, Status::Failed]),
        ];
        let rows = rows(&detail(vec![named("build", false)], branches), &BTreeMap::new());
        let shown: Vec<(&str, Status)> = rows.iter().map(|row| (&*row.name, row.status)).collect();
        assert_eq!(
            shown,
            [
                ("build", Status::Failed),
                ("r-build-0", Status::Ok),
                ("r-build-1", Status::Failed),
                ("try 1", Status::Ok)
            ]
        );
        assert_eq!(rows[0].note, "1 of 2 ok");
    }

    #[test]
    fn tasks_the_graph_does_not_name_are_not_lost_and_finally_stays_last() {
        let graph = vec![named("notify", true), named("build", false)];
        let detail = detail(graph, vec![task_run("r-extra", "extra", &[Status::Ok])]);
        let names: Vec<String> = ordered(&detail).iter().map(|task| task.name.to_string()).collect();
        assert_eq!(names, ["build", "extra", "notify"]);
    }

    #[test]
    fn an_unknown_reason_for_a_skip_is_said_as_it_is() {
        assert_eq!(skipped_words("When Expressions evaluated to false"), "its `when` is false");
        assert_eq!(skipped_words("Something New"), "Something New");
    }
}
