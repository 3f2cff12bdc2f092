//! A log as a value: lines in, windows, search and a saved copy out. Pure: no IO, no clock, no async.
//!
//! A log is a row of *sections* (a step of a task each). Lines belong to a section and stay in the order
//! they were appended there; sections may grow in turns. The log reads as its sections one after another,
//! in display order, whatever the order of arrival.
//!
//! Invariants: what [`Log::held`] says never exceeds the budget; lines that had to go for it are counted,
//! keep their numbers, and read as one gap line; a [`LineId`] names the same line for the log's whole life.

mod block;
mod cursor;
mod log;
mod part;
mod parts;
mod pattern;
mod snapshot;
mod stamps;
mod trouble;
mod view;

#[cfg(test)]
mod tests;

pub use log::Log;
pub use pattern::Pattern;
pub use snapshot::{Sifted, Snapshot};
pub use trouble::is_trouble;
pub use view::{Item, Row, View};

use std::sync::Arc;

/// Names a section for the log's whole life, also when sections are rearranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(u32);

/// Names a line for the log's whole life. `index` counts the section's lines from 0, dropped ones included.
/// Not ordered: what comes first in the log is what [`Log::number`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineId {
    pub section: SectionId,
    pub index: u64,
}

/// `Note` is text of ours (a lost connection, dropped lines), not of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Note,
}

/// One line as it reads now. `number` counts from 0 over the whole log, dropped lines included; it moves
/// when an earlier section grows, so keep `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    pub id: LineId,
    pub section: SectionId,
    pub stamp: Option<jiff::Timestamp>,
    pub kind: Kind,
    pub text: String,
}

/// A step of the log. `lines` counts the dropped ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub id: SectionId,
    pub title: Arc<str>,
    pub lines: u64,
    pub dropped: u64,
    /// The first likely error line that is still held.
    pub first_error: Option<LineId>,
}
