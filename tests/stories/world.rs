//! The world of the stories: OKD's real pipelines, tasks, streams and namespaces, at one moment.
//!
//! Everything hangs on [`now`]; a story changes what it needs.

#[path = "world/details.rs"]
mod details;
#[path = "world/payloads.rs"]
mod payloads;
#[path = "world/promotions.rs"]
mod promotions;
#[path = "world/releases.rs"]
mod releases;

pub use details::*;
pub use payloads::*;
pub use promotions::*;
pub use releases::*;

use crate::story::Story;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use weir_domain::news::CleanUp;
use weir_domain::{
    Change, ClusterName, Depth, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, Loaded, Namespace, News,
    Progress, Rights, Run, RunId, Starter, Status,
};
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
    for endpoint in endpoints.iter_mut().filter(|endpoint| endpoint.live()) {
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
    in_settings(Settings { channels: channels(), ..Settings::default() }, size)
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
    Failure::new(FailureKind::Offline, "cannot reach `moc`", "connection refused (api.okd-coreos.moc.example:6443)", "")
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
        user: if kind == EndpointKind::Cluster { "jane".into() } else { String::new() },
        latency_ms: Some(41),
        as_of: Some(now()),
        ..Endpoint::new(name, kind, server.into(), EndpointState::Live, "bastion-2".into())
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
