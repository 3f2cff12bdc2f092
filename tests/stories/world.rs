//! The world of the stories: OKD's real pipelines, tasks, streams and namespaces, at one moment.
//!
//! Everything hangs on [`now`]; a story changes what it needs.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use weir_domain::detail::{Bound, SkippedTask};
use weir_domain::journal::{Entry, Outcome};
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::news::CleanUp;
use weir_domain::release::{Job, Verdict};
use weir_domain::{
    Attempt, Change, ClusterName, Depth, Detail, Endpoint, EndpointKind, EndpointState, Event, Failure, FailureKind,
    Loaded, Namespace, News, ParamKind, ParamSpec, ParamValue, Phase, Pipeline, PipelineId, PipelineTask, PodState,
    Progress, Release, Rights, Run, RunId, Starter, Status, Step, StepState, Stream, StreamName, TaskRun, Tree,
    WorkspaceSpec,
};
use weir_frames::Story;
use weir_ui::{Message, Settings};

pub const SMALL: (u16, u16) = (80, 24);
pub const WIDE: (u16, u16) = (160, 48);

pub fn now() -> Timestamp {
    "2026-11-21T14:02:00Z".parse().expect("a time")
}

pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 86_400;

/// Nothing has answered yet.
pub fn blank(size: (u16, u16)) -> Story {
    Story::new(Settings::default(), now(), size)
}

/// Endpoints are known and connecting; nothing has arrived.
pub fn loading(size: (u16, u16)) -> Story {
    let mut story = blank(size);
    let mut endpoints = endpoints();
    for endpoint in &mut endpoints {
        endpoint.state = EndpointState::Connecting;
        endpoint.as_of = None;
        endpoint.latency_ms = None;
    }
    story.news([News::Endpoints(endpoints)]);
    story
}

/// All is connected, and there is nothing.
pub fn empty(size: (u16, u16)) -> Story {
    let mut story = blank(size);
    story.news([News::Endpoints(endpoints())]);
    story.news(listed(Vec::new()));
    story.news([
        News::Streams(Change::Begin),
        News::Streams(Change::Complete),
        News::Journal(Loaded::Known(Vec::new())),
    ]);
    answer_rights(&mut story, all_rights());
    story
}

/// An ordinary day.
pub fn typical(size: (u16, u16)) -> Story {
    in_settings(Settings::default(), size)
}

pub fn in_settings(settings: Settings, size: (u16, u16)) -> Story {
    let mut story = Story::new(settings, now(), size);
    story.news([News::Endpoints(endpoints())]);
    story.news(listed(runs()));
    story.news(streams_news(streams()));
    story.news([News::Journal(Loaded::Known(journal()))]);
    story.news(pipelines_news(pipelines()));
    story.news([News::CleanUps(
        ClusterName::new("moc"),
        vec![CleanUp {
            namespace: Namespace::new("okd-coreos"),
            name: "tekton-cleanup-daily".into(),
            last: Some(ago(10 * HOUR + 2 * MINUTE)),
        }],
    )]);
    answer_rights(&mut story, all_rights());
    story
}

/// `moc` was lost two minutes ago and is tried again in 8 s; the token of `app.ci` has expired.
pub fn lost(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.tell(Message::Tick(now() + SignedDuration::from_secs(120)));
    story.news(losses());
    story
}

pub fn losses() -> Vec<News> {
    let offline = offline();
    let retry = Some(now() + SignedDuration::from_secs(128));
    let mut endpoints = endpoints();
    endpoints[0].state = EndpointState::Lost { since: now(), failure: offline.clone(), retry };
    endpoints[1].state = EndpointState::Lost { since: ago(12 * MINUTE), failure: expired(), retry: None };
    endpoints[1].as_of = Some(ago(12 * MINUTE));
    vec![
        News::Endpoints(endpoints),
        News::Runs(ClusterName::new("moc"), None, Change::Lost { failure: offline.clone(), retry }),
        News::Streams(Change::Lost { failure: offline, retry }),
    ]
}

pub fn offline() -> Failure {
    Failure::new(
        FailureKind::Offline,
        "cannot reach `moc`",
        "connection refused (api.okd-coreos.moc.example:6443)",
        "weir tries again by itself",
    )
}

pub fn expired() -> Failure {
    Failure::new(
        FailureKind::Expired,
        "the token of user `jane` ended",
        "401 Unauthorized",
        "log in again: oc login https://api.ci.l2s4.p1.openshiftapps.com:6443",
    )
}

