//! What outlives a guard: promotions that the journal knows are followed again after a restart, and what a lost answer may
//! have made is looked for. Reads only; nothing is ever sent from here.

use super::after::begin;
use super::send;
use crate::Client;
use crate::execute::note;
use crate::watches::Outbox;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::{Digest, Failure, FailureKind, Loaded, News, Promotion, RunId};

/// How often somebody who waits for a promotion to be accepted looks again.
const LOOK: Duration = Duration::from_secs(1);
/// How the journal's line begins that keeps what `mirror` made.
pub(super) const MIRRORED: &str = "mirrored as ";
/// How long a send without an answer may still be another weir's.
const STILL_SENDING: Duration = Duration::from_secs(60);
/// How often a lost answer's object is looked for in the background.
pub(super) const LATE: Duration = Duration::from_secs(10);
const LATE_LOOKS: u32 = 18;

/// How far back a promotion is still followed after a restart.
const REMEMBERED: i64 = 48 * 3600;

/// Brings back the guards of promotions that the journal knows as accepted, and finds those whose answer was lost.
/// Of several promotions of one object only the newest counts. What has ended well is looked at on, for its slow checks.
pub(crate) async fn resume(client: Client) {
    let all = match entries(&client).await {
        Ok(all) => all,
        Err(failure) => return tracing::error!("promotions are not followed: {failure}"),
    };
    let now = Timestamp::now();
    let mut newest: BTreeMap<RunId, &Entry> = BTreeMap::new();
    for entry in all.iter().filter(|e| e.verb == "promote" && now.as_second() - e.time.as_second() < REMEMBERED) {
        if let Some(plan) = &entry.plan {
            newest.insert(plan.object.clone(), entry);
        }
    }
    for last in newest.into_values() {
        let accepted = all.iter().find(|e| e.id == last.id && e.outcome == Outcome::Accepted && e.plan.is_some());
        match (last.outcome, accepted) {
            (Outcome::Refused | Outcome::Failed, _) => {}
            (_, Some(accepted)) => {
                begin(&client, accepted, mirrored_as(&all, &last.id));
            }
            _ => {
                let age = Duration::try_from(now.duration_since(last.time)).unwrap_or_default();
                let sent = last.clone();
                tokio::spawn(look_on(client.clone(), sent, STILL_SENDING.saturating_sub(age)));
            }
        }
    }
}

/// Whether a send without an answer was made after all: reading finds it, nothing is sent.
async fn adopt(client: &Client, sent: &Entry) {
    match send::made(client, sent).await {
        Ok(Some(uid)) => {
            let answer = "found by its name and mark after its answer was lost".to_string();
            let (time, outcome) = (Timestamp::now(), Outcome::Accepted);
            let accepted = Entry { time, outcome, answer, uid, body: String::new(), ..sent.clone() };
            if let Err(failure) = note(client, accepted.clone()).await {
                tracing::error!("{failure}");
            }
            begin(client, &accepted, None);
        }
        Ok(None) => {}
        Err(failure) => tracing::warn!("{failure}"),
    }
}

/// After a first wait, goes on looking for what a lost answer may have made: a slow server makes it late, and a cluster may
/// not be reached at once. Another weir may have found it meanwhile; that one's line is taken.
pub(crate) async fn look_on(client: Client, sent: Entry, wait: Duration) {
    tokio::time::sleep(wait).await;
    for _ in 0..LATE_LOOKS {
        let all = entries(&client).await.unwrap_or_default();
        let mut lines = all.iter().filter(|e| e.id == sent.id);
        match lines.find(|e| !matches!(e.outcome, Outcome::Sending | Outcome::Unknown)) {
            Some(accepted) if accepted.outcome == Outcome::Accepted => {
                begin(&client, accepted, mirrored_as(&all, &sent.id));
                return;
            }
            Some(_) => return,
            None => adopt(&client, &sent).await,
        }
        let found = sent.plan.as_ref().is_some_and(|plan| client.inner.guards.of(&plan.object).is_some());
        if found {
            return;
        }
        tokio::time::sleep(LATE).await;
    }
}

pub(super) async fn entries(client: &Client) -> Result<Vec<Entry>, Failure> {
    let journal = client.inner.journal.clone();
    let read = tokio::task::spawn_blocking(move || journal.promotions()).await;
    let stopped = |_| Failure::new(FailureKind::Broken, "cannot read the journal", "the reader stopped", "");
    read.map_err(stopped)?.map(|reading| reading.entries)
}

/// What `mirror` had made when it was seen first, as the journal has it.
fn mirrored_as(all: &[Entry], id: &str) -> Option<Digest> {
    all.iter().filter(|e| e.id == id).find_map(|e| e.answer.strip_prefix(MIRRORED)?.parse().ok())
}

/// A promotion for as long as somebody looks; the guard itself goes on.
pub(crate) async fn watch_one(client: Client, object: RunId, outbox: Outbox) {
    let (mut told, mut read) = (false, None);
    // It may be looked for while it is still being sent.
    let mut receiver = loop {
        if let Some(receiver) = client.inner.guards.of(&object) {
            break receiver;
        }
        let now = Some(client.inner.journal.stamp());
        if now != read
            && let Ok(all) = entries(&client).await
        {
            read = now;
            if let Some(receiver) = remembered(&client, &all, &object) {
                break receiver;
            }
        }
        if !told {
            let what = format!("cannot follow the promotion {}", object.name);
            let why = "this machine's journal has no accepted plan of it";
            let missing = Failure::new(FailureKind::Missing, what, why, "look at its run, or at the ledger");
            if outbox.send(News::Promotion(object.clone(), Loaded::Missing(missing))).await.is_err() {
                return;
            }
            told = true;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = outbox.closed() => return,
        }
    };
    loop {
        let now = receiver.borrow_and_update().clone();
        if outbox.send(News::Promotion(object.clone(), Loaded::Known(Box::new(now)))).await.is_err() {
            return;
        }
        tokio::select! {
            changed = receiver.changed() => if changed.is_err() {
                return outbox.closed().await;
            },
            () = outbox.closed() => return,
        }
    }
}

/// A new guard of a promotion that the journal knows as accepted.
fn remembered(client: &Client, all: &[Entry], object: &RunId) -> Option<watch::Receiver<Promotion>> {
    let accepted = all
        .iter()
        .rfind(|e| e.outcome == Outcome::Accepted && e.plan.as_ref().is_some_and(|plan| plan.object == *object))?;
    begin(client, accepted, mirrored_as(all, &accepted.id))
}
