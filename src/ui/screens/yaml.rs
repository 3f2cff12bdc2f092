//! A run's object as YAML, secrets hidden, to read, search and copy.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel;
use crate::parts::strip::strip;
use crate::parts::text::{put, put_right, width};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::theme::Role;
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::Style;
use regex::{Regex, RegexBuilder};
use std::ops::Range;
use weir_domain::{ClusterName, Namespace, RunId, Watch, text, yaml};

const SIDEWAYS: usize = 16;

#[derive(Debug)]
pub(crate) struct Yaml {
    id: RunId,
    lines: Vec<String>,
    at: usize,
    top: usize,
    sideways: usize,
    typing: Option<Input>,
    search: Option<Regex>,
    /// Lines that match, ascending.
    hits: Vec<usize>,
}

impl Yaml {
    pub fn new(id: RunId) -> Yaml {
        Yaml { id, lines: Vec::new(), at: 0, top: 0, sideways: 0, typing: None, search: None, hits: Vec::new() }
    }

    fn live(&self, world: &World) -> Live {
        world.details.get(&self.id).map_or(Live::Loading, |kept| kept.live.clone())
    }

    /// Smart case: a pattern with a capital letter means it.
    fn look_for(&mut self, pattern: &str) -> Result<(), String> {
        let sensitive = pattern.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(pattern).case_insensitive(!sensitive).size_limit(1 << 20).build();
        self.search = Some(built.map_err(|_| format!("`{pattern}` is not a regular expression"))?);
        self.find();
        Ok(())
    }

    fn find(&mut self) {
        let Some(search) = &self.search else { return };
        let found = self.lines.iter().enumerate().filter(|(_, line)| search.is_match(line));
        self.hits = found.map(|(at, _)| at).collect();
    }

    fn seek(&mut self, forward: bool, area: Rect) -> Intent {
        let hit = if forward {
            self.hits.iter().find(|hit| **hit > self.at).or(self.hits.first())
        } else {
            self.hits.iter().rev().find(|hit| **hit < self.at).or(self.hits.last())
        };
        match hit {
            Some(hit) => {
                self.go(*hit, area);
                Intent::Stay
            }
            None if self.search.is_some() => Intent::Say("no line matches".into()),
            None => Intent::Say("nothing is searched for yet".into()),
        }
    }

    fn go(&mut self, to: usize, area: Rect) {
        self.at = to.min(self.lines.len().saturating_sub(1));
        self.top = self.window(body(area)).start;
    }

    fn window(&self, body: Rect) -> Range<usize> {
        let height = usize::from(body.height);
        if height == 0 || self.lines.is_empty() {
            return 0..0;
        }
        let least = (self.at + 1).saturating_sub(height);
        let top = self.top.clamp(least, self.at.max(least)).min(self.lines.len().saturating_sub(height));
        top..(top + height).min(self.lines.len())
    }
}

/// Below the caption.
fn body(area: Rect) -> Rect {
    let above = u16::from(area.height > 2);
    Rect { y: area.y + above, height: area.height - above, ..area }
}

/// The caption's left part, where a search is typed.
fn field(area: Rect) -> Rect {
    Rect { x: area.x + 3.min(area.width), width: area.width.saturating_sub(3) / 2, height: area.height.min(1), ..area }
}

impl Screen for Yaml {
    fn title(&self, _world: &World) -> String {
        format!("{} › YAML", self.id.name)
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Detail(self.id.clone())]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if !touched.run(&self.id) {
            return;
        }
        let Some(detail) = ctx.world.detail(&self.id) else { return };
        self.lines = yaml::text(&detail.object).lines().map(|line| text::clean_line(line).into_owned()).collect();
        self.at = self.at.min(self.lines.len().saturating_sub(1));
        self.find();
    }

    fn typing(&self) -> bool {
        self.typing.is_some()
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        let Some(input) = &mut self.typing else { return Intent::Pass };
        if Keymap::leaves(key) {
            self.typing = None;
            return Intent::Stay;
        }
        if key.code != KeyCode::Enter {
            input.typed(key);
            return Intent::Stay;
        }
        let pattern = input.text().to_string();
        if pattern.is_empty() {
            self.typing = None;
            self.search = None;
            self.hits.clear();
            return Intent::Stay;
        }
        match self.look_for(&pattern) {
            Ok(()) => {
                self.typing = None;
                if self.hits.contains(&self.at) { Intent::Stay } else { self.seek(true, ctx.area) }
            }
            Err(why) => Intent::Say(why),
        }
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let some = |action| {
            if self.lines.is_empty() {
                Offer::refused(
                    action,
                    format!("asking {}", ctx.world.endpoint(&self.id.cluster).map_or("", |e| &e.name)),
                )
            } else {
                Offer::ready(action)
            }
        };
        let mut offers = Vec::new();
        if self.search.is_some() {
            offers.extend([some(Action::NextMatch), some(Action::PreviousMatch)]);
        }
        offers.extend([some(Action::Filter), some(Action::CopyAll), some(Action::Save), some(Action::Copy)]);
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let page = usize::from(body(ctx.area).height).max(1);
        let to = match action {
            Action::Down => self.at + 1,
            Action::Up => self.at.saturating_sub(1),
            Action::HalfDown => self.at + (page / 2).max(1),
            Action::HalfUp => self.at.saturating_sub((page / 2).max(1)),
            Action::PageDown => self.at + page,
            Action::PageUp => self.at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            Action::Left => {
                self.sideways = self.sideways.saturating_sub(SIDEWAYS);
                return Intent::Stay;
            }
            Action::Right => {
                self.sideways += SIDEWAYS;
                return Intent::Stay;
            }
            Action::Filter => {
                self.typing = Some(Input::default());
                return Intent::Stay;
            }
            Action::NextMatch => return self.seek(true, ctx.area),
            Action::PreviousMatch => return self.seek(false, ctx.area),
            Action::Copy => return Intent::Do(vec![Effect::Copy(self.id.name.to_string())]),
            Action::CopyAll => return Intent::Do(vec![Effect::Copy(self.lines.join("\n"))]),
            Action::Save => {
                let name = format!("{}.yaml", self.id.name);
                return Intent::Do(vec![Effect::SaveText { name, text: format!("{}\n", self.lines.join("\n")) }]);
            }
            Action::Back if self.search.is_some() => {
                self.search = None;
                self.hits.clear();
                return Intent::Stay;
            }
            _ => return Intent::Pass,
        };
        self.go(to, ctx.area);
        Intent::Stay
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        Some((self.id.cluster.clone(), self.id.namespace.clone()))
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let live = self.live(ctx.world);
        let whom = self.id.cluster.as_str();
        let body = body(area);
        if self.lines.is_empty() {
            panel::nothing(ctx, body, &live, whom, "The object is empty.", buf);
            return;
        }
        if body.y > area.y {
            self.caption(ctx, area, &live, buf);
        }
        let dim = !matches!(live, Live::Fresh(_));
        for (y, at) in (body.y..).zip(self.window(body)) {
            self.line(ctx, Rect { y, height: 1, ..body }, at, dim, buf);
        }
    }

    fn cursor(&self, _ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.typing.as_ref().map(|input| input.cursor(field(area)))
    }
}

