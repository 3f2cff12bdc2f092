//! Shapes that scripts rely on: every key, its type, and `null` where nothing is known.

use crate::shapes::proposal::Plan;
use crate::shapes::release::Stream as StreamShape;
use crate::shapes::run::{Row, Whole};
use crate::{code, shapes};
use jiff::Timestamp;
use serde_json::{Value, json};
use weir_domain::cancel::Grace;
use weir_domain::detail::SkippedTask;
use weir_domain::{
    Attempt, Command, Depth, Detail, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, Phase, PipelineTask,
    Progress, Proposal, Release, Run, RunId, Starter, Status, Step, StepState, Stream, StreamName, TaskRun, Tree,
};

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("a time"))
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn run(status: Status) -> Run {
    Run {
        id: RunId::new("moc", "okd-coreos", "build-x1"),
        uid: "u1".into(),
        depth: Depth::Whole,
        status,
        reason: "Failed".into(),
        message: "Tasks Completed: 2".into(),
        pipeline: Some("build".into()),
        params: vec![("version".into(), "4.22".into())],
        created: at("2026-11-21T10:00:00Z"),
        started: at("2026-11-21T10:00:01Z"),
        finished: at("2026-11-21T10:10:01Z"),
        progress: Some(Progress { done: 2, failed: 1, cancelled: 0, incomplete: 1, skipped: 0 }),
        starter: Starter::Says { operator: "kai".into(), host: Some("bastion".into()), reason: None },
        asked: None,
        labels: Vec::new(),
    }
}

fn detail() -> Detail {
    let step = Step {
        name: "fetch".into(),
        container: "step-fetch".into(),
        state: StepState::Ended { exit: 1, reason: "Error".into(), termination: "Error".into() },
        started: at("2026-11-21T10:00:05Z"),
        finished: at("2026-11-21T10:00:06Z"),
    };
    let attempt = Attempt {
        pod: "build-x1-fetch-pod".into(),
        status: Status::Failed,
        reason: "Failed".into(),
        message: "".into(),
        started: at("2026-11-21T10:00:02Z"),
        finished: at("2026-11-21T10:00:07Z"),
        steps: vec![step],
    };
    let task = |name: &str, needs: &[&str]| PipelineTask {
        name: name.into(),
        needs: needs.iter().map(|n| (*n).into()).collect(),
        ..PipelineTask::default()
    };
    Detail {
        run: Run { finished: None, ..run(Status::Running) },
        params: vec![("version".into(), "4.22".into()), ("upload".into(), "true".into())],
        workspaces: Vec::new(),
        declared: Vec::new(),
        results: vec![("digest".into(), "sha256:1".into())],
        graph: vec![task("push", &["fetch"]), task("fetch", &[]), task("notify", &[])],
        skipped: vec![SkippedTask { name: "notify".into(), reason: "When Expressions evaluated to false".into() }],
        tasks: vec![TaskRun {
            name: "build-x1-fetch".into(),
            uid: "u2".into(),
            task: "fetch".into(),
            finally: false,
            attempts: vec![attempt],
            results: Vec::new(),
            created: None,
        }],
        service_account: None,
        timeout: Some("4h0m0s".into()),
        events: Vec::new(),
        pods: Vec::new(),
        object: Tree::Null,
        unseen: vec!["its events: forbidden".into()],
    }
}

fn value<T: serde::Serialize>(shape: T) -> Value {
    serde_json::to_value(shape).expect("a shape is JSON")
}

#[test]
fn a_run_in_a_list_has_exactly_these_fields() {
    assert_eq!(
        value(Row::of(&run(Status::TimedOut), now())),
        json!({
            "name": "build-x1", "namespace": "okd-coreos", "cluster": "moc", "uid": "u1", "status": "timed-out",
            "reason": "Failed", "message": "Tasks Completed: 2", "pipeline": "build", "what": "4.22",
            "created": "2026-11-21T10:00:00Z", "started": "2026-11-21T10:00:01Z", "finished": "2026-11-21T10:10:01Z",
            "duration_seconds": 600, "tasks_done": 2, "tasks_total": 3,
            "started_by": {"source": "weir", "name": "kai", "kind": null, "host": "bastion", "reason": null, "trigger": null},
            "params": {"version": "4.22"}
        })
    );
}

