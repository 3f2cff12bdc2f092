//! The yes of a promotion, and how its outcome is found when the answer came while another screen was up.

use super::{Attempt, Promote, Stand};
use crate::effect::Effect;
use crate::screen::{Ctx, Intent};
use crate::world::World;
use weir_domain::journal::Outcome;
use weir_domain::{Consent, Endpoint, Failure, FailureKind, Plan, Proposal, RunId, Way};

/// The endpoint the plan goes to. For a registry, which nobody watches, the one that knows the release counts.
fn endpoint<'a>(plan: &Plan, world: &'a World) -> Option<&'a Endpoint> {
    let releases = world.releases();
    match plan.way {
        Way::RegistryTag => world.endpoint(&plan.object.cluster).or(releases),
        Way::Pinned | Way::ImagestreamTag => world.endpoint(&plan.object.cluster),
    }
}

/// Why it may not be sent from here, whatever the gates say.
pub(super) fn forbidden(plan: &Plan, ctx: &Ctx<'_>) -> Option<String> {
    if ctx.settings.read_only {
        return Some("weir is read-only: nothing can be sent".into());
    }
    // The release-controller is only read, by anybody; that says nothing of a registry.
    let cluster = endpoint(plan, ctx.world).filter(|_| plan.way != Way::RegistryTag);
    cluster
        .is_some_and(|cluster| cluster.read_only)
        .then(|| format!("{} is read-only in the config: nothing can be sent", plan.object.cluster))
}

impl Promote {
    /// The name was typed and Enter pressed.
    pub(super) fn send(&mut self, ctx: &Ctx<'_>) -> Intent {
        match self.proposal(ctx) {
            Ok(proposal) => match proposal.answer(Consent::Typed(self.prompt.text())) {
                Ok(confirmed) => Intent::Do(vec![Effect::Execute(confirmed)]),
                Err(proposal) => {
                    self.refused = Some(format!("not the same: `{}` is the new name", proposal.phrase()));
                    Intent::Stay
                }
            },
            Err(why) => {
                self.refused = Some(why);
                Intent::Stay
            }
        }
    }

    fn proposal(&self, ctx: &Ctx<'_>) -> Result<Proposal, String> {
        let plan = self.plan.as_ref().filter(|_| self.stand(ctx) == Stand::Open);
        let plan = plan.ok_or("there is no plan that could be sent")?;
        let place = &plan.object.cluster;
        let endpoint = endpoint(plan, ctx.world).ok_or_else(|| format!("not sent: {place} is not known"))?;
        if !endpoint.live() {
            return Err(format!(
                "not sent: {} is not connected. The plan stays; try again when it is back, or {} for a new plan",
                endpoint.name,
                ctx.keymap.shown(crate::action::Action::Refresh)
            ));
        }
        Proposal::promotion(plan.clone(), ctx.settings.read_only).map_err(|failure| failure.to_string())
    }
}

/// What became of a plan that was sent: seen as a promotion, or told by the journal.
pub(super) fn came_of(plan: Option<&Plan>, attempt: &Attempt, world: &World) -> Option<Result<RunId, Attempt>> {
    let plan = plan?;
    let seen = world.promotions.get(&plan.object).and_then(|kept| kept.value.as_ref());
    if seen.is_some_and(|promotion| promotion.plan == plan.id) {
        return Some(Ok(plan.object.clone()));
    }
    if !matches!(attempt, Attempt::Sending(_)) {
        return None;
    }
    let entries = world.journal.value.as_deref().unwrap_or_default();
    let sent = entries.iter().rfind(|entry| entry.plan.as_ref().is_some_and(|kept| kept.id == plan.id))?;
    let after = entries.iter().rfind(|entry| entry.id == sent.id && entry.outcome != Outcome::Sending)?;
    let failure = |kind| Failure::new(kind, "the journal says", &after.answer, "");
    match after.outcome {
        Outcome::Accepted | Outcome::Done | Outcome::Failed => Some(Ok(plan.object.clone())),
        Outcome::Refused => Some(Err(Attempt::NotSent(failure(FailureKind::Refused)))),
        Outcome::Unknown => Some(Err(Attempt::Unknown(failure(FailureKind::Unknown)))),
        Outcome::Sending => None,
    }
}
