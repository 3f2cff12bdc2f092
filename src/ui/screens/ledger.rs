//! Who promoted what to where and when, and where the sources disagree. Nobody is guessed: each *who* names its source.

use crate::action::Action;
use crate::effect::Effect;
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::glyphs::Glyphs;
use crate::parts::panel::{caption_with, nothing, rule};
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, put, wrap};
use crate::parts::when::{clock, exact};
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Live, Remote, Touched, World};
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::sync::Arc;
use weir_domain::ledger::LedgerRow;
use weir_domain::{Query, ReleaseId, RunId, Watch};

/// What tells one row from another.
type Id = (Arc<str>, Arc<str>, Option<Timestamp>, Option<RunId>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    Time,
    Channel,
    Name,
    Who,
    Outcome,
}

impl Order {
    const ALL: [Order; 5] = [Order::Time, Order::Channel, Order::Name, Order::Who, Order::Outcome];

    fn next(self) -> Order {
        let at = Order::ALL.iter().position(|order| *order == self).unwrap_or(0);
        Order::ALL[(at + 1) % Order::ALL.len()]
    }

    /// The index of its column.
    fn column(self) -> usize {
        match self {
            Order::Time => 0,
            Order::Channel => 1,
            Order::Name => 2,
            Order::Who => 4,
            Order::Outcome => 5,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The last answer: rows and what could not be asked. It stays when the next one fails.
    told: Option<(Vec<LedgerRow>, Vec<String>)>,
    at: Option<Timestamp>,
    rows: Vec<LedgerRow>,
    ids: Vec<Id>,
    all: usize,
    cursor: Cursor<Id>,
    filter: FilterLine,
    order: Order,
}

const WHOM: &str = "the journal and the servers";

fn id(row: &LedgerRow) -> Id {
    (row.channel.clone(), row.name.clone(), row.time, row.run.clone())
}

/// Sign, word and role of an outcome; where the sources disagree the sign says so.
fn outcome(row: &LedgerRow, glyphs: &Glyphs) -> (String, Role) {
    let (glyph, role) = match row.outcome {
        _ if !row.disagreements.is_empty() => (glyphs.lost, Role::Warning),
        "held" => (glyphs.ok, Role::Ok),
        // Not seen where it counts.
        "ended well" => (glyphs.ok, Role::Normal),
        "running" => (glyphs.running, Role::Running),
        "failed" => (glyphs.failed, Role::Failed),
        "cancelled" => (glyphs.cancelled, Role::Cancelled),
        "refused" => (glyphs.skipped, Role::Dim),
        _ => (glyphs.unknown, Role::Warning),
    };
    (format!("{glyph} {}", row.outcome), role)
}

impl Ledger {
    pub fn new() -> Ledger {
        Ledger::default()
    }

    fn live(&self, ctx: &Ctx<'_>) -> Live {
        match &ctx.world.ledger {
            None | Some(Remote::Asking) => Live::Loading,
            Some(Remote::Known(_)) => Live::Fresh(self.at.unwrap_or(ctx.now)),
            Some(Remote::Failed(failure)) => Live::Lost { since: self.at, failure: failure.clone(), retry: None },
        }
    }

    fn take(&mut self, ctx: &Ctx<'_>) {
        let known = ctx.world.ledger.as_ref().and_then(Remote::known);
        if let Some(known) = known
            && self.told.as_ref() != Some(known)
        {
            self.told = Some(known.clone());
            self.at = Some(ctx.now);
        }
        self.gather();
    }

    fn gather(&mut self) {
        let all: &[LedgerRow] = self.told.as_ref().map_or(&[], |(rows, _)| rows);
        self.all = all.len();
        let keeps = |row: &&LedgerRow| {
            let who = row.who.words();
            let from = row.from.as_deref().unwrap_or_default();
            let wrong = if row.disagreements.is_empty() { "" } else { "disagree" };
            self.filter.keeps(&[&row.channel, &row.name, from, &who, row.outcome, wrong], &[])
        };
        let mut rows: Vec<LedgerRow> = all.iter().filter(keeps).cloned().collect();
        match self.order {
            Order::Time => {}
            Order::Channel => rows.sort_by(|a, b| a.channel.cmp(&b.channel)),
            Order::Name => rows.sort_by(|a, b| b.name.cmp(&a.name)),
            Order::Who => rows.sort_by_cached_key(|row| row.who.words()),
            Order::Outcome => rows.sort_by(|a, b| a.outcome.cmp(b.outcome)),
        }
        self.ids = rows.iter().map(id).collect();
        self.rows = rows;
        self.cursor.settle(&self.ids, false);
        self.cursor.rest(&self.ids);
    }

    fn selected(&self) -> Option<&LedgerRow> {
        let wanted = self.cursor.id()?;
        self.rows.get(self.cursor.index()).filter(|row| id(row) == *wanted)
    }

    /// Where the selected row leads: the checklist of a plan of weir's own, else the run, else the release itself.
    fn leads(&self, world: &World) -> Result<Route, String> {
        let row = self.selected().ok_or("nothing is selected")?;
        let Some(run) = row.run.as_ref() else {
            return match row.name.is_empty() {
                true => Err("neither its run nor its name is known".into()),
                false => Ok(Route::Release(ReleaseId::new(&*row.channel, &*row.name))),
            };
        };
        match &row.plan {
            Some(_) if row.outcome != "refused" => Ok(Route::Promote(PromoteFrom::Sent(run.clone()))),
            _ if world.run(run).is_some() => Ok(Route::Run(run.clone())),
            Some(_) => Err("it was refused: nothing was made".into()),
            None => Err("its run is gone".into()),
        }
    }

    /// Rows, and the selected one in full below.
    fn split(area: Rect) -> (Rect, Rect) {
        let head = area.height.min(2);
        let below = (area.height - head) / 2;
        let rows = Rect { y: area.y + head, height: area.height - head - below, ..area };
        (rows, Rect { y: rows.bottom(), height: below, ..area })
    }

    fn said<T>(&self, ctx: &Ctx<'_>, then: impl FnOnce(&Said<'_>) -> T) -> T {
        let mut words = self.filter.words(self.ids.len(), self.all, "promotion");
        let disagree = self.rows.iter().filter(|row| !row.disagreements.is_empty()).count();
        if disagree > 0 {
            words.push_str(&format!(" {} {disagree} where the sources disagree", ctx.glyphs.dot));
        }
        if self.told.is_none() {
            words.clear();
        }
        let live = self.live(ctx);
        then(&Said { words: &words, live: &live, whom: WHOM })
    }

    /// The selected row in full, a fact a line.
    fn facts(&self, row: &LedgerRow, ctx: &Ctx<'_>) -> Vec<(&'static str, String, Role)> {
        let mut facts = Vec::new();
        for line in &row.disagreements {
            facts.push(("differs", line.clone(), Role::Warning));
        }
        let mut say = |label, text: Option<String>| facts.extend(text.map(|text| (label, text, Role::Normal)));
        say("time", row.time.map(|at| exact(at, ctx.settings)));
        say("who", Some(row.who.words()));
        // Its image where no name is known.
        say("from", row.from.as_ref().or(row.pull_spec.as_ref()).map(ToString::to_string));
        say("digest", row.digest.as_ref().map(|digest| digest.to_string()));
        say("plan", row.plan.clone());
        say("run", row.run.as_ref().map(|run| format!("{} in {} on {}", run.name, run.namespace, run.cluster)));
        say("why", row.reason.clone());
        facts
    }
}

impl Screen for Ledger {
    fn title(&self, _world: &World) -> String {
        "Ledger".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Journal]
    }

