//! Logs of kubelets that break off, and of steps that write too much.

use crate::desk::{Live, on, until};
use crate::double::{Asked, Double, End, Reply, list, run};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;
use weir_client::Client;
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{News, RunId, Watch};

const LOG: &str = "/api/v1/namespaces/okd/pods/build-x-pod/log";

fn task(running: bool) -> Value {
    let state = match running {
        true => json!({"running": {"startedAt": "2026-11-21T10:00:02Z"}}),
        false => json!({"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": "2026-11-21T10:00:50Z"}}),
    };
    let mut step = json!({"name": "make", "container": "step-make"});
    step.as_object_mut().expect("an object").extend(state.as_object().expect("an object").clone());
    let status = if running { "Unknown" } else { "True" };
    json!({"metadata": {"name": "build-x", "namespace": "okd", "resourceVersion": "1", "labels": {"tekton.dev/pipelineTask": "x"}},
        "status": {"podName": "build-x-pod", "startTime": "2026-11-21T10:00:01Z", "steps": [step],
            "conditions": [{"type": "Succeeded", "status": status, "reason": "Running"}]}})
}

fn whole(client: &Client) -> Live {
    client.watch(Watch::Log(LogId { run: RunId::new("moc", "okd", "build"), part: LogPart::Whole }))
}

async fn lines(live: &mut Live) -> (Vec<String>, Vec<LogNews>) {
    let (mut all, mut other) = (Vec::new(), Vec::new());
    until(live, "a complete log", |news| {
        match news {
            News::Log(_, LogNews::Lines { text, stamps, .. }) => {
                all.extend(text.split('\n').map(str::to_string));
                assert!(stamps.iter().all(|at| *at > 0));
            }
            News::Log(_, LogNews::Complete { .. }) => return Some(()),
            News::Log(_, news) => other.push(news),
            _ => {}
        }
        None
    })
    .await;
    (all, other)
}

#[tokio::test]
async fn a_line_of_five_megabytes_is_cut_and_the_next_ones_are_whole() {
    let double = Double::start(|asked: &Asked, _| match asked.path.as_str() {
        "/apis/tekton.dev/v1/namespaces/okd/pipelineruns" if !asked.watches() => {
            Reply::Json(200, list(json!([run("build")])))
        }
        "/apis/tekton.dev/v1/namespaces/okd/taskruns" if !asked.watches() => {
            Reply::Json(200, list(json!([task(false)])))
        }
        LOG => {
            let stamp = "2026-11-21T10:00:03.5Z";
            let text = format!("{stamp} before\n{stamp} {}\n{stamp} after\n{stamp} last", "x".repeat(5 << 20));
            Reply::Pieces(text.as_bytes().chunks(70_000).map(Bytes::copy_from_slice).collect(), End::Clean)
        }
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let client = desk.client();
    let (all, _) = lines(&mut whole(&client)).await;
    assert_eq!(all.len(), 4);
    assert_eq!((all[0].as_str(), all[2].as_str(), all[3].as_str()), ("before", "after", "last"));
    assert!(all[1].len() < 300_000 && all[1].starts_with("xxx"), "{} bytes", all[1].len());
    assert!(all[1].ends_with("more bytes of this line are not shown"), "{}", &all[1][all[1].len() - 60..]);
    let path = desk.folder.path().join("saved.log");
    let id = LogId { run: RunId::new("moc", "okd", "build"), part: LogPart::Whole };
    // The lists of the same objects are what a save reads, too.
    let failure = client.save_log(id, &path).await.expect_err("this double gives no single run");
    assert_eq!(failure.kind, weir_domain::FailureKind::Missing);
}

#[tokio::test]
async fn a_log_that_breaks_in_a_line_goes_on_with_that_line_even_at_equal_times() {
    let (first, second) = ("2026-11-21T10:00:03.5Z", "2026-11-21T10:00:03.7Z");
    let double = Double::start(move |asked: &Asked, before| match (asked.path.as_str(), asked.watches()) {
        ("/apis/tekton.dev/v1/namespaces/okd/pipelineruns", false) => Reply::Json(200, list(json!([run("build")]))),
        ("/apis/tekton.dev/v1/namespaces/okd/taskruns", false) => Reply::Json(200, list(json!([task(false)]))),
        (LOG, _) if before == 0 => {
            let text = format!("{first} one\n{second} two\n{second} three\n{second} fo");
            Reply::Pieces(vec![Bytes::from(text)], End::Broken)
        }
        (LOG, _) if before == 1 => crate::double::status(403, "Forbidden", "the rules are not known yet"),
        // A kubelet begins at the whole second.
        (LOG, _) => {
            let text = format!("{first} one\n{second} two\n{second} three\n{second} four\n2026-11-21T10:00:04Z five\n");
            Reply::Pieces(vec![Bytes::from(text)], End::Clean)
        }
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let (all, other) = lines(&mut whole(&desk.client())).await;
    assert_eq!(all, ["one", "two", "three", "four", "five"]);
    let told: Vec<&LogNews> = other.iter().filter(|n| matches!(n, LogNews::Lost(_) | LogNews::Back)).collect();
    assert!(matches!(told[..], [LogNews::Lost(_), .., LogNews::Back]), "lost, and back: {told:?}");
    let note = other.iter().find_map(|news| match news {
        LogNews::Note { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert!(note.as_ref().is_some_and(|text| text.contains("nothing missing")), "{note:?}");
    let asked = double.asked().into_iter().filter(|a| a.path == LOG).nth(2).expect("it was asked again");
    assert!(asked.query.contains("sinceTime=2026-11-21T10%3A00%3A03Z"), "{}", asked.query);
}

#[tokio::test]
async fn a_clean_end_while_the_step_runs_is_not_the_end() {
    let again = Arc::new(tokio::sync::Notify::new());
    let double = Double::start(move |asked: &Asked, before| match (asked.path.as_str(), asked.watches()) {
        ("/apis/tekton.dev/v1/namespaces/okd/pipelineruns", false) => Reply::Json(200, list(json!([run("build")]))),
        ("/apis/tekton.dev/v1/namespaces/okd/taskruns", false) => Reply::Json(200, list(json!([task(true)]))),
        ("/apis/tekton.dev/v1/namespaces/okd/taskruns", true) => {
            let mut ended = task(false);
            ended["metadata"]["resourceVersion"] = "2".into();
            let told = Reply::Pieces(vec![crate::double::event("MODIFIED", ended)], End::Open);
            // Not before the log, which has ended cleanly, is followed a second time.
            Reply::When(again.clone(), Box::new(told))
        }
        (LOG, _) => {
            if before == 1 {
                again.notify_one();
            }
            let stamped = ["2026-11-21T10:00:03Z one\n", "2026-11-21T10:00:05Z two\n", "2026-11-21T10:00:05Z three\n"];
            Reply::Pieces(stamped.iter().take(before + 1).map(|line| Bytes::from(*line)).collect(), End::Clean)
        }
        _ => Reply::Usual,
    })
    .await;
    let desk = on(&double.url());
    let (all, other) = lines(&mut whole(&desk.client())).await;
    assert_eq!(all, ["one", "two", "three"]);
    let ends = other.iter().filter(|news| matches!(news, LogNews::Ended { .. })).count();
    assert_eq!(ends, 1);
    let asked: Vec<Asked> = double.asked().into_iter().filter(|a| a.path == LOG).collect();
    let follows: Vec<bool> = asked.iter().map(|a| a.query.contains("follow=true")).collect();
    assert_eq!(follows, [true, true, false], "followed while it runs, read out when it has ended");
}
