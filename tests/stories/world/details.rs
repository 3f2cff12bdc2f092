//! Single runs in full: their tasks and steps, objects, and the log of the step that failed.

use super::{FAILED, GREEN, HOUR, MINUTE, PENDING, RUNNING, ago, id, runs};
use std::sync::Arc;
use weir_domain::detail::{Bound, SkippedTask};
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::{
    Attempt, Detail, Event, Loaded, News, PipelineTask, PodState, Run, Status, Step, StepState, TaskRun, Tree,
    WorkspaceSpec,
};

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
