//! One request to the release-controller and what its answer means.
//!
//! Its errors are text/plain sentences, on a bad day web pages, never JSON; a status means another thing at each of its
//! endpoints, so the sentence is kept and the kind is only a first guess.

use super::Releases;
use crate::http::{gathered, looks_like_html, not_json, words};
use crate::kubeconfig::first_line;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use weir_domain::{Failure, FailureKind};

/// The largest answer taken in, in bytes.
const ANSWER_LIMIT: usize = 32 << 20;

/// A failed request, with how long it was asked to wait, in seconds.
pub(super) struct Miss {
    pub failure: Failure,
    pub wait: Option<u64>,
    /// Whether the same question may be answered later: the server was not reached, or asked to wait.
    pub passing: bool,
}

/// What an answer costs the server: memory only, or a run of `oc`, which may take a minute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    Light,
    Heavy,
}

/// How many requests of each cost may be under way.
pub(super) struct Turnstile {
    light: Semaphore,
    heavy: Semaphore,
}

impl Default for Turnstile {
    fn default() -> Self {
        Self { light: Semaphore::new(6), heavy: Semaphore::new(2) }
    }
}

impl Releases {
    pub(super) async fn get<T: serde::de::DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, Miss> {
        self.ask(path, what, Cost::Light).await
    }

    pub(super) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        what: &str,
        cost: Cost,
    ) -> Result<T, Miss> {
        let offline = |why: String| Miss {
            failure: Failure::new(FailureKind::Offline, what, why, "weir tries again by itself"),
            wait: None,
            passing: true,
        };
        let (gate, limit) = match cost {
            Cost::Light => (&self.turnstile.light, Duration::from_secs(30)),
            Cost::Heavy => (&self.turnstile.heavy, Duration::from_secs(60)),
        };
        let _turn = gate.acquire().await.map_err(|closed| offline(closed.to_string()))?;
        let client = self.http.as_ref().map_err(|why| offline(why.clone()))?;
        let begun = Instant::now();
        let response = client
            .get(format!("{}{path}", self.base))
            .timeout(limit)
            .header("accept", "application/json")
            .send()
            .await
            .map_err(|error| offline(words(error)))?;
        let status = response.status();
        let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        let body = body(response).await.map_err(offline)?;
        if status.as_u16() == 429 || status.as_u16() == 503 && wait.is_some() {
            let seconds = wait.unwrap_or(60);
            let failure = Failure::new(
                FailureKind::Throttled,
                what,
                format!("asked to wait {seconds} s ({})", status.as_u16()),
                "weir asks again then",
            );
            return Err(Miss { failure, wait: Some(seconds), passing: true });
        }
        if status.is_success() {
            let value = serde_json::from_slice(&body).map_err(|error| {
                let why = not_json(&body, &error).message;
                let failure = Failure::new(FailureKind::Broken, what, why, "is the address right?");
                Miss { failure, wait: None, passing: false }
            })?;
            if cost == Cost::Light {
                let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.facts.send_if_modified(|facts| facts.latency_ms.replace(took) != Some(took));
            }
            return Ok(value);
        }
        let kind = match status.as_u16() {
            401 | 403 => FailureKind::Denied,
            404 | 400 => FailureKind::Missing,
            500..=599 => FailureKind::Offline,
            _ => FailureKind::Broken,
        };
        let why = if looks_like_html(&body) {
            format!("HTTP {}", status.as_u16())
        } else {
            format!("{} (HTTP {})", said(&body), status.as_u16())
        };
        Err(Miss { failure: Failure::new(kind, what, why, ""), wait, passing: matches!(status.as_u16(), 502..=504) })
    }
}

/// The sentence of an error: its first line, or the second where the first says nothing.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 << 10)]);
    let line = match text.split_once("Internal error") {
        Some(("", rest)) if !rest.trim().is_empty() => first_line(rest),
        _ => first_line(&text),
    };
    // Cut only after its secrets are out: half a token would not be known for one.
    weir_domain::secret::line(&line).chars().take(400).collect()
}

async fn body(response: reqwest::Response) -> Result<Vec<u8>, String> {
    let all =
        gathered(response, ANSWER_LIMIT).await.map_err(|error| format!("the answer broke off: {}", words(error)))?;
    all.ok_or_else(|| format!("the answer is larger than {} MB", ANSWER_LIMIT >> 20))
}
