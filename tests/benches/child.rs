//! What is measured in a process of its own: it prints its figures as one line of JSON.

use crate::cost;
use crate::log::PATTERNS;
use crate::place::{Api, NAMESPACE};
use crate::reading;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use weir_client::{Client, ClusterSettings};
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{Change, ClusterName, News, RunId, Watch};
use weir_ui::{Keymap, Message, Model, Settings, Theme};

/// The first argument of such a process.
pub const WORD: &str = "child";

/// What a child printed.
pub struct Told(Value);

impl Told {
    /// 0 when it did not say.
    pub fn value(&self, what: &str) -> f64 {
        self.0[what].as_f64().unwrap_or(0.0)
    }
}

pub fn told(task: &[&str]) -> Told {
    let own = std::env::current_exe().expect("a process knows its program");
    let mut command = Command::new(own);
    let output = command.arg(WORD).args(task).stderr(Stdio::inherit()).output().expect("a child starts");
    let text = String::from_utf8_lossy(&output.stdout);
    Told(
        serde_json::from_str(text.trim())
            .unwrap_or_else(|error| panic!("{task:?} printed no figures ({error}): {text}")),
    )
}

pub fn work(task: &[String]) {
    let task: Vec<&str> = task.iter().map(String::as_str).collect();
    // As weir itself has it.
    let builder = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = builder.expect("a runtime");
    let figures = match task[..] {
        ["download", kubeconfig, context, namespace] => runtime.block_on(download(kubeconfig, context, namespace)),
        ["runs", kubeconfig, context, namespace] => runtime.block_on(runs(kubeconfig, context, namespace)),
        ["log-download", kubeconfig, context, pod, container] => {
            runtime.block_on(log_download(kubeconfig, context, pod, container))
        }
        ["log", kubeconfig, context, run, task] => runtime.block_on(log(kubeconfig, context, run, task)),
        ["list", config, release] => runtime.block_on(reading::list(Path::new(config), release)),
        ["diff", config, older, newer] => runtime.block_on(reading::diff(Path::new(config), older, newer)),
        ["weigh", config, image] => runtime.block_on(reading::weigh(Path::new(config), image)),
        ["plan", config, release] => runtime.block_on(reading::plan(Path::new(config), release)),
        ["heavy", address, image] => runtime.block_on(reading::heavy(address, image)),
        _ => panic!("no such task: {task:?}"),
    };
    println!("{figures}");
    std::process::exit(0);
}

pub fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn with_cost(mut figures: Value) -> Value {
    let own = std::process::id();
    figures["cpu"] = cost::cpu(own).into();
    figures["peak"] = cost::peak(own).into();
    figures
}

/// Pages of 500 one after another; only the token of the next is looked for.
async fn download(kubeconfig: &str, context: &str, namespace: &str) -> Value {
    let begun = Instant::now();
    let api = Api::connect(Path::new(kubeconfig), context).await;
    let part = if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
    let path = format!("/apis/tekton.dev/v1{part}/pipelineruns?limit=500");
    let (mut bytes, mut token) = (0, String::new());
    loop {
        let next = if token.is_empty() { String::new() } else { format!("&continue={token}") };
        let body = api.text("GET", &format!("{path}{next}"), &Value::Null).await.expect("a page");
        bytes += body.len();
        // Servers write a list's metadata before its items or behind them.
        let ends = [&body[..body.len().min(1000)], &body[body.len().saturating_sub(1000)..]];
        let key = r#""continue":""#;
        let found = ends.iter().find_map(|end| Some(end[end.find(key)? + key.len()..].split('"').next()?.to_string()));
        token = found.unwrap_or_default().replace('=', "%3D").replace('+', "%2B").replace('/', "%2F");
        if token.is_empty() {
            break;
        }
    }
    with_cost(json!({"millis": millis(begun), "bytes": bytes}))
}

