//! Requests to an API server: sent once, bounded in time and size, answered with a body or a [`Failure`].

use crate::kubeconfig::{chain, first_line};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use std::time::Duration;
use weir_domain::{Failure, FailureKind};

/// The largest answer weir takes in at once, in bytes. A page of 500 runs is some 6 MB.
pub const ANSWER_LIMIT: usize = 96 << 20;
/// How long a unary request may take.
pub const UNARY_LIMIT: Duration = Duration::from_secs(30);

/// What a server refused, before words are put to it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: u16,
    pub reason: String,
    pub message: String,
    pub retry_after: Option<u64>,
    /// The body was not what an API server sends.
    pub foreign: bool,
}

/// Why a request brought nothing.
#[derive(Clone, Debug)]
pub enum Trouble {
    Refused(Refusal),
    /// No answer: connection refused, TLS, timeout. `sent` tells whether the request may have arrived.
    Lost {
        why: String,
        sent: bool,
    },
    TooLarge(usize),
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
}

impl Trouble {
    pub fn code(&self) -> Option<u16> {
        match self {
            Trouble::Refused(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    /// In words: `what` is e.g. "cannot list runs on `moc`".
    pub fn failure(&self, what: &str) -> Failure {
        match self {
            Trouble::Lost { why, .. } => Failure::new(FailureKind::Offline, what, why, "weir tries again by itself"),
            Trouble::TooLarge(limit) => Failure::new(
                FailureKind::Broken,
                what,
                format!("the answer is larger than {} MB", limit >> 20),
                "narrow it to a namespace",
            ),
            Trouble::Refused(refusal) if refusal.foreign => Failure::new(
                FailureKind::Broken,
                what,
                match refusal.code {
                    200 => refusal.message.clone(),
                    code => format!("HTTP {code}: {}", refusal.message),
                },
                "is the address right, or does a proxy or log-in page answer?",
            ),
            Trouble::Refused(refusal) => {
                let (kind, hint) = match refusal.code {
                    401 => (FailureKind::Expired, "log in again in another shell; weir notices".to_string()),
                    403 => (FailureKind::Denied, "ask for the right, or look into another namespace".to_string()),
                    404 => (FailureKind::Missing, String::new()),
                    409 => (FailureKind::Conflict, "look again: it changed meanwhile".to_string()),
                    410 => (FailureKind::Conflict, String::new()),
                    429 => (
                        FailureKind::Throttled,
                        format!("the server asked to wait {} s", refusal.retry_after.unwrap_or(1)),
                    ),
                    400 | 405 | 415 | 422 => (FailureKind::Refused, String::new()),
                    500..=599 => (FailureKind::Offline, "weir tries again by itself".to_string()),
                    _ => (FailureKind::Broken, String::new()),
                };
                let why =
                    if refusal.message.is_empty() { format!("HTTP {}", refusal.code) } else { refusal.message.clone() };
                Failure::new(kind, what, why, hint)
            }
        }
    }
}

/// Sends and reads the whole answer. Never repeats anything.
pub async fn unary(client: &kube::Client, request: Request<Vec<u8>>) -> Result<Bytes, Trouble> {
    let work = async {
        let response = open(client, request).await?;
        whole(response, ANSWER_LIMIT).await
    };
    match tokio::time::timeout(UNARY_LIMIT, work).await {
        Ok(result) => result,
        Err(_) => Err(Trouble::Lost { why: format!("no answer in {} s", UNARY_LIMIT.as_secs()), sent: true }),
    }
}

/// Sends and returns once the answer's head is there and is a success.
pub async fn open(client: &kube::Client, request: Request<Vec<u8>>) -> Result<Response<Body>, Trouble> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, Body::from(body));
    let response = client
        .send(request)
        .await
        .map_err(|error| Trouble::Lost { sent: may_have_left(&error), why: plain(&chain(&error)) })?;
    if response.status().is_success() {
        return Ok(response);
    }
    let (code, headers) = (response.status(), response.headers().clone());
    let body = tokio::time::timeout(Duration::from_secs(5), whole(response, 1 << 20)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    Err(Trouble::Refused(refusal(code, &headers, &body)))
}

/// Whether the server may have got the request: only what failed before a connection stood (names, TCP, proxy, TLS,
/// credentials) surely never left.
fn may_have_left(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return !error.is_connect();
        }
        if error.is::<hyper::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A connection's error chain in an operator's words: what the network said, without the layers' own names.
pub fn plain(words: &str) -> String {
    let known = [
        ("failed to lookup address", "its name cannot be resolved (DNS)"),
        ("Connection refused", "connection refused"),
        ("Connection reset", "the connection was reset"),
        ("close_notify", "the connection broke"),
        ("Network is unreachable", "the network is unreachable"),
        ("No route to host", "there is no route to it"),
        ("UnknownIssuer", "its certificate is signed by an authority that is not trusted here"),
        ("NotValidForName", "its certificate is for another name"),
        ("Expired", "its certificate has expired"),
        ("deadline has elapsed", "no answer in time"),
        ("operation timed out", "no answer in time"),
        ("No CA certificates were loaded", "there are no CA certificates here; SSL_CERT_FILE may name some"),
    ];
    let tls = words.contains("certificate");
    if let Some((_, plain)) = known.iter().find(|(sign, _)| words.contains(sign) && (*sign != "Expired" || tls)) {
        return (*plain).to_string();
    }
    let mut words = words;
    let layers = [
        "ServiceError: ",
        "HyperError: ",
        "error sending request: ",
        "client error (Connect): ",
        "client error (SendRequest): ",
        "tcp connect error: ",
    ];
    while let Some(rest) = layers.iter().find_map(|layer| words.strip_prefix(layer)) {
        words = rest;
    }
    first_line(words)
}

pub fn refusal(code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let retry_after = headers.get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let status: Option<Status> = serde_json::from_slice(body).ok().filter(|s: &Status| s.kind == "Status");
    let foreign = status.is_none() && !body.is_empty() && looks_like_html(body);
    let (message, reason) = match status {
        Some(status) => (status.message, status.reason),
        None if foreign => ("it answered with a web page instead of JSON".into(), String::new()),
        None => (first_line(&String::from_utf8_lossy(&body[..body.len().min(500)])), String::new()),
    };
    Refusal { code: code.as_u16(), reason, message, retry_after, foreign }
}

pub fn looks_like_html(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(300)]).trim_start().to_ascii_lowercase();
    head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<head") || head.starts_with('<')
}

