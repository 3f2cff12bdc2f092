//! A release that was promoted to the channel already: what it became, and a new plan only by a key of its own.

use crate::channels;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::panel::dialog;
use crate::parts::text::{put, wrap};
use crate::promoting::Earlier;
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{ReleaseId, StreamName};

const COLUMNS: u16 = 68;

#[derive(Debug)]
pub(crate) struct Promoted {
    release: ReleaseId,
    channel: StreamName,
    earlier: Earlier,
}

impl Promoted {
    pub fn new(release: ReleaseId, channel: StreamName, earlier: Earlier) -> Promoted {
        Promoted { release, channel, earlier }
    }

    /// What it became, and where Enter leads.
    fn leads(&self) -> (&str, Route, &'static str) {
        match &self.earlier {
            Earlier::Goes { object, name } | Earlier::Ended { object, name } => {
                (name, Route::Promote(PromoteFrom::Sent(object.clone())), "its checklist")
            }
            Earlier::Held(held) => (&held.name, Route::Release(held.clone()), "that release"),
        }
    }

    fn lines(&self) -> Vec<String> {
        let (name, ..) = self.leads();
        let said = format!("{} was promoted to {} as {name}.", self.release.name, self.channel);
        wrap(&said, usize::from(COLUMNS))
    }
}

impl Overlay for Promoted {
    fn typed(&mut self, key: Key, _ctx: &Ctx<'_>) -> Intent {
        match key.code {
            _ if Keymap::leaves(key) => Intent::Close,
            KeyCode::Enter => Intent::Many(vec![Intent::Close, Intent::Go(self.leads().1)]),
            KeyCode::Char('n') => {
                Intent::Many(vec![Intent::Close, channels::plan(self.release.clone(), &self.channel)])
            }
            KeyCode::Char('q') => Intent::Close,
            _ => Intent::Stay,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines();
        let inner = dialog(ctx, area, COLUMNS, lines.len() as u16 + 2, "Promoted already", buf);
        for (y, line) in (inner.top()..inner.bottom()).zip(&lines) {
            put(buf, inner.x, y, inner.width, line, ctx.style(Role::Normal));
        }
        if inner.height > 1 {
            let keys = format!("Enter {}  n a new plan all the same  Esc no", self.leads().2);
            put(buf, inner.x, inner.bottom() - 1, inner.width, &keys, ctx.style(Role::Footer));
        }
    }
}
