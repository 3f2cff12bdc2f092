//! Starting runs: the check before, the server's dry run, what the made object says, and what the journal keeps.

use crate::cases;
use crate::place::Role;
use crate::shape::{Shape, task};
use crate::stage::{Stage, detail, done, finished, uid};
use crate::suite::Case;
use serde_json::json;
use std::sync::Arc;
use weir_client::Client;
use weir_domain::form::NewRun;
use weir_domain::journal::Outcome;
use weir_domain::query::Checked;
use weir_domain::{Answer, Command, FailureKind, ParamValue, Pipeline, PipelineId, Query, Starter, Status};

pub fn cases() -> Vec<Case> {
    cases![
        a_start_says_who_where_and_why_and_is_in_the_journal_before_and_after,
        a_manifest_the_server_refuses_makes_nothing_and_says_its_reason,
        a_check_finds_all_that_is_missing_at_once,
        a_check_of_a_right_run_asks_the_server_and_makes_nothing,
        a_run_of_a_pipeline_with_the_server_s_name_begins,
        a_rerun_keeps_all_but_the_changed_parameter,
    ]
}

async fn a_start_says_who_where_and_why_and_is_in_the_journal_before_and_after(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let receipt = stage.start(&client, Shape::new(&stage, "okd-team", "says")).await;
    let end = finished(&client, &receipt.run).await;
    assert_eq!(end.run.status, Status::Ok);
    assert_eq!(*end.run.uid, *receipt.uid);
    let endpoint = client.endpoint(&stage.cluster(Role::Team)).expect("the cluster is known");
    let operator = endpoint.operator.clone().expect("the server said who we are");
    match &end.run.starter {
        Starter::Says { operator: says, host, reason } => {
            assert_eq!(**says, *operator);
            assert_eq!(host.as_deref(), Some(&*endpoint.host));
            assert_eq!(reason.as_deref(), Some("the contract suite"));
        }
        other => panic!("the run says nothing of who started it: {other:?}"),
    }
    let kept = stage.journal(&client, &receipt.run.name).await;
    let outcomes: Vec<&Outcome> = kept.iter().map(|entry| &entry.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Sending, &Outcome::Accepted]);
    assert!(kept.iter().all(|e| e.verb == "start" && e.operator == operator && e.namespace == "okd-team"));
    assert!(kept.iter().all(|e| e.reason.as_deref() == Some("the contract suite") && e.server == endpoint.server));
    assert!(kept[0].call.starts_with("POST /apis/tekton.dev/v1/namespaces/okd-team/pipelineruns"), "{}", kept[0].call);
    assert_eq!(kept[1].uid, receipt.uid);
}

async fn a_manifest_the_server_refuses_makes_nothing_and_says_its_reason(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let mut lost = task("only", &["work"]);
    lost["runAfter"] = json!(["nobody"]);
    let shape = Shape::new(&stage, "okd-team", "refused").tasks(json!([lost]));
    let run = stage.run(Role::Team, "okd-team", &shape.name);
    let new = shape.new_run(&stage.cluster(Role::Team));
    stage.owe("okd-team", &shape.name);
    let failure = done(&client, Command::Start(Box::new(new))).await.expect_err("the webhook refuses it");
    println!("        refusal: {failure}");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("nobody"), "the server's reason is given: {}", failure.why);
    assert!(failure.hint.contains("nothing was made"));
    let missing = uid(&client, &run).await.expect_err("there is no such run");
    assert_eq!(missing.kind, FailureKind::Missing);
    let outcomes: Vec<Outcome> = stage.journal(&client, &shape.name).await.into_iter().map(|e| e.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Refused]);
}

async fn checked(client: &Client, new: NewRun) -> Checked {
    match client.fetch(Query::Check(new)).await.expect("the check is answered") {
        Answer::Check(checked) => *checked,
        other => panic!("asked for a check, got {other:?}"),
    }
}

async fn pipeline(stage: &Stage, client: &Client, name: &str) -> Pipeline {
    let id = PipelineId::new(stage.place.context(Role::Admin), "okd-coreos", name);
    match client.fetch(Query::Pipeline(id)).await.expect("the Pipeline is read") {
        Answer::Pipeline(pipeline) => *pipeline,
        other => panic!("asked for a Pipeline, got {other:?}"),
    }
}

/// A run with every parameter given and every workspace bound to something.
fn complete(pipeline: &Pipeline) -> NewRun {
    let mut new = NewRun::of(pipeline);
    for param in pipeline.params.iter().filter(|p| p.default.is_none()) {
        new.set_param(&param.name, Some(&ParamValue::Text("4.19".into())));
    }
    for workspace in pipeline.workspaces.iter() {
        new.set_workspace(&workspace.name, "emptydir").expect("a binding");
    }
    new
}

