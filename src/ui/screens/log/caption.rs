//! What a log says of itself: how it stands, how much it is, what is searched and kept, and why there is nothing.

use super::{Log, gone, waiting};
use crate::action::Action;
use crate::parts::badge::{status_role, status_text};
use crate::parts::panel;
use crate::parts::text::{Cut, fit, put, width};
use crate::screen::Ctx;
use crate::theme::Role;
use crate::world::{Live, LogSlice, SourceState};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Status;
use weir_log::{LineId, Row};

/// The rows of the log: below the caption and a blank line, above the prompt.
pub(crate) fn body(area: Rect, prompt: bool) -> Rect {
    let above = match area.height {
        0..4 => 0,
        4..12 => 1,
        _ => 2,
    };
    let below = u16::from(prompt).min(area.height - above);
    Rect { y: area.y + above, height: area.height - above - below, ..area }
}

pub(crate) fn view(screen: &Log, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let Some(slice) = screen.slice(ctx).filter(|_| area.height >= 4) else { return };
    let line = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), height: 1, ..area };
    let right = looked_for(screen, slice);
    let shown = fit(&right, usize::from(line.width / 2), Cut::Tail, ctx.glyphs);
    let taken = width(&shown) as u16;
    put(buf, line.right().saturating_sub(taken), line.y, taken, &shown, ctx.style(Role::Match));
    let room = line.width.saturating_sub(if taken > 0 { taken + 2 } else { 0 });
    let between = format!(" {} ", ctx.glyphs.dot);
    let mut used = 0;
    for (text, role) in facts(screen, slice, ctx) {
        // A fact that has no room is left out whole; they stand in the order of their weight.
        if used > 0 && used + width(&between) + width(&text) > usize::from(room) {
            break;
        }
        let lead = if used > 0 { between.as_str() } else { "" };
        for (text, role) in [(lead, Role::Dim), (text.as_str(), role)] {
            let left = usize::from(room).saturating_sub(used);
            let shown = fit(text, left, Cut::Tail, ctx.glyphs);
            used += usize::from(put(buf, line.x + used as u16, line.y, left as u16, &shown, ctx.style(role)));
        }
    }
}

fn facts(screen: &Log, slice: &LogSlice, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let mut facts = Vec::new();
    if let [(_, SourceState::Ended { status, words, .. })] = slice.sources.values().collect::<Vec<_>>()[..] {
        let mut text = status_text(*status, ctx.glyphs);
        if !words.is_empty() && words != status.word() {
            text.push_str(&format!(", {words}"));
        }
        facts.push((text, status_role(*status)));
    }
    let standing = standing(screen, slice, ctx);
    let lost = !matches!(slice.live, Live::Fresh(_));
    facts.extend(lost.then(|| standing.clone()));
    let lines = slice.log.lines().saturating_sub(slice.notes);
    if lines > 0 {
        facts.push((if lines == 1 { "1 line".into() } else { format!("{} lines", grouped(lines)) }, Role::Normal));
        facts.push((size(slice.log.bytes()), Role::Normal));
    }
    facts.extend((!lost).then_some(standing));
    if slice.hidden > 0 {
        facts.push((format!("secrets hidden: {}", slice.hidden), Role::Normal));
    }
    if slice.log.dropped() > 0 {
        facts.push((format!("{} lines dropped", grouped(slice.log.dropped())), Role::Warning));
    }
    if let Some((source, words)) = waiting(slice).filter(|_| lines > 0) {
        facts.push((format!("{} waits: {words}", source.step), Role::Pending));
    }
    facts
}

/// Whether lines still come, and whether the end is in sight.
fn standing(screen: &Log, slice: &LogSlice, ctx: &Ctx<'_>) -> (String, Role) {
    match &slice.live {
        Live::Lost { .. } | Live::Loading | Live::Missing(_) => {
            panel::liveness(&slice.live, screen.id.run.cluster.as_str(), ctx)
        }
        Live::Fresh(_) if gone(slice).is_some() => ("gone".into(), Role::Warning),
        Live::Fresh(_) if slice.complete.is_some() => ("complete".into(), Role::Normal),
        Live::Fresh(_) if screen.follow => ("following".into(), Role::Running),
        Live::Fresh(_) => (format!("held here, {} follows", ctx.keymap.shown(Action::Follow)), Role::Warning),
    }
}

/// "/depsolve 3 of 7", "&error 12 kept".
fn looked_for(screen: &Log, slice: &LogSlice) -> String {
    let mut words = Vec::new();
    if let Some(pattern) = &screen.sifting {
        words.push(format!("&{pattern} filtering"));
    } else if let Some(pattern) = screen.view.pattern() {
        words.push(format!("&{} {} kept", pattern.text(), grouped(screen.view.lines())));
    }
    if let Some(search) = &screen.search {
        let here = match screen.view.row(screen.selected_place()) {
            Some(Row::Line(line)) => slice.log.number(line),
            Some(Row::Heading(section) | Row::Gap(section)) => slice.log.number(LineId { section, index: 0 }),
            None => None,
        };
        words.push(format!("/{} {}", search.pattern.text(), search.words(&slice.log, here)));
    }
    words.join("  ")
}

/// Why there is no row to show.
pub(crate) fn nothing(screen: &Log, slice: Option<&LogSlice>, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let whom = screen.id.run.cluster.as_str();
    // Nobody can be asked for a line of what has not begun.
    let silent = slice.is_none_or(|slice| slice.live == Live::Loading && slice.sources.is_empty());
    if silent && ctx.world.run(&screen.id.run).is_some_and(|run| run.status == Status::Pending) {
        panel::sentence(ctx, area, "No step has begun: the run is pending. Its screen says why.", Role::Pending, buf);
        return;
    }
    let Some(slice) = slice else {
        panel::nothing(ctx, area, &Live::Loading, whom, "", buf);
        return;
    };
    if let Some(words) = gone(slice) {
        panel::sentence(ctx, area, words, Role::Warning, buf);
        return;
    }
    if slice.log.lines() > 0 {
        let text = screen.view.pattern().map_or(String::new(), |pattern| {
            format!(
                "None of {} lines is kept by {}. {} shows them all.",
                grouped(slice.log.lines().saturating_sub(slice.notes)),
                pattern.text(),
                ctx.keymap.shown(Action::Back)
            )
        });
        panel::sentence(ctx, area, &text, Role::Normal, buf);
        return;
    }
    if let Some((source, words)) = waiting(slice) {
        let text = format!("{} waits for its container: {words}", source.title());
        panel::sentence(ctx, area, &text, Role::Pending, buf);
        return;
    }
    let empty = if slice.complete.is_some() { "It ended without a line." } else { "No line yet." };
    panel::nothing(ctx, area, &slice.live, whom, empty, buf);
}

/// "41,207".
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "512 B", "38 kB", "1.2 MB": of what arrived, in thousands.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        1_000_000_000.. => format!("{:.1} GB", bytes as f64 / 1e9),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_read_at_a_glance() {
        assert_eq!([grouped(7), grouped(41_207), grouped(1_000_000)], ["7", "41,207", "1,000,000"]);
        assert_eq!([size(12), size(38_400), size(1_250_000), size(38_000_000)], ["12 B", "38 kB", "1.2 MB", "38 MB"]);
    }

    #[test]
    fn the_body_never_leaves_its_area() {
        for height in 0..40 {
            for prompt in [false, true] {
                let body = body(Rect::new(0, 3, 80, height), prompt);
                assert!(body.y >= 3 && body.bottom() <= 3 + height, "{height} {prompt} {body:?}");
            }
        }
    }
}