pub fn all_rights() -> Rights {
    Rights { start: Some(true), cancel: Some(true), delete: Some(true), logs: Some(true) }
}

/// Answers whatever rights were asked for so far.
pub fn answer_rights(story: &mut Story, rights: Rights) {
    for effect in story.effects() {
        if let weir_ui::Effect::Fetch(query @ weir_domain::Query::Rights(..)) = effect {
            story.tell(Message::Answered(query, Ok(weir_domain::Answer::Rights(rights))));
        }
    }
}

pub fn endpoint(name: &str, kind: EndpointKind, server: &str) -> Endpoint {
    Endpoint {
        name: name.into(),
        kind,
        server: server.into(),
        user: if kind == EndpointKind::Cluster { "jane".into() } else { String::new() },
        contexts: Vec::new(),
        state: EndpointState::Live,
        latency_ms: Some(41),
        as_of: Some(now()),
        unseen: Vec::new(),
        version: None,
        read_only: false,
        production: false,
        namespaces: None,
        namespace: Namespace::new(""),
        operator: None,
        host: "bastion-2".into(),
    }
}

/// `moc`, `app.ci`, `releases`, and a context that is not connected.
pub fn endpoints() -> Vec<Endpoint> {
    let mut moc = endpoint("moc", EndpointKind::Cluster, "https://api.okd-coreos.moc.example:6443");
    moc.contexts = vec!["okd-coreos/api-moc/jane".into(), "okd-team/api-moc/jane".into()];
    moc.namespace = Namespace::new("okd-coreos");
    moc.operator = Some("jane".into());
    moc.version = Some("v1.34.4".into());
    let mut ci = endpoint("app.ci", EndpointKind::Cluster, "https://api.ci.l2s4.p1.openshiftapps.com:6443");
    ci.contexts = vec!["origin/api-ci/jane".into()];
    ci.namespace = Namespace::new("origin");
    ci.operator = Some("jane".into());
    ci.version = Some("v1.33.6".into());
    ci.latency_ms = Some(120);
    ci.namespaces = Some(vec![Namespace::new("ci"), Namespace::new("origin")]);
    ci.unseen = vec!["jane may not list pipelineruns in all namespaces; weir looks in ci, origin".into()];
    let mut releases = endpoint("releases", EndpointKind::Releases, "https://origin-release.ci.openshift.org");
    releases.latency_ms = Some(230);
    let mut kind = endpoint("kind-okd", EndpointKind::Cluster, "https://127.0.0.1:6443");
    kind.state = EndpointState::NotConnected;
    kind.contexts = vec!["kind-okd".into()];
    kind.user = "kind-okd".into();
    kind.latency_ms = None;
    kind.as_of = None;
    vec![moc, ci, releases, kind]
}

/// The runs of `moc` and `app.ci`, each list whole.
pub fn listed(runs: Vec<Run>) -> Vec<News> {
    let mut news = Vec::new();
    for (cluster, namespace) in [("moc", None), ("app.ci", Some("ci")), ("app.ci", Some("origin"))] {
        let name = ClusterName::new(cluster);
        let part = namespace.map(Namespace::new);
        let own = runs
            .iter()
            .filter(|run| run.id.cluster == name && part.as_ref().is_none_or(|part| run.id.namespace == *part))
            .map(|run| (run.id.clone(), run.clone()))
            .collect();
        for change in [Change::Begin, Change::Upsert(own), Change::Complete] {
            news.push(News::Runs(name.clone(), part.clone(), change));
        }
    }
    news
}

pub fn run(name: &str, pipeline: &str, status: Status, params: &[(&str, &str)]) -> Run {
    let id = RunId::new("moc", "okd-coreos", name);
    Run {
        uid: format!("uid-of-{name}").into(),
        id,
        depth: Depth::Whole,
        status,
        reason: match status {
            Status::Ok => "Succeeded",
            Status::Failed => "Failed",
            Status::Cancelled => "Cancelled",
            Status::TimedOut => "PipelineRunTimeout",
            Status::Pending => "PipelineRunPending",
            _ => "Running",
        }
        .into(),
        message: "".into(),
        pipeline: Some(pipeline.into()),
        params: params.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value))).collect(),
        created: Some(ago(DAY)),
        started: Some(ago(DAY)),
        finished: status.finished().then(|| ago(DAY - 47 * MINUTE)),
        progress: None,
        starter: Starter::NotRecorded,
        asked: None,
        labels: vec![(Arc::from("tekton.dev/pipeline"), Arc::from(pipeline))],
    }
}

