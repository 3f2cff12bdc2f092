//! Watches that are told 410, break off, or end.

use crate::desk::{complete, lost, on, runs, until};
use crate::double::{Asked, Double, End, Reply, event, list, run};
use serde_json::json;
use weir_domain::{Change, FailureKind, News};

const RUNS: &str = "/apis/tekton.dev/v1/pipelineruns";

/// Lists `a` and `b` first and `b` and `c` afterwards; the first watch is answered by `first`.
async fn listed_twice(first: fn() -> Reply) {
    let double = Double::start(move |asked: &Asked, before| match (asked.path.as_str(), asked.watches(), before) {
        (RUNS, false, 0) => Reply::Json(200, list(json!([run("a"), run("b")]))),
        (RUNS, false, _) => Reply::Json(200, list(json!([run("b"), run("c")]))),
        (RUNS, true, 0) => first(),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let mut live = runs(&client, "moc");
    assert_eq!(complete(&mut live).await.0.len(), 2);
    let mut begun = false;
    let mut names = Vec::new();
    until(&mut live, "a second list", |news| {
        let News::Runs(_, _, change) = news else { return None };
        match change {
            Change::Begin => begun = true,
            Change::Upsert(rows) => names.extend(rows.into_iter().map(|(id, _)| id.name.to_string())),
            Change::Complete => return Some(()),
            Change::Lost { failure, .. } => panic!("410 is no loss: {failure}"),
            _ => {}
        }
        None
    })
    .await;
    assert!(begun, "what is not seen again is known to be gone");
    assert_eq!(names, ["b", "c"]);
}

#[tokio::test]
async fn a_watch_that_is_too_old_is_a_new_list_whether_by_status_or_by_event() {
    listed_twice(|| crate::double::status(410, "Expired", "too old resource version")).await;
    listed_twice(|| {
        let gone = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"});
        Reply::Pieces(vec![event("ERROR", gone)], End::Clean)
    })
    .await;
}

#[tokio::test]
async fn a_watch_that_breaks_goes_on_from_the_last_version_it_heard_of() {
    let double = Double::start(|asked: &Asked, before| match (asked.path.as_str(), asked.watches(), before) {
        (RUNS, true, 0) => {
            let mut changed = run("a");
            changed["metadata"]["resourceVersion"] = "5".into();
            let mark = json!({"kind": "PipelineRun", "metadata": {"resourceVersion": "9"}});
            Reply::Pieces(vec![event("ADDED", changed), event("BOOKMARK", mark)], End::Broken)
        }
        (RUNS, true, 1) => Reply::Pieces(vec![event("DELETED", run("a"))], End::Open),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let mut live = runs(&client, "moc");
    complete(&mut live).await;
    let failure = lost(&mut live).await;
    assert_eq!(failure.kind, FailureKind::Offline);
    let mut alive = false;
    until(&mut live, "the change that came meanwhile", |news| match news {
        News::Runs(_, _, Change::Alive) => {
            alive = true;
            None
        }
        News::Runs(_, _, Change::Remove(ids)) => Some(ids),
        News::Runs(_, _, Change::Begin) => panic!("nothing was missed, so nothing is listed again"),
        _ => None,
    })
    .await;
    assert!(alive, "that it is back is told");
    let watches: Vec<String> = double.asked().into_iter().filter(Asked::watches).map(|a| a.query).collect();
    assert!(watches[1].contains("resourceVersion=9"), "{watches:?}");
    assert!(watches.iter().all(|query| query.contains("allowWatchBookmarks=true")));
}

#[tokio::test]
async fn a_server_that_just_came_back_and_does_not_know_its_rules_yet_is_asked_again() {
    let double = Double::start(|asked: &Asked, before| match (asked.path.as_str(), asked.watches(), before) {
        (RUNS, true, 0) => Reply::Pieces(Vec::new(), End::Broken),
        (RUNS, true, 1 | 2) => crate::double::status(403, "Forbidden", "pipelineruns is forbidden"),
        (RUNS, true, 3) => Reply::Pieces(vec![event("ADDED", run("a"))], End::Open),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let mut live = runs(&desk.client(), "moc");
    complete(&mut live).await;
    until(&mut live, "a change after the loss", |news| match news {
        News::Runs(_, None, Change::Upsert(_)) => Some(()),
        News::Runs(_, Some(part), change) => panic!("still the whole cluster, not {part}: {change:?}"),
        News::Runs(_, _, Change::Begin) => panic!("nothing was missed, so nothing is listed again"),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_denied_from_the_start_is_asked_for_once() {
    let double = Double::start(|asked: &Asked, _| match asked.path.as_str() {
        RUNS => crate::double::status(403, "Forbidden", "pipelineruns is forbidden"),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let mut live = runs(&desk.client(), "moc");
    until(&mut live, "the list of the context's namespace", |news| match news {
        News::Runs(_, Some(part), Change::Complete) => (part.as_str() == "okd").then_some(()),
        _ => None,
    })
    .await;
    assert_eq!(double.count(|asked| asked.path == RUNS), 1);
}
