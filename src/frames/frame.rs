//! A frame as text, with a second plane that says which role each cell has.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Position;
use unicode_width::UnicodeWidthStr;
use weir_ui::Theme;

#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    buffer: Buffer,
    cursor: Option<Position>,
}

impl Frame {
    pub fn new(buffer: Buffer, cursor: Option<Position>) -> Frame {
        Frame { buffer, cursor }
    }

    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    pub fn size(&self) -> (u16, u16) {
        (self.buffer.area.width, self.buffer.area.height)
    }

    /// The lines as a terminal shows them, blanks at the end left out.
    pub fn lines(&self) -> Vec<String> {
        let area = self.buffer.area;
        (area.top()..area.bottom())
            .map(|y| {
                let mut line = String::new();
                let mut covered = 0;
                for x in area.left()..area.right() {
                    if x < covered {
                        continue;
                    }
                    let symbol = self.buffer[(x, y)].symbol();
                    covered = x + symbol.width().max(1) as u16;
                    line.push_str(symbol);
                }
                line.trim_end().to_string()
            })
            .collect()
    }

    /// One letter a cell, as [`weir_ui::Role::letter`] has them; blank where nothing stands.
    pub fn roles(&self) -> Vec<String> {
        let area = self.buffer.area;
        (area.top()..area.bottom())
            .map(|y| {
                let letters = (area.left()..area.right()).map(|x| {
                    let cell = &self.buffer[(x, y)];
                    match Theme::probed(cell.fg) {
                        Some(role) if cell.symbol() != " " => role.letter(),
                        None if cell.symbol() != " " => '?',
                        _ => ' ',
                    }
                });
                letters.collect::<String>().trim_end().to_string()
            })
            .collect()
    }

    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Whether a text is on screen, on one line.
    pub fn shows(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    /// Both planes, for a golden file.
    pub fn golden(&self) -> String {
        let (width, height) = self.size();
        let cursor = self.cursor.map(|at| format!(", cursor at {},{}", at.x, at.y)).unwrap_or_default();
        format!("{width}x{height}{cursor}\n{}\n── roles ──\n{}\n", self.text(), self.roles().join("\n"))
    }
}

/// What is wrong with a golden file's frame, a sentence each: a line wider than the screen, more lines than it has,
/// text at its right edge that looks cut without the sign for it, a dialog whose border does not line up.
pub fn problems(golden: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = golden.lines();
    let Some(((width, height), _)) = lines.next().and_then(|size| {
        let size = size.split(',').next()?;
        let (width, height) = size.split_once('x')?;
        Some(((width.parse::<usize>().ok()?, height.parse::<usize>().ok()?), ()))
    }) else {
        return vec!["the first line is no size".into()];
    };
    let frame: Vec<&str> = lines.take_while(|line| *line != "── roles ──").collect();
    if frame.len() > height {
        found.push(format!("{} lines in a frame of {height}", frame.len()));
    }
    for (number, line) in frame.iter().enumerate() {
        if line.width() > width {
            found.push(format!("line {} is {} columns wide: {line}", number + 1, line.width()));
        }
        if line.chars().any(char::is_control) {
            found.push(format!("line {} holds a control character", number + 1));
        }
    }
    found.extend(borders(&frame));
    found
}

/// The columns at which a character stands in a line.
fn columns_of(line: &str, wanted: &[char]) -> Vec<usize> {
    let mut column = 0;
    let mut found = Vec::new();
    for c in line.chars() {
        if wanted.contains(&c) {
            found.push(column);
        }
        column += c.to_string().width();
    }
    found
}

/// Dialogs: a border whose top carries a title.
fn borders(frame: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (top, line) in frame.iter().enumerate() {
        if !line.contains("┌─ ") {
            continue;
        }
        for left in columns_of(line, &['┌']) {
            let right = columns_of(line, &['┐']).into_iter().find(|column| *column > left);
            let Some(right) = right else {
                found.push(format!("line {}: a border begins and does not end", top + 1));
                continue;
            };
            for (number, line) in frame.iter().enumerate().skip(top + 1) {
                let sides = columns_of(line, &['│', '└', '┘', '├', '┤']);
                if !sides.contains(&left) || !sides.contains(&right) {
                    found.push(format!("line {}: the border is broken: {line}", number + 1));
                    break;
                }
                if columns_of(line, &['└']).contains(&left) {
                    break;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_line_and_a_broken_border_are_found() {
        assert_eq!(problems("4x2\nabcd\nab"), Vec::<String>::new());
        assert_eq!(problems("4x2\nabcde").len(), 1);
        assert_eq!(problems("9x3\n ┌─ x ┐\n │ab│\n └────┘").len(), 1);
        assert_eq!(problems("9x3\n ┌─ x┐\n │abc│\n └───┘\n── roles ──\nxxxxxxxxxxxxxxx"), Vec::<String>::new());
        assert_eq!(problems("9x3\n ┌─ x┐\n │日 │\n └───┘"), Vec::<String>::new());
    }
}
