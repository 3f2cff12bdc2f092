//! One section's lines: sealed blocks, then the growing tail. Blocks go only from the front, so the lines that
//! are held are always the section's last ones.

use crate::block::{Block, Piece, Tail};
use crate::cursor::Cursor;
use crate::trouble;
use crate::{Kind, SectionId};
use memchr::{memchr, memchr_iter, memrchr};
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) id: SectionId,
    pub(crate) title: Arc<str>,
    blocks: Vec<Arc<Block>>,
    tail: Tail,
    /// Ascending indices of our own lines.
    notes: Vec<u64>,
    dropped: u64,
    held: usize,
}

impl Part {
    pub(crate) fn new(id: SectionId, title: &str) -> Part {
        Part {
            id,
            title: title.into(),
            blocks: Vec::new(),
            tail: Tail::default(),
            notes: Vec::new(),
            dropped: 0,
            held: 0,
        }
    }

    /// All lines ever, dropped ones included.
    pub(crate) fn lines(&self) -> u64 {
        self.tail.end()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn held(&self) -> usize {
        self.held
    }

    pub(crate) fn tail_size(&self) -> usize {
        self.tail.size()
    }

    pub(crate) fn kind(&self, index: u64) -> Kind {
        match self.notes.binary_search(&index) {
            Ok(_) => Kind::Note,
            Err(_) => Kind::Text,
        }
    }

    /// The pieces that hold lines of `from` and later, in order.
    pub(crate) fn pieces(&self, from: u64) -> impl Iterator<Item = Piece<'_>> {
        let start = self.blocks.partition_point(|block| block.end() <= from);
        self.blocks[start..]
            .iter()
            .map(|block| Piece::Sealed(block))
            .chain((self.tail.end() > from && self.tail.size() > 0).then_some(Piece::Open(&self.tail)))
    }

    /// Appends text in pieces of at most `block` bytes (one line may be longer) and says which line is the first
    /// likely error in it, looked for in any case when `curious`.
    pub(crate) fn append(
        &mut self,
        text: &str,
        stamps: &mut dyn Iterator<Item = i64>,
        mut curious: bool,
        block: usize,
        age: &mut u64,
    ) -> Option<u64> {
        let mut error = None;
        let mut rest = text;
        while !rest.is_empty() {
            let room = block.saturating_sub(self.tail.size());
            let cut = if rest.len() <= room {
                rest.len()
            } else if let Some(at) = memrchr(b'\n', &rest.as_bytes()[..room]) {
                at + 1
            } else if self.tail.size() > 0 {
                self.seal(age);
                continue;
            } else {
                memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1)
            };
            let (now, later) = rest.split_at(cut);
            rest = later;
            let before = self.tail.held();
            let seen = self.tail.push(now, stamps, curious);
            self.held += self.tail.held() - before;
            curious &= seen.is_none();
            error = error.or(seen);
            if self.tail.size() >= block {
                self.seal(age);
            }
        }
        error
    }

    pub(crate) fn note(&mut self, text: &str) {
        let before = self.tail.held();
        self.notes.push(self.lines());
        self.tail.note(text);
        self.held += self.tail.held() - before;
    }

    /// Closes the tail; without lines in it nothing happens.
    pub(crate) fn seal(&mut self, age: &mut u64) {
        if self.tail.size() == 0 {
            return;
        }
        self.held -= self.tail.held();
        let block = self.tail.seal(*age);
        *age += 1;
        self.held += block.held();
        self.blocks.push(Arc::new(block));
    }

    /// When the oldest sealed block was sealed.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.blocks.first().map(|block| block.age())
    }

    /// Forgets the oldest sealed block; the answer is the number of lines in it.
    pub(crate) fn forget(&mut self) -> u64 {
        if self.blocks.is_empty() {
            return 0;
        }
        let block = self.blocks.remove(0);
        self.held -= block.held();
        let gone = block.end() - self.dropped;
        self.dropped = block.end();
        let kept = self.notes.partition_point(|note| *note < self.dropped);
        self.notes.drain(..kept);
        gone
    }

    /// The first likely error at `from` or later that is still held.
    pub(crate) fn trouble(&self, from: u64) -> Option<u64> {
        let mut scratch = Vec::new();
        for piece in self.pieces(from).filter(Piece::troubled) {
            let text = piece.text(&mut scratch);
            let mut index = piece.first();
            let mut at = 0;
            if from > index {
                let skip = (from - index) as usize;
                at = memchr_iter(b'\n', text).nth(skip - 1).map_or(text.len(), |newline| newline + 1);
                index = from;
            }
            while let Some(offset) = trouble::first(&text[at..]) {
                index += memchr_iter(b'\n', &text[at..at + offset]).count() as u64;
                if self.kind(index) == Kind::Text {
                    return Some(index);
                }
                let line = at + offset;
                at = memchr(b'\n', &text[line..]).map_or(text.len(), |end| line + end + 1);
                index += 1;
            }
        }
        None
    }

    pub(crate) fn cursor(&self, base: u64) -> Cursor<'_> {
        Cursor::new(self, base)
    }
}
