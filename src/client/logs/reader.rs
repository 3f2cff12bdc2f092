//! Reads one container's log to its end.
//!
//! A kubelet resumes by whole seconds, so weir resumes by the last stamp *and* how many lines it has seen at that stamp.
//! A clean end of the stream means nothing while the container runs: containerd ends each follow after some hours.

use super::stamp::Stamps;
use super::{Board, Container};
use crate::Client;
use crate::cluster::nap;
use crate::http::{self, Trouble};
use crate::lines::Lines;
use crate::watches::Outbox;
use futures::StreamExt;
use http_body_util::BodyExt;
use jiff::Timestamp;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use weir_domain::log::{LogId, LogNews};
use weir_domain::{Failure, FailureKind, News, secret, text};

/// A longer line is cut here, in bytes, and says so.
const LINE_LIMIT: usize = 256 << 10;
/// Text is handed on when it reaches this size, or when the network has no more.
const PIECE: usize = 128 << 10;

pub(super) struct Reader {
    pub client: Client,
    pub id: LogId,
    pub container: Container,
    pub board: Arc<Board>,
    pub outbox: Outbox,
}

/// Where reading stands, so that it can go on without loss or repeats.
#[derive(Default)]
struct Place {
    /// The stamp of the last line, Unix nanoseconds.
    last: Option<i64>,
    /// How many lines have been taken at that stamp.
    at_last: u32,
    /// While resuming: lines at `last` that may still come again.
    again: u32,
    /// Whether a line at `last` came again, which shows that nothing is missing.
    met: bool,
    resuming: bool,
}

impl Place {
    fn resume(&mut self) {
        self.resuming = self.last.is_some();
        self.again = self.at_last;
        self.met = false;
    }

    /// Whether a line is new.
    fn takes(&mut self, at: Option<i64>) -> bool {
        let (Some(at), Some(last)) = (at, self.last) else {
            self.last = at.or(self.last);
            self.at_last = u32::from(at.is_some());
            return true;
        };
        if self.resuming {
            if at < last {
                return false;
            }
            if at == last && self.again > 0 {
                self.again -= 1;
                self.met = true;
                return false;
            }
            self.resuming = false;
        }
        if at == last {
            self.at_last += 1;
        } else {
            self.last = Some(at);
            self.at_last = 1;
        }
        true
    }
}

enum End {
    /// The stream ended cleanly.
    Clean,
    Broken(String),
    Nobody,
}

impl Reader {
    async fn say(&self, news: LogNews) -> bool {
        self.outbox.send(News::Log(self.id.clone(), news)).await.is_ok()
    }

