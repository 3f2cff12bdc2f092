//! The screens. They do not know each other; [`open`] is the one place where a route becomes a screen.

mod diff;
mod first;
mod health;
mod journal;
mod ledger;
mod log;
mod messages;
mod overview;
mod payload;
mod pipelines;
mod promote;
mod release;
mod releases;
mod run;
mod runs;
mod start;
mod stream;
mod yaml;

use crate::route::Route;
use crate::screen::{Ctx, Screen};

pub(crate) fn open(route: &Route, _ctx: &Ctx<'_>) -> Box<dyn Screen> {
    match route {
        Route::Overview => Box::new(overview::Overview::new()),
        Route::Runs => Box::new(runs::Runs::new()),
        Route::Run(id) => Box::new(run::Run::new(id.clone())),
        Route::Log(id) => Box::new(log::Log::new(id.clone())),
        Route::Object(id) => Box::new(yaml::Yaml::new(id.clone())),
        Route::Pipelines => Box::new(pipelines::Pipelines::new()),
        Route::Start(from) => Box::new(start::Start::new(from.clone())),
        Route::Releases => Box::new(releases::Releases::new()),
        Route::Stream(name) => Box::new(stream::Stream::new(name.clone())),
        Route::Promote(from) => Box::new(promote::Promote::new(from.clone())),
        Route::Ledger => Box::new(ledger::Ledger::new()),
        Route::Release(id) => Box::new(release::Release::new(id.clone())),
        Route::Payload(image) => Box::new(payload::Payload::new(image.clone())),
        Route::Diff { from, to } => Box::new(diff::Diff::new(from.clone(), to.clone())),
        Route::Journal => Box::new(journal::Journal::new()),
        Route::Health => Box::new(health::Health::new()),
        Route::Messages => Box::new(messages::Messages::new()),
    }
}

/// Where weir begins: the overview, or the ways on when there is no cluster.
pub(crate) fn first(ctx: &Ctx<'_>) -> Box<dyn Screen> {
    match &ctx.settings.no_clusters {
        Some(reason) => Box::new(first::First::new(reason.clone())),
        None => Box::new(overview::Overview::new()),
    }
}
