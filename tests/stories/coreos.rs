//! The runs of okd-coreos that the stories of Run, Log and YAML tell of: one time, one cluster, real names.

use jiff::Timestamp;
use std::sync::Arc;
use weir_domain::detail::{Bound, Detail, Event, PodState, SkippedTask};
use weir_domain::endpoint::{Endpoint, EndpointKind, EndpointState};
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::run::{Depth, Progress, Run, Starter};
use weir_domain::{
    Attempt, Change, ClusterName, Failure, FailureKind, Loaded, Namespace, News, PipelineTask, RunId, Status, Step,
    StepState, TaskRun, Tree, WorkspaceSpec,
};

pub fn now() -> Timestamp {
    at("12:00:00")
}

/// A time of the story's day.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}Z").parse().expect("a time of the day")
}

pub fn id() -> RunId {
    RunId::new("moc", "okd-coreos", "okd-coreos-4.19-prod-pipelinerun-b7k2q")
}

pub fn log_id() -> LogId {
    step_log("cosa-build-baseos", "fetch-and-build-baseos")
}

pub fn step_log(task: &str, step: &str) -> LogId {
    LogId { run: id(), part: LogPart::Step(Arc::from(task), Arc::from(step)) }
}

pub fn whole_log() -> LogId {
    LogId { run: id(), part: LogPart::Whole }
}

pub fn source(order: u32, task: &str, step: &str) -> Source {
    Source { order, task: task.into(), attempt: 0, step: step.into() }
}

pub fn endpoint() -> Endpoint {
    Endpoint {
        name: "moc".into(),
        kind: EndpointKind::Cluster,
        server: "https://api.moc.example:6443".into(),
        user: "jane".into(),
        contexts: vec!["moc".into()],
        state: EndpointState::Live,
        latency_ms: Some(41),
        as_of: Some(now()),
        unseen: Vec::new(),
        version: Some("v1.34.4".into()),
        read_only: false,
        production: false,
        namespaces: None,
        namespace: Namespace::new("okd-coreos"),
        operator: Some("jane".into()),
        host: "bastion".into(),
    }
}

/// The cluster is there, and the run is in its list.
pub fn known(run: &Run) -> Vec<News> {
    let cluster = ClusterName::new("moc");
    vec![
        News::Endpoints(vec![endpoint()]),
        News::Runs(cluster.clone(), None, Change::Begin),
        News::Runs(cluster.clone(), None, Change::Upsert(vec![(run.id.clone(), run.clone())])),
        News::Runs(cluster, None, Change::Complete),
    ]
}

pub fn loaded(detail: Detail) -> News {
    News::Detail(detail.run.id.clone(), Loaded::Known(Box::new(detail)))
}

pub fn lost() -> Failure {
    Failure::new(FailureKind::Offline, "cannot watch the run on `moc`", "connection refused", "weir tries again")
}

fn run(status: Status, reason: &str) -> Run {
    let params = [("branch", "release-4.19"), ("version", "4.19"), ("release-stream", "next"), ("variant", "okd-c9s")];
    Run {
        id: id(),
        uid: "8a5f6c1e-4d0b-4e6e-9c57-0f6a2b7c9d11".into(),
        depth: Depth::Whole,
        status,
        reason: reason.into(),
        message: "".into(),
        pipeline: Some("okd-coreos".into()),
        params: params.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value))).collect(),
        created: Some(at("05:12:00")),
        started: Some(at("05:12:02")),
        finished: None,
        progress: None,
        starter: Starter::Trigger {
            listener: "okd-coreos-prod".into(),
            trigger: Some("okd-coreos-prod-trigger".into()),
        },
        asked: None,
        labels: vec![("tekton.dev/pipeline".into(), "okd-coreos".into())],
    }
}

fn pipeline_task(name: &str, task: &str, needs: &[&str]) -> PipelineTask {
    PipelineTask {
        name: name.into(),
        task: Some(task.into()),
        needs: needs.iter().map(|need| Arc::from(*need)).collect(),
        conditional: name.starts_with("cosa-upload"),
        finally: name == "notify-matrix",
        retries: 0,
    }
}

