//! What was sent, as a checklist that fills in: the run, each check behind it, what is public already, and the alarm on top.

use super::lines::{Line, Piece, plain};
use super::plan::{head_lines as plan_head, indented};
use super::{Promote, Row, face, words};
use crate::action::Action;
use crate::parts::badge::{status_role, status_text};
use crate::parts::panel::{heading, liveness, nothing, sentence};
use crate::parts::text::{put, put_right, width, wrap};
use crate::parts::when::{clock, exact};
use crate::screen::{Ctx, Offer};
use crate::theme::Role;
use crate::world::Live;
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::promotion::{Check, CheckState, Ending};
use weir_domain::{Promotion, RunId, age_text};

/// What was taken is looked for so long before it counts as missing, in seconds.
const PATIENCE: i64 = 15;

/// Before a check's evidence.
const INDENT: usize = 24;

pub(super) fn rows(promotion: &Promotion) -> Vec<Row> {
    promotion.checks.iter().map(|check| Row::Check(check.id)).collect()
}

pub(super) fn offers(screen: &Promote, ctx: &Ctx<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    if !screen.rows.is_empty() {
        offers.push(Offer::ready(Action::Open));
    }
    if let Some(run) = screen.run(ctx) {
        offers.push(Offer::of(Action::Log, ctx.may(Action::Log, &run.cluster, &run.namespace)));
        let ended =
            screen.promotion(ctx.world).and_then(|promotion| promotion.status).filter(|status| status.finished());
        offers.push(Offer::of(
            Action::Cancel,
            match ended {
                Some(status) => Err(format!("it has ended: {}", status.word())),
                None => ctx.may(Action::Cancel, &run.cluster, &run.namespace),
            },
        ));
        offers.push(Offer::ready(Action::Yaml));
    }
    offers.extend([Action::Ledger, Action::Refresh, Action::Copy, Action::CopyAll, Action::Back].map(Offer::ready));
    offers
}

fn sign(check: &Check, ctx: &Ctx<'_>) -> (&'static str, &'static str, Role) {
    match check.state {
        CheckState::Waiting { .. } => (ctx.glyphs.pending, "waiting", Role::Pending),
        CheckState::Good => (ctx.glyphs.ok, "good", Role::Ok),
        CheckState::Bad => (ctx.glyphs.failed, "bad", Role::Failed),
        CheckState::Unknown => (ctx.glyphs.unknown, "unknown", Role::Warning),
        CheckState::NotApplicable => (ctx.glyphs.skipped, "n/a", Role::Dim),
    }
}

/// "waiting since 14:02: the run has not ended"
fn evidence(check: &Check, ctx: &Ctx<'_>) -> String {
    match check.state {
        CheckState::Waiting { since } => {
            let since = format!("waiting since {}", clock(since, ctx.now, ctx.settings));
            if check.evidence.is_empty() { since } else { format!("{since}: {}", check.evidence) }
        }
        _ => check.evidence.clone(),
    }
}

/// One check in full.
pub(super) fn whole(check: &Check, ctx: &Ctx<'_>) -> String {
    let asked =
        check.at.map_or_else(|| "not answered yet".into(), |at| format!("answered {}", exact(at, ctx.settings)));
    format!("{}: {}\n\n{}\n{asked}", check.id.key(), sign(check, ctx).1, evidence(check, ctx))
}

/// All of it as text, for the clipboard.
pub(super) fn text(promotion: &Promotion, ctx: &Ctx<'_>) -> String {
    let mut text = format!(
        "{} {}\n→ {} as {}\nplan {}, sent {}\n",
        promotion.from.release.name,
        promotion.from.digest,
        promotion.channel,
        promotion.name,
        promotion.plan,
        exact(promotion.sent, ctx.settings)
    );
    text.extend(promotion.alarm.iter().map(|alarm| format!("alarm: {alarm}\n")));
    for check in &promotion.checks {
        text.push_str(&format!("{:<8}{:<11}{}\n", sign(check, ctx).1, check.id.key(), evidence(check, ctx)));
    }
    text.extend(promotion.public.iter().map(|public| format!("public: {public}\n")));
    text.trim_end().to_string()
}

