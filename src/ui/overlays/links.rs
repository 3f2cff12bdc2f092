//! Addresses to read, open or copy: the attempts of a job, the changes of a component, what a component is.
//!
//! Each address stands in full, over as many lines as it takes.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::badge::{status_role, status_text};
use crate::parts::cursor::Cursor;
use crate::parts::panel::dialog;
use crate::parts::text::{Cut, fit, fold, put};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Status;

/// One line of words and what can be taken of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    pub status: Option<Status>,
    pub label: String,
    /// What a copy takes; an address in the web can be opened.
    pub text: String,
}

impl Link {
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Link {
        Link { status: None, label: label.into(), text: text.into() }
    }

    fn url(&self) -> bool {
        self.text.starts_with("https://") || self.text.starts_with("http://")
    }
}

#[derive(Debug)]
pub(crate) struct Links {
    title: String,
    links: Vec<Link>,
    places: Vec<usize>,
    cursor: Cursor<usize>,
}

impl Links {
    /// `at` is selected first.
    pub fn new(title: impl Into<String>, links: Vec<Link>, at: usize) -> Links {
        let places: Vec<usize> = (0..links.len()).collect();
        let mut cursor = Cursor::default();
        cursor.settle(&places, false);
        cursor.select(&places, &at);
        Links { title: title.into(), links, places, cursor }
    }

    fn columns(area: Rect) -> u16 {
        area.width.saturating_sub(6).clamp(1, 130)
    }

    /// The lines of each link, in order.
    fn lines(&self, columns: u16) -> Vec<(usize, bool, String)> {
        let room = usize::from(columns.saturating_sub(4)).max(1);
        let mut lines = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            lines.push((index, true, link.label.clone()));
            if !link.text.is_empty() {
                lines.extend(fold(&link.text, room).into_iter().map(|part| (index, false, part)));
            }
        }
        lines
    }
}

impl Overlay for Links {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        let selected = self.cursor.id().and_then(|at| self.links.get(*at));
        let action = if key.code == KeyCode::Enter { Some(Action::Open) } else { ctx.keymap.action(key) };
        match (action, selected) {
            (Some(Action::Quit), _) => Intent::Close,
            (Some(Action::Url | Action::Open), Some(link)) if link.url() => {
                Intent::Do(vec![Effect::Open(link.text.clone())])
            }
            (Some(Action::Url), Some(_)) => Intent::Say("it has no address in the web".into()),
            (Some(Action::Copy | Action::Open), Some(link)) if !link.text.is_empty() => {
                Intent::Do(vec![Effect::Copy(link.text.clone())])
            }
            (Some(Action::CopyAll), _) => {
                let all: Vec<String> =
                    self.links.iter().map(|link| format!("{}  {}", link.label, link.text).trim_end().into()).collect();
                Intent::Do(vec![Effect::Copy(all.join("\n"))])
            }
            (Some(action), _) => {
                self.cursor.step(action, &self.places, usize::from(ctx.area.height / 2));
                Intent::Stay
            }
            (None, _) => Intent::Stay,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = Links::columns(area);
        let lines = self.lines(columns);
        let inner = dialog(ctx, area, columns, lines.len() as u16 + 2, &self.title, buf);
        let room = usize::from(inner.height.saturating_sub(2));
        let last = lines.iter().rposition(|(index, ..)| self.cursor.at(*index)).unwrap_or(0);
        let top = (last + 1).saturating_sub(room);
        for (y, (index, head, text)) in (inner.y..).zip(lines.iter().skip(top).take(room)) {
            let selected = self.cursor.at(*index);
            let mut x = inner.x;
            if selected {
                put(buf, x, y, 1, ctx.glyphs.bar, ctx.style(Role::Accent));
            }
            x += 2;
            let mut left = inner.right().saturating_sub(x);
            if *head {
                if let Some(status) = self.links[*index].status {
                    let shown = status_text(status, ctx.glyphs);
                    let used = put(buf, x, y, left, &shown, ctx.style(status_role(status))) + 2;
                    x += used;
                    left = left.saturating_sub(used);
                }
                let role = if selected { Role::Selected } else { Role::Normal };
                let shown = fit(text, usize::from(left), Cut::Tail, ctx.glyphs);
                put(buf, x, y, left, &shown, ctx.style(role));
            } else {
                put(buf, x + 2, y, left.saturating_sub(2), text, ctx.style(Role::Dim));
            }
        }
        if inner.height > 1 {
            let keys = format!(
                "{} open  {} copy  {} copy all  Esc close",
                ctx.keymap.shown(Action::Url),
                ctx.keymap.shown(Action::Copy),
                ctx.keymap.shown(Action::CopyAll)
            );
            put(buf, inner.x, inner.bottom() - 1, inner.width, &keys, ctx.style(Role::Footer));
        }
    }
}