#[test]
fn what_is_not_known_is_null_and_not_left_out() {
    let mut run = run(Status::Pending);
    (run.reason, run.message, run.uid) = ("".into(), "".into(), "".into());
    (run.pipeline, run.started, run.finished, run.progress) = (None, None, None, None);
    run.starter = Starter::NotRecorded;
    run.params.clear();
    let row = value(Row::of(&run, now()));
    for key in ["uid", "reason", "message", "pipeline", "what", "started", "finished", "duration_seconds", "tasks_done"]
    {
        assert_eq!(row.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(row["started_by"]["source"], "not-recorded");
}

#[test]
fn one_run_is_one_object_with_its_tasks_in_the_order_of_the_graph() {
    let detail = detail();
    let whole = value(Whole::of(&detail, now()));
    let names: Vec<&str> =
        whole["tasks"].as_array().expect("tasks").iter().filter_map(|t| t["name"].as_str()).collect();
    assert_eq!(names, ["fetch", "push"], "what is skipped stands under `skipped` only");
    assert_eq!(
        whole["tasks"][0],
        json!({
            "name": "fetch", "task_run": "build-x1-fetch", "status": "failed", "reason": "Failed", "message": null,
            "finally": false,
            "started": "2026-11-21T10:00:02Z", "finished": "2026-11-21T10:00:07Z", "duration_seconds": 5, "attempts": 1,
            "pod": "build-x1-fetch-pod", "results": {},
            "steps": [{"name": "fetch", "status": "failed", "exit_code": 1, "reason": "Error", "message": null,
                       "tolerated": false, "started": "2026-11-21T10:00:05Z", "finished": "2026-11-21T10:00:06Z"}]
        })
    );
    assert_eq!(whole["tasks"][1]["status"], "pending");
    assert_eq!(whole["skipped"][0]["name"], "notify");
    assert_eq!(whole["params"]["upload"], "true");
    assert_eq!(whole["results"]["digest"], "sha256:1");
    assert_eq!(whole["timeout"], "4h0m0s");
    assert_eq!(whole["unseen"][0], "its events: forbidden");
    assert_eq!(whole["why"], Value::Null);
    assert_eq!(whole["workspaces"], json!({}));
}

#[test]
fn a_failed_run_says_why_with_task_and_step() {
    let mut detail = detail();
    detail.run.status = Status::Failed;
    let whole = value(Whole::of(&detail, now()));
    assert_eq!(whole["why"], json!({"sentence": "`fetch` › `fetch` exited 1", "task": "fetch", "step": "fetch"}));
    assert_eq!(code::of_run(detail.run.status), code::FAILED);
}

#[test]
fn a_stream_says_its_newest_and_its_newest_accepted() {
    let release =
        |name: &str, phase| Release { name: name.into(), phase, pull_spec: "".into(), created: None, verdict: None };
    let stream = Stream {
        name: StreamName::new("4-scos-next"),
        releases: vec![release("b", Phase::Ready), release("a", Phase::Accepted)],
        as_of: None,
    };
    let shape = value(StreamShape::of(&stream));
    assert_eq!(shape["channel"], true);
    assert_eq!(shape["newest"]["phase"], "testing");
    assert_eq!(shape["newest_accepted"]["name"], "a");
    assert_eq!(shape["newest"]["jobs"], Value::Null);
    assert_eq!(shape["newest"]["pull_spec"], Value::Null);
}

fn endpoint(state: EndpointState) -> Endpoint {
    Endpoint {
        name: "moc".into(),
        kind: EndpointKind::Cluster,
        server: "https://api.moc:6443".into(),
        user: "me".into(),
        contexts: vec!["moc".into()],
        state,
        latency_ms: None,
        as_of: None,
        unseen: Vec::new(),
        version: None,
        read_only: false,
        production: false,
        namespaces: None,
        namespace: "okd-coreos".into(),
        operator: None,
        host: "bastion".into(),
    }
}

#[test]
fn a_lost_endpoint_says_since_when_why_and_what_to_do() {
    let failure = Failure::new(FailureKind::Expired, "cannot read `moc`", "401", "log in again");
    let endpoint = endpoint(EndpointState::Lost { since: now(), failure, retry: None });
    let shape = value(shapes::endpoint::Endpoint::of(&endpoint, None));
    assert_eq!(shape["state"], "lost");
    assert_eq!(shape["kind"], "cluster");
    assert_eq!(shape["lost_since"], "2026-11-21T12:00:00Z");
    assert_eq!(shape["why"], "cannot read `moc`: 401");
    assert_eq!(shape["hint"], "log in again");
    assert_eq!(shape["rights"], Value::Null);
}

#[test]
fn a_plan_names_cluster_server_namespace_phrase_and_call() {
    let run = RunId::new("moc", "okd-coreos", "build-x1");
    let command = Command::Cancel { run, uid: "u1".into(), how: Grace::Cancelled };
    let proposal = Proposal::new(command, &endpoint(EndpointState::Live), false, None).expect("a proposal");
    assert_eq!(
        value(Plan::of(&proposal)),
        json!({
            "verb": "cancel", "cluster": "moc", "server": "https://api.moc:6443", "namespace": "okd-coreos",
            "object": "build-x1", "confirm": "build-x1", "reason": null,
            "calls": [{
                "method": "PATCH", "path": "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns/build-x1",
                "content_type": "application/merge-patch+json", "body": "metadata:\n  uid: u1\nspec:\n  status: Cancelled"
            }]
        })
    );
}

#[test]
fn every_kind_of_failure_has_its_exit_code() {
    let of = |kind| code::of_failure(&Failure::new(kind, "", "", ""));
    assert_eq!(of(FailureKind::Usage), 2);
    assert_eq!(of(FailureKind::Refused), 3);
    for kind in
        [FailureKind::Offline, FailureKind::Denied, FailureKind::Expired, FailureKind::Throttled, FailureKind::Unknown]
    {
        assert_eq!(of(kind), 4, "{kind:?}");
    }
    assert_eq!(of(FailureKind::Missing), 5);
    let silent = |kind| Failure::new(kind, "", "", "");
    assert_eq!(code::of_silence(&[]), 0);
    assert_eq!(code::of_silence(&[silent(FailureKind::Usage)]), 2);
    assert_eq!(code::of_silence(&[silent(FailureKind::Usage), silent(FailureKind::Offline)]), 4);
    assert_eq!(code::of_run(Status::Running), 0);
    assert_eq!(code::of_run(Status::Cancelled), 1);
}
