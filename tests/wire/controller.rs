//! A double of the release-controller: what was recorded on the real one, and what a test puts in its place.

use crate::double::{Asked, Double, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A path with its query → what the real server answered.
pub type Recorded = BTreeMap<String, (u16, Vec<u8>)>;

/// All recorded GETs; the first where a question was asked twice.
pub fn recorded() -> Recorded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/release_controller/recorded");
    let files = std::fs::read_dir(folder).expect("the recorded exchanges are there").flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "request")).collect();
    files.sort();
    let mut all = Recorded::new();
    for file in files {
        let text = |end: &str| std::fs::read_to_string(file.with_extension(end)).expect("an exchange has three files");
        let request = text("request");
        let mut words = request.split_whitespace();
        let (Some("GET"), Some(target)) = (words.next(), words.next()) else { continue };
        let head = text("headers");
        let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let body = std::fs::read(file.with_extension("body")).expect("an exchange has three files");
        all.entry(target.to_string()).or_insert((status, body));
    }
    all
}

pub fn target(asked: &Asked) -> String {
    if asked.query.is_empty() { asked.path.clone() } else { format!("{}?{}", asked.path, asked.query) }
}

pub fn text(status: u16, body: &str) -> Reply {
    Reply::Text { status, kind: "text/plain; charset=utf-8", headers: Vec::new(), body: body.as_bytes().to_vec() }
}

pub fn wait(seconds: u64) -> Reply {
    let headers = vec![("retry-after", seconds.to_string())];
    Reply::Text { status: 429, kind: "text/plain", headers, body: b"Too many requests".to_vec() }
}

/// Answers as recorded, except where the script does.
pub async fn replaying(script: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static) -> Double {
    let all = recorded();
    Double::start(move |asked: &Asked, before| {
        if let Some(reply) = script(asked, before) {
            return reply;
        }
        // The short detail of some was not recorded: it is the full one without its changelog.
        let full = asked.path.clone();
        let found = all.get(&target(asked)).or_else(|| all.get(&full).filter(|_| asked.query == "format=short"));
        match found {
            Some((status, body)) => {
                Reply::Text { status: *status, kind: "application/json", headers: Vec::new(), body: body.clone() }
            }
            None => text(404, "404 page not found\n"),
        }
    })
    .await
}

/// A short detail with one blocking job.
pub fn short(name: &str, phase: &str, job: &str) -> Value {
    json!({"name": name, "phase": phase, "results": {"blockingJobs": {"aws": {"state": job, "url": "https://prow/1"}}},
        "changeLogJson": zero()})
}

/// `/releasetag/…/json` of a release that was made from another.
pub fn made_from(spec: &str) -> Value {
    json!({"references": {"metadata": {"creationTimestamp": "2026-11-20T12:00:00Z", "annotations": {"release.openshift.io/from-release": spec}}}})
}

/// A changelog that was not made.
pub fn zero() -> Value {
    let end = json!({"name": "", "created": "0001-01-01T00:00:00Z", "digest": ""});
    json!({"from": end, "to": end})
}

pub fn tag(name: &str, phase: &str) -> Value {
    json!({"name": name, "phase": phase, "pullSpec": format!("quay.io/okd/x:{name}"), "downloadURL": ""})
}
