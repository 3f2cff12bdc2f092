//! A search in a log: what was found so far, in the log's order, and the lines that came since.

use crate::message::SearchHits;
use std::collections::BTreeMap;
use weir_log::{Kind, Line, LineId, Log, Pattern, SectionId};

#[derive(Debug)]
pub(crate) struct Search {
    pub pattern: Pattern,
    /// In display order.
    pub hits: Vec<LineId>,
    /// All lines that were there at the start have been looked at.
    pub whole: bool,
    /// The first hit is to be gone to when it comes.
    pub wanted: bool,
    /// Lines of each section that the search covers.
    known: BTreeMap<SectionId, u64>,
}

impl Search {
    /// `None` when the text is no pattern, or is none yet.
    pub fn new(text: &str, log: Option<&Log>) -> Option<Search> {
        let pattern = Pattern::new(text).ok()?;
        let known = log.map(lengths).unwrap_or_default();
        Some(Search { pattern, hits: Vec::new(), whole: false, wanted: false, known })
    }

    /// A piece of the answer, in the log's order. It may hold lines that came after the question.
    pub fn take(&mut self, hits: &SearchHits, log: &Log) {
        self.hits.extend(&hits.lines);
        if hits.whole {
            self.whole = true;
            self.catch_up(log);
        }
    }

    /// Looks at the lines that came since, once the answer is whole: in the time of those lines.
    pub fn catch_up(&mut self, log: &Log) {
        if !self.whole {
            return;
        }
        let number = |line: &LineId| log.number(*line).unwrap_or(0);
        for section in log.sections() {
            let known = self.known.get(&section.id).copied().unwrap_or(0).max(section.dropped);
            if known >= section.lines {
                continue;
            }
            let Some(first) = log.number(LineId { section: section.id, index: known }) else { continue };
            self.known.insert(section.id, section.lines);
            let matching = |line: &Line| line.kind == Kind::Text && self.pattern.is_match(&line.text);
            let fresh = log.window(first, (section.lines - known) as usize);
            let found: Vec<LineId> = fresh
                .iter()
                .filter(|line| matching(line))
                .map(|line| line.id)
                .filter(|line| self.hits.binary_search_by_key(&number(line), number).is_err())
                .collect();
            // Those of a section stand together, behind what was found in it before.
            if let Some(place) = found.first().map(number) {
                let at = self.hits.partition_point(|line| number(line) < place);
                self.hits.splice(at..at, found);
            }
        }
    }

    /// The next hit behind line number `here`, or the one before it; past the end it begins again.
    pub fn step(&self, log: &Log, here: Option<u64>, forward: bool) -> Option<LineId> {
        let number = |line: &LineId| log.number(*line).unwrap_or(0);
        let here = here.unwrap_or(0);
        if forward {
            let next = self.hits.partition_point(|line| number(line) <= here);
            self.hits.get(next).or(self.hits.first()).copied()
        } else {
            let next = self.hits.partition_point(|line| number(line) < here);
            next.checked_sub(1).map_or(self.hits.last(), |before| self.hits.get(before)).copied()
        }
    }

    /// "3 of 7" when a line that matches is selected, else "7".
    pub fn words(&self, log: &Log, here: Option<u64>) -> String {
        let number = |line: &LineId| log.number(*line).unwrap_or(0);
        let at = here.and_then(|here| self.hits.binary_search_by_key(&here, number).ok());
        let more = if self.whole { "" } else { "+" };
        match (at, self.hits.len()) {
            (_, 0) if !self.whole => "searching".into(),
            (_, 0) => "no match".into(),
            (Some(at), all) => format!("{} of {all}{more}", at + 1),
            (None, 1) => format!("1 match{more}"),
            (None, all) => format!("{all} matches{more}"),
        }
    }
}

fn lengths(log: &Log) -> BTreeMap<SectionId, u64> {
    log.sections().iter().map(|section| (section.id, section.lines)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_after_the_answer_are_found_in_their_place() {
        let mut log = Log::new(1 << 20);
        let (first, second) = (log.section("a"), log.section("b"));
        log.append(first, "an error\nfine\n", &[]);
        log.append(second, "an error\n", &[]);
        let mut search = Search::new("error", Some(&log)).expect("a pattern");
        let lines = vec![LineId { section: first, index: 0 }, LineId { section: second, index: 0 }];
        search.take(&SearchHits { pattern: "error".into(), lines, whole: true }, &log);
        assert_eq!(search.words(&log, Some(2)), "2 of 2");
        log.append(first, "error again\n", &[]);
        log.append(first, "all fine\n", &[]);
        search.catch_up(&log);
        assert_eq!(search.words(&log, Some(2)), "2 of 3");
        search.catch_up(&log);
        assert_eq!(search.hits.len(), 3);
        assert_eq!(search.step(&log, Some(0), true), Some(LineId { section: first, index: 2 }));
        assert_eq!(search.step(&log, Some(4), true), Some(LineId { section: first, index: 0 }));
        assert_eq!(search.step(&log, Some(0), false), Some(LineId { section: second, index: 0 }));
    }
}
