//! From the form to the dialog: what is missing is told at once, the rest is checked, and only then is the yes asked for.
//! What publishes never gets there: it leads to the releases that a plan may promote.

use super::Start;
use crate::channels;
use crate::effect::Effect;
use crate::overlays::confirm::Confirm;
use crate::route::{Route, StartFrom};
use crate::screen::{Ctx, Intent};
use weir_domain::{Command, Pipeline, Proposal};

impl Start {
    /// Where a start of what publishes leads instead, and why. `None` for what may be started, as far as is known.
    pub(super) fn door(&self, ctx: &Ctx<'_>) -> Option<(Route, String)> {
        let pipeline = self.pipeline_id(ctx.world);
        let run = match &self.from {
            StartFrom::Rerun(id) => ctx.world.run(id),
            StartFrom::Pipeline(_) => None,
        };
        let publishes = self.form.as_ref().is_some_and(|form| form.new.publishes)
            || run.is_some_and(|run| run.label("weir/plan-id").is_some())
            || pipeline.as_ref().is_some_and(|id| {
                channels::fills(ctx, id) || ctx.world.pipelines.get(id).is_some_and(Pipeline::publishes)
            });
        let source = run.and_then(|run| run.param("release-stream"));
        publishes.then(|| channels::door(ctx, pipeline.as_ref(), source))
    }

    /// Goes through that door.
    pub(super) fn lead(&self, ctx: &Ctx<'_>) -> Option<Intent> {
        let (route, why) = self.door(ctx)?;
        Some(Intent::Many(vec![Intent::Replace(route), Intent::Say(why)]))
    }

    pub(super) fn start(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Some(form) = &self.form else {
            return Intent::Stay;
        };
        if self.sending(ctx.now) {
            return Intent::Say("already sent; the server has not answered yet".into());
        }
        if self.check.asking(ctx.now) {
            return Intent::Say("the check is under way".into());
        }
        let local = form.pipeline.as_ref().map(|pipeline| form.new.problems(pipeline)).unwrap_or_default();
        if let Some((name, what)) = local.first() {
            let words = format!("{name} {what}");
            let id = form.fields.iter().find(|field| field.label == *name).map(|field| field.id.clone());
            let rows = self.rows();
            if let Some(id) = id {
                self.cursor.select(&rows, &id);
            }
            return Intent::Say(words);
        }
        self.refused = None;
        if self.check.fine(&form.new, ctx.now) {
            return self.ask(ctx);
        }
        Intent::Do(vec![Effect::Fetch(self.check.ask(&form.new, ctx.now))])
    }

    /// The dialog before the start: what was checked, the exact call.
    pub(super) fn ask(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Some(form) = &self.form else {
            return Intent::Stay;
        };
        let Some(endpoint) = ctx.world.endpoint(&form.new.pipeline.cluster) else {
            return Intent::Say(format!("{} is not connected", form.new.pipeline.cluster));
        };
        let reason = Some(form.reason.clone()).filter(|reason| !reason.is_empty());
        let command = Command::Start(Box::new(form.new.clone()));
        match Proposal::new(command, endpoint, ctx.settings.read_only, reason) {
            Ok(proposal) => Intent::Ask(Box::new(Confirm::new(proposal, &self.check.explains(form)))),
            Err(failure) => {
                self.refused = Some(failure.to_string());
                Intent::Say(failure.to_string())
            }
        }
    }
}
