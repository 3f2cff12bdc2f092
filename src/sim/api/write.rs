//! Creating, patching and deleting runs, with dry runs, preconditions and the refusals of the real server.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use super::Target;
use super::answer::{self, Body, Query};
use crate::clock::stamp;
use crate::core::{Core, State};
use crate::kind::Kind;
use crate::patch;
use crate::refusal::Refusal;
use crate::releases::ByHand;
use crate::tekton::admission;

/// Bytes a request may carry.
const LIMIT: usize = 3 << 20;

pub(super) async fn answer(
    core: &Core,
    target: &Target,
    verb: &str,
    query: &Query,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let media = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_owned();
    let body = Limited::new(request.into_body(), LIMIT).collect().await;
    let body = body.map_err(|_| Refusal::new(413, "RequestEntityTooLarge", "limit is 3145728"))?.to_bytes();
    let dry = match query.text("dryRun") {
        "" => false,
        "All" => true,
        other => {
            let why = format!("Unsupported value: [\"{other}\"]: supported values: \"All\"");
            return Err(Refusal::invalid("CreateOptions", "meta.k8s.io", "", "dryRun", "FieldValueNotSupported", &why));
        }
    };
    match verb {
        "create" => create(core, target, query, &media, &body, dry),
        "patch" => patched(core, target, &media, &body, dry),
        _ => delete(core, target, &body, dry),
    }
}

fn create(
    core: &Core,
    target: &Target,
    query: &Query,
    media: &str,
    body: &[u8],
    dry: bool,
) -> Result<Response<Body>, Refusal> {
    let facts = target.kind.facts();
    if media != "application/json" {
        return Err(Refusal::media("application/json"));
    }
    let text = String::from_utf8_lossy(body);
    let unrecognized = |why: String| {
        Refusal::bad_request(format!("the object provided is unrecognized (must be of type {}): {why}", facts.name))
    };
    let mut value: Value = serde_json::from_slice(body)
        .map_err(|error| unrecognized(format!("couldn't get version/kind; json parse error: {error} ({text})")))?;
    if value["kind"].as_str().unwrap_or_default().is_empty() {
        return Err(unrecognized(format!("Object 'Kind' is missing in '{text}' ({text})")));
    }
    if value["kind"] != facts.name || value["apiVersion"] != facts.api_version() {
        let (kind, version) =
            (value["kind"].as_str().unwrap_or_default(), value["apiVersion"].as_str().unwrap_or_default());
        return Err(Refusal::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {}: no kind \"{kind}\" is registered for version \"{version}\"",
            facts.name
        )));
    }
    let namespace = target.place().to_owned();
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    let stated = value["metadata"]["namespace"].as_str().unwrap_or_default();
    if !stated.is_empty() && stated != namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    let unknown = admission::unknown_fields(target.kind, &value);
    if query.text("fieldValidation") == "Strict" && !unknown.is_empty() {
        let list: Vec<_> = unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        return Err(Refusal::bad_request(format!(
            "{} in version \"v1\" cannot be handled as a {}: strict decoding error: {}",
            facts.name,
            facts.name,
            list.join(", ")
        )));
    }
    admission::forget(&mut value, &unknown);

    let mut state = core.state();
    if state.store.get(Kind::Namespace, "", &namespace).is_none() {
        return Err(Refusal::missing(Kind::Namespace.facts(), &namespace));
    }
    let meta = &mut value["metadata"];
    meta["namespace"] = namespace.as_str().into();
    for server_set in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"] {
        if let Some(members) = meta.as_object_mut() {
            members.shift_remove(server_set);
        }
    }
    let mut name = meta["name"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() {
        let base = meta["generateName"].as_str().unwrap_or_default().to_owned();
        if base.is_empty() {
            let why = "Required value: name or generateName is required";
            return Err(Refusal::invalid(facts.name, facts.group, "", "metadata.name", "FieldValueRequired", why));
        }
        let base: String = base.chars().take(58).collect();
        name = format!("{base}{}", state.names.suffix(&base));
        meta["name"] = name.as_str().into();
    }
    valid_name(target.kind, &name)?;
    if state.store.get(target.kind, &namespace, &name).is_some() {
        return Err(Refusal::exists(facts, &name));
    }
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("status");
    }
    admission::default(target.kind, &mut value);
    admission::validate(target.kind, &value)?;
    let now = core.clock.now();
    let bytes = if dry {
        let uid = state.names.uid(target.kind, &namespace, &name);
        value["metadata"]["uid"] = uid.into();
        value["metadata"]["creationTimestamp"] = stamp(now).into();
        value["metadata"]["generation"] = json!(1);
        value.to_string().into()
    } else {
        let object = state.create(target.kind, value, now);
        state.tekton.touched(target.kind, &namespace, &name);
        object.bytes(target.kind)
    };
    drop(state);
    core.written.notify_one();
    let mut response = answer::bytes(201, "application/json", bytes);
    if query.text("fieldValidation") != "Ignore" {
        for field in unknown {
            if let Ok(warning) = format!("299 - \"unknown field \\\"{field}\\\"\"").parse() {
                response.headers_mut().append("warning", warning);
            }
        }
    }
    Ok(response)
}

