//! One request to a registry or store: patient with 429, careful with redirects, bounded in size.
//!
//! Authorization goes to the origin it is for and nowhere else, and never again after a redirect has left it.

use super::challenge::shown;
use crate::http::{gathered, looks_like_html, web_client, words};
use crate::kubeconfig::{chain, first_line};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Request, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::{Duration, Instant};
use weir_domain::{Failure, FailureKind};

/// How many redirects are followed.
const REDIRECTS: usize = 5;
/// How often a request is sent again after a 429.
const PATIENCE: u32 = 2;
/// The longest wait a server may ask for.
const LONGEST_WAIT: u64 = 60;
/// An error's body, in bytes.
const REFUSAL_LIMIT: usize = 64 << 10;

/// What went wrong, before it is said what was wanted.
#[derive(Clone, Debug)]
pub struct Miss {
    pub kind: FailureKind,
    pub why: String,
    pub hint: String,
    /// The registry's own error codes.
    pub codes: Vec<String>,
    /// Whether the server may have got the request.
    pub sent: bool,
    /// It was another server's, to which the asked one had sent weir on.
    pub elsewhere: bool,
}

/// How long a server took from a request to the head of its answer, waits it had asked for left out. Among an answer's
/// extensions.
#[derive(Clone, Copy, Debug)]
pub struct Took(pub Duration);

