//! Every action of a row, also those without a key; delete is only here.

use crate::action::{Action, Group};
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::cursor::Cursor;
use crate::parts::panel::dialog;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::put;
use crate::screen::{Ctx, Intent, Offer, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

#[derive(Debug)]
pub(crate) struct Menu {
    offers: Vec<Offer>,
    actions: Vec<Action>,
    cursor: Cursor<Action>,
}

impl Menu {
    /// `None` when the row offers nothing.
    pub fn new(offers: Vec<Offer>) -> Option<Menu> {
        let offers: Vec<Offer> = offers
            .into_iter()
            .filter(|offer| offer.action.entry().group == Group::Row && offer.action != Action::Menu)
            .collect();
        let actions: Vec<Action> = offers.iter().map(|offer| offer.action).collect();
        let mut cursor = Cursor::default();
        cursor.settle(&actions, false);
        (!actions.is_empty()).then_some(Menu { offers, actions, cursor })
    }

    fn choose(&self, action: Action) -> Intent {
        let refusal = self.offers.iter().find(|o| o.action == action).and_then(|o| o.refusal.clone());
        match refusal {
            Some(why) => Intent::Say(format!("{}: {why}", action.entry().hint)),
            None => Intent::Many(vec![Intent::Close, Intent::Act(action)]),
        }
    }
}

impl Overlay for Menu {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        if key.code == KeyCode::Enter {
            return self.cursor.id().map_or(Intent::Stay, |action| self.choose(*action));
        }
        match ctx.keymap.action(key) {
            Some(Action::Menu | Action::Quit) => Intent::Close,
            Some(action) if self.cursor.step(action, &self.actions, 10) => Intent::Stay,
            Some(action) if self.actions.contains(&action) => self.choose(action),
            _ => Intent::Stay,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = [Column::new("", 9, 9, 0), Column::new("", 6, 9, 1), Column::new("", 20, 56, 2)];
        let inner = dialog(ctx, area, 76, self.offers.len() as u16 + 2, "Actions", buf);
        let table = Table::new(&columns, inner.width, ctx.theme, ctx.glyphs);
        let room = usize::from(inner.height.saturating_sub(2));
        let window = self.cursor.window(self.offers.len(), room);
        for (row, index) in (inner.y..).zip(window) {
            let offer = &self.offers[index];
            let entry = offer.action.entry();
            let (role, words) = match &offer.refusal {
                Some(why) => (Role::Dim, why.as_str()),
                None => (Role::Normal, entry.sentence),
            };
            let name = if offer.refusal.is_none() && offer.action == Action::Delete { Role::Danger } else { role };
            let cells = [
                Cell::role(entry.name, name),
                Cell::role(ctx.keymap.shown(offer.action), Role::Key),
                Cell::role(words, role),
            ];
            let look = RowLook { selected: self.cursor.at(index), ..RowLook::default() };
            table.row(inner, row, &cells, look, buf);
        }
        if inner.height > 1 {
            put(buf, inner.x, inner.bottom() - 1, inner.width, "Enter do it  Esc close", ctx.style(Role::Footer));
        }
    }
}
