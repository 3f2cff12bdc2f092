//! Answers that are not what the protocol says, or come when they please.

use crate::desk::{Desk, complete, connect, lost, on, runs};
use crate::double::{Double, End, Reply, list, run};
use bytes::Bytes;
use serde_json::json;
use std::time::{Duration, Instant};
use weir_domain::{Answer, ClusterName, Command, FailureKind, PipelineId, Query, Status};

const RUNS: &str = "/apis/tekton.dev/v1/pipelineruns";

#[tokio::test]
async fn a_server_that_has_only_v1beta1_is_read_in_v1beta1() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/apis/tekton.dev" => Reply::Json(200, json!({"kind": "APIGroup", "versions": [{"version": "v1beta1"}]})),
        "/apis/tekton.dev/v1beta1/pipelineruns" if !asked.watches() => {
            let mut old = run("old");
            old["apiVersion"] = "tekton.dev/v1beta1".into();
            old["spec"]["serviceAccountName"] = "pipeline".into();
            old["status"]["taskRuns"] = json!({"old-x": {"pipelineTaskName": "x"}});
            Reply::Json(200, list(json!([old])))
        }
        "/apis/tekton.dev/v1beta1/namespaces/okd/pipelines/build" => Reply::Json(
            200,
            json!({"metadata": {"name": "build", "namespace": "okd"}, "spec": {"params": [{"name": "version"}],
                "tasks": [{"name": "a", "taskRef": {"name": "t"}}]}}),
        ),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let (rows, _) = complete(&mut runs(&client, "moc")).await;
    assert_eq!(rows.iter().map(|r| (&*r.id.name, r.status)).collect::<Vec<_>>(), [("old", Status::Ok)]);
    let Ok(Answer::Pipeline(pipeline)) = client.fetch(Query::Pipeline(PipelineId::new("moc", "okd", "build"))).await
    else {
        panic!("the Pipeline is read too")
    };
    assert_eq!((pipeline.params.len(), pipeline.tasks.len()), (1, 1));
    let delete = Command::Delete { run: rows[0].id.clone(), uid: rows[0].uid.to_string() };
    let failure = client.propose(delete, None).await.expect_err("what is proposed is written in v1");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.why.contains("v1beta1"), "{failure}");
    assert_eq!(double.count(|asked| asked.path.contains("/v1/") && asked.path.contains("tekton")), 0);
}

#[tokio::test]
async fn a_server_without_tekton_is_that_and_no_error() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        "/apis/tekton.dev" => crate::double::status(404, "NotFound", "no such group"),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    assert_eq!(complete(&mut runs(&client, "moc")).await.0, []);
    let endpoint = client.endpoint(&ClusterName::new("moc")).expect("known");
    assert_eq!(endpoint.state, weir_domain::EndpointState::NoTekton);
}

