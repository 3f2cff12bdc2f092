//! A Pipeline or Task that is not the known one: nothing is sent, whatever is waived.

use crate::stage::*;
use serde_json::{Value, json};
use weir_domain::{Command, GateId, PlanRequest};

/// Changes something of the cluster and plans with every gate waived.
async fn blocked(resource: &str, name: &str, change: impl FnOnce(&mut Value), words: &str) {
    let stage = Stage::new().await;
    let client = stage.client();
    let release = stage.newest(&client).await;
    good(&client, request(&release)).await;
    assert!(stage.control().edit("moc", resource, NAMESPACE, name, change));
    let waivers = GateId::ALL.into_iter().map(|id| (id, "it is fine".to_string())).collect();
    let plan = plan(&client, PlanRequest { waivers, ..request(&release) }).await.expect("it can be planned");
    assert!(plan.obstacles.iter().any(|obstacle| obstacle.contains(words)), "`{words}`: {:?}", plan.obstacles);
    assert!(!plan.goes());
    let failure = client.propose(Command::Promote(Box::new(plan)), None).await.expect_err("it blocks");
    assert!(failure.hint.contains("no reason waives this"), "{failure}");
    assert!(stage.creates("moc").is_empty());
}

fn push(list: &mut Value, item: Value) {
    match list.as_array_mut() {
        Some(items) => items.push(item),
        None => *list = json!([item]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_the_pipeline_that_nobody_knows_blocks() {
    let extra = json!({"name": "announce-everywhere", "taskRef": {"name": "announce", "kind": "Task"}});
    let change = |object: &mut Value| push(&mut object["spec"]["tasks"], extra);
    blocked("pipelines", "okd-release-pipeline", change, "`announce-everywhere`").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_would_be_left_to_a_default_blocks() {
    let extra = json!({"name": "second-mirror-pushspec", "type": "string", "default": "quay.io/somebody/else"});
    let change = |object: &mut Value| push(&mut object["spec"]["params"], extra);
    blocked("pipelines", "okd-release-pipeline", change, "`second-mirror-pushspec`").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_a_task_is_given_beyond_the_known_ones_blocks() {
    let change = |object: &mut Value| {
        let tasks = object["spec"]["tasks"].as_array_mut().expect("tasks");
        let mirror = tasks.iter_mut().find(|task| task["name"] == "mirror").expect("mirror");
        push(&mut mirror["params"], json!({"name": "also-to", "value": "quay.io/somebody/else"}));
    };
    blocked("pipelines", "okd-release-pipeline", change, "`mirror` is given also-to").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_a_task_that_nobody_knows_blocks() {
    let change = |object: &mut Value| push(&mut object["spec"]["results"], json!({"name": "other-pullspec"}));
    blocked("tasks", "mirror-release", change, "other-pullspec").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_task_that_is_gone_blocks() {
    let change = |object: &mut Value| {
        let tasks = object["spec"]["tasks"].as_array_mut().expect("tasks");
        tasks.retain(|task| task["name"] != "verify-release");
    };
    blocked("pipelines", "okd-release-pipeline", change, "lacks the task `verify-release`").await;
}