pub fn timed(mut run: Run, started: i64, took: Option<i64>) -> Run {
    run.created = Some(ago(started + 4));
    run.started = Some(ago(started));
    run.finished = took.map(|took| ago(started - took));
    run
}

pub fn progress(mut run: Run, done: u32, failed: u32, incomplete: u32, skipped: u32) -> Run {
    run.progress = Some(Progress { done, failed, cancelled: 0, incomplete, skipped });
    run
}

pub fn by(mut run: Run, starter: Starter) -> Run {
    run.starter = starter;
    run
}

pub fn listener() -> Starter {
    Starter::Trigger { listener: "okd-coreos-prod".into(), trigger: Some("okd-coreos-prod-trigger".into()) }
}

pub const FAILED: &str = "okd-coreos-4.19-prod-pipelinerun-b7k2q";
pub const RUNNING: &str = "okd-coreos-4.18-prod-pipelinerun-x9c4d";
pub const PROMOTING: &str = "okd-release-next-pipelinerun-5x7lm";
pub const PENDING: &str = "okd-coreos-4.17-prod-pipelinerun-qq1zt";
pub const GREEN: &str = "okd-coreos-4.19-prod-pipelinerun-9zlvw";

pub fn id(name: &str) -> RunId {
    RunId::new("moc", "okd-coreos", name)
}

fn coreos(version: &str) -> [(&str, &str); 4] {
    [("version", version), ("release-stream", "next"), ("variant", "okd-c9s"), ("branch", "master")]
}

/// What there is on an ordinary day: one promotion and one build going, one waiting, one failed, some green.
pub fn runs() -> Vec<Run> {
    let promotion = [("release-stream", "4.22.0-0.okd-scos-nightly"), ("target-release-stream", "4-scos-next")];
    let mut pending = timed(run(PENDING, "okd-coreos", Status::Pending, &coreos("4.17")), 41 * MINUTE, None);
    pending.message = "0/2 nodes are available: 2 Insufficient devices.kubevirt.io/kvm".into();
    pending.reason = "ExceededNodeResources".into();
    pending.started = None;
    let mut elsewhere = timed(
        run("batched-build-7kd2p", "batched-build", Status::Ok, &[("result-image-name", "4.12")]),
        9 * DAY,
        Some(6 * HOUR),
    );
    elsewhere.id = RunId::new("moc", "okd-team", "batched-build-7kd2p");
    let mut import = timed(
        run("import-stream-coreos-29415000", "import-stream-coreos", Status::Ok, &[("version", "4.21")]),
        5 * HOUR,
        Some(3 * MINUTE),
    );
    import.id = RunId::new("app.ci", "origin", "import-stream-coreos-29415000");
    vec![
        by(
            progress(
                timed(run(PROMOTING, "okd-release-pipeline", Status::Running, &promotion), 12 * MINUTE, None),
                3,
                0,
                6,
                0,
            ),
            Starter::Says { operator: "jane".into(), host: Some("bastion-2".into()), reason: Some("weekly".into()) },
        ),
        by(
            progress(
                timed(run(RUNNING, "okd-coreos", Status::Running, &coreos("4.18")), 48 * MINUTE, None),
                3,
                0,
                7,
                0,
            ),
            listener(),
        ),
        by(pending, listener()),
        by(
            progress(
                timed(
                    run(FAILED, "okd-coreos", Status::Failed, &coreos("4.19")),
                    6 * HOUR + 47 * MINUTE,
                    Some(47 * MINUTE),
                ),
                2,
                1,
                0,
                8,
            ),
            listener(),
        ),
        by(
            progress(
                timed(run(GREEN, "okd-coreos", Status::Ok, &coreos("4.19")), 30 * HOUR, Some(2 * HOUR + 11 * MINUTE)),
                8,
                0,
                0,
                3,
            ),
            listener(),
        ),
        progress(
            timed(
                run("okd-coreos-4.16-prod-pipelinerun-ab3fn", "okd-coreos", Status::Cancelled, &coreos("4.16")),
                27 * HOUR,
                Some(20 * MINUTE),
            ),
            3,
            0,
            0,
            8,
        ),
        timed(
            run("okd-coreos-4.18-dev-pipelinerun-h2v8s", "okd-coreos", Status::TimedOut, &coreos("4.18")),
            3 * DAY,
            Some(4 * HOUR),
        ),
        by(
            progress(
                timed(
                    run("cluster-command-run-7fqwz", "cluster-command-pipeline", Status::Ok, &[]),
                    5 * DAY,
                    Some(31 * MINUTE),
                ),
                1,
                0,
                0,
                0,
            ),
            Starter::Trigger { listener: "cluster-command-listener".into(), trigger: Some("trigger-on-cron".into()) },
        ),
        elsewhere,
        import,
    ]
}