fn client(kubeconfig: &str, context: &str, namespace: &str) -> (Client, ClusterName) {
    let cluster = ClusterSettings {
        name: "bench".into(),
        context: context.into(),
        kubeconfig: None,
        namespaces: if namespace.is_empty() { Vec::new() } else { vec![namespace.into()] },
        read_only: false,
        production: false,
    };
    let settings = weir_client::Settings {
        kubeconfig: Some(vec![kubeconfig.into()]),
        clusters: vec![cluster],
        state: std::env::temp_dir(),
        closed: true,
        ..weir_client::Settings::default()
    };
    (Client::new(settings), ClusterName::new("bench"))
}

/// Keeps the rows as the interface does. All names are there when as many are as the whole list has, but for the few
/// that are made while it loads.
async fn runs(kubeconfig: &str, context: &str, namespace: &str) -> Value {
    let begun = Instant::now();
    let (client, cluster) = client(kubeconfig, context, namespace);
    let mut news = client.watch(Watch::Runs(cluster));
    let mut rows = BTreeMap::new();
    let mut grown: Vec<(usize, f64)> = Vec::new();
    while let Some(news) = news.next().await {
        match news {
            News::Runs(_, _, Change::Upsert(some)) => {
                rows.extend(some);
                grown.push((rows.len(), millis(begun)));
            }
            News::Runs(_, _, Change::Complete) => break,
            News::Runs(_, _, Change::Lost { failure, .. }) => panic!("{failure}"),
            _ => {}
        }
    }
    let whole = millis(begun);
    let enough = rows.len().saturating_sub(rows.len() / 1000);
    let names = grown.iter().find(|(many, _)| *many >= enough).map_or(whole, |(_, at)| *at);
    with_cost(json!({"names": names, "whole": whole, "runs": rows.len()}))
}

async fn log_download(kubeconfig: &str, context: &str, pod: &str, container: &str) -> Value {
    let begun = Instant::now();
    let api = Api::connect(Path::new(kubeconfig), context).await;
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log?container={container}&timestamps=true");
    let bytes = api.text("GET", &path, &Value::Null).await.expect("a log").len();
    with_cost(json!({"millis": millis(begun), "bytes": bytes}))
}

/// Through client, model and log, as the screens take it in; then each pattern over all of it.
async fn log(kubeconfig: &str, context: &str, run: &str, task: &str) -> Value {
    let begun = Instant::now();
    let (client, cluster) = client(kubeconfig, context, "");
    let id = LogId { run: RunId::new(cluster.as_str(), NAMESPACE, run), part: LogPart::Task(Arc::from(task)) };
    let mut model = Model::new(Settings::default(), Theme::probe(), Keymap::default(), (120, 40));
    let mut news = client.watch(Watch::Log(id.clone()));
    while let Some(news) = news.next().await {
        if let News::Log(_, LogNews::Lost(failure)) = &news {
            panic!("{failure}");
        }
        let over = matches!(&news, News::Log(_, LogNews::Ended { .. } | LogNews::Complete { .. }));
        weir_ui::update(&mut model, Message::News(news));
        let lines = model.world().logs.get(&id).map_or(0, |slice| slice.log.lines());
        // Small steps of the same task may end before the large one.
        if over && lines > 900_000 {
            break;
        }
    }
    let mut figures = with_cost(json!({"millis": millis(begun)}));
    let slice = model.world().logs.get(&id).expect("the model holds the log");
    figures["lines"] = slice.log.lines().into();
    figures["bytes"] = slice.log.bytes().into();
    figures["dropped"] = slice.log.dropped().into();
    figures["held"] = (slice.log.held() as f64 / 1e6).into();
    let snapshot = slice.log.snapshot();
    for (index, pattern) in PATTERNS.into_iter().enumerate() {
        let pattern = weir_log::Pattern::new(pattern).expect("a pattern");
        let (begun, mut hits) = (Instant::now(), 0);
        snapshot.search_ids(&pattern, 0, &AtomicBool::new(false), |found| hits += found.len());
        figures[format!("search{index}")] = millis(begun).into();
        figures[format!("hits{index}")] = hits.into();
    }
    figures["peak"] = cost::peak(std::process::id()).into();
    figures
}
