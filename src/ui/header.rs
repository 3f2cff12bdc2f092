//! The one line on top: where I am, what is in scope, and a light for every endpoint that is watched.

use crate::parts::text::{Cut, fit, put, width};
use crate::parts::when::age;
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{Endpoint, EndpointKind, EndpointState, FailureKind};

/// A release-controller that answered longer ago than this is called old, in seconds.
const OLD: i64 = 120;

/// Glyph, word (empty when all is well) and role. `None` for what is not connected: Health lists those.
pub(crate) fn light(endpoint: &Endpoint, ctx: &Ctx<'_>) -> Option<(&'static str, String, Role)> {
    let glyphs = ctx.glyphs;
    Some(match &endpoint.state {
        EndpointState::NotConnected => return None,
        EndpointState::Connecting => (glyphs.pending, "connecting".into(), Role::Pending),
        EndpointState::NoTekton => (glyphs.ok, "no Tekton".into(), Role::Dim),
        EndpointState::Live => match endpoint.as_of {
            Some(at) if endpoint.kind == EndpointKind::Releases && ctx.now.as_second() - at.as_second() > OLD => {
                (glyphs.timed_out, format!("{} old", age(Some(at), ctx.now)), Role::Warning)
            }
            _ => (glyphs.ok, String::new(), Role::Ok),
        },
        EndpointState::Lost { failure, retry, .. } => match failure.kind {
            FailureKind::Expired => (glyphs.failed, "expired".into(), Role::Failed),
            FailureKind::Denied => (glyphs.failed, "denied".into(), Role::Failed),
            FailureKind::Throttled => {
                let word = if retry.is_some() { "waiting" } else { "told to wait" };
                (glyphs.timed_out, word.into(), Role::Warning)
            }
            _ => (glyphs.lost, "lost".into(), Role::Lost),
        },
    })
}

struct Light {
    text: String,
    /// Without the word.
    short: String,
    role: Role,
    fine: bool,
}

fn lights(ctx: &Ctx<'_>) -> Vec<Light> {
    ctx.world
        .endpoints
        .iter()
        // Nobody asks a registry again by itself: what was so at the last question is for Health.
        .filter(|endpoint| endpoint.kind != EndpointKind::Registry)
        .filter_map(|endpoint| {
            let (glyph, word, role) = light(endpoint, ctx)?;
            let gap = if word.is_empty() { "" } else { " " };
            let short = format!("{} {glyph}", endpoint.name);
            Some(Light { text: format!("{short}{gap}{word}"), short, role, fine: word.is_empty() })
        })
        .collect()
}

fn total(lights: &[Light]) -> usize {
    lights.iter().map(|light| width(&light.text) + 2).sum::<usize>().saturating_sub(2)
}

/// The lights that fit: all; else the fine ones as one count; else the bad ones as a count too.
fn fitting(ctx: &Ctx<'_>, room: usize) -> Vec<Light> {
    let mut all = lights(ctx);
    if total(&all) <= room {
        return all;
    }
    if all.iter().any(|light| !light.fine) {
        let mut short = Vec::new();
        for mut light in all {
            if light.fine || light.role == Role::Pending {
                light.text = light.short.clone();
            }
            short.push(light);
        }
        if total(&short) <= room {
            return short;
        }
        all = short;
    }
    let (fine, bad): (Vec<Light>, Vec<Light>) = all.into_iter().partition(|light| light.fine);
    let count = |many: usize, glyph: &str, role, fine| {
        (many > 0).then(|| Light { text: format!("{many} {glyph}"), short: String::new(), role, fine })
    };
    let mut short: Vec<Light> = Vec::new();
    let bad_count = bad.len();
    short.extend(bad);
    short.extend(count(fine.len(), ctx.glyphs.ok, Role::Ok, true));
    if total(&short) <= room {
        return short;
    }
    [count(bad_count, ctx.glyphs.failed, Role::Failed, false), count(fine.len(), ctx.glyphs.ok, Role::Ok, true)]
        .into_iter()
        .flatten()
        .collect()
}

pub(crate) fn view(ctx: &Ctx<'_>, title: &str, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut flags: Vec<(String, Role)> = Vec::new();
    if !ctx.scope.all() {
        flags.push((format!("[{}]", ctx.scope.words()), Role::Accent));
    }
    let alarmed = |promotion: &weir_domain::Promotion| promotion.alarm.is_some();
    if ctx.world.promotions.values().any(|kept| kept.value.as_deref().is_some_and(alarmed)) {
        flags.push((format!("{} PROMOTION", ctx.glyphs.lost), Role::Danger));
    }
    if ctx.settings.read_only {
        flags.push(("READ-ONLY".into(), Role::Warning));
    }
    if ctx.settings.demo {
        flags.push(("DEMO".into(), Role::Warning));
    }
    let title = format!("weir {} {}", ctx.glyphs.step, title.replace(" › ", &format!(" {} ", ctx.glyphs.step)));
    let room = usize::from(area.width.saturating_sub(2));
    let flags_wide: usize = flags.iter().map(|(text, _)| width(text) + 2).sum();
    let for_title = width(&title).min(room / 2).min(room.saturating_sub(flags_wide));
    let lights = fitting(ctx, room.saturating_sub(for_title + flags_wide + 2));
    let mut right: Vec<(String, Role)> = flags;
    right.extend(lights.into_iter().map(|light| (light.text, light.role)));
    let right_wide = right.iter().map(|(text, _)| width(text) + 2).sum::<usize>().saturating_sub(2);
    let left = room.saturating_sub(if right_wide > 0 { right_wide + 2 } else { 0 });
    let shown = fit(&title, left, Cut::Middle, ctx.glyphs);
    put(buf, area.x + 1, area.y, left as u16, &shown, ctx.style(Role::Header));
    let mut x = area.right().saturating_sub(1 + right_wide.min(room) as u16);
    for (text, role) in right {
        let columns = (area.right().saturating_sub(1)).saturating_sub(x);
        let text = fit(&text, usize::from(columns), Cut::Tail, ctx.glyphs);
        x += put(buf, x, area.y, columns, &text, ctx.style(role)) + 2;
        if x >= area.right() {
            break;
        }
    }
}