#[tokio::test]
async fn pages_follow_their_token_and_an_expired_one_begins_again() {
    let double = Double::start(|asked, before| {
        if asked.path != RUNS || asked.watches() || asked.query.contains("includeObject") {
            return Reply::Usual;
        }
        let more = json!({"resourceVersion": "7", "continue": "next page", "remainingItemCount": 1});
        match (before, asked.query.contains("continue=next%20page")) {
            (0, false) | (2.., false) => Reply::Json(200, json!({"metadata": more, "items": [run("a"), run("b")]})),
            (1, true) => crate::double::status(410, "Expired", "the continue token is too old"),
            (_, true) => Reply::Json(200, json!({"metadata": {"resourceVersion": "7"}, "items": [run("c")]})),
            _ => panic!("a page nobody announced: {asked:?}"),
        }
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let (rows, progress) = complete(&mut runs(&client, "moc")).await;
    let mut names: Vec<&str> = rows.iter().map(|r| &*r.id.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(progress.last(), Some(&(3, Some(3))));
    assert!(progress.contains(&(2, Some(3))), "how many there are is told with the first page: {progress:?}");
    assert!(double.asked().iter().any(|asked| asked.query.contains("limit=500")));
    let from = |asked: &crate::double::Asked| asked.watches() && asked.query.contains("resourceVersion=7");
    while double.count(from) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_asked_again_when_it_said() {
    let double = Double::start(|asked, before| match asked.path.as_str() {
        RUNS if before == 0 => Reply::Text {
            status: 429,
            kind: "application/json",
            headers: vec![("retry-after", "2".into())],
            body: br#"{"kind":"Status","code":429,"reason":"TooManyRequests","message":"too many requests"}"#.to_vec(),
        },
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let mut live = runs(&client, "moc");
    let failure = lost(&mut live).await;
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert!(failure.hint.contains("2 s"), "{failure}");
    complete(&mut live).await;
    let times: Vec<Instant> = double.asked().iter().filter(|a| a.path == RUNS && !a.watches()).map(|a| a.at).collect();
    assert!(times[1] - times[0] >= Duration::from_millis(1_700), "{:?}", times[1] - times[0]);
    assert!(client.endpoint(&ClusterName::new("moc")).expect("known").live(), "a busy server is not a lost one");
}

/// The list is answered by `bad` first and well afterwards; gives the failure's kind and sentence.
async fn told(bad: fn() -> Reply) -> (FailureKind, String) {
    let double = Double::start(move |asked, before| match asked.path.as_str() {
        RUNS if before == 0 && !asked.watches() => bad(),
        RUNS if !asked.watches() => Reply::Json(200, list(json!([run("a")]))),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let mut live = runs(&client, "moc");
    let failure = lost(&mut live).await;
    assert_eq!(complete(&mut live).await.0.len(), 1, "and the rest goes on");
    (failure.kind, failure.sentence())
}

#[tokio::test]
async fn a_web_page_in_place_of_json_is_called_a_web_page() {
    for status in [200, 503] {
        let page = match status {
            200 => || page(200),
            _ => || page(503),
        };
        let (kind, sentence) = told(page).await;
        assert_eq!(kind, FailureKind::Broken, "{sentence}");
        assert!(sentence.contains("web page instead of JSON"), "{sentence}");
    }
}

fn page(status: u16) -> Reply {
    let body = b"\n<!DOCTYPE html><html><body>Log in</body></html>".to_vec();
    Reply::Text { status, kind: "text/html", headers: Vec::new(), body }
}

#[tokio::test]
async fn json_that_breaks_off_is_told_with_its_place() {
    let half = || {
        let text = list(json!([run("a")])).to_string();
        let body = text.as_bytes()[..text.len() / 2].to_vec();
        Reply::Text { status: 200, kind: "application/json", headers: Vec::new(), body }
    };
    let (kind, sentence) = told(half).await;
    assert_eq!(kind, FailureKind::Broken);
    assert!(sentence.contains("breaks off after") && sentence.contains("bytes"), "{sentence}");
    let (kind, sentence) = told(|| Reply::Pieces(vec![Bytes::from_static(b"{\"items\":[")], End::Broken)).await;
    assert_eq!(kind, FailureKind::Offline);
    assert!(sentence.contains("broke off"), "{sentence}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_taken_in() {
    let announced = || Reply::Announced(200 << 20);
    let endless = || Reply::Pieces(vec![Bytes::from(vec![b' '; 1 << 20]); 200], End::Clean);
    for bad in [announced as fn() -> Reply, endless] {
        let (kind, sentence) = told(bad).await;
        assert_eq!(kind, FailureKind::Broken, "{sentence}");
        assert!(sentence.contains("larger than 96 MB"), "{sentence}");
    }
}

#[tokio::test]
async fn null_is_an_empty_list_and_an_empty_object_is_a_run() {
    let double = Double::start(|asked, _| match asked.path.as_str() {
        RUNS if !asked.watches() => Reply::Json(200, json!({"metadata": null, "items": null})),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    assert_eq!(complete(&mut runs(&desk.client(), "moc")).await.0, []);

    let bare = json!({"metadata": {"name": "bare", "namespace": "okd", "labels": null, "annotations": null,
        "ownerReferences": null, "creationTimestamp": null}, "spec": null, "status": null});
    let future = json!({"metadata": {"name": "n".repeat(253), "namespace": "okd", "creationTimestamp": "2199-01-01T00:00:00Z"},
        "spec": {"params": null}, "status": {"conditions": [{"type": "Succeeded", "status": "Perhaps", "reason": null}]}});
    let items = json!([bare, future]);
    let double = Double::start(move |asked, _| match asked.path.as_str() {
        RUNS if !asked.watches() => Reply::Json(200, list(items.clone())),
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let (rows, _) = complete(&mut runs(&desk.client(), "moc")).await;
    assert_eq!(rows.iter().map(|r| r.status).collect::<Vec<_>>(), [Status::Pending, Status::Unknown]);
    assert_eq!(rows[1].id.name.len(), 253);
}

#[tokio::test]
async fn a_server_that_never_answers_delays_no_other() {
    let mute = Double::start(|_, _| Reply::Silence).await;
    let good = Double::start(|_, _| Reply::Usual).await;
    let desk = Desk::new().with("mute", json!({"server": mute.url()}), json!({"token": "t"})).with(
        "good",
        json!({"server": good.url()}),
        json!({"token": "t"}),
    );
    let client = desk.client();
    let mut waiting = runs(&client, "mute");
    let asked = tokio::spawn({
        let client = client.clone();
        async move { connect(&client, "mute").await }
    });
    while mute.asked().is_empty() {
        tokio::time::timeout(Duration::from_millis(5), futures::StreamExt::next(&mut waiting)).await.ok();
    }
    let begun = Instant::now();
    complete(&mut runs(&client, "good")).await;
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(!asked.is_finished());
    asked.abort();
}
