//! A line of text being typed.

use crate::message::{Key, KeyCode};
use crate::parts::text::{put, width};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::Style;
use unicode_segmentation::UnicodeSegmentation;

/// The cursor stands between graphemes, counted in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input {
    text: String,
    at: usize,
}

impl Input {
    pub fn new(text: impl Into<String>) -> Input {
        let text = text.into();
        Input { at: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn set(&mut self, text: impl Into<String>) {
        *self = Input::new(text);
    }

    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        self.text.insert_str(self.at, &clean);
        self.at += clean.len();
    }

    fn before(&self) -> usize {
        self.text[..self.at].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..].graphemes(true).next().map_or(self.text.len(), |next| self.at + next.len())
    }

    /// Whether the key meant something here. Enter, Esc and Tab do not.
    pub fn typed(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (KeyCode::Char('a'), true) | (KeyCode::Home, _) => self.at = 0,
            (KeyCode::Char('e'), true) | (KeyCode::End, _) => self.at = self.text.len(),
            (KeyCode::Char('u'), true) => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            (KeyCode::Char('k'), true) => self.text.truncate(self.at),
            (KeyCode::Char('w'), true) => {
                let head = self.text[..self.at].trim_end();
                let from = head.rfind(' ').map_or(0, |blank| blank + 1);
                self.text.drain(from..self.at);
                self.at = from;
            }
            (KeyCode::Left, _) => self.at = self.before(),
            (KeyCode::Right, _) => self.at = self.after(),
            (KeyCode::Backspace, _) => {
                let from = self.before();
                self.text.drain(from..self.at);
                self.at = from;
            }
            (KeyCode::Delete, _) => {
                let to = self.after();
                self.text.drain(self.at..to);
            }
            _ => match key.typed() {
                Some(c) => self.insert(c.encode_utf8(&mut [0; 4])),
                None => return false,
            },
        }
        true
    }

    /// Draws it in one line, scrolled so that the cursor is in sight, and says where the cursor stands.
    pub fn view(&self, area: Rect, style: Style, buf: &mut Buffer) -> Position {
        let (from, position) = self.placed(area);
        put(buf, area.x, area.y, area.width, &self.text[from..], style);
        position
    }

    pub fn cursor(&self, area: Rect) -> Position {
        self.placed(area).1
    }

    fn placed(&self, area: Rect) -> (usize, Position) {
        let room = usize::from(area.width).saturating_sub(1);
        let head = crate::parts::text::last(&self.text[..self.at], room);
        let x = area.x + width(head) as u16;
        (self.at - head.len(), Position::new(x.min(area.right().saturating_sub(1)), area.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_by_grapheme_and_the_cursor_never_breaks_one() {
        let mut input = Input::new("ä日e\u{301}");
        for _ in 0..3 {
            assert!(input.typed(Key::plain(KeyCode::Left)));
        }
        assert!(input.typed(Key::plain(KeyCode::Delete)));
        assert_eq!(input.text(), "日e\u{301}");
        input.typed(Key::plain(KeyCode::End));
        input.typed(Key::plain(KeyCode::Backspace));
        assert_eq!(input.text(), "日");
        assert!(!input.typed(Key::plain(KeyCode::Enter)));
        input.insert("\x1b[2J\n");
        assert_eq!(input.text(), "日[2J");
    }
}
