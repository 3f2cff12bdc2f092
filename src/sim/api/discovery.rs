//! What clients read before they read anything else: version, groups, resources, and one OpenAPI document.

use std::collections::BTreeMap;

use http::HeaderMap;
use hyper::Response;
use serde_json::{Value, json};

use super::answer::{self, Body};
use crate::kind::{self, FACTS, Facts};
use crate::refusal::Refusal;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Groups without stored objects: a review is answered and forgotten.
const REVIEWS: [(&str, &str, &str); 2] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
];

/// `releasing`: whether the release-controller's kinds are served here.
pub(super) fn answer(releasing: bool, path: &str, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["version"] => Ok(answer::json(200, &version())),
        ["readyz" | "livez" | "healthz"] => Ok(answer::bytes(200, "text/plain; charset=utf-8", "ok")),
        [] => Ok(answer::json(200, &json!({"paths": ["/api", "/apis", "/openapi/v3", "/readyz", "/version"]}))),
        ["api"] if aggregated(headers) => Ok(discovery(releasing, |group| group.is_empty())),
        ["apis"] if aggregated(headers) => Ok(discovery(releasing, |group| !group.is_empty())),
        ["api"] => Ok(answer::json(200, &json!({"kind": "APIVersions", "versions": ["v1"]}))),
        ["apis"] => {
            let groups: Vec<_> = groups(releasing).filter(|group| !group.is_empty()).map(group_of).collect();
            Ok(answer::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
        }
        ["apis", group] if groups(releasing).any(|known| known == *group) => {
            let mut value = group_of(group);
            value["kind"] = "APIGroup".into();
            value["apiVersion"] = "v1".into();
            Ok(answer::json(200, &value))
        }
        ["api", "v1"] => Ok(answer::json(200, &resources(""))),
        ["apis", group, version] if groups(releasing).any(|known| known == *group) && *version == version_of(group) => {
            Ok(answer::json(200, &resources(group)))
        }
        ["openapi", "v3"] => {
            let url = "/openapi/v3/apis/tekton.dev/v1?hash=1";
            Ok(answer::json(200, &json!({"paths": {"apis/tekton.dev/v1": {"serverRelativeURL": url}}})))
        }
        ["openapi", "v3", "apis", "tekton.dev", "v1"] => Ok(answer::json(200, &openapi())),
        _ => Err(Refusal::unknown_path()),
    }
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": "34",
        "gitVersion": "v1.34.4-weir-demo",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    })
}

fn groups(releasing: bool) -> impl Iterator<Item = &'static str> {
    let kept = FACTS.iter().filter(move |facts| releasing || !facts.is_releasing()).map(|facts| facts.group);
    let mut seen: Vec<_> = kept.chain(REVIEWS.iter().map(|(group, _, _)| *group)).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.into_iter()
}

fn version_of(group: &str) -> &'static str {
    kind::version_of(group).unwrap_or("v1")
}

fn group_of(group: &str) -> Value {
    let version = version_of(group);
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version.clone()], "preferredVersion": version})
}

fn of_group(group: &str) -> impl Iterator<Item = &'static Facts> {
    FACTS.iter().filter(move |facts| facts.group == group)
}

fn resources(group: &str) -> Value {
    let mut list = Vec::new();
    for facts in of_group(group) {
        let mut entry = json!({
            "name": facts.plural,
            "singularName": facts.singular,
            "namespaced": facts.namespaced,
            "kind": facts.name,
            "verbs": facts.verbs,
        });
        if !facts.short.is_empty() {
            entry["shortNames"] = json!(facts.short);
        }
        if !facts.categories.is_empty() {
            entry["categories"] = json!(facts.categories);
        }
        list.push(entry);
        if facts.plural == "pods" {
            let verbs = ["get"];
            list.push(
                json!({"name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": verbs}),
            );
        }
    }
    for (_, plural, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group) {
        let singular = kind.to_lowercase();
        list.push(
            json!({"name": plural, "singularName": singular, "namespaced": false, "kind": kind, "verbs": ["create"]}),
        );
    }
    let version = version_of(group);
    let version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": list})
}

fn aggregated(headers: &HeaderMap) -> bool {
    let accept = headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|media| {
        let media = media.replace(' ', "");
        media.starts_with("application/json") && media.contains("as=APIGroupDiscoveryList") && media.contains("v=v2;")
            || media.ends_with("v=v2") && media.contains("as=APIGroupDiscoveryList")
    })
}

fn discovery(releasing: bool, wanted: impl Fn(&str) -> bool) -> Response<Body> {
    let items: Vec<_> = groups(releasing)
        .filter(|group| wanted(group))
        .map(|group| {
            let mut list: Vec<_> = of_group(group).map(|facts| discovered(group, facts)).collect();
            for (_, plural, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group) {
                list.push(json!({
                    "resource": plural,
                    "responseKind": {"group": "", "version": "", "kind": kind},
                    "scope": "Cluster",
                    "singularResource": kind.to_lowercase(),
                    "verbs": ["create"],
                }));
            }
            let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
            let version = json!({"version": version_of(group), "resources": list, "freshness": "Current"});
            json!({"metadata": metadata, "versions": [version]})
        })
        .collect();
    let list = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    answer::bytes(200, AGGREGATED, list.to_string())
}

fn discovered(group: &str, facts: &Facts) -> Value {
    let named = facts.kind.is_custom() || facts.is_releasing();
    let (group, version) = if named { (group, facts.version) } else { ("", "") };
    let mut entry = json!({
        "resource": facts.plural,
        "responseKind": {"group": group, "version": version, "kind": facts.name},
        "scope": if facts.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": facts.singular,
        "verbs": facts.verbs,
    });
    if !facts.short.is_empty() {
        entry["shortNames"] = json!(facts.short);
    }
    if !facts.categories.is_empty() {
        entry["categories"] = json!(facts.categories);
    }
    if facts.plural == "pods" {
        let kind = json!({"group": "", "version": "", "kind": "Pod"});
        entry["subresources"] = json!([{"subresource": "log", "responseKind": kind, "verbs": ["get"]}]);
    }
    entry
}

/// Just enough for a client to see that writes take `fieldValidation` and `dryRun`.
fn openapi() -> Value {
    let parameter =
        |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
    let mut paths = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    for facts in of_group("tekton.dev") {
        let kind = json!({"group": "tekton.dev", "version": "v1", "kind": facts.name});
        let schema = format!("dev.tekton.v1.{}", facts.name);
        let parameters = json!([parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")]);
        let operation = |action: &str| {
            json!({
                "operationId": format!("{action}TektonDevV1Namespaced{}", facts.name),
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": action,
                "x-kubernetes-group-version-kind": kind,
            })
        };
        let all = format!("/apis/tekton.dev/v1/namespaces/{{namespace}}/{}", facts.plural);
        paths.insert(format!("{all}/{{name}}"), json!({"get": operation("get"), "patch": operation("patch")}));
        paths.insert(all, json!({"get": operation("list"), "post": operation("post")}));
        schemas.insert(
            schema,
            json!({
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "x-kubernetes-group-version-kind": [kind],
            }),
        );
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.34.4-weir-demo"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}