pub fn step(name: &str, exit: Option<i32>, started: i64, finished: Option<i64>) -> Step {
    let state = match exit {
        None => StepState::Running,
        Some(0) => StepState::Ended { exit: 0, reason: "Completed".into(), termination: "".into() },
        Some(exit) => StepState::Ended { exit, reason: "Error".into(), termination: "".into() },
    };
    Step {
        name: name.into(),
        container: format!("step-{name}").into(),
        state,
        started: Some(ago(started)),
        finished: finished.map(ago),
    }
}

pub fn task(run: &str, name: &str, status: Status, started: i64, finished: Option<i64>, steps: Vec<Step>) -> TaskRun {
    TaskRun {
        name: format!("{run}-{name}").into(),
        uid: format!("uid-of-{run}-{name}").into(),
        task: name.into(),
        finally: name == "notify-matrix",
        attempts: vec![Attempt {
            pod: format!("{run}-{name}-pod").into(),
            status,
            reason: if status == Status::Failed { "Failed".into() } else { status.word().into() },
            message: if status == Status::Failed {
                "\"step-fetch-and-build-baseos\" exited with code 1".into()
            } else {
                "".into()
            },
            started: Some(ago(started)),
            finished: finished.map(ago),
            steps,
        }],
        results: Vec::new(),
        created: Some(ago(started + 2)),
    }
}

/// The graph of `okd-coreos`.
pub fn graph() -> Vec<PipelineTask> {
    let task = |name: &str, task: &str, needs: &[&str], conditional: bool, finally: bool| PipelineTask {
        name: name.into(),
        task: Some(task.into()),
        needs: needs.iter().map(|need| Arc::from(*need)).collect(),
        finally,
        retries: 0,
        conditional,
    };
    let meta = "cosa-generate-release-meta";
    vec![
        task("cosa-init", "cosa-init", &[], false, false),
        task("cosa-build-baseos", "cosa-build-baseos", &["cosa-init"], false, false),
        task("cosa-test", "cosa-test", &["cosa-build-baseos"], false, false),
        task("cosa-build-extensions", "cosa-build-extensions", &["cosa-test"], false, false),
        task("cosa-buildextend", "cosa-buildextend", &["cosa-test"], false, false),
        task(meta, meta, &["cosa-build-baseos", "cosa-build-extensions", "cosa-buildextend"], false, false),
        task("cosa-upload-baseos", "cosa-push-container", &[meta], true, false),
        task("cosa-upload-extensions", "cosa-push-container", &[meta], true, false),
        task("cosa-upload-bootimages", "cosa-upload-s3", &[meta], true, false),
        task("notify-matrix", "notify-matrix", &[], true, true),
    ]
}

pub fn object(run: &Run) -> Tree {
    let params = run
        .params
        .iter()
        .map(|(name, value)| {
            Tree::map([("name", Tree::Text(name.to_string())), ("value", Tree::Text(value.to_string()))])
        })
        .collect();
    Tree::map([
        ("apiVersion", "tekton.dev/v1".into()),
        ("kind", "PipelineRun".into()),
        (
            "metadata",
            Tree::map([
                ("name", Tree::Text(run.id.name.to_string())),
                ("namespace", Tree::Text(run.id.namespace.to_string())),
                ("uid", Tree::Text(run.uid.to_string())),
                ("generateName", "okd-coreos-4.19-prod-pipelinerun-".into()),
            ]),
        ),
        (
            "spec",
            Tree::map([
                ("pipelineRef", Tree::map([("name", Tree::Text(run.pipeline_name().to_string()))])),
                ("params", Tree::List(params)),
                (
                    "workspaces",
                    Tree::List(vec![
                        Tree::map([
                            ("name", "registry-credentials".into()),
                            ("secret", Tree::map([("secretName", "okd-quay-pull-secret".into())])),
                        ]),
                        Tree::map([
                            ("name", "s3-credentials".into()),
                            ("secret", Tree::map([("secretName", "okd-s3-config".into())])),
                        ]),
                        Tree::map([
                            ("name", "shared-workspace".into()),
                            ("persistentVolumeClaim", Tree::map([("claimName", "pipeline-scos-4.19-pvc".into())])),
                        ]),
                    ]),
                ),
                ("timeouts", Tree::map([("pipeline", "4h0m0s".into())])),
            ]),
        ),
        ("status", Tree::map([("startTime", Tree::Text(run.started.map(|at| at.to_string()).unwrap_or_default()))])),
    ])
}

