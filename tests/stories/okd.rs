//! A small OKD: two clusters and a release-controller with the names the real ones have. Always the same, at `NOW`.

use jiff::Timestamp;
use std::sync::Arc;
use weir_domain::form::NewRun;
use weir_domain::news::CleanUp;
use weir_domain::release::{Job, Verdict, newest_first};
use weir_domain::{
    Attempt, Change, ClusterName, Depth, Detail, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, News,
    ParamKind, ParamSpec, ParamValue, Phase, Pipeline, PipelineId, PipelineTask, Progress, Release, Rights, Run, RunId,
    Starter, Status, Step, StepState, Stream, TaskRun, Tree, WorkspaceSpec,
};

pub const NOW: &str = "2026-11-21T12:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

pub fn ago(minutes: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() - minutes * 60).expect("a time")
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
        version: Some("v1.34.4".into()),
        read_only: false,
        production: false,
        namespaces: None,
        namespace: "okd-coreos".into(),
        operator: Some("jane".into()),
        host: "bastion".into(),
    }
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint("moc", EndpointKind::Cluster, "https://api.moc.okd.io:6443"),
        endpoint("app.ci", EndpointKind::Cluster, "https://api.ci.l2s4.p1.openshiftapps.com:6443"),
        endpoint("releases", EndpointKind::Releases, "https://origin-release.ci.openshift.org"),
    ]
}

pub fn offline() -> Failure {
    Failure::new(FailureKind::Offline, "cannot list runs on `moc`", "connection refused", "weir tries again")
}

pub fn run(name: &str, status: Status, minutes: i64, params: &[(&str, &str)]) -> Run {
    let pending = status == Status::Pending;
    Run {
        id: RunId::new("moc", "okd-coreos", name),
        uid: format!("uid-{name}").into(),
        depth: Depth::Whole,
        status,
        reason: "".into(),
        message: "".into(),
        pipeline: Some(if name.contains("release") { "okd-release-pipeline" } else { "okd-coreos" }.into()),
        params: params.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        created: Some(ago(minutes)),
        started: (!pending).then(|| ago(minutes)),
        finished: status.finished().then(|| ago((minutes - 47).max(0))),
        progress: Some(Progress { done: 6, incomplete: 4, ..Progress::default() }),
        starter: Starter::NotRecorded,
        asked: None,
        labels: Vec::new(),
    }
}

pub const PROMOTION: &str = "okd-release-next-pipelinerun-5x7kq";
pub const FAILED: &str = "okd-coreos-4.19-prod-pipelinerun-b7k2q";

pub fn runs() -> Vec<Run> {
    let mut pending = run("okd-coreos-4.18-prod-pipelinerun-qq1zd", Status::Pending, 41, &[("version", "4.18")]);
    pending.message = "no ready node offers devices.kubevirt.io/kvm".into();
    vec![
        run(
            PROMOTION,
            Status::Running,
            12,
            &[("release-stream", "4.22.0-0.okd-scos-nightly"), ("target-release-stream", "4-scos-next")],
        ),
        run("okd-coreos-5.0-prod-pipelinerun-x9w4t", Status::Running, 48, &[("version", "5.0")]),
        pending,
        run(FAILED, Status::Failed, 407, &[("version", "4.19"), ("release-stream", "next")]),
        run("okd-coreos-4.21-prod-pipelinerun-9zlmk", Status::Ok, 1500, &[("version", "4.21")]),
        run("okd-coreos-4.22-prod-pipelinerun-ab3vv", Status::Cancelled, 1600, &[("version", "4.22")]),
        run(
            "okd-release-stable-pipelinerun-77dzp",
            Status::Ok,
            7300,
            &[("release-stream", "4.21.0-0.okd-scos-nightly"), ("target-release-stream", "4-scos-stable")],
        ),
    ]
}

