//! A text to read: what could not be copied, an address, a whole sentence.

use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::panel::dialog;
use crate::parts::text::{put, wrap};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

#[derive(Debug)]
pub(crate) struct Text {
    title: String,
    text: String,
    top: usize,
}

impl Text {
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Text {
        Text { title: title.into(), text: text.into(), top: 0 }
    }

    pub fn uncopied(text: String) -> Text {
        Text::new("The clipboard cannot be reached; here it is", text)
    }

    fn columns(area: Rect) -> u16 {
        area.width.saturating_sub(8).clamp(1, 100)
    }
}

impl Overlay for Text {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        let lines = wrap(&self.text, usize::from(Text::columns(ctx.area))).len();
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.top = (self.top + 1).min(lines.saturating_sub(1)),
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown => self.top = (self.top + 10).min(lines.saturating_sub(1)),
            KeyCode::PageUp => self.top = self.top.saturating_sub(10),
            KeyCode::Enter | KeyCode::Char('q') => return Intent::Close,
            _ if Keymap::leaves(key) => return Intent::Close,
            _ => {}
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = Text::columns(area);
        let lines = wrap(&self.text, usize::from(columns));
        let inner = dialog(ctx, area, columns, lines.len() as u16 + 2, &self.title, buf);
        let room = inner.height.saturating_sub(2);
        for (row, line) in (inner.y..inner.y + room).zip(lines.iter().skip(self.top)) {
            put(buf, inner.x, row, inner.width, line, ctx.style(Role::Normal));
        }
        if inner.height > 0 {
            put(buf, inner.x, inner.bottom() - 1, inner.width, "Esc close", ctx.style(Role::Footer));
        }
    }
}
