//! Aligned columns for people. Widths are those of the terminal's cells; no line ends in a blank.

use crate::code::End;
use crate::paper::Paper;
use unicode_width::UnicodeWidthStr;

pub(crate) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A head that begins with `>` makes its column right-aligned.
    pub fn new<const N: usize>(heads: [&'static str; N]) -> Table {
        Table { heads: heads.into(), rows: Vec::new() }
    }

    /// Cells may carry SGR colour. An empty one is shown as `-`.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.heads.len());
        self.rows.push(cells.into_iter().map(|c| if c.is_empty() { "-".into() } else { c }).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn lines(&self) -> Vec<String> {
        let heads: Vec<&str> = self.heads.iter().map(|h| h.trim_start_matches('>')).collect();
        let mut widths: Vec<usize> = heads.iter().map(|h| h.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cells(cell));
            }
        }
        let line = |row: &[&str]| {
            let mut out = String::new();
            for (index, cell) in row.iter().enumerate() {
                let blank = " ".repeat(widths[index] - cells(cell));
                let right = self.heads[index].starts_with('>');
                if index > 0 {
                    out.push_str("  ");
                }
                if right {
                    out.push_str(&blank);
                }
                out.push_str(cell);
                if !right {
                    out.push_str(&blank);
                }
            }
            out.truncate(out.trim_end().len());
            out
        };
        let mut lines = vec![line(&heads)];
        lines.extend(self.rows.iter().map(|row| line(&row.iter().map(String::as_str).collect::<Vec<_>>())));
        lines
    }

    pub fn print(&self, paper: &mut Paper<'_>) -> Result<(), End> {
        paper.line(&self.lines().join("\n"))
    }
}

/// The cells a text takes, colour not counted.
fn cells(text: &str) -> usize {
    if text.contains('\x1b') { weir_domain::text::clean_line(text).width() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_and_colour_do_not_move_a_column_and_no_line_ends_in_a_blank() {
        let mut table = Table::new(["NAME", ">N", "LAST"]);
        table.row(["日本".into(), "7".into(), "x".into()]);
        table.row(["\x1b[31ma\x1b[0m".into(), "12".into(), String::new()]);
        assert_eq!(table.lines(), ["NAME   N  LAST", "日本   7  x", "\x1b[31ma\x1b[0m     12  -"]);
    }
}
