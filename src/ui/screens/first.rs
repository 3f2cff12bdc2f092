//! The first screen when there is no cluster: why, and the three ways on.

use crate::action::Action;
use crate::effect::Effect;
use crate::parts::text::{put, wrap};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Watch;

#[derive(Debug)]
pub(crate) struct First {
    reason: String,
}

/// What c copies.
const DEMO: &str = "weir --demo";

impl First {
    pub fn new(reason: String) -> First {
        First { reason }
    }

    fn lines(&self, ctx: &Ctx<'_>) -> Vec<(u16, String, Role)> {
        let mut lines: Vec<(u16, String, Role)> = vec![
            (0, "There is no cluster to show.".into(), Role::Strong),
            (0, self.reason.clone(), Role::Warning),
            (0, String::new(), Role::Normal),
            (0, "Three ways on".into(), Role::Strong),
        ];
        let config = &ctx.settings.config;
        let ways = [
            (
                "weir --demo",
                "a whole world of pipelines in this process; reads no credentials, reaches nothing outside".to_string(),
            ),
            ("KUBECONFIG=FILE weir", "a kubeconfig, such as `oc login` writes; --context NAME chooses in it".into()),
            ("weir config init", format!("writes {config}: name clusters, namespaces, a release-controller")),
        ];
        for (number, (command, words)) in (1..).zip(ways) {
            lines.push((0, String::new(), Role::Normal));
            lines.push((2, format!("{number}  {command}"), Role::Key));
            lines.push((5, words, Role::Normal));
        }
        lines
    }
}

impl Screen for First {
    fn title(&self, _world: &World) -> String {
        "Welcome".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }

    fn learn(&mut self, _ctx: &Ctx<'_>, _touched: &Touched) {}

    fn offers(&self, _ctx: &Ctx<'_>) -> Vec<Offer> {
        [Action::Copy, Action::Releases, Action::Health, Action::Messages, Action::Quit].map(Offer::ready).to_vec()
    }

    fn act(&mut self, action: Action, _ctx: &Ctx<'_>) -> Intent {
        match action {
            Action::Copy => Intent::Do(vec![Effect::Copy(DEMO.into())]),
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let mut y = area.y + u16::from(area.height > 16);
        for (indent, text, role) in self.lines(ctx) {
            let wide = area.width.saturating_sub(indent + 4).max(1);
            for line in wrap(&text, usize::from(wide)) {
                if y >= area.bottom() {
                    return;
                }
                put(buf, area.x + 2 + indent, y, wide, &line, ctx.style(role));
                y += 1;
            }
        }
    }
}
