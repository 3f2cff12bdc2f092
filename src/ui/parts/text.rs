//! Text that fits: cut where it tells least, measured in terminal columns, never in bytes or characters.

use crate::parts::glyphs::Glyphs;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Which part of a text may go when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Sentences: the end goes.
    Tail,
    /// Generated names: head and end tell two apart, the middle goes.
    Middle,
    /// Paths: the head goes.
    Head,
}

pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As many columns as fit, with the sign of the cut where something is missing.
pub(crate) fn fit<'a>(text: &'a str, columns: usize, cut: Cut, glyphs: &Glyphs) -> Cow<'a, str> {
    if text.len() <= columns && text.is_ascii() || text.width() <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let room = columns - 1;
    let (head, tail) = match cut {
        Cut::Tail => (room, 0),
        Cut::Head => (0, room),
        Cut::Middle => {
            // A generated name ends in a dash and five characters that tell it from its like; the rest is told by its head.
            let tail = if generated(text) { room.min(6) } else { (room / 2).max(room.min(6)) };
            (room - tail, tail)
        }
    };
    let mut out = String::with_capacity(columns + 4);
    out.push_str(first(text, head).trim_end());
    out.push_str(glyphs.cut);
    out.push_str(last(text, tail));
    Cow::Owned(out)
}

/// Whether a server made the end of this name up.
fn generated(name: &str) -> bool {
    let suffix = name.rsplit('-').next().unwrap_or_default();
    suffix.len() == 5
        && suffix.len() < name.len()
        && suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// The longest head of at most so many columns.
pub(crate) fn first(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The longest tail of at most so many columns.
pub(crate) fn last(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > columns {
            break;
        }
        from = at;
    }
    &text[from..]
}

/// Broken at blanks into lines of at most so many columns; a word that is longer is broken where it must.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ') {
            let mut word = word;
            let gap = usize::from(!line.is_empty());
            if used + gap + word.width() <= columns {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                used += gap + word.width();
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            while word.width() > columns {
                let head = first(word, columns);
                let head = if head.is_empty() { word.graphemes(true).next().unwrap_or(word) } else { head };
                lines.push(head.to_string());
                word = &word[head.len()..];
            }
            line.push_str(word);
            used = word.width();
        }
        lines.push(line);
    }
    lines
}

/// Facts joined by a sign into lines of at most so many columns; a line neither begins nor ends with the sign.
pub(crate) fn joined(facts: &[String], sign: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        match lines.last_mut() {
            Some(line) if line.width() + fact.width() + sign.width() + 2 <= columns => {
                line.push_str(&format!(" {sign} {fact}"));
            }
            _ => lines.push(fact.clone()),
        }
    }
    lines
}

/// Broken wherever a line is full, so that joined it is the same text: for what is sent.
pub(crate) fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while width(rest) > columns.max(1) {
        let head = match first(rest, columns) {
            "" => rest.graphemes(true).next().unwrap_or(rest),
            head => head,
        };
        parts.push(head.to_string());
        rest = &rest[head.len()..];
    }
    parts.push(rest.to_string());
    parts
}

/// Writes one line, cut to `columns`; returns the columns used.
pub(crate) fn put(buf: &mut Buffer, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
    if !buf.area.contains((x, y).into()) || columns == 0 {
        return 0;
    }
    let columns = columns.min(buf.area.right().saturating_sub(x));
    let (end, _) = buf.set_stringn(x, y, text, usize::from(columns), style);
    end.saturating_sub(x)
}

/// Writes pieces one after another, cut to `columns` as a whole; returns the columns used.
pub(crate) fn put_all(
    buf: &mut Buffer,
    x: u16,
    y: u16,
    columns: u16,
    pieces: &[(&str, Style)],
    glyphs: &Glyphs,
) -> u16 {
    let mut used = 0;
    for (text, style) in pieces {
        let room = columns - used;
        if room == 0 {
            break;
        }
        let shown = fit(text, usize::from(room), Cut::Tail, glyphs);
        used += put(buf, x + used, y, room, &shown, *style);
        if shown.len() != text.len() {
            break;
        }
    }
    used
}

/// Writes at the right end of a line; returns the columns used.
pub(crate) fn put_right(buf: &mut Buffer, area: Rect, y: u16, text: &str, style: Style, glyphs: &Glyphs) -> u16 {
    let shown = fit(text, usize::from(area.width), Cut::Tail, glyphs);
    let columns = width(&shown) as u16;
    put(buf, area.right().saturating_sub(columns), y, columns, &shown, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_name_keeps_its_telling_end() {
        let glyphs = Glyphs::unicode();
        assert_eq!(fit("okd-coreos-all-4.21-b7k2q", 16, Cut::Middle, &glyphs), "okd-coreo…-b7k2q");
        assert_eq!(fit("okd-coreos-all-4.21-b7k2q", 7, Cut::Middle, &glyphs), "…-b7k2q");
        assert_eq!(fit("short", 16, Cut::Middle, &glyphs), "short");
        assert_eq!(fit("a sentence here", 9, Cut::Tail, &glyphs), "a senten…");
    }

    #[test]
    fn wide_characters_never_pass_the_edge() {
        let glyphs = Glyphs::unicode();
        for columns in 0..12 {
            for cut in [Cut::Tail, Cut::Middle, Cut::Head] {
                let shown = fit("日本語のテキスト", columns, cut, &glyphs);
                assert!(width(&shown) <= columns, "{shown} in {columns}");
            }
        }
        assert_eq!(wrap("日本語", 1).concat(), "日本語");
        assert_eq!(fold("日本 語", 1).concat(), "日本 語");
        assert_eq!(fold("a/b/c d", 3), vec!["a/b", "/c ", "d"]);
        assert_eq!(wrap("one two three", 7), vec!["one two", "three"]);
    }
}
