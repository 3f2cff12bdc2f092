//! Reading what is there: one object, or a list in pages, in each of the shapes.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hyper::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Target;
use super::answer::{self, Body, Include, Query, Shape};
use crate::core::Core;
use crate::kind::Kind;
use crate::object::Object;
use crate::refusal::Refusal;
use crate::selector::Selector;
use crate::table;

/// Objects rendered into one piece of a body.
const PIECE: usize = 64;

pub(super) fn one(core: &Core, target: &Target, shape: Shape) -> Result<Response<Body>, Refusal> {
    let name = target.name.as_deref().unwrap_or_default();
    let found = core.state().store.get(target.kind, target.place(), name);
    let object = found.ok_or_else(|| Refusal::missing(target.kind.facts(), name))?;
    Ok(answer::bytes(200, "application/json", alone(target.kind, &object, shape, core.clock.now(), true)))
}

pub(super) fn answer(core: &Core, target: &Target, query: &Query, shape: Shape) -> Result<Response<Body>, Refusal> {
    let kind = target.kind;
    let selector = Selector::parse(kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    let limit = usize::try_from(query.number("limit")?.unwrap_or(0)).unwrap_or(0);
    let (version, mut objects) = {
        let state = core.state();
        let store = &state.store;
        let version = match query.text("continue") {
            "" => asked_version(query, store.version(), store.floor(kind))?,
            token => Some(resumed(token, store.floor(kind))?.0),
        };
        (version.unwrap_or(store.version()), store.list(kind, target.scope()))
    };
    if let token @ [_, ..] = query.text("continue").as_bytes() {
        let (_, after) = resumed(std::str::from_utf8(token).unwrap_or_default(), 0)?;
        let start = objects.partition_point(|object| key(object) <= after);
        objects.drain(..start);
    }
    objects.retain(|object| selector.matches(object));
    let left = if limit > 0 && objects.len() > limit { objects.len() - limit } else { 0 };
    let mut meta = json!({"resourceVersion": version.to_string()});
    if left > 0 {
        objects.truncate(limit);
        let last = objects.last().map(|object| key(object)).unwrap_or_default();
        let token = json!({"v": "meta.k8s.io/v1", "rv": version, "start": last}).to_string();
        meta["continue"] = URL_SAFE_NO_PAD.encode(token).into();
        if query.text("labelSelector").is_empty() && query.text("fieldSelector").is_empty() {
            meta["remainingItemCount"] = left.into();
        }
    }
    Ok(answer::lazily("application/json", render(kind, objects, meta, shape, core.clock.now())))
}

/// The version a list was asked to be at; this world keeps no older states, so an exact older one is gone.
fn asked_version(query: &Query, current: u64, floor: u64) -> Result<Option<u64>, Refusal> {
    let asked = query.text("resourceVersion");
    if asked.is_empty() {
        if !query.text("resourceVersionMatch").is_empty() {
            let why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided";
            let field = "resourceVersionMatch";
            return Err(Refusal::invalid("ListOptions", "meta.k8s.io", "", field, "FieldValueForbidden", why));
        }
        return Ok(None);
    }
    let asked: u64 = asked.parse().map_err(|_| {
        Refusal::bad_request(format!("invalid resource version: resourceVersion: Invalid value: \"{asked}\": strconv.ParseUint: parsing \"{asked}\": invalid syntax"))
    })?;
    if asked > current {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let causes = json!([{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]);
        let details = Some(json!({"causes": causes, "retryAfterSeconds": 1}));
        return Err(Refusal { details, ..Refusal::new(504, "Timeout", message) });
    }
    if query.text("resourceVersionMatch") == "Exact" && asked < floor {
        return Err(Refusal::expired("The resourceVersion for the provided list is too old."));
    }
    Ok(None)
}

fn resumed(token: &str, floor: u64) -> Result<(u64, String), Refusal> {
    let invalid = || Refusal::bad_request("invalid continue token: continue key is not valid");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let version = value["rv"].as_u64().ok_or_else(invalid)?;
    if version < floor {
        return Err(Refusal::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
        ));
    }
    Ok((version, value["start"].as_str().ok_or_else(invalid)?.to_owned()))
}

/// Sorts as the store does.
fn key(object: &Object) -> String {
    format!("{}\0{}", object.namespace, object.name)
}

fn render(
    kind: Kind,
    objects: Vec<Arc<Object>>,
    meta: Value,
    shape: Shape,
    now: Timestamp,
) -> impl Iterator<Item = Bytes> + Send {
    let facts = kind.facts();
    let (head, tail) = match shape {
        Shape::Whole if kind.is_custom() => {
            let mut meta = meta;
            if meta["continue"].is_null() {
                meta["continue"] = "".into();
            }
            let head = format!("{{\"apiVersion\":\"{}\",\"items\":[", facts.api_version());
            (head, format!("],\"kind\":\"{}List\",\"metadata\":{meta}}}\n", facts.name))
        }
        Shape::Whole => {
            let version = facts.api_version();
            let head = format!(
                "{{\"kind\":\"{}List\",\"apiVersion\":\"{version}\",\"metadata\":{meta},\"items\":[",
                facts.name
            );
            (head, "]}\n".to_owned())
        }
        Shape::Table(_) => {
            let columns = table::definitions(kind);
            let head = format!(
                "{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{meta},\"columnDefinitions\":{columns},\"rows\":["
            );
            (head, "]}\n".to_owned())
        }
        Shape::Partial => {
            let head = format!(
                "{{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{meta},\"items\":["
            );
            (head, "]}\n".to_owned())
        }
    };
    let count = objects.len();
    let middle = (0..count.div_ceil(PIECE)).map(move |piece| {
        let mut text = Vec::new();
        for (at, object) in objects.iter().enumerate().skip(piece * PIECE).take(PIECE) {
            if at > 0 {
                text.push(b',');
            }
            match shape {
                Shape::Whole => text.extend_from_slice(&object.item()),
                Shape::Table(include) => text.extend_from_slice(table_row(kind, object, include, now).as_bytes()),
                Shape::Partial => text.extend_from_slice(partial(object).as_bytes()),
            }
        }
        Bytes::from(text)
    });
    std::iter::once(Bytes::from(head)).chain(middle).chain(std::iter::once(Bytes::from(tail)))
}

/// One object as an answer of its own or in a watch event; a table says its columns when `headed`.
pub(super) fn alone(kind: Kind, object: &Object, shape: Shape, now: Timestamp, headed: bool) -> Bytes {
    match shape {
        Shape::Whole => object.bytes(kind),
        Shape::Partial => partial(object).into(),
        Shape::Table(include) => {
            let columns = if headed { table::definitions(kind) } else { Value::Null };
            let row = table_row(kind, object, include, now);
            format!(
                "{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{{\"resourceVersion\":\"{}\"}},\"columnDefinitions\":{columns},\"rows\":[{row}]}}",
                object.version
            )
            .into()
        }
    }
}

fn table_row(kind: Kind, object: &Object, include: Include, now: Timestamp) -> String {
    let cells = table::row(&object.cells, now);
    match include {
        Include::None => format!("{{\"cells\":{cells},\"object\":null}}"),
        Include::Metadata => format!("{{\"cells\":{cells},\"object\":{}}}", partial(object)),
        Include::Object => {
            format!("{{\"cells\":{cells},\"object\":{}}}", String::from_utf8_lossy(&object.bytes(kind)))
        }
    }
}

fn partial(object: &Object) -> String {
    format!(
        "{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{}}}",
        object.metadata().get()
    )
}
