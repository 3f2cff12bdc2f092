//! ImageStreamTags: one tag of an ImageStream, read, made or taken away without touching the others.
//!
//! Invariant: a tag is made or removed in the story first; the ImageStream is written from it before the answer.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use super::Target;
use super::answer::{self, Body, Query};
use crate::core::{Core, State};
use crate::kind::Kind;
use crate::refusal::Refusal;
use crate::releases::image_stream_tag;

const LIMIT: usize = 3 << 20;

pub(super) async fn answer(
    core: &Core,
    target: &Target,
    verb: &str,
    query: &Query,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let dry = query.text("dryRun") == "All";
    if let Some(name) = target.name.as_deref() {
        show(core, Some(parts(name)?.0)).await;
    }
    match verb {
        "get" => {
            let name = target.name.as_deref().unwrap_or_default();
            found(&core.state(), target, name).map(|tag| answer::json(200, &tag))
        }
        "create" => {
            let body = Limited::new(request.into_body(), LIMIT).collect().await;
            let body = body.map_err(|_| Refusal::new(413, "RequestEntityTooLarge", "limit is 3145728"))?.to_bytes();
            create(core, target, &body, dry)
        }
        _ => delete(core, target, dry),
    }
}

/// Sees to it that an ImageStream, or all of them, is written; the images are made before anything is locked.
pub(super) async fn show(core: &Core, name: Option<&str>) {
    let (outside, images) = {
        let state = core.state();
        if state.shows_streams(name) {
            return;
        }
        let images = state.releases.read().channel_images(name);
        (state.outside.clone(), images)
    };
    let made = tokio::task::spawn_blocking(move || images.iter().filter_map(|image| outside.digest(image)).count());
    // An image that could not be made is said not to be imported.
    made.await.ok();
    core.state().want_streams(name, core.clock.now());
}

/// `STREAM:TAG`, both named.
fn parts(name: &str) -> Result<(&str, &str), Refusal> {
    name.split_once(':')
        .filter(|(stream, tag)| !stream.is_empty() && !tag.is_empty())
        .ok_or_else(|| Refusal::bad_request("imagestreamtags must be of the form <stream_name>:<tag>"))
}

fn found(state: &State, target: &Target, name: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::missing(Kind::ImageStreamTag.facts(), name);
    let (stream, tag) = parts(name)?;
    let held = state.store.get(Kind::ImageStream, target.place(), stream).ok_or_else(missing)?;
    image_stream_tag(&held.value(Kind::ImageStream), tag).ok_or_else(missing)
}

fn create(core: &Core, target: &Target, body: &[u8], dry: bool) -> Result<Response<Body>, Refusal> {
    let facts = Kind::ImageStreamTag.facts();
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the object provided is unrecognized: {error}")))?;
    if value["kind"] != facts.name || value["apiVersion"] != facts.api_version() {
        return Err(Refusal::bad_request("the object provided is unrecognized (must be of type ImageStreamTag)"));
    }
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    let (stream, tag) = parts(name)?;
    let invalid =
        |field: &str, why: &str| Refusal::invalid(facts.name, facts.group, name, field, "FieldValueRequired", why);
    let from = &value["tag"]["from"];
    if from.is_null() {
        return Err(invalid("tag.from", "Required value"));
    }
    if from["kind"] != "DockerImage" {
        return Err(invalid("tag.from.kind", "this world imports images of kind DockerImage only"));
    }
    let image = from["name"].as_str().filter(|image| !image.is_empty());
    let image = image.ok_or_else(|| invalid("tag.from.name", "Required value"))?;
    let mut state = core.state();
    let now = core.clock.now();
    state.want_streams(Some(stream), now);
    if found(&state, target, name).is_ok() {
        return Err(Refusal::exists(facts, name));
    }
    if target.place() != "origin" {
        return Err(Refusal::missing(Kind::Namespace.facts(), target.place()));
    }
    if dry {
        return Ok(answer::json(201, &value));
    }
    let annotations = value["tag"]["annotations"].as_object().into_iter().flatten();
    let annotations: Vec<(String, String)> =
        annotations.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    let digest = state.outside.digest(image);
    state.releases.change(|story| {
        story.adopt(stream, tag, image, digest, now);
        story.annotate(stream, tag, &annotations);
    });
    state.reconcile(now);
    let made = found(&state, target, name);
    drop(state);
    core.written.notify_one();
    made.map(|tag| answer::json(201, &tag))
}

fn delete(core: &Core, target: &Target, dry: bool) -> Result<Response<Body>, Refusal> {
    let facts = Kind::ImageStreamTag.facts();
    let name = target.name.as_deref().unwrap_or_default();
    let (stream, tag) = parts(name)?;
    let mut state = core.state();
    let held = found(&state, target, name)?;
    if !dry {
        state.releases.change(|story| story.withdraw(stream, tag));
        state.reconcile(core.clock.now());
    }
    drop(state);
    core.written.notify_one();
    let details = json!({"name": name, "group": facts.group, "kind": facts.plural, "uid": held["metadata"]["uid"]});
    Ok(answer::json(
        200,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
    ))
}
