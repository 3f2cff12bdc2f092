//! The release-controller's HTTP API, asked politely: a few cheap requests a round, more only for what changed.
//! Shapes, pitfalls and errors: its API answers text/plain errors, null lists and, on a bad day, web pages.

pub mod detail;
mod wire;

use crate::http::looks_like_html;
use crate::kubeconfig::{chain, first_line, plain_server};
use crate::watches::Outbox;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use weir_domain::release::{Verdict, built, newest_first};
use weir_domain::{
    Change, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, Loaded, Namespace, News, Phase, Release,
    Stream, StreamName,
};

/// The largest answer taken in, in bytes.
const ANSWER_LIMIT: usize = 32 << 20;

pub struct Releases {
    base: String,
    every: Duration,
    http: Result<reqwest::Client, String>,
    facts: watch::Sender<Endpoint>,
    /// What does not change once known: verdicts of decided releases, and when a promoted one was created.
    decided: Mutex<BTreeMap<String, Verdict>>,
    created: Mutex<BTreeMap<String, Option<Timestamp>>>,
}

/// A failed request, with how long it was asked to wait.
struct Miss {
    failure: Failure,
    wait: Option<u64>,
}

impl Releases {
    pub fn new(url: &str, every: Duration, closed: bool) -> Releases {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::limited(3));
        // The embedded world speaks plain http on loopback: no certificate store is needed, no proxy may stand between.
        let builder = if closed { builder.no_proxy().tls_certs_only([]) } else { builder };
        let endpoint = Endpoint {
            name: "releases".into(),
            kind: EndpointKind::Releases,
            server: plain_server(url),
            user: String::new(),
            contexts: Vec::new(),
            state: EndpointState::Connecting,
            latency_ms: None,
            as_of: None,
            unseen: Vec::new(),
            version: None,
            read_only: true,
            production: false,
            namespaces: None,
            namespace: Namespace::new(""),
            operator: None,
            host: crate::cluster::host(),
        };
        Releases {
            base: url.trim_end_matches('/').to_string(),
            every,
            http: builder.build().map_err(|error| first_line(&chain(&error))),
            facts: watch::Sender::new(endpoint),
            decided: Mutex::default(),
            created: Mutex::default(),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        self.facts.borrow().clone()
    }

    pub fn facts(&self) -> watch::Receiver<Endpoint> {
        self.facts.subscribe()
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, Miss> {
        let offline = |why: String| Miss {
            failure: Failure::new(FailureKind::Offline, what, why, "weir tries again by itself"),
            wait: None,
        };
        let client = self.http.as_ref().map_err(|why| offline(why.clone()))?;
        let begun = Instant::now();
        let url = format!("{}{path}", self.base);
        let response = client
            .get(&url)
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
            return Err(Miss { failure, wait: Some(seconds) });
        }
        let said = || first_line(&String::from_utf8_lossy(&body[..body.len().min(400)]));
        if status.is_success() {
            return match serde_json::from_slice(&body) {
                Ok(value) => {
                    let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                    self.facts.send_if_modified(|facts| facts.latency_ms.replace(took) != Some(took));
                    Ok(value)
                }
                Err(error) => {
                    let why = if looks_like_html(&body) {
                        "it answered with a web page instead of JSON".to_string()
                    } else if error.is_eof() {
                        format!("its JSON breaks off after {} bytes", body.len())
                    } else {
                        format!("its JSON is not right at line {} column {}", error.line(), error.column())
                    };
                    Err(Miss {
                        failure: Failure::new(FailureKind::Broken, what, why, "is the address right?"),
                        wait: None,
                    })
                }
            };
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
            format!("{} (HTTP {})", said(), status.as_u16())
        };
        Err(Miss { failure: Failure::new(kind, what, why, ""), wait })
    }

    /// The names of all streams with the newest tags of each, as the four cheap lists tell them.
    async fn lists(&self) -> Result<BTreeMap<String, String>, Miss> {
        let what = "cannot list streams";
        let mut marks: BTreeMap<String, String> = BTreeMap::new();
        for list in ["all", "accepted", "rejected", "ready"] {
            let names: wire::Lists = self.get(&format!("/api/v1/releasestreams/{list}"), what).await?;
            for (stream, tags) in names {
                let mark = format!("{list}:{};", tags.unwrap_or_default().join(","));
                match (list, marks.get_mut(&stream)) {
                    ("all", _) => {
                        marks.insert(stream, mark);
                    }
                    (_, Some(known)) => known.push_str(&mark),
                    (_, None) => {}
                }
            }
        }
        Ok(marks)
    }

    async fn stream(&self, name: &str) -> Result<Stream, Miss> {
        let path = format!("/api/v1/releasestream/{}", crate::http::encoded(name));
        let what = format!("cannot list the releases of {name}");
        let answer: wire::Tags = self.get(&format!("{path}/tags"), &what).await?;
        let mut releases: Vec<Release> = answer.tags.unwrap_or_default().into_iter().map(wire::Tag::release).collect();
        newest_first(&mut releases);
        if let Some(newest) = releases.first_mut() {
            self.sharpen(newest, &path).await;
        }
        Ok(Stream { name: StreamName::new(name), releases, as_of: Some(Timestamp::now()) })
    }

