//! Why a promotion is made, typed. It becomes part of the request: a new plan is made, whose calls carry it.

use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside};
use crate::parts::text::{put, wrap};
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::PlanRequest;

const COLUMNS: u16 = 72;
const SAID: &str =
    "Why it is promoted. The reason goes into what is made, the plan's id and the journal; a new plan is made.";

#[derive(Debug)]
pub(super) struct Dialog {
    request: PlanRequest,
    input: Input,
}

impl Dialog {
    pub(super) fn new(request: &PlanRequest) -> Dialog {
        Dialog { input: Input::new(request.reason.clone().unwrap_or_default()), request: request.clone() }
    }

    fn asked(&self) -> PlanRequest {
        let reason = Some(self.input.text().trim().to_string()).filter(|reason| !reason.is_empty());
        PlanRequest { reason, ..self.request.clone() }
    }

    /// The sentence, wrapped to what a dialog in `area` has room for.
    fn said(area: Rect) -> Vec<String> {
        wrap(SAID, usize::from(dialog_inside(area, COLUMNS, 1).width.max(8)))
    }

    /// With the field and the keys below it.
    fn height(area: Rect) -> u16 {
        Dialog::said(area).len() as u16 + 2
    }

    fn field(inside: Rect) -> Rect {
        Rect { y: inside.bottom().saturating_sub(2).max(inside.y), height: 1, ..inside }
    }
}

impl Overlay for Dialog {
    fn typed(&mut self, key: Key, _ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        if key.code == KeyCode::Enter {
            let asked = self.asked();
            if asked == self.request {
                return Intent::Close;
            }
            return Intent::Many(vec![Intent::Close, Intent::Replace(Route::Promote(PromoteFrom::Plan(asked)))]);
        }
        self.input.typed(key);
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = dialog(ctx, area, COLUMNS, Dialog::height(area), "reason", buf);
        let Some(last) = inside.bottom().checked_sub(1).filter(|y| *y >= inside.y) else { return };
        let field = Dialog::field(inside);
        for (y, line) in (inside.y..field.y).zip(Dialog::said(area)) {
            put(buf, inside.x, y, inside.width, &line, ctx.style(Role::Normal));
        }
        let keys = match (self.asked() == self.request, self.input.text().trim().is_empty()) {
            (true, true) => "type a reason  Esc close",
            (true, false) => "Enter keeps it  Esc close",
            (false, true) => "Enter plans again without it  Esc leave it",
            (false, false) => "Enter plans again with it  Esc close",
        };
        put(buf, inside.x, last, inside.width, keys, ctx.style(Role::Footer));
        if field.y < last {
            self.input.view(field, ctx.style(Role::Input), buf);
        }
    }

    fn cursor(&self, _ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let inside = dialog_inside(area, COLUMNS, Dialog::height(area));
        (inside.height > 1).then(|| self.input.cursor(Dialog::field(inside)))
    }
}
