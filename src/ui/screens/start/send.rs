//! From the form to the dialog: what is missing is told at once, the rest is checked, and only then is the yes asked for.

use super::Start;
use crate::effect::Effect;
use crate::overlays::confirm::Confirm;
use crate::screen::{Ctx, Intent};
use weir_domain::{Command, Proposal};

impl Start {
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

    /// The dialog before the start: what was checked, where it publishes, the exact call.
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