    /// Asks for the newest release's jobs, and, for a promoted one, when it was created. Decided ones are asked for once.
    async fn sharpen(&self, newest: &mut Release, path: &str) {
        let known = self.decided.lock().ok().and_then(|d| d.get(&*newest.name).cloned());
        let undecided = matches!(newest.phase, Phase::Pending | Phase::Ready);
        match known {
            Some(verdict) => newest.verdict = Some(verdict),
            None => {
                let short = format!("{path}/release/{}?format=short", crate::http::encoded(&newest.name));
                if let Ok(info) = self.get::<wire::Info>(&short, "cannot read a release").await {
                    let verdict = info.verdict();
                    if !undecided && let Ok(mut decided) = self.decided.lock() {
                        decided.insert(newest.name.to_string(), verdict.clone());
                    }
                    newest.verdict = Some(verdict);
                }
            }
        }
        if built(&newest.name).is_some() {
            return;
        }
        let known = self.created.lock().ok().and_then(|c| c.get(&*newest.name).copied());
        newest.created = match known {
            Some(created) => created,
            None => {
                // Made from the image; the answer does not change, so it is asked for once.
                let full = format!("{path}/release/{}", crate::http::encoded(&newest.name));
                let created =
                    self.get::<wire::Info>(&full, "cannot read a release").await.ok().and_then(|i| i.created());
                if let Ok(mut all) = self.created.lock() {
                    all.insert(newest.name.to_string(), created);
                }
                created
            }
        };
    }

    fn good(&self) {
        let now = Timestamp::now();
        self.facts.send_if_modified(|facts| {
            facts.state = EndpointState::Live;
            facts.as_of = Some(now);
            true
        });
    }

    fn lost(&self, failure: &Failure, retry: Timestamp) {
        self.facts.send_if_modified(|facts| {
            let since = match &facts.state {
                EndpointState::Lost { since, .. } => *since,
                _ => Timestamp::now(),
            };
            facts.state = EndpointState::Lost { since, failure: failure.clone(), retry: Some(retry) };
            true
        });
    }

    /// How long to wait: what was asked, else the poll's interval, never less than five seconds.
    fn rest(&self, miss: Option<&Miss>) -> Duration {
        match miss.and_then(|m| m.wait) {
            Some(seconds) => Duration::from_secs(seconds.clamp(5, 600)),
            None => self.every.max(Duration::from_millis(200)),
        }
    }

    /// All streams for as long as somebody listens.
    pub async fn streams(self: Arc<Self>, outbox: Outbox) {
        let mut marks: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let round = self.round(&mut marks, &outbox).await;
            let miss = match round {
                Ok(true) => None,
                Ok(false) => return,
                Err(miss) => Some(miss),
            };
            let rest = self.rest(miss.as_ref());
            if let Some(miss) = &miss {
                let retry = Timestamp::now() + jiff::SignedDuration::try_from(rest).unwrap_or_default();
                self.lost(&miss.failure, retry);
                if !say(&outbox, Change::Lost { failure: miss.failure.clone(), retry: Some(retry) }).await {
                    return;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = outbox.closed() => return,
            }
        }
    }

    /// One round: the cheap lists, then the tags of streams whose lists changed. `Ok(false)`: nobody listens.
    async fn round(&self, marks: &mut BTreeMap<String, String>, outbox: &Outbox) -> Result<bool, Miss> {
        let now = self.lists().await?;
        let gone: Vec<StreamName> = marks.keys().filter(|s| !now.contains_key(*s)).map(StreamName::new).collect();
        let first = marks.is_empty();
        if first && !say(outbox, Change::Begin).await {
            return Ok(false);
        }
        if !gone.is_empty() && !say(outbox, Change::Remove(gone)).await {
            return Ok(false);
        }
        marks.retain(|stream, _| now.contains_key(stream));
        let mut unseen = Vec::new();
        for (stream, mark) in now {
            if marks.get(&stream) == Some(&mark) {
                continue;
            }
            match self.stream(&stream).await {
                Ok(found) => {
                    marks.insert(stream.clone(), mark);
                    if !say(outbox, Change::Upsert(vec![(StreamName::new(&stream), found)])).await {
                        return Ok(false);
                    }
                }
                Err(miss) if miss.wait.is_some() => return Err(miss),
                Err(miss) => unseen.push(miss.failure.sentence()),
            }
        }
        self.facts.send_if_modified(|facts| std::mem::replace(&mut facts.unseen, unseen.clone()) != unseen);
        self.good();
        Ok(if first { say(outbox, Change::Complete).await } else { say(outbox, Change::Alive).await })
    }

    /// One stream for as long as somebody listens.
    pub async fn releases(self: Arc<Self>, name: StreamName, outbox: Outbox) {
        loop {
            let answer = self.stream(name.as_str()).await;
            let rest = self.rest(answer.as_ref().err());
            let news = match answer {
                Ok(stream) => {
                    self.good();
                    Loaded::Known(stream)
                }
                Err(miss) if miss.failure.kind == FailureKind::Missing => Loaded::Missing(miss.failure),
                Err(miss) => {
                    let retry = Timestamp::now() + jiff::SignedDuration::try_from(rest).unwrap_or_default();
                    Loaded::Lost { failure: miss.failure, retry: Some(retry) }
                }
            };
            if outbox.send(News::Releases(name.clone(), news)).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = outbox.closed() => return,
            }
        }
    }
}

async fn say(outbox: &Outbox, change: Change<StreamName, Stream>) -> bool {
    outbox.send(News::Streams(change)).await.is_ok()
}

/// A transport error without its address, which may hold a password.
fn words(error: reqwest::Error) -> String {
    crate::http::plain(&chain(&error.without_url()))
}

async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| format!("the answer broke off: {}", words(error)))? {
        if all.len() + piece.len() > ANSWER_LIMIT {
            return Err(format!("the answer is larger than {} MB", ANSWER_LIMIT >> 20));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}
