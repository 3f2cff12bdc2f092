//! What a process of its own does with releases: it reads, compares, weighs and plans, each time with a client that has
//! asked nothing before.

use crate::child::millis;
use crate::cost;
use crate::demo::{CHANNEL, STREAM, client};
use crate::desk::Desk;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;
use weir_client::{Client, RegistrySettings, Settings};
use weir_domain::{Answer, ImageRef, PlanRequest, Query, ReleaseId, Verdict};

const SMALL: (u16, u16) = (80, 24);

/// On the stream's page, its releases there.
async fn stream(config: &Path, release: &str) -> Desk {
    let mut desk = Desk::new(client(config), SMALL);
    desk.press("L");
    desk.see(STREAM).await;
    desk.filter(STREAM);
    desk.press("Enter");
    desk.until(release, |desk| desk.frame().text().contains(tail(release))).await;
    desk
}

/// Pages leave out of a release's name what its stream says already.
fn tail(release: &str) -> &str {
    release.strip_prefix(STREAM).map_or(release, |tail| tail.trim_start_matches('-'))
}

/// From the key that asks for a payload to the frame that shows it.
pub async fn list(config: &Path, release: &str) -> Value {
    let mut desk = stream(config, release).await;
    desk.filter(tail(release));
    desk.press("Enter");
    desk.see("payload").await;
    desk.ask(client(config));
    assert_eq!(desk.payloads(), 0, "nothing was read before");
    let begun = Instant::now();
    desk.press("Tab");
    desk.until("the payload", |desk| desk.payloads() == 1).await;
    let frame = desk.frame();
    let took = millis(begun);
    assert!(frame.shows("components"), "{}", frame.text());
    let found = frame.text();
    let many = found.split(" components").next().and_then(|before| before.rsplit([' ', '\n']).next());
    json!({"millis": took, "components": many.and_then(|many| many.parse::<f64>().ok())})
}

/// From the key that compares two payloads, neither of them read, to the frame that shows how they differ.
pub async fn diff(config: &Path, older: &str, newer: &str) -> Value {
    let mut desk = stream(config, newer).await;
    desk.filter(tail(older));
    desk.press("Space Esc");
    desk.filter(tail(newer));
    desk.ask(client(config));
    assert_eq!(desk.payloads(), 0, "nothing was read before");
    let begun = Instant::now();
    desk.press("D");
    desk.until("both payloads", |desk| desk.payloads() == 2).await;
    let frame = desk.frame();
    let took = millis(begun);
    assert!(frame.shows("changed"), "{}", frame.text());
    json!({"millis": took})
}

/// Whether each component can be pulled by anybody: at first, and again with what is known by then.
pub async fn weigh(config: &Path, image: &str) -> Value {
    let (client, image): (Client, ImageRef) = (client(config), image.parse().expect("an image"));
    client.fetch(Query::Payload(image.clone())).await.unwrap_or_else(|failure| panic!("{failure}"));
    let begun = Instant::now();
    let first = client.fetch(Query::Weights(image.clone())).await;
    let took = millis(begun);
    let begun = Instant::now();
    client.fetch(Query::Weights(image)).await.unwrap_or_else(|failure| panic!("{failure}"));
    let again = millis(begun);
    let Ok(Answer::Weights(weights)) = first else { panic!("{first:?}") };
    let refused = weights.iter().filter(|weight| weight.refused.is_some()).count();
    json!({"millis": took, "again": again, "components": weights.len(), "refused": refused})
}

/// The plan of the channel's own way: at first, and again with the same client.
pub async fn plan(config: &Path, release: &str) -> Value {
    let client = client(config);
    let release = ReleaseId::new(STREAM, release);
    let request = PlanRequest::new(release, CHANNEL);
    let mut took = Vec::new();
    let mut last = None;
    for _ in 0..2 {
        let begun = Instant::now();
        let answer = client.fetch(Query::Plan(request.clone())).await;
        took.push(millis(begun));
        let Ok(Answer::Plan(plan)) = answer else { panic!("{answer:?}") };
        last = Some(plan);
    }
    let gates = last.expect("it was planned twice").gates;
    let with = |verdict| gates.iter().filter(|gate| gate.verdict == verdict).count();
    json!({"millis": took[0], "again": took[1], "gates": gates.len(), "passed": with(Verdict::Pass),
        "warned": with(Verdict::Warn), "blocked": with(Verdict::Block), "unknown": with(Verdict::Unknown)})
}

/// What reading a payload takes of memory beyond what the model and a client take that have nothing to do.
pub async fn heavy(address: &str, image: &str) -> Value {
    let host = image.split('/').next().unwrap_or_default().to_string();
    let registries = vec![RegistrySettings { host, address: Some(address.into()), cluster: None }];
    let client = Client::new(Settings { registries, closed: true, ..Settings::default() });
    let desk = Desk::new(client.clone(), SMALL);
    assert!(!desk.frame().text().is_empty());
    let own = std::process::id();
    cost::forget_peak();
    let idle = cost::resident(own);
    let begun = Instant::now();
    let payload = client.fetch(Query::Payload(image.parse().expect("an image"))).await;
    let took = millis(begun);
    let Ok(Answer::Payload(payload)) = payload else { panic!("{payload:?}") };
    json!({"millis": took, "idle": idle, "above": cost::peak(own) - idle, "components": payload.components.len()})
}