impl Miss {
    pub fn new(kind: FailureKind, why: impl Into<String>) -> Miss {
        let hint = if kind == FailureKind::Offline { "try again" } else { "" };
        Miss { kind, why: why.into(), hint: hint.into(), codes: Vec::new(), sent: true, elsewhere: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Miss {
        self.hint = hint.into();
        self
    }

    pub fn failure(&self, what: &str) -> Failure {
        Failure::new(self.kind, what, &self.why, &self.hint)
    }
}

/// The client for registries, stores and keys: it follows no redirect and unpacks nothing by itself, because the bytes
/// of a layer must be the ones that were signed for.
pub fn http_client(closed: bool) -> Result<reqwest::Client, String> {
    let builder = web_client(closed)
        .read_timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_gzip();
    builder.build().map_err(|error| first_line(&chain(&error)))
}

pub fn lost(error: reqwest::Error) -> Miss {
    let sent = !error.is_connect() && !error.is_builder();
    Miss { sent, ..Miss::new(FailureKind::Offline, words(error)) }
}

/// A new request with `Authorization`, which no log shows.
pub fn request(method: Method, url: Url, authorization: Option<&SecretString>) -> Result<Request, Miss> {
    let mut request = Request::new(method, url);
    if let Some(secret) = authorization {
        let mut value = HeaderValue::from_str(secret.expose_secret())
            .map_err(|_| Miss::new(FailureKind::Usage, "its credential has characters that no header can hold"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

/// Sends; waits and sends again when asked to, twice and a minute at most.
pub async fn polite(client: &reqwest::Client, request: &Request) -> Result<Response, Miss> {
    let mut tries = 0;
    loop {
        let copy = request.try_clone().expect("a request whose body is bytes can be copied");
        let begun = Instant::now();
        let mut response = client.execute(copy).await.map_err(lost)?;
        response.extensions_mut().insert(Took(begun.elapsed()));
        let asked = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse::<u64>().ok());
        let status = response.status();
        let busy = status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::SERVICE_UNAVAILABLE && asked.is_some() && request.method() != Method::PUT;
        if !busy {
            return Ok(response);
        }
        let wait = asked.unwrap_or(1 << tries);
        if tries == PATIENCE || wait > LONGEST_WAIT {
            let why = format!("it asks to wait {wait} s (HTTP {})", status.as_u16());
            return Err(Miss::new(FailureKind::Throttled, why).hint("try again then"));
        }
        tries += 1;
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

/// As [`polite`], following redirects of a GET or HEAD by hand.
pub async fn follow(client: &reqwest::Client, first: Request) -> Result<Response, Miss> {
    let mut request = first;
    let mut seen = vec![request.url().clone()];
    loop {
        let elsewhere = request.url().origin() != seen[0].origin();
        let response = polite(client, &request).await.map_err(|miss| Miss { elsewhere, ..miss })?;
        let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        if !moved || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(response);
        }
        let here = request.url();
        let target = response.headers().get(LOCATION).and_then(|v| v.to_str().ok()).and_then(|to| here.join(to).ok());
        let Some(mut target) = target.filter(|to| matches!(to.scheme(), "http" | "https")) else {
            return Err(Miss::new(FailureKind::Broken, "it redirects to what is no address"));
        };
        // reqwest would make a login in the address an Authorization header.
        let _ = (target.set_username(""), target.set_password(None));
        target.set_fragment(None);
        if seen.contains(&target) {
            return Err(Miss::new(FailureKind::Broken, format!("it redirects in a circle, to {}", shown(&target))));
        }
        if seen.len() > REDIRECTS {
            let why = format!("it redirects more than {REDIRECTS} times, last to {}", shown(&target));
            return Err(Miss::new(FailureKind::Broken, why));
        }
        seen.push(target.clone());
        let leaves = target.origin() != here.origin();
        *request.url_mut() = target;
        if leaves {
            request.headers_mut().remove(AUTHORIZATION);
        }
    }
}

/// As [`gathered`], for an answer that is asked for here.
pub async fn bounded(response: Response, limit: usize) -> Result<Option<Vec<u8>>, Miss> {
    gathered(response, limit).await.map_err(broke_off)
}

pub fn broke_off(error: reqwest::Error) -> Miss {
    let miss = lost(error);
    let early = miss.why.contains("before message length reached");
    let why = if early { "the connection was closed" } else { &miss.why };
    Miss { why: format!("the answer broke off: {why}"), sent: true, ..miss.clone() }
}

pub fn announced(response: &Response) -> Option<u64> {
    response.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok())
}

#[derive(Deserialize)]
struct Errors {
    errors: Option<Vec<Coded>>,
}

#[derive(Deserialize)]
struct Coded {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What an answer that is no success says. `who`: in words, whose credential was used.
pub async fn refused(response: Response, who: &str) -> Miss {
    let status = response.status().as_u16();
    let body = bounded(response, REFUSAL_LIMIT).await.ok().flatten().unwrap_or_default();
    let errors = serde_json::from_slice::<Errors>(&body).ok().and_then(|e| e.errors).unwrap_or_default();
    let codes: Vec<String> = errors.iter().map(|e| e.code.clone()).collect();
    let said = errors.first().map(|e| if e.message.is_empty() { e.code.clone() } else { e.message.clone() });
    let said = match said {
        Some(said) => format!("{} (HTTP {status})", short(&said)),
        None if body.is_empty() || looks_like_html(&body) => format!("HTTP {status}"),
        None => format!("{} (HTTP {status})", short(&first_line(&String::from_utf8_lossy(&body)))),
    };
    let miss = match status {
        401 | 403 if who.starts_with("anonymous") => Miss::new(FailureKind::Denied, format!("{said}, asked {who}"))
            .hint("log in to the registry, e.g. with podman"),
        401 | 403 => Miss::new(FailureKind::Denied, format!("{said}, asked with {who}")).hint("is it still good?"),
        404 => Miss::new(FailureKind::Missing, said),
        400..=499 => Miss::new(FailureKind::Refused, said),
        500..=599 => Miss::new(FailureKind::Offline, said),
        _ => Miss::new(FailureKind::Broken, said),
    };
    Miss { codes, ..miss }
}

fn short(text: &str) -> String {
    let text = weir_domain::secret::line(text);
    if text.chars().count() > 200 { text.chars().take(200).chain(['…']).collect() } else { text }
}
