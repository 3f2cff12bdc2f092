//! Plans in every state, what was sent, and the ledger.

use super::{BEFORE, DAY, HOUR, MINUTE, STREAM, ago, channels, digest, earlier_payload, image, now, payload};
use weir_domain::ledger::{LedgerRow, Who};
use weir_domain::plan::{DiffLine, Source};
use weir_domain::promotion::{Check, CheckId, CheckState};
use weir_domain::proposal::Call;
use weir_domain::{
    Gate, GateId, Loaded, News, PayloadDiff, Plan, PlanRequest, Promotion, ReleaseId, RunId, Status, Tree, Verdict, Way,
};

pub const NEW_NAME: &str = "4.22.0-okd-scos.ec.7";
pub const PLAN_ID: &str = "3f2a9c01b7de";

pub fn plan_request() -> PlanRequest {
    PlanRequest::new(ReleaseId::new(STREAM, BEFORE), "4-scos-next")
}

pub fn promoted_run() -> RunId {
    RunId::new("moc", "okd-coreos", "okd-release-4-scos-next-4.22.0-okd-scos.ec.7")
}

/// What each gate says when it passes.
fn evidence(id: GateId) -> &'static str {
    match id {
        GateId::Accepted => "accepted, by its page and its ReleasePayload",
        GateId::Jobs => "all 2 blocking jobs succeeded",
        GateId::Newest => "the newest accepted, decided 2026-11-20 02:11 UTC",
        GateId::NotPromoted => "none of 7 releases in the channel came from it",
        GateId::Digest => "sha256:d6a77f5c4f9e7e7b6c8d7a1e11f5b2f97b1b35cb0e2f7a1c52a8d87e4c12a5d1",
        GateId::Signature => "signature-1 by openshift-ci-4 is good and names this digest",
        GateId::NameFree => "4.22.0-okd-scos.ec.7 is free in all four places",
        GateId::NextName => "4.22.0-okd-scos.ec.7, after number 6",
        GateId::Previous => "14 releases, 4.22.0-okd-scos.ec.6 among them",
        GateId::Arches => "a list: amd64, as 4.22.0-okd-scos.ec.6",
        GateId::Pullable => "all 190 components, without credentials",
        GateId::KeyRing => "verifier-public-key-ci with openshift-ci-4",
        GateId::Rights => "you may create pipelineruns in okd-coreos on moc",
        GateId::Alone => "no other promotion runs or begins meanwhile",
        GateId::CleanUp => "tekton-cleanup-daily fires next at 04:00 UTC, after it would end",
        GateId::LatestFlag => "4-scos-next does not become Latest",
    }
}

fn manifest(name: &str) -> Tree {
    let param = |name: &str, value: &str| Tree::map([("name", name.into()), ("value", value.into())]);
    Tree::map([
        ("apiVersion", "tekton.dev/v1".into()),
        ("kind", "PipelineRun".into()),
        (
            "metadata",
            Tree::map([
                ("name", name.into()),
                ("namespace", "okd-coreos".into()),
                ("annotations", Tree::map([("weir/operator", "jane".into()), ("weir/plan-id", PLAN_ID.into())])),
            ]),
        ),
        (
            "spec",
            Tree::map([(
                "params",
                Tree::List(vec![
                    param("release-stream", STREAM),
                    param("target-release-stream", "4-scos-next"),
                    param("release-imagestream", "release-scos-next"),
                ]),
            )]),
        ),
    ])
}