fn graph() -> Vec<PipelineTask> {
    let same = |name, needs| pipeline_task(name, name, needs);
    vec![
        same("cosa-init", &[]),
        same("cosa-build-baseos", &["cosa-init"]),
        same("cosa-test", &["cosa-build-baseos"]),
        same("cosa-build-extensions", &["cosa-test"]),
        same("cosa-buildextend", &["cosa-test"]),
        same("cosa-generate-release-meta", &["cosa-build-baseos", "cosa-build-extensions", "cosa-buildextend"]),
        pipeline_task("cosa-upload-baseos", "cosa-push-container", &["cosa-generate-release-meta"]),
        pipeline_task("cosa-upload-extensions", "cosa-push-container", &["cosa-generate-release-meta"]),
        pipeline_task("cosa-upload-bootimages", "cosa-upload-s3", &["cosa-generate-release-meta"]),
        same("notify-matrix", &[]),
    ]
}

pub fn step(name: &str, state: StepState, from: Option<&str>, to: Option<&str>) -> Step {
    Step {
        name: name.into(),
        container: Arc::from(format!("step-{name}")),
        state,
        started: from.map(at),
        finished: to.map(at),
    }
}

pub fn ended(exit: i32, reason: &str, termination: &str) -> StepState {
    StepState::Ended { exit, reason: reason.into(), termination: termination.into() }
}

pub fn attempt(status: Status, reason: &str, from: &str, to: Option<&str>, steps: Vec<Step>) -> Attempt {
    Attempt {
        pod: "okd-coreos-4.19-prod-pipelinerun-b7k2q-pod".into(),
        status,
        reason: reason.into(),
        message: "".into(),
        started: Some(at(from)),
        finished: to.map(at),
        steps,
    }
}

pub fn task_run(task: &str, attempts: Vec<Attempt>) -> TaskRun {
    TaskRun {
        name: Arc::from(format!("okd-coreos-4.19-prod-pipelinerun-b7k2q-{task}")),
        uid: Arc::from(format!("uid-of-{task}")),
        task: task.into(),
        finally: task == "notify-matrix",
        created: attempts[0].started,
        attempts,
        results: Vec::new(),
    }
}

/// A task of one step that has ended well.
fn fine(task: &str, step_name: &str, asked: &str, from: &str, to: &str) -> TaskRun {
    let done = step(step_name, ended(0, "Completed", "Completed"), Some(from), Some(to));
    task_run(task, vec![attempt(Status::Ok, "Succeeded", asked, Some(to), vec![done])])
}

fn detail(run: Run, tasks: Vec<TaskRun>) -> Detail {
    let params = [
        ("repo", "https://github.com/openshift/os.git"),
        ("branch", "release-4.19"),
        ("variant", "okd-c9s"),
        ("version", "4.19"),
        ("release-stream", "next"),
        ("target-registry", "quay.io/okd"),
        ("upload-container-images", "true"),
        ("s3-endpoint-url", "https://okd-scos.s3.amazonaws.com/"),
        ("matrix-room", "!nStsazaBvZCZQHPWTY:fedoraproject.org"),
        ("matrix-token", "syt_c29tZWJvZHk_abcdefghijklmnop"),
    ];
    let declared = |name: &str| WorkspaceSpec { name: name.into(), optional: false, description: String::new() };
    let object = Tree::map([
        ("apiVersion", "tekton.dev/v1".into()),
        ("kind", "PipelineRun".into()),
        ("metadata", Tree::map([("name", (&*run.id.name).into()), ("namespace", "okd-coreos".into())])),
        (
            "spec",
            Tree::map([
                (
                    "params",
                    Tree::List(
                        params
                            .iter()
                            .map(|(n, v)| Tree::map([("name", (*n).into()), ("value", (*v).into())]))
                            .collect(),
                    ),
                ),
                ("pipelineRef", Tree::map([("name", "okd-coreos".into())])),
                ("timeouts", Tree::map([("pipeline", "4h0m0s".into())])),
            ]),
        ),
        ("status", Tree::map([("startTime", "2026-11-21T05:12:02Z".into())])),
    ]);
    Detail {
        params: params.iter().map(|(name, value)| (Arc::from(*name), value.to_string())).collect(),
        workspaces: vec![
            Bound { name: "registry-credentials".into(), to: "Secret okd-quay-pull-secret".into() },
            Bound { name: "shared-workspace".into(), to: "PVC pipeline-scos-4.19-pvc".into() },
        ],
        declared: vec![declared("registry-credentials"), declared("shared-workspace"), declared("s3-credentials")],
        results: Vec::new(),
        graph: graph(),
        skipped: Vec::new(),
        tasks,
        service_account: Some("pipeline".into()),
        timeout: Some("4h0m0s".into()),
        events: Vec::new(),
        pods: Vec::new(),
        object,
        unseen: Vec::new(),
        run,
    }
}