async fn a_check_finds_all_that_is_missing_at_once(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let pipeline = pipeline(&stage, &client, "okd-release-pipeline").await;
    let param = pipeline.params.iter().find(|p| p.default.is_none()).expect("a parameter without default").clone();
    let mut new = complete(&pipeline);
    new.set_param(&param.name, None);
    let mut spaces: Vec<&str> = pipeline.workspaces.iter().map(|w| &*w.name).collect();
    let extra = ["one-more", "and-another"];
    spaces.extend(extra);
    for (space, binding) in spaces.iter().zip(["pvc:no-claim", "secret:no-secret", "configmap:no-map"]) {
        new.set_workspace(space, binding).expect("a binding");
    }
    new.set_service_account("nobody");
    let found = checked(&client, new).await;
    let words: Vec<String> = found.problems.iter().map(|(field, words)| format!("{field}: {words}")).collect();
    println!("        {}", words.join("; "));
    for wanted in [&*param.name, "PVC `no-claim`", "Secret `no-secret`", "ConfigMap `no-map`", "account `nobody`"] {
        assert!(words.iter().any(|line| line.contains(wanted)), "{wanted} is not in {words:?}");
    }
    assert_eq!(found.dry_run, None, "the server is not asked while something is missing");

    let lost = Shape::new(&stage, "okd-coreos", "lost").of_pipeline("not-there");
    let found = checked(&client, lost.new_run(&stage.cluster(Role::Admin))).await;
    assert!(found.problems[0].1.contains("no Pipeline `not-there`"), "{:?}", found.problems);

    let task = json!([{"name": "only", "taskRef": {"name": "no-such-task"}}]);
    let lost = Shape::new(&stage, "okd-coreos", "lost").tasks(task);
    let found = checked(&client, lost.new_run(&stage.cluster(Role::Admin))).await;
    assert!(found.problems[0].1.contains("no Task `no-such-task`"), "{:?}", found.problems);
}

async fn a_check_of_a_right_run_asks_the_server_and_makes_nothing(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let found = checked(&client, complete(&pipeline(&stage, &client, "okd-coreos").await)).await;
    assert!(found.fine(), "{found:?}");
    let shape = Shape::new(&stage, "okd-team", "dry");
    stage.owe("okd-team", &shape.name);
    let found = checked(&client, shape.new_run(&stage.cluster(Role::Admin))).await;
    assert!(found.fine() && found.unseen.is_empty(), "{found:?}");
    let run = stage.run(Role::Admin, "okd-team", &shape.name);
    assert_eq!(uid(&client, &run).await.expect_err("it was dry").kind, FailureKind::Missing);
}

async fn a_run_of_a_pipeline_with_the_server_s_name_begins(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let new = complete(&pipeline(&stage, &client, "okd-coreos").await);
    let receipt = done(&client, Command::Start(Box::new(new))).await.expect("it is accepted");
    stage.owe("okd-coreos", &receipt.run.name);
    assert!(receipt.run.name.starts_with("okd-coreos-"), "{}", receipt.run.name);
    let begun = detail(&client, &receipt.run, "the graph and a first task", |d| {
        d.graph.len() > 3 && !d.tasks.is_empty() && d.run.status == Status::Running
    })
    .await;
    assert_eq!(begun.run.pipeline.as_deref(), Some("okd-coreos"));
    let accepted = stage.journal(&client, &receipt.run.name).await;
    assert_eq!(accepted.last().expect("kept").outcome, Outcome::Accepted);
}

async fn a_rerun_keeps_all_but_the_changed_parameter(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let mut spec = json!({"params": [{"name": "version"}, {"name": "branch"}], "tasks": [task("only", &["work"])]});
    spec["tasks"][0]["params"] = json!([{"name": "version", "value": "$(params.version)"}]);
    spec["tasks"][0]["taskSpec"]["params"] = json!([{"name": "version"}]);
    let shape = Shape::new(&stage, "okd-team", "again")
        .spec("pipelineSpec", spec)
        .spec("params", json!([{"name": "version", "value": "4.19"}, {"name": "branch", "value": "main"}]));
    let first = stage.start(&client, shape).await;
    let end = finished(&client, &first.run).await;
    let mut new = NewRun::again(&first.run, &end.object, false).expect("a run can be run again");
    new.set_param("version", Some(&ParamValue::Text("4.20".into())));
    let second = done(&client, Command::Start(Box::new(new))).await.expect("the rerun is accepted");
    stage.owe("okd-team", &second.run.name);
    assert_ne!(second.uid, first.uid);
    let again = finished(&client, &second.run).await;
    assert_eq!(again.run.status, Status::Ok, "{}", again.run.message);
    let params: Vec<(&str, &str)> = again.params.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(params, [("version", "4.20"), ("branch", "main")]);
    let kept = stage.journal(&client, &second.run.name).await;
    assert_eq!(kept.last().map(|e| (e.verb.as_str(), e.outcome)), Some(("rerun", Outcome::Accepted)));
}
