//! Which channel a release goes to, when several take it: a digit, or Enter on the row.

use crate::channels;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::panel::dialog;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, put};
use crate::parts::when::age;
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{Channel, ReleaseId, StreamName};

#[derive(Debug)]
pub(crate) struct Choice {
    release: ReleaseId,
    channels: Vec<StreamName>,
    at: usize,
}

impl Choice {
    pub fn new(release: ReleaseId, channels: &[&Channel]) -> Choice {
        Choice { release, channels: channels.iter().map(|channel| channel.name.clone()).collect(), at: 0 }
    }

    fn take(&self, index: usize, ctx: &Ctx<'_>) -> Intent {
        match self.channels.get(index) {
            Some(channel) => Intent::Many(vec![Intent::Close, channels::ask(ctx, self.release.clone(), channel)]),
            None => Intent::Stay,
        }
    }
}

impl Overlay for Choice {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        let last = self.channels.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter => return self.take(self.at, ctx),
            KeyCode::Char(digit @ '1'..='9') => return self.take(digit as usize - '1' as usize, ctx),
            KeyCode::Down | KeyCode::Char('j') => self.at = (self.at + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::Char('q') => return Intent::Close,
            _ => {}
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = [
            Column::new("", 1, 1, 0),
            Column::new("", 14, 24, 0),
            Column::new("", 20, 34, 1).cut(Cut::Head),
            Column::new("", 4, 4, 2).right(),
        ];
        let title = format!("Promote {} to", self.release.name);
        let inner = dialog(ctx, area, 70, self.channels.len() as u16 + 2, &title, buf);
        let table = Table::new(&columns, inner.width, ctx.theme, ctx.glyphs);
        let rows = inner.y..inner.bottom().saturating_sub(1);
        for (y, (index, name)) in rows.zip(self.channels.iter().enumerate()) {
            let held = ctx.world.streams.get(name).and_then(|stream| stream.newest());
            let cells = [
                Cell::role((index + 1).to_string(), Role::Key),
                Cell::new(name.as_str()),
                Cell::role(held.map_or_else(String::new, |release| format!("holds {}", release.name)), Role::Dim),
                Cell::role(held.map_or_else(String::new, |release| age(release.created, ctx.now)), Role::Dim),
            ];
            table.row(inner, y, &cells, RowLook { selected: index == self.at, ..RowLook::default() }, buf);
        }
        if inner.height > 1 {
            let words = "a digit or Enter: its plan  Esc no";
            put(buf, inner.x, inner.bottom() - 1, inner.width, words, ctx.style(Role::Footer));
        }
    }
}
