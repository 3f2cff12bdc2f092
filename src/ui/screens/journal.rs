//! What was sent and what came of it, newest first; the selected entry in full below.

mod pairs;

use crate::action::Action;
use crate::effect::Effect;
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::{FilterLine, Said};
use crate::parts::panel::{nothing, rule};
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, fold, put, wrap};
use crate::parts::when::{clock, exact};
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Touched, World};
use pairs::{Pair, pairs};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::journal::Outcome;
use weir_domain::{RunId, Watch};

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pairs: Vec<Pair>,
    all: usize,
    ids: Vec<String>,
    cursor: Cursor<String>,
    filter: FilterLine,
}

impl Journal {
    pub fn new() -> Journal {
        Journal::default()
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        let entries = ctx.world.journal.value.as_deref().unwrap_or_default();
        let mut all = pairs(entries);
        self.all = all.len();
        all.retain(|pair| {
            let entry = &pair.sent;
            let fields = [&entry.verb, &entry.object, &entry.namespace, &entry.cluster, &entry.operator, &pair.answer];
            let fields: Vec<&str> = fields.iter().map(|field| field.as_str()).chain([pair.word()]).collect();
            self.filter.keeps(&fields, &[])
        });
        self.ids = all.iter().map(|pair| pair.sent.id.clone()).collect();
        self.pairs = all;
        self.cursor.settle(&self.ids, false);
        self.cursor.rest(&self.ids);
    }

    fn selected(&self) -> Option<&Pair> {
        let id = self.cursor.id()?;
        self.pairs.get(self.cursor.index()).filter(|pair| pair.sent.id == *id)
    }

    /// The checklist of a promotion that went out, else the run it was about, when that is still known.
    fn leads(&self, world: &World) -> Option<Route> {
        let pair = self.selected()?;
        let entry = &pair.sent;
        if let Some(plan) = &entry.plan
            && pair.outcome != Some(Outcome::Refused)
        {
            return Some(Route::Promote(PromoteFrom::Sent(plan.object.clone())));
        }
        let id = RunId::new(&entry.cluster, &entry.namespace, &entry.object);
        world.run(&id).map(|run| Route::Run(run.id.clone()))
    }

    /// Rows and the part below.
    fn split(area: Rect) -> (Rect, Rect) {
        let head = area.height.min(2);
        let below = (area.height - head) / 2;
        let rows = Rect { y: area.y + head, height: area.height - head - below, ..area };
        (rows, Rect { y: rows.bottom(), height: below, ..area })
    }

    fn said<T>(&self, ctx: &Ctx<'_>, then: impl FnOnce(&Said<'_>) -> T) -> T {
        let mut words = self.filter.words(self.ids.len(), self.all, "command");
        for line in &ctx.world.unread {
            words.push_str(&format!(" {} {line}", ctx.glyphs.dot));
        }
        then(&Said { words: &words, live: &ctx.world.journal.live, whom: "the journal" })
    }
}

fn role(outcome: Option<&Outcome>) -> Role {
    match outcome {
        Some(Outcome::Accepted | Outcome::Done) => Role::Ok,
        Some(Outcome::Refused | Outcome::Failed) => Role::Failed,
        Some(Outcome::Unknown) => Role::Warning,
        Some(Outcome::Sending) | None => Role::Pending,
    }
}

