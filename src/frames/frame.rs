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

/// What is wrong with a golden file's frame, a sentence each: a line wider than the screen, more lines than it has, a
/// column that does not line up below its title, a dialog whose border is broken.
pub fn problems(golden: &str) -> Vec<String> {
    let mut lines = golden.lines();
    let size = lines.next().and_then(|size| size.split(',').next()?.split_once('x'));
    let Some((width, height)) = size.and_then(|(w, h)| Some((w.parse::<usize>().ok()?, h.parse::<usize>().ok()?)))
    else {
        return vec!["the first line is no size".into()];
    };
    let frame: Vec<&str> = lines.by_ref().take_while(|line| *line != "── roles ──").collect();
    let roles: Vec<&str> = lines.collect();
    let mut found = Vec::new();
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
    found.extend(misplaced(&frame, &roles));
    found
}

/// The characters by the column they stand in; a wide one is followed by a blank.
fn cells(line: &str) -> Vec<char> {
    line.chars().flat_map(|c| [c, '\0'].into_iter().take(c.to_string().width().max(1))).collect()
}

/// Rows whose text stands across the gap before a column, below a line of titles. A title belongs to a column that is
/// aligned left or right: a blank stands before its first character or after its last one in every row of the table.
fn misplaced(frame: &[&str], roles: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (top, letters) in roles.iter().enumerate() {
        let words = title_words(letters);
        if words.len() < 2 {
            continue;
        }
        let rows: Vec<Vec<char>> = frame[top + 1..frame.len().saturating_sub(1).max(top + 1)]
            .iter()
            .map(|line| cells(line))
            .take_while(|row| row.iter().any(|c| !c.is_whitespace()) && !row.contains(&'─') && !row.contains(&'│'))
            // Only the bar and the mark stand before the first column; a line that begins there ends the table.
            .take_while(|row| row.get(1).is_none_or(|c| matches!(c, ' ' | '*')))
            .filter(|row| row.iter().take(4).any(|c| !c.is_whitespace()))
            .collect();
        let blank = |row: &[char], column: usize| row.get(column).is_none_or(|c| *c == ' ');
        for (from, to) in words {
            // The bar and the mark of a row stand before the first column.
            let left = from <= 2 || rows.iter().all(|row| blank(row, from - 1));
            let right = rows.iter().all(|row| blank(row, to));
            if !left && !right {
                found.push(format!("line {}: nothing lines up below column {from}: {}", top + 1, frame[top]));
            }
        }
    }
    found
}

/// Where words in the role of column titles stand, when the line holds nothing else.
fn title_words(letters: &str) -> Vec<(usize, usize)> {
    if !letters.contains('C') || letters.chars().any(|c| !matches!(c, 'C' | 'S' | ' ')) {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut start = None;
    for (column, letter) in letters.chars().chain([' ']).enumerate() {
        match (letter, start) {
            (' ', Some(from)) => {
                words.push((from, column));
                start = None;
            }
            (' ', None) | (_, Some(_)) => {}
            (_, None) => start = Some(column),
        }
    }
    // Words of one title stand one blank apart.
    words.into_iter().fold(Vec::new(), |mut titles: Vec<(usize, usize)>, (from, to)| {
        match titles.last_mut() {
            Some(last) if last.1 + 1 == from => last.1 = to,
            _ => titles.push((from, to)),
        }
        titles
    })
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
        assert_eq!(problems("5x2\nabcd\nab"), Vec::<String>::new());
        assert_eq!(problems("4x2\nabcde").len(), 1);
        assert_eq!(problems("9x3\n ┌─ x ┐\n │ab│\n └────┘").len(), 1);
        assert_eq!(problems("9x3\n ┌─ x┐\n │abc│\n └───┘\n── roles ──\nxxxxxxxxxxxxxxx"), Vec::<String>::new());
        assert_eq!(problems("9x3\n ┌─ x┐\n │日 │\n └───┘"), Vec::<String>::new());
    }

    #[test]
    fn a_column_that_does_not_line_up_is_found() {
        let table = |row: &str| format!("30x5\n  NAME   AGE\n{row}\n\n footer\n── roles ──\n  CCCC   CCC\n");
        assert_eq!(problems(&table("  build   4m")), Vec::<String>::new());
        assert_eq!(problems(&table("  built  4m")), Vec::<String>::new());
        assert_eq!(problems(&table("  build-long-name 4m")).len(), 1);
    }
}
