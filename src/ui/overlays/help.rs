//! The keys and what they do: first what is offered here, then all of the table.

use crate::action::{Action, ENTRIES, Group};
use crate::keymap::Keymap;
use crate::message::Key;
use crate::parts::panel::dialog;
use crate::parts::text::{Cut, fit, put};
use crate::screen::{Ctx, Intent, Offer, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Namespace;

#[derive(Debug)]
pub(crate) struct Help {
    offers: Vec<Offer>,
    /// The namespaces on the digits from 1 on.
    numbered: Vec<Namespace>,
    top: usize,
}

struct Line {
    keys: String,
    words: String,
    role: Role,
}

impl Help {
    pub fn new(offers: Vec<Offer>, numbered: Vec<Namespace>) -> Help {
        Help { offers, numbered, top: 0 }
    }

    fn lines(&self, ctx: &Ctx<'_>) -> Vec<Line> {
        let keys = |action: Action| {
            let all: Vec<String> = ctx.keymap.keys(action).iter().map(Key::to_string).collect();
            if all.is_empty() { format!(":{}", action.name()) } else { all.join(" ") }
        };
        let title = |text: &str| Line { keys: text.to_string(), words: String::new(), role: Role::Strong };
        let blank = || Line { keys: String::new(), words: String::new(), role: Role::Normal };
        let mut lines = vec![title("Here")];
        for offer in &self.offers {
            let entry = offer.action.entry();
            lines.push(match &offer.refusal {
                None => Line { keys: keys(offer.action), words: entry.sentence.into(), role: Role::Normal },
                Some(why) => Line { keys: keys(offer.action), words: format!("Not now: {why}."), role: Role::Dim },
            });
        }
        for group in Group::ALL {
            lines.push(blank());
            lines.push(title(group.title()));
            for entry in ENTRIES.iter().filter(|entry| entry.group == group) {
                let words = match entry.action.digit() {
                    None | Some(0) => entry.sentence.to_string(),
                    Some(digit) => match self.numbered.get(digit - 1) {
                        Some(namespace) => format!("Show only {namespace}."),
                        None => continue,
                    },
                };
                lines.push(Line { keys: keys(entry.action), words, role: Role::Normal });
            }
        }
        lines.push(blank());
        lines.push(title("Typed after :"));
        for (text, words) in [
            ("ctx NAME", "Show only one cluster, or connect to it."),
            ("ns NAME", "Show only one namespace."),
            ("theme NAME", "Another look."),
            ("q", "Quit."),
        ] {
            lines.push(Line { keys: format!(":{text}"), words: words.into(), role: Role::Normal });
        }
        lines
    }

    fn room(area: Rect) -> usize {
        usize::from(area.height.saturating_sub(3)).max(1)
    }
}

impl Overlay for Help {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        let action = ctx.keymap.action(key);
        if Keymap::leaves(key) || matches!(action, Some(Action::Help | Action::Quit | Action::Open)) {
            return Intent::Close;
        }
        let page = Help::room(ctx.area);
        let last = self.lines(ctx).len().saturating_sub(page);
        self.top = match action {
            Some(Action::Down) => self.top + 1,
            Some(Action::Up) => self.top.saturating_sub(1),
            Some(Action::PageDown | Action::HalfDown) => self.top + page / 2,
            Some(Action::PageUp | Action::HalfUp) => self.top.saturating_sub(page / 2),
            Some(Action::Top) => 0,
            Some(Action::Bottom) => last,
            _ => self.top,
        }
        .min(last);
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(ctx);
        let inner = dialog(ctx, area, 90.min(area.width.saturating_sub(4)), area.height, "Keys", buf);
        let room = usize::from(inner.height.saturating_sub(1));
        let top = self.top.min(lines.len().saturating_sub(room));
        for (row, line) in (inner.y..).zip(lines.iter().skip(top).take(room)) {
            if line.words.is_empty() {
                put(buf, inner.x, row, inner.width, &line.keys, ctx.style(line.role));
                continue;
            }
            let keys_wide = inner.width.min(16);
            let role = if line.role == Role::Dim { Role::Dim } else { Role::Key };
            put(buf, inner.x, row, keys_wide.saturating_sub(1), &line.keys, ctx.style(role));
            let left = inner.width - keys_wide;
            let words = fit(&line.words, usize::from(left), Cut::Tail, ctx.glyphs);
            put(buf, inner.x + keys_wide, row, left, &words, ctx.style(line.role));
        }
        if inner.height > 0 {
            let more = if top + room < lines.len() { "j more  " } else { "" };
            put(buf, inner.x, inner.bottom() - 1, inner.width, &format!("{more}Esc close"), ctx.style(Role::Footer));
        }
    }
}
