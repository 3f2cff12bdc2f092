//! One gate in full, and the reason that lets a blocked one pass. The reason becomes part of the request: a new plan is made.

use super::plan::about;
use super::words;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside};
use crate::parts::text::{put, width, wrap};
use crate::parts::when::clock;
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::{Gate, GateId, PlanRequest, RunId, Verdict, age_text};

const COLUMNS: u16 = 72;
const LABEL: &str = "reason: ";

#[derive(Debug)]
pub(super) struct Dialog {
    gate: Gate,
    request: PlanRequest,
    input: Input,
    /// The run the gate speaks of, where it is among those known.
    rival: Option<RunId>,
    top: usize,
}

/// The run that stands in the way of `alone`: its evidence or a line of its details names it.
fn rival(gate: &Gate, ctx: &Ctx<'_>) -> Option<RunId> {
    if gate.id != GateId::Alone || gate.verdict == Verdict::Pass {
        return None;
    }
    let words: Vec<&str> =
        gate.details.iter().chain([&gate.evidence]).filter_map(|line| line.split(' ').next()).collect();
    let named = |id: &&RunId| words.iter().any(|word| **word == *id.name || *word == id.to_string());
    let open = ctx.world.runs.values().filter(|run| !run.finished_status()).map(|run| &run.id);
    open.into_iter().find(named).cloned()
}

impl Dialog {
    pub(super) fn new(gate: &Gate, request: &PlanRequest, ctx: &Ctx<'_>) -> Dialog {
        let input = Input::new(gate.waived.clone().unwrap_or_default());
        Dialog { gate: gate.clone(), request: request.clone(), input, rival: rival(gate, ctx), top: 0 }
    }

    /// Since when the rival runs and how far it is.
    fn stands(&self, ctx: &Ctx<'_>) -> Option<String> {
        let run = ctx.world.run(self.rival.as_ref()?)?;
        let mut words = format!("{} is {}", run.id.name, run.status.word());
        if let Some(at) = run.since() {
            words.push_str(&format!(" since {}, {}", clock(at, ctx.now, ctx.settings), age_text(at, ctx.now)));
        }
        if let Some(progress) = run.progress {
            words.push_str(&format!(", {} of {} tasks done", progress.done, progress.total()));
        }
        Some(words)
    }

    /// Enter on a gate that names a run opens it, while no reason is typed.
    fn opens(&self) -> Option<&RunId> {
        self.rival.as_ref().filter(|_| self.input.text().trim().is_empty() && self.gate.waived.is_none())
    }

    fn waivable(&self) -> bool {
        self.gate.can_be_waived()
    }

    /// The request with the reason typed, or without it when that is empty.
    fn asked(&self) -> PlanRequest {
        let mut request = self.request.clone();
        request.waivers.retain(|(id, _)| *id != self.gate.id);
        let reason = self.input.text().trim();
        if !reason.is_empty() {
            request.waivers.push((self.gate.id, reason.to_string()));
        }
        request.waivers.sort();
        request
    }

    /// Wrapped to what a dialog in `area` has room for.
    fn lines(&self, ctx: &Ctx<'_>, area: Rect) -> Vec<(String, Role)> {
        let columns = usize::from(dialog_inside(area, COLUMNS, 1).width);
        let mut lines = about(&self.gate, columns, ctx);
        if let Some(stands) = self.stands(ctx) {
            lines.extend(wrap(&stands, columns).into_iter().map(|line| (line, Role::Running)));
        }
        lines.push((String::new(), Role::Normal));
        let said = if self.waivable() {
            "Say why it may pass all the same. The reason goes into the plan, its id and the journal; a new plan is made.".to_string()
        } else {
            format!("No reason is asked for: {}.", words::unwaivable(&self.gate))
        };
        let role = if self.waivable() { Role::Normal } else { Role::Dim };
        lines.extend(wrap(&said, columns).into_iter().map(|line| (line, role)));
        lines
    }

    /// Below the lines: the field and the keys, or the keys alone.
    fn below(&self) -> u16 {
        1 + u16::from(self.waivable())
    }

    fn field(&self, inside: Rect) -> Rect {
        let used = (width(LABEL) as u16).min(inside.width);
        let y = inside.bottom().saturating_sub(2).max(inside.y);
        Rect { x: inside.x + used, y, width: inside.width - used, height: 1 }
    }
}

impl Overlay for Dialog {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        let last = self.lines(ctx, ctx.area).len().saturating_sub(1);
        if let (KeyCode::Enter, Some(run)) = (key.code, self.opens()) {
            return Intent::Many(vec![Intent::Close, Intent::Go(Route::Run(run.clone()))]);
        }
        match (key.code, self.waivable()) {
            (KeyCode::Down | KeyCode::PageDown, _) | (KeyCode::Char('j'), false) => self.top = (self.top + 1).min(last),
            (KeyCode::Up | KeyCode::PageUp, _) | (KeyCode::Char('k'), false) => self.top = self.top.saturating_sub(1),
            (KeyCode::Enter, true) => {
                let asked = self.asked();
                if asked == self.request {
                    return Intent::Close;
                }
                return Intent::Many(vec![Intent::Close, Intent::Replace(Route::Promote(PromoteFrom::Plan(asked)))]);
            }
            (KeyCode::Enter | KeyCode::Char('q'), false) => return Intent::Close,
            (_, true) => {
                self.input.typed(key);
            }
            _ => {}
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(ctx, area);
        let title = format!("gate {}", self.gate.id);
        let inside = dialog(ctx, area, COLUMNS, lines.len() as u16 + self.below(), &title, buf);
        let room = inside.height.saturating_sub(self.below());
        let top = self.top.min(lines.len().saturating_sub(usize::from(room)));
        for (y, (text, role)) in (inside.y..inside.y + room).zip(&lines[top..]) {
            put(buf, inside.x, y, inside.width, text, ctx.style(*role));
        }
        let Some(last) = inside.bottom().checked_sub(1).filter(|y| *y >= inside.y) else { return };
        let more = if top + usize::from(room) < lines.len() { "Down more  " } else { "" };
        if !self.waivable() {
            let run = if self.opens().is_some() { "Enter its run  " } else { "" };
            put(buf, inside.x, last, inside.width, &format!("{run}{more}Esc close"), ctx.style(Role::Footer));
            return;
        }
        let keys = match (self.input.text().trim().is_empty(), &self.gate.waived) {
            (true, Some(_)) => "Enter takes the waiver back  Esc leave it",
            (true, None) if self.opens().is_some() => "Enter its run  or type a reason  Esc close",
            (true, None) => "type a reason  Esc close",
            (false, _) => "Enter plans again with it  Esc close",
        };
        put(buf, inside.x, last, inside.width, &format!("{more}{keys}"), ctx.style(Role::Footer));
        if inside.height > 1 {
            let field = self.field(inside);
            put(buf, inside.x, field.y, inside.width, LABEL, ctx.style(Role::Strong));
            self.input.view(field, ctx.style(Role::Input), buf);
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let inside = dialog_inside(area, COLUMNS, self.lines(ctx, area).len() as u16 + self.below());
        (self.waivable() && inside.height > 1).then(|| self.input.cursor(self.field(inside)))
    }
}