pub fn detail_of(run: Run, tasks: Vec<TaskRun>, skipped: &[&str]) -> Detail {
    let workspace =
        |name: &str, optional: bool| WorkspaceSpec { name: name.into(), optional, description: String::new() };
    Detail {
        params: run.params.iter().map(|(name, value)| (Arc::clone(name), value.to_string())).collect(),
        workspaces: vec![
            Bound { name: "registry-credentials".into(), to: "Secret okd-quay-pull-secret".into() },
            Bound { name: "s3-credentials".into(), to: "Secret okd-s3-config".into() },
            Bound { name: "shared-workspace".into(), to: "PVC pipeline-scos-4.19-pvc".into() },
        ],
        declared: ["registry-credentials", "s3-credentials", "shared-workspace"]
            .map(|name| workspace(name, false))
            .to_vec(),
        results: Vec::new(),
        graph: graph(),
        skipped: skipped
            .iter()
            .map(|name| SkippedTask { name: Arc::from(*name), reason: "When Expressions evaluated to false".into() })
            .collect(),
        tasks,
        service_account: Some("pipeline".into()),
        timeout: Some("4h0m0s".into()),
        events: Vec::new(),
        pods: Vec::new(),
        object: object(&run),
        unseen: Vec::new(),
        run,
    }
}

fn known(name: &str) -> Run {
    runs().into_iter().find(|run| &*run.id.name == name).expect("a run of the story")
}

/// Failed in the step `fetch-and-build-baseos`.
pub fn failed_detail() -> Detail {
    let begun = 6 * HOUR + 47 * MINUTE;
    let tasks = vec![
        task(
            FAILED,
            "cosa-init",
            Status::Ok,
            begun,
            Some(begun - 58),
            vec![step("prepare-repo", Some(0), begun - 6, Some(begun - 58))],
        ),
        task(
            FAILED,
            "cosa-build-baseos",
            Status::Failed,
            begun - 60,
            Some(6 * HOUR + 20),
            vec![step("fetch-and-build-baseos", Some(1), begun - 70, Some(6 * HOUR + 20))],
        ),
        task(
            FAILED,
            "notify-matrix",
            Status::Ok,
            6 * HOUR + 15,
            Some(6 * HOUR),
            vec![step("post", Some(0), 6 * HOUR + 10, Some(6 * HOUR))],
        ),
    ];
    let mut detail = detail_of(known(FAILED), tasks, &[]);
    detail.run.message = "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 8".into();
    detail.events = vec![Event {
        kind: "Warning".into(),
        reason: "Failed".into(),
        message: "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 8".into(),
        object: format!("PipelineRun/{FAILED}").into(),
        count: 1,
        last: Some(ago(6 * HOUR)),
    }];
    detail
}

pub fn running_tasks() -> Vec<TaskRun> {
    let begun = 48 * MINUTE;
    vec![
        task(
            RUNNING,
            "cosa-init",
            Status::Ok,
            begun,
            Some(begun - 50),
            vec![step("prepare-repo", Some(0), begun - 5, Some(begun - 50))],
        ),
        task(
            RUNNING,
            "cosa-build-baseos",
            Status::Ok,
            begun - 55,
            Some(9 * MINUTE),
            vec![step("fetch-and-build-baseos", Some(0), begun - 60, Some(9 * MINUTE))],
        ),
        task(
            RUNNING,
            "cosa-test",
            Status::Ok,
            9 * MINUTE - 4,
            Some(5 * MINUTE),
            vec![step("build-and-test-qemu", Some(0), 9 * MINUTE - 8, Some(5 * MINUTE))],
        ),
        task(
            RUNNING,
            "cosa-build-extensions",
            Status::Running,
            5 * MINUTE - 3,
            None,
            vec![step("build-extensions-container", None, 5 * MINUTE - 10, None)],
        ),
        task(
            RUNNING,
            "cosa-buildextend",
            Status::Running,
            5 * MINUTE - 3,
            None,
            vec![step("buildextend", None, 5 * MINUTE - 12, None)],
        ),
    ]
}

