//! Which channels take a release, which release a row means, and the one door through which promotions go.
//!
//! Nothing is read from names: the config says which streams a channel takes from.

use crate::action::Action;
use crate::overlays::choice::Choice;
use crate::overlays::promoted::Promoted;
use crate::promoting::{Earlier, earlier};
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent};
use crate::words::tail;
use weir_domain::{Channel, PipelineId, PlanRequest, ReleaseId, Run, RunId, StreamName};

/// The channels that take releases of this stream, in the order of the config.
pub(crate) fn takers<'a>(ctx: &Ctx<'a>, stream: &StreamName) -> Vec<&'a Channel> {
    ctx.settings.channels.iter().filter(|channel| channel.sources.contains(stream)).collect()
}

/// Whether there is a channel for it, or what to do about it.
pub(crate) fn may(ctx: &Ctx<'_>, stream: &StreamName) -> Result<(), String> {
    if !takers(ctx, stream).is_empty() {
        return Ok(());
    }
    Err(if ctx.settings.channels.is_empty() {
        format!("no channel is configured: add a [[channel]] to {}", ctx.settings.config)
    } else {
        "no channel of the config has this stream among its `sources`".into()
    })
}

/// To the plan of a release; with several channels the choice comes first.
pub(crate) fn promote(ctx: &Ctx<'_>, release: &ReleaseId) -> Intent {
    match takers(ctx, &release.stream).as_slice() {
        [] => Intent::Say(format!("promote: {}", may(ctx, &release.stream).err().unwrap_or_default())),
        [one] => ask(ctx, release.clone(), &one.name),
        several => Intent::Ask(Box::new(Choice::new(release.clone(), several))),
    }
}

/// To what became of an earlier promotion of the release to the channel, else to a plan: nobody is led to the next name
/// without being told.
pub(crate) fn ask(ctx: &Ctx<'_>, release: ReleaseId, channel: &StreamName) -> Intent {
    match earlier(ctx, &release, channel) {
        Some(Earlier::Goes { object, name }) => Intent::Many(vec![
            Intent::Go(Route::Promote(PromoteFrom::Sent(object))),
            Intent::Say(format!("it is being promoted to {channel} as {name}: its checklist")),
        ]),
        Some(earlier) => Intent::Ask(Box::new(Promoted::new(release, channel.clone(), earlier))),
        None => plan(release, channel),
    }
}

/// To the plan of a release for a channel.
pub(crate) fn plan(release: ReleaseId, channel: &StreamName) -> Intent {
    let request = PlanRequest::new(release, channel.to_string());
    Intent::Go(Route::Promote(PromoteFrom::Plan(request)))
}

/// What a promotion from a stream's row is about: the newest accepted release of the stream or, for a channel's row, of
/// its sources, with the channel.
pub(crate) fn meant(ctx: &Ctx<'_>, row: &StreamName) -> Result<(ReleaseId, Option<StreamName>), String> {
    let channel = ctx.settings.channels.iter().find(|channel| channel.name == *row);
    let sources = match channel {
        Some(channel) => channel.sources.clone(),
        None => {
            may(ctx, row)?;
            vec![row.clone()]
        }
    };
    let newest = |stream: &StreamName| {
        let release = ctx.world.streams.get(stream)?.newest_accepted()?;
        Some((release.created, ReleaseId::new(stream.as_str(), &release.name)))
    };
    match sources.iter().filter_map(newest).max() {
        Some((_, release)) => Ok((release, channel.map(|channel| channel.name.clone()))),
        None => {
            let names: Vec<&str> = sources.iter().map(StreamName::as_str).collect();
            Err(format!("no accepted release of {} is known", names.join(", ")))
        }
    }
}

/// To the plan of what a stream's or channel's row means.
pub(crate) fn promote_row(ctx: &Ctx<'_>, row: &StreamName) -> Intent {
    match meant(ctx, row) {
        Ok((release, channel)) => {
            let intent = match channel {
                Some(channel) => ask(ctx, release.clone(), &channel),
                None => promote(ctx, &release),
            };
            let does = match intent {
                Intent::Go(_) => "planning",
                Intent::Ask(_) => "this is",
                _ => return intent,
            };
            match instead(ctx, &release) {
                Some(why) => {
                    let words = format!("{why}: {does} {}", tail(&release.name));
                    Intent::Many(vec![intent, Intent::Say(words)])
                }
                None => intent,
            }
        }
        Err(why) => Intent::Say(format!("promote: {why}")),
    }
}

/// That the newest of its stream is another one, as "the newest is rejected".
fn instead(ctx: &Ctx<'_>, release: &ReleaseId) -> Option<String> {
    let newest = ctx.world.streams.get(&release.stream)?.newest().filter(|newest| newest.name != release.name)?;
    Some(format!("the newest is {}", newest.phase.word()))
}

/// Whether the config names this Pipeline as one that fills a channel.
pub(crate) fn fills(ctx: &Ctx<'_>, pipeline: &PipelineId) -> bool {
    ctx.settings.channels.iter().any(|channel| channel.pipeline_id().as_ref() == Some(pipeline))
}

/// Whether a run promotes: one that weir made for a channel, or of a Pipeline that fills one.
pub(crate) fn publishes(ctx: &Ctx<'_>, run: &Run) -> bool {
    let (cluster, namespace) = (run.id.cluster.as_str(), run.id.namespace.as_str());
    let pipeline = run.pipeline.as_deref().map(|name| PipelineId::new(cluster, namespace, name));
    run.label("weir/channel").is_some() || pipeline.is_some_and(|id| fills(ctx, &id))
}

/// Whether a run may be run again from the screens: what publishes may not, only a plan starts that.
pub(crate) fn rerun(ctx: &Ctx<'_>, run: &RunId) -> Result<(), String> {
    ctx.may(Action::Rerun, &run.cluster, &run.namespace)?;
    if ctx.world.run(run).is_some_and(|run| publishes(ctx, run)) {
        return Err(format!("it publishes: {} on a release promotes", ctx.keymap.shown(Action::Promote)));
    }
    Ok(())
}

/// Where a start or rerun of what publishes leads instead: to the releases it could be about, with the reason.
pub(crate) fn door(ctx: &Ctx<'_>, pipeline: Option<&PipelineId>, source: Option<&str>) -> (Route, String) {
    let fed = ctx.settings.channels.iter().filter(|channel| channel.pipeline_id().as_ref() == pipeline);
    let mut sources: Vec<&StreamName> = fed.flat_map(|channel| &channel.sources).collect();
    sources.sort();
    sources.dedup();
    let known =
        source.and_then(|name| ctx.settings.channels.iter().flat_map(|c| &c.sources).find(|s| s.as_str() == name));
    let route = match (known, sources.as_slice()) {
        (Some(stream), _) => Route::Stream(stream.clone()),
        (None, [one]) => Route::Stream((*one).clone()),
        _ => Route::Releases,
    };
    let name = pipeline.map_or("what it runs", |id| &*id.name);
    let key = ctx.keymap.shown(Action::Promote);
    (route, format!("{name} publishes, so only a plan may: {key} on a release makes one"))
}
