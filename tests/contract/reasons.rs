//! Why a run failed or waits, in one sentence, for every fate Tekton has.

use crate::cases;
use crate::place::Role;
use crate::shape::{Shape, task};
use crate::stage::{Stage, detail, done, finished, running};
use crate::suite::Case;
use serde_json::json;
use std::sync::Arc;
use weir_domain::cancel::Grace;
use weir_domain::why::{Why, why};
use weir_domain::{Command, Detail, Status};

pub fn cases() -> Vec<Case> {
    cases![
        a_failed_step_is_named_with_its_exit_code,
        a_step_out_of_memory_is_said_to_be,
        a_missing_image_is_named,
        a_run_over_its_time_names_the_task_that_ran,
        a_task_over_its_time_is_named,
        a_missing_pipeline_is_named_with_its_namespace,
        a_tolerated_failure_is_told_of_a_run_that_ended_well,
        a_task_that_used_up_its_retries_says_how_often,
        a_cancelled_run_says_how_and_where_it_was_cut,
        a_pod_that_fits_no_node_says_why,
        a_held_run_says_that_it_waits_for_a_person,
        a_run_that_ended_well_needs_no_explanation,
        a_task_that_was_left_out_says_why_and_what_comes_after_it_runs,
    ]
}

const NS: &str = "okd-team";

/// The sentence, printed so that it can be quoted.
fn said(word: &str, detail: &Detail) -> Why {
    let why = why(detail).unwrap_or_else(|| panic!("nothing is said of {:?}", detail.run));
    println!("        why, {word}: {}", why.sentence);
    assert!(!why.sentence.contains('\n') && why.sentence.len() < 300, "one sentence");
    why
}

fn place(why: &Why) -> (Option<&str>, Option<&str>) {
    (why.task.as_deref(), why.step.as_deref())
}

async fn ended(stage: &Stage, shape: Shape) -> Detail {
    let client = stage.client(Role::Admin);
    let receipt = stage.start(&client, shape).await;
    finished(&client, &receipt.run).await
}

async fn a_failed_step_is_named_with_its_exit_code(stage: Arc<Stage>) {
    let shape = Shape::new(&stage, NS, "exit")
        .tasks(json!([task("fetch", &["clone"]), task("image", &["prepare", "fetch-and-build-baseos"])]))
        .steer("fail-step", "fetch-and-build-baseos")
        .steer("fail-code", "3");
    let end = ended(&stage, shape).await;
    assert_eq!(end.run.status, Status::Failed);
    let why = said("a step's exit", &end);
    assert_eq!(place(&why), (Some("image"), Some("fetch-and-build-baseos")));
    assert!(why.sentence.contains("exited 3"), "{}", why.sentence);
}

async fn a_step_out_of_memory_is_said_to_be(stage: Arc<Stage>) {
    let shape = Shape::new(&stage, NS, "oom")
        .tasks(json!([task("image", &["build"])]))
        .steer("fail-step", "build")
        .steer("fail-code", "137")
        .steer("fail-reason", "OOMKilled");
    let why = said("out of memory", &ended(&stage, shape).await);
    assert_eq!(place(&why), (Some("image"), Some("build")));
    assert!(why.sentence.contains("out of memory"), "{}", why.sentence);
}

async fn a_missing_image_is_named(stage: Arc<Stage>) {
    let shape = Shape::new(&stage, NS, "image")
        .tasks(json!([task("image", &["prepare", "build"])]))
        .steer("image-error", "build");
    let end = ended(&stage, shape).await;
    assert_eq!(end.run.status, Status::Failed);
    let why = said("image missing", &end);
    assert_eq!(why.task.as_deref(), Some("image"));
    assert!(why.sentence.contains("image") && why.sentence.contains("pull"), "{}", why.sentence);
}

async fn a_run_over_its_time_names_the_task_that_ran(stage: Arc<Stage>) {
    let shape = Shape::new(&stage, NS, "late")
        .steer("step-seconds", "600")
        .tasks(json!([task("slow", &["work"])]))
        .spec("timeouts", json!({"pipeline": "4s"}));
    let end = ended(&stage, shape).await;
    assert_eq!(end.run.status, Status::TimedOut);
    let why = said("timed out", &end);
    assert_eq!(why.task.as_deref(), Some("slow"));
    assert!(why.sentence.contains("timed out") && why.sentence.contains("4s"), "{}", why.sentence);
}

async fn a_task_over_its_time_is_named(stage: Arc<Stage>) {
    let mut slow = task("slow", &["work"]);
    slow["timeout"] = "3s".into();
    let shape = Shape::new(&stage, NS, "latetask").steer("step-seconds", "600").tasks(json!([slow]));
    let end = ended(&stage, shape).await;
    let why = said("task timed out", &end);
    assert_eq!(why.task.as_deref(), Some("slow"));
    assert!(why.sentence.contains("timed out"), "{}", why.sentence);
}

async fn a_missing_pipeline_is_named_with_its_namespace(stage: Arc<Stage>) {
    let end = ended(&stage, Shape::new(&stage, NS, "nopipeline").of_pipeline("not-there")).await;
    assert_eq!(end.run.status, Status::Failed);
    let why = said("no such pipeline", &end);
    assert_eq!(why.sentence, "there is no Pipeline `not-there` in `okd-team`");
}

