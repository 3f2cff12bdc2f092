//! The line in which a search or a filter is typed, at the foot of the log.

use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::text::{Cut, fit, put, width};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_log::Pattern;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Search,
    Keep,
}

#[derive(Debug)]
pub(crate) struct Prompt {
    pub purpose: Purpose,
    input: Input,
    /// What is wrong with the pattern.
    wrong: Option<String>,
}

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    Still,
    Changed(String),
    Done(String),
    Left,
}

impl Prompt {
    pub fn new(purpose: Purpose, text: &str) -> Prompt {
        Prompt { purpose, input: Input::new(text), wrong: None }
    }

    /// A pattern that is not one is not done with: the prompt stays and says why.
    pub fn typed(&mut self, key: Key) -> Typed {
        if Keymap::leaves(key) {
            return Typed::Left;
        }
        let text = self.input.text().to_string();
        if key.code == KeyCode::Enter {
            self.wrong = Pattern::new(&text).err().filter(|_| !text.is_empty());
            return if self.wrong.is_none() { Typed::Done(text) } else { Typed::Still };
        }
        if !self.input.typed(key) || self.input.text() == text {
            return Typed::Still;
        }
        self.wrong = None;
        Typed::Changed(self.input.text().to_string())
    }

    pub fn pasted(&mut self, text: &str) -> String {
        self.input.insert(text);
        self.input.text().to_string()
    }

    fn lead(&self) -> &'static str {
        match self.purpose {
            Purpose::Search => "search /",
            Purpose::Keep => "keep &",
        }
    }

    fn field(&self, area: Rect) -> Rect {
        let lead = (width(self.lead()) as u16 + 1).min(area.width);
        let wished = (width(self.input.text()) as u16 + 2).max(20);
        let room = (area.width - lead).min(wished.min(area.width / 2));
        Rect { x: area.x + lead, width: room, ..area }
    }

    pub fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let field = self.field(area);
        put(buf, area.x + 1, area.y, area.width.saturating_sub(1), self.lead(), ctx.style(Role::Key));
        self.input.view(field, ctx.style(Role::Input), buf);
        let room = area.right().saturating_sub(field.right() + 2);
        let (words, role) = match (&self.wrong, self.purpose) {
            (Some(wrong), _) => (wrong.as_str(), Role::Warning),
            (None, Purpose::Search) => ("Enter goes to the next, Esc leaves it", Role::Dim),
            (None, Purpose::Keep) => ("! drops what matches, nothing shows all lines", Role::Dim),
        };
        let shown = fit(words, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, field.right() + 2, area.y, room, &shown, ctx.style(role));
    }

    pub fn cursor(&self, area: Rect) -> Position {
        self.input.cursor(self.field(area))
    }
}

/// The last line of the screen.
pub(crate) fn area(screen: Rect) -> Rect {
    Rect { y: screen.bottom().saturating_sub(1).max(screen.y), height: screen.height.min(1), ..screen }
}
