//! Keeps one collection of an API server live: paged list, then watch with bookmarks, for ever.
//!
//! 410 starts over, 401 waits for a new log-in, a dropped connection goes on where it was. The whole is a state, never an error:
//! only a denied list ends it.

use crate::cluster::{Cluster, Session};
use crate::http::{self, Trouble};
use bytes::Bytes;
use futures::StreamExt;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use weir_domain::{Failure, FailureKind};

/// Where a collection lies on a session; `None` when the server does not have it.
pub type PathOn = Arc<dyn Fn(&Session) -> Option<String> + Send + Sync>;

/// What is reflected.
#[derive(Clone)]
pub struct Target {
    pub cluster: Arc<Cluster>,
    pub path: PathOn,
    /// More of the query, e.g. `labelSelector=…`, already encoded.
    pub select: String,
    /// "list runs on `moc`", after "cannot".
    pub what: String,
}

/// What there is to say. `T` is one decoded object.
pub enum Seen<T> {
    Begin,
    /// Objects of the list; `first` marks the first page, `more` that others follow, `of` how many there are in all.
    Page {
        items: Vec<T>,
        have: u64,
        of: Option<u64>,
        first: bool,
        more: bool,
    },
    Complete,
    Set(Vec<T>),
    Gone(T),
    /// A lost watch is back and nothing was missed.
    Alive,
    /// The server has no such collection.
    Absent,
    /// The list is denied; nothing more comes, because another way may be open to the caller.
    Denied(Failure),
    /// Objects that could not be read: how many, and the first one's trouble.
    Unreadable(u64, String),
    Lost {
        failure: Failure,
        retry: Option<Timestamp>,
    },
}

#[derive(Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
    #[serde(default, rename = "resourceVersion")]
    version: Option<String>,
    #[serde(default, rename = "remainingItemCount")]
    remaining: Option<u64>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default)]
    metadata: Option<ListMeta>,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct WatchEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Marked {
    metadata: ListMeta,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
}

/// A no that comes after a lost connection counts when it is said this often.
const SURE: u32 = 4;
const PAGE: usize = 500;
/// The server ends a watch after this many seconds; weir opens the next one.
const WATCH_SECONDS: u64 = 290;

/// How an object becomes a `T`.
pub type Decode<T> = Arc<dyn Fn(&str) -> Result<T, serde_json::Error> + Send + Sync>;

/// What a reflector says, in order. Dropping it ends the reflector.
pub struct Feed<T> {
    seen: mpsc::Receiver<Seen<T>>,
    task: tokio::task::JoinHandle<()>,
}

