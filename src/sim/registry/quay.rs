//! quay's own API over the same repositories: the tags of one with their history.

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Registry;
use super::held::Held;
use super::reply::{Reply, parameter};
use super::route::Asked;

/// Most entries on a page.
const MOST: usize = 100;
const PAGE: usize = 50;

/// `path` follows `/api/v1/repository/`.
pub(super) fn answer(registry: &Registry, asked: &Asked, path: &str) -> Reply {
    if asked.method != Method::GET {
        return error(401, "Requires authentication", "invalid_token");
    }
    let path = path.trim_end_matches('/');
    let (repository, is_tags) = path.strip_suffix("/tag").map_or((path, false), |repository| (repository, true));
    // Only what quay has: the names of the other registry are not on it.
    if !repository.starts_with("okd/") || !registry.holdings().knows(repository) {
        return error(404, "Not Found", "not_found");
    }
    if !is_tags {
        let (namespace, name) = repository.split_once('/').unwrap_or_default();
        return Reply::json(
            200,
            &json!({ "namespace": namespace, "name": name, "kind": "image", "is_public": true, "can_write": false, "can_admin": false, "state": "NORMAL" }),
        );
    }
    let flag = |name: &str| matches!(parameter(&asked.query, name), Some("true" | "True" | "1"));
    let number = |name: &str, otherwise: usize| {
        parameter(&asked.query, name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (page, limit) = (number("page", 1).max(1), number("limit", PAGE).clamp(1, MOST));
    let wanted = |tag: &str| {
        let specific = parameter(&asked.query, "specificTag").is_none_or(|name| name == tag);
        let like = match parameter(&asked.query, "filter_tag_name").and_then(|filter| filter.split_once(':')) {
            Some(("like", part)) => tag.contains(part),
            Some(("eq", name)) => tag == name,
            _ => true,
        };
        specific && like
    };
    // A tag that nobody read yet is made for the page it is on, not before.
    let (told, mut holdings) = (registry.told(repository), registry.holdings());
    if !flag("onlyActiveTags") {
        for name in holdings.mirrored_twice(repository).filter(|name| wanted(name)) {
            holdings.resolve(repository, &name);
        }
    }
    let mut entries: Vec<(String, Option<Held>, Timestamp)> = Vec::new();
    let touched = holdings.touched(repository);
    for name in touched.iter().filter(|name| wanted(name)) {
        let history = holdings.history(repository, name);
        entries.extend(history.into_iter().map(|held| (name.clone(), Some(held.clone()), held.since)));
    }
    for (name, created) in told.into_iter().filter(|(name, _)| wanted(name) && !touched.contains(name)) {
        entries.push((name, None, created));
    }
    if flag("onlyActiveTags") {
        entries.retain(|(_, held, _)| held.as_ref().is_none_or(|held| held.until.is_none()));
    }
    entries.sort_by(|(name, _, one), (other, _, two)| two.cmp(one).then_with(|| name.cmp(other)));
    let has_more = entries.len() > page * limit;
    let mut shown: Vec<Value> = Vec::new();
    for (name, held, created) in entries.into_iter().skip((page - 1) * limit).take(limit) {
        let held = held.unwrap_or_else(|| {
            let digest = holdings.resolve(repository, &name).unwrap_or_default();
            Held { digest, since: created, until: None }
        });
        let manifest = holdings.manifest_anywhere(&held.digest);
        shown.push(tag(&name, &held, manifest));
    }
    Reply::json(200, &json!({ "tags": shown, "page": page, "has_additional": has_more }))
}

fn tag(name: &str, held: &Held, manifest: Option<(String, Bytes)>) -> Value {
    let date = |moment: jiff::Timestamp| moment.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string();
    let is_list = manifest.as_ref().is_some_and(|(kind, _)| kind.contains("list") || kind.contains("index"));
    let mut entry = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("reversion".to_owned(), json!(false)),
        ("start_ts".to_owned(), json!(held.since.as_second())),
        ("manifest_digest".to_owned(), json!(held.digest)),
        ("is_manifest_list".to_owned(), json!(is_list)),
        ("size".to_owned(), if is_list { Value::Null } else { json!(manifest.map_or(0, |(_, bytes)| bytes.len())) }),
        ("last_modified".to_owned(), json!(date(held.since))),
    ]);
    if let Some(until) = held.until {
        entry.insert("end_ts".to_owned(), json!(until.as_second()));
        entry.insert("expiration".to_owned(), json!(date(until)));
    }
    Value::Object(entry)
}

fn error(status: u16, message: &str, kind: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "detail": message, "error_message": message, "error_type": kind, "title": kind, "status": status }),
    )
}
