//! What of a log is shown: a filter, folded sections, and from them rows. Kept up as the log grows, in the time
//! of the new lines; without a filter no line is looked at.
//!
//! Invariant: rows are in display order; a heading stands before each section that has a line to show, when the
//! log has several sections; a fold hides the lines and leaves the heading.

use crate::cursor::Cursor;
use crate::part::Part;
use crate::{Line, LineId, Log, Pattern, SectionId, Sifted};
use std::sync::Arc;

/// What a row stands for. `Gap` is where dropped lines were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    Heading(SectionId),
    Gap(SectionId),
    Line(LineId),
}

/// A row with what to print in it. A gap is a [`Kind::Note`](crate::Kind) line. `hidden` is the number of lines
/// under a folded heading, 0 when it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Heading { section: SectionId, title: Arc<str>, hidden: u64 },
    Line(Line),
}

#[derive(Clone, Debug, Default)]
pub struct View {
    pattern: Option<Pattern>,
    /// In display order.
    shown: Vec<Shown>,
}

#[derive(Clone, Debug)]
struct Shown {
    section: SectionId,
    /// The section's lines that the view knows, dropped ones included.
    seen: u64,
    dropped: u64,
    /// With a filter: the indices that stay, ascending.
    picked: Vec<u64>,
    folded: bool,
}

impl Shown {
    fn new(section: SectionId) -> Shown {
        Shown { section, seen: 0, dropped: 0, picked: Vec::new(), folded: false }
    }

    fn lines(&self, filtered: bool) -> u64 {
        if filtered { self.picked.len() as u64 } else { self.seen - self.dropped }
    }

    fn gap(&self, filtered: bool) -> u64 {
        u64::from(!filtered && self.dropped > 0)
    }

    fn learn(&mut self, part: &Part, pattern: Option<&Pattern>) {
        if let Some(pattern) = pattern
            && part.lines() > self.seen
        {
            let mut scratch = Vec::new();
            for piece in part.pieces(self.seen) {
                pattern.lines(piece.text(&mut scratch), piece.first(), self.seen, &mut self.picked);
            }
        }
        self.seen = part.lines();
        if self.dropped < part.dropped() {
            self.dropped = part.dropped();
            let gone = self.picked.partition_point(|index| *index < self.dropped);
            self.picked.drain(..gone);
        }
    }
}

impl View {
    pub fn new() -> View {
        View::default()
    }

    /// Takes in what the log has gained, lost or rearranged.
    pub fn follow(&mut self, log: &Log) {
        let same = self.shown.len() == log.parts.list.len()
            && self.shown.iter().zip(&log.parts.list).all(|(shown, part)| shown.section == part.id);
        if !same {
            let mut known = std::mem::take(&mut self.shown);
            self.shown.extend(log.parts.list.iter().map(|part| {
                match known.iter().position(|shown| shown.section == part.id) {
                    Some(at) => known.swap_remove(at),
                    None => Shown::new(part.id),
                }
            }));
        }
        for (shown, part) in self.shown.iter_mut().zip(&log.parts.list) {
            shown.learn(part, self.pattern.as_ref());
        }
    }

    /// Filters at once, which reads the whole log: for a large one, [`Snapshot::sift`](crate::Snapshot::sift)
    /// elsewhere and then [`View::adopt`]. `None` shows every line.
    pub fn filter(&mut self, log: &Log, pattern: Option<Pattern>) {
        self.pattern = pattern;
        for shown in &mut self.shown {
            shown.picked = Vec::new();
            shown.seen = 0;
        }
        self.follow(log);
    }

    /// Filters by what was found in a snapshot of this log, and reads only the lines that came since.
    pub fn adopt(&mut self, log: &Log, sifted: Sifted) {
        self.pattern = Some(sifted.pattern);
        for shown in &mut self.shown {
            shown.picked = Vec::new();
            shown.seen = 0;
        }
        for (section, seen, picked) in sifted.sections {
            match self.shown.iter_mut().find(|shown| shown.section == section) {
                Some(shown) => {
                    shown.seen = seen;
                    shown.picked = picked;
                    shown.dropped = 0;
                }
                None => self.shown.push(Shown { seen, picked, ..Shown::new(section) }),
            }
        }
        self.follow(log);
    }

