//! Exchanges recorded on a running, unmodified release-controller, replayed against the embedded one.
//!
//! Every request is sent as it was recorded, all over one connection. Status, header names and
//! values, framing and body must be the same byte for byte; the date is only asked to be there,
//! pages that were not kept are compared without their text, what the real server leaves to chance (the order of
//! upgrades, of a graph, of an archive) is compared sorted, and of a changelog's page only its beginning.

mod exchange;
mod images;
mod world;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exchange::{Client, Exchange, Reply};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use weir_sim::releases::{NoImages, Shared, Story, serve, serve_by, typical};

/// What the recorder wrote in place of a web page.
const NOT_KEPT: &[u8] = b"(web page, not kept";

async fn started(story: Story) -> (Client, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(story, Arc::new(images::Recorded), listener));
    (Client::connect(address).await, server)
}

/// What is wrong with `ours`, beside the recorded reply.
fn differences(recorded: &Reply, ours: &Reply) -> Vec<String> {
    let kept = !recorded.body.starts_with(NOT_KEPT);
    let mut wrong = Vec::new();
    if recorded.status != ours.status {
        wrong.push(format!("status {:?}, not {:?}", ours.status, recorded.status));
    }
    let headers = |reply: &Reply| {
        let mut headers = reply.headers.clone();
        // The same pairs in another order are packed into another number of bytes.
        let sized = kept && !headers.contains_key("Content-Encoding");
        headers.retain(|name, _| sized || !matches!(name.as_str(), "Content-Length" | "Transfer-Encoding"));
        headers.entry("Date".into()).and_modify(|date| date.clear());
        headers
    };
    if headers(recorded) != headers(ours) {
        wrong.push(format!("headers {:?}, not {:?}", headers(ours), headers(recorded)));
    }
    if kept && settled(&recorded.body) != settled(&ours.body) {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        wrong.push(format!("body:\n{}\nnot:\n{}", text(&ours.body), text(&recorded.body)));
    }
    wrong
}

/// The body with what comes in random order sorted; one without such parts stays as it is, byte for byte.
fn settled(body: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return unpacked(body).unwrap_or_else(|| body.to_vec());
    };
    let mut random = false;
    for name in ["upgradesTo", "upgradesFrom"] {
        if let Some(Value::Array(list)) = value.get_mut(name) {
            list.sort_by_key(|upgrade| upgrade["From"].to_string() + &upgrade["To"].to_string());
            random = true;
        }
    }
    if let Some(Value::String(page)) = value.get_mut("changeLog") {
        let text = String::from_utf8(STANDARD.decode(&*page).unwrap()).unwrap();
        *page = text.split("<h3>Components</h3>").next().unwrap().to_owned();
        random = true;
    }
    if value["nodes"].is_array() {
        value = graph(&value);
        random = true;
    }
    if random { serde_json::to_vec_pretty(&value).unwrap() } else { body.to_vec() }
}

/// Nodes by version, edges by the versions at their ends.
fn graph(value: &Value) -> Value {
    let sorted = |mut list: Vec<Value>| {
        list.sort_by_key(Value::to_string);
        list
    };
    let nodes = value["nodes"].as_array().unwrap();
    let version = |at: &Value| &nodes[usize::try_from(at.as_u64().unwrap()).unwrap()]["version"];
    let edges = value["edges"].as_array().unwrap().iter();
    let edges = edges.map(|edge| json!([version(&edge[0]), version(&edge[1])])).collect();
    // The recorder's one tag of 4-scos-next is its tag in some answers and its digest in others.
    let compared = nodes.iter().filter(|node| node["version"] != "4.22.0-okd-scos.ec.0");
    json!({"nodes": sorted(compared.cloned().collect()), "edges": sorted(edges)})
}

