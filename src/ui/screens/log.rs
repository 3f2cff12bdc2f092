//! A log: of a step, a task or a whole run, following its end or frozen where one reads.
//!
//! All work is by what is on screen: the lines live in the world's log, the filter and the folds in a view that is kept up
//! with news, and a search runs elsewhere and comes back in pieces.
//! Invariant: the selected line is held by its identity; news never move another line under it.

mod caption;
mod page;
mod prompt;
mod search;

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::message::{Key, SearchHits};
use crate::parts::sgr;
use crate::route::{Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{LogSlice, SourceState, Touched, World};
use page::Page;
use prompt::{Prompt, Purpose, Typed};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use search::Search;
use weir_domain::log::{LogId, LogPart, Source};
use weir_domain::{ClusterName, Namespace, Watch};
use weir_log::{LineId, Row, Sifted, View};

/// More than this is not worth a clipboard; it is saved instead.
const COPY_LIMIT: u64 = 1 << 20;
/// Columns that one step sideways goes.
const SIDEWAYS: usize = 16;

#[derive(Debug)]
pub(crate) struct Log {
    id: LogId,
    view: View,
    selected: Option<Row>,
    /// The first row on screen when the page was last moved.
    top: Option<Row>,
    follow: bool,
    wrap: bool,
    times: bool,
    sideways: usize,
    search: Option<Search>,
    /// The filter as typed, while its lines are looked for.
    sifting: Option<String>,
    prompt: Option<Prompt>,
}

impl Log {
    pub fn new(id: LogId) -> Log {
        Log {
            id,
            view: View::new(),
            selected: None,
            top: None,
            follow: true,
            wrap: true,
            times: false,
            sideways: 0,
            search: None,
            sifting: None,
            prompt: None,
        }
    }

    fn slice<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a LogSlice> {
        ctx.world.logs.get(&self.id)
    }

    /// Where a row stands now; one that is hidden by a fold or the filter counts as the next that is shown.
    fn place(&self, row: Row) -> Option<u64> {
        match row {
            Row::Line(line) => self.view.row_of(line),
            Row::Heading(section) | Row::Gap(section) => {
                let first = self.view.row_of(LineId { section, index: 0 })?;
                let near = [first, first.saturating_sub(1)];
                Some(near.into_iter().find(|at| self.view.row(*at) == Some(row)).unwrap_or(first))
            }
        }
    }

    fn selected_place(&self) -> u64 {
        let last = self.view.rows().saturating_sub(1);
        match self.selected {
            Some(row) if !self.follow => self.place(row).unwrap_or(last).min(last),
            _ => last,
        }
    }

    fn page<'a>(&'a self, slice: &'a LogSlice, area: Rect) -> Page<'a> {
        Page {
            log: &slice.log,
            view: &self.view,
            area: caption::body(area, self.prompt.is_some()),
            wrap: self.wrap,
            times: self.times,
            sideways: self.sideways,
        }
    }

    fn go(&mut self, place: u64, ctx: &Ctx<'_>) {
        let Some(slice) = self.slice(ctx) else { return };
        let place = place.min(self.view.rows().saturating_sub(1));
        self.selected = self.view.row(place);
        let saved = self.top.and_then(|row| self.place(row)).unwrap_or(0);
        let top = self.page(slice, ctx.area).top(saved, place);
        self.top = self.view.row(top);
    }

    fn go_to_line(&mut self, line: LineId, ctx: &Ctx<'_>) {
        self.follow = false;
        self.view.fold(line.section, false);
        let (Some(place), Some(slice)) = (self.view.row_of(line), self.slice(ctx)) else { return };
        // What follows a hit tells more than what stands before it.
        let height = u64::from(caption::body(ctx.area, false).height);
        let saved = self.top.and_then(|row| self.place(row)).unwrap_or(0);
        let shown = saved <= place && place < saved + height * 2 / 3;
        let wished = if shown { saved } else { place.saturating_sub(height / 3) };
        let top = self.page(slice, ctx.area).top(wished, place);
        self.top = self.view.row(top);
        self.selected = self.view.row(place);
    }

    fn stepped(&mut self, action: Action, ctx: &Ctx<'_>) -> bool {
        let rows = self.view.rows();
        let page = u64::from(caption::body(ctx.area, self.prompt.is_some()).height).max(1);
        let at = self.selected_place();
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::HalfDown => at + (page / 2).max(1),
            Action::HalfUp => at.saturating_sub((page / 2).max(1)),
            Action::PageDown => at + page,
            Action::PageUp => at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => rows,
            _ => return false,
        };
        // What is on screen now is where the next page is measured from.
        if self.follow
            && let Some(slice) = self.slice(ctx)
        {
            let top = self.page(slice, ctx.area).top(u64::MAX, at);
            self.top = self.view.row(top);
        }
        self.follow = to + 1 >= rows && !matches!(action, Action::Up | Action::HalfUp | Action::PageUp | Action::Top);
        self.go(to, ctx);
        true
    }

    fn source_here<'a>(&self, slice: &'a LogSlice) -> Option<&'a Source> {
        let section = match self.view.row(self.selected_place())? {
            Row::Heading(section) | Row::Gap(section) => section,
            Row::Line(line) => line.section,
        };
        slice.sources.iter().find(|(_, (id, _))| *id == section).map(|(source, _)| source)
    }

    fn next_match(&mut self, forward: bool, ctx: &Ctx<'_>) -> Intent {
        let (Some(slice), Some(search)) = (self.slice(ctx), &self.search) else {
            return Intent::Say(format!("no search yet: {} starts one", ctx.keymap.shown(Action::Filter)));
        };
        let here = match self.view.row(self.selected_place()) {
            Some(Row::Line(line)) => slice.log.number(line),
            Some(Row::Heading(section) | Row::Gap(section)) => slice.log.number(LineId { section, index: 0 }),
            None => None,
        };
        match search.step(&slice.log, here, forward) {
            Some(line) => {
                self.go_to_line(line, ctx);
                Intent::Stay
            }
            None if search.whole => Intent::Say(format!("no line matches {}", search.pattern.text())),
            None => Intent::Stay,
        }
    }

    fn first_error(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Some(slice) = self.slice(ctx) else { return Intent::Stay };
        let first = slice.log.first_error(None);
        let here = match self.view.row(self.selected_place()) {
            Some(Row::Line(line)) if !self.follow => slice.log.number(line),
            _ => None,
        };
        // On the first one already: the next.
        let target = match (first, here) {
            (Some(first), Some(here)) if here >= first => slice.log.first_error(Some(here)).or(Some(first)),
            (first, _) => first,
        };
        match target.and_then(|number| slice.log.id(number)) {
            Some(line) => {
                self.go_to_line(line, ctx);
                Intent::Stay
            }
            None => Intent::Say("no line looks like an error".into()),
        }
    }

    fn fold(&mut self, ctx: &Ctx<'_>) -> Intent {
        let section = match self.view.row(self.selected_place()) {
            Some(Row::Heading(section) | Row::Gap(section)) => section,
            Some(Row::Line(line)) => line.section,
            None => return Intent::Stay,
        };
        let folded = !self.view.is_folded(section);
        self.view.fold(section, folded);
        self.follow = false;
        if let Some(place) = self.place(Row::Heading(section)) {
            self.go(place, ctx);
        }
        Intent::Stay
    }

    fn copied(&self, all: bool, ctx: &Ctx<'_>) -> Intent {
        let Some(slice) = self.slice(ctx) else { return Intent::Stay };
        if all && slice.log.bytes() > COPY_LIMIT {
            let size = caption::size(slice.log.bytes());
            let save = ctx.keymap.shown(Action::Save);
            return Intent::Say(format!("{size} are too much for a clipboard: {save} saves them"));
        }
        let (first, count) = if all { (0, self.view.rows() as usize) } else { (self.selected_place(), 1) };
        let lines: Vec<String> = self
            .view
            .window(&slice.log, first, count)
            .into_iter()
            .map(|item| match item {
                weir_log::Item::Heading { title, .. } => format!("── {title} ──"),
                weir_log::Item::Line(line) => sgr::runs(&line.text).map(|(range, _)| &line.text[range]).collect(),
            })
            .collect();
        Intent::Do(vec![Effect::Copy(lines.join("\n"))])
    }

    fn filtered(&mut self, text: String, ctx: &Ctx<'_>) -> Intent {
        if !text.is_empty() {
            self.sifting = Some(text.clone());
            return Intent::Do(vec![Effect::Sift(self.id.clone(), text)]);
        }
        self.sifting = None;
        if let Some(slice) = self.slice(ctx) {
            self.view.filter(&slice.log, None);
        }
        Intent::Stay
    }

    fn searched(&mut self, text: &str, ctx: &Ctx<'_>) -> Intent {
        let log = self.slice(ctx).map(|slice| &slice.log);
        self.search = Search::new(text, log);
        match &self.search {
            Some(search) => Intent::Do(vec![Effect::Search(self.id.clone(), search.pattern.text().to_string())]),
            None => Intent::Stay,
        }
    }
}