fn init() -> TaskRun {
    fine("cosa-init", "prepare-repo", "05:12:02", "05:12:20", "05:13:05")
}

fn skipped(names: &[&str], reason: &str) -> Vec<SkippedTask> {
    names.iter().map(|name| SkippedTask { name: Arc::from(*name), reason: reason.into() }).collect()
}

/// Failed in `fetch-and-build-baseos`, six hours ago.
pub fn failed() -> Detail {
    let mut run = run(Status::Failed, "Failed");
    run.message = "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 7".into();
    run.finished = Some(at("05:59:20"));
    let broken = step("fetch-and-build-baseos", ended(1, "Error", "Error"), Some("05:13:40"), Some("05:59:08"));
    let build = attempt(Status::Failed, "Failed", "05:13:06", Some("05:59:09"), vec![broken]);
    let tasks = vec![
        init(),
        task_run("cosa-build-baseos", vec![build]),
        fine("notify-matrix", "post", "05:59:10", "05:59:15", "05:59:18"),
    ];
    let mut detail = detail(run, tasks);
    let never = [
        "cosa-test",
        "cosa-build-extensions",
        "cosa-buildextend",
        "cosa-generate-release-meta",
        "cosa-upload-baseos",
        "cosa-upload-extensions",
        "cosa-upload-bootimages",
    ];
    detail.skipped = skipped(&never, "PipelineRun was stopping");
    detail.events = vec![Event {
        kind: "Warning".into(),
        reason: "Failed".into(),
        message: "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 7".into(),
        object: "PipelineRun/okd-coreos-4.19-prod-pipelinerun-b7k2q".into(),
        count: 1,
        last: Some(at("05:59:20")),
    }];
    detail
}

/// Running: `cosa-test` at its second try, `cosa-build-extensions` and the rest to come.
pub fn running() -> Detail {
    let mut run = run(Status::Running, "Running");
    run.created = Some(at("11:12:00"));
    run.started = Some(at("11:12:02"));
    run.progress = Some(Progress { done: 2, failed: 0, cancelled: 0, incomplete: 8, skipped: 0 });
    run.starter =
        Starter::Says { operator: "jane".into(), host: Some("bastion".into()), reason: Some("the conmon fix".into()) };
    let baseos = [
        step("fetch", ended(0, "Completed", "Completed"), Some("11:13:40"), Some("11:20:00")),
        step("lint", ended(3, "Error", "Continued"), Some("11:20:00"), Some("11:21:10")),
        step("build", ended(0, "Completed", "Completed"), Some("11:21:10"), Some("11:40:02")),
    ];
    let first = step("build-and-test-qemu", ended(137, "OOMKilled", "Error"), Some("11:40:40"), Some("11:47:00"));
    let second = step("build-and-test-qemu", StepState::Running, Some("11:49:30"), None);
    let tasks = vec![
        fine("cosa-init", "prepare-repo", "11:12:02", "11:12:20", "11:13:05"),
        task_run(
            "cosa-build-baseos",
            vec![attempt(Status::Ok, "Succeeded", "11:13:06", Some("11:40:03"), baseos.into())],
        ),
        task_run(
            "cosa-test",
            vec![
                attempt(Status::Failed, "Failed", "11:40:04", Some("11:47:01"), vec![first]),
                attempt(Status::Running, "Running", "11:47:02", None, vec![second]),
            ],
        ),
    ];
    let mut detail = detail(run, tasks);
    detail.graph[2].retries = 2;
    detail
}

