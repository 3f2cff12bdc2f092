//! Everything that can happen, as plain data.

use jiff::Timestamp;
use weir_domain::log::LogId;
use weir_domain::{Answer, Command, Failure, News, Query, Receipt, Tree};
use weir_log::{LineId, Sifted};

#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    Input(Input),
    /// The only clock.
    Tick(Timestamp),
    News(News),
    Answered(Query, Result<Answer, Failure>),
    Done(Command, Result<Receipt, Failure>),
    /// A piece of a search's answer; pieces come in the log's order.
    Found(LogId, SearchHits),
    /// A filter's answer.
    Sifted(LogId, Sifted),
    /// What came back from `$EDITOR`.
    Edited(Result<Tree, Failure>),
    /// The path that was written.
    Saved(Result<String, Failure>),
    /// How many bytes went to the clipboard, or the text when there is no way to it.
    Copied(Result<usize, String>),
    /// So many log records in all; sent while the messages are on screen.
    Logged(u64),
    /// Back from a suspend: the terminal is to be drawn whole.
    Resumed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Key(Key),
    Paste(String),
    Resize(u16, u16),
    Mouse(Mouse),
}

/// Only the wheel means something; the terminal keeps its own selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    WheelUp,
    WheelDown,
}

/// Lines that a pattern finds. `whole` is set on the last piece.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHits {
    pub pattern: String,
    pub lines: Vec<LineId>,
    pub whole: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Backspace,
    Delete,
    F(u8),
}

/// A key press. For a character `shift` is false: the character itself says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Key {
        Key { code, ctrl: false, alt: false, shift: false }
    }

    pub const fn char(c: char) -> Key {
        Key::plain(KeyCode::Char(c))
    }

    pub const fn ctrl(c: char) -> Key {
        Key { code: KeyCode::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// The character it types into a text, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Reads what [`Key`] prints: `j`, `G`, `Ctrl-R`, `Alt-x`, `Shift-Tab`, `Enter`, `Space`, `F5`.
    pub fn parse(text: &str) -> Option<Key> {
        let mut key = Key::char(' ');
        let mut rest = text;
        loop {
            let (word, tail) = match rest.split_once('-') {
                Some((word, tail)) if !word.is_empty() && !tail.is_empty() => (word, tail),
                _ => break,
            };
            match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                _ => return None,
            }
            rest = tail;
        }
        let mut characters = rest.chars();
        key.code = match (characters.next()?, characters.next()) {
            (c, None) => KeyCode::Char(if key.ctrl { c.to_ascii_lowercase() } else { c }),
            _ => NAMES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(rest))
                .map(|(_, code)| *code)
                .or_else(|| rest[1..].parse().ok().filter(|_| rest.starts_with(['F', 'f'])).map(KeyCode::F))?,
        };
        if key.shift {
            key = match key.code {
                KeyCode::Tab => Key { code: KeyCode::BackTab, shift: false, ..key },
                KeyCode::Char(c) => Key { code: KeyCode::Char(c.to_ascii_uppercase()), shift: false, ..key },
                _ => key,
            };
        }
        Some(key)
    }
}

const NAMES: [(&str, KeyCode); 17] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Minus", KeyCode::Char('-')),
    ("PgDn", KeyCode::PageDown),
];

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (on, word) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if on {
                f.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.ctrl => write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::F(number) => write!(f, "F{number}"),
            code => {
                let name = NAMES.iter().find(|(_, named)| *named == code).map_or("?", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_printed() {
        for text in ["j", "G", "Ctrl-R", "Space", "Shift-Tab", "Enter", "PageDown", "F5", "-", "/", "Alt-x", "Shift-Up"]
        {
            let key = Key::parse(text).expect(text);
            assert_eq!(key.to_string(), text);
        }
        assert_eq!(Key::parse("Hyper-x"), None);
        assert_eq!(Key::parse("Entre"), None);
        assert_eq!(Key::parse(""), None);
    }
}
