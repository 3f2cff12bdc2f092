//! What `-o json` prints. Stable: a field is never renamed or taken away, only added.
//!
//! Lists are arrays, one thing is one object. Names are in snake_case, times RFC 3339 in UTC, durations whole seconds.
//! What is not known is `null`; nothing is left out. Texts are clean and without secrets.
//!
//! `status` is one of `ok`, `failed`, `running`, `pending`, `cancelled`, `timed-out`, `skipped` (tasks and steps only)
//! and `unknown` (a condition weir does not know; its words are in `reason`).

pub mod endpoint;
pub mod journal;
pub mod ledger;
pub mod payload;
pub mod pipeline;
pub mod plan;
pub mod proposal;
pub mod release;
pub mod run;
pub mod signed;

/// `None` for an empty text.
pub(crate) fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