async fn a_tolerated_failure_is_told_of_a_run_that_ended_well(stage: Arc<Stage>) {
    let mut checks = task("checks", &["lint", "test"]);
    checks["taskSpec"]["steps"][0]["onError"] = "continue".into();
    let shape =
        Shape::new(&stage, NS, "tolerated").tasks(json!([checks])).steer("fail-step", "lint").steer("fail-code", "2");
    let end = ended(&stage, shape).await;
    assert_eq!(end.run.status, Status::Ok);
    let why = said("tolerated failure", &end);
    assert_eq!(place(&why), (Some("checks"), Some("lint")));
    assert!(why.sentence.contains("exited 2") && why.sentence.contains("lets that pass"), "{}", why.sentence);
}

async fn a_task_that_used_up_its_retries_says_how_often(stage: Arc<Stage>) {
    let mut flaky = task("upload", &["push"]);
    flaky["retries"] = 2.into();
    let shape = Shape::new(&stage, NS, "retries").tasks(json!([flaky])).steer("fail-step", "push");
    let end = ended(&stage, shape).await;
    let why = said("retries exhausted", &end);
    assert_eq!(place(&why), (Some("upload"), Some("push")));
    assert_eq!(end.task("upload").expect("its task").attempts.len(), 3);
    assert!(why.sentence.contains("3 times (no retries left)"), "{}", why.sentence);
}

async fn a_cancelled_run_says_how_and_where_it_was_cut(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let mut all = Vec::new();
    for (index, how) in Grace::ALL.into_iter().enumerate() {
        let seconds = if how.cuts() { "600" } else { "30" };
        let shape = Shape::new(&stage, NS, &format!("cut{index}"))
            .tasks(json!([task("build", &["compile"])]))
            .steer("step-seconds.compile", seconds);
        all.push((how, stage.start(&client, shape).await));
    }
    for (how, receipt) in &all {
        running(&client, &receipt.run, "build").await;
        let cancel = Command::Cancel { run: receipt.run.clone(), uid: receipt.uid.clone(), how: *how };
        done(&client, cancel).await.expect("a running run can be cancelled");
    }
    for (how, receipt) in all {
        let end = finished(&client, &receipt.run).await;
        let why = said(how.key(), &end);
        assert!(why.sentence.starts_with("cancelled") && why.sentence.contains(how.key()), "{}", why.sentence);
        assert_eq!(why.task.as_deref(), how.cuts().then_some("build"), "{}", why.sentence);
    }
}

async fn a_pod_that_fits_no_node_says_why(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let nowhere = json!({"podTemplate": {"nodeSelector": {"example.com/kind": "none-such"}}});
    let shape =
        Shape::new(&stage, NS, "nowhere").tasks(json!([task("qemu", &["boot"])])).spec("taskRunTemplate", nowhere);
    let receipt = stage.start(&client, shape).await;
    let waiting = detail(&client, &receipt.run, "a pod that is never scheduled", |d| why(d).is_some()).await;
    assert!(!waiting.run.status.finished());
    let why = said("never scheduled", &waiting);
    assert_eq!(why.task.as_deref(), Some("qemu"));
    assert!(why.sentence.contains("never scheduled") && why.sentence.contains("nodes"), "{}", why.sentence);
}

async fn a_held_run_says_that_it_waits_for_a_person(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let shape = Shape::new(&stage, NS, "held").spec("status", "PipelineRunPending".into());
    let receipt = stage.start(&client, shape).await;
    let held = detail(&client, &receipt.run, "a held run", |d| &*d.run.reason == "PipelineRunPending").await;
    assert_eq!(held.run.status, Status::Pending);
    assert!(said("held", &held).sentence.starts_with("held"));
}

async fn a_run_that_ended_well_needs_no_explanation(stage: Arc<Stage>) {
    let end = ended(&stage, Shape::new(&stage, NS, "well")).await;
    assert_eq!((end.run.status, why(&end)), (Status::Ok, None));
    assert_eq!(end.run.progress.map(|p| (p.done, p.total())), Some((1, 1)));
}

async fn a_task_that_was_left_out_says_why_and_what_comes_after_it_runs(stage: Arc<Stage>) {
    let (mut upload, mut after) = (task("upload", &["push"]), task("after", &["tell"]));
    upload["when"] = json!([{"input": "false", "operator": "in", "values": ["true"]}]);
    after["runAfter"] = json!(["upload"]);
    let shape = Shape::new(&stage, NS, "leftout").tasks(json!([task("build", &["work"]), upload, after]));
    let end = ended(&stage, shape).await;
    assert_eq!((end.run.status, &*end.run.reason), (Status::Ok, "Completed"));
    assert_eq!(end.run.progress.map(|p| (p.done, p.skipped, p.total())), Some((2, 1, 3)));
    let skipped: Vec<(&str, &str)> = end.skipped.iter().map(|s| (&*s.name, &*s.reason)).collect();
    assert_eq!(skipped, [("upload", "When Expressions evaluated to false")]);
    assert!(end.task("upload").is_none());
    assert_eq!(end.task("after").map(|t| t.status()), Some(Status::Ok));
}