/// The whole body up to a limit.
pub async fn whole(response: Response<Body>, limit: usize) -> Result<Bytes, Trouble> {
    let announced =
        response.headers().get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|n| n > limit) {
        return Err(Trouble::TooLarge(limit));
    }
    let mut body = response.into_body().into_data_stream();
    let mut all = BytesMut::with_capacity(announced.unwrap_or(8 << 10));
    while let Some(piece) = body.next().await {
        let piece = piece
            .map_err(|error| Trouble::Lost { why: format!("the answer broke off: {}", chain(&error)), sent: true })?;
        if all.len() + piece.len() > limit {
            return Err(Trouble::TooLarge(limit));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

/// What all clients but Kubernetes' own begin with. `closed`: no proxy, no certificate store, nothing from the environment,
/// because the embedded world speaks plain http on loopback.
pub fn web_client(closed: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10));
    if closed { builder.no_proxy().tls_certs_only([]) } else { builder }
}

/// A transport error in an operator's words, without its address, which may hold a password or a signed query.
pub fn words(error: reqwest::Error) -> String {
    plain(&chain(&error.without_url()))
}

/// The whole body; `None` when it is larger than the limit, of which no more than that is read.
pub async fn gathered(mut response: reqwest::Response, limit: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    if response.content_length().is_some_and(|size| size > limit as u64) {
        return Ok(None);
    }
    let mut all = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if all.len() + piece.len() > limit {
            return Ok(None);
        }
        all.extend_from_slice(&piece);
    }
    Ok(Some(all))
}

/// What a body that should be JSON is instead.
pub fn not_json(body: &[u8], error: &serde_json::Error) -> Refusal {
    let html = looks_like_html(body);
    let message = if html {
        "it answered with a web page instead of JSON".to_string()
    } else if error.is_eof() {
        format!("its JSON breaks off after {} bytes", body.len())
    } else {
        format!("its JSON is not right at line {} column {}", error.line(), error.column())
    };
    Refusal { code: 200, reason: String::new(), message, retry_after: None, foreign: true }
}

/// Percent-encodes a value of a query string or a path segment.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

pub fn get(path: &str) -> Request<Vec<u8>> {
    with_accept(path, "application/json")
}

pub fn with_accept(path: &str, accept: &'static str) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = path.parse().unwrap_or_default();
    request.headers_mut().insert(http::header::ACCEPT, http::HeaderValue::from_static(accept));
    request
        .headers_mut()
        .insert(http::header::USER_AGENT, http::HeaderValue::from_static(concat!("weir/", env!("CARGO_PKG_VERSION"))));
    request
}

pub fn sending(method: http::Method, path: &str, content_type: &'static str, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = get(path);
    *request.method_mut() = method;
    request.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    *request.body_mut() = body;
    request
}