impl Screen for Log {
    fn title(&self, _world: &World) -> String {
        let run = &self.id.run.name;
        // The generated end tells one run from another.
        let short = run.rsplit('-').next().filter(|end| run.len() > 16 && end.len() >= 4);
        match (&self.id.part, short) {
            (LogPart::Whole, _) => format!("{run} › whole log"),
            (LogPart::Task(task), _) => format!("{run} › {task}"),
            (LogPart::Step(task, step), None) => format!("{run} › {task} › {step}"),
            (LogPart::Step(task, step), Some(end)) => format!("…{end} › {task} › {step}"),
        }
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Log(self.id.clone())]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        let Some(slice) = self.slice(ctx).filter(|_| touched.log_of(&self.id)) else { return };
        self.view.follow(&slice.log);
        if let Some(search) = &mut self.search {
            search.catch_up(&slice.log);
        }
        if self.follow || self.selected.is_none() {
            self.selected = self.view.row(self.view.rows().saturating_sub(1));
        }
    }

    fn typing(&self) -> bool {
        self.prompt.is_some()
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        let Some(prompt) = &mut self.prompt else { return Intent::Pass };
        let typed = prompt.typed(key);
        let purpose = prompt.purpose;
        match (typed, purpose) {
            (Typed::Still, _) => Intent::Stay,
            (Typed::Changed(text), Purpose::Search) => self.searched(&text, ctx),
            (Typed::Changed(_), Purpose::Keep) => Intent::Stay,
            (Typed::Left, purpose) => {
                self.prompt = None;
                if purpose == Purpose::Search {
                    self.search = None;
                }
                Intent::Stay
            }
            (Typed::Done(text), Purpose::Keep) => {
                self.prompt = None;
                self.filtered(text, ctx)
            }
            (Typed::Done(text), Purpose::Search) => {
                self.prompt = None;
                if text.is_empty() {
                    self.search = None;
                    return Intent::Stay;
                }
                if let Some(search) = &mut self.search {
                    search.wanted = !search.whole && search.hits.is_empty();
                }
                self.next_match(true, ctx)
            }
        }
    }

    fn paste(&mut self, text: &str, ctx: &Ctx<'_>) -> Intent {
        let Some(prompt) = &mut self.prompt else { return Intent::Stay };
        let (text, purpose) = (prompt.pasted(text), prompt.purpose);
        if purpose == Purpose::Search { self.searched(&text, ctx) } else { Intent::Stay }
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let empty = self.slice(ctx).is_none_or(|slice| slice.log.lines() == 0 || gone(slice).is_some());
        let mut offers = Vec::new();
        if self.search.is_some() && !empty {
            offers.extend([Action::NextMatch, Action::PreviousMatch]);
        }
        if !empty {
            offers.extend([Action::Filter, Action::KeepLines, Action::FirstError]);
        }
        let live = self.slice(ctx).is_none_or(|slice| slice.complete.is_none());
        offers.extend(live.then_some(Action::Follow));
        offers.extend([Action::WholeRun, Action::Wrap, Action::Times]);
        if !empty {
            offers.extend([Action::Save, Action::Fold, Action::Copy, Action::CopyAll]);
        }
        offers.extend((!live).then_some(Action::Follow));
        let mut offers: Vec<Offer> = offers.into_iter().map(Offer::ready).collect();
        offers.push(Offer::of(Action::Rerun, channels::rerun(ctx, &self.id.run)));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.stepped(action, ctx) {
            return Intent::Stay;
        }
        match action {
            Action::Left if !self.wrap => self.sideways = self.sideways.saturating_sub(SIDEWAYS),
            Action::Right if !self.wrap => self.sideways += SIDEWAYS,
            Action::Left | Action::Right => {
                let wrap = ctx.keymap.shown(Action::Wrap);
                return Intent::Say(format!("long lines are wrapped: {wrap} shows them as they are"));
            }
            Action::Follow => {
                self.follow = !self.follow;
                self.go(self.selected_place(), ctx);
            }
            Action::Wrap => {
                self.wrap = !self.wrap;
                self.sideways = 0;
            }
            Action::Times => self.times = !self.times,
            Action::WholeRun => {
                let run = &self.id.run;
                let here = self.slice(ctx).and_then(|slice| self.source_here(slice));
                return match (&self.id.part, here) {
                    (LogPart::Whole, Some(source)) => Intent::Replace(Route::step_log(run, &source.task, &source.step)),
                    (LogPart::Whole, None) => Intent::Say("no step yet".into()),
                    _ => Intent::Replace(Route::whole_log(run)),
                };
            }
            Action::Fold => return self.fold(ctx),
            Action::FirstError => return self.first_error(ctx),
            Action::Filter => self.prompt = Some(Prompt::new(Purpose::Search, "")),
            Action::KeepLines => {
                let before = self.view.pattern().map_or("", |pattern| pattern.text());
                self.prompt = Some(Prompt::new(Purpose::Keep, before));
            }
            Action::NextMatch => return self.next_match(true, ctx),
            Action::PreviousMatch => return self.next_match(false, ctx),
            Action::Copy => return self.copied(false, ctx),
            Action::CopyAll => return self.copied(true, ctx),
            Action::Save => return Intent::Do(vec![Effect::SaveLog(self.id.clone())]),
            Action::Rerun => return Intent::Go(Route::Start(StartFrom::Rerun(self.id.run.clone()))),
            Action::Back if self.search.is_some() => self.search = None,
            Action::Back if self.view.pattern().is_some() || self.sifting.is_some() => {
                return self.filtered(String::new(), ctx);
            }
            _ => return Intent::Pass,
        }
        Intent::Stay
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        Some((self.id.run.cluster.clone(), self.id.run.namespace.clone()))
    }

    fn found(&mut self, log: &LogId, hits: &SearchHits, ctx: &Ctx<'_>) {
        let Some(slice) = self.slice(ctx).filter(|_| *log == self.id) else { return };
        let Some(search) = self.search.as_mut().filter(|search| search.pattern.text() == hits.pattern) else { return };
        search.take(hits, &slice.log);
        if search.wanted && !search.hits.is_empty() {
            search.wanted = false;
            self.next_match(true, ctx);
        }
    }

    fn sifted(&mut self, log: &LogId, sifted: &Sifted, ctx: &Ctx<'_>) {
        let Some(slice) = self.slice(ctx).filter(|_| *log == self.id) else { return };
        if self.sifting.as_deref() == Some(sifted.pattern().text()) {
            self.sifting = None;
            self.view.adopt(&slice.log, sifted.clone());
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let body = caption::body(area, self.prompt.is_some());
        caption::view(self, ctx, area, buf);
        if let Some(prompt) = &self.prompt {
            prompt.view(ctx, prompt::area(area), buf);
        }
        let Some(slice) = self.slice(ctx) else {
            caption::nothing(self, None, ctx, body, buf);
            return;
        };
        if self.view.rows() == 0 || gone(slice).is_some() {
            caption::nothing(self, Some(slice), ctx, body, buf);
            return;
        }
        let selected = self.selected_place();
        let saved = if self.follow { u64::MAX } else { self.top.and_then(|row| self.place(row)).unwrap_or(0) };
        self.page(slice, area).draw(ctx, saved, selected, self.search.as_ref().map(|search| &search.pattern), buf);
    }

    fn cursor(&self, _ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.prompt.as_ref().map(|prompt| prompt.cursor(prompt::area(area)))
    }
}

/// The words of the first source that still waits for its container.
fn waiting(slice: &LogSlice) -> Option<(&Source, &str)> {
    slice.sources.iter().find_map(|(source, (_, state))| match state {
        SourceState::Waiting(words) => Some((source, words.as_str())),
        _ => None,
    })
}

/// Why there is no line at all, when no source has its log any more.
fn gone(slice: &LogSlice) -> Option<&str> {
    let words = slice.sources.values().map(|(_, state)| match state {
        SourceState::Gone(words) => Some(words.as_str()),
        _ => None,
    });
    // Each says so in one line of its own; any more is text.
    let silent = slice.log.lines() <= slice.sources.len() as u64;
    words.collect::<Option<Vec<_>>>().filter(|_| silent)?.first().copied()
}
