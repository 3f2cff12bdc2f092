//! A credential that ends, and an API server that is killed and comes back.

use crate::cases;
use crate::place::Role;
use crate::shape::{Shape, task};
use crate::stage::{Live, Stage, lines, log, until};
use crate::suite::Case;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use weir_client::Client;
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{Change, EndpointState, FailureKind, News, Status, Watch};

pub fn cases() -> Vec<Case> {
    let mut all = cases![a_token_that_is_refused_is_expired_and_a_mended_one_brings_all_back];
    all.push(Case {
        name: "an_api_server_that_is_killed_costs_no_line_and_no_change",
        alone: true,
        work: |stage| Box::pin(an_api_server_that_is_killed_costs_no_line_and_no_change(stage)),
    });
    all
}

async fn complete(live: &mut Live) {
    until(live, "a complete list", |news| matches!(news, News::Runs(_, _, Change::Complete)).then_some(())).await;
}

/// The token of a role in a kubeconfig.
fn token(text: &str, context: &str) -> String {
    let config = Client::parse_yaml(text).expect("a kubeconfig is YAML");
    let named = |list: &str, name: &str| {
        config.key(list).into_iter().flat_map(|l| l.items().to_vec()).find(|o| o.text_at(&["name"]) == Some(name))
    };
    let context = named("contexts", context).expect("the context");
    let user = named("users", context.text_at(&["context", "user"]).expect("its user")).expect("the user");
    user.text_at(&["user", "token"]).expect("a bearer token").to_string()
}

async fn a_token_that_is_refused_is_expired_and_a_mended_one_brings_all_back(stage: Arc<Stage>) {
    let text = std::fs::read_to_string(stage.place.kubeconfig()).expect("the kubeconfig");
    let right = token(&text, stage.place.context(Role::Team));
    let file = stage.folder.path().join("kubeconfig");
    std::fs::write(&file, text.replace(&right, "over")).expect("a copy");
    let settings = weir_client::Settings { kubeconfig: Some(vec![file.clone()]), ..stage.settings(Role::Team) };
    let client = Client::new(settings);
    let cluster = stage.cluster(Role::Team);
    let mut live = client.watch(Watch::Runs(cluster.clone()));
    // The credential is asked for anew once, soon; after that weir rests for half a minute.
    let rests = |retry: &Timestamp| *retry > Timestamp::now() + SignedDuration::from_secs(20);
    let (failure, retry) = until(&mut live, "a long rest after the refusal", |news| match news {
        News::Runs(_, _, Change::Lost { failure, retry }) => Some(failure).zip(retry.filter(rests)),
        _ => None,
    })
    .await;
    println!("        {failure}");
    assert_eq!(failure.kind, FailureKind::Expired);
    let state = client.endpoint(&cluster).expect("known").state;
    assert!(matches!(&state, EndpointState::Lost { failure, .. } if failure.kind == FailureKind::Expired), "{state:?}");
    std::fs::write(&file, &text).expect("a log-in in another shell");
    let begun = Instant::now();
    complete(&mut live).await;
    println!("        back {:?} after the log-in", begun.elapsed());
    assert!(Timestamp::now() < retry, "the change is noticed, not stumbled upon by the next try");
    assert!(client.endpoint(&cluster).expect("known").live());
}

async fn an_api_server_that_is_killed_costs_no_line_and_no_change(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let cluster = stage.cluster(Role::Team);
    let mut runs = client.watch(Watch::Runs(cluster.clone()));
    complete(&mut runs).await;
    let shape = Shape::new(&stage, "okd-team", "outage")
        .tasks(json!([task("build", &["long", "short"])]))
        .steer("step-seconds.long", "40")
        .steer("log-lines.long", "600");
    let receipt = stage.start(&client, shape).await;
    let mut followed = client.watch(Watch::Log(LogId { run: receipt.run.clone(), part: LogPart::Whole }));
    let mut pieces: Vec<LogNews> = Vec::new();
    until(&mut followed, "lines while the step runs", |news| {
        let News::Log(_, piece) = news else { return None };
        pieces.push(piece);
        (lines(&pieces).len() > 20).then_some(())
    })
    .await;
    let begun = Instant::now();
    if !stage.place.interrupt().await {
        println!("        left out: WEIR_E2E_RESTART does not say how to restart the API server");
        return;
    }
    println!("        the API server was away for at most {:?}", begun.elapsed());
    let status = until(&mut followed, "the log's end", |news| {
        let News::Log(_, piece) = news else { return None };
        let end = match &piece {
            LogNews::Complete { status } => Some(*status),
            _ => None,
        };
        pieces.push(piece);
        end
    })
    .await;
    assert_eq!(status, Status::Ok);
    let once = lines(&pieces);
    let long = once.iter().filter(|(title, _)| title == "build › long").count();
    assert_eq!(long, 600, "no line is lost and none comes twice");
    assert_eq!(once, lines(&log(&client, &receipt.run, LogPart::Whole).await), "as it reads afterwards");
    assert!(pieces.iter().any(|p| matches!(p, LogNews::Lost(_))), "it was told that the connection was lost");
    assert!(pieces.iter().any(|p| matches!(p, LogNews::Back)), "and that it came back");
    let notes: Vec<&String> = pieces
        .iter()
        .filter_map(|p| match p {
            LogNews::Note { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    println!("        {notes:?}");
    assert!(notes.iter().all(|note| note.contains("nothing missing")), "{notes:?}");

    // The list that was open all the time shows the run's end, and what is made afterwards.
    let (mut lost, mut ended) = (false, false);
    let id = receipt.run.clone();
    until(&mut runs, "the run's end in the list", |news| {
        let News::Runs(_, _, change) = news else { return None };
        match change {
            Change::Lost { failure, .. } => lost |= failure.kind == FailureKind::Offline,
            Change::Upsert(rows) => ended |= rows.iter().any(|(key, run)| *key == id && run.status == Status::Ok),
            _ => {}
        }
        ended.then_some(())
    })
    .await;
    assert!(lost, "the list said that it was lost meanwhile");
    let after = stage.start(&client, Shape::new(&stage, "okd-team", "after")).await;
    until(&mut runs, "a run that is made afterwards", |news| match news {
        News::Runs(_, _, Change::Upsert(rows)) => rows.iter().any(|(id, _)| *id == after.run).then_some(()),
        _ => None,
    })
    .await;
    assert!(client.endpoint(&cluster).expect("known").live());
}
