//! A plain HTTP/1.1 listener and what it answers; ending the task ends all connections.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// One answer, before it is sent.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Reply {
        let mut reply = Reply { status, headers: HeaderMap::new(), body: whole(body) };
        reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        reply
    }

    pub(crate) fn json(status: u16, value: &Value) -> Reply {
        Reply::new(status, "application/json", value.to_string())
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: whole(Bytes::new()) }
    }

    /// An error as registries word it.
    pub(crate) fn refused(status: u16, code: &str, message: &str) -> Reply {
        Reply::json(status, &json!({ "errors": [{ "code": code, "message": message, "detail": {} }] }))
    }

    /// A body of `length` bytes in pieces; a piece that is an error cuts the connection.
    pub(crate) fn pieces(
        kind: &'static str,
        length: Option<u64>,
        pieces: impl Iterator<Item = io::Result<Bytes>> + Send + Sync + 'static,
    ) -> Reply {
        let frames = futures::stream::iter(pieces).then(|piece| async {
            if piece.is_err() {
                // What came before is on its way first.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            piece.map(Frame::data)
        });
        let mut reply = Reply::new(200, kind, Bytes::new());
        if let Some(length) = length {
            reply.headers.insert(header::CONTENT_LENGTH, length.into());
        }
        reply.body = BodyExt::boxed(StreamBody::new(frames));
        reply
    }

    /// A header whose value is text of this crate; one that is none is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Reply {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }

    #[cfg(test)]
    pub(crate) fn into_body(self) -> Body {
        self.body
    }

    #[cfg(test)]
    pub(crate) async fn bytes(self) -> io::Result<Bytes> {
        Ok(self.body.collect().await?.to_bytes())
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).expect("answers carry status codes of this crate");
        *response.headers_mut() = self.headers;
        response
    }
}

fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed()
}

/// Answers every request of every connection until it is dropped.
pub(crate) async fn serve<F, A>(listener: TcpListener, answer: F)
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Reply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, mostly: the next connection may end meanwhile.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
        };
        let answer = answer.clone();
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            let service = service_fn(move |request| {
                let answered = answer(request);
                async move { Ok::<_, Infallible>(answered.await.into_response()) }
            });
            // A client that goes away in the middle is its own affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The decoded parameters of a query, in their order.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// The first value of a parameter.
pub(crate) fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A broken escape stays as it is.
pub(crate) fn decoded(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = (first == b'%').then(|| tail.get(..2)).flatten();
        let byte = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match byte {
            Some(byte) => {
                plain.push(byte);
                rest = &tail[2..];
            }
            None => {
                plain.push(if first == b'+' { b' ' } else { first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_keeps_its_order() {
        let found = parameters("scope=repository%3Aokd%2Fscos-release%3Apull&scope=b+c&n=%zz");
        assert_eq!(parameter(&found, "scope"), Some("repository:okd/scos-release:pull"));
        assert_eq!((found[1].1.as_str(), found[2].1.as_str()), ("b c", "%zz"));
    }
}
