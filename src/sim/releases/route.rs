//! From a request's target to its answer.
//!
//! Paths are exact and matched after decoding, so an encoded slash makes another path. A path that
//! is not clean is redirected to the clean one. The method is never looked at.

use jiff::Timestamp;

use super::answer::Answer;
use super::images::Images;
use super::story::{Phase, Story};
use super::{changelog, config, detail, graph, info, lists, pages};

/// The decoded parameters of a request, in their order.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(raw: &str) -> Query {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
        let decoded = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        });
        Query(decoded.collect())
    }

    /// The first value, or the empty text.
    pub fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

pub fn answer(story: &Story, images: &dyn Images, path: &str, raw_query: &str, now: Timestamp) -> Answer {
    let clean = cleaned(path);
    if clean != path {
        let tail = if raw_query.is_empty() { String::new() } else { format!("?{raw_query}") };
        return Answer::redirect(307, "Temporary Redirect", clean + &tail);
    }
    let Some(decoded) = decode(path) else {
        return Answer::error(400, "400 Bad Request");
    };
    let query = &Query::parse(raw_query);
    let parts: Vec<&str> = decoded.split('/').skip(1).collect();
    match parts[..] {
        ["api", "v1", "releasestreams", which] => match which {
            "all" => lists::all_streams(story, None, now),
            "accepted" => lists::all_streams(story, Some(Phase::Accepted), now),
            "rejected" => lists::all_streams(story, Some(Phase::Rejected), now),
            "ready" => lists::all_streams(story, Some(Phase::Ready), now),
            "approvals" => lists::approvals(story, query, now),
            _ => Answer::not_found(),
        },
        ["api", "v1", "releasestream", stream, "tags"] if !stream.is_empty() => lists::tags(story, stream, query, now),
        ["api", "v1", "releasestream", stream, "latest"] if !stream.is_empty() => {
            lists::latest(story, stream, query, now)
        }
        ["api", "v1", "releasestream", stream, "config"] if !stream.is_empty() => config::answer(story, stream, query),
        ["api", "v1", "releasestream", stream, "release", tag] if !stream.is_empty() && !tag.is_empty() => {
            detail::answer(story, images, stream, tag, query, now)
        }
        // The real one proposes wrong names and crashes: nobody may build on it.
        ["api", "v1", "releasestream", stream, "candidate"] => match story.stream(stream) {
            Some(_) => Answer::json(&serde_json::json!({"candidate": null})),
            None => Answer::error(404, lists::NO_STREAM),
        },
        ["api", "v1", "releasetag", tag, "qualifiers"] if !tag.is_empty() => match story.tag(tag, now) {
            Some((_, tag)) if tag.payload_at(now).is_some() => Answer::json(&serde_json::Map::new()),
            _ => Answer::error(404, format_args!("No release payload found for tag {tag:?}")),
        },
        ["graph"] => graph::answer(story, images, query, now),
        ["archive", "graph"] => graph::archive(story, now),
        ["changelog"] => changelog::answer(story, images, query, now),
        ["releasetag", tag, "json"] if !tag.is_empty() => info::answer(story, images, tag, now),
        ["readyz"] => Answer::empty(),
        [""] => pages::index(story),
        ["releasestream", stream] if !stream.is_empty() => pages::stream(story, stream, now),
        ["releasestream", stream, "latest"] => pages::latest(story, stream, query, now),
        ["releasestream", stream, "latest", "download"] => pages::latest_download(story, stream, query, now),
        ["releasestream", stream, "release", tag] if !tag.is_empty() => pages::release(story, stream, tag, query, now),
        ["releasestream", stream, "release", tag, "download"] => {
            pages::release_download(story, stream, tag, query, now)
        }
        ["releasetag", tag] if !tag.is_empty() => pages::tag(story, tag, query, now),
        _ => Answer::not_found(),
    }
}

/// Without empty, `.` and `..` segments; a slash at the end stays.
fn cleaned(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let slash = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

/// `None` for a broken escape or bytes that are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digits = text.get(at + 1..at + 3)?;
            plain.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(plain).ok()
}
