//! The rows of a log that are on screen.
//!
//! Invariant: a row is laid out only when it is on screen or decides what is; a line that is longer than the screen is cut
//! to it. `top` is pure, so that the page after a resize is the page a key would have made.

use crate::parts::strip::{Laid, start, strip, wrapped};
use crate::parts::text::{Cut, fit, put, width};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::{Modifier, Style};
use std::ops::Range;
use weir_log::{Item, Kind, Line, Log, Pattern, View, is_trouble};

/// A guess about a line looks no further than this many bytes, and a highlight no further behind what is shown.
const LOOK: usize = 4096;

#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub log: &'a Log,
    pub view: &'a View,
    pub area: Rect,
    pub wrap: bool,
    pub times: bool,
    pub sideways: usize,
}

impl Page<'_> {
    fn height(&self) -> u64 {
        u64::from(self.area.height)
    }

    /// Columns of the numbers, 0 when there is no room for them.
    fn digits(&self) -> u16 {
        if self.area.width < 40 { 0 } else { (self.log.lines().max(1).ilog10() as u16 + 1).max(5) }
    }

    fn times_width(&self) -> u16 {
        if self.times && self.area.width >= 40 { 10 } else { 0 }
    }

    /// Where the text begins, from the left edge.
    fn lead(&self) -> u16 {
        let digits = self.digits();
        2.min(self.area.width) + if digits > 0 { digits + 2 } else { 0 } + self.times_width()
    }

    /// The last column stays free, so that a line that ends there does not look cut.
    fn text_width(&self) -> usize {
        usize::from(self.area.width.saturating_sub(self.lead() + 1))
    }

    fn laid(&self, line: &Line) -> Vec<Laid> {
        let most = usize::from(self.area.height.max(1));
        if self.wrap && line.kind == Kind::Text {
            wrapped(&line.text, self.text_width(), most)
        } else {
            let from = if line.kind == Kind::Text { self.sideways } else { 0 };
            vec![strip(&line.text, from, self.text_width())]
        }
    }

    fn lines_of(&self, item: &Item) -> u64 {
        match item {
            Item::Line(line) if self.wrap => (self.laid(line).len() as u64).max(1),
            _ => 1,
        }
    }

    /// The first row from which on row `last` is still whole on screen.
    fn least(&self, last: u64) -> u64 {
        let from = (last + 1).saturating_sub(self.height());
        if !self.wrap {
            return from;
        }
        let items = self.view.window(self.log, from, (last + 1 - from) as usize);
        let mut left = self.height();
        let mut top = last;
        for (back, item) in items.iter().rev().enumerate() {
            let need = self.lines_of(item);
            if need > left {
                break;
            }
            left -= need;
            top = last.saturating_sub(back as u64);
        }
        top
    }

    /// The first row on screen: as near to `saved` as keeps the selected row on screen and the screen full.
    pub fn top(&self, saved: u64, selected: u64) -> u64 {
        let last = self.view.rows().saturating_sub(1);
        let fullest = self.least(last);
        let least = self.least(selected.min(last));
        saved.clamp(least, selected.max(least)).min(fullest.max(least))
    }

    /// `saved` is the row on top; `u64::MAX` while the end is followed.
    pub fn draw(&self, ctx: &Ctx<'_>, saved: u64, selected: u64, found: Option<&Pattern>, buf: &mut Buffer) {
        let first = self.top(saved, selected);
        let items = self.view.window(self.log, first, usize::from(self.area.height));
        let mut y = self.area.y;
        for (row, item) in (first..).zip(items) {
            if y >= self.area.bottom() {
                break;
            }
            let chosen = row == selected;
            if chosen {
                put(buf, self.area.x, y, self.area.width.min(1), ctx.glyphs.bar, ctx.style(Role::Accent));
            }
            match item {
                Item::Heading { title, hidden, .. } => {
                    let folded = if hidden > 0 { format!(" ({hidden} lines folded)") } else { String::new() };
                    self.ruled(
                        ctx,
                        y,
                        &format!("{title}{folded}"),
                        if chosen { Role::Selected } else { Role::Strong },
                        buf,
                    );
                    y += 1;
                }
                Item::Line(line) if line.kind == Kind::Note => {
                    let words = line.text.trim_matches(['─', ' ']);
                    self.ruled(ctx, y, words, if chosen { Role::Selected } else { Role::Dim }, buf);
                    y += 1;
                }
                // A followed end moves with every line: its bar says enough, and no line is written twice.
                Item::Line(line) => y = self.line(ctx, y, &line, chosen && saved != u64::MAX, found, buf),
            }
        }
    }

    /// Words inside a rule across the page.
    fn ruled(&self, ctx: &Ctx<'_>, y: u16, words: &str, role: Role, buf: &mut Buffer) {
        let room = self.area.width.saturating_sub(3);
        let rule = ctx.glyphs.rule;
        let x = self.area.x + 2.min(self.area.width);
        let shown = fit(words, usize::from(room).saturating_sub(7), Cut::Tail, ctx.glyphs);
        let mut used = put(buf, x, y, room, &rule.repeat(2), ctx.style(Role::Rule));
        used += put(buf, x + used, y, room - used, &format!(" {shown} "), ctx.style(role));
        let rest = usize::from(room - used);
        put(buf, x + used, y, room - used, &rule.repeat(rest), ctx.style(Role::Rule));
    }

    fn line(&self, ctx: &Ctx<'_>, y: u16, line: &Line, chosen: bool, found: Option<&Pattern>, buf: &mut Buffer) -> u16 {
        let left = self.area.x + 2.min(self.area.width);
        let digits = self.digits();
        let trouble = is_trouble(start(&line.text, LOOK));
        if digits > 0 {
            let role = if trouble { Role::Failed } else { Role::Dim };
            let number = format!("{:>wide$}", line.number + 1, wide = usize::from(digits));
            let style = if chosen { ctx.style(role).add_modifier(Modifier::BOLD) } else { ctx.style(role) };
            put(buf, left, y, digits, &number, style);
        }
        if self.times_width() > 0 {
            let time = line.stamp.map_or(String::new(), |stamp| stamp.strftime("%H:%M:%S").to_string());
            put(buf, left + digits + 2, y, 8, &time, ctx.style(Role::Dim));
        }
        let base = ctx.style(Role::Normal);
        let base = if chosen { base.patch(ctx.style(Role::Selected)) } else { base };
        let rows = self.laid(line);
        let seen = rows.last().map_or(0, Laid::end) + LOOK;
        let ink = Ink {
            base,
            cut: ctx.style(Role::Dim),
            hit: ctx.style(if chosen { Role::CurrentMatch } else { Role::Match }),
            hits: found.map_or(Vec::new(), |pattern| pattern.ranges(start(&line.text, seen))),
        };
        let mut y = y;
        for laid in &rows {
            if y >= self.area.bottom() {
                break;
            }
            self.laid_row(Position::new(self.area.x + self.lead(), y), (&line.text, laid), &ink, ctx.glyphs.cut, buf);
            y += 1;
        }
        y
    }

    fn laid_row(&self, at: Position, (text, laid): (&str, &Laid), ink: &Ink, cut: &str, buf: &mut Buffer) {
        let (y, end) = (at.y, self.area.right());
        let mut x = at.x;
        if laid.left {
            x += put(buf, x, y, end.saturating_sub(x), cut, ink.cut);
        }
        for (range, style) in &laid.pieces {
            let start = x;
            x += put(buf, x, y, end.saturating_sub(x), &text[range.clone()], ink.base.patch(*style));
            let first = ink.hits.partition_point(|found| found.end <= range.start);
            for found in ink.hits[first..].iter().take_while(|found| found.start < range.end) {
                let (from, to) = (found.start.max(range.start), found.end.min(range.end));
                let before = width(&text[range.start..from]) as u16;
                put(buf, start + before, y, end.saturating_sub(start + before), &text[from..to], ink.hit);
            }
        }
        if laid.right {
            put(buf, x, y, end.saturating_sub(x), cut, ink.cut);
        }
    }
}

/// How a line is written, and which of its bytes match.
#[derive(Debug)]
struct Ink {
    base: Style,
    cut: Style,
    hit: Style,
    hits: Vec<Range<usize>>,
}
