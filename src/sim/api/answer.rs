//! Bodies, query parameters, and the shape an answer is wanted in.

use std::convert::Infallible;

use bytes::Bytes;
use futures::Stream;
use futures::stream;
use http::HeaderMap;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::{Request, Response};
use serde_json::Value;

use crate::refusal::Refusal;

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(super) fn json(code: u16, value: &Value) -> Response<Body> {
    bytes(code, "application/json", format!("{value}\n"))
}

pub(super) fn bytes(code: u16, media: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    headed(code, media, Full::new(body.into()).boxed_unsync())
}

/// A body in pieces, each sent as soon as it is there.
pub(super) fn pieces(media: &'static str, pieces: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    use futures::StreamExt;
    headed(200, media, StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece)))).boxed_unsync())
}

/// A body made piece by piece while it is sent, so that a long list is never whole in memory.
pub(super) fn lazily(media: &'static str, made: impl Iterator<Item = Bytes> + Send + 'static) -> Response<Body> {
    pieces(media, stream::iter(made))
}

pub(super) fn refused(refusal: &Refusal) -> Response<Body> {
    json(refusal.code, &refusal.status())
}

fn headed(code: u16, media: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static(media));
    headers.insert("cache-control", http::HeaderValue::from_static("no-cache, private"));
    response
}

/// The query parameters of a request, decoded.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of<B>(request: &Request<B>) -> Query {
        let text = request.uri().query().unwrap_or_default();
        let pair = |part: &str| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(key), decoded(value))
        };
        Query(text.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// Empty when the parameter is not there.
    pub(super) fn text(&self, key: &str) -> &str {
        self.0.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.0.iter().any(|(name, value)| name == key && ["1", "true", "True", ""].contains(&value.as_str()))
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<i64>, Refusal> {
        match self.text(key) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))),
        }
    }
}

pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = after;
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How objects are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    Table(Include),
    Partial,
}

/// What stands beside the cells of a table's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Include {
    None,
    Metadata,
    Object,
}

impl Shape {
    /// The first media type of `Accept` that this server speaks; protobuf and YAML are passed over.
    pub(super) fn wanted(headers: &HeaderMap, query: &Query) -> Result<Shape, Refusal> {
        let accept = headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        for media in accept.split(',') {
            let mut parts = media.split(';').map(str::trim);
            if !["application/json", "application/*", "*/*"].contains(&parts.next().unwrap_or_default()) {
                continue;
            }
            let options: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
            let option = |key| options.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
            match (option("as"), option("v")) {
                (None, _) => return Ok(Shape::Whole),
                (Some("Table"), Some("v1")) => {
                    return Ok(Shape::Table(match query.text("includeObject") {
                        "None" => Include::None,
                        "Object" => Include::Object,
                        _ => Include::Metadata,
                    }));
                }
                (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some("v1")) => return Ok(Shape::Partial),
                _ => {}
            }
        }
        Err(Refusal::not_acceptable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(accept: &str) -> Result<Shape, u16> {
        let mut headers = HeaderMap::new();
        headers.insert("accept", accept.parse().unwrap());
        Shape::wanted(&headers, &Query::default()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_first_spoken_media_type_decides() {
        assert_eq!(
            shape("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"),
            Ok(Shape::Table(Include::Metadata))
        );
        assert_eq!(shape("application/vnd.kubernetes.protobuf,application/json"), Ok(Shape::Whole));
        assert_eq!(shape("application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json"), Ok(Shape::Whole));
        assert_eq!(shape("text/html"), Err(406));
    }

    #[test]
    fn query_parameters_are_decoded() {
        assert_eq!(decoded("a%3Db+c%2Fd%"), "a=b c/d%");
    }
}
