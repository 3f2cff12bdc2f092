//! What weir says of itself: the sentences of the footer above, and below the hole for the log records.

use crate::action::Action;
use crate::effect::{Effect, LoggerKey};
use crate::parts::panel::{heading, sentence};
use crate::parts::text::{Cut, fit, put};
use crate::parts::when::clock;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Watch;

#[derive(Debug, Default)]
pub(crate) struct Messages;

impl Messages {
    pub fn new() -> Messages {
        Messages
    }

    /// The sentences, the heading of the records, and the records.
    fn split(area: Rect) -> (Rect, Rect) {
        let above = (area.height / 3).max(area.height.min(3));
        let below = area.height.saturating_sub(above + 1);
        let said = Rect { height: above, ..area };
        (said, Rect { y: area.bottom() - below, height: below, ..area })
    }
}

impl Screen for Messages {
    fn title(&self, _world: &World) -> String {
        "Messages".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }

    fn learn(&mut self, _ctx: &Ctx<'_>, _touched: &Touched) {}

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = vec![
            Offer::ready(Action::Up),
            Offer::ready(Action::Down),
            Offer::ready(Action::Bottom),
            Offer::ready(Action::Pane),
            Offer::ready(Action::Left),
            Offer::ready(Action::Right),
        ];
        if !ctx.world.said.is_empty() {
            offers.push(Offer::ready(Action::CopyAll));
        }
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let key = match action {
            Action::Up => LoggerKey::Up,
            Action::Down => LoggerKey::Down,
            Action::PageUp | Action::HalfUp | Action::Top => LoggerKey::PageUp,
            Action::PageDown | Action::HalfDown => LoggerKey::PageDown,
            Action::Bottom | Action::Follow => LoggerKey::Newest,
            Action::Left => LoggerKey::Less,
            Action::Right => LoggerKey::More,
            Action::Pane => LoggerKey::Targets,
            Action::CopyAll => {
                let lines: Vec<String> = ctx.world.said.iter().map(|(at, words)| format!("{at} {words}")).collect();
                return Intent::Do(vec![Effect::Copy(lines.join("\n"))]);
            }
            _ => return Intent::Pass,
        };
        Intent::Do(vec![Effect::Logger(key)])
    }

    fn log_pane(&self, area: Rect) -> Option<Rect> {
        Some(Messages::split(area).1)
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let (said, pane) = Messages::split(area);
        heading(ctx, area, said.y, "SAID", "what stood in the footer, newest first", buf);
        let rows = Rect { y: said.y + 1, height: said.height.saturating_sub(1), ..said };
        if ctx.world.said.is_empty() {
            sentence(ctx, rows, "Nothing yet.", Role::Dim, buf);
        }
        for (y, (at, words)) in (rows.y..rows.bottom()).zip(ctx.world.said.iter().rev()) {
            let used = put(
                buf,
                area.x + 2,
                y,
                area.width.saturating_sub(2),
                &clock(*at, ctx.now, ctx.settings),
                ctx.style(Role::Dim),
            );
            let left = area.width.saturating_sub(used + 5);
            let shown = fit(words, usize::from(left), Cut::Tail, ctx.glyphs);
            put(buf, area.x + 2 + used + 2, y, left, &shown, ctx.style(Role::Normal));
        }
        if let Some(y) = pane.y.checked_sub(1).filter(|y| *y >= rows.bottom()) {
            heading(ctx, area, y, "LOG", "Tab targets  Left less  Right more  G newest", buf);
        }
    }
}