pub fn running_detail() -> Detail {
    detail_of(known(RUNNING), running_tasks(), &[])
}

/// Never scheduled: no node offers KVM.
pub fn pending_detail() -> Detail {
    let mut waits = task(PENDING, "cosa-init", Status::Pending, 41 * MINUTE, None, Vec::new());
    waits.attempts[0].started = None;
    waits.attempts[0].reason = "ExceededNodeResources".into();
    let mut detail = detail_of(known(PENDING), vec![waits], &[]);
    detail.pods = vec![PodState {
        name: format!("{PENDING}-cosa-init-pod").into(),
        task: "cosa-init".into(),
        phase: "Pending".into(),
        reason: "Unschedulable".into(),
        message: "0/2 nodes are available: 2 Insufficient devices.kubevirt.io/kvm.".into(),
        node: "".into(),
    }];
    detail.events = vec![Event {
        kind: "Warning".into(),
        reason: "FailedScheduling".into(),
        message: "0/2 nodes are available: 2 Insufficient devices.kubevirt.io/kvm.".into(),
        object: format!("Pod/{PENDING}-cosa-init-pod").into(),
        count: 14,
        last: Some(ago(2 * MINUTE)),
    }];
    detail
}

pub fn green_detail() -> Detail {
    let begun = 30 * HOUR;
    let done = |name: &str, step_name: &str, from: i64, to: i64| {
        task(
            GREEN,
            name,
            Status::Ok,
            begun - from,
            Some(begun - to),
            vec![step(step_name, Some(0), begun - from - 5, Some(begun - to))],
        )
    };
    let tasks = vec![
        done("cosa-init", "prepare-repo", 0, 60),
        done("cosa-build-baseos", "fetch-and-build-baseos", 62, 3000),
        done("cosa-test", "build-and-test-qemu", 3002, 3400),
        done("cosa-build-extensions", "build-extensions-container", 3402, 4200),
        done("cosa-buildextend", "buildextend", 3402, 7500),
        done("cosa-generate-release-meta", "generate-release-meta", 7502, 7520),
        done("notify-matrix", "post", 7830, 7850),
    ];
    detail_of(known(GREEN), tasks, &["cosa-upload-baseos", "cosa-upload-extensions", "cosa-upload-bootimages"])
}

pub fn detail_news(detail: Detail) -> News {
    News::Detail(detail.run.id.clone(), Loaded::Known(Box::new(detail)))
}

/// The log of the step that failed.
pub fn failed_log() -> LogId {
    LogId { run: id(FAILED), part: LogPart::Step("cosa-build-baseos".into(), "fetch-and-build-baseos".into()) }
}

pub fn source(order: u32, task: &str, step: &str) -> Source {
    Source { order, task: task.into(), attempt: 0, step: step.into() }
}

pub const LOG: &str = "+ cosa fetch --strict
Config commit: 4f1e2aa1c0d95a1f5a0f9a7c6b7e8c1d2e3f4a5b
Using manifest: /srv/src/config/manifest-c9s.yaml
Updating metadata for 'c9s-baseos'...done
Updating metadata for 'c9s-appstream'...done
Updating metadata for 'rhel-9.6-server-ose-4.19'...done
Importing rpm-md...done
error: Could not depsolve transaction; 1 problem detected:
 Problem: package cri-o-1.34.1-2.rhaos4.19.el9 requires conmon >= 2.1.12, but none of the providers can be installed
  - conflicting requests
  - nothing provides conmon >= 2.1.12 needed by cri-o-1.34.1-2.rhaos4.19.el9.x86_64
failed to execute cmd-fetch: exit status 1
+ oc login --token=‹hidden› --server=https://api.okd-coreos.moc.example:6443";

