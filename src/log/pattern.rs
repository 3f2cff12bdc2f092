//! What is searched for: a regular expression that is asked of each line by itself.
//!
//! Whole blocks are searched at once, so the expression is rewritten to mean the same there: nothing in it can
//! match a line end, and every anchor is a line's. A match therefore never spans lines and none is missed.

use memchr::{memchr, memchr_iter};
use regex::Regex;
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange};
use regex_syntax::hir::{Hir, HirKind, Literal, Look, Repetition, print::Printer};
use std::fmt;
use std::ops::Range;

/// A compiled search. A leading `!` finds the lines without it; `\!` searches for the sign itself.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    inverted: bool,
    line: Regex,
    block: regex::bytes::Regex,
}

impl Pattern {
    /// The error is one sentence for the operator.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let (inverted, body) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if body.is_empty() {
            return Err("There is nothing to search for.".to_owned());
        }
        let hir = regex_syntax::parse(body).map_err(|error| reason(&error))?;
        let mut own = String::new();
        Printer::new().print(&within_a_line(hir), &mut own).map_err(|_| "The pattern cannot be read.".to_owned())?;
        let large = |_| "The pattern is too large.".to_owned();
        Ok(Pattern {
            text: text.to_owned(),
            inverted,
            line: Regex::new(&own).map_err(large)?,
            block: regex::bytes::Regex::new(&own).map_err(large)?,
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn inverted(&self) -> bool {
        self.inverted
    }

    pub fn is_match(&self, line: &str) -> bool {
        self.line.is_match(line) != self.inverted
    }

    /// What to highlight in a line, in bytes; an inverted pattern has nothing to show.
    pub fn ranges(&self, line: &str) -> Vec<Range<usize>> {
        if self.inverted {
            return Vec::new();
        }
        let hits = self.line.find_iter(line).map(|hit| hit.range());
        hits.filter(|range| !range.is_empty()).collect()
    }

    /// The matching lines of a block of whole lines that starts with line `first`, from line `from` on.
    pub(crate) fn lines(&self, block: &[u8], first: u64, from: u64, found: &mut Vec<u64>) {
        let Some((_, text)) = block.split_last() else {
            return;
        };
        let mut index = first;
        let mut at = 0;
        if from > first {
            let skip = (from - first) as usize;
            let Some(newline) = memchr_iter(b'\n', text).nth(skip - 1) else {
                return;
            };
            at = newline + 1;
            index = from;
        }
        while at <= text.len() {
            let Some(hit) = self.block.shortest_match_at(text, at) else {
                break;
            };
            let line = index + memchr_iter(b'\n', &text[at..hit]).count() as u64;
            if self.inverted {
                found.extend(index..line);
            } else {
                found.push(line);
            }
            index = line + 1;
            at = memchr(b'\n', &text[hit..]).map_or(text.len(), |end| hit + end) + 1;
        }
        if self.inverted && at <= text.len() {
            found.extend(index..=index + memchr_iter(b'\n', &text[at..]).count() as u64);
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Pattern").field(&self.text).finish()
    }
}

fn reason(error: &regex_syntax::Error) -> String {
    let (kind, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        _ => return "The pattern cannot be read.".to_owned(),
    };
    format!("The pattern has an error at character {}: {kind}.", span.start.column)
}

fn within_a_line(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(Literal(text)) if text.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(Literal(text)) => Hir::literal(text),
        HirKind::Class(Class::Unicode(mut class)) => {
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start | Look::StartCRLF) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End | Look::EndCRLF) => Hir::look(Look::EndLF),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let sub = Box::new(within_a_line(*sub));
            Hir::repetition(Repetition { min, max, greedy, sub })
        }
        HirKind::Capture(Capture { index, name, sub }) => {
            let sub = Box::new(within_a_line(*sub));
            Hir::capture(Capture { index, name, sub })
        }
        HirKind::Concat(list) => Hir::concat(list.into_iter().map(within_a_line).collect()),
        HirKind::Alternation(list) => Hir::alternation(list.into_iter().map(within_a_line).collect()),
    }
}
