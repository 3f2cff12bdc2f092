//! Upgrade edges: as Cincinnati's graph, and as the archive the server keeps of them.
//!
//! Nodes and edges come in another order on every request, as from the real server.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, JSON, json_text};
use super::chance::shuffle;
use super::images::Images;
use super::route::Query;
use super::story::{JobState, Story, Stream, Tag, Upgrade};

const KIND: &str = "application/vnd.redhat.cincinnati.graph+json; version=1.0";
const BAD_CHANNEL: &str =
    "Unsupported ?channel, must be '', 'prerelease', 'prerelease-*', 'nightly', 'nightly-*', 'stable', or 'stable-*";

/// Which edges a channel shows.
struct Wanted {
    /// What the target's name begins with.
    prefix: String,
    /// Whether an attempt is enough.
    tried: bool,
}

impl Wanted {
    fn of(channel: &str) -> Option<Wanted> {
        let stable = |rest: &str| {
            let version = rest.strip_prefix("-scos").unwrap_or(rest);
            match version.strip_prefix('-') {
                Some(version) => Some(Wanted { prefix: format!("{version}."), tried: false }),
                None if version.is_empty() => Some(Wanted { prefix: String::new(), tried: false }),
                None => None,
            }
        };
        if channel.is_empty() {
            return Some(Wanted { prefix: String::new(), tried: false });
        }
        if let Some(rest) = channel.strip_prefix("stable").or_else(|| channel.strip_prefix("next")) {
            return stable(rest);
        }
        let tried = |prefix: String| Some(Wanted { prefix, tried: true });
        if let Some(rest) = channel.strip_prefix("prerelease") {
            return match rest.strip_prefix('-') {
                Some(version) => tried(format!("{version}.")),
                None if rest.is_empty() => tried(String::new()),
                None => None,
            };
        }
        match channel.strip_prefix("nightly")?.strip_prefix('-') {
            // Such a name is OCP's: no tag of OKD begins like that.
            Some(version) => tried(format!("{version}.0-0.nightly-")),
            None if channel == "nightly" => tried(String::new()),
            None => None,
        }
    }

    fn shows(&self, upgrade: &Upgrade) -> bool {
        let good = upgrade.attempts.iter().any(|(_, state)| *state == JobState::Succeeded);
        upgrade.to.starts_with(&self.prefix) && (good || self.tried && !upgrade.attempts.is_empty())
    }
}

/// `/graph`.
pub fn answer(story: &Story, images: &dyn Images, query: &Query, now: Timestamp) -> Answer {
    let Some(wanted) = Wanted::of(query.first("channel")) else {
        return Answer::error(400, BAD_CHANNEL);
    };
    if !matches!(query.first("format"), "" | "cincinnati") {
        return Answer::error(400, "Unsupported ?format, must be 'cincinnati' (default)");
    }
    let mut tags: Vec<(&Stream, &Tag)> =
        story.streams.iter().flat_map(|stream| stream.tags_at(now).map(move |tag| (stream, tag))).collect();
    shuffle(&mut tags);
    let places: HashMap<&str, usize> = tags.iter().enumerate().map(|(at, (_, tag))| (tag.name.as_str(), at)).collect();
    let nodes: Vec<Value> = tags
        .iter()
        .map(|(stream, tag)| json!({"version": tag.name, "payload": payload(stream, tag, images, now)}))
        .collect();
    let edge = |upgrade: &Upgrade| {
        let ends = (places.get(upgrade.from.as_str())?, places.get(upgrade.to.as_str())?);
        Some([*ends.0, *ends.1])
    };
    let mut edges: Vec<[usize; 2]> =
        story.upgrades(now).iter().filter(|upgrade| wanted.shows(upgrade)).filter_map(edge).collect();
    shuffle(&mut edges);
    let mut body = json_text(&json!({"nodes": nodes, "edges": edges}), b"  ");
    body.pop();
    Answer::new(200, KIND, body)
}

fn payload(stream: &Stream, tag: &Tag, images: &dyn Images, now: Timestamp) -> String {
    let pull_spec = stream.pull_spec(tag, now);
    if pull_spec.is_empty() || tag.image.is_some() {
        return pull_spec;
    }
    match images.known_digest(&pull_spec) {
        Some(digest) => format!("{}@{digest}", stream.repository),
        None => pull_spec,
    }
}

/// `/archive/graph`: every pair that was ever tried, compressed whatever the request accepts.
pub fn archive(story: &Story, now: Timestamp) -> Answer {
    let mut pairs: Vec<Value> = story
        .upgrades(now)
        .into_iter()
        .map(|Upgrade { from, to, attempts }| {
            let results: Vec<Value> =
                attempts.into_iter().map(|(url, state)| json!({"state": state, "url": url})).collect();
            json!({"from": from, "to": to, "results": results})
        })
        .collect();
    shuffle(&mut pairs);
    let text = serde_json::to_vec(&pairs).unwrap_or_default();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let body = packed.write_all(&text).and_then(|()| packed.finish()).unwrap_or_default();
    let mut answer = Answer::new(200, JSON, body);
    answer.headers.push((http::header::CONTENT_ENCODING, "gzip".into()));
    answer
}
