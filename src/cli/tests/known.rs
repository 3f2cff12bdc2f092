//! Things as the client gives them, for all tests of this crate.

use jiff::Timestamp;
use std::sync::Arc;
use weir_domain::channel::known_channels;
use weir_domain::plan::{DiffLine, Source};
use weir_domain::promotion::{Check, CheckId, CheckState, Ending};
use weir_domain::proposal::Call;
use weir_domain::release::detail::{Insight, ReleaseDetail, ReleasePayload, Strip};
use weir_domain::release::{Job, Verdict};
use weir_domain::{
    Digest, Gate, GateId, Phase, Plan, PlanRequest, Promotion, Release, ReleaseId, RunId, Status, Tree, Way,
};

pub(crate) const NIGHTLY: &str = "4.22.0-0.okd-scos-nightly-2026-11-21-051233";

pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

pub(crate) fn digest(digit: char) -> Digest {
    format!("sha256:{}", digit.to_string().repeat(64)).parse().expect("a digest")
}

fn id() -> ReleaseId {
    ReleaseId::new("4.22.0-0.okd-scos-nightly", NIGHTLY)
}

fn source() -> Source {
    let spec = format!("registry.ci.openshift.org/origin/release-scos:{NIGHTLY}");
    Source { release: id(), pull_spec: spec.parse().expect("an image"), digest: digest('a') }
}

fn object() -> RunId {
    RunId::new("moc", "okd-coreos", "promote-4-scos-next-4.22.0-okd-scos.ec.8")
}

/// All gates pass.
pub(crate) fn plan() -> Plan {
    let channel = known_channels(&"moc".into(), &"app.ci".into()).remove(0);
    let gate = |id: GateId| Gate {
        id,
        verdict: weir_domain::Verdict::Pass,
        severity: id.severity(Way::Pinned),
        evidence: format!("{id} is fine"),
        details: Vec::new(),
        checked: now(),
        waived: None,
    };
    Plan {
        id: "3f2a90b1c4d5".into(),
        request: PlanRequest::new(id(), channel.name.to_string()),
        way: Way::Pinned,
        channel,
        from: source(),
        name: "4.22.0-okd-scos.ec.8".into(),
        digest: None,
        replaces: None,
        holds: Some("4.22.0-okd-scos.ec.7".into()),
        previous: vec!["4.22.0-okd-scos.ec.7".into()],
        diff: Err("the channel's release cannot be read".into()),
        gates: GateId::ALL.into_iter().map(gate).collect(),
        obstacles: Vec::new(),
        calls: vec![Call {
            method: "POST",
            path: "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns".into(),
            content_type: "application/json",
            body: Tree::map([("kind", "PipelineRun".into())]),
        }],
        pipeline_diff: vec![DiffLine::Same("tasks:".into()), DiffLine::Out("- name: pick-release".into())],
        object: object(),
        server: "https://api.moc:6443".into(),
        operator: "kai".into(),
        host: "bastion".into(),
        follows: vec!["the run mirrors the release".into()],
        made: now(),
    }
}

/// Its run goes; every check waits.
pub(crate) fn promotion(ending: Option<Ending>) -> Promotion {
    let check = |id| Check {
        id,
        state: CheckState::Waiting { since: now() },
        evidence: if id == CheckId::Run { "2 of 6 tasks done".into() } else { String::new() },
        at: None,
    };
    Promotion {
        object: object(),
        uid: "u1".into(),
        plan: "3f2a90b1c4d5".into(),
        channel: "4-scos-next".into(),
        name: "4.22.0-okd-scos.ec.8".into(),
        from: source(),
        sent: now(),
        status: Some(Status::Running),
        expected: None,
        checks: CheckId::ALL.into_iter().map(check).collect(),
        public: vec!["the image of 4.22.0-okd-scos.ec.8".into()],
        alarm: None,
        looks_only: false,
        ending,
        as_of: now(),
    }
}

fn job() -> Job {
    Job {
        name: "aws-upgrade".into(),
        state: "Failed".into(),
        blocking: true,
        attempts: 2,
        url: "https://prow.example.org/2".into(),
        earlier: vec!["https://prow.example.org/1".into()],
        decided: Some(now()),
    }
}

pub(crate) fn release_detail(phase: Phase) -> ReleaseDetail {
    ReleaseDetail {
        id: id(),
        release: Release {
            name: Arc::from(NIGHTLY),
            phase,
            pull_spec: source().pull_spec.to_string().as_str().into(),
            created: Some(now()),
            verdict: Some(Verdict { jobs: vec![job()] }),
        },
        insight: Insight::Unseen { why: "app.ci is not connected".into() },
        upgrades_to: Vec::new(),
        upgrades_from: Vec::new(),
        promoted_from: None,
        promoted_as: vec![ReleaseId::new("4-scos-next", "4.22.0-okd-scos.ec.8")],
        changes: None,
        accepted_before: None,
        strip: Strip::default(),
        page: "https://releases.example.org/x".into(),
        unseen: Vec::new(),
        as_of: now(),
    }
}

pub(crate) fn release_payload(phase: Phase) -> ReleasePayload {
    ReleasePayload {
        cluster: "app.ci".into(),
        namespace: "origin".into(),
        name: NIGHTLY.into(),
        resource_version: "77".into(),
        phase,
        by_hand: None,
        wish: None,
        created: phase != Phase::Pending,
        jobs: Vec::new(),
        may_decide: Some(true),
    }
}