pub(super) fn draw(screen: &Promote, object: &RunId, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let kept = ctx.world.promotions.get(object);
    let live = kept.map_or(Live::Loading, |kept| kept.live.clone());
    let Some(promotion) = screen.promotion(ctx.world) else {
        unseen(screen, object, &live, ctx, area, buf);
        return;
    };
    let head = head_lines(promotion, &live, ctx, area.width);
    let bottom = bottom_lines(screen, promotion, &live, ctx, area.width);
    let top = (head.len() as u16).min(area.height.saturating_sub(3));
    face::draw(&head[..usize::from(top)], None, false, ctx, Rect { height: top, ..area }, buf);
    let below = (bottom.len() as u16).min(area.height.saturating_sub(top + 4));
    let list = Rect { y: area.y + top, height: area.height - top - below, ..area };
    if list.height == 0 {
        return;
    }
    let (right, role) = liveness(&live, object.cluster.as_str(), ctx);
    let inner = Rect { x: list.x + 1, width: list.width.saturating_sub(2), ..list };
    let used = put_right(buf, inner, list.y, &right, ctx.style(role), ctx.glyphs);
    heading(
        ctx,
        Rect { width: list.width.saturating_sub(used + 2), ..list },
        list.y,
        "CHECKS",
        &promotion.tally(),
        buf,
    );
    let rows = Rect { y: list.y + 1, height: list.height - 1, ..list };
    let old = matches!(live, Live::Lost { .. } | Live::Missing(_));
    let selected = screen.cursor.id().copied();
    let lines = check_lines(promotion, selected, ctx, rows);
    face::draw(&lines, selected, old, ctx, rows, buf);
    for (y, (text, role)) in (list.bottom()..area.bottom()).zip(&bottom) {
        put(buf, area.x + 1, y, area.width.saturating_sub(2), text, ctx.style(*role));
    }
}

/// It was sent, and nothing of it is seen yet, or any more.
fn unseen(screen: &Promote, object: &RunId, live: &Live, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let mut head = if screen.plan.is_some() { plan_head(screen, area.width) } else { Vec::new() };
    head.push(plain(format!(" sent: {}", object.name), Role::Strong));
    let top = (head.len() as u16).min(area.height);
    face::draw(&head[..usize::from(top)], None, false, ctx, Rect { height: top, ..area }, buf);
    let area = Rect { y: area.y + top, height: area.height - top, ..area };
    let below = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
    let young = |at: Timestamp| ctx.now.as_second() - at.as_second() < PATIENCE;
    if matches!(live, Live::Missing(_)) && screen.taken.is_some_and(young) {
        sentence(ctx, below, &format!("taken; its checks begin{}", ctx.glyphs.cut), Role::Pending, buf);
        return;
    }
    nothing(ctx, below, live, object.cluster.as_str(), "", buf);
    let Live::Missing(_) = live else { return };
    let Some(plan) = &screen.plan else { return };
    let places = words::places(&plan.channel, &plan.name, &plan.object);
    let room = usize::from(area.width.saturating_sub(3)).max(8);
    let said = std::iter::once("Outcome unknown. Look at:".to_string()).chain(places);
    let lines = said.flat_map(|text| wrap(&text, room));
    for (y, line) in (area.y + 4..area.bottom()).zip(lines) {
        put(buf, area.x + 2, y, area.width.saturating_sub(3), &line, ctx.style(Role::Normal));
    }
}

fn head_lines(promotion: &Promotion, live: &Live, ctx: &Ctx<'_>, columns: u16) -> Vec<Line> {
    let room = usize::from(columns.saturating_sub(4)).max(8);
    let mut lines = Vec::new();
    if let Some(alarm) = &promotion.alarm {
        for (index, part) in wrap(alarm, room).into_iter().enumerate() {
            let sign = if index == 0 { ctx.glyphs.failed } else { " " };
            lines.push(plain(format!(" {sign} {part}"), Role::Danger));
        }
    }
    if matches!(live, Live::Missing(_)) {
        let gone = format!(" {} the run is gone: outcome unknown. What was seen last:", ctx.glyphs.lost);
        lines.push(plain(gone, Role::Danger));
    }
    let name = &promotion.from.release.name;
    let digest = promotion.from.digest.short();
    let mut from = plain(format!(" {name}"), Role::Strong);
    if width(name) + width(&digest) + 4 <= usize::from(columns) {
        from.extend(plain(format!("  {digest}"), Role::Dim));
    }
    lines.push(from);
    let mut to = plain(format!("   → {} as ", promotion.channel), Role::Normal);
    to.extend(plain(promotion.name.clone(), Role::Strong));
    lines.push(to);
    let sent = clock(promotion.sent, ctx.now, ctx.settings);
    let age = age_text(promotion.sent, ctx.now);
    lines.push(plain(format!(" plan {}, sent at {sent}, {age} ago", promotion.plan), Role::Dim));
    if let Some(status) = promotion.status {
        let mut run = plain(" RUN  ", Role::Strong);
        run.extend(plain(format!("{:<11} ", status_text(status, ctx.glyphs)), status_role(status)));
        run.extend(plain(promotion.object.name.to_string(), Role::Normal));
        lines.push(run);
    }
    lines.push(Line::new());
    lines
}

