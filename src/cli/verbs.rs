//! The verbs, one file a noun. Each prints its data, says its words, and gives its exit code.

mod cancel;
mod change;
mod decide;
mod health;
mod info;
mod journal;
mod ledger;
mod logs;
mod logs_order;
mod payload;
mod pipelines;
mod promote;
mod release;
mod releases;
mod run;
mod runs;
pub(crate) mod setup;
mod start;

use crate::arguments::{ConfigVerb, DemoVerb, Verb};
use crate::code::{self, End};
use crate::desk::Desk;
use clap::CommandFactory;
use weir_domain::plan::Override;
use weir_domain::{Endpoint, Failure, FailureKind};

pub(crate) async fn run(verb: Verb, desk: &mut Desk<'_>) -> Result<i32, End> {
    // These tell how things stand here, whatever they are.
    let tells = matches!(
        verb,
        Verb::Journal
            | Verb::Health
            | Verb::Info
            | Verb::Config { .. }
            | Verb::Completions { .. }
            | Verb::Man
            | Verb::Demo { .. }
    );
    if !tells {
        desk.named()?;
    }
    match verb {
        Verb::Streams => releases::streams(desk).await,
        Verb::Releases { stream } => releases::releases(desk, &stream).await,
        Verb::Release { name } => release::release(desk, &name).await,
        Verb::Payload(asked) => payload::payload(desk, &asked).await,
        Verb::Diff(asked) => payload::diff(desk, &asked).await,
        Verb::Verify { image } => payload::verify(desk, &image).await,
        Verb::Promote(asked) => promote::promote(desk, &asked).await,
        Verb::Accept(asked) => decide::decide(desk, Override::Accept, &asked).await,
        Verb::Reject(asked) => decide::decide(desk, Override::Reject, &asked).await,
        Verb::TakeBack(asked) => decide::take_back(desk, &asked).await,
        Verb::Ledger => ledger::ledger(desk).await,
        Verb::Runs => runs::runs(desk).await,
        Verb::Run { name } => run::run(desk, &name).await,
        Verb::Logs(logs) => logs::logs(desk, &logs).await,
        Verb::Start(start) => start::start(desk, &start).await,
        Verb::Rerun(rerun) => start::rerun(desk, &rerun).await,
        Verb::Cancel(cancel) => cancel::cancel(desk, &cancel).await,
        Verb::Pipelines => pipelines::pipelines(desk).await,
        Verb::Delete { run, yes } => cancel::delete(desk, &run, &yes).await,
        Verb::Journal => journal::journal(desk).await,
        Verb::Health => health::health(desk).await,
        Verb::Info => info::info(desk),
        Verb::Config { verb: ConfigVerb::Init } => setup::init::init(desk).await,
        Verb::Config { verb: ConfigVerb::Check } => setup::check(desk.global, desk.surroundings, &mut desk.paper),
        Verb::Completions { shell } => setup::completions(shell, crate::Arguments::command(), &mut desk.paper),
        Verb::Man => setup::man(crate::Arguments::command(), &mut desk.paper),
        // The world belongs to the program, which serves it itself.
        Verb::Demo { verb: DemoVerb::Serve { .. } } => Err(Failure::new(
            FailureKind::Usage,
            "cannot serve the embedded world",
            "only the program that holds it can",
            "run `weir demo serve`",
        )
        .into()),
    }
}

/// Says on stderr what a list does not hold, and why. The code is 4 when somebody did not answer.
fn silence(desk: &mut Desk<'_>, clusters: &[Endpoint], silent: &[Failure]) -> i32 {
    let mut told: Vec<String> = Vec::new();
    for cluster in clusters.iter().filter_map(|before| desk.client.endpoint(&before.cluster())) {
        told.extend(cluster.unseen.iter().map(|sentence| format!("{}: {sentence}", cluster.name)));
        if cluster.state == weir_domain::EndpointState::NoTekton {
            told.push(format!("{}: no Tekton here", cluster.name));
        }
    }
    told.iter().for_each(|sentence| desk.paper.note(sentence));
    for failure in silent {
        let known = !failure.why.is_empty() && told.iter().any(|sentence| sentence.contains(&failure.why));
        if !known {
            desk.paper.fail(failure);
        }
    }
    code::of_silence(silent)
}
