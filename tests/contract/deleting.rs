//! Deleting runs.

use crate::cases;
use crate::place::Role;
use crate::shape::Shape;
use crate::stage::{Stage, done, finished, uid, until};
use crate::suite::Case;
use std::sync::Arc;
use weir_domain::{Command, FailureKind, Loaded, News, Watch};

pub fn cases() -> Vec<Case> {
    cases![a_delete_hits_only_the_run_with_that_uid]
}

async fn a_delete_hits_only_the_run_with_that_uid(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let receipt = stage.start(&client, Shape::new(&stage, "okd-team", "delete")).await;
    finished(&client, &receipt.run).await;
    let other = "00000000-0000-0000-0000-000000000000".to_string();
    let wrong = Command::Delete { run: receipt.run.clone(), uid: other };
    let failure = done(&client, wrong).await.expect_err("the precondition does not hold");
    println!("        refusal: {failure}");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(uid(&client, &receipt.run).await.expect("it is still there"), receipt.uid);

    let mut live = client.watch(Watch::Detail(receipt.run.clone()));
    let known = |news| matches!(news, News::Detail(_, Loaded::Known(_))).then_some(());
    until(&mut live, "the run", known).await;
    done(&client, Command::Delete { run: receipt.run.clone(), uid: receipt.uid }).await.expect("it is deleted");
    let missing = |news| matches!(news, News::Detail(_, Loaded::Missing(_))).then_some(());
    until(&mut live, "the run's end", missing).await;
    assert_eq!(uid(&client, &receipt.run).await.expect_err("it is gone").kind, FailureKind::Missing);
}