/// The selected check's evidence is told whole; that of the others too, as far as empty lines are left, the bad ones first.
fn check_lines(promotion: &Promotion, selected: Option<Row>, ctx: &Ctx<'_>, area: Rect) -> Vec<Line> {
    let room = usize::from(area.width).saturating_sub(INDENT + 1).max(8);
    let said: Vec<Vec<String>> = promotion.checks.iter().map(|check| wrap(&evidence(check, ctx), room)).collect();
    let mut order: Vec<usize> = (0..said.len()).collect();
    order.sort_by_key(|at| {
        let check = &promotion.checks[*at];
        (selected != Some(Row::Check(check.id)), check.state != CheckState::Bad)
    });
    let mut left = usize::from(area.height).saturating_sub(said.len());
    let mut whole = vec![false; said.len()];
    for at in order {
        let more = said[at].len().saturating_sub(1);
        whole[at] = more <= left || selected == Some(Row::Check(promotion.checks[at].id));
        if whole[at] {
            left = left.saturating_sub(more);
        }
    }
    let mut lines = Vec::new();
    for ((check, mut parts), whole) in promotion.checks.iter().zip(said).zip(whole) {
        let row = Row::Check(check.id);
        if !whole {
            parts = vec![parts.join(" ")];
        }
        let (glyph, word, role) = sign(check, ctx);
        for (index, part) in parts.into_iter().enumerate() {
            let head = match index {
                0 => format!(" {glyph} {word:<9}{:<12}", check.id.key()),
                _ => " ".repeat(INDENT),
            };
            let text = Piece { text: part, role: Role::Normal, row: None };
            lines.push(vec![Piece { text: head, role, row: (index == 0).then_some(row) }, text]);
        }
    }
    lines
}

fn bottom_lines(
    screen: &Promote,
    promotion: &Promotion,
    live: &Live,
    ctx: &Ctx<'_>,
    columns: u16,
) -> Vec<(String, Role)> {
    let room = usize::from(columns.saturating_sub(2)).max(8);
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |text: &str, role| lines.extend(indented(text, room).map(|line| (line, role)));
    if promotion.public.is_empty() {
        say("PUBLIC ALREADY  nothing", Role::Dim);
    } else {
        say("PUBLIC ALREADY", Role::Strong);
        for public in &promotion.public {
            say(&format!("  {public}"), Role::Warning);
        }
    }
    if promotion.looks_only {
        say("weir only looks here: a bad check cancels nothing, it only warns.", Role::Warning);
    }
    match &promotion.ending {
        Some(Ending::Good) => {
            let open = promotion
                .checks
                .iter()
                .any(|check| matches!(check.state, CheckState::Waiting { .. } | CheckState::Unknown | CheckState::Bad));
            let then = if open { "promoted; what is still waiting goes on being asked." } else { "promoted, done" };
            say(&format!("{} {then}", ctx.glyphs.ok), Role::Ok)
        }
        Some(Ending::Failed(why)) => say(&format!("{} failed: {why}", ctx.glyphs.failed), Role::Failed),
        Some(Ending::Unknown(why)) => say(&format!("{} outcome unknown: {why}", ctx.glyphs.lost), Role::Danger),
        None => {}
    }
    if matches!(live, Live::Missing(_)) || matches!(promotion.ending, Some(Ending::Unknown(_))) {
        let channel = ctx.settings.channels.iter().find(|channel| channel.name.as_str() == promotion.channel);
        let channel = channel.or(screen.plan.as_ref().map(|plan| &plan.channel));
        if let Some(channel) = channel {
            say("Look at:", Role::Normal);
            for place in words::places(channel, &promotion.name, &promotion.object) {
                say(&format!("  {place}"), Role::Normal);
            }
        }
    }
    lines
}
