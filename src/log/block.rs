//! A run of whole lines: [`Tail`] while it grows, [`Block`] once sealed and compressed.
//! Each line ends with a newline, the last one too, so a line is never split over two blocks.

use crate::stamps::{Reader, Stamps};
use crate::trouble;
use lz4_flex::block::{compress, decompress_into};
use memchr::memchr_iter;

/// Uncompressed size at which a tail is sealed. Small, because a filtered page may touch one block a row.
pub(crate) const BLOCK: usize = 32 * 1024;

/// Bookkeeping of a sealed block outside its two buffers.
const OVERHEAD: usize = size_of::<Block>() + 2 * size_of::<usize>() + size_of::<usize>();

pub(crate) struct Block {
    first: u64,
    count: u64,
    raw: usize,
    packed: Box<[u8]>,
    stamps: Box<[u8]>,
    troubled: bool,
    /// Order of sealing over the whole log: the smallest goes first when room is needed.
    age: u64,
}

impl Block {
    pub(crate) fn held(&self) -> usize {
        self.packed.len() + self.stamps.len() + OVERHEAD
    }

    pub(crate) fn end(&self) -> u64 {
        self.first + self.count
    }

    pub(crate) fn age(&self) -> u64 {
        self.age
    }
}

#[derive(Clone, Default)]
pub(crate) struct Tail {
    first: u64,
    count: u64,
    text: String,
    stamps: Stamps,
    troubled: bool,
}

impl Tail {
    pub(crate) fn held(&self) -> usize {
        self.text.len() + self.stamps.bytes().len()
    }

    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn end(&self) -> u64 {
        self.first + self.count
    }

    /// Adds whole lines (a missing last newline is added) and says which of them is the first likely error,
    /// looked for only when `curious` or while none is known here. The index counts within the section.
    pub(crate) fn push(&mut self, lines: &str, stamps: &mut dyn Iterator<Item = i64>, curious: bool) -> Option<u64> {
        let start = self.text.len();
        self.text.push_str(lines);
        if !lines.ends_with('\n') {
            self.text.push('\n');
        }
        let added = &self.text.as_bytes()[start..];
        let count = memchr_iter(b'\n', added).count() as u64;
        let mut error = None;
        if curious || !self.troubled {
            error = trouble::first(added).map(|at| self.end() + memchr_iter(b'\n', &added[..at]).count() as u64);
            self.troubled |= error.is_some();
        }
        for _ in 0..count {
            self.stamps.push(stamps.next());
        }
        self.count += count;
        error
    }

    /// One line of ours: no time, never an error.
    pub(crate) fn note(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.stamps.push(None);
        self.count += 1;
    }

    /// The lines so far as a block; the tail goes on empty behind them.
    pub(crate) fn seal(&mut self, age: u64) -> Block {
        let next = Tail { first: self.end(), ..Tail::default() };
        let full = std::mem::replace(self, next);
        Block {
            first: full.first,
            count: full.count,
            raw: full.text.len(),
            packed: compress(full.text.as_bytes()).into_boxed_slice(),
            stamps: full.stamps.seal(),
            troubled: full.troubled,
            age,
        }
    }
}

/// Either of the two, to read.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Sealed(&'a Block),
    Open(&'a Tail),
}

impl<'a> Piece<'a> {
    pub(crate) fn first(&self) -> u64 {
        match self {
            Piece::Sealed(block) => block.first,
            Piece::Open(tail) => tail.first,
        }
    }

    pub(crate) fn end(&self) -> u64 {
        match self {
            Piece::Sealed(block) => block.end(),
            Piece::Open(tail) => tail.end(),
        }
    }

    pub(crate) fn troubled(&self) -> bool {
        match self {
            Piece::Sealed(block) => block.troubled,
            Piece::Open(tail) => tail.troubled,
        }
    }

    pub(crate) fn stamps(&self) -> Reader<'a> {
        Reader::new(match self {
            Piece::Sealed(block) => &block.stamps,
            Piece::Open(tail) => tail.stamps.bytes(),
        })
    }

    /// The text; `scratch` is used when it is sealed.
    pub(crate) fn text<'s>(&self, scratch: &'s mut Vec<u8>) -> &'s [u8]
    where
        'a: 's,
    {
        match self {
            Piece::Open(tail) => tail.text.as_bytes(),
            Piece::Sealed(_) => {
                let size = self.unpack(scratch);
                &scratch[..size]
            }
        }
    }

    /// Puts the text at the start of `into`, which only ever grows; the answer is its size.
    pub(crate) fn unpack(&self, into: &mut Vec<u8>) -> usize {
        let raw = match self {
            Piece::Open(tail) => tail.text.len(),
            Piece::Sealed(block) => block.raw,
        };
        if into.len() < raw {
            into.resize(raw, 0);
        }
        match self {
            Piece::Open(tail) => into[..raw].copy_from_slice(tail.text.as_bytes()),
            Piece::Sealed(block) => {
                decompress_into(&block.packed, &mut into[..raw])
                    .expect("a sealed block unpacks: this module packed it");
            }
        }
        raw
    }
}