/// The archive of upgrades, in the order of its pairs.
fn unpacked(body: &[u8]) -> Option<Vec<u8>> {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).ok()?;
    let mut pairs: Vec<Value> = serde_json::from_str(&text).ok()?;
    pairs.sort_by_key(|pair| pair["from"].to_string() + &pair["to"].to_string());
    serde_json::to_vec_pretty(&pairs).ok()
}

#[tokio::test]
async fn every_recorded_exchange_is_answered_as_the_real_server_did() {
    let exchanges = Exchange::recorded();
    assert!(exchanges.len() >= 100, "only {} exchanges were found", exchanges.len());
    let (mut client, server) = started(world::recorded()).await;
    let mut wrong = Vec::new();
    for exchange in &exchanges {
        let ours = client.send(&exchange.request).await;
        wrong.extend(differences(&exchange.reply, &ours).into_iter().map(|what| format!("{}: {what}", exchange.name)));
    }
    server.abort();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn upgrades_come_in_another_order_now_and_then() {
    let exchange = Exchange::recorded().into_iter().find(|exchange| exchange.name.starts_with("106-")).unwrap();
    let (mut client, server) = started(world::recorded()).await;
    let mut first = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let body: Value = serde_json::from_slice(&client.send(&exchange.request).await.body).unwrap();
        first.insert(body["upgradesTo"][0]["From"].to_string());
    }
    server.abort();
    assert_eq!(first.len(), 2, "64 answers began with {first:?} only");
}

#[tokio::test]
async fn a_held_clock_holds_the_world_and_a_step_decides_a_release() {
    let start: jiff::Timestamp = "2026-11-21T08:10:00Z".parse().unwrap();
    let passed = Arc::new(AtomicI64::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let minutes = Arc::clone(&passed);
    let clock = move || start + jiff::SignedDuration::from_mins(minutes.load(Ordering::Relaxed));
    let server = tokio::spawn(serve_by(Arc::new(Shared::new(typical(start))), Arc::new(NoImages), listener, clock));
    let mut client = Client::connect(address).await;
    let request = ["GET /api/v1/releasestreams/ready HTTP/1.1".to_owned(), "Host: demo".to_owned()];
    let mut ready = Vec::new();
    for minute in [0, 3, 4] {
        passed.store(minute, Ordering::Relaxed);
        let body: Value = serde_json::from_slice(&client.send(&request).await.body).unwrap();
        ready.push(body["5.1.0-0.okd-scos-nightly"].is_array());
    }
    server.abort();
    assert_eq!(ready, [true, true, false]);
}

#[test]
fn the_comparison_sees_a_changed_status_header_field_or_order() {
    let of = |name: &str| {
        let all = Exchange::recorded();
        all.into_iter().find(|exchange| exchange.name.starts_with(name)).unwrap().reply
    };
    let (list, error, upgrades) = (of("001-"), of("039-"), of("106-"));
    assert!(differences(&list, &list).is_empty() && differences(&upgrades, &upgrades).is_empty());
    let mut cached = list.clone();
    cached.headers.insert("Etag".into(), "x".into());
    assert_eq!(differences(&list, &cached).len(), 1);
    let changed = |reply: &Reply, from: &str, to: &str| {
        let body = String::from_utf8(reply.body.clone()).unwrap();
        assert!(body.contains(from));
        Reply { body: body.replacen(from, to, 1).into_bytes(), ..reply.clone() }
    };
    assert_eq!(differences(&list, &changed(&list, "null", "[]")).len(), 1);
    assert_eq!(differences(&list, &changed(&list, "scos.10\"", "scos.11\"")).len(), 1);
    assert_eq!(differences(&error, &changed(&error, "Unable", "unable")).len(), 1);
    assert_eq!(differences(&upgrades, &changed(&upgrades, "\"Success\": 1", "\"success\": 1")).len(), 1);
    let status = Reply { status: "HTTP/1.1 400 Bad Request".into(), ..error.clone() };
    assert_eq!(differences(&error, &status).len(), 1);
}
