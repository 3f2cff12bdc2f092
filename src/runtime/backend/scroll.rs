//! Finds rows that only moved, and moves them with a scroll region. Index and reverse index at the margins are used,
//! and inserted or deleted lines for longer ways, never `CSI S` and `CSI T`: the Linux console does not know those.

use super::glyph::{Glyph, Grid};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

/// Fewer moved rows are not worth a region.
const ROWS: usize = 3;
/// Bytes of setting and leaving a region.
const REGION: usize = 20;

/// Rows `top` to `bottom` move up by `by`, or down when it is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scroll {
    top: u16,
    bottom: u16,
    by: i32,
}

impl Scroll {
    /// `rows` that show what stood `by` rows below, with the rows that they come from.
    fn new(rows: RangeInclusive<usize>, by: i32) -> Scroll {
        let (start, end) = (*rows.start() as i32, *rows.end() as i32);
        Scroll { top: start.min(start + by) as u16, bottom: end.max(end + by) as u16, by }
    }

    /// The row that `y` shows afterwards, `None` for an empty one.
    fn source(self, y: u16) -> Option<u16> {
        let from = i32::from(y) + self.by;
        (i32::from(self.top)..=i32::from(self.bottom)).contains(&from).then_some(from as u16)
    }

    /// Writes it, with a plain pen; the answer is where the cursor is then.
    pub(super) fn write(self, height: u16, out: &mut Vec<u8>) -> (u16, u16) {
        let count = self.by.unsigned_abs() as usize;
        let whole = self.top == 0 && self.bottom + 1 == height;
        if !whole {
            out.extend_from_slice(format!("\x1b[{};{}r", self.top + 1, self.bottom + 1).as_bytes());
        }
        let (row, short, long) = match self.by > 0 {
            true if count <= 4 => (self.bottom, "\n", None),
            true => (self.top, "", Some('M')),
            false if count <= 2 => (self.top, "\x1bM", None),
            false => (self.top, "", Some('L')),
        };
        out.extend_from_slice(format!("\x1b[{}H", row + 1).as_bytes());
        match long {
            Some(way) => out.extend_from_slice(format!("\x1b[{count}{way}").as_bytes()),
            None => out.extend_from_slice(short.repeat(count).as_bytes()),
        }
        if whole {
            return (0, row);
        }
        out.extend_from_slice(b"\x1b[r");
        (0, 0)
    }

    pub(super) fn apply(self, grid: &mut Grid) {
        let width = usize::from(grid.width());
        let count = self.by.unsigned_abs() as usize * width;
        let region = usize::from(self.top) * width..(usize::from(self.bottom) + 1) * width;
        let cells = &mut grid.cells_mut()[region];
        let size = cells.len();
        if self.by > 0 {
            cells.rotate_left(count);
            cells[size - count..].fill(Glyph::BLANK);
        } else {
            cells.rotate_right(count);
            cells[..count].fill(Glyph::BLANK);
        }
    }
}

/// The scroll that saves most, if any does.
pub(super) fn find(shown: &Grid, wanted: &Grid) -> Option<Scroll> {
    let height = usize::from(wanted.height());
    let hashes = |grid: &Grid| (0..wanted.height()).map(|y| hash(grid.row(y))).collect::<Vec<_>>();
    let (old, new) = (hashes(shown), hashes(wanted));
    if old.iter().zip(&new).filter(|(old, new)| old != new).count() < ROWS {
        return None;
    }
    let empty = hash(&vec![Glyph::BLANK; usize::from(wanted.width())]);
    let mut ways: Vec<(usize, i32, Vec<usize>)> = Vec::new();
    let most = height as i32 - 1;
    for by in (-most..=most).filter(|by| *by != 0) {
        let moved: Vec<usize> = (0..height)
            .filter(|y| {
                let from = *y as i32 + by;
                let from = usize::try_from(from).ok().and_then(|from| old.get(from));
                from == Some(&new[*y]) && new[*y] != empty && old[*y] != new[*y]
            })
            .collect();
        if moved.len() >= ROWS {
            ways.push((moved.len(), by, moved));
        }
    }
    ways.sort_by_key(|(count, by, _)| (std::cmp::Reverse(*count), by.abs()));
    let mut best = None;
    for (_, by, moved) in ways.iter().take(3) {
        for rows in [longest(moved), moved[0]..=moved[moved.len() - 1], wider(moved, *by, height)] {
            let scroll = Scroll::new(rows, *by);
            let (mut before, mut after) = (0, REGION);
            for y in scroll.top..=scroll.bottom {
                before += cost(Some(shown.row(y)), wanted.row(y));
                after += cost(scroll.source(y).map(|from| shown.row(from)), wanted.row(y));
            }
            let gain = before.saturating_sub(after);
            if gain > 0 && best.is_none_or(|(known, _)| gain > known) {
                best = Some((gain, scroll));
            }
        }
    }
    best.map(|(_, scroll)| scroll)
}

fn hash(row: &[Glyph]) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

/// The longest run of neighbours in ascending rows, which are at least one.
fn longest(rows: &[usize]) -> RangeInclusive<usize> {
    let run = rows.chunk_by(|one, next| one + 1 == *next).max_by_key(|run| run.len()).unwrap_or(rows);
    run[0]..=run[run.len() - 1]
}

/// One row more on either side, where there is one to come from: it may differ in a mark only, as a selected row does.
fn wider(moved: &[usize], by: i32, height: usize) -> RangeInclusive<usize> {
    let inside = |y: usize| y < height && usize::try_from(y as i32 + by).is_ok_and(|from| from < height);
    let (first, last) = (moved[0], moved[moved.len() - 1]);
    let first = first.checked_sub(1).filter(|y| inside(*y)).unwrap_or(first);
    let last = if inside(last + 1) { last + 1 } else { last };
    first..=last
}

/// About how many bytes it takes to make one row of another; without one, of an empty row.
fn cost(from: Option<&[Glyph]>, to: &[Glyph]) -> usize {
    let differ = |x: usize| from.map_or(!to[x].is_blank(), |from| from[x] != to[x]);
    let text = to.len() - to.iter().rev().take_while(|glyph| glyph.is_blank()).count();
    let changed = (0..text).filter(|x| differ(*x)).count();
    let tail = (text..to.len()).any(differ);
    match (changed, tail) {
        (0, false) => 0,
        (changed, tail) => 5 + changed + if tail { 3 } else { 0 },
    }
}