pub fn runs_news(runs: Vec<Run>) -> Vec<News> {
    let moc = || (ClusterName::new("moc"), None);
    let ci = || (ClusterName::new("app.ci"), None);
    let rows = runs.into_iter().map(|run| (run.id.clone(), run)).collect();
    let of = |(cluster, namespace): (ClusterName, Option<_>), change| News::Runs(cluster, namespace, change);
    vec![
        of(moc(), Change::Begin),
        of(moc(), Change::Upsert(rows)),
        of(moc(), Change::Complete),
        of(ci(), Change::Begin),
        of(ci(), Change::Complete),
    ]
}

pub fn release(name: &str, phase: Phase, minutes: i64) -> Release {
    let image = match phase {
        Phase::Pending | Phase::Failed => String::new(),
        _ => format!("registry.ci.openshift.org/origin/release-scos:{name}"),
    };
    let created = weir_domain::release::built(name).or(Some(ago(minutes)));
    Release { name: name.into(), phase, pull_spec: image.into(), created, verdict: None }
}

fn stream(name: &str, mut releases: Vec<Release>) -> Stream {
    newest_first(&mut releases);
    Stream { name: name.into(), releases, as_of: Some(now()) }
}

pub fn streams() -> Vec<Stream> {
    let mut rejected = release("4.22.0-0.okd-scos-nightly-2026-11-21-051233", Phase::Rejected, 0);
    rejected.verdict = Some(Verdict {
        jobs: vec![
            Job {
                name: "aws-upgrade".into(),
                state: "Failed".into(),
                blocking: true,
                attempts: 3,
                url: "".into(),
                decided: Some(ago(180)),
            },
            Job {
                name: "aws".into(),
                state: "Succeeded".into(),
                blocking: true,
                attempts: 1,
                url: "".into(),
                decided: Some(ago(240)),
            },
        ],
    });
    vec![
        stream(
            "5.0.0-0.okd-scos-nightly",
            vec![
                release("5.0.0-0.okd-scos-nightly-2026-11-21-100112", Phase::Ready, 0),
                release("5.0.0-0.okd-scos-nightly-2026-11-20-061244", Phase::Accepted, 0),
            ],
        ),
        stream(
            "4.22.0-0.okd-scos-nightly",
            vec![
                rejected,
                release("4.22.0-0.okd-scos-nightly-2026-11-20-220144", Phase::Accepted, 0),
                release("4.22.0-0.okd-scos-nightly-2026-11-20-040210", Phase::Failed, 0),
            ],
        ),
        stream(
            "4.21.0-0.okd-scos-nightly",
            vec![release("4.21.0-0.okd-scos-nightly-2026-11-21-011533", Phase::Accepted, 0)],
        ),
        stream(
            "4.21.0-0.okd-scos",
            vec![
                release("4.21.0-0.okd-scos-2026-11-21-115001", Phase::Pending, 0),
                release("4.21.0-0.okd-scos-2026-11-21-044455", Phase::Accepted, 0),
            ],
        ),
        stream("4-scos-stable", vec![release("4.21.0-okd-scos.7", Phase::Accepted, 6 * 1440)]),
        stream("4-scos-next", vec![release("4.22.0-okd-scos.ec.6", Phase::Accepted, 9 * 1440)]),
    ]
}

pub fn streams_news(streams: Vec<Stream>) -> Vec<News> {
    let rows = streams.into_iter().map(|stream| (stream.name.clone(), stream)).collect();
    vec![News::Streams(Change::Begin), News::Streams(Change::Upsert(rows)), News::Streams(Change::Complete)]
}

/// Everything there is, live.
pub fn all() -> Vec<News> {
    let mut news = vec![News::Endpoints(endpoints())];
    news.extend(runs_news(runs()));
    news.extend(streams_news(streams()));
    news
}

pub fn clean_up() -> News {
    let found =
        CleanUp { namespace: "okd-coreos".into(), name: "tekton-cleanup-daily".into(), last: Some(ago(8 * 60)) };
    News::CleanUps("moc".into(), vec![found])
}

