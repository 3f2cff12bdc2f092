//! The dialog to delete a run, reached from a row's menu only. What goes with it is said before the call.

use crate::overlays::confirm::Confirm;
use crate::screen::{Ctx, Intent};
use weir_domain::{Command, Proposal, Run, RunId};

/// Opens the dialog, or says why it cannot.
pub(crate) fn open(id: &RunId, ctx: &Ctx<'_>) -> Intent {
    let Some(run) = ctx.world.detail(id).map(|detail| &detail.run).or_else(|| ctx.world.run(id)) else {
        return Intent::Say(format!("{} is not known (any more)", id.name));
    };
    let Some(endpoint) = ctx.world.endpoint(&run.id.cluster) else {
        return Intent::Say(format!("{} is not connected", run.id.cluster));
    };
    let command = Command::Delete { run: run.id.clone(), uid: run.uid.to_string() };
    match Proposal::new(command, endpoint, ctx.settings.read_only, None) {
        Ok(proposal) => Intent::Ask(Box::new(Confirm::new(proposal, &explains(run)))),
        Err(failure) => Intent::Say(failure.to_string()),
    }
}

fn explains(run: &Run) -> Vec<String> {
    let mut lines = vec![
        "The run goes away for good, and with it its TaskRuns, its pods and their logs. Save the log first if it matters."
            .to_string(),
    ];
    if !run.finished_status() {
        lines.push(format!(
            "It is {}: its tasks are cut, and finally does not run. To stop it in order, cancel it.",
            run.status.word()
        ));
    }
    lines
}