impl Yaml {
    fn caption(&self, ctx: &Ctx<'_>, area: Rect, live: &Live, buf: &mut Buffer) {
        if let Some(input) = &self.typing {
            put(buf, area.x + 1, area.y, area.width.saturating_sub(1), "/", ctx.style(Role::Key));
            input.view(field(area), ctx.style(Role::Input), buf);
            return;
        }
        let words = format!("{}/{} {} {} lines", self.id.cluster, self.id.namespace, ctx.glyphs.dot, self.lines.len());
        let words = match &self.search {
            None => words,
            Some(search) => {
                let here = self.hits.iter().position(|hit| *hit == self.at);
                let found = match (here, self.hits.len()) {
                    (_, 0) => "no match".to_string(),
                    (Some(here), all) => format!("{} of {all}", here + 1),
                    (None, all) => format!("{all} found"),
                };
                format!("{words} {} /{} {found}", ctx.glyphs.dot, search.as_str())
            }
        };
        panel::caption(ctx, area, area.y, &words, live, self.id.cluster.as_str(), buf);
    }

    fn line(&self, ctx: &Ctx<'_>, area: Rect, at: usize, dim: bool, buf: &mut Buffer) {
        let line = &self.lines[at];
        let chosen = at == self.at;
        if chosen {
            put(buf, area.x, area.y, area.width.min(1), ctx.glyphs.bar, ctx.style(Role::Accent));
        }
        let start = area.x + 2.min(area.width);
        let room = area.width.saturating_sub(3);
        let laid = strip(line, self.sideways, usize::from(room));
        let mut x = start;
        let cut = ctx.style(Role::Dim);
        if laid.left {
            x += put(buf, x, area.y, room, ctx.glyphs.cut, cut);
        }
        let plain = ctx.style(match (dim, chosen) {
            (true, _) => Role::Dim,
            (false, true) => Role::Selected,
            (false, false) => Role::Normal,
        });
        let key = if dim { plain } else { plain.patch(ctx.style(Role::Accent)) };
        for (range, _) in &laid.pieces {
            let split = key_end(line).clamp(range.start, range.end);
            x += put(buf, x, area.y, area.right().saturating_sub(x), &line[range.start..split], key);
            x += put(buf, x, area.y, area.right().saturating_sub(x), &line[split..range.end], plain);
            let from = x.saturating_sub(width(&line[range.clone()]) as u16);
            let hit = ctx.style(if chosen { Role::CurrentMatch } else { Role::Match });
            self.highlight(line, range, Position::new(from, area.y), hit, buf);
        }
        if laid.right {
            put_right(buf, Rect { width: room + 2, ..area }, area.y, ctx.glyphs.cut, cut, ctx.glyphs);
        }
    }

    fn highlight(&self, line: &str, shown: &Range<usize>, at: Position, style: Style, buf: &mut Buffer) {
        let Some(search) = &self.search else { return };
        for found in search.find_iter(line).filter(|found| found.start() < shown.end && found.end() > shown.start) {
            let (from, to) = (found.start().max(shown.start), found.end().min(shown.end));
            let before = width(&line[shown.start..from]) as u16;
            put(buf, at.x + before, at.y, u16::MAX, &line[from..to], style);
        }
    }
}

/// Where the key of a YAML line ends, its colon included; 0 when there is none.
fn key_end(line: &str) -> usize {
    let body = line.trim_start_matches([' ', '-']);
    let lead = line.len() - body.len();
    match body.find(':') {
        Some(colon)
            if !body[..colon].contains([' ', '"', '\''])
                && matches!(body.as_bytes().get(colon + 1), None | Some(b' ')) =>
        {
            lead + colon + 1
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::key_end;

    #[test]
    fn the_key_of_a_line_is_told_from_its_value() {
        assert_eq!(key_end("    - name: version"), 11);
        assert_eq!(key_end("spec:"), 5);
        assert_eq!(key_end("      echo https://example.com"), 0);
        assert_eq!(key_end("  plain text"), 0);
    }
}
