//! The distribution API: from a request to its answer.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::json;

use super::reply::{Reply, decoded, parameter, parameters};
use super::token::{self, Refused};
use super::{Registry, quay, upload};
use crate::payload::{Blob, Twin, digest_of};

/// Tags on a page when the client names no number.
const PAGE: usize = 50;
/// quay gives no more, whatever is asked.
const MOST: usize = 100;
const LONGEST_BODY: usize = 64 << 20;
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A request without its connection.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What of a repository is meant.
enum Place<'a> {
    Manifest(&'a str),
    Blob(&'a str),
    /// Empty for a new one.
    Upload(&'a str),
    Tags,
}

pub(super) async fn answer(registry: Registry, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let uri = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    registry.note(format!("{} {uri}", parts.method));
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Reply::refused(413, "SIZE_INVALID", "the body is too long");
    };
    let mut delay = Duration::ZERO;
    registry.faults(|faults| delay = faults.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let asked = Asked {
        method: parts.method,
        path: decoded(parts.uri.path()),
        query: parameters(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body: body.to_bytes(),
    };
    // The first one to ask for a release has its images made, which is no work for the reactor.
    tokio::task::spawn_blocking(move || route(&registry, &asked)).await.unwrap_or_else(|_| Reply::empty(500))
}

pub(super) fn route(registry: &Registry, asked: &Asked) -> Reply {
    if asked.path == "/token" {
        let scopes: Vec<String> = asked
            .query
            .iter()
            .filter(|(name, _)| name == "scope")
            .flat_map(|(_, value)| value.split(' ').map(str::to_owned))
            .collect();
        let mut closed = None;
        registry.faults(|faults| closed.clone_from(&faults.closed));
        let granted = registry.tokens().grant(&scopes, credentials(asked, "Basic "), closed.as_deref());
        return granted.map_or_else(|refused| refused, |token| token::answer(&token));
    }
    if let Some(path) = asked.path.strip_prefix("/api/v1/repository/") {
        return quay::answer(registry, asked, path);
    }
    let Some(path) = asked.path.strip_prefix("/v2/") else {
        return if asked.path == "/v2" { enter(registry, asked, None) } else { Reply::empty(404) };
    };
    if path.is_empty() {
        return enter(registry, asked, None);
    }
    let Some((repository, place)) = place(path) else {
        return Reply::refused(404, "NAME_UNKNOWN", "no such page");
    };
    let writes = !matches!(asked.method, Method::GET | Method::HEAD) || matches!(place, Place::Upload(_));
    let entered = enter(registry, asked, Some((repository, writes)));
    if entered.status != 200 {
        return entered;
    }
    if matches!(place, Place::Manifest(_)) && !writes {
        let (mut later, mut broken) = (None, None);
        registry.faults(|faults| {
            broken = faults.broken.clone();
            if faults.throttled > 0 {
                faults.throttled -= 1;
                later = Some(faults.retry_after);
            }
        });
        if let Some(message) = broken {
            return Reply::refused(500, "UNKNOWN", &message);
        }
        if let Some(seconds) = later {
            let reply = Reply::refused(429, "TOOMANYREQUESTS", "too many requests, slow down");
            return reply.with(header::RETRY_AFTER, seconds.to_string());
        }
    }
    if !registry.holdings().knows(repository) && !writes {
        // Components of a minor are known once one of its releases was read.
        registry.holdings().manifest(repository, "");
        if !registry.holdings().knows(repository) {
            return Reply::refused(404, "NAME_UNKNOWN", "repository name not known to registry");
        }
    }
    match (&asked.method, place) {
        (&Method::GET | &Method::HEAD, Place::Manifest(reference)) => manifest(registry, asked, repository, reference),
        (&Method::PUT, Place::Manifest(reference)) => upload::manifest(registry, asked, repository, reference),
        (&Method::GET | &Method::HEAD, Place::Blob(digest)) => blob(registry, asked, repository, digest),
        (&Method::GET, Place::Tags) => tags(registry, asked, repository),
        (_, Place::Upload(id)) => upload::answer(registry, asked, repository, id),
        _ => Reply::refused(405, "UNSUPPORTED", "the operation is unsupported"),
    }
}

/// `okd/scos-release/manifests/latest` in its two parts.
fn place(path: &str) -> Option<(&str, Place<'_>)> {
    if let Some(repository) = path.strip_suffix("/tags/list") {
        return Some((repository, Place::Tags));
    }
    if let Some((repository, id)) = path.split_once("/blobs/uploads") {
        return Some((repository, Place::Upload(id.trim_start_matches('/'))));
    }
    if let Some((repository, digest)) = path.rsplit_once("/blobs/") {
        return Some((repository, Place::Blob(digest)));
    }
    path.rsplit_once("/manifests/").map(|(repository, reference)| (repository, Place::Manifest(reference)))
}

fn credentials<'a>(asked: &'a Asked, kind: &str) -> Option<&'a str> {
    asked.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(kind)
}

/// 200 when the token is good for it, else the challenge.
fn enter(registry: &Registry, asked: &Asked, need: Option<(&str, bool)>) -> Reply {
    let mut most_uses = None;
    registry.faults(|faults| most_uses = faults.token_uses);
    let refused = registry.tokens().check(credentials(asked, "Bearer "), need, most_uses).err();
    let Some(refused) = refused else { return Reply::json(200, &json!({})) };
    let mut challenge =
        format!("Bearer realm=\"http://{}/token\",service=\"{}\"", registry.inner.address, token::SERVICE);
    if let Some((repository, writes)) = need {
        let actions = if writes { "pull,push" } else { "pull" };
        challenge += &format!(",scope=\"repository:{repository}:{actions}\"");
    }
    if matches!(refused, Refused::Scope) {
        challenge += ",error=\"insufficient_scope\"";
    }
    let reply = Reply::refused(401, "UNAUTHORIZED", "access to the requested resource is not authorized");
    reply.with(header::WWW_AUTHENTICATE, challenge)
}

fn manifest(registry: &Registry, asked: &Asked, repository: &str, reference: &str) -> Reply {
    let unknown = || Reply::refused(404, "MANIFEST_UNKNOWN", "manifest unknown");
    let digest = match reference.starts_with("sha256:") {
        true => reference.to_owned(),
        false => match registry.digest(repository, reference) {
            Some(digest) => digest,
            None => return unknown(),
        },
    };
    let Some((media_type, bytes)) = registry.holdings().manifest(repository, &digest) else { return unknown() };
    let accepts: Vec<&str> =
        asked.headers.get_all(header::ACCEPT).iter().filter_map(|kind| kind.to_str().ok()).collect();
    let kinds =
        || accepts.iter().flat_map(|line| line.split(',')).map(|kind| kind.split(';').next().unwrap_or("").trim());
    let is_odd = media_type.contains("example");
    if kinds().next().is_some() && !is_odd && !kinds().any(|kind| kind == media_type || kind == "*/*") {
        return Reply::refused(404, "MANIFEST_UNKNOWN", "the manifest is of a type the Accept header does not name");
    }
    let length = bytes.len();
    let bytes = if asked.method == Method::HEAD { Bytes::new() } else { bytes };
    Reply::new(200, "application/json", bytes)
        .with(header::CONTENT_TYPE, media_type)
        .with(header::CONTENT_LENGTH, length.to_string())
        .with(DIGEST, digest)
}

fn blob(registry: &Registry, asked: &Asked, repository: &str, digest: &str) -> Reply {
    let Some((blob, served)) = registry.holdings().blob(repository, digest) else {
        return Reply::refused(404, "BLOB_UNKNOWN", "blob unknown to registry");
    };
    if served == Some(Twin::Loop) {
        return Reply::empty(307).with(header::LOCATION, format!("/v2/{repository}/blobs/{digest}"));
    }
    // As with quay, some blobs lie with a content delivery network: here every second one.
    let elsewhere = digest.ends_with(['0', '1', '2', '3', '4', '5', '6', '7']);
    if elsewhere && asked.method == Method::GET {
        // Another name than the registry's: clients drop their token by host name.
        let location = format!("http://localhost:{}{}", registry.inner.cdn.port(), signed_path(digest));
        return Reply::empty(307).with(header::LOCATION, location);
    }
    bytes_of(&blob, served, asked.method == Method::HEAD).with(DIGEST, digest)
}

/// Where the network has a blob, with the signature it asks for.
pub(super) fn signed_path(digest: &str) -> String {
    let hex = digest.trim_start_matches("sha256:");
    let signature = &digest_of(format!("cdn {hex}").as_bytes())[7..39];
    format!("/cdn/sha256/{}/{hex}/data?X-Amz-Expires=600&X-Amz-Signature={signature}", &hex[..2.min(hex.len())])
}

/// A blob as it is sent, with what is wrong about its twin.
pub(super) fn bytes_of(blob: &Blob, served: Option<Twin>, head: bool) -> Reply {
    const KIND: &str = "application/octet-stream";
    let mut bytes = blob.bytes();
    let length = bytes.len();
    if head {
        return Reply::new(200, KIND, Bytes::new()).with(header::CONTENT_LENGTH, length.to_string());
    }
    match served {
        Some(Twin::Truncated) => {
            let half = bytes.split_to(length / 2);
            let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Reply::pieces(KIND, Some(length as u64), [Ok(half), Err(cut)].into_iter())
        }
        Some(Twin::DigestMismatch) => {
            let mut changed = bytes.to_vec();
            if let Some(last) = changed.get_mut(length / 2) {
                *last ^= 1;
            }
            Reply::new(200, KIND, changed)
        }
        _ => Reply::new(200, KIND, bytes),
    }
}

/// A page of tags by their bytes, with a link to the next one.
fn tags(registry: &Registry, asked: &Asked, repository: &str) -> Reply {
    let told = registry.told(repository).into_iter().map(|(name, _)| name);
    let tags = registry.holdings().tags(repository, told);
    let number = parameter(&asked.query, "n").map_or(Ok(PAGE), str::parse::<usize>);
    let Ok(number) = number.map(|number| number.clamp(1, MOST)) else {
        return Reply::refused(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested");
    };
    let last = parameter(&asked.query, "last").unwrap_or_default();
    let rest: Vec<&String> = tags.iter().filter(|tag| tag.as_str() > last).collect();
    let page = &rest[..number.min(rest.len())];
    let reply = Reply::json(200, &json!({ "name": repository, "tags": page }));
    match page.last() {
        Some(end) if rest.len() > number => {
            reply.with(header::LINK, format!("</v2/{repository}/tags/list?n={number}&last={end}>; rel=\"next\""))
        }
        _ => reply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_repository_of_any_depth_and_a_place_in_it() {
        let found = |path| match place(path) {
            Some((repository, Place::Manifest(at))) => format!("{repository} manifest {at}"),
            Some((repository, Place::Blob(at))) => format!("{repository} blob {at}"),
            Some((repository, Place::Upload(at))) => format!("{repository} upload {at}"),
            Some((repository, Place::Tags)) => format!("{repository} tags"),
            None => "nothing".to_owned(),
        };
        assert_eq!(found("okd/scos-release/manifests/4.21"), "okd/scos-release manifest 4.21");
        assert_eq!(found("a/b/c/blobs/sha256:00"), "a/b/c blob sha256:00");
        assert_eq!(found("a/blobs/uploads/"), "a upload ");
        assert_eq!(found("a/blobs/uploads/7"), "a upload 7");
        assert_eq!(found("manifests/tags/list"), "manifests tags");
        assert_eq!(found("a"), "nothing");
    }
}
