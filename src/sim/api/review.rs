//! Reviews of oneself: may I, and who am I. Answered and forgotten.
//!
//! Some clients send the question as protobuf whatever they are told; the few fields that matter are read from
//! that as well. The answer is JSON.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use serde_json::{Value, json};

use super::answer::{self, Body};
use crate::auth::{Deed, Identity};
use crate::core::Core;
use crate::refusal::Refusal;

#[derive(Debug, Clone, Copy)]
pub(super) enum Review {
    Access,
    Identity,
}

impl Review {
    pub(super) fn at(path: &str) -> Option<Review> {
        match path {
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => Some(Review::Access),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => Some(Review::Identity),
            _ => None,
        }
    }

    pub(super) async fn answer(
        self,
        core: &Core,
        who: &Identity,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        if request.method() != Method::POST {
            return Err(Refusal::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ));
        }
        let body = Limited::new(request.into_body(), 1 << 20).collect().await;
        let body = body.map_err(|_| Refusal::new(413, "RequestEntityTooLarge", "the body is too large"))?.to_bytes();
        let answer = match self {
            Review::Identity => json!({
                "kind": "SelfSubjectReview",
                "apiVersion": "authentication.k8s.io/v1",
                "metadata": {"creationTimestamp": null},
                "status": {"userInfo": {
                    "username": who.username,
                    "groups": ["system:authenticated"],
                }},
            }),
            Review::Access => {
                let attributes = attributes(&body)?;
                let text = |key: &str| attributes[key].as_str().unwrap_or_default();
                let namespace = Some(text("namespace")).filter(|namespace| !namespace.is_empty());
                let deed = Deed {
                    verb: text("verb"),
                    group: text("group"),
                    resource: text("resource"),
                    subresource: text("subresource"),
                    namespace,
                    name: text("name"),
                };
                let allowed = core.allows(who, &deed);
                let mut status = json!({"allowed": allowed});
                if allowed {
                    status["reason"] = who.role.why(who.username).into();
                }
                json!({
                    "kind": "SelfSubjectAccessReview",
                    "apiVersion": "authorization.k8s.io/v1",
                    "metadata": {"creationTimestamp": null},
                    "spec": {"resourceAttributes": attributes},
                    "status": status,
                })
            }
        };
        Ok(answer::json(201, &answer))
    }
}

/// The resource attributes of an access review in JSON or protobuf.
fn attributes(body: &[u8]) -> Result<Value, Refusal> {
    if let Some(envelope) = body.strip_prefix(b"k8s\0") {
        // runtime.Unknown.raw = 2, SelfSubjectAccessReview.spec = 2, its resourceAttributes = 1.
        let inner =
            field(envelope, 2).and_then(|raw| field(raw, 2)).and_then(|spec| field(spec, 1)).unwrap_or_default();
        let names = ["namespace", "verb", "group", "version", "resource", "subresource", "name"];
        let mut attributes = json!({});
        for (number, name) in (1..).zip(names) {
            if let Some(value) = field(inner, number).filter(|value| !value.is_empty()) {
                attributes[name] = String::from_utf8_lossy(value).into();
            }
        }
        return Ok(attributes);
    }
    let review: Value = serde_json::from_slice(body).map_err(|_| {
        Refusal::bad_request("the object provided is unrecognized (must be of type SelfSubjectAccessReview)")
    })?;
    Ok(review["spec"]["resourceAttributes"].clone())
}

/// The first length-delimited field of that number in a protobuf message.
fn field(mut message: &[u8], wanted: u64) -> Option<&[u8]> {
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        match tag & 7 {
            0 => {
                varint(&mut message)?;
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let value = message.get(..length)?;
                if tag >> 3 == wanted {
                    return Some(value);
                }
                message = &message[length..];
            }
            1 => message = message.get(8..)?,
            5 => message = message.get(4..)?,
            _ => return None,
        }
    }
    None
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimited(number: u8, inner: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, u8::try_from(inner.len()).unwrap()];
        out.extend_from_slice(inner);
        out
    }

    #[test]
    fn a_question_in_protobuf_is_understood() {
        let mut attributes_bytes = delimited(1, b"okd-team");
        attributes_bytes.extend(delimited(2, b"list"));
        attributes_bytes.extend(delimited(5, b"pods"));
        let review = delimited(2, &delimited(1, &attributes_bytes));
        let mut body = b"k8s\0".to_vec();
        body.extend(delimited(1, b"kind"));
        body.extend(delimited(2, &review));
        assert_eq!(attributes(&body).unwrap(), json!({"namespace": "okd-team", "verb": "list", "resource": "pods"}));
    }
}
