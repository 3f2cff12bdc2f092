//! One release whole, as it becomes known: its phase and jobs at once, each further part when its answer is there.
//!
//! A part that is slow, denied or broken never holds up another; what it would have told is named in `unseen`.

mod parts;

use super::object;
use crate::Client;
use crate::watches::{Outbox, absent};
use parts::{Part, Picture};
use std::sync::Arc;
use tokio::sync::{mpsc, watch as signal};
use tokio::task::JoinSet;
use weir_domain::payload::Changelog;
use weir_domain::{Failure, FailureKind, Loaded, News, Phase, ReleaseId};

/// How often a full detail or a changelog is asked for in vain, when the server asks to wait.
const TRIES: u32 = 5;
/// How often channels are looked through; what was seen once is not asked again.
const CHANNELS_EVERY: std::time::Duration = std::time::Duration::from_secs(120);

fn none() -> Failure {
    Failure::new(
        FailureKind::Usage,
        "there is no release-controller",
        "the config names none",
        "set `releases` in the config or give --releases",
    )
}

pub(crate) async fn changelog(client: &Client, from: &str, to: &str) -> Result<Changelog, Failure> {
    client.inner.releases.as_ref().ok_or_else(none)?.changelog(from, to).await
}

/// What the slow parts wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    phase: Phase,
    accepted_before: Option<Arc<str>>,
}

impl Known {
    fn has_image(&self) -> bool {
        !matches!(self.phase, Phase::Pending | Phase::Failed)
    }
}

pub(crate) async fn watch(client: Client, id: ReleaseId, outbox: Outbox) {
    let Some(releases) = client.inner.releases.clone() else {
        return absent(&outbox, News::Release(id, Loaded::Missing(none()))).await;
    };
    let mut picture = Picture::new(&id, &releases.endpoint().server);
    let (parts, mut arrived) = mpsc::channel(16);
    let (sights, mut seen) = mpsc::channel(4);
    let (known, learnt) = signal::channel(None);
    let channels = client.inner.settings.channels.iter().map(|channel| channel.name.clone()).collect();
    // Dropped with this task, which ends all of them.
    let mut work = JoinSet::new();
    work.spawn(Work { releases: releases.clone(), id: id.clone(), parts: parts.clone() }.status(known));
    work.spawn(Work { releases: releases.clone(), id: id.clone(), parts: parts.clone() }.history(learnt.clone()));
    work.spawn(Work { releases, id: id.clone(), parts }.channels(channels, learnt));
    work.spawn(object::follow(client, id.name.clone(), sights));
    let mut last = None;
    loop {
        tokio::select! {
            Some(part) = arrived.recv() => picture.take(part),
            Some(sight) = seen.recv() => picture.take(Part::Sight(sight)),
            () = outbox.closed() => return,
        }
        for news in picture.news() {
            if last.as_ref() == Some(&news) {
                continue;
            }
            last = Some(news.clone());
            if outbox.send(News::Release(id.clone(), news)).await.is_err() {
                return;
            }
        }
    }
}

struct Work {
    releases: Arc<super::Releases>,
    id: ReleaseId,
    parts: mpsc::Sender<Part>,
}

impl Work {
    /// False when nobody listens any more.
    async fn say(&self, part: Part) -> bool {
        self.parts.send(part).await.is_ok()
    }

    /// The cheap answers, again and again: the short detail, then the stream's tags, then the strip.
    async fn status(self, known: signal::Sender<Option<Known>>) {
        let (stream, tag) = (self.id.stream.as_str(), &*self.id.name);
        loop {
            let short = self.releases.info(stream, tag).await;
            let mut rest = self.releases.rest(short.as_ref().err());
            match short {
                Ok(info) => {
                    self.releases.good();
                    let phase = info.phase();
                    if !self.say(Part::Short(Box::new(info))).await {
                        return;
                    }
                    let listed = self.releases.listed(stream).await;
                    let accepted_before = listed.as_ref().ok().and_then(|all| before(all, tag));
                    known.send_replace(Some(Known { phase, accepted_before: accepted_before.clone() }));
                    match listed {
                        Ok(all) => {
                            let release = all.iter().find(|r| &*r.name == tag).cloned();
                            if !self.say(Part::Tag(release, accepted_before)).await {
                                return;
                            }
                            let (strip, unread) = self.releases.strip(stream, tag, &all).await;
                            if !self.say(Part::Strip(strip, unread)).await {
                                return;
                            }
                        }
                        Err(miss) => {
                            rest = self.releases.rest(Some(&miss));
                            if !self.say(Part::Unseen("tags", Some(miss.failure.sentence()))).await {
                                return;
                            }
                        }
                    }
                }
                Err(miss) => {
                    let retry = crate::cluster::after(rest);
                    if !self.say(Part::Lost(miss.failure, retry)).await {
                        return;
                    }
                }
            }
            tokio::time::sleep(rest).await;
        }
    }

