//! Which promotions go on, and what became of those of one release: by the journal, which survives a restart, by what is
//! watched, by the runs, and by what the release-controller says a release was promoted as.

use crate::screen::Ctx;
use crate::world::World;
use jiff::Timestamp;
use std::collections::BTreeMap;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::promotion::Ending;
use weir_domain::{ReleaseId, RunId, StreamName, Way};

/// A promotion's checks may take hours; one that was sent longer ago is the ledger's.
const YOUNG: i64 = 7 * 86_400;

/// Sent and not ended, the newest first.
pub(crate) fn open(world: &World, now: Timestamp) -> Vec<RunId> {
    let mut open: BTreeMap<&str, Option<(Timestamp, &RunId)>> = BTreeMap::new();
    for entry in world.journal.value.iter().flatten() {
        let Some(plan) = &entry.plan else { continue };
        let ended = matches!(entry.outcome, Outcome::Refused | Outcome::Done | Outcome::Failed);
        let young = now.as_second() - entry.time.as_second() < YOUNG;
        open.insert(&entry.id, (!ended && young).then_some((entry.time, &plan.object)));
    }
    let known = |id: &RunId| world.promotions.get(id).and_then(|kept| kept.value.as_deref());
    let ended = |id: &RunId| known(id).is_some_and(|promotion| promotion.ending.is_some());
    let mut sent: BTreeMap<&RunId, Timestamp> =
        open.into_values().flatten().filter(|(_, id)| !ended(id)).map(|(at, id)| (id, at)).collect();
    let watched = world.promotions.iter().filter_map(|(id, kept)| Some((id, kept.value.as_deref()?)));
    sent.extend(
        watched.filter(|(_, promotion)| promotion.ending.is_none()).map(|(id, promotion)| (id, promotion.sent)),
    );
    let mut sent: Vec<(Timestamp, &RunId)> = sent.into_iter().map(|(id, at)| (at, id)).collect();
    sent.sort_by(|a, b| b.cmp(a));
    sent.into_iter().map(|(_, id)| id.clone()).collect()
}

/// Of those that go on: the ones this weir would stop when a check fails, each as "4.22.0-okd-scos.ec.7 to 4-scos-next".
pub(crate) fn guarded(world: &World, now: Timestamp) -> Vec<String> {
    let told = |id: &RunId| match world.promotions.get(id).and_then(|kept| kept.value.as_deref()) {
        Some(promotion) if promotion.looks_only => None,
        Some(promotion) => Some(format!("{} to {}", promotion.name, promotion.channel)),
        // What the journal calls open, and nothing has been seen of, may be long gone; a run that is there is not.
        None => {
            let plan = lines(world).rev().find_map(|entry| entry.plan.as_deref().filter(|plan| plan.object == *id))?;
            let goes = world.run(id).is_some_and(|run| !run.finished_status());
            (goes && plan.way == Way::Pinned).then(|| format!("{} to {}", plan.name, plan.channel.name))
        }
    };
    open(world, now).iter().filter_map(told).collect()
}

/// What became of an earlier promotion of a release to a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// It goes on, and its checklist is known here.
    Goes { object: RunId, name: String },
    /// It ended well, and its checklist is known here.
    Ended { object: RunId, name: String },
    /// The release-controller has it in the channel.
    Held(ReleaseId),
}

/// The newest promotion of the release to the channel, unless it failed, was refused or is not known to have gone out.
pub(crate) fn earlier(ctx: &Ctx<'_>, release: &ReleaseId, channel: &StreamName) -> Option<Earlier> {
    let world = ctx.world;
    let watched = world.promotions.values().filter_map(|kept| kept.value.as_deref());
    let watched = watched.filter(|p| p.from.release == *release && p.channel == channel.as_str());
    if let Some(last) = watched.max_by_key(|promotion| promotion.sent) {
        let (object, name) = (last.object.clone(), last.name.clone());
        match last.ending {
            None => return Some(Earlier::Goes { object, name }),
            Some(Ending::Good) => return Some(Earlier::Ended { object, name }),
            Some(Ending::Failed(_) | Ending::Unknown(_)) => {}
        }
    }
    let entries = || lines(world).rev().filter(|entry| about(entry, release, channel));
    let goes = |object: &RunId| world.run(object).is_some_and(|run| !run.finished_status());
    if let Some(plan) = entries().find_map(|entry| entry.plan.as_deref().filter(|plan| goes(&plan.object))) {
        return Some(Earlier::Goes { object: plan.object.clone(), name: plan.name.clone() });
    }
    let last = entries().next();
    if let Some(Entry { outcome: Outcome::Done, plan: Some(plan), .. }) = last {
        return Some(Earlier::Ended { object: plan.object.clone(), name: plan.name.clone() });
    }
    let detail = world.release_details.get(release).and_then(|kept| kept.value.as_deref())?;
    detail.promoted_as.iter().find(|held| held.stream == *channel).cloned().map(Earlier::Held)
}

fn lines(world: &World) -> impl DoubleEndedIterator<Item = &Entry> {
    world.journal.value.as_deref().unwrap_or_default().iter()
}

fn about(entry: &Entry, release: &ReleaseId, channel: &StreamName) -> bool {
    entry.plan.as_ref().is_some_and(|plan| plan.from.release == *release && plan.channel.name == *channel)
}