impl Screen for Journal {
    fn title(&self, _world: &World) -> String {
        "Journal".into()
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Journal]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.journal {
            self.gather(ctx);
        }
    }

    fn filter(&self) -> Option<&FilterLine> {
        Some(&self.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        Some(&mut self.filter)
    }

    fn refilter(&mut self, ctx: &Ctx<'_>) {
        self.gather(ctx);
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.selected().is_some() {
            offers.push(match self.leads(ctx.world) {
                Some(_) => Offer::ready(Action::Open),
                None => Offer::refused(Action::Open, "not among the runs"),
            });
            offers.extend([Action::Copy, Action::CopyAll].map(Offer::ready));
        }
        offers.extend([Action::Filter, Action::Pane, Action::Runs, Action::Health].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(Journal::split(ctx.area).0.height);
        if self.cursor.step(action, &self.ids, height) {
            return Intent::Stay;
        }
        match action {
            Action::Open => self.leads(ctx.world).map_or(Intent::Stay, Intent::Go),
            Action::Copy => match self.selected() {
                Some(pair) => Intent::Do(vec![Effect::Copy(pair.sent.object.clone())]),
                None => Intent::Stay,
            },
            Action::CopyAll => match self.selected() {
                Some(pair) => {
                    let lines: Vec<String> = pair
                        .facts(&exact(pair.sent.time, ctx.settings))
                        .map(|(name, text)| format!("{name:<8} {text}"))
                        .collect();
                    Intent::Do(vec![Effect::Copy(lines.join("\n"))])
                }
                None => Intent::Stay,
            },
            Action::Pane => Intent::Go(Route::Ledger),
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        self.said(ctx, |said| self.filter.caption(ctx, area, area.y, said, buf));
        let (rows, below) = Journal::split(area);
        if self.pairs.is_empty() {
            let empty = if self.filter.holds() {
                "No command matches the filter. Esc clears it."
            } else {
                "Nothing was sent yet. Every command is written here before it is sent, and its outcome after."
            };
            let body = Rect { height: rows.height + below.height, ..rows };
            return nothing(ctx, body, &ctx.world.journal.live, "the journal", empty, buf);
        }
        let columns = [
            Column::new("WHEN", 11, 11, 0),
            Column::new("VERB", 7, 9, 0),
            Column::new("OBJECT", 24, 50, 0).cut(Cut::Middle),
            Column::new("CLUSTER/NAMESPACE", 17, 26, 2).cut(Cut::Middle),
            Column::new("OUTCOME", 10, 10, 1),
            Column::new("BY", 14, 30, 3),
        ];
        let table = Table::new(&columns, area.width.saturating_sub(1), ctx.theme, ctx.glyphs);
        table.header(area, area.y + 1, None, buf);
        let window = self.cursor.window(self.pairs.len(), usize::from(rows.height));
        for (y, index) in (rows.y..rows.bottom()).zip(window) {
            let pair = &self.pairs[index];
            let entry = &pair.sent;
            let cells = [
                Cell::new(clock(entry.time, ctx.now, ctx.settings)),
                Cell::new(entry.verb.as_str()),
                Cell::new(entry.object.as_str()),
                Cell::role(format!("{}/{}", entry.cluster, entry.namespace), Role::Dim),
                Cell::role(pair.word(), role(pair.outcome.as_ref())),
                Cell::role(format!("{}@{}", entry.operator, entry.host), Role::Dim),
            ];
            table.row(area, y, &cells, RowLook { selected: self.cursor.at(index), ..RowLook::default() }, buf);
        }
        let Some(pair) = self.selected().filter(|_| below.height > 1) else {
            return;
        };
        rule(ctx, area, below.y, buf);
        let wide = area.width.saturating_sub(4);
        let indent = wide.min(9);
        let facts = pair.facts(&exact(pair.sent.time, ctx.settings));
        let lines = facts.flat_map(|(name, text)| {
            // What was sent keeps its indentation.
            let room = usize::from(wide - indent);
            let lines = match name {
                "body" => text.lines().flat_map(|line| fold(line, room)).collect(),
                _ => wrap(&text, room),
            };
            lines
                .into_iter()
                .enumerate()
                .map(move |(at, line)| (if at == 0 { name } else { "" }, line))
                .collect::<Vec<_>>()
        });
        for (y, (name, line)) in (below.y + 1..below.bottom()).zip(lines) {
            put(buf, area.x + 2, y, indent, name, ctx.style(Role::Dim));
            put(buf, area.x + 2 + indent, y, wide - indent, &line, ctx.style(Role::Normal));
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.said(ctx, |said| self.filter.cursor(ctx, area, area.y, said))
    }
}
