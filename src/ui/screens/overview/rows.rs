//! What the overview knows, gathered on news and never while drawing.

use super::newest::newest_runs;
use crate::channels;
use crate::parts::filter_line::FilterLine;
use crate::promoting;
use crate::screen::Ctx;
use crate::world::Live;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use weir_domain::attention::{self, Item, Subject, Urgency, promotions};
use weir_domain::{EndpointKind, EndpointState, Namespace, RunId, Status, Stream, StreamName, age_text, release};

/// What a row is about. The number tells two items of one subject and urgency apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Item(Urgency, Subject, usize),
    Stream(StreamName),
}

impl Key {
    /// What a copy takes.
    pub(super) fn name(&self) -> String {
        match self {
            Key::Item(_, Subject::Endpoint(name), _) => name.clone(),
            Key::Item(_, Subject::Run(id), _) => id.name.to_string(),
            Key::Item(_, Subject::Stream(name), _) | Key::Stream(name) => name.to_string(),
        }
    }
}

/// How many runs stand how.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) running: usize,
    pub(super) pending: usize,
    /// Ended badly since midnight, local time.
    pub(super) failed_today: usize,
    pub(super) ok: usize,
    pub(super) all: usize,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Worst first, before the filter.
    all_items: Vec<Item>,
    all_streams: Vec<StreamName>,
    /// After the filter.
    pub(super) items: Vec<Item>,
    pub(super) streams: Vec<StreamName>,
    pub(super) newest: BTreeMap<StreamName, RunId>,
    pub(super) counts: Counts,
    /// Newest first.
    /// Those that promote and were not sent from here first; so many they are.
    pub(super) running: Vec<RunId>,
    pub(super) publishing: usize,
    /// Those that ended last, the last one first.
    pub(super) ended: Vec<RunId>,
    /// Promotions that have not ended, as the journal and their watches tell; the newest first.
    pub(super) promoting: Vec<RunId>,
    /// Stream → the channels it feeds and what each holds.
    pub(super) holds: BTreeMap<StreamName, Vec<(StreamName, Arc<str>)>>,
    /// Empty namespaces that are cleaned up, in words.
    pub(super) cleaned: Vec<String>,
    pub(super) runs_live: Live,
    pub(super) streams_live: Live,
    /// Whether everything that can be asked has answered once, so that nothing means nothing.
    pub(super) complete: bool,
    /// Who has not answered yet.
    pub(super) asked: Vec<String>,
    gathered: Option<Timestamp>,
}

/// Rows of running runs, and of ended ones, that any screen could hold.
const RUNNING_KEPT: usize = 64;
/// Of so many running runs the tasks are watched: one may wait for its pod.
pub(super) const LOOKED_INTO: usize = 20;

impl Facts {
    pub(super) fn gather(ctx: &Ctx<'_>) -> Facts {
        let world = ctx.world;
        let holds = |id: &RunId| ctx.scope.holds(&id.cluster, &id.namespace);
        let runs = || world.runs.values().filter(|run| holds(&run.id));
        let mut facts = Facts {
            all_items: attention::items(
                &world.endpoints,
                world.streams.values(),
                runs(),
                &ctx.settings.thresholds,
                ctx.now,
            ),
            newest: newest_runs(world.streams.values(), runs(), &ctx.settings.also),
            runs_live: world.runs_live(|cluster| {
                ctx.scope.holds_cluster(cluster)
                    && world.endpoint(cluster).is_some_and(|e| e.state != EndpointState::NotConnected)
            }),
            streams_live: world.streams.live(|()| true),
            gathered: Some(ctx.now),
            ..Facts::default()
        };
        facts.all_items.extend(runs().filter_map(|run| {
            let tasks = world.tasks.get(&run.id)?.value.as_ref()?;
            attention::stuck(run, tasks, &ctx.settings.thresholds, ctx.now)
        }));
        let promotions = world.promotions.values().filter_map(|kept| kept.value.as_deref());
        facts.all_items.splice(0..0, promotions::alarmed(promotions));
        facts.all_items.extend(promotions::overdue(&ctx.settings.channels, |name| world.streams.get(name), ctx.now));
        facts.all_items.sort_by_key(|item| item.urgency);
        facts.holds = held(ctx);
        let mut streams: Vec<&Stream> = world.streams.values().collect();
        streams.sort_by_cached_key(|stream| std::cmp::Reverse(release::stream_rank(stream.name.as_str())));
        facts.all_streams = streams.into_iter().map(|stream| stream.name.clone()).collect();
        facts.promoting = promoting::open(world, ctx.now);
        facts.count(ctx);
        facts.asked = waiting_for(ctx);
        facts.complete = world.watched() && facts.asked.is_empty();
        facts.cleaned = cleaned(ctx);
        facts
    }