    fn opened(&mut self, _ctx: &Ctx<'_>) -> Intent {
        Intent::Do(vec![Effect::Fetch(Query::Ledger)])
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.answers {
            self.take(ctx);
        }
    }

    fn filter(&self) -> Option<&FilterLine> {
        Some(&self.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        Some(&mut self.filter)
    }

    fn refilter(&mut self, _ctx: &Ctx<'_>) {
        self.gather();
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.selected().is_some() {
            offers.push(Offer::of(Action::Open, self.leads(ctx.world).map(|_| ())));
            offers.extend([Action::Copy, Action::CopyAll].map(Offer::ready));
        }
        offers.extend([Action::Filter, Action::Sort, Action::Refresh, Action::Pane, Action::Back].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(Ledger::split(ctx.area).0.height);
        if self.cursor.step(action, &self.ids, height) {
            return Intent::Stay;
        }
        match action {
            Action::Open => self.leads(ctx.world).map_or_else(Intent::Say, Intent::Go),
            Action::Copy => match self.selected() {
                Some(row) => Intent::Do(vec![Effect::Copy(row.name.to_string())]),
                None => Intent::Stay,
            },
            Action::CopyAll => match self.selected() {
                Some(row) => {
                    let head = format!("{} → {}: {}", row.name, row.channel, row.outcome);
                    let facts = self.facts(row, ctx).into_iter().map(|(label, text, _)| format!("{label:<9}{text}"));
                    Intent::Do(vec![Effect::Copy(std::iter::once(head).chain(facts).collect::<Vec<_>>().join("\n"))])
                }
                None => Intent::Stay,
            },
            Action::Sort => {
                self.order = self.order.next();
                self.gather();
                Intent::Stay
            }
            Action::Refresh => Intent::Do(vec![Effect::Fetch(Query::Ledger)]),
            Action::Pane => Intent::Go(Route::Journal),
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        self.said(ctx, |said| match (&ctx.world.ledger, self.at) {
            // Nothing watches it: it is as old as the question.
            (Some(Remote::Known(_)), Some(at)) if !self.filter.typing() => {
                let right = format!("asked at {}", clock(at, ctx.now, ctx.settings));
                caption_with(ctx, area, area.y, said.words, (&right, Role::Dim), buf);
            }
            _ => self.filter.caption(ctx, area, area.y, said, buf),
        });
        let (rows, below) = Ledger::split(area);
        let old = self.live(ctx).lost();
        let unseen: &[String] = self.told.as_ref().map_or(&[], |(_, unseen)| unseen);
        if self.rows.is_empty() {
            let mut empty = if self.filter.holds() {
                "No promotion matches the filter. Esc clears it.".to_string()
            } else {
                "Nothing was promoted yet, as far as the journal and the servers tell.".to_string()
            };
            unseen.iter().for_each(|line| empty.push_str(&format!("\nNot seen: {line}.")));
            let body = Rect { height: rows.height + below.height, ..rows };
            return nothing(ctx, body, &self.live(ctx), WHOM, &empty, buf);
        }
        let columns = [
            Column::new("TIME", 11, 11, 0),
            Column::new("CHANNEL", 13, 16, 1),
            Column::new("NAME", 20, 24, 0).cut(Cut::Head),
            Column::new("FROM", 17, 46, 3).cut(Cut::Head),
            Column::new("WHO", 14, 34, 2),
            Column::new("OUTCOME", 12, 12, 0),
        ];
        let table = Table::new(&columns, area.width, ctx.theme, ctx.glyphs);
        table.header(area, area.y + 1, Some(self.order.column()), buf);
        let window = self.cursor.window(self.rows.len(), usize::from(rows.height));
        for (y, index) in (rows.y..rows.bottom()).zip(window) {
            let row = &self.rows[index];
            let (word, role) = outcome(row, ctx.glyphs);
            let cells = [
                Cell::new(row.time.map_or_else(|| "-".into(), |at| clock(at, ctx.now, ctx.settings))),
                Cell::new(&*row.channel),
                Cell::new(if row.name.is_empty() { "not told" } else { &*row.name }),
                Cell::role(row.from.as_deref().unwrap_or("-"), Role::Dim),
                Cell::new(row.who.words()),
                Cell::role(word, role),
            ];
            table.row(area, y, &cells, RowLook { selected: self.cursor.at(index), marked: false, dim: old }, buf);
        }
        let Some(row) = self.selected().filter(|_| below.height > 1) else { return };
        rule(ctx, area, below.y, buf);
        let wide = area.width.saturating_sub(4);
        let indent = wide.min(9);
        let mut facts = self.facts(row, ctx);
        facts.extend(unseen.iter().map(|line| ("not seen", line.clone(), Role::Dim)));
        let lines = facts.into_iter().flat_map(|(label, text, role)| {
            let lines = wrap(&text, usize::from((wide - indent).max(1))).into_iter().enumerate();
            lines.map(move |(at, line)| (if at == 0 { label } else { "" }, line, role)).collect::<Vec<_>>()
        });
        for (y, (label, line, role)) in (below.y + 1..below.bottom()).zip(lines) {
            put(buf, area.x + 2, y, indent, label, ctx.style(Role::Dim));
            put(buf, area.x + 2 + indent, y, wide - indent, &line, ctx.style(role));
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.said(ctx, |said| self.filter.cursor(ctx, area, area.y, said))
    }
}
