//! The public web as far as a promotion's gates need it: GitHub's releases, quay's tag history, Cincinnati's graph. Reads only.
//!
//! Answers are bounded, kept with their ETag and asked for again only conditionally. A redirect never leaves https for http and
//! never takes a token to another host; a token is never sent over plain http.

pub mod github;
pub mod graph;
pub mod quay;

use crate::http::{gathered, web_client, words};
use crate::kubeconfig::{chain, first_line};
use crate::settings::Settings;
use bytes::Bytes;
use http::header::{ETAG, HeaderMap, IF_NONE_MATCH, LINK};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir_domain::{Failure, FailureKind};

/// The largest answer taken in, in bytes; also what is kept of earlier ones, all together.
const ANSWER_LIMIT: usize = 8 << 20;

pub struct Web {
    pub github: github::GitHub,
    pub quay: quay::Quay,
    pub graph: graph::Graph,
}

impl Web {
    /// Asks nothing yet. Looks for GitHub's token in the environment unless the settings are closed.
    /// Installs a TLS provider if the program has none.
    pub fn new(settings: &Settings) -> Web {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let site = Arc::new(Site::new(settings.closed));
        Web {
            github: github::GitHub::new(site.clone(), &settings.places.github, settings.closed),
            quay: quay::Quay::new(site.clone(), &settings.registries),
            graph: graph::Graph::new(site, &settings.places.graph),
        }
    }
}

/// One client for all, and what it has read before.
struct Site {
    http: Result<reqwest::Client, String>,
    kept: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Clone)]
struct Kept {
    etag: http::HeaderValue,
    link: Option<http::HeaderValue>,
    body: Bytes,
}

/// An answer of any status; one that has not changed is the one that was kept.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Site {
    fn new(closed: bool) -> Site {
        let policy = reqwest::redirect::Policy::custom(|attempt| {
            let from_https = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
            if attempt.previous().len() > 3 {
                attempt.error("it redirects too often")
            } else if from_https && attempt.url().scheme() != "https" {
                attempt.error("it redirects from https to http")
            } else {
                attempt.follow()
            }
        });
        let builder = web_client(closed).timeout(Duration::from_secs(30)).redirect(policy);
        Site { http: builder.build().map_err(|error| first_line(&chain(&error))), kept: Mutex::default() }
    }

    async fn get(&self, url: &str, what: &str, mut headers: HeaderMap) -> Result<Answer, Failure> {
        let offline = |why: String| Failure::new(FailureKind::Offline, what, why, "try again");
        let http = self.http.as_ref().map_err(|why| offline(why.clone()))?;
        let known = self.kept.lock().ok().and_then(|kept| kept.get(url).cloned());
        if let Some(known) = &known {
            headers.insert(IF_NONE_MATCH, known.etag.clone());
        }
        let response = http.get(url).headers(headers).send().await.map_err(|error| offline(words(error)))?;
        let (status, mut headers) = (response.status().as_u16(), response.headers().clone());
        let body = bounded(response, what).await?;
        if status == 304 {
            let known = known.ok_or_else(|| {
                Failure::new(FailureKind::Broken, what, "it says that what was never read has not changed", "")
            })?;
            if let Some(link) = known.link {
                headers.insert(LINK, link);
            }
            return Ok(Answer { status: 200, headers, body: known.body });
        }
        if status == 200
            && let Some(etag) = headers.get(ETAG)
        {
            let page = Kept { etag: etag.clone(), link: headers.get(LINK).cloned(), body: body.clone() };
            self.keep(url, page);
        }
        Ok(Answer { status, headers, body })
    }

    fn keep(&self, url: &str, page: Kept) {
        let Ok(mut kept) = self.kept.lock() else { return };
        kept.insert(url.to_string(), page);
        if kept.values().map(|page| page.body.len()).sum::<usize>() > ANSWER_LIMIT {
            kept.retain(|other, _| other == url);
        }
    }
}

async fn bounded(response: reqwest::Response, what: &str) -> Result<Bytes, Failure> {
    let answer = gathered(response, ANSWER_LIMIT).await.map_err(|error| {
        Failure::new(FailureKind::Offline, what, format!("the answer broke off: {}", words(error)), "try again")
    })?;
    answer.map(Bytes::from).ok_or_else(|| {
        let why = format!("the answer is larger than {} MB", ANSWER_LIMIT >> 20);
        Failure::new(FailureKind::Broken, what, why, "is the address right?")
    })
}

/// The sentence of an error: each of these services has its own name for it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    message: Option<String>,
    value: Option<String>,
    error_message: Option<String>,
    detail: Option<String>,
}

impl Answer {
    fn json<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let why = crate::http::not_json(&self.body, &error).message;
            Failure::new(FailureKind::Broken, what, why, "is the address right?")
        })
    }

    /// What an answer that is no success means.
    fn failure(&self, what: &str) -> Failure {
        let kind = match self.status {
            401 => FailureKind::Expired,
            403 => FailureKind::Denied,
            404 | 410 => FailureKind::Missing,
            429 => FailureKind::Throttled,
            400 | 406 | 422 => FailureKind::Refused,
            500..=599 => FailureKind::Offline,
            _ => FailureKind::Broken,
        };
        let fault: Fault = serde_json::from_slice(&self.body).unwrap_or_default();
        let said = fault.message.or(fault.value).or(fault.error_message).or(fault.detail).unwrap_or_default();
        let status = self.status;
        let why = if said.is_empty() { format!("HTTP {status}") } else { format!("{said} (HTTP {status})") };
        Failure::new(kind, what, why, "")
    }
}

/// An address of the config, which may be plain http only because it says so.
fn address(text: &str) -> String {
    let text = text.trim_end_matches('/');
    if text.contains("://") { text.to_string() } else { format!("https://{text}") }
}
