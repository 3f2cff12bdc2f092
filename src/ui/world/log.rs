//! One log as it is held: the lines, and how each of its sources stands.

use super::kept::Live;
use jiff::Timestamp;
use std::collections::BTreeMap;
use weir_domain::Status;
use weir_domain::log::{LogNews, Source};
use weir_log::{Log, SectionId};

/// How a source (one step of one attempt) stands.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceState {
    /// It waits for its container.
    Waiting(String),
    Open,
    Ended {
        status: Status,
        words: String,
        at: Option<Timestamp>,
    },
    /// There is no such log any more.
    Gone(String),
}

#[derive(Clone, Debug)]
pub struct LogSlice {
    pub log: Log,
    /// In display order.
    pub sources: BTreeMap<Source, (SectionId, SourceState)>,
    pub live: Live,
    /// All sources have ended and the run is done.
    pub complete: Option<Status>,
    /// Secrets that were hidden.
    pub hidden: u64,
    /// Lines of weir's own among the log's.
    pub notes: u64,
}

impl LogSlice {
    pub(crate) fn new(budget: usize) -> LogSlice {
        LogSlice {
            log: Log::new(budget),
            sources: BTreeMap::new(),
            live: Live::Loading,
            complete: None,
            hidden: 0,
            notes: 0,
        }
    }

    fn section(&mut self, source: &Source) -> SectionId {
        if let Some((id, _)) = self.sources.get(source) {
            return *id;
        }
        let id = self.log.section(&source.title());
        self.sources.insert(source.clone(), (id, SourceState::Open));
        if self.sources.last_key_value().is_some_and(|(last, _)| last != source) {
            let order: Vec<SectionId> = self.sources.values().map(|(id, _)| *id).collect();
            self.log.arrange(&order);
        }
        id
    }

    fn state(&mut self, source: &Source, state: SourceState) {
        self.section(source);
        if let Some((_, known)) = self.sources.get_mut(source) {
            *known = state;
        }
    }

    /// A state after which no line follows: said in the text too, once.
    fn closed(&mut self, source: &Source, state: SourceState, note: &str) {
        let section = self.section(source);
        let known = self.sources.get(source).map(|(_, known)| known);
        if known != Some(&state) {
            self.log.note(section, note);
            self.notes += 1;
        }
        self.state(source, state);
    }

    pub(crate) fn fold(&mut self, news: LogNews, now: Timestamp) {
        if !matches!(news, LogNews::Lost(_)) {
            self.live = Live::Fresh(now);
        }
        match news {
            LogNews::Lines { source, text, stamps, hidden } => {
                let section = self.section(&source);
                if let Some((_, state @ SourceState::Waiting(_))) = self.sources.get_mut(&source) {
                    *state = SourceState::Open;
                }
                self.log.append(section, &text, &stamps);
                self.hidden += u64::from(hidden);
            }
            LogNews::Note { source, text } => {
                let section = self.section(&source);
                self.log.note(section, &text);
                self.notes += 1;
            }
            LogNews::Ended { source, status, words, at } => {
                let said = if words.is_empty() { status.word() } else { &words };
                let when = at.map(|at| at.strftime(" at %H:%M:%S UTC").to_string()).unwrap_or_default();
                let note = format!("step ended: {said}{when}");
                self.closed(&source, SourceState::Ended { status, words, at }, &note);
            }
            LogNews::Waiting { source, words } => self.state(&source, SourceState::Waiting(words)),
            LogNews::Gone { source, words } => {
                let note = words.clone();
                self.closed(&source, SourceState::Gone(words), &note);
            }
            LogNews::Complete { status } => self.complete = Some(status),
            LogNews::Lost(failure) => self.live.lose(failure, None, now),
            LogNews::Back => {}
        }
    }
}