    fn count(&mut self, ctx: &Ctx<'_>) {
        let midnight = ctx.now.to_zoned(ctx.settings.zone.clone()).start_of_day().map(|day| day.timestamp());
        let today = |at: Option<Timestamp>| match (&midnight, at) {
            (Ok(midnight), Some(at)) => at >= *midnight,
            _ => false,
        };
        let mut running: Vec<(bool, Option<Timestamp>, &RunId)> = Vec::new();
        let mut ended: BTreeSet<(Timestamp, &RunId)> = BTreeSet::new();
        for run in ctx.world.runs.values().filter(|run| ctx.scope.holds(&run.id.cluster, &run.id.namespace)) {
            self.counts.all += 1;
            if let Some(at) = run.finished {
                ended.insert((at, &run.id));
                if ended.len() > RUNNING_KEPT {
                    ended.pop_first();
                }
            }
            match run.status {
                Status::Running => {
                    self.counts.running += 1;
                    // A promotion has a line of its own.
                    if !self.promoting.contains(&run.id) {
                        running.push((channels::publishes(ctx, run), run.since(), &run.id));
                    }
                }
                Status::Pending => self.counts.pending += 1,
                Status::Ok => self.counts.ok += 1,
                status if status.bad() && today(run.finished.or(run.since())) => self.counts.failed_today += 1,
                _ => {}
            }
        }
        running.sort_by(|a, b| b.cmp(a));
        self.ended = ended.into_iter().rev().map(|(_, id)| id.clone()).collect();
        self.publishing = running.iter().take_while(|(publishes, ..)| *publishes).count();
        self.running = running.into_iter().take(RUNNING_KEPT).map(|(.., id)| id.clone()).collect();
    }

    /// Ages in words turn slowly, and slower the more there is to look through.
    pub(super) fn stale(&self, ctx: &Ctx<'_>) -> bool {
        let pause = if self.counts.all > 1000 { 60 } else { 10 };
        self.gathered.is_none_or(|at| (ctx.now.as_second() - at.as_second()).abs() >= pause)
    }

    pub(super) fn sieve(&mut self, ctx: &Ctx<'_>, filter: &FilterLine) {
        self.items =
            self.all_items.iter().filter(|item| filter.keeps(&[&item.title, &item.words], &[])).cloned().collect();
        self.streams = self
            .all_streams
            .iter()
            .filter(|name| {
                let newest = ctx.world.streams.get(name).and_then(|stream| stream.newest());
                let phase = newest.map_or("", |release| release.phase.word());
                let run = self.newest.get(name).map_or("", |id| &*id.name);
                filter.keeps(&[name.as_str(), phase, run], &[])
            })
            .cloned()
            .collect();
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::with_capacity(self.items.len() + self.streams.len());
        for (index, item) in self.items.iter().enumerate() {
            let before = self.items[..index]
                .iter()
                .rev()
                .take_while(|other| other.urgency == item.urgency)
                .filter(|other| other.subject == item.subject)
                .count();
            keys.push(Key::Item(item.urgency, item.subject.clone(), before));
        }
        keys.extend(self.streams.iter().cloned().map(Key::Stream));
        keys
    }

    pub(super) fn all_streams(&self) -> usize {
        self.all_streams.len()
    }

    pub(super) fn all_items(&self) -> usize {
        self.all_items.len()
    }
}

/// The newest release of each channel, by the streams that feed it.
fn held(ctx: &Ctx<'_>) -> BTreeMap<StreamName, Vec<(StreamName, Arc<str>)>> {
    let mut holds: BTreeMap<StreamName, Vec<(StreamName, Arc<str>)>> = BTreeMap::new();
    for channel in &ctx.settings.channels {
        let Some(newest) = ctx.world.streams.get(&channel.name).and_then(|stream| stream.newest()) else { continue };
        for source in &channel.sources {
            holds.entry(source.clone()).or_default().push((channel.name.clone(), newest.name.clone()));
        }
    }
    holds
}

fn waiting_for(ctx: &Ctx<'_>) -> Vec<String> {
    let world = ctx.world;
    let mut waiting = Vec::new();
    for endpoint in &world.endpoints {
        let asked = match (&endpoint.state, endpoint.kind) {
            (EndpointState::NotConnected | EndpointState::NoTekton | EndpointState::Lost { .. }, _)
            | (_, EndpointKind::Registry) => false,
            (EndpointState::Connecting, _) => true,
            (EndpointState::Live, EndpointKind::Releases) => {
                !world.streams.complete() && world.streams.live(|()| true) == Live::Loading
            }
            (EndpointState::Live, EndpointKind::Cluster) => {
                let cluster = endpoint.cluster();
                let mut parts = world.runs.parts().filter(|((of, _), _)| *of == cluster).peekable();
                parts.peek().is_none() || parts.any(|(_, part)| !part.complete && part.live == Live::Loading)
            }
        };
        if asked {
            waiting.push(endpoint.name.clone());
        }
    }
    waiting
}

/// Namespaces without a run whose runs are deleted by a CronJob.
fn cleaned(ctx: &Ctx<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut filled: BTreeSet<(&weir_domain::ClusterName, &Namespace)> = BTreeSet::new();
    if ctx.world.clean_ups.values().any(|found| !found.is_empty()) {
        filled.extend(ctx.world.runs.keys().map(|id| (&id.cluster, &id.namespace)));
    }
    for (cluster, found) in &ctx.world.clean_ups {
        let known = ctx.world.runs.parts().any(|((of, _), part)| of == cluster && part.complete);
        for clean_up in found {
            if known
                && !filled.contains(&(cluster, &clean_up.namespace))
                && ctx.scope.holds(cluster, &clean_up.namespace)
            {
                let last = clean_up.last.map(|at| format!("; cleaned up {} ago", age_text(at, ctx.now)));
                lines.push(format!(
                    "{cluster}/{}: earlier runs are deleted, not absent{} ({})",
                    clean_up.namespace,
                    last.unwrap_or_default(),
                    clean_up.name
                ));
            }
        }
    }
    lines
}
