//! A log at one moment: searched and saved away from the thread that appends. A clone is one pointer.

use crate::block::Piece;
use crate::parts::Parts;
use crate::{Line, LineId, Pattern, SectionId};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Threads that search; a job is this many blocks, and what fits a few jobs is searched without threads.
const WORKERS: usize = 2;
const JOB: usize = 16;
const FEW: usize = 4;

#[derive(Clone)]
pub struct Snapshot {
    parts: Arc<Parts>,
}

/// The lines a pattern finds in a snapshot, ready for a [`View`](crate::View).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sifted {
    pub(crate) pattern: Pattern,
    /// How far each section was read, and the indices found there.
    pub(crate) sections: Vec<(SectionId, u64, Vec<u64>)>,
}

impl Sifted {
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// How many lines were found.
    pub fn count(&self) -> u64 {
        self.sections.iter().map(|(_, _, found)| found.len() as u64).sum()
    }
}

struct Job<'a> {
    section: SectionId,
    base: u64,
    from: u64,
    pieces: Vec<Piece<'a>>,
}

impl Job<'_> {
    /// Indices within the section.
    fn hits(&self, pattern: &Pattern, scratch: &mut Vec<u8>) -> Vec<u64> {
        let mut found = Vec::new();
        for piece in &self.pieces {
            pattern.lines(piece.text(scratch), piece.first(), self.from, &mut found);
        }
        found
    }
}

impl Snapshot {
    pub(crate) fn new(parts: Parts) -> Snapshot {
        Snapshot { parts: Arc::new(parts) }
    }

    /// All lines, dropped ones included.
    pub fn lines(&self) -> u64 {
        self.parts.list.iter().map(|part| part.lines()).sum()
    }

    /// Which line had this number at the snapshot's moment.
    pub fn id(&self, number: u64) -> Option<LineId> {
        self.parts.id(number)
    }

    /// Up to `count` lines from number `first` on, as [`Log::window`](crate::Log::window).
    pub fn window(&self, first: u64, count: usize) -> Vec<Line> {
        self.parts.window(first, count)
    }

    /// Calls `found` with ascending numbers of matching lines, from line `from` to the end, some at a time.
    /// Returns soon after `stop` is set. Blocks the calling thread; large logs take two more.
    pub fn search(&self, pattern: &Pattern, from: u64, stop: &AtomicBool, mut found: impl FnMut(Vec<u64>)) {
        self.scan(pattern, from, stop, &mut |job, mut hits| {
            hits.iter_mut().for_each(|index| *index += job.base);
            found(hits);
        });
    }

    /// As [`Snapshot::search`], with ids, which stay right while the log grows.
    pub fn search_ids(&self, pattern: &Pattern, from: u64, stop: &AtomicBool, mut found: impl FnMut(Vec<LineId>)) {
        self.scan(pattern, from, stop, &mut |job, hits| {
            let section = job.section;
            found(hits.into_iter().map(|index| LineId { section, index }).collect());
        });
    }

    /// The lines that stay in a view filtered by `pattern`; `None` when stopped before the end.
    pub fn sift(&self, pattern: &Pattern, stop: &AtomicBool) -> Option<Sifted> {
        let mut found: BTreeMap<SectionId, Vec<u64>> = BTreeMap::new();
        self.scan(pattern, 0, stop, &mut |job, hits| {
            found.entry(job.section).or_default().extend(hits);
        });
        let whole = !stop.load(Ordering::Relaxed);
        whole.then(|| Sifted {
            pattern: pattern.clone(),
            sections: self
                .parts
                .list
                .iter()
                .map(|part| (part.id, part.lines(), found.remove(&part.id).unwrap_or_default()))
                .collect(),
        })
    }

    fn jobs(&self, from: u64) -> Vec<Job<'_>> {
        let mut jobs = Vec::new();
        for (base, part) in self.parts.based() {
            let start = from.saturating_sub(base);
            let mut pieces = part.pieces(start).peekable();
            while pieces.peek().is_some() {
                jobs.push(Job { section: part.id, base, from: start, pieces: pieces.by_ref().take(JOB).collect() });
            }
        }
        jobs
    }

    fn scan(&self, pattern: &Pattern, from: u64, stop: &AtomicBool, found: &mut dyn FnMut(&Job<'_>, Vec<u64>)) {
        let jobs = self.jobs(from);
        let mut report = |at: usize, hits: Vec<u64>| {
            if !hits.is_empty() && !stop.load(Ordering::Relaxed) {
                found(&jobs[at], hits);
            }
        };
        if jobs.len() <= FEW {
            let mut scratch = Vec::new();
            for (at, job) in jobs.iter().enumerate() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                report(at, job.hits(pattern, &mut scratch));
            }
            return;
        }
        let next = AtomicUsize::new(0);
        let (send, answers) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                // An own copy: threads that share one wait for each other's search state.
                let (send, pattern) = (send.clone(), pattern.clone());
                let (jobs, next) = (&jobs, &next);
                scope.spawn(move || {
                    let mut scratch = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = jobs.get(at) else { break };
                        if send.send((at, job.hits(&pattern, &mut scratch))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(send);
            let mut early = BTreeMap::new();
            let mut due = 0;
            for (at, hits) in answers {
                early.insert(at, hits);
                while let Some(hits) = early.remove(&due) {
                    report(due, hits);
                    due += 1;
                }
            }
        });
    }

    /// Writes all that is held, with a line naming each section when there are several, and each gap. The answer
    /// is the number of bytes written.
    pub fn write_to(&self, out: &mut dyn Write, with_times: bool) -> io::Result<u64> {
        let mut written = 0;
        let mut put = |text: &[u8]| -> io::Result<()> {
            written += text.len() as u64;
            out.write_all(text)
        };
        let several = self.parts.list.len() > 1;
        let mut scratch = Vec::new();
        for (base, part) in self.parts.based().filter(|(_, part)| part.lines() > 0) {
            if several {
                put(format!("── {} ──\n", part.title).as_bytes())?;
            }
            let mut cursor = part.cursor(base);
            if part.dropped() > 0 {
                put(format!("{}\n", cursor.gap().text).as_bytes())?;
            }
            if !with_times {
                for piece in part.pieces(part.dropped()) {
                    put(piece.text(&mut scratch))?;
                }
                continue;
            }
            for index in part.dropped()..part.lines() {
                let Some(line) = cursor.line(index) else {
                    break;
                };
                match line.stamp {
                    Some(stamp) => put(format!("{stamp} {}\n", line.text).as_bytes())?,
                    None => put(format!("{}\n", line.text).as_bytes())?,
                }
            }
        }
        Ok(written)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Snapshot").field("lines", &self.lines()).finish()
    }
}
