//! The lines above a release's jobs: why it stands as it does, who says so, and what could not be read.

use super::Release;
use super::rows::release_of;
use crate::action::Action;
use crate::parts::badge::phase_role;
use crate::parts::panel::liveness;
use crate::parts::text::{Cut, fit, joined, put, put_right, width, wrap};
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use crate::words::tail;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::release::built;
use weir_domain::release::detail::Insight;
use weir_domain::{ReleaseDetail, age_text};

/// From this height on, all of it is said.
const ROOM: u16 = 14;

/// The lines with their roles; the first leaves room for how live it is.
pub(super) fn lines(release: &Release, ctx: &Ctx<'_>, area: Rect) -> Vec<(String, Role)> {
    let wide = usize::from(area.width.saturating_sub(2));
    let stamp = width(&stamp(release, ctx).0) + 2;
    let Some(known) = release.release(ctx) else {
        return vec![(release.id.name.to_string(), Role::Normal)];
    };
    let detail = release.detail(ctx.world);
    let glyph = ctx.glyphs.phase(known.phase);
    let verdict = known.verdict.as_ref().and_then(|verdict| verdict.sentence());
    let why = detail.map(ReleaseDetail::why).unwrap_or_else(|| match verdict {
        Some(jobs) => format!("{}: {jobs}", known.phase.word()),
        None => known.phase.word().to_string(),
    });
    let disagree = detail.is_some_and(|detail| detail.disagreement().is_some());
    let role = if disagree { Role::Failed } else { phase_role(known.phase) };
    let sign = if disagree { ctx.glyphs.lost } else { glyph };
    let mut said = wrap(&format!("{sign} {why}"), wide.saturating_sub(stamp));
    said.truncate(3);
    let mut lines: Vec<(String, Role)> = said.into_iter().map(|line| (line, role)).collect();
    let mut ages = Vec::new();
    if let Some(at) = known.created {
        let begun = if known.phase.runs_jobs() { "built" } else { "begun" };
        ages.push(format!("{begun} {} ago", age_text(at, ctx.now)));
    }
    if let Some(at) = known.verdict.as_ref().and_then(|verdict| verdict.decided()) {
        ages.push(format!("its blocking jobs ended {} ago", age_text(at, ctx.now)));
    }
    if !ages.is_empty() {
        lines.extend(joined(&ages, ctx.glyphs.dot, wide).into_iter().map(|line| (line, Role::Dim)));
    }
    if let Some(detail) = detail {
        source(detail, wide, &mut lines);
        let before = before(release, detail, ctx);
        lines.extend(joined(&before, ctx.glyphs.dot, wide).into_iter().map(|line| (line, Role::Normal)));
        let waiting = match release.live(ctx.world) {
            Live::Lost { failure, .. } => Some(failure.sentence()),
            _ => None,
        };
        for sentence in detail.unseen.iter().chain(&waiting).take(3) {
            for line in wrap(&format!("{} {sentence}", ctx.glyphs.lost), wide).into_iter().take(2) {
                lines.push((line, Role::Warning));
            }
        }
    }
    if area.height < ROOM {
        lines.truncate(1);
    }
    lines
}

/// Which source was used, and what it says of hands.
fn source(detail: &ReleaseDetail, wide: usize, lines: &mut Vec<(String, Role)>) {
    let mut say = |text: String, role: Role| lines.extend(wrap(&text, wide).into_iter().take(2).map(|l| (l, role)));
    match &detail.insight {
        Insight::Object(object) => {
            say(format!("from its ReleasePayload in {}/{}, and the page", object.cluster, object.namespace), Role::Dim);
            if let Some((word, reason)) = object.wish.as_ref().filter(|_| object.by_hand.is_none()) {
                let effect = if object.created { "" } else { ", without effect until its image is made" };
                let reason = if reason.is_empty() { "no reason given" } else { reason };
                say(format!("asked for by hand: {word}{effect}: {reason}"), Role::Warning);
            }
        }
        Insight::None { cluster } => {
            say(format!("from the page only: {cluster} has no ReleasePayload of it"), Role::Dim)
        }
        Insight::Unseen { why } => say(format!("from the page only: {why}"), Role::Dim),
    }
}

/// What was accepted before it and what it was promoted from and as, with ages.
fn before(release: &Release, detail: &ReleaseDetail, ctx: &Ctx<'_>) -> Vec<String> {
    let aged = |id: &weir_domain::ReleaseId| {
        let at = release_of(id, ctx).and_then(|found| found.created).or_else(|| built(&id.name));
        at.map_or(String::new(), |at| format!(" ({})", age(Some(at), ctx.now)))
    };
    let mut said = Vec::new();
    if release.image(ctx).is_ok() {
        said.push(format!("{} opens its payload", ctx.keymap.shown(Action::Pane)));
    }
    if let Some(name) = &detail.accepted_before {
        let id = weir_domain::ReleaseId { stream: release.id.stream.clone(), name: name.clone() };
        said.push(format!("accepted before it: {}{}", tail(name), aged(&id)));
    }
    if let Some(from) = &detail.promoted_from {
        said.push(format!("promoted from {from}"));
    }
    for id in &detail.promoted_as {
        said.push(format!("promoted as {}{}", id.name, aged(id)));
    }
    said
}

fn stamp(release: &Release, ctx: &Ctx<'_>) -> (String, Role) {
    liveness(&release.live(ctx.world), "releases", ctx)
}

/// Draws what [`lines`] gave.
pub(super) fn draw(release: &Release, ctx: &Ctx<'_>, area: Rect, lines: &[(String, Role)], buf: &mut Buffer) {
    let inner = Rect { x: area.x + area.width.min(1), width: area.width.saturating_sub(2), ..area };
    let (words, role) = stamp(release, ctx);
    if area.height > 0 {
        put_right(buf, inner, area.y, &words, ctx.style(role), ctx.glyphs);
    }
    let taken = width(&words) as u16 + 2;
    for (at, (y, (text, role))) in (area.y..area.bottom()).zip(lines).enumerate() {
        let room = if at == 0 { inner.width.saturating_sub(taken) } else { inner.width };
        let shown = fit(text, usize::from(room), Cut::Tail, ctx.glyphs);
        put(buf, inner.x, y, room, &shown, ctx.style(*role));
    }
}