/// A plan that goes: every gate passes but `latest-flag`, which does not apply to a channel of candidates.
pub fn plan_of(request: PlanRequest) -> Plan {
    let channel = channels().into_iter().find(|channel| channel.name.as_str() == request.channel).expect("a channel");
    let gates = GateId::ALL.map(|id| Gate {
        id,
        verdict: if id == GateId::LatestFlag { Verdict::NotApplicable } else { Verdict::Pass },
        severity: id.severity(Way::Pinned),
        evidence: evidence(id).into(),
        details: Vec::new(),
        checked: ago(4),
        waived: None,
    });
    let run = promoted_run();
    let diff = PayloadDiff::between(&earlier_payload(), &payload());
    let same = |text: &str| DiffLine::Same(text.into());
    let mut pipeline_diff: Vec<DiffLine> = (0..9).map(|n| same(&format!("  - name: param-{n}"))).collect();
    pipeline_diff.extend([
        same("  tasks:"),
        DiffLine::Out("  - name: pick-release".into()),
        DiffLine::Out("    taskRef:".into()),
        DiffLine::Out("      name: pick-release".into()),
        same("  - name: mirror"),
        same("    params:"),
        same("    - name: release-pullspec"),
        DiffLine::Out("      value: $(tasks.pick-release.results.release-pullspec)".into()),
        DiffLine::In(format!("      value: {}", image(BEFORE).with_digest(digest(78)))),
        same("    taskRef:"),
        same("      name: mirror-release"),
    ]);
    Plan {
        id: PLAN_ID.into(),
        request: request.clone(),
        way: Way::Pinned,
        channel,
        from: Source { release: request.release, pull_spec: image(BEFORE), digest: digest(78) },
        name: NEW_NAME.into(),
        digest: None,
        replaces: None,
        holds: Some("4.22.0-okd-scos.ec.6".into()),
        previous: vec!["4.22.0-okd-scos.ec.6".into(), "4.21.0-okd-scos.7".into()],
        diff: Ok(diff),
        gates: gates.to_vec(),
        obstacles: Vec::new(),
        calls: vec![Call {
            method: "POST",
            path: "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns".into(),
            content_type: "application/json",
            body: manifest(&run.name),
        }],
        pipeline_diff,
        object: run,
        server: "https://api.okd-coreos.moc.example:6443".into(),
        operator: "jane".into(),
        host: "bastion-2".into(),
        follows: [
            "mirror copies it to quay.io/okd/scos-release:4.22.0-okd-scos.ec.7",
            "check: the tag is ours, components public; else the run is cancelled",
            "GitHub okd-project/okd gets the release",
            "the channel gets it: ImageStream origin/release-scos-next on app.ci",
            "the release-controller tests and signs it, Cincinnati offers it (hours)",
        ]
        .map(String::from)
        .into(),
        made: now(),
    }
}

pub fn plan() -> Plan {
    plan_of(plan_request())
}

/// One gate of a plan says something else.
pub fn with_gate(mut plan: Plan, id: GateId, verdict: Verdict, evidence: &str, details: &[&str]) -> Plan {
    for gate in plan.gates.iter_mut().filter(|gate| gate.id == id) {
        gate.verdict = verdict;
        gate.evidence = evidence.into();
        gate.details = details.iter().map(|line| line.to_string()).collect();
    }
    plan
}

/// The name is taken by somebody else's image, an informing job failed, and a blocking job was overruled by hand.
pub fn blocked_plan() -> Plan {
    let plan = with_gate(
        plan(),
        GateId::NameFree,
        Verdict::Block,
        "quay.io/okd/scos-release has 4.22.0-okd-scos.ec.7, sha256:99ab01fe…77c0: made from another release",
        &["GitHub okd-project/okd: free", "ImageStream origin/release-scos-next: free", "stream 4-scos-next: free"],
    );
    let plan = with_gate(
        plan,
        GateId::Jobs,
        Verdict::Block,
        "blocking: aws-upgrade failed",
        &["accepted by hand: needed for the demo", "aws-upgrade failed 3 times"],
    );
    with_gate(
        plan,
        GateId::Newest,
        Verdict::Warn,
        "the newest accepted, decided 2026-11-19 02:11 UTC: more than 48 hours ago",
        &[],
    )
}

/// The jobs' gate blocks and was waived.
pub fn waived_plan(reason: &str) -> Plan {
    let mut request = plan_request();
    request.waivers = vec![(GateId::Jobs, reason.into())];
    let plan = plan_of(request);
    let mut plan =
        with_gate(plan, GateId::Jobs, Verdict::Block, "blocking: aws-upgrade failed", &["aws-upgrade failed 3 times"]);
    plan.id = "90ab77c2e514".into();
    plan.gates.iter_mut().filter(|gate| gate.id == GateId::Jobs).for_each(|gate| gate.waived = Some(reason.into()));
    plan
}

