//! Polls for the lists of streams and releases while somebody looks.

use super::{Miss, Releases, wire};
use crate::watches::Outbox;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::{Change, FailureKind, Loaded, News, Stream, StreamName};

/// How many streams are asked for at once.
const AT_ONCE: usize = 3;

impl Releases {
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
                let retry = crate::cluster::after(rest);
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
        let changed: Vec<(String, String)> =
            now.into_iter().filter(|(stream, mark)| marks.get(stream) != Some(mark)).collect();
        let mut asked = futures::stream::iter(changed)
            .map(|(stream, mark)| async move { (self.stream(&stream).await, stream, mark) })
            .buffer_unordered(AT_ONCE);
        while let Some((answer, stream, mark)) = asked.next().await {
            match answer {
                Ok(found) => {
                    let row = (StreamName::new(&stream), found);
                    marks.insert(stream, mark);
                    if !say(outbox, Change::Upsert(vec![row])).await {
                        return Ok(false);
                    }
                }
                Err(miss) if miss.wait.is_some() => return Err(miss),
                Err(miss) => unseen.push(miss.failure.sentence()),
            }
        }
        drop(asked);
        unseen.sort();
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
                    let retry = crate::cluster::after(rest);
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
