//! The growing side of a log: append, sections, budget.

use crate::block::BLOCK;
use crate::part::Part;
use crate::parts::Parts;
use crate::snapshot::Snapshot;
use crate::{Line, LineId, Section, SectionId};
use memchr::memchr_iter;
use std::fmt;
use std::sync::Arc;

/// A log that grows. A clone shares the sealed blocks and costs a few pointers a block.
#[derive(Clone)]
pub struct Log {
    pub(crate) parts: Parts,
    /// In display order, like the parts.
    sections: Vec<Section>,
    budget: usize,
    block: usize,
    /// Blocks sealed so far.
    age: u64,
    bytes: u64,
    held: usize,
}

impl Log {
    /// `budget_bytes` bounds the memory, compressed, that the lines may take.
    pub fn new(budget_bytes: usize) -> Log {
        Log::with_block(budget_bytes, BLOCK)
    }

    /// Seals at another size: tests cross many block ends with little text.
    pub(crate) fn with_block(budget: usize, block: usize) -> Log {
        Log { parts: Parts::default(), sections: Vec::new(), budget, block, age: 0, bytes: 0, held: 0 }
    }

    /// A new section at the end, also when the title is known already (a retried step has the same name).
    pub fn section(&mut self, title: &str) -> SectionId {
        let id = SectionId(self.parts.place.len() as u32);
        let part = Part::new(id, title);
        self.sections.push(Section { id, title: Arc::clone(&part.title), lines: 0, dropped: 0, first_error: None });
        self.parts.place.push(self.parts.list.len());
        self.parts.list.push(Arc::new(part));
        id
    }

    /// Puts the named sections first, in that order; the others follow as they stood. Line numbers move,
    /// line ids do not.
    pub fn arrange(&mut self, order: &[SectionId]) {
        let rank = |id: SectionId| order.iter().position(|named| *named == id).unwrap_or(order.len());
        self.parts.list.sort_by_key(|part| rank(part.id));
        self.sections.sort_by_key(|section| rank(section.id));
        for (place, part) in self.parts.list.iter().enumerate() {
            self.parts.place[part.id.0 as usize] = place;
        }
    }

    /// Adds clean lines, separated by `\n`, to a section of this log. One newline at the very end ends the last
    /// line and starts no other, unless `stamps` (unix nanoseconds, one a line) has one more than that makes:
    /// then the last line is empty. Lines beyond the end of `stamps` have no time.
    pub fn append(&mut self, section: SectionId, lines: &str, stamps: &[i64]) {
        let Some(place) = self.parts.place.get(section.0 as usize).copied() else {
            return;
        };
        let text = lines.as_bytes();
        let closed = text.is_empty() || text.ends_with(b"\n");
        let blank = closed && stamps.len() == memchr_iter(b'\n', text).count() + 1;
        let part = Arc::make_mut(&mut self.parts.list[place]);
        let known = self.sections[place].first_error;
        let (held, before) = (part.held(), part.lines());
        let mut times = stamps.iter().copied();
        let mut error = part.append(lines, &mut times, known.is_none(), self.block, &mut self.age);
        if blank {
            error = error.or(part.append("\n", &mut times, false, self.block, &mut self.age));
        }
        self.held = self.held - held + part.held();
        let unclosed = u64::from(!closed);
        self.bytes += text.len() as u64 + unclosed + u64::from(blank);
        let entry = &mut self.sections[place];
        entry.lines += part.lines() - before;
        entry.first_error = known.or(error.map(|index| LineId { section, index }));
        self.fit();
    }

    /// Adds one line of ours, such as a gap in the connection. It has no time.
    pub fn note(&mut self, section: SectionId, text: &str) {
        let Some(place) = self.parts.place.get(section.0 as usize).copied() else {
            return;
        };
        let part = Arc::make_mut(&mut self.parts.list[place]);
        let held = part.held();
        part.note(&text.replace('\n', " "));
        if part.tail_size() >= self.block {
            part.seal(&mut self.age);
        }
        self.held = self.held - held + part.held();
        self.bytes += text.len() as u64 + 1;
        self.sections[place].lines += 1;
        self.fit();
    }

    /// Forgets the oldest blocks until the budget holds.
    fn fit(&mut self) {
        while self.held > self.budget {
            let oldest = self.parts.list.iter().enumerate();
            let oldest = oldest.filter_map(|(place, part)| Some((part.oldest()?, place))).min();
            let Some((_, place)) = oldest else {
                // Only tails are left: the longest becomes a block, which is the next to go if that is not enough.
                let longest = self.parts.list.iter_mut().max_by_key(|part| part.tail_size());
                let Some(part) = longest.filter(|part| part.tail_size() > 0) else {
                    return;
                };
                let part = Arc::make_mut(part);
                let held = part.held();
                part.seal(&mut self.age);
                self.held = self.held - held + part.held();
                continue;
            };
            let part = Arc::make_mut(&mut self.parts.list[place]);
            let held = part.held();
            let entry = &mut self.sections[place];
            entry.dropped += part.forget();
            self.held = self.held - held + part.held();
            if entry.first_error.is_some_and(|line| line.index < entry.dropped) {
                let next = part.trouble(entry.dropped);
                entry.first_error = next.map(|index| LineId { section: part.id, index });
            }
        }
    }

    /// All lines ever appended, dropped ones included: numbers run from 0 to this.
    pub fn lines(&self) -> u64 {
        self.sections.iter().map(|section| section.lines).sum()
    }

    /// Uncompressed size of all lines ever appended, one byte a line end included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Memory that the lines take now, in bytes; at most the budget.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Lines forgotten to stay within the budget.
    pub fn dropped(&self) -> u64 {
        self.sections.iter().map(|section| section.dropped).sum()
    }

    /// The sections in display order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Up to `count` lines from number `first` on. Dropped lines read as one [`Kind::Note`](crate::Kind) line.
    pub fn window(&self, first: u64, count: usize) -> Vec<Line> {
        self.parts.window(first, count)
    }

    /// Which line has this number now.
    pub fn id(&self, number: u64) -> Option<LineId> {
        self.parts.id(number)
    }

    /// Which number this line has now.
    pub fn number(&self, line: LineId) -> Option<u64> {
        self.parts.number(line)
    }

    /// The first likely error line that is still held, in display order, behind line `after`.
    pub fn first_error(&self, after: Option<u64>) -> Option<u64> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        let parts = self.parts.based().zip(&self.sections);
        parts.filter(|((base, part), _)| base + part.lines() > from).find_map(|((base, part), section)| {
            let first = section.first_error?.index;
            let index = from.saturating_sub(base);
            let found = if index <= first { Some(first) } else { part.trouble(index) };
            found.map(|index| base + index)
        })
    }

    /// The log as it is now, for search and save on another thread.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.parts.clone())
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Log")
            .field("sections", &self.sections.len())
            .field("lines", &self.lines())
            .field("bytes", &self.bytes)
            .field("held", &self.held)
            .field("dropped", &self.dropped())
            .finish()
    }
}