impl<T> Feed<T> {
    /// `None` after a `Denied`.
    pub async fn next(&mut self) -> Option<Seen<T>> {
        self.seen.recv().await
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps the target live for as long as the feed is held.
pub fn reflect<T: Send + 'static>(target: Target, decode: Decode<T>) -> Feed<T> {
    let (out, seen) = mpsc::channel(8);
    Feed { seen, task: tokio::spawn(run(target, decode, Out(out))) }
}

struct Out<T>(mpsc::Sender<Seen<T>>);

impl<T> Out<T> {
    /// False when nobody listens any more.
    async fn say(&self, seen: Seen<T>) -> bool {
        self.0.send(seen).await.is_ok()
    }
}

async fn run<T: Send>(target: Target, decode: Decode<T>, out: Out<T>) {
    let mut attempt = 0u32;
    let what = format!("cannot {}", target.what);
    let mut version: Option<String> = None;
    let mut lost = false;
    let (mut offline, mut unsure) = (false, 0);
    loop {
        let session = match target.cluster.session().await {
            Ok(session) => session,
            Err(failure) => {
                lost = true;
                offline = failure.kind == FailureKind::Offline;
                if !wait(&target, &failure, None, &mut attempt, &out).await {
                    return;
                }
                continue;
            }
        };
        let Some(path) = (target.path)(&session) else {
            if !out.say(Seen::Absent).await {
                return;
            }
            target.cluster.rest(Duration::from_secs(60)).await;
            target.cluster.forget(&session).await;
            continue;
        };
        let step = match version.take() {
            None => list(&target, &session, &path, &decode, &out).await.map(Some),
            Some(from) => watch(&target, &session, &path, &from, &decode, &out, &mut lost).await,
        };
        match step {
            Ok(next) => {
                attempt = 0;
                (lost, offline) = (false, false);
                version = next;
            }
            Err(Halt::Nobody) => return,
            Err(Halt::Trouble(trouble, resume)) => {
                let failure = target.cluster.note(&session, &trouble, &what).await;
                // An API server that has just come back does not know its rules yet.
                if failure.kind == FailureKind::Denied && !(offline && unsure < SURE) {
                    out.say(Seen::Denied(failure)).await;
                    return;
                }
                unsure = if failure.kind == FailureKind::Denied { unsure + 1 } else { 0 };
                version = resume;
                lost = true;
                offline |= failure.kind == FailureKind::Offline;
                let asked = match &trouble {
                    Trouble::Refused(refusal) if refusal.code == 403 => Some(1),
                    Trouble::Refused(refusal) => refusal.retry_after,
                    _ => None,
                };
                if !wait(&target, &failure, asked, &mut attempt, &out).await {
                    return;
                }
            }
        }
    }
}

enum Halt {
    Nobody,
    Trouble(Trouble, Option<String>),
}

async fn wait<T: Send>(
    target: &Target,
    failure: &Failure,
    asked: Option<u64>,
    attempt: &mut u32,
    out: &Out<T>,
) -> bool {
    let nap = crate::cluster::nap(*attempt, failure.kind, asked);
    let retry = crate::cluster::after(nap);
    *attempt += 1;
    if matches!(failure.kind, FailureKind::Offline | FailureKind::Expired | FailureKind::Broken | FailureKind::Usage) {
        target.cluster.lost(failure, Some(retry));
    }
    let listening = out.say(Seen::Lost { failure: failure.clone(), retry: Some(retry) }).await;
    if listening {
        target.cluster.rest(nap).await;
    }
    listening
}

fn query(path: &str, select: &str, more: &str) -> String {
    let select = if select.is_empty() { String::new() } else { format!("{select}&") };
    format!("{path}?{select}{more}")
}

/// Reads all pages; the next is fetched while one is decoded. Returns the version to watch from.
async fn list<T: Send>(
    target: &Target,
    session: &Arc<Session>,
    path: &str,
    decode: &Decode<T>,
    out: &Out<T>,
) -> Result<String, Halt> {
    if !out.say(Seen::Begin).await {
        return Err(Halt::Nobody);
    }
    let fetch = |token: Option<String>| {
        let token = token.map(|t| format!("&continue={}", http::encoded(&t))).unwrap_or_default();
        let request = http::get(&query(path, &target.select, &format!("limit={PAGE}{token}")));
        let client = session.client.clone();
        tokio::spawn(async move { http::unary(&client, request).await })
    };
    let begun = Instant::now();
    let mut pending = Abort(fetch(None));
    let (mut have, mut first) = (0u64, true);
    loop {
        let body = (&mut pending.0)
            .await
            .unwrap_or_else(|_| Err(Trouble::Lost { why: "the request was dropped".into(), sent: true }));
        let body = match body {
            // The list's snapshot is gone: start over.
            Err(Trouble::Refused(refusal)) if refusal.code == 410 && !first => {
                return Err(Halt::Trouble(Trouble::Refused(refusal), None));
            }
            other => other.map_err(|trouble| Halt::Trouble(trouble, None))?,
        };
        if first {
            target.cluster.good(Some(begun.elapsed()));
        }
        let ahead = continue_token(&body);
        if let Some(token) = &ahead {
            pending = Abort(fetch(Some(token.clone())));
        }
        let page: Page<'_> = serde_json::from_slice(&body)
            .map_err(|error| Halt::Trouble(Trouble::Refused(http::not_json(&body, &error)), None))?;
        let raw = page.items.unwrap_or_default();
        let (mut items, mut unreadable, mut why) = (Vec::with_capacity(raw.len()), 0, String::new());
        for one in raw {
            match decode(one.get()) {
                Ok(item) => items.push(item),
                Err(error) => {
                    unreadable += 1;
                    why = error.to_string();
                }
            }
        }
        have += items.len() as u64;
        let meta = page.metadata.unwrap_or(ListMeta { next: None, version: None, remaining: None });
        let next = meta.next.filter(|n| !n.is_empty());
        let of = Some(have + meta.remaining.unwrap_or(0));
        if !out.say(Seen::Page { items, have, of, first, more: next.is_some() }).await {
            return Err(Halt::Nobody);
        }
        if unreadable > 0 && !out.say(Seen::Unreadable(unreadable, why)).await {
            return Err(Halt::Nobody);
        }
        first = false;
        match next {
            Some(token) if ahead.as_deref() != Some(&token) => pending = Abort(fetch(Some(token))),
            Some(_) => {}
            None => {
                if !out.say(Seen::Complete).await {
                    return Err(Halt::Nobody);
                }
                return Ok(meta.version.unwrap_or_default());
            }
        }
    }
}

/// Ends a request that nobody waits for any more.
struct Abort<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The continue token at the end of a list's body, found before it is decoded.
fn continue_token(body: &Bytes) -> Option<String> {
    let tail = &body[body.len().saturating_sub(4096)..];
    let key = br#""continue":""#;
    let at = memchr::memmem::rfind(tail, key)? + key.len();
    let end = memchr::memchr(b'"', &tail[at..])? + at;
    let token = std::str::from_utf8(&tail[at..end]).ok()?;
    (!token.is_empty() && !token.contains('\\')).then(|| token.to_string())
}

/// One watch until the server ends it. `Ok(Some(version))`: go on from there; `Ok(None)`: list again.
async fn watch<T: Send>(
    target: &Target,
    session: &Arc<Session>,
    path: &str,
    from: &str,
    decode: &Decode<T>,
    out: &Out<T>,
    lost: &mut bool,
) -> Result<Option<String>, Halt> {
    let more = format!(
        "watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={}",
        http::encoded(from)
    );
    let mut version = from.to_string();
    let begun = Instant::now();
    let broken =
        |why: String, version: &str| Halt::Trouble(Trouble::Lost { why, sent: true }, Some(version.to_string()));
    let opening = http::open(&session.client, http::get(&query(path, &target.select, &more)));
    let response = match tokio::time::timeout(http::UNARY_LIMIT, opening).await {
        Ok(Ok(response)) => response,
        Ok(Err(Trouble::Refused(refusal))) if refusal.code == 410 => return Ok(None),
        Ok(Err(trouble)) => return Err(Halt::Trouble(trouble, Some(version))),
        Err(_) => return Err(broken(format!("no answer in {} s", http::UNARY_LIMIT.as_secs()), &version)),
    };
    if *lost && !out.say(Seen::Alive).await {
        return Err(Halt::Nobody);
    }
    *lost = false;
    target.cluster.good(None);
    let mut lines = crate::lines::Lines::new(http::ANSWER_LIMIT);
    let mut body = response.into_body().into_data_stream();
    loop {
        let piece = match tokio::time::timeout(Duration::from_secs(WATCH_SECONDS + 30), body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(error))) => {
                return Err(broken(format!("the connection broke: {}", crate::kubeconfig::chain(&error)), &version));
            }
            Ok(None) => break,
            Err(_) => return Err(broken("nothing came for too long".into(), &version)),
        };
        target.cluster.good(None);
        let mut set = Vec::new();
        let mut gone = Vec::new();
        let mut over = None;
        let (mut unreadable, mut wrong) = (0, String::new());
        lines.feed(&piece, |line| {
            let Ok(event) = serde_json::from_slice::<WatchEvent<'_>>(line) else { return };
            match event.kind {
                "BOOKMARK" | "ADDED" | "MODIFIED" | "DELETED" => {
                    if let Ok(marked) = serde_json::from_str::<Marked>(event.object.get())
                        && let Some(at) = marked.metadata.version
                    {
                        version = at;
                    }
                    match (event.kind, decode(event.object.get())) {
                        ("ADDED" | "MODIFIED", Ok(object)) => set.push(object),
                        ("DELETED", Ok(object)) => gone.push((set.len(), object)),
                        ("ADDED" | "MODIFIED", Err(error)) => {
                            unreadable += 1;
                            wrong = error.to_string();
                        }
                        _ => {}
                    }
                }
                "ERROR" => {
                    let fault: Fault = serde_json::from_str(event.object.get()).unwrap_or(Fault {
                        code: 500,
                        message: String::new(),
                        reason: String::new(),
                    });
                    over = Some(fault);
                }
                _ => {}
            }
        });
        let mut set = set.into_iter();
        let mut taken = 0;
        for (before, object) in gone {
            let batch: Vec<T> = set.by_ref().take(before - taken).collect();
            taken = before;
            if (!batch.is_empty() && !out.say(Seen::Set(batch)).await) || !out.say(Seen::Gone(object)).await {
                return Err(Halt::Nobody);
            }
        }
        let rest: Vec<T> = set.collect();
        if !rest.is_empty() && !out.say(Seen::Set(rest)).await {
            return Err(Halt::Nobody);
        }
        if unreadable > 0 && !out.say(Seen::Unreadable(unreadable, wrong)).await {
            return Err(Halt::Nobody);
        }
        match over {
            Some(fault) if fault.code == 410 => return Ok(None),
            Some(fault) => {
                let refusal = http::Refusal {
                    code: fault.code,
                    reason: fault.reason,
                    message: fault.message,
                    retry_after: None,
                    foreign: false,
                };
                return Err(Halt::Trouble(Trouble::Refused(refusal), Some(version)));
            }
            None => {}
        }
    }
    // A server that ends each watch at once must not be asked without pause.
    if begun.elapsed() < Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(Some(version))
}