fn valid_name(kind: Kind, name: &str) -> Result<(), Refusal> {
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(part) {
        return Ok(());
    }
    let facts = kind.facts();
    let why = if name.len() > 253 {
        format!("Invalid value: \"{name}\": must be no more than 253 characters")
    } else {
        format!(
            "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        )
    };
    Err(Refusal::invalid(facts.name, facts.group, name, "metadata.name", "FieldValueInvalid", &why))
}

fn patched(core: &Core, target: &Target, media: &str, body: &[u8], dry: bool) -> Result<Response<Body>, Refusal> {
    let facts = target.kind.facts();
    let name = target.name.as_deref().unwrap_or_default();
    if !["application/merge-patch+json", "application/json-patch+json"].contains(&media) {
        return Err(Refusal::media("application/json-patch+json, application/merge-patch+json"));
    }
    let change: Value =
        serde_json::from_slice(body).map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
    let mut state = core.state();
    let held = state.store.get(target.kind, target.place(), name).ok_or_else(|| Refusal::missing(facts, name))?;
    let before = held.value(target.kind);
    let mut after = before.clone();
    if media == "application/merge-patch+json" {
        patch::merge(&mut after, &change);
    } else {
        patch::apply(&mut after, &change).map_err(|_| {
            Refusal::new(422, "Invalid", "the server rejected our request due to an error in our request")
        })?;
    }
    if after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"] {
        return Err(Refusal::modified(facts, name));
    }
    if after["metadata"]["uid"] != before["metadata"]["uid"] {
        let why = format!("Invalid value: {}: field is immutable", after["metadata"]["uid"]);
        return Err(Refusal::invalid(facts.name, facts.group, name, "metadata.uid", "FieldValueInvalid", &why));
    }
    for fixed in ["name", "namespace", "creationTimestamp"] {
        if after["metadata"][fixed] != before["metadata"][fixed] {
            let why = format!("Invalid value: {}: field is immutable", after["metadata"][fixed]);
            let field = format!("metadata.{fixed}");
            return Err(Refusal::invalid(facts.name, facts.group, name, &field, "FieldValueInvalid", &why));
        }
    }
    after["status"] = before["status"].clone();
    if after["status"].is_null()
        && let Some(members) = after.as_object_mut()
    {
        members.shift_remove("status");
    }
    if target.kind == Kind::ReleasePayload {
        payload(&after)?;
    } else {
        admission::default(target.kind, &mut after);
        admission::update(target.kind, &before, &after)?;
    }
    if after == before {
        return Ok(answer::bytes(200, "application/json", held.bytes(target.kind)));
    }
    if after["spec"] != before["spec"] {
        after["metadata"]["generation"] = (before["metadata"]["generation"].as_i64().unwrap_or(1) + 1).into();
    }
    let bytes = if dry {
        after.to_string().into()
    } else {
        let object = state.store.put(target.kind, after);
        if target.kind == Kind::ReleasePayload {
            decide(&state, &object.value(target.kind), name);
            state.reconcile(core.clock.now());
        } else {
            state.tekton.touched(target.kind, target.place(), name);
        }
        object.bytes(target.kind)
    };
    drop(state);
    core.written.notify_one();
    Ok(answer::bytes(200, "application/json", bytes))
}

/// What the definition says about types; it knows no list of allowed words.
fn payload(value: &Value) -> Result<(), Refusal> {
    let facts = Kind::ReleasePayload.facts();
    for member in ["override", "reason"] {
        let given = &value["spec"]["payloadOverride"][member];
        if !given.is_null() && !given.is_string() {
            let why = format!("Invalid value: {given}: must be of type string");
            let field = format!("spec.payloadOverride.{member}");
            let name = value["metadata"]["name"].as_str().unwrap_or_default();
            return Err(Refusal::invalid(facts.name, facts.group, name, &field, "FieldValueTypeInvalid", &why));
        }
    }
    Ok(())
}

/// The controller sees what somebody wrote into `spec.payloadOverride`.
fn decide(state: &State, value: &Value, name: &str) {
    let over = &value["spec"]["payloadOverride"];
    let text = |member: &str| over[member].as_str().unwrap_or_default().to_owned();
    let by_hand = over.is_object().then(|| ByHand { word: text("override"), reason: text("reason") });
    state.releases.change(|story| story.decide(name, by_hand));
}

fn delete(core: &Core, target: &Target, body: &[u8], dry: bool) -> Result<Response<Body>, Refusal> {
    let facts = target.kind.facts();
    let name = target.name.as_deref().unwrap_or_default();
    let options: Value = if body.is_empty() || body.starts_with(b"k8s\0") {
        Value::Null
    } else {
        serde_json::from_slice(body)
            .map_err(|error| Refusal::bad_request(format!("error decoding options: {error}")))?
    };
    let mut state = core.state();
    let object = state.store.get(target.kind, target.place(), name).ok_or_else(|| Refusal::missing(facts, name))?;
    let conflict = |what: &str, asked: &str, held: &str, why: &str| {
        let message = format!(
            "Operation cannot be fulfilled on {}.{} \"{name}\": the {what} in the precondition ({asked}) does not match the {what} in record ({held}). {why}",
            facts.name, facts.group
        );
        Refusal::new(409, "Conflict", message).about(facts.group, facts.name, name)
    };
    if let Some(uid) = options["preconditions"]["uid"].as_str().filter(|uid| *uid != object.uid.as_ref()) {
        return Err(conflict("UID", uid, &object.uid, "The object might have been deleted and then recreated"));
    }
    let version = object.version.to_string();
    if let Some(asked) = options["preconditions"]["resourceVersion"].as_str().filter(|asked| *asked != version) {
        return Err(conflict("ResourceVersion", asked, &version, "The object might have been modified"));
    }
    if !dry && options["dryRun"].as_array().is_none_or(Vec::is_empty) {
        state.store.remove(target.kind, target.place(), name);
        state.tekton.touched(target.kind, target.place(), name);
    }
    drop(state);
    core.written.notify_one();
    Ok(answer::json(
        200,
        &json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": name, "group": facts.group, "kind": facts.plural, "uid": object.uid},
        }),
    ))
}