    pub fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }

    pub fn fold(&mut self, section: SectionId, folded: bool) {
        for shown in self.shown.iter_mut().filter(|shown| shown.section == section) {
            shown.folded = folded;
        }
    }

    /// Folds or opens every section that is known now.
    pub fn fold_all(&mut self, folded: bool) {
        self.shown.iter_mut().for_each(|shown| shown.folded = folded);
    }

    pub fn is_folded(&self, section: SectionId) -> bool {
        self.shown.iter().any(|shown| shown.section == section && shown.folded)
    }

    fn heading(&self, shown: &Shown) -> u64 {
        let filtered = self.pattern.is_some();
        let any = shown.lines(filtered) + shown.gap(filtered) > 0;
        u64::from(self.shown.len() > 1 && any)
    }

    /// Rows of one section, heading included. Without headings there is nothing to fold at.
    fn span(&self, shown: &Shown) -> u64 {
        let heading = self.heading(shown);
        if shown.folded && heading > 0 {
            return heading;
        }
        let filtered = self.pattern.is_some();
        heading + shown.gap(filtered) + shown.lines(filtered)
    }

    /// Sections with the row each begins at.
    fn spans(&self) -> impl Iterator<Item = (u64, u64, &Shown)> {
        self.shown.iter().scan(0, |start, shown| {
            let (own, span) = (*start, self.span(shown));
            *start += span;
            Some((own, span, shown))
        })
    }

    pub fn rows(&self) -> u64 {
        self.shown.iter().map(|shown| self.span(shown)).sum()
    }

    /// Lines that the filter lets through, folded ones included.
    pub fn lines(&self) -> u64 {
        let filtered = self.pattern.is_some();
        self.shown.iter().map(|shown| shown.lines(filtered)).sum()
    }

    pub fn row(&self, row: u64) -> Option<Row> {
        let (start, _, shown) = self.spans().find(|(start, span, _)| row < start + span)?;
        let mut at = row - start;
        let heading = self.heading(shown);
        if at < heading {
            return Some(Row::Heading(shown.section));
        }
        at -= heading;
        let filtered = self.pattern.is_some();
        if at < shown.gap(filtered) {
            return Some(Row::Gap(shown.section));
        }
        at -= shown.gap(filtered);
        let index = if filtered { *shown.picked.get(at as usize)? } else { shown.dropped + at };
        Some(Row::Line(LineId { section: shown.section, index }))
    }

    /// The row of a line; for a folded one its heading, for one that is filtered out or dropped the next row that
    /// is shown, or the last.
    pub fn row_of(&self, line: LineId) -> Option<u64> {
        let (start, span, shown) = self.spans().find(|(_, _, shown)| shown.section == line.section)?;
        let last = self.rows().checked_sub(1)?;
        let filtered = self.pattern.is_some();
        let heading = self.heading(shown);
        if heading > 0 && (shown.folded || span == heading) {
            return Some(start);
        }
        let at = if filtered {
            shown.picked.partition_point(|index| *index < line.index) as u64
        } else if line.index < shown.dropped {
            return Some(start + heading);
        } else {
            line.index - shown.dropped
        };
        Some((start + heading + shown.gap(filtered) + at).min(last))
    }

    /// Up to `count` rows from `first` on, with their text.
    pub fn window(&self, log: &Log, first: u64, count: usize) -> Vec<Item> {
        let mut items = Vec::with_capacity(count.min(4096));
        let mut open: Option<Cursor<'_>> = None;
        for row in (first..).take(count).map_while(|row| self.row(row)) {
            let section = match row {
                Row::Heading(section) | Row::Gap(section) => section,
                Row::Line(line) => line.section,
            };
            if open.as_ref().is_none_or(|cursor| cursor.part().id != section) {
                let part = log.parts.part(section);
                open = part.zip(log.parts.base(section)).map(|(part, base)| part.cursor(base));
            }
            let Some(cursor) = &mut open else { continue };
            match row {
                Row::Heading(_) => items.push(Item::Heading {
                    section,
                    title: Arc::clone(&cursor.part().title),
                    hidden: if self.is_folded(section) { self.count(section) } else { 0 },
                }),
                Row::Gap(_) => items.push(Item::Line(cursor.gap())),
                Row::Line(line) => items.extend(cursor.line(line.index).map(Item::Line)),
            }
        }
        items
    }

    fn count(&self, section: SectionId) -> u64 {
        let filtered = self.pattern.is_some();
        let own = self.shown.iter().find(|shown| shown.section == section);
        own.map_or(0, |shown| shown.lines(filtered))
    }
}