pub fn rights(yes: bool) -> Rights {
    Rights { start: Some(yes), cancel: Some(yes), delete: Some(yes), logs: Some(true) }
}

fn param(name: &str, default: Option<&str>, choices: &[&str], description: &str) -> ParamSpec {
    ParamSpec {
        name: name.into(),
        kind: ParamKind::Text,
        default: default.map(|value| ParamValue::Text(value.into())),
        choices: choices.iter().map(|c| c.to_string()).collect(),
        description: description.into(),
        keys: Vec::new(),
    }
}

fn task(name: &str, of: &str, needs: &[&str], finally: bool) -> PipelineTask {
    PipelineTask {
        name: name.into(),
        task: Some(of.into()),
        needs: needs.iter().map(|need| Arc::from(*need)).collect(),
        finally,
        ..PipelineTask::default()
    }
}

pub fn coreos() -> Pipeline {
    let workspace =
        |name: &str| WorkspaceSpec { name: name.into(), optional: false, description: String::new() };
    Pipeline {
        id: PipelineId::new("moc", "okd-coreos", "okd-coreos"),
        description: "Builds the CentOS Stream CoreOS node image".into(),
        params: vec![
            param("repo", Some("https://github.com/openshift/os.git"), &[], "the manifests"),
            param("branch", Some("master"), &[], "of the manifests"),
            param("variant", Some("okd-c9s"), &["okd-c9s", "c9s"], "what to build"),
            param("version", None, &[], "becomes the image's tag"),
            param("release-stream", Some("next"), &["next", "stable"], "the folder in S3"),
            param("target-registry", Some("quay.io/okd"), &[], ""),
            param("upload-container-images", Some("false"), &["true", "false"], ""),
            param("tag-latest", Some("false"), &["true", "false"], ""),
        ],
        workspaces: ["registry-credentials", "s3-credentials", "shared-workspace"].map(workspace).into(),
        tasks: vec![
            task("cosa-init", "cosa-init", &[], false),
            task("cosa-build-baseos", "cosa-build-baseos", &["cosa-init"], false),
            task("notify-matrix", "notify-matrix", &[], true),
        ],
    }
}

pub fn promotion() -> Pipeline {
    Pipeline {
        id: PipelineId::new("moc", "okd-coreos", "okd-release-pipeline"),
        description: "Promotes an accepted payload to a channel".into(),
        params: vec![
            param("release-stream", None, &[], "where it comes from"),
            param("target-release-stream", None, &[], "the channel"),
            param("release-imagestream", None, &[], ""),
            param("content-mirror-pushspec", Some("quay.io/okd/scos-content"), &[], ""),
            param("release-mirror-pushspec", Some("quay.io/okd/scos-release"), &[], ""),
            param("github-org-repo", Some("okd-project/okd"), &[], ""),
        ],
        workspaces: Vec::new(),
        tasks: vec![
            task("pick-release", "pick-release", &[], false),
            task("verify-release", "gpg-verify-release", &["pick-release"], false),
            task("mirror", "mirror-release", &["verify-release"], false),
            task("create-github-release", "create-github-release", &["mirror"], false),
            task("update-release-channel", "update-release-channel", &["create-github-release"], false),
            task("notify-matrix", "notify-matrix", &[], true),
        ],
    }
}

pub fn pipelines_news() -> Vec<News> {
    let mut quiet = coreos();
    quiet.id = PipelineId::new("moc", "okd-team", "okd-payload");
    quiet.description = String::new();
    let mut command = coreos();
    command.id = PipelineId::new("moc", "okd-coreos", "cluster-command-pipeline");
    command.description = "Waits, then starts a promotion".into();
    let rows = [coreos(), promotion(), quiet, command].map(|pipeline| (pipeline.id.clone(), pipeline));
    let of = |change| News::Pipelines("moc".into(), None, change);
    let ci = |change| News::Pipelines("app.ci".into(), None, change);
    vec![
        of(Change::Begin),
        of(Change::Upsert(rows.into())),
        of(Change::Complete),
        ci(Change::Begin),
        ci(Change::Complete),
    ]
}

