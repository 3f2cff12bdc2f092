//! Logs: followed live, read whole afterwards, waited for, and gone.

use crate::cases;
use crate::place::Role;
use crate::shape::{Shape, task};
use crate::stage::{Stage, done, finished, lines, log, running, until};
use crate::suite::Case;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use weir_domain::cancel::Grace;
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{Command, News, Status, Watch};

pub fn cases() -> Vec<Case> {
    cases![
        a_followed_log_brings_every_line_once_and_while_it_is_written,
        a_finished_log_is_whole_and_in_order_with_retries_and_finally,
        one_step_of_a_log_is_that_step_alone,
        a_saved_log_is_the_one_that_was_shown,
        a_container_that_waits_says_why_until_it_runs,
        a_log_whose_pod_is_gone_says_so,
    ]
}

const NS: &str = "okd-team";

async fn a_followed_log_brings_every_line_once_and_while_it_is_written(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let shape = Shape::new(&stage, NS, "follow")
        .tasks(json!([task("build", &["one", "two"])]))
        .steer("step-seconds", "8")
        .steer("log-lines", "150");
    let receipt = stage.start(&client, shape).await;
    let mut live = client.watch(Watch::Log(LogId { run: receipt.run.clone(), part: LogPart::Whole }));
    let (mut all, mut first, mut early) = (Vec::new(), None, 0);
    let begun = Instant::now();
    until(&mut live, "a complete log", |news| {
        let News::Log(_, news) = news else { return None };
        if let LogNews::Lines { stamps, .. } = &news {
            first.get_or_insert_with(|| begun.elapsed());
            early += stamps.len();
        }
        let end = match &news {
            LogNews::Complete { status } => Some(*status),
            _ => None,
        };
        all.push(news);
        end
    })
    .await;
    let took = begun.elapsed() - first.expect("lines came");
    println!("        {early} lines over {took:?}");
    assert!(took.as_secs() >= 3, "they came while they were written, not at once: {took:?}");
    let followed = lines(&all);
    assert_eq!(followed.len(), 300);
    assert_eq!(followed, lines(&log(&client, &receipt.run, LogPart::Whole).await), "as it reads afterwards");
    let ended: Vec<(String, Status)> = all
        .iter()
        .filter_map(|news| match news {
            LogNews::Ended { source, status, .. } => Some((source.title(), *status)),
            _ => None,
        })
        .collect();
    assert_eq!(ended.len(), 2);
    assert!(ended.contains(&("build › two".to_string(), Status::Ok)), "{ended:?}");
}

async fn a_finished_log_is_whole_and_in_order_with_retries_and_finally(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let mut upload = task("upload", &["prepare", "push"]);
    upload["retries"] = 1.into();
    upload["runAfter"] = json!(["build"]);
    let shape = Shape::new(&stage, NS, "whole")
        .tasks(json!([upload, task("build", &["compile"])]))
        .finally(json!([task("notify", &["tell"])]))
        .steer("fail-step", "push")
        .steer("log-lines", "7");
    let receipt = stage.start(&client, shape).await;
    finished(&client, &receipt.run).await;
    let news = log(&client, &receipt.run, LogPart::Whole).await;
    let arrival: Vec<u32> = news
        .iter()
        .filter_map(|n| match n {
            LogNews::Lines { source, .. } => Some(source.order),
            _ => None,
        })
        .collect();
    assert!(arrival.is_sorted(), "what has ended arrives in its order: {arrival:?}");
    let mut titles: Vec<(String, usize)> = Vec::new();
    for (title, _) in lines(&news) {
        match titles.last_mut() {
            Some((last, count)) if *last == title => *count += 1,
            _ => titles.push((title, 1)),
        }
    }
    let names: Vec<&str> = titles.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(
        names,
        [
            "build › compile",
            "upload › prepare",
            "upload › push",
            "upload › prepare (try 2)",
            "upload › push (try 2)",
            "notify › tell"
        ]
    );
    assert!(titles.iter().all(|(_, count)| *count >= 7), "{titles:?}");
    assert!(matches!(news.last(), Some(LogNews::Complete { status: Status::Failed })));
    let bad = news.iter().any(|n| {
        matches!(n, LogNews::Ended { source, status: Status::Failed, words, .. } if source.title() == "upload › push (try 2)" && words == "exited 1")
    });
    assert!(bad, "how the failing step ended is told: {news:?}");
}

async fn one_step_of_a_log_is_that_step_alone(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let shape = Shape::new(&stage, NS, "step").tasks(json!([task("build", &["one", "two"])])).steer("log-lines", "5");
    let receipt = stage.start(&client, shape).await;
    finished(&client, &receipt.run).await;
    let step = lines(&log(&client, &receipt.run, LogPart::Step("build".into(), "two".into())).await);
    assert_eq!(step.len(), 5);
    assert!(step.iter().all(|(title, _)| title == "build › two"));
    assert_eq!(lines(&log(&client, &receipt.run, LogPart::Task("build".into())).await).len(), 10);
}

async fn a_saved_log_is_the_one_that_was_shown(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let receipt = stage.start(&client, Shape::new(&stage, NS, "save").steer("log-lines", "30")).await;
    finished(&client, &receipt.run).await;
    let path = stage.folder.path().join("saved.log");
    let id = LogId { run: receipt.run.clone(), part: LogPart::Whole };
    assert_eq!(client.save_log(id.clone(), &path).await.expect("it is saved"), 30);
    let saved = std::fs::read_to_string(&path).expect("the file is there");
    let shown: Vec<String> =
        lines(&log(&client, &receipt.run, LogPart::Whole).await).into_iter().map(|(_, line)| line).collect();
    let kept: Vec<&str> = saved.lines().filter(|line| !line.starts_with("── ")).collect();
    assert_eq!(kept, shown);
    assert!(client.save_log(id, &path).await.is_err(), "an existing file is not written over");
}

async fn a_container_that_waits_says_why_until_it_runs(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let nowhere = json!({"podTemplate": {"nodeSelector": {"example.com/kind": "none-such"}}});
    let receipt = stage.start(&client, Shape::new(&stage, NS, "waits").spec("taskRunTemplate", nowhere)).await;
    let mut live = client.watch(Watch::Log(LogId { run: receipt.run.clone(), part: LogPart::Whole }));
    let words = until(&mut live, "a log that waits", |news| match news {
        News::Log(_, LogNews::Waiting { source, words }) => Some(format!("{}: {words}", source.title())),
        _ => None,
    })
    .await;
    println!("        waits: {words}");
    assert!(words.starts_with("only › work: "), "{words}");
}

async fn a_log_whose_pod_is_gone_says_so(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let receipt = stage.start(&client, Shape::new(&stage, NS, "gone").steer("step-seconds", "600")).await;
    running(&client, &receipt.run, "only").await;
    let how = Grace::Cancelled;
    let cancel = Command::Cancel { run: receipt.run.clone(), uid: receipt.uid.clone(), how };
    done(&client, cancel).await.expect("it can be cancelled");
    let end = finished(&client, &receipt.run).await;
    assert_eq!(end.run.status, Status::Cancelled);
    let news = crate::stage::eventually("the pod's end", || async {
        let news = log(&client, &receipt.run, LogPart::Whole).await;
        news.iter().any(|n| matches!(n, LogNews::Gone { .. })).then_some(news)
    })
    .await;
    let words = news.iter().find_map(|n| match n {
        LogNews::Gone { source, words } => Some(format!("{}: {words}", source.title())),
        _ => None,
    });
    assert_eq!(words.as_deref(), Some("only › work: its pod is gone, and its log with it"));
    assert!(lines(&news).is_empty());
}
