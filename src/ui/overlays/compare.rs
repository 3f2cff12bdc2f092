//! What a payload is compared with: the marked one, what a channel holds, what was accepted before it, or one read before.

use crate::action::Action;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::cursor::Cursor;
use crate::parts::panel::dialog;
use crate::parts::table::{Cell, Column, RowLook, Table};
use crate::parts::text::{Cut, put};
use crate::route::Route;
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::ImageRef;

#[derive(Debug)]
struct Choose {
    to: ImageRef,
    /// What it is, its name, the image.
    choices: Vec<(String, String, ImageRef)>,
    images: Vec<ImageRef>,
    cursor: Cursor<ImageRef>,
}

/// Asks what to compare with; says so when there is nothing.
pub(crate) fn open(to: &ImageRef, ctx: &Ctx<'_>) -> Intent {
    let choices = choices(to, ctx);
    if choices.is_empty() {
        let mark = ctx.keymap.shown(Action::Mark);
        return Intent::Say(format!("nothing to compare with: {mark} marks a payload, then compare another"));
    }
    let images: Vec<ImageRef> = choices.iter().map(|(.., image)| image.clone()).collect();
    let mut cursor = Cursor::default();
    cursor.settle(&images, false);
    Intent::Ask(Box::new(Choose { to: to.clone(), choices, images, cursor }))
}

fn choices(to: &ImageRef, ctx: &Ctx<'_>) -> Vec<(String, String, ImageRef)> {
    let world = ctx.world;
    let named = |image: &ImageRef| match world.payloads.get(image).and_then(|payload| payload.known()) {
        Some(payload) => payload.name.to_string(),
        None => image.tag.as_deref().map_or_else(|| image.to_string(), String::from),
    };
    let mut found: Vec<(String, String, ImageRef)> = Vec::new();
    let mut add = |what: String, name: String, image: ImageRef| {
        if image != *to && !found.iter().any(|(.., other)| *other == image) {
            found.push((what, name, image));
        }
    };
    if let Some(base) = &world.base {
        add("marked".into(), named(base), base.clone());
    }
    for detail in world.release_details.values().filter_map(|kept| kept.value.as_deref()) {
        let own = detail.release.pull_spec.parse::<ImageRef>().is_ok_and(|image| image == *to);
        if let Some(before) = detail.accepted_before.as_deref().filter(|_| own) {
            add("accepted before it".into(), before.to_string(), to.with_tag(before));
        }
    }
    for stream in world.streams.values() {
        let channel = stream.channel() || ctx.settings.channels.iter().any(|channel| channel.name == stream.name);
        if let Some(release) = stream.newest_accepted().filter(|_| channel)
            && let Ok(image) = release.pull_spec.parse()
        {
            add(format!("{} holds", stream.name), release.name.to_string(), image);
        }
    }
    for (image, payload) in &world.payloads {
        if payload.known().is_some() {
            add("read before".into(), named(image), image.clone());
        }
    }
    found
}

impl Overlay for Choose {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Close;
        }
        if key.code == KeyCode::Enter {
            let to = self.to.clone();
            return self.cursor.id().map_or(Intent::Stay, |from| Intent::Go(Route::Diff { from: from.clone(), to }));
        }
        match ctx.keymap.action(key) {
            Some(Action::Quit | Action::Compare) => Intent::Close,
            Some(action) => {
                self.cursor.step(action, &self.images, 10);
                Intent::Stay
            }
            None => Intent::Stay,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = [Column::new("", 18, 26, 0), Column::new("", 20, 52, 0).cut(Cut::Head)];
        let inner = dialog(ctx, area, 76, self.choices.len() as u16 + 2, "Compare with", buf);
        let table = Table::new(&columns, inner.width, ctx.theme, ctx.glyphs);
        let room = usize::from(inner.height.saturating_sub(2));
        for (y, index) in (inner.y..).zip(self.cursor.window(self.choices.len(), room)) {
            let (what, name, _) = &self.choices[index];
            let look = RowLook { selected: self.cursor.at(index), ..RowLook::default() };
            table.row(inner, y, &[Cell::role(what, Role::Dim), Cell::new(name)], look, buf);
        }
        if inner.height > 1 {
            put(buf, inner.x, inner.bottom() - 1, inner.width, "Enter compare  Esc close", ctx.style(Role::Footer));
        }
    }
}