fn text(key: &str, value: &str) -> Tree {
    Tree::map([("name", key.into()), ("value", value.into())])
}

/// The failed run as the server has it.
pub fn object() -> Tree {
    let claim = Tree::map([("claimName", "pipeline-scos-4.19-pvc".into())]);
    let secret = |name: &str| Tree::map([("secretName", name.into())]);
    Tree::map([
        ("apiVersion", "tekton.dev/v1".into()),
        ("kind", "PipelineRun".into()),
        (
            "metadata",
            Tree::map([
                ("name", FAILED.into()),
                ("generateName", "okd-coreos-4.19-prod-pipelinerun-".into()),
                ("namespace", "okd-coreos".into()),
                ("uid", "uid-failed".into()),
            ]),
        ),
        (
            "spec",
            Tree::map([
                ("pipelineRef", Tree::map([("name", "okd-coreos".into())])),
                (
                    "params",
                    Tree::List(vec![
                        text("branch", "release-4.19"),
                        text("version", "4.19"),
                        text("upload-container-images", "true"),
                        text("claimname", "pipeline-scos-4.19-pvc"),
                    ]),
                ),
                (
                    "workspaces",
                    Tree::List(vec![
                        Tree::map([
                            ("name", "registry-credentials".into()),
                            ("secret", secret("okd-quay-pull-secret")),
                        ]),
                        Tree::map([("name", "s3-credentials".into()), ("secret", secret("okd-s3-config"))]),
                        Tree::map([("name", "shared-workspace".into()), ("persistentVolumeClaim", claim)]),
                    ]),
                ),
                ("timeouts", Tree::map([("pipeline", "4h0m0s".into())])),
            ]),
        ),
    ])
}

/// A rerun of the failed run with nothing changed.
pub fn again() -> NewRun {
    NewRun::again(&RunId::new("moc", "okd-coreos", FAILED), &object(), false).expect("a run")
}

fn task_run(name: &str, status: Status, minutes: i64, finally: bool) -> TaskRun {
    let ended = status.finished();
    let state = if ended {
        StepState::Ended { exit: 0, reason: "Completed".into(), termination: "".into() }
    } else {
        StepState::Running
    };
    let step = Step {
        name: name.into(),
        container: format!("step-{name}").into(),
        state,
        started: Some(ago(minutes)),
        finished: ended.then(|| ago(minutes - 1)),
    };
    TaskRun {
        name: format!("{PROMOTION}-{name}").into(),
        uid: format!("uid-{name}").into(),
        task: name.into(),
        finally,
        attempts: vec![Attempt {
            pod: format!("{PROMOTION}-{name}-pod").into(),
            status,
            reason: "".into(),
            message: "".into(),
            started: Some(ago(minutes)),
            finished: ended.then(|| ago(minutes - 1)),
            steps: vec![step],
        }],
        results: Vec::new(),
        created: Some(ago(minutes)),
    }
}

/// The running promotion, in `mirror`.
pub fn promotion_detail() -> Detail {
    let run = runs().into_iter().find(|run| &*run.id.name == PROMOTION).expect("it is one of the runs");
    Detail {
        run,
        params: Vec::new(),
        workspaces: Vec::new(),
        declared: Vec::new(),
        results: Vec::new(),
        graph: promotion().tasks,
        skipped: Vec::new(),
        tasks: vec![
            task_run("pick-release", Status::Ok, 12, false),
            task_run("verify-release", Status::Ok, 11, false),
            task_run("mirror", Status::Running, 10, false),
        ],
        service_account: None,
        timeout: None,
        events: Vec::new(),
        pods: Vec::new(),
        object: Tree::Null,
        unseen: Vec::new(),
    }
}
