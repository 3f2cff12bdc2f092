//! One answer of the server: status, headers, bytes.
//!
//! Go's habits are kept because clients can see them: JSON escapes `<`, `>` and `&`, errors are
//! one line of plain text with `nosniff`, and a body above 2,048 bytes is sent in chunks.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;
use serde::Serialize;
use std::convert::Infallible;

/// Go buffers this much before it gives up on sending a length.
const BUFFERED: usize = 2048;

pub const JSON: &str = "application/json";
pub const TEXT: &str = "text/plain";
pub const ERROR_TEXT: &str = "text/plain; charset=utf-8";
pub const PAGE: &str = "text/html;charset=UTF-8";
pub const REDIRECT_PAGE: &str = "text/html; charset=utf-8";

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(header::HeaderName, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, headers: vec![(header::CONTENT_TYPE, kind.into())], body: body.into() }
    }

    /// 200 with neither body nor content type.
    pub fn empty() -> Answer {
        Answer { status: 200, headers: Vec::new(), body: Vec::new() }
    }

    pub fn error(status: u16, sentence: impl std::fmt::Display) -> Answer {
        let mut answer = Answer::new(status, ERROR_TEXT, format!("{sentence}\n"));
        answer.headers.push((header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()));
        answer
    }

    pub fn not_found() -> Answer {
        Answer::error(404, "404 page not found")
    }

    pub fn redirect(status: u16, name: &str, location: String) -> Answer {
        let page = format!("<a href=\"{}\">{name}</a>.\n\n", html(&location));
        let mut answer = Answer::new(status, REDIRECT_PAGE, page);
        answer.headers.push((header::LOCATION, location));
        answer
    }

    /// Indented by two blanks, as most of the API is.
    pub fn json(value: &impl Serialize) -> Answer {
        Answer::new(200, JSON, json_text(value, b"  "))
    }

    /// Indented by one blank: the lists over all streams.
    pub fn json_list(value: &impl Serialize) -> Answer {
        Answer::new(200, JSON, json_text(value, b" "))
    }

    pub fn into_response(self) -> Response<BoxBody<Bytes, Infallible>> {
        let body = if self.body.len() > BUFFERED {
            let chunks: Vec<Result<Frame<Bytes>, Infallible>> =
                self.body.chunks(BUFFERED).map(|part| Ok(Frame::data(Bytes::copy_from_slice(part)))).collect();
            StreamBody::new(futures::stream::iter(chunks)).boxed()
        } else {
            Full::new(Bytes::from(self.body)).boxed()
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            http::StatusCode::from_u16(self.status).expect("answers carry status codes written in this crate");
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

pub fn json_text(value: &impl Serialize, indent: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(indent);
    let mut writer = serde_json::Serializer::with_formatter(&mut plain, format);
    value.serialize(&mut writer).expect("the shapes of this crate have string keys and finite numbers");
    let mut text = Vec::with_capacity(plain.len() + 1);
    for byte in plain {
        match byte {
            b'<' => text.extend(b"\\u003c"),
            b'>' => text.extend(b"\\u003e"),
            b'&' => text.extend(b"\\u0026"),
            other => text.push(other),
        }
    }
    text.push(b'\n');
    text
}

/// Text made safe inside an HTML page or attribute.
pub fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&#34;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
