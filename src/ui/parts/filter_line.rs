//! The filter of a list with the line in which it is typed. It stands in the list's caption, so a filter that holds is
//! always in sight; the rows follow every key.

use crate::filter::Filter;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{caption, liveness};
use crate::parts::text::{put, put_right, width};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(crate) struct FilterLine {
    filter: Filter,
    typing: Option<Typing>,
}

#[derive(Clone, Debug)]
struct Typing {
    input: Input,
    /// What held before, for Esc.
    before: Filter,
    problem: Option<String>,
}

const PROMPT: &str = "/ ";

impl FilterLine {
    pub fn typing(&self) -> bool {
        self.typing.is_some()
    }

    pub fn begin(&mut self) {
        let input = Input::new(self.filter.text());
        self.typing = Some(Typing { input, before: self.filter.clone(), problem: None });
    }

    /// Whether the rows are to be filtered again.
    pub fn typed(&mut self, key: Key) -> bool {
        let Some(typing) = &mut self.typing else {
            return false;
        };
        if Keymap::leaves(key) {
            self.filter = typing.before.clone();
            self.typing = None;
            return true;
        }
        if key.code == KeyCode::Enter {
            self.typing = None;
            return false;
        }
        if !typing.input.typed(key) {
            return false;
        }
        match Filter::parse(typing.input.text()) {
            Ok(filter) => {
                typing.problem = None;
                self.filter = filter;
                true
            }
            Err(problem) => {
                typing.problem = Some(problem);
                false
            }
        }
    }

    pub fn clear(&mut self) {
        self.filter = Filter::default();
    }

    pub fn holds(&self) -> bool {
        !self.filter.is_empty()
    }

    pub fn keeps(&self, fields: &[&str], labels: &[(Arc<str>, Arc<str>)]) -> bool {
        self.filter.keeps(fields, labels)
    }

    /// "7 streams", or "2 of 7 streams, filter: nightly".
    pub fn words(&self, shown: usize, all: usize, noun: &str) -> String {
        let plural = if all == 1 { "" } else { "s" };
        if self.holds() {
            format!("{shown} of {all} {noun}{plural}, filter: {}", self.filter.text())
        } else {
            format!("{all} {noun}{plural}")
        }
    }

    /// The caption of the list: the words, or the line being typed; how live it is on the right.
    pub fn caption(&self, ctx: &Ctx<'_>, area: Rect, y: u16, said: &Said<'_>, buf: &mut Buffer) {
        let Some(typing) = &self.typing else {
            return caption(ctx, area, y, said.words, said.live, said.whom, buf);
        };
        if y >= area.bottom() {
            return;
        }
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let (right, role) = match &typing.problem {
            Some(problem) => (problem.clone(), Role::Warning),
            None => liveness(said.live, said.whom, ctx),
        };
        put_right(buf, inner, y, &right, ctx.style(role), ctx.glyphs);
        put(buf, inner.x, y, inner.width, PROMPT, ctx.style(Role::Key));
        typing.input.view(field(area, y, &right), ctx.style(Role::Input), buf);
    }

    pub fn cursor(&self, ctx: &Ctx<'_>, area: Rect, y: u16, said: &Said<'_>) -> Option<Position> {
        let typing = self.typing.as_ref()?;
        let right = typing.problem.clone().unwrap_or_else(|| liveness(said.live, said.whom, ctx).0);
        Some(typing.input.cursor(field(area, y, &right)))
    }
}

/// What a caption says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub words: &'a str,
    pub live: &'a Live,
    /// Who is asked while it loads.
    pub whom: &'a str,
}

/// Where the text is typed: between the prompt and what stands at the right.
fn field(area: Rect, y: u16, right: &str) -> Rect {
    let taken = 2 + PROMPT.len() as u16 + 2 + width(right) as u16;
    let wide = area.width.saturating_sub(taken).max(area.width.min(8));
    Rect { x: area.x + 1 + PROMPT.len() as u16, y, width: wide, height: 1 }
}
