//! The one line at the bottom: the keys that do something here and now, or what weir has to say.

use crate::action::Action;
use crate::parts::text::{Cut, fit, put, width};
use crate::screen::{Ctx, Offer};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

/// No more than these, whatever the room.
const MOST: usize = 8;

pub(crate) fn view(
    ctx: &Ctx<'_>,
    offers: Option<&[Offer]>,
    saying: Option<&str>,
    typing: Option<&[(String, &'static str)]>,
    area: Rect,
    buf: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let room = area.width.saturating_sub(2);
    if let Some(words) = saying {
        let shown = fit(words, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, area.x + 1, area.y, room, &shown, ctx.style(Role::Strong));
        return;
    }
    let Some(offers) = offers else {
        return;
    };
    let pieces: Vec<(String, String, Option<String>)> = if let Some(typed) = typing {
        typed.iter().map(|(key, hint)| (key.clone(), hint.to_string(), None)).collect()
    } else {
        offers
            .iter()
            .filter(|offer| offer.action != Action::Help && !ctx.keymap.keys(offer.action).is_empty())
            .take(MOST)
            .map(|offer| {
                let hint = offer.hint().to_string();
                (ctx.keymap.shown(offer.action), hint, offer.refusal.clone())
            })
            .collect()
    };
    let help = typing.is_none().then(|| (ctx.keymap.shown(Action::Help), Action::Help.entry().hint.to_string(), None));
    let size = |(key, hint, refusal): &(String, String, Option<String>)| {
        width(key) + 1 + width(hint) + refusal.as_ref().map_or(0, |why| width(why) + 3)
    };
    let reserved = help.as_ref().map_or(0, |help| size(help) + 2);
    let mut used = 0usize;
    let mut shown = Vec::new();
    for piece in pieces {
        // A reason that does not fit is left to the moment the key is pressed.
        let short = (piece.0.clone(), piece.1.clone(), None);
        let dim = piece.2.is_some();
        let fitting = [piece, short].into_iter().find(|p| used + size(p) + 2 + reserved <= usize::from(room) + 2);
        let Some(piece) = fitting else { break };
        used += size(&piece) + 2;
        shown.push((piece, dim));
    }
    shown.extend(help.map(|help| (help, false)));
    let mut x = area.x + 1;
    for ((key, hint, why), refused) in shown {
        let left = (area.x + 1 + room).saturating_sub(x);
        let (key_role, hint_role) = if refused { (Role::Dim, Role::Dim) } else { (Role::Key, Role::Footer) };
        x += put(buf, x, area.y, left, &key, ctx.style(key_role)) + 1;
        let left = (area.x + 1 + room).saturating_sub(x);
        let text = why.map_or(hint.clone(), |why| format!("{hint} ({why})"));
        x += put(buf, x, area.y, left, &text, ctx.style(hint_role)) + 2;
    }
}
