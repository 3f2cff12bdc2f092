//! One line of a log or another long text laid into cells: a strip of it, or wrapped into rows.
//!
//! The cost follows what fits on screen, not the line's length: a line of 5 MB is walked only as far as it is shown
//! (and, scrolled sideways, to where it is shown). A wide character never stands half in a strip.

use crate::parts::sgr;
use ratatui_core::style::Style;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// One row of cells: bytes of the line with their look. `left` and `right` say that the line goes on there, which is a
/// cell of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Laid {
    pub pieces: Vec<(Range<usize>, Style)>,
    pub left: bool,
    pub right: bool,
}

impl Laid {
    fn push(&mut self, range: Range<usize>, style: Style) {
        match self.pieces.last_mut() {
            Some((last, look)) if last.end == range.start && *look == style => last.end = range.end,
            _ => self.pieces.push((range, style)),
        }
    }

    /// How far into the line it reaches.
    pub fn end(&self) -> usize {
        self.pieces.last().map_or(0, |(range, _)| range.end)
    }
}

/// One character as it is drawn: its bytes, its width in cells, its look.
type Cell = (Range<usize>, usize, Style);

/// The cells of a line from column `from` on; a wide character that begins before it is left out.
fn cells(text: &str, from: usize) -> impl Iterator<Item = Cell> + '_ {
    let mut ahead = from;
    sgr::runs(text).flat_map(move |(range, style)| {
        let run = &text[range.clone()];
        let mut skipped = 0;
        if ahead > 0 && run.is_ascii() {
            skipped = ahead.min(run.len());
            ahead -= skipped;
        } else if ahead > 0 {
            for grapheme in run.graphemes(true) {
                if ahead == 0 {
                    break;
                }
                ahead = ahead.saturating_sub(grapheme.width());
                skipped += grapheme.len();
            }
        }
        let start = range.start + skipped;
        run[skipped..].grapheme_indices(true).map(move |(at, grapheme)| {
            let at = start + at;
            (at..at + grapheme.len(), grapheme.width(), style)
        })
    })
}

/// `width` columns of a line from column `from` on.
pub(crate) fn strip(text: &str, from: usize, width: usize) -> Laid {
    let mut laid = Laid { left: from > 0 && !text.is_empty(), ..Laid::default() };
    let room = width.saturating_sub(usize::from(laid.left));
    // The mark at the left stands on the column that is otherwise the first.
    let from = from + usize::from(laid.left);
    let mut used = 0;
    let mut row: Vec<Cell> = Vec::new();
    for cell in cells(text, from).filter(|(_, wide, _)| *wide > 0) {
        if used + cell.1 > room {
            laid.right = true;
            while used + 1 > room {
                let Some((_, wide, _)) = row.pop() else { break };
                used -= wide;
            }
            break;
        }
        used += cell.1;
        row.push(cell);
    }
    row.into_iter().for_each(|(range, _, style)| laid.push(range, style));
    laid
}

/// The line in rows of at most `width` columns, broken after a blank where one is near; at most `most` rows, the last of
/// them cut when the line is longer.
pub(crate) fn wrapped(text: &str, width: usize, most: usize) -> Vec<Laid> {
    let mut rows: Vec<Laid> = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut used = 0;
    if width == 0 || most == 0 {
        return rows;
    }
    for cell in cells(text, 0).filter(|(_, wide, _)| *wide > 0 && *wide <= width) {
        if used + cell.1 > width {
            if rows.len() + 1 == most {
                let mut laid = Laid { right: true, ..Laid::default() };
                while used + 1 > width {
                    let Some((_, wide, _)) = row.pop() else { break };
                    used -= wide;
                }
                row.drain(..).for_each(|(range, _, style)| laid.push(range, style));
                rows.push(laid);
                return rows;
            }
            // A blank at the edge is the break itself.
            if text[cell.0.clone()] == *" " {
                rows.push(joined(&mut row));
                used = 0;
                continue;
            }
            let blank =
                row.iter().rposition(|(range, ..)| &text[range.clone()] == " ").filter(|at| at * 2 >= row.len());
            let rest = row.split_off(blank.map_or(row.len(), |at| at + 1));
            rows.push(joined(&mut row));
            used = rest.iter().map(|(_, wide, _)| wide).sum();
            row = rest;
        }
        used += cell.1;
        row.push(cell);
    }
    if !row.is_empty() || rows.is_empty() {
        rows.push(joined(&mut row));
    }
    rows
}

fn joined(row: &mut Vec<Cell>) -> Laid {
    let mut laid = Laid::default();
    row.drain(..).for_each(|(range, _, style)| laid.push(range, style));
    laid
}

/// The start of a text, at most so many bytes.
pub(crate) fn start(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn words(text: &str, laid: &Laid) -> String {
        let shown: String = laid.pieces.iter().map(|(range, _)| &text[range.clone()]).collect();
        format!("{}{shown}{}", if laid.left { "…" } else { "" }, if laid.right { "…" } else { "" })
    }

    #[test]
    fn a_strip_says_on_which_side_the_line_goes_on() {
        let show = |text: &str, from, width| words(text, &strip(text, from, width));
        assert_eq!(show("abcdef", 0, 6), "abcdef");
        assert_eq!(show("abcdef", 0, 4), "abc…");
        assert_eq!(show("abcdef", 2, 4), "…def");
        assert_eq!(show("abcdefgh", 2, 4), "…de…");
        assert_eq!(show("", 5, 4), "");
        assert_eq!(show("abc", 0, 1), "…");
        assert_eq!(show("abc", 0, 0), "…");
    }

    #[test]
    fn a_wide_character_is_shown_whole_or_not_at_all() {
        let show = |text: &str, from, width| words(text, &strip(text, from, width));
        assert_eq!(show("日本語", 0, 6), "日本語");
        assert_eq!(show("日本語", 0, 5), "日本…");
        assert_eq!(show("日本語", 0, 4), "日…");
        assert_eq!(words("日本語", &wrapped("日本語", 5, 9)[0]), "日本");
    }

    #[test]
    fn colours_do_not_count_as_columns() {
        let text = "\x1b[31mred\x1b[0m and more";
        let laid = strip(text, 0, 8);
        assert_eq!(words(text, &laid), "red and…");
        assert_eq!(laid.pieces.len(), 2);
    }

    #[test]
    fn a_wrapped_line_breaks_after_a_blank_and_ends_in_a_mark_when_there_is_no_room() {
        let text = "requires conmon >= 2.1.12, but none of the providers can be installed";
        let rows: Vec<String> = wrapped(text, 30, 9).iter().map(|laid| words(text, laid)).collect();
        assert_eq!(rows, ["requires conmon >= 2.1.12, but", "none of the providers can be ", "installed"]);
        let rows: Vec<String> = wrapped(text, 30, 2).iter().map(|laid| words(text, laid)).collect();
        assert_eq!(rows[1], "none of the providers can be …");
        assert_eq!(wrapped("", 30, 9).len(), 1);
    }

    #[test]
    fn a_line_of_5_mb_is_laid_out_as_far_as_it_is_shown() {
        let text = "x".repeat(5 << 20);
        let start = Instant::now();
        for _ in 0..20 {
            assert_eq!(wrapped(&text, 80, 20).len(), 20);
            assert_eq!(strip(&text, 4 << 20, 80).end(), (4 << 20) + 79);
        }
        assert!(start.elapsed().as_millis() < 2000, "{:?}", start.elapsed());
    }
}