    pub async fn run(self) {
        let mut place = Place::default();
        let mut attempt = 0u32;
        let mut waiting: Option<String> = None;
        let mut gap: Option<Timestamp> = None;
        // Followed to a clean end.
        let mut followed = false;
        // A loss was told, and not yet that it is over.
        let mut away = false;
        let mut rings = self.board.rings();
        let what = format!("cannot read the log of {}", self.container.source.title());
        let source = || self.container.source.clone();
        loop {
            let ended = self.board.ended(&self.container);
            let Ok(cluster) = self.client.inner.clusters.find(&self.id.run.cluster) else { return };
            let session = match cluster.session().await {
                Ok(session) => session,
                Err(failure) => {
                    gap.get_or_insert_with(Timestamp::now);
                    cluster.rest(nap(attempt, failure.kind, None)).await;
                    attempt += 1;
                    continue;
                }
            };
            place.resume();
            let path = path(&self.id, &self.container, ended.is_none(), place.last);
            match http::open(&session.client, http::get(&path)).await {
                Ok(response) => {
                    cluster.good(None);
                    if std::mem::take(&mut away) && !self.say(LogNews::Back).await {
                        return;
                    }
                    let end = self.read(response, &mut place, &mut gap).await;
                    match end {
                        End::Nobody => return,
                        End::Clean => attempt = 0,
                        End::Broken(why) => {
                            gap.get_or_insert_with(Timestamp::now);
                            let trouble = Trouble::Lost { why, sent: true };
                            let failure = cluster.note(&session, &trouble, &what).await;
                            away = true;
                            if !self.say(LogNews::Lost(failure)).await {
                                return;
                            }
                            cluster.rest(nap(attempt, FailureKind::Offline, None)).await;
                            attempt += 1;
                            continue;
                        }
                    }
                    // What the stream's end means only the step's state can say; it may lag a little.
                    let deadline = tokio::time::sleep(Duration::from_secs(3));
                    tokio::pin!(deadline);
                    let done = loop {
                        if let Some(end) = self.board.ended(&self.container) {
                            break Some(end);
                        }
                        tokio::select! {
                            () = &mut deadline => break None,
                            changed = rings.changed() => if changed.is_err() { return },
                        }
                    };
                    match done {
                        Some((status, words, at)) if ended.is_some() => {
                            self.say(LogNews::Ended { source: source(), status, words, at }).await;
                            return;
                        }
                        // A stream that was opened before the end was known may have been cut short of it: what is left
                        // is read once more, now that nothing can be added.
                        Some(_) => followed = true,
                        // The log of a pod that no node has taken is an empty one.
                        None => match self.board.waits(&self.container).filter(|_| place.last.is_none()) {
                            Some(words) if waiting.as_ref() != Some(&words) => {
                                if !self.say(LogNews::Waiting { source: source(), words: words.clone() }).await {
                                    return;
                                }
                                waiting = Some(words);
                            }
                            Some(_) => {}
                            None => {
                                gap.get_or_insert_with(Timestamp::now);
                            }
                        },
                    }
                }
                Err(trouble) => match (trouble.code(), ended) {
                    (Some(404), Some((status, words, at))) if followed => {
                        self.say(LogNews::Ended { source: source(), status, words, at }).await;
                        return;
                    }
                    (Some(404), _) => {
                        let words = "its pod is gone, and its log with it".to_string();
                        self.say(LogNews::Gone { source: source(), words }).await;
                        return;
                    }
                    (Some(400), Some((status, words, at))) => {
                        self.say(LogNews::Ended { source: source(), status, words, at }).await;
                        return;
                    }
                    (Some(400), None) => {
                        let words = trouble.failure("").why;
                        if waiting.as_ref() != Some(&words) {
                            if !self.say(LogNews::Waiting { source: source(), words: words.clone() }).await {
                                return;
                            }
                            waiting = Some(words);
                        }
                        let _ = tokio::time::timeout(Duration::from_secs(1), rings.changed()).await;
                    }
                    // An API server that has just come back does not know its rules yet.
                    (Some(403), _) if !gap.is_some_and(recent) => {
                        let words = format!("no right to read it: {}", trouble.failure("").why);
                        self.say(LogNews::Gone { source: source(), words }).await;
                        return;
                    }
                    _ => {
                        gap.get_or_insert_with(Timestamp::now);
                        let failure = cluster.note(&session, &trouble, &what).await;
                        let asked = match &trouble {
                            Trouble::Refused(refusal) if refusal.code == 403 => Some(1),
                            Trouble::Refused(refusal) => refusal.retry_after,
                            Trouble::Lost { .. } | Trouble::TooLarge(_) => None,
                        };
                        away = true;
                        if !self.say(LogNews::Lost(failure.clone())).await {
                            return;
                        }
                        cluster.rest(nap(attempt, failure.kind, asked)).await;
                        attempt += 1;
                    }
                },
            }
        }
    }

    async fn read(
        &self,
        response: ::http::Response<kube::client::Body>,
        place: &mut Place,
        gap: &mut Option<Timestamp>,
    ) -> End {
        let mut body = response.into_body().into_data_stream();
        let mut lines = Lines::new(LINE_LIMIT);
        let mut stamps = Stamps::default();
        let mut piece = Piece::default();
        if place.last.is_none() {
            *gap = None;
        }
        loop {
            let next = match futures::poll!(body.next()) {
                std::task::Poll::Ready(next) => next,
                std::task::Poll::Pending => {
                    if !self.flush(&mut piece).await {
                        return End::Nobody;
                    }
                    body.next().await
                }
            };
            let chunk = match next {
                Some(Ok(chunk)) => chunk,
                Some(Err(error)) => {
                    // A line that broke off comes again whole after the resume.
                    return if self.flush(&mut piece).await {
                        End::Broken(crate::kubeconfig::chain(&error))
                    } else {
                        End::Nobody
                    };
                }
                None => break,
            };
            let mut note = None;
            lines.feed_cut(&chunk, |line, cut| {
                let (at, text) = stamps.split(line);
                let resumed = place.resuming;
                if place.takes(at) {
                    if resumed && let Some(since) = gap.take() {
                        note = Some((since, place.met, piece.stamps.len()));
                    }
                    piece.push(text, at, cut);
                }
            });
            if let Some((since, whole, _)) = note
                && !self
                    .say(LogNews::Note { source: self.container.source.clone(), text: gap_words(since, whole) })
                    .await
            {
                return End::Nobody;
            }
            if piece.text.len() > PIECE && !self.flush(&mut piece).await {
                return End::Nobody;
            }
        }
        if let Some((line, cut)) = lines.rest() {
            let (at, text) = stamps.split(&line);
            if place.takes(at) {
                piece.push(text, at, cut);
            }
        }
        if self.flush(&mut piece).await { End::Clean } else { End::Nobody }
    }

