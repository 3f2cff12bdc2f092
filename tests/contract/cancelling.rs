//! Tekton's three ways to cancel, and the cancels that are refused.

use crate::cases;
use crate::place::Role;
use crate::shape::{Shape, task};
use crate::stage::{Stage, done, finished, running};
use crate::suite::Case;
use serde_json::json;
use std::sync::Arc;
use weir_client::Client;
use weir_domain::cancel::{Grace, consequences};
use weir_domain::journal::Outcome;
use weir_domain::{Command, Detail, FailureKind, Receipt, Status};

pub fn cases() -> Vec<Case> {
    cases![
        cancelled_cuts_all_and_runs_no_finally,
        cancelled_run_finally_cuts_and_then_runs_finally,
        stopped_run_finally_lets_the_task_end_starts_no_other_and_runs_finally,
        a_cancel_with_another_run_s_uid_is_refused_and_cuts_nothing,
        a_finished_run_cannot_be_cancelled_and_the_server_s_reason_is_given,
    ]
}

const NS: &str = "okd-team";

/// Two tasks in a row, the first of which runs, and one after all.
async fn under_way(stage: &Stage, client: &Client, word: &str, seconds: &str) -> (Receipt, Detail) {
    let mut second = task("second", &["more"]);
    second["runAfter"] = json!(["first"]);
    let shape = Shape::new(stage, NS, word)
        .tasks(json!([task("first", &["long"]), second]))
        .finally(json!([task("last", &["tidy"])]))
        .steer("step-seconds.long", seconds);
    let receipt = stage.start(client, shape).await;
    let detail = running(client, &receipt.run, "first").await;
    (receipt, detail)
}

fn status(detail: &Detail, task: &str) -> Option<Status> {
    detail.task(task).map(|t| t.status())
}

async fn cancelled(stage: &Stage, word: &str, seconds: &str, how: Grace) -> Detail {
    let client = stage.client(Role::Team);
    let (receipt, before) = under_way(stage, &client, word, seconds).await;
    let expected = consequences(&before, how);
    let cancel = Command::Cancel { run: receipt.run.clone(), uid: receipt.uid, how };
    let answer = done(&client, cancel).await.expect("a running run can be cancelled");
    assert_eq!(answer.run, receipt.run);
    let end = finished(&client, &receipt.run).await;
    assert_eq!(end.run.status, Status::Cancelled, "{} {}", end.run.reason, end.run.message);
    assert_eq!(end.run.asked.as_deref(), Some(how.key()));
    // What was foretold is what happened.
    for name in &expected.cut {
        assert_eq!(status(&end, name), Some(Status::Cancelled), "{name}");
    }
    for name in &expected.unstarted {
        assert_eq!(status(&end, name), None, "{name}");
    }
    for name in expected.finally.iter().chain(&expected.ends) {
        assert_eq!(status(&end, name), Some(Status::Ok), "{name}");
    }
    let kept = stage.journal(&client, &receipt.run.name).await;
    let cancels: Vec<&Outcome> = kept.iter().filter(|e| e.verb == "cancel").map(|e| &e.outcome).collect();
    assert_eq!(cancels, [&Outcome::Sending, &Outcome::Accepted]);
    end
}

async fn cancelled_cuts_all_and_runs_no_finally(stage: Arc<Stage>) {
    let end = cancelled(&stage, "cut", "600", Grace::Cancelled).await;
    assert_eq!(status(&end, "first"), Some(Status::Cancelled));
    assert_eq!(status(&end, "last"), None);
}

async fn cancelled_run_finally_cuts_and_then_runs_finally(stage: Arc<Stage>) {
    let end = cancelled(&stage, "cutfinally", "600", Grace::CancelledRunFinally).await;
    assert_eq!(status(&end, "first"), Some(Status::Cancelled));
    assert_eq!(status(&end, "last"), Some(Status::Ok));
}

async fn stopped_run_finally_lets_the_task_end_starts_no_other_and_runs_finally(stage: Arc<Stage>) {
    let end = cancelled(&stage, "stop", "30", Grace::StoppedRunFinally).await;
    assert_eq!(status(&end, "first"), Some(Status::Ok));
    assert_eq!(status(&end, "second"), None);
    assert_eq!(status(&end, "last"), Some(Status::Ok));
}

async fn a_cancel_with_another_run_s_uid_is_refused_and_cuts_nothing(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let (receipt, _) = under_way(&stage, &client, "uid", "600").await;
    let uid = "00000000-0000-0000-0000-000000000000".to_string();
    let cancel = Command::Cancel { run: receipt.run.clone(), uid: uid.clone(), how: Grace::Cancelled };
    let failure = done(&client, cancel).await.expect_err("the run of that uid is not there any more");
    println!("        refusal: {failure}");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.why.contains("uid") || failure.why.contains("UID"), "it says so: {}", failure.why);
    let still = running(&client, &receipt.run, "first").await;
    assert_eq!((still.run.status, still.run.asked), (Status::Running, None));
    let outcomes: Vec<Outcome> = stage
        .journal(&client, &receipt.run.name)
        .await
        .into_iter()
        .filter(|e| e.uid == uid)
        .map(|e| e.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Sending, Outcome::Refused]);
}

async fn a_finished_run_cannot_be_cancelled_and_the_server_s_reason_is_given(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let receipt = stage.start(&client, Shape::new(&stage, NS, "toolate")).await;
    finished(&client, &receipt.run).await;
    let cancel = Command::Cancel { run: receipt.run.clone(), uid: receipt.uid, how: Grace::Cancelled };
    let failure = done(&client, cancel).await.expect_err("it is over");
    println!("        refusal: {failure}");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("Once the PipelineRun is complete, no updates are allowed"), "{}", failure.why);
}
