//! Lists and watches of runs.

use crate::cases;
use crate::place::Role;
use crate::shape::Shape;
use crate::stage::{Live, Stage, done, until};
use crate::suite::Case;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weir_domain::cancel::Grace;
use weir_domain::{Change, Command, Depth, News, Run, RunId, Watch};

pub fn cases() -> Vec<Case> {
    cases![
        a_list_begins_brings_all_runs_and_is_complete,
        a_run_that_is_made_changed_and_deleted_shows_without_another_list,
        the_pipelines_of_both_namespaces_are_listed_with_their_parameters,
    ]
}

async fn a_list_begins_brings_all_runs_and_is_complete(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let mut made = BTreeSet::new();
    for (index, namespace) in ["okd-coreos", "okd-team", "okd-team"].into_iter().enumerate() {
        let held = Shape::new(&stage, namespace, &format!("list{index}")).spec("status", "PipelineRunPending".into());
        made.insert(stage.start(&client, held).await.run);
    }
    let mut live = client.watch(Watch::Runs(stage.cluster(Role::Admin)));
    let (mut begun, mut counted, mut seen) = (false, None, BTreeSet::new());
    until(&mut live, "a complete list", |news| {
        let News::Runs(_, part, change) = news else { panic!("news of something else: {news:?}") };
        assert_eq!(part, None, "an admin's list is one for the whole cluster");
        match change {
            Change::Begin => begun = true,
            Change::Upsert(rows) => {
                assert!(begun, "rows come after the beginning");
                seen.extend(rows.into_iter().filter(|(_, run)| run.depth == Depth::Whole).map(|(id, _)| id));
            }
            Change::Progress { have, of } => counted = Some((have, of)),
            Change::Complete => return Some(()),
            other => panic!("{other:?}"),
        }
        None
    })
    .await;
    assert!(seen.is_superset(&made), "{made:?} are not all in the list");
    let (have, of) = counted.expect("progress is told");
    assert_eq!(Some(have), of, "at the end all that there are have been read");
    assert_eq!(have, seen.len() as u64);
}

/// A change of the runs' list; it is not read again for it.
fn told(news: News) -> Change<RunId, Run> {
    match news {
        News::Runs(_, _, Change::Begin) => panic!("the list is read again"),
        News::Runs(_, _, change) => change,
        other => panic!("news of something else: {other:?}"),
    }
}

/// Waits for one run's row and returns how long that took.
async fn shows(live: &mut Live, id: &RunId, what: &str, enough: impl Fn(&Run) -> bool) -> Duration {
    let begun = Instant::now();
    until(live, what, |news| match told(news) {
        Change::Upsert(rows) => rows.iter().any(|(key, run)| key == id && enough(run)).then_some(()),
        _ => None,
    })
    .await;
    begun.elapsed()
}

async fn a_run_that_is_made_changed_and_deleted_shows_without_another_list(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let mut live = client.watch(Watch::Runs(stage.cluster(Role::Admin)));
    until(&mut live, "a complete list", |news| matches!(news, News::Runs(_, _, Change::Complete)).then_some(())).await;
    let held = Shape::new(&stage, "okd-team", "shows").spec("status", "PipelineRunPending".into());
    let receipt = stage.start(&client, held).await;
    let run = receipt.run.clone();
    let made = shows(&mut live, &run, "the new run", |_| true).await;
    let cancel = Command::Cancel { run: run.clone(), uid: receipt.uid.clone(), how: Grace::Cancelled };
    done(&client, cancel).await.expect("a held run can be cancelled");
    let changed = shows(&mut live, &run, "the change", |r| r.asked.as_deref() == Some("Cancelled")).await;
    done(&client, Command::Delete { run: run.clone(), uid: receipt.uid }).await.expect("it can be deleted");
    let begun = Instant::now();
    until(&mut live, "the removal", |news| match told(news) {
        Change::Remove(ids) => ids.contains(&run).then_some(()),
        _ => None,
    })
    .await;
    let deleted = begun.elapsed();
    println!("        after the server's yes: made {made:?}, changed {changed:?}, deleted {deleted:?}");
}

async fn the_pipelines_of_both_namespaces_are_listed_with_their_parameters(stage: Arc<Stage>) {
    let client = stage.client(Role::Admin);
    let mut live = client.watch(Watch::Pipelines(stage.cluster(Role::Admin)));
    let mut all = Vec::new();
    until(&mut live, "all Pipelines", |news| match news {
        News::Pipelines(_, _, Change::Upsert(rows)) => {
            all.extend(rows.into_iter().map(|(_, pipeline)| pipeline));
            None
        }
        News::Pipelines(_, _, Change::Complete) => Some(()),
        _ => None,
    })
    .await;
    assert!(all.iter().any(|p| p.id.namespace.as_str() == "okd-team"));
    let coreos = all.iter().find(|p| &*p.id.name == "okd-coreos").expect("the pipeline that builds the images");
    for name in ["version", "branch", "release-stream"] {
        assert!(coreos.params.iter().any(|p| &*p.name == name), "{name} is missing in {:?}", coreos.params);
    }
}
