//! The update graph: accepted releases of the stable streams, by channel.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::Web;
use crate::payload::minor_of;
use crate::registry::{RELEASES, Reply, parameter};
use crate::releases::Phase;

pub(super) fn answer(web: &Web, query: &[(String, String)], headers: &HeaderMap) -> Reply {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let fits = |kind: &str| {
        ["*/*", "application/*", "application/json", "application/vnd.redhat.cincinnati.v1+json"].contains(&kind)
    };
    if !accepts.split(',').any(|kind| fits(kind.split(';').next().unwrap_or_default().trim())) {
        return error(406, "invalid_content_type", "invalid Content-Type requested");
    }
    let Some(channel) = parameter(query, "channel").filter(|channel| !channel.is_empty()) else {
        return error(400, "missing_params", "mandatory client parameters missing: channel");
    };
    let fine = |c: char| c.is_ascii_alphanumeric() || "-.+".contains(c);
    if !channel.chars().all(fine) {
        return error(400, "invalid_params", &format!("invalid channel: {channel}"));
    }
    let architecture = parameter(query, "arch").unwrap_or("amd64");
    let releases = if matches!(architecture, "amd64" | "multi") { in_channel(web, channel) } else { Vec::new() };
    let mut nodes: Vec<Value> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut previous: Vec<(String, Vec<String>)> = Vec::new();
    for (name, channels) in releases {
        let Some(made) =
            web.inner.registry.digest(RELEASES, &name).and_then(|digest| web.inner.registry.payload(&digest))
        else {
            continue;
        };
        at.insert(name.clone(), nodes.len());
        nodes.push(json!({
            "version": name,
            "payload": format!("quay.io/{RELEASES}@{}", made.digest),
            "metadata": {
                "io.openshift.upgrades.graph.release.channels": channels.join(","),
                "io.openshift.upgrades.graph.release.manifestref": made.digest,
                "url": format!("https://github.com/okd-project/okd/releases/tag/{name}"),
            },
        }));
        previous.push((name, made.release.previous.clone()));
    }
    let mut edges: Vec<[usize; 2]> = Vec::new();
    let mut blocked: Vec<Value> = Vec::new();
    for (to, froms) in &previous {
        for from in froms {
            let (Some(&older), Some(&newer)) = (at.get(from), at.get(to)) else { continue };
            // One known risk, as the graph's blocked edges are: from another minor into the first release.
            if to.ends_with("okd-scos.0") && minor_of(from) != minor_of(to) {
                blocked.push(json!({ "from": from, "to": to }));
            } else {
                edges.push([older, newer]);
            }
        }
    }
    edges.sort_unstable();
    let risk = json!({
        "url": "https://github.com/okd-project/okd/issues/2176",
        "name": "SigningKeyVerificationFailure",
        "message": "The release is signed by a key that older clusters do not know yet.",
        "matchingRules": [{ "type": "Always" }],
    });
    let conditional = if blocked.is_empty() { Vec::new() } else { vec![json!({ "edges": blocked, "risks": [risk] })] };
    Reply::json(200, &json!({ "version": 1, "nodes": nodes, "edges": edges, "conditionalEdges": conditional }))
}

/// Accepted releases with all the channels each is in, oldest first; `stable-X.Y` has those of the minor before too.
fn in_channel(web: &Web, channel: &str) -> Vec<(String, Vec<String>)> {
    let now = web.now();
    let story = web.inner.story.read();
    let mut found = Vec::new();
    let mut accepted = Vec::new();
    for stream in story.streams.iter().filter(|stream| stream.is_stable()) {
        for tag in stream.tags_at(now).filter(|tag| tag.phase_at(now) == Phase::Accepted) {
            accepted.push((tag.created, tag.name.clone(), stream.config.name.ends_with("stable")));
        }
    }
    accepted.sort();
    let mut minors: Vec<String> = accepted.iter().map(|(_, name, _)| minor_of(name)).collect();
    minors.sort();
    minors.dedup();
    for (_, name, is_stable) in accepted {
        let own = minors.iter().position(|minor| *minor == minor_of(&name));
        let near = own.map(|own| &minors[own..(own + 2).min(minors.len())]).unwrap_or_default();
        let kinds: &[&str] = if is_stable { &["candidate", "stable"] } else { &["candidate"] };
        let channels: Vec<String> =
            kinds.iter().flat_map(|kind| near.iter().map(move |minor| format!("{kind}-{minor}"))).collect();
        if channels.iter().any(|name| name == channel) {
            found.push((name, channels));
        }
    }
    found
}

fn error(status: u16, kind: &str, value: &str) -> Reply {
    Reply::json(status, &json!({ "kind": kind, "value": value }))
}
