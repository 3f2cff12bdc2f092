//! The HTTP surface of a cluster: who asks, for what, and which part answers.
//!
//! Invariant: the token is looked at first, then the right, then whether the thing exists; nothing that is not
//! listed here is answered with anything but a `Status`.

mod answer;
mod discovery;
mod list;
mod log;
mod review;
mod tags;
mod watch;
mod write;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response};

use crate::auth::{Deed, Identity};
use crate::core::{Asked, Core};
use crate::kind::Kind;
use crate::refusal::Refusal;
use answer::{Body, Query, Shape};

/// A path below `/api/v1` or `/apis/G/V` that names a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    kind: Kind,
    namespace: Option<String>,
    name: Option<String>,
    sub: Option<String>,
}

pub(crate) async fn answer(core: Arc<Core>, request: Request<Incoming>) -> Response<Body> {
    let token = bearer(&request);
    let identity = token.and_then(|token| core.identities.iter().find(|identity| identity.token == token)).cloned();
    core.note(Asked {
        method: request.method().to_string(),
        path: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        user: identity.as_ref().map_or_else(String::new, |identity| identity.username.to_owned()),
    });
    let public = token.is_none() && ["/version", "/readyz"].contains(&request.uri().path());
    let answered = match identity {
        None if public => discovery::answer(core.releasing, request.uri().path(), request.headers()),
        None => Err(Refusal::unauthorized()),
        Some(identity) => route(core, &identity, request).await,
    };
    answered.unwrap_or_else(|refusal| answer::refused(&refusal))
}

async fn route(core: Arc<Core>, who: &Identity, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path().to_owned();
    if let Some(review) = review::Review::at(&path) {
        return review.answer(&core, who, request).await;
    }
    let found = target(&path)?;
    if found.as_ref().is_some_and(|target| target.kind.facts().is_releasing() && !core.releasing) {
        return Err(Refusal::unknown_path());
    }
    let Some(target) = found else {
        return if request.method() == Method::GET {
            discovery::answer(core.releasing, &path, request.headers())
        } else {
            Err(Refusal::unknown_path())
        };
    };
    let query = Query::of(&request);
    let verb = verb(request.method(), &target, &query);
    permit(&core, who, &target, verb)?;
    let facts = target.kind.facts();
    if target.kind == Kind::ImageStream {
        tags::show(&core, target.name.as_deref()).await;
    }
    match (verb, target.sub.as_deref()) {
        ("get", Some("log")) if target.kind == Kind::Pod => log::answer(&core, &target, &query),
        (_, Some(_)) => Err(Refusal::unknown_path()),
        ("get" | "create" | "delete", None) if target.kind == Kind::ImageStreamTag => {
            tags::answer(&core, &target, verb, &query, request).await
        }
        ("list" | "watch", None) if target.kind == Kind::ImageStreamTag => Err(Refusal::method(facts, verb)),
        ("get", None) => list::one(&core, &target, Shape::wanted(request.headers(), &query)?),
        ("list", None) => list::answer(&core, &target, &query, Shape::wanted(request.headers(), &query)?),
        ("watch", None) => watch::answer(core, &target, &query, Shape::wanted(request.headers(), &query)?),
        ("create" | "patch" | "delete", None) if facts.verbs.contains(&verb) => {
            write::answer(&core, &target, verb, &query, request).await
        }
        (verb, None) => Err(Refusal::method(facts, verb)),
    }
}

fn bearer(request: &Request<Incoming>) -> Option<&str> {
    request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    match (method.as_str(), &target.name) {
        ("GET" | "HEAD", Some(_)) => "get",
        ("GET" | "HEAD", None) if query.flag("watch") => "watch",
        ("GET" | "HEAD", None) => "list",
        ("POST", _) => "create",
        ("PATCH", _) => "patch",
        ("PUT", _) => "update",
        ("DELETE", Some(_)) => "delete",
        ("DELETE", None) => "deletecollection",
        _ => "",
    }
}

fn permit(core: &Core, who: &Identity, target: &Target, verb: &str) -> Result<(), Refusal> {
    let facts = target.kind.facts();
    let deed = Deed {
        verb,
        group: facts.group,
        resource: facts.plural,
        subresource: target.sub.as_deref().unwrap_or_default(),
        namespace: target.namespace.as_deref(),
        name: target.name.as_deref().unwrap_or_default(),
    };
    if core.allows(who, &deed) {
        return Ok(());
    }
    Err(Refusal::new(403, "Forbidden", deed.forbidden(who.username)).about(facts.group, facts.plural, deed.name))
}

/// `None` for a path that names no resource at all; `Err` for a resource this world does not have.
fn target(path: &str) -> Result<Option<Target>, Refusal> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, version, rest @ ..] if *version == crate::kind::version_of(group).unwrap_or("v1") => {
            (*group, rest)
        }
        _ => return Ok(None),
    };
    // Unlike in a query, a plus is a plus.
    let own = |text: &str| Some(answer::decoded(&text.replace('+', "%2B")));
    let (namespace, plural, name, sub) = match rest {
        [] => return Ok(None),
        ["namespaces"] => (None, "namespaces", None, None),
        ["namespaces", name] => (own(name), "namespaces", own(name), None),
        ["namespaces", namespace, plural] => (own(namespace), *plural, None, None),
        ["namespaces", namespace, plural, name] => (own(namespace), *plural, own(name), None),
        ["namespaces", namespace, plural, name, sub] => (own(namespace), *plural, own(name), own(sub)),
        [plural] => (None, *plural, None, None),
        [plural, name] => (None, *plural, own(name), None),
        _ => return Err(Refusal::unknown_path()),
    };
    let kind = Kind::find(group, plural).ok_or_else(Refusal::unknown_path)?;
    if name.is_some() && kind.facts().namespaced && namespace.is_none() {
        return Err(Refusal::unknown_path());
    }
    Ok(Some(Target { kind, namespace, name, sub }))
}

impl Target {
    /// The namespace objects of this kind are stored under.
    fn place(&self) -> &str {
        if self.kind.facts().namespaced { self.namespace.as_deref().unwrap_or_default() } else { "" }
    }

    /// The namespace to list, or all of them.
    fn scope(&self) -> Option<&str> {
        if self.kind.facts().namespaced { self.namespace.as_deref() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_target() {
        let found = target("/api/v1/namespaces/n/pods/p/log").unwrap().unwrap();
        assert_eq!((found.kind, found.sub.as_deref()), (Kind::Pod, Some("log")));
        let all = target("/apis/tekton.dev/v1/pipelineruns").unwrap().unwrap();
        assert_eq!((all.kind, all.namespace, all.name), (Kind::PipelineRun, None, None));
        assert_eq!(target("/api/v1/namespaces/n").unwrap().unwrap().kind, Kind::Namespace);
        let tag = target("/apis/image.openshift.io/v1/namespaces/n/imagestreamtags/s%3A1.0+2").unwrap().unwrap();
        assert_eq!(tag.name.as_deref(), Some("s:1.0+2"));
        assert_eq!(target("/version").unwrap(), None);
        assert_eq!(target("/apis/tekton.dev/v1beta1/pipelineruns").unwrap(), None);
        assert!(target("/apis/apps/v1/deployments").is_err());
    }
}
