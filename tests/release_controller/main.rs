//! Exchanges recorded on a running, unmodified release-controller, replayed against the embedded one.
//!
//! Every request is sent as it was recorded, all over one connection. Status, header names and
//! values, framing and body must be the same byte for byte; the date is only asked to be there,
//! pages that were not kept are compared without their text, and the two lists whose order the real
//! server leaves to chance are compared sorted.

mod exchange;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use exchange::{Client, Exchange, Reply};
use serde_json::Value;
use tokio::net::TcpListener;
use weir_sim::releases::{Story, serve, serve_by, typical};

/// What the recorder wrote in place of a web page.
const NOT_KEPT: &[u8] = b"(web page, not kept";

async fn started(story: Story) -> (Client, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(story, listener));
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
        headers.retain(|name, _| kept || !matches!(name.as_str(), "Content-Length" | "Transfer-Encoding"));
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

/// The body with the lists of random order sorted; a body without them stays as it is, byte for byte.
fn settled(body: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    let mut random = false;
    for name in ["upgradesTo", "upgradesFrom"] {
        if let Some(Value::Array(list)) = value.get_mut(name) {
            list.sort_by_key(|upgrade| upgrade["From"].to_string() + &upgrade["To"].to_string());
            random = true;
        }
    }
    if random { serde_json::to_vec_pretty(&value).unwrap() } else { body.to_vec() }
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
    let server = tokio::spawn(serve_by(typical(start), listener, clock));
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
