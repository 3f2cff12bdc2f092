//! The dialog before every change: where, what, the exact calls, and how to say yes.
//!
//! The only way out with an effect is [`Proposal::answer`]. Enter is a yes only when the proposal takes a key; else its
//! phrase is typed. Any other key changes nothing in the world.

use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside};
use crate::parts::text::{Cut, fit, fold, put, width, wrap};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::text::clean_line;
use weir_domain::{Consent, Proposal, yaml};

const COLUMNS: u16 = 76;
/// Columns before a call.
const INDENT: usize = 6;

#[derive(Debug)]
pub(crate) struct Confirm {
    /// Empty only after the yes.
    proposal: Option<Proposal>,
    lines: Vec<(String, Role)>,
    input: Input,
    wrong: bool,
    top: usize,
}

impl Confirm {
    /// `explains` stands before the place and the calls: what the change means, in sentences.
    pub fn new(proposal: Proposal, explains: &[String]) -> Confirm {
        let command = proposal.command();
        let mut lines: Vec<(String, Role)> = Vec::new();
        for text in explains {
            lines.extend(wrap(text, usize::from(COLUMNS)).into_iter().map(|line| (line, Role::Normal)));
        }
        if !explains.is_empty() {
            lines.push((String::new(), Role::Normal));
        }
        lines.push((format!("cluster    {}  {}", command.cluster(), proposal.server), Role::Normal));
        lines.push((format!("namespace  {}", command.namespace()), Role::Normal));
        lines.push((format!("object     {}", command.object()), Role::Normal));
        if let Some(reason) = &proposal.reason {
            lines.push((format!("reason     {reason}"), Role::Normal));
        }
        for call in &proposal.calls {
            lines.push((String::new(), Role::Normal));
            let request = fold(&format!("{} {}", call.method, call.path), usize::from(COLUMNS) - INDENT);
            for (index, line) in request.into_iter().enumerate() {
                let label = if index == 0 { "Sends" } else { "" };
                lines.push((format!("{label:<INDENT$}{line}"), Role::Strong));
            }
            lines.push((format!("{:INDENT$}Content-Type: {}", "", call.content_type), Role::Dim));
            for line in yaml::text(&call.body).lines() {
                let parts = fold(&clean_line(line), usize::from(COLUMNS) - INDENT);
                lines.extend(parts.into_iter().map(|part| (format!("{:INDENT$}{part}", ""), Role::Dim)));
            }
        }
        Confirm { proposal: Some(proposal), lines, input: Input::default(), wrong: false, top: 0 }
    }

    fn must_type(&self) -> bool {
        self.proposal.as_ref().is_some_and(Proposal::must_type)
    }

    fn answer(&mut self) -> Intent {
        let Some(proposal) = self.proposal.take() else {
            return Intent::Close;
        };
        let typed = self.input.text().to_string();
        let consent = if proposal.must_type() { Consent::Typed(&typed) } else { Consent::Key };
        match proposal.answer(consent) {
            Ok(confirmed) => {
                let effect = Effect::Execute(confirmed);
                Intent::Many(vec![Intent::Close, Intent::Do(vec![effect]), Intent::Say("sent".into())])
            }
            Err(proposal) => {
                self.proposal = Some(proposal);
                self.wrong = true;
                Intent::Stay
            }
        }
    }

    fn title(&self) -> String {
        match &self.proposal {
            Some(proposal) => {
                let command = proposal.command();
                format!("{} {} on {}", command.verb(), command.object(), command.cluster())
            }
            None => String::new(),
        }
    }

    fn wanted_lines(&self) -> u16 {
        self.lines.len() as u16 + 3
    }

    fn room(&self, inside: Rect) -> u16 {
        inside.height.saturating_sub(2)
    }

    fn prompt(&self) -> String {
        self.proposal.as_ref().map(|p| format!("Type {} to {}: ", p.phrase(), p.command().verb())).unwrap_or_default()
    }

    fn typing_area(&self, inside: Rect) -> Rect {
        let used = (width(&self.prompt()) as u16).min(inside.width / 2);
        let y = inside.bottom().saturating_sub(1).max(inside.y);
        Rect { x: inside.x + used, y, width: inside.width - used, height: 1 }
    }
}

impl Overlay for Confirm {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Many(vec![Intent::Close, Intent::Say("nothing was sent".into())]);
        }
        let inside = dialog_inside(ctx.area, COLUMNS, self.wanted_lines());
        let last = self.lines.len().saturating_sub(usize::from(self.room(inside)));
        match key.code {
            KeyCode::Enter => return self.answer(),
            KeyCode::Down => self.top = (self.top + 1).min(last),
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown => self.top = (self.top + 8).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(8),
            _ if self.must_type() => {
                self.wrong = false;
                self.input.typed(key);
            }
            _ => {}
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = dialog(ctx, area, COLUMNS, self.wanted_lines(), &self.title(), buf);
        let room = usize::from(self.room(inside));
        let top = self.top.min(self.lines.len().saturating_sub(room));
        for (row, (line, role)) in (inside.y..).zip(self.lines.iter().skip(top).take(room)) {
            let shown = fit(line, usize::from(inside.width), Cut::Tail, ctx.glyphs);
            put(buf, inside.x, row, inside.width, &shown, ctx.style(*role));
        }
        let Some(last) = inside.bottom().checked_sub(1).filter(|row| *row >= inside.y) else {
            return;
        };
        let more = if top + room < self.lines.len() { "Down more  " } else { "" };
        if !self.must_type() {
            let verb = self.proposal.as_ref().map_or("", |p| p.command().verb());
            let words = format!("{more}Enter {verb} it  Esc no");
            put(buf, inside.x, last, inside.width, &words, ctx.style(Role::Key));
            return;
        }
        let line = self.typing_area(inside);
        let role = if self.wrong { Role::Danger } else { Role::Strong };
        let prompt = fit(&self.prompt(), usize::from(line.x - inside.x), Cut::Middle, ctx.glyphs).into_owned();
        put(buf, inside.x, last, line.x - inside.x, &prompt, ctx.style(role));
        self.input.view(line, ctx.style(Role::Input), buf);
        if inside.height > 1 {
            let words = if self.wrong { "not the same  " } else { "" };
            let words = format!("{words}{more}Enter sends when it is typed  Esc no");
            put(buf, inside.x, last - 1, inside.width, &words, ctx.style(Role::Footer));
        }
    }

    fn cursor(&self, _ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        let inside = dialog_inside(area, COLUMNS, self.wanted_lines());
        self.must_type().then(|| self.input.cursor(self.typing_area(inside)))
    }
}