/// Pending for 41 minutes: no node offers the device.
pub fn pending() -> Detail {
    let mut run = run(Status::Running, "Running");
    run.created = Some(at("11:19:00"));
    run.started = Some(at("11:19:00"));
    run.progress = Some(Progress { done: 0, failed: 0, cancelled: 0, incomplete: 10, skipped: 0 });
    run.starter = Starter::Owner { kind: "CronJob".into(), name: "okd-coreos-4.19-prod-create-daily".into() };
    let mut waiting = attempt(Status::Pending, "Pending", "11:19:01", None, Vec::new());
    waiting.message = "pod status \"PodScheduled\":\"False\"".into();
    let mut detail = detail(run, vec![task_run("cosa-init", vec![waiting])]);
    let message = "0/3 nodes are available: 3 Insufficient devices.kubevirt.io/kvm.";
    detail.pods = vec![PodState {
        name: "okd-coreos-4.19-prod-pipelinerun-b7k2q-cosa-init-pod".into(),
        task: "cosa-init".into(),
        phase: "Pending".into(),
        reason: "Unschedulable".into(),
        message: message.into(),
        node: "".into(),
    }];
    detail.events = vec![Event {
        kind: "Warning".into(),
        reason: "FailedScheduling".into(),
        message: message.into(),
        object: "Pod/okd-coreos-4.19-prod-pipelinerun-b7k2q-cosa-init-pod".into(),
        count: 14,
        last: Some(at("11:58:00")),
    }];
    detail.unseen = vec!["nodes: `jane` may not list them".into()];
    detail
}

/// All well, the uploads skipped by their `when`.
pub fn well() -> Detail {
    let mut run = run(Status::Ok, "Completed");
    run.finished = Some(at("06:40:00"));
    let tasks = vec![
        init(),
        fine("cosa-build-baseos", "fetch-and-build-baseos", "05:13:06", "05:13:40", "05:44:00"),
        fine("cosa-test", "build-and-test-qemu", "05:44:01", "05:44:40", "05:55:00"),
        fine("cosa-build-extensions", "build-extensions-container", "05:55:01", "05:55:40", "06:15:00"),
        fine("cosa-buildextend", "buildextend", "05:55:01", "06:15:20", "06:38:00"),
        fine("cosa-generate-release-meta", "generate-release-meta", "06:38:01", "06:38:10", "06:39:00"),
        fine("notify-matrix", "post", "06:39:01", "06:39:30", "06:39:58"),
    ];
    let mut detail = detail(run, tasks);
    let uploads = ["cosa-upload-baseos", "cosa-upload-extensions", "cosa-upload-bootimages"];
    detail.skipped = skipped(&uploads, "When Expressions evaluated to false");
    detail.tasks[3].results = vec![("output".into(), "OK".into())];
    detail.tasks[4].results = vec![("output".into(), "OK".into())];
    detail
}

/// Nothing but the run itself: it has just been made.
pub fn made() -> Detail {
    let mut run = run(Status::Pending, "");
    run.created = Some(at("11:59:50"));
    run.started = None;
    run.starter = Starter::NotRecorded;
    let mut detail = detail(run, Vec::new());
    detail.graph.clear();
    detail
}

/// What the failing step printed at its end.
const ENDING: &str = "\
+ cosa fetch --strict
Config commit: 4f1e2aa7c0de release-4.19
Updating metadata for '\x1b[1mc9s-baseos\x1b[0m'...done
Updating metadata for '\x1b[1mc9s-appstream\x1b[0m'...done
rpm-md repo 'c9s-baseos'; generated: 2026-11-20T21:14:03Z solvables: 7412
\x1b[31merror: \x1b[0mCould not depsolve transaction; 1 problem detected:
 Problem: package cri-o-1.34.1-2.rhaos4.19.el9.x86_64 requires conmon >= 2.1.12, but none of the providers can be installed
failed to execute cmd-fetch: exit status 1";

/// The whole log of the failing step, in pieces as a watch brings it.
pub fn ending() -> Vec<LogNews> {
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let first = at("05:13:40").as_nanosecond() as i64;
    let mut text = String::new();
    for number in 0..200 {
        text.push_str(&format!("Downloading metadata: part {number:03} of 200 from mirror.openshift.com\n"));
    }
    text.push_str(ENDING);
    let stamps = (0..text.lines().count() as i64).map(|line| first + line * 1_500_000_000).collect();
    vec![
        LogNews::Lines { source: source.clone(), text, stamps, hidden: 2 },
        LogNews::Ended { source, status: Status::Failed, words: "exit 1".into(), at: Some(at("05:59:08")) },
        LogNews::Complete { status: Status::Failed },
    ]
}

pub fn log_news(id: &LogId, pieces: Vec<LogNews>) -> Vec<News> {
    pieces.into_iter().map(|piece| News::Log(id.clone(), piece)).collect()
}