/// Twelve minutes in: the run is in `mirror`.
pub fn promotion() -> Promotion {
    let plan = plan();
    let waiting = |id, evidence: &str| Check {
        id,
        state: CheckState::Waiting { since: ago(12 * MINUTE) },
        evidence: evidence.into(),
        at: None,
    };
    Promotion {
        object: plan.object.clone(),
        uid: "uid-of-the-promotion".into(),
        plan: plan.id.clone(),
        channel: plan.channel.name.to_string(),
        name: plan.name.clone(),
        from: plan.from.clone(),
        sent: ago(12 * MINUTE),
        status: Some(Status::Running),
        expected: None,
        checks: vec![
            waiting(CheckId::Run, "it is in mirror"),
            waiting(CheckId::Mirrored, "mirror has not ended"),
            waiting(CheckId::Pullable, "mirror has not ended"),
            waiting(CheckId::Github, "no release 4.22.0-okd-scos.ec.7 in okd-project/okd yet"),
            waiting(CheckId::Channel, "release-scos-next has no 4.22.0-okd-scos.ec.7 yet"),
            waiting(CheckId::Phase, "the release-controller does not know it yet"),
            waiting(CheckId::Signature, "there is no digest to look for yet"),
            waiting(CheckId::Graph, "the channel takes candidates only: asked for when it is accepted"),
        ],
        public: Vec::new(),
        alarm: None,
        looks_only: false,
        ending: None,
        as_of: now(),
    }
}

/// Some checks of the promotion are answered, in their order.
pub fn answered(mut promotion: Promotion, answers: &[(CheckState, &str)]) -> Promotion {
    for (check, (state, evidence)) in promotion.checks.iter_mut().zip(answers) {
        check.state = state.clone();
        check.evidence = evidence.to_string();
        check.at = Some(ago(20));
    }
    promotion
}

pub fn promotion_news(promotion: Promotion) -> News {
    News::Promotion(promotion.object.clone(), Loaded::Known(Box::new(promotion)))
}

/// What was promoted in the last weeks: by weir, by cron, by hand, and what the sources do not agree on.
pub fn ledger() -> Vec<LedgerRow> {
    let row = |age: i64, channel: &str, name: &str, from: Option<&str>, who: Who, outcome| LedgerRow {
        time: Some(ago(age)),
        channel: channel.into(),
        name: name.into(),
        from: from.map(Into::into),
        pull_spec: None,
        who,
        run: None,
        plan: None,
        outcome,
        digest: None,
        reason: None,
        disagreements: Vec::new(),
    };
    let jane = || Who::Journal { operator: "jane".into(), host: "bastion-2".into() };
    let mut running = row(12 * MINUTE, "4-scos-next", NEW_NAME, Some(BEFORE), jane(), "running");
    running.run = Some(promoted_run());
    running.plan = Some(PLAN_ID.into());
    running.reason = Some("weekly candidate".into());
    let stable = "4.21.0-0.okd-scos-nightly-2026-11-14-102233";
    let mut held = row(6 * DAY, "4-scos-stable", "4.21.0-okd-scos.7", Some(stable), Who::Says("ravi".into()), "held");
    held.run = Some(RunId::new("moc", "okd-coreos", "okd-release-4-scos-stable-4.21.0-okd-scos.7"));
    held.plan = Some("77aa01c9d2e3".into());
    held.digest = Some(digest(41));
    held.disagreements = vec![
        format!("the repository's tag holds {}, the channel imported {}", digest(41).short(), digest(42).short()),
        "the journal says jane, the run says ravi".into(),
    ];
    let cron = Who::Made("CronJob cron-trigger-cluster-command".into());
    let mut failed =
        row(9 * DAY + 2 * HOUR, "4-scos-next", "", Some("4.22.0-0.okd-scos-nightly-2026-11-12-050512"), cron, "failed");
    failed.run = Some(RunId::new("moc", "okd-coreos", "okd-release-next-pipelinerun-h2v8s"));
    let old = row(9 * DAY, "4-scos-next", "4.22.0-okd-scos.ec.6", None, Who::NotRecorded, "held");
    let mut refused = row(
        10 * DAY,
        "4-scos-next",
        "4.22.0-okd-scos.ec.6",
        Some("4.22.0-0.okd-scos-nightly-2026-11-11-081501"),
        jane(),
        "refused",
    );
    refused.plan = Some("0c11d2aa90f1".into());
    refused.run = Some(RunId::new("moc", "okd-coreos", "okd-release-4-scos-next-4.22.0-okd-scos.ec.6"));
    vec![running, held, old, failed, refused]
}
