//! What a push does: blobs in one piece, in pieces or from another repository, then manifests.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderName, Method, header};
use serde_json::Value;

use super::Registry;
use super::reply::{Reply, parameter};
use super::route::Asked;
use super::token::Refused;
use crate::payload::digest_of;

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Uploads that were begun: the bytes so far.
#[derive(Default)]
pub(super) struct Uploads {
    open: HashMap<String, Vec<u8>>,
    count: u64,
}

/// `id` is empty for a new upload.
pub(super) fn answer(registry: &Registry, asked: &Asked, repository: &str, id: &str) -> Reply {
    if id.is_empty() {
        return if asked.method == Method::POST { begin(registry, asked, repository) } else { unsupported() };
    }
    let gone = || Reply::refused(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
    let mut uploads = registry.uploads();
    match asked.method {
        Method::PATCH => {
            let Some(bytes) = uploads.open.get_mut(id) else { return gone() };
            bytes.extend_from_slice(&asked.body);
            place(202, repository, id, bytes.len())
        }
        Method::PUT => {
            let Some(mut bytes) = uploads.open.remove(id) else { return gone() };
            bytes.extend_from_slice(&asked.body);
            finish(registry, asked, repository, bytes.into())
        }
        Method::GET => uploads.open.get(id).map_or_else(gone, |bytes| place(204, repository, id, bytes.len())),
        Method::DELETE => uploads.open.remove(id).map_or_else(gone, |_| Reply::empty(204)),
        _ => unsupported(),
    }
}

fn begin(registry: &Registry, asked: &Asked, repository: &str) -> Reply {
    if parameter(&asked.query, "digest").is_some() {
        return finish(registry, asked, repository, asked.body.clone());
    }
    if let (Some(digest), Some(from)) = (parameter(&asked.query, "mount"), parameter(&asked.query, "from")) {
        let token = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        let may =
            !matches!(registry.tokens().check(token, Some((from, false)), None), Err(Refused::Token | Refused::Scope));
        let mut holdings = registry.holdings();
        if may && holdings.is_held(from, digest) {
            holdings.mark(repository, digest);
            return created(repository, "blobs", digest);
        }
    }
    let mut uploads = registry.uploads();
    uploads.count += 1;
    let id = format!("upload-{}", uploads.count);
    uploads.open.insert(id.clone(), Vec::new());
    place(202, repository, &id, 0)
}

fn finish(registry: &Registry, asked: &Asked, repository: &str, bytes: Bytes) -> Reply {
    let digest = digest_of(&bytes);
    if parameter(&asked.query, "digest") != Some(digest.as_str()) {
        return Reply::refused(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    }
    registry.holdings().put_blob(repository, bytes);
    created(repository, "blobs", &digest)
}

/// By tag or digest; everything it names must be there.
pub(super) fn manifest(registry: &Registry, asked: &Asked, repository: &str, reference: &str) -> Reply {
    let Ok(content) = serde_json::from_slice::<Value>(&asked.body) else {
        return Reply::refused(400, "MANIFEST_INVALID", "manifest invalid");
    };
    let digest = digest_of(&asked.body);
    if reference.starts_with("sha256:") && reference != digest {
        return Reply::refused(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    }
    let mut holdings = registry.holdings();
    let listed = ["manifests", "layers"].map(|key| content[key].as_array().cloned().unwrap_or_default());
    let named = listed.iter().flatten().chain([&content["config"]]).filter_map(|part| part["digest"].as_str());
    for part in named {
        if !holdings.is_held(repository, part) {
            return Reply::refused(400, "MANIFEST_BLOB_UNKNOWN", &format!("blob unknown to registry: {part}"));
        }
    }
    let given = asked.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let media_type = content["mediaType"].as_str().or(given).unwrap_or("application/vnd.oci.image.manifest.v1+json");
    holdings.put_manifest(repository, media_type, asked.body.clone());
    if reference != digest {
        holdings.tag(repository, reference, &digest);
    }
    created(repository, "manifests", &digest)
}

fn created(repository: &str, what: &str, digest: &str) -> Reply {
    Reply::empty(201).with(header::LOCATION, format!("/v2/{repository}/{what}/{digest}")).with(DIGEST, digest)
}

fn place(status: u16, repository: &str, id: &str, length: usize) -> Reply {
    Reply::empty(status)
        .with(header::LOCATION, format!("/v2/{repository}/blobs/uploads/{id}"))
        .with(header::RANGE, format!("0-{}", length.saturating_sub(1)))
        .with(HeaderName::from_static("docker-upload-uuid"), id)
}

fn unsupported() -> Reply {
    Reply::refused(405, "UNSUPPORTED", "the operation is unsupported")
}