pub fn log_news() -> Vec<News> {
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let count = LOG.lines().count() as i64;
    let first = ago(6 * HOUR + 60).as_nanosecond() as i64;
    let stamps = (0..count).map(|n| first + n * 3_000_000_000).collect();
    let say = |news| News::Log(failed_log(), news);
    vec![
        say(LogNews::Lines { source: source.clone(), text: LOG.into(), stamps, hidden: 1 }),
        say(LogNews::Ended { source, status: Status::Failed, words: "exit 1".into(), at: Some(ago(6 * HOUR + 20)) }),
        say(LogNews::Complete { status: Status::Failed }),
    ]
}

pub fn release(name: &str, phase: Phase, age: i64) -> Release {
    Release {
        name: name.into(),
        phase,
        pull_spec: format!("registry.ci.openshift.org/origin/release-scos:{name}").into(),
        created: Some(ago(age)),
        verdict: None,
    }
}

pub fn job(name: &str, state: &str, blocking: bool, attempts: u32, decided: Option<i64>) -> Job {
    Job {
        name: name.into(),
        state: state.into(),
        blocking,
        attempts,
        url: format!("https://prow.ci.openshift.org/view/{name}").into(),
        decided: decided.map(ago),
    }
}

/// Nightlies of three minors and the two channels; the 4.22 one is rejected.
pub fn streams() -> Vec<Stream> {
    let stream =
        |name: &str, releases: Vec<Release>| Stream { name: StreamName::new(name), releases, as_of: Some(now()) };
    let mut rejected = release("4.22.0-0.okd-scos-nightly-2026-11-21-081233", Phase::Rejected, 5 * HOUR + 50 * MINUTE);
    rejected.verdict = Some(Verdict {
        jobs: vec![
            job("aws-upgrade", "Failed", true, 3, Some(3 * HOUR)),
            job("aws", "Succeeded", true, 1, Some(4 * HOUR)),
            job("vsphere", "Failed", false, 1, Some(3 * HOUR)),
        ],
    });
    let mut ready = release("5.0.0-0.okd-scos-nightly-2026-11-21-114402", Phase::Ready, 2 * HOUR + 18 * MINUTE);
    ready.verdict = Some(Verdict {
        jobs: vec![job("aws", "Succeeded", true, 1, Some(HOUR)), job("aws-upgrade", "Pending", true, 1, None)],
    });
    vec![
        stream(
            "5.0.0-0.okd-scos-nightly",
            vec![
                ready,
                release("5.0.0-0.okd-scos-nightly-2026-11-20-184120", Phase::Accepted, 19 * HOUR + 21 * MINUTE),
            ],
        ),
        stream(
            "4.22.0-0.okd-scos-nightly",
            vec![
                rejected,
                release("4.22.0-0.okd-scos-nightly-2026-11-20-081501", Phase::Rejected, 29 * HOUR + 47 * MINUTE),
                release("4.22.0-0.okd-scos-nightly-2026-11-19-220144", Phase::Accepted, 40 * HOUR),
            ],
        ),
        stream(
            "4.21.0-0.okd-scos-nightly",
            vec![release("4.21.0-0.okd-scos-nightly-2026-11-21-064455", Phase::Accepted, 7 * HOUR + 17 * MINUTE)],
        ),
        stream("4-scos-next", vec![release("4.22.0-okd-scos.ec.6", Phase::Accepted, 9 * DAY)]),
        stream("4-scos-stable", vec![release("4.21.0-okd-scos.7", Phase::Accepted, 6 * DAY)]),
    ]
}

pub fn streams_news(streams: Vec<Stream>) -> Vec<News> {
    vec![
        News::Streams(Change::Begin),
        News::Streams(Change::Upsert(streams.into_iter().map(|stream| (stream.name.clone(), stream)).collect())),
        News::Streams(Change::Complete),
    ]
}

pub fn param(name: &str, default: Option<&str>, description: &str) -> ParamSpec {
    ParamSpec {
        name: name.into(),
        kind: ParamKind::Text,
        default: default.map(|text| ParamValue::Text(text.into())),
        choices: Vec::new(),
        description: description.into(),
        keys: Vec::new(),
    }
}

