//! Typing what to do: every action by its name, and the scope, the theme and the way out by theirs.

use crate::action::{Action, ENTRIES, Group};
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside};
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::put;
use crate::scope::Scope;
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::{Role, Theme};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::{EndpointKind, EndpointState, Query};

/// Rows on screen at most.
const ROWS: usize = 12;
const COLUMNS: u16 = 76;

#[derive(Clone, Debug, PartialEq)]
enum Choice {
    Act(Action),
    /// Goes on with this text.
    Begin(&'static str),
    Cluster(String),
    Namespace(String),
    Look(&'static str),
}

#[derive(Clone, Debug)]
struct Candidate {
    text: String,
    words: String,
    key: String,
    choice: Choice,
}

#[derive(Debug)]
pub(crate) struct Palette {
    input: Input,
    /// Best first.
    found: Vec<Candidate>,
    at: usize,
}

impl Palette {
    pub fn new(ctx: &Ctx<'_>) -> Palette {
        let mut palette = Palette { input: Input::default(), found: Vec::new(), at: 0 };
        palette.find(ctx);
        palette
    }

    fn find(&mut self, ctx: &Ctx<'_>) {
        self.at = 0;
        let text = self.input.text().trim_start().to_string();
        let all = candidates(&text, ctx);
        let pattern = Pattern::parse(text.trim(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut scored: Vec<(u32, Candidate)> = all
            .into_iter()
            .filter_map(|candidate| {
                let mut buffer = Vec::new();
                let score = pattern.score(Utf32Str::new(&candidate.text, &mut buffer), &mut matcher)?;
                // What is typed whole comes before what merely holds it.
                let whole = if candidate.text == text.trim() { 1 << 20 } else { 0 };
                Some((score + whole, candidate))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, candidate)| candidate).collect();
    }

    fn choose(&mut self, ctx: &Ctx<'_>) -> Intent {
        let typed = self.input.text().trim().to_string();
        let Some(candidate) = self.found.get(self.at).cloned() else {
            return match typed.strip_prefix("ns ") {
                // A namespace that weir has not seen may exist all the same.
                Some(name) if !name.trim().is_empty() => scoped(ctx, None, Some(name.trim())),
                _ => Intent::Say(format!("there is no command `{typed}`")),
            };
        };
        let close = |intent| Intent::Many(vec![Intent::Close, intent]);
        match candidate.choice {
            Choice::Act(action) => close(Intent::Act(action)),
            Choice::Begin(text) => {
                self.input.set(text);
                self.find(ctx);
                Intent::Stay
            }
            Choice::Cluster(name) => {
                let connect = ctx
                    .world
                    .clusters()
                    .find(|e| e.name == name && e.state == EndpointState::NotConnected)
                    .map(|e| Intent::Do(vec![Effect::Fetch(Query::Connect(e.cluster()))]));
                let scope = scoped(ctx, Some(&name), None);
                Intent::Many([Some(scope), connect].into_iter().flatten().collect())
            }
            Choice::Namespace(name) => scoped(ctx, None, Some(&name)),
            Choice::Look(name) => close(Intent::Look(name.to_string())),
        }
    }
}

fn scoped(ctx: &Ctx<'_>, cluster: Option<&str>, namespace: Option<&str>) -> Intent {
    let scope = match (cluster, namespace) {
        (Some(cluster), _) => Scope { cluster: Some(cluster.into()), namespace: None },
        (None, namespace) => Scope { cluster: ctx.scope.cluster.clone(), namespace: namespace.map(Into::into) },
    };
    Intent::Many(vec![Intent::Close, Intent::Scope(scope)])
}

fn candidates(text: &str, ctx: &Ctx<'_>) -> Vec<Candidate> {
    let plain = |text: String, words: String, choice| Candidate { text, words, key: String::new(), choice };
    if text.starts_with("ctx ") {
        return ctx
            .world
            .endpoints
            .iter()
            .filter(|e| e.kind == EndpointKind::Cluster)
            .map(|e| plain(format!("ctx {}", e.name), e.server.clone(), Choice::Cluster(e.name.clone())))
            .collect();
    }
    if text.starts_with("ns ") {
        return ctx
            .world
            .namespaces()
            .into_iter()
            .map(|ns| plain(format!("ns {ns}"), String::new(), Choice::Namespace(ns.to_string())))
            .collect();
    }
    if text.starts_with("theme ") {
        return Theme::names().map(|name| plain(format!("theme {name}"), String::new(), Choice::Look(name))).collect();
    }
    let own = [
        ("ctx", "Show only one cluster, or connect to it.", Choice::Begin("ctx ")),
        ("ns", "Show only one namespace.", Choice::Begin("ns ")),
        ("theme", "Another look.", Choice::Begin("theme ")),
        ("q", "Quit weir from anywhere.", Choice::Act(Action::Leave)),
    ];
    let own = own.into_iter().map(|(text, words, choice)| plain(text.into(), words.into(), choice));
    // Where one can go first, how one moves last.
    let order = [Group::Go, Group::Row, Group::Find, Group::Weir, Group::Text, Group::Move];
    let entries = order.iter().flat_map(|group| ENTRIES.iter().filter(move |entry| entry.group == *group));
    let actions = entries.filter(|entry| entry.action != Action::Palette).map(|entry| Candidate {
        text: entry.name.into(),
        words: entry.sentence.into(),
        key: ctx.keymap.shown(entry.action),
        choice: Choice::Act(entry.action),
    });
    actions.chain(own).collect()
}

impl Overlay for Palette {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) || (key.code == KeyCode::Backspace && self.input.text().is_empty()) {
            return Intent::Close;
        }
        let last = self.found.len().saturating_sub(1);
        match (key.code, key.ctrl) {
            (KeyCode::Enter, _) => return self.choose(ctx),
            (KeyCode::Down, _) | (KeyCode::Char('n'), true) => self.at = (self.at + 1).min(last),
            (KeyCode::Up, _) | (KeyCode::Char('p'), true) => self.at = self.at.saturating_sub(1),
            (KeyCode::Tab, _) => {
                if let Some(candidate) = self.found.get(self.at) {
                    let blank = if matches!(candidate.choice, Choice::Begin(_)) { " " } else { "" };
                    self.input.set(format!("{}{blank}", candidate.text));
                    self.find(ctx);
                }
            }
            _ => {
                if self.input.typed(key) {
                    self.find(ctx);
                }
            }
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let inner = dialog(ctx, area, COLUMNS, ROWS as u16 + 2, "Command", buf);
        if inner.height == 0 {
            return;
        }
        put(buf, inner.x, inner.y, inner.width.min(1), ":", ctx.style(Role::Key));
        self.input.view(line(inner), ctx.style(Role::Normal), buf);
        let columns = [Column::new("", 15, 15, 0), Column::new("", 20, 60, 2), Column::new("", 6, 6, 1).right()];
        let table = Table::new(&columns, inner.width, ctx.theme, ctx.glyphs);
        let room = usize::from(inner.height.saturating_sub(2)).min(ROWS);
        let top = (self.at + 1).saturating_sub(room);
        for (row, index) in (inner.y + 2..).zip(top..self.found.len().min(top + room)) {
            let candidate = &self.found[index];
            let cells = [
                Cell::new(candidate.text.as_str()),
                Cell::role(candidate.words.as_str(), Role::Dim),
                Cell::role(candidate.key.as_str(), Role::Key),
            ];
            table.row(inner, row, &cells, RowLook { selected: index == self.at, ..RowLook::default() }, buf);
        }
        if self.found.is_empty() && inner.height > 2 {
            put(buf, inner.x, inner.y + 2, inner.width, "nothing of that name", ctx.style(Role::Dim));
        }
    }

    fn cursor(&self, _ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        Some(self.input.cursor(line(dialog_inside(area, COLUMNS, ROWS as u16 + 2))))
    }
}

fn line(inner: Rect) -> Rect {
    let indent = inner.width.min(2);
    Rect { x: inner.x + indent, width: inner.width - indent, height: inner.height.min(1), ..inner }
}
