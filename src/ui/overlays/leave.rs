//! Quitting while something is under way asks once.

use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::panel::dialog;
use crate::parts::text::{put, wrap};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;

#[derive(Debug)]
pub(crate) struct Leave {
    commands: Vec<String>,
    saving: usize,
    /// "4.22.0-okd-scos.ec.7 to 4-scos-next": what weir would stop when a check fails.
    guarded: Vec<String>,
}

impl Leave {
    pub fn new(commands: Vec<String>, saving: usize, guarded: Vec<String>) -> Leave {
        Leave { commands, saving, guarded }
    }

    fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if !self.commands.is_empty() {
            parts.push(format!("{} sent, its answer is not there yet.", self.commands.join(", ")));
        }
        if self.saving > 0 {
            parts.push("A file is being written.".to_string());
        }
        if !self.guarded.is_empty() {
            let (it, goes, run) = match self.guarded.len() {
                1 => ("it", "goes", "its run"),
                _ => ("one", "go", "their runs"),
            };
            parts.push(format!(
                "The promotion of {} {goes} on in the cluster: {run} and all it publishes. Without weir nobody stops {it} \
                 when a check fails. weir looks after it again when it is started on this machine.",
                self.guarded.join(", ")
            ));
        }
        parts.join(" ")
    }
}

impl Overlay for Leave {
    fn typed(&mut self, key: Key, _ctx: &Ctx<'_>) -> Intent {
        if key.code == KeyCode::Enter {
            return Intent::Many(vec![Intent::Close, Intent::Do(vec![Effect::Quit])]);
        }
        if Keymap::leaves(key) || key == Key::char('q') {
            return Intent::Close;
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = wrap(&self.sentence(), 60);
        let inner = dialog(ctx, area, 60, lines.len() as u16 + 2, "Quit now?", buf);
        for (row, line) in (inner.top()..inner.bottom()).zip(&lines) {
            put(buf, inner.x, row, inner.width, line, ctx.style(Role::Normal));
        }
        if let Some(row) = inner.bottom().checked_sub(1).filter(|row| *row >= inner.y) {
            put(buf, inner.x, row, inner.width, "Enter quit  Esc stay", ctx.style(Role::Footer));
        }
    }
}