pub fn pipelines() -> Vec<Pipeline> {
    let workspace = |name: &str| WorkspaceSpec { name: name.into(), optional: false, description: String::new() };
    let pipeline = |name: &str, namespace: &str, description: &str, params, workspaces, tasks| Pipeline {
        id: PipelineId::new("moc", namespace, name),
        description: description.into(),
        params,
        workspaces,
        tasks,
    };
    let mut variant = param("variant", Some("okd-c9s"), "which manifest is built");
    variant.choices = vec!["okd-c9s".into(), "c9s".into()];
    let publishing =
        ["pick-release", "mirror", "create-github-release", "update-release-channel"].map(|name| PipelineTask {
            name: name.into(),
            task: Some(if name == "mirror" { "mirror-release".into() } else { name.into() }),
            ..PipelineTask::default()
        });
    vec![
        pipeline(
            "okd-coreos",
            "okd-coreos",
            "builds the CentOS Stream CoreOS node image",
            vec![
                param("repo", Some("https://github.com/openshift/os.git"), "manifests"),
                param("branch", Some("master"), "branch of the repo"),
                variant,
                param("version", Some("4.14"), "becomes the image tag"),
                param("release-stream", Some("next"), "stream directory in S3"),
                param("upload-container-images", Some("false"), "push to the registry"),
            ],
            ["registry-credentials", "s3-credentials", "shared-workspace"].map(workspace).to_vec(),
            graph(),
        ),
        pipeline(
            "okd-release-pipeline",
            "okd-coreos",
            "promotes a nightly to a channel",
            vec![
                param("release-stream", None, "source stream"),
                param("target-release-stream", None, "channel"),
                param("release-imagestream", None, ""),
            ],
            vec![workspace("release-binaries")],
            publishing.to_vec(),
        ),
        pipeline(
            "batched-build",
            "okd-team",
            "builds all components and a payload",
            Vec::new(),
            Vec::new(),
            Vec::new(),
        ),
    ]
}

pub fn pipelines_news(pipelines: Vec<Pipeline>) -> Vec<News> {
    let mut news = vec![News::Pipelines(ClusterName::new("moc"), None, Change::Begin)];
    let all = pipelines.into_iter().map(|pipeline| (pipeline.id.clone(), pipeline)).collect();
    news.push(News::Pipelines(ClusterName::new("moc"), None, Change::Upsert(all)));
    news.push(News::Pipelines(ClusterName::new("moc"), None, Change::Complete));
    for namespace in ["ci", "origin"] {
        for change in [Change::Begin, Change::Complete] {
            news.push(News::Pipelines(ClusterName::new("app.ci"), Some(Namespace::new(namespace)), change));
        }
    }
    news
}

pub fn entry(id: &str, age: i64, outcome: Outcome, verb: &str, object: &str, answer: &str) -> Entry {
    let path = "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns";
    Entry {
        time: ago(age),
        id: id.into(),
        outcome,
        verb: verb.into(),
        cluster: "moc".into(),
        server: "https://api.okd-coreos.moc.example:6443".into(),
        namespace: "okd-coreos".into(),
        object: object.into(),
        uid: String::new(),
        operator: "jane".into(),
        host: "bastion-2".into(),
        reason: None,
        call: match verb {
            "cancel" => format!("PATCH {path}/{object}"),
            "delete" => format!("DELETE {path}/{object}"),
            _ => format!("POST {path}"),
        },
        body: if verb == "cancel" { "{spec: {status: StoppedRunFinally}}".into() } else { String::new() },
        answer: answer.into(),
    }
}

pub fn journal() -> Vec<Entry> {
    let cancelled = "okd-coreos-4.16-prod-pipelinerun-ab3fn";
    vec![
        entry("a1", 27 * HOUR, Outcome::Sending, "cancel", cancelled, ""),
        entry("a1", 27 * HOUR - 1, Outcome::Accepted, "cancel", cancelled, "patched"),
        entry("a2", 3 * HOUR, Outcome::Sending, "rerun", "okd-coreos", ""),
        entry(
            "a2",
            3 * HOUR - 1,
            Outcome::Refused,
            "rerun",
            "okd-coreos",
            "admission webhook denied the request: parameter version is empty",
        ),
        entry("a3", 12 * MINUTE, Outcome::Sending, "start", "okd-release-pipeline", ""),
        entry(
            "a3",
            12 * MINUTE - 1,
            Outcome::Accepted,
            "start",
            "okd-release-pipeline",
            "started okd-release-next-pipelinerun-5x7lm",
        ),
        entry("a4", 2 * MINUTE, Outcome::Sending, "delete", "batched-build-7kd2p", ""),
        entry(
            "a4",
            2 * MINUTE - 30,
            Outcome::Unknown,
            "delete",
            "batched-build-7kd2p",
            "the connection was lost before an answer came",
        ),
    ]
}
