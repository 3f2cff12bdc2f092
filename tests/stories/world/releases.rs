//! Release streams, Pipelines, and what the journal holds.

use super::{DAY, HOUR, MINUTE, ago, graph, now};
use weir_domain::journal::{Entry, Outcome};
use weir_domain::release::{Job, Verdict};
use weir_domain::{
    Change, ClusterName, Namespace, News, ParamKind, ParamSpec, ParamValue, Phase, Pipeline, PipelineId, PipelineTask,
    Release, Stream, StreamName, WorkspaceSpec,
};

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
        earlier: Vec::new(),
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
        plan: None,
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