    /// The expensive answers, once.
    async fn history(self, mut learnt: signal::Receiver<Option<Known>>) {
        if let Some(before) = image(&mut learnt).await {
            tokio::join!(self.changes(before), self.origin());
        }
    }

    async fn changes(&self, before: Option<Arc<str>>) {
        let (stream, tag) = (self.id.stream.as_str(), &*self.id.name);
        let full = self.again("changelog", || self.releases.full(stream, tag)).await;
        let changes = match (full, before) {
            (Ok(full), _) if full.changes.is_some() => Ok(full.changes.clone()),
            // The server had nothing to compare with, gave up without a word, or could not read the packages.
            (_, Some(before)) => self
                .again("changelog", || self.releases.compared(&before, tag))
                .await
                .map(|changelog| Some((before.clone(), changelog))),
            (full, None) => full.map(|_| None),
        };
        match changes {
            Ok(Some(changes)) => self.say(Part::Changes(changes)).await,
            Ok(None) => true,
            Err(failure) => self.say(Part::Unseen("changelog", Some(failure.sentence()))).await,
        };
    }

    async fn origin(&self) {
        let (stream, tag) = (self.id.stream.as_str(), &*self.id.name);
        let part = match self.again("origin", || self.releases.origin(stream, tag)).await {
            Ok(origin) => {
                let from = match origin.from {
                    Some(spec) => Some(self.releases.named(spec).await),
                    None => None,
                };
                Part::Origin(from, origin.created)
            }
            Err(failure) => Part::Unseen("origin", Some(failure.sentence())),
        };
        self.say(part).await;
    }

    /// Asks again as often as the server says "later", and says meanwhile what it waits for.
    async fn again<T, F: Future<Output = Result<T, super::Miss>>>(
        &self,
        what: &'static str,
        ask: impl Fn() -> F,
    ) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            match ask().await {
                Ok(answer) => {
                    self.say(Part::Unseen(what, None)).await;
                    return Ok(answer);
                }
                Err(miss) if miss.passing && tries < TRIES => {
                    self.say(Part::Unseen(what, Some(miss.failure.sentence()))).await;
                    let rest = std::time::Duration::from_secs(miss.wait.unwrap_or(30).clamp(1, 600));
                    tokio::time::sleep(rest).await;
                    tries += 1;
                }
                Err(miss) => return Err(miss.failure),
            }
        }
    }

    async fn channels(self, channels: Vec<weir_domain::StreamName>, mut learnt: signal::Receiver<Option<Known>>) {
        if image(&mut learnt).await.is_none() {
            return;
        }
        loop {
            let (found, unseen) = self.releases.promoted_as(&self.id, &channels).await;
            if !self.say(Part::PromotedAs(found, unseen)).await {
                return;
            }
            tokio::time::sleep(CHANNELS_EVERY).await;
        }
    }
}

/// Waits until the release has an image, and says which accepted release stands before it; `None` when nobody listens.
async fn image(learnt: &mut signal::Receiver<Option<Known>>) -> Option<Option<Arc<str>>> {
    let known = learnt.wait_for(|known| known.as_ref().is_some_and(Known::has_image)).await.ok()?;
    Some(known.as_ref()?.accepted_before.clone())
}

/// The accepted release before one, in a list that is newest first.
fn before(all: &[weir_domain::Release], tag: &str) -> Option<Arc<str>> {
    let older = all.iter().skip_while(|r| &*r.name != tag).skip(1);
    older.into_iter().find(|r| r.phase == Phase::Accepted).map(|r| r.name.clone())
}
