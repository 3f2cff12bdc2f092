//! Reads lines of one section. Going forward is cheap: a block is unpacked once, and its lines are walked.

use crate::part::Part;
use crate::stamps::Reader;
use crate::{Kind, Line, LineId};
use jiff::Timestamp;
use memchr::memchr;
use std::ops::Range;

pub(crate) struct Cursor<'a> {
    part: &'a Part,
    /// Number of the section's line 0 in the whole log.
    base: u64,
    scratch: Vec<u8>,
    text: Range<usize>,
    next: u64,
    end: u64,
    stamps: Reader<'a>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(part: &'a Part, base: u64) -> Self {
        Cursor { part, base, scratch: Vec::new(), text: 0..0, next: 0, end: 0, stamps: Reader::default() }
    }

    pub(crate) fn part(&self) -> &'a Part {
        self.part
    }

    /// The line at `index`; a dropped one reads as the gap, one that does not exist is `None`.
    pub(crate) fn line(&mut self, index: u64) -> Option<Line> {
        if index >= self.part.lines() {
            return None;
        }
        if index < self.part.dropped() {
            return Some(self.gap());
        }
        if index < self.next || index >= self.end {
            self.load(index)?;
        }
        while self.next < index {
            self.step();
        }
        let (text, stamp) = self.step();
        let text = String::from_utf8_lossy(&self.scratch[text]).into_owned();
        Some(Line {
            number: self.base + index,
            id: LineId { section: self.part.id, index },
            section: self.part.id,
            stamp: stamp.and_then(|stamp| Timestamp::from_nanosecond(stamp.into()).ok()),
            kind: self.part.kind(index),
            text,
        })
    }

    /// What stands where lines were dropped; it carries the number of the first of them.
    pub(crate) fn gap(&self) -> Line {
        let section = self.part.id;
        Line {
            number: self.base,
            id: LineId { section, index: 0 },
            section,
            stamp: None,
            kind: Kind::Note,
            text: gap_text(self.part.dropped()),
        }
    }

    fn load(&mut self, index: u64) -> Option<()> {
        let piece = self.part.pieces(index).next()?;
        let size = piece.unpack(&mut self.scratch);
        self.text = 0..size;
        self.next = piece.first();
        self.end = piece.end();
        self.stamps = piece.stamps();
        Some(())
    }

    fn step(&mut self) -> (Range<usize>, Option<i64>) {
        let start = self.text.start;
        let size = memchr(b'\n', &self.scratch[self.text.clone()]).unwrap_or(self.text.len());
        self.text.start = (start + size + 1).min(self.text.end);
        self.next += 1;
        (start..start + size, self.stamps.take())
    }
}

fn gap_text(lines: u64) -> String {
    let digits = lines.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let noun = if lines == 1 { "line" } else { "lines" };
    format!("── {grouped} {noun} dropped: the log outgrew its memory ──")
}