    async fn flush(&self, piece: &mut Piece) -> bool {
        if piece.stamps.is_empty() {
            return true;
        }
        let Piece { text, stamps, hidden } = std::mem::take(piece);
        self.say(LogNews::Lines { source: self.container.source.clone(), text, stamps, hidden }).await
    }
}

fn recent(since: Timestamp) -> bool {
    Timestamp::now().as_second() - since.as_second() < 60
}

fn gap_words(since: Timestamp, whole: bool) -> String {
    let clock = |at: Timestamp| at.strftime("%H:%M:%S").to_string();
    let missing = if whole { "nothing missing" } else { "lines may be missing: the node no longer had the last one" };
    format!("{} UTC connection lost; resumed {}, {missing}", clock(since), clock(Timestamp::now()))
}

#[derive(Default)]
struct Piece {
    text: String,
    stamps: Vec<i64>,
    hidden: u32,
}

impl Piece {
    fn push(&mut self, line: &[u8], at: Option<i64>, cut: usize) {
        if !self.stamps.is_empty() {
            self.text.push('\n');
        }
        let line = String::from_utf8_lossy(line);
        let clean = text::clean_log_line(&line);
        let (shown, hidden) = secret::count(&clean);
        self.text.push_str(&shown);
        if cut > 0 {
            self.text.push_str(&format!(" … {cut} more bytes of this line are not shown"));
        }
        self.hidden += hidden;
        self.stamps.push(at.unwrap_or(0));
    }
}

fn path(id: &LogId, container: &Container, follow: bool, since: Option<i64>) -> String {
    let base = format!(
        "/api/v1/namespaces/{}/pods/{}/log",
        http::encoded(id.run.namespace.as_str()),
        http::encoded(&container.pod)
    );
    let follow = if follow { "&follow=true" } else { "" };
    let since = since
        .and_then(|nanos| Timestamp::from_second(nanos.div_euclid(1_000_000_000)).ok())
        .map(|at| format!("&sinceTime={}", http::encoded(&at.to_string())))
        .unwrap_or_default();
    format!("{base}?container={}&timestamps=true{follow}{since}", http::encoded(&container.container))
}

/// Writes what the server has of one container; returns the number of lines. A log that is gone or waits is a line that says so.
pub(super) async fn copy(
    client: &Client,
    id: &LogId,
    container: &Container,
    out: &mut impl Write,
) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureKind::Refused, "cannot save the log", error.to_string(), "is there room on the disk?")
    };
    let (cluster, session) = crate::queries::connected(client, &id.run.cluster).await?;
    let response = match http::open(&session.client, http::get(&path(id, container, false, None))).await {
        Ok(response) => response,
        Err(trouble) if matches!(trouble.code(), Some(400 | 404)) => {
            writeln!(out, "── no log: {} ──", trouble.failure("").why).map_err(failed)?;
            return Ok(0);
        }
        Err(trouble) => return Err(cluster.note(&session, &trouble, "cannot save the log").await),
    };
    let mut body = response.into_body().into_data_stream();
    let mut lines = Lines::new(LINE_LIMIT);
    let mut stamps = Stamps::default();
    let mut piece = Piece::default();
    let mut written = 0;
    loop {
        let next = body.next().await;
        match &next {
            Some(Ok(chunk)) => lines.feed_cut(chunk, |line, cut| {
                let (at, text) = stamps.split(line);
                piece.push(text, at, cut);
            }),
            Some(Err(error)) => {
                return Err(Failure::new(
                    FailureKind::Offline,
                    "the log is saved in part",
                    crate::kubeconfig::chain(error),
                    "save it again",
                ));
            }
            None => {
                if let Some((line, cut)) = lines.rest() {
                    let (at, text) = stamps.split(&line);
                    piece.push(text, at, cut);
                }
            }
        }
        if !piece.stamps.is_empty() {
            written += piece.stamps.len() as u64;
            writeln!(out, "{}", piece.text).map_err(failed)?;
            piece = Piece::default();
        }
        if next.is_none() {
            return Ok(written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a place all lines in two readings, the second beginning at the whole second of the first one's end.
    #[test]
    fn a_resumed_log_loses_and_repeats_nothing_even_at_equal_stamps() {
        let all: Vec<i64> = vec![10, 10, 10, 11, 12, 12, 12, 12, 13];
        for cut in 0..=all.len() {
            let mut place = Place::default();
            let mut taken: Vec<(usize, i64)> = Vec::new();
            for (index, at) in all.iter().enumerate().take(cut) {
                assert!(place.takes(Some(*at)));
                taken.push((index, *at));
            }
            place.resume();
            for (index, at) in all.iter().enumerate() {
                if place.takes(Some(*at)) {
                    taken.push((index, *at));
                }
            }
            let expected: Vec<(usize, i64)> = all.iter().copied().enumerate().collect();
            assert_eq!(taken, expected, "cut at {cut}");
        }
    }
}
