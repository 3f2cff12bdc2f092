//! Beside the list on a wide screen: all there is to say of the selected row.

use super::rows::{Mark, Row};
use super::{Release, attempts, merged};
use crate::overlays::links::Link;
use crate::parts::badge::{phase_role, phase_text, status_role, status_text};
use crate::parts::text::{Cut, fit, fold, put, wrap};
use crate::parts::when::exact;
use crate::screen::Ctx;
use crate::theme::Role;
use crate::words::tail;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Phase;
use weir_domain::release::NEVER_RAN;

/// Lines of text in a role, drawn from the top as far as there is room.
struct Sheet {
    lines: Vec<Vec<(String, Role)>>,
    wide: usize,
}

impl Sheet {
    fn say(&mut self, text: &str, role: Role) {
        let lines = wrap(text, self.wide);
        self.lines.extend(lines.into_iter().map(|line| vec![(line, role)]));
    }

    /// An address in full.
    fn address(&mut self, text: &str) {
        for part in fold(text, self.wide.saturating_sub(2).max(1)) {
            self.lines.push(vec![("  ".into(), Role::Dim), (part, Role::Dim)]);
        }
    }

    fn gap(&mut self) {
        self.lines.push(Vec::new());
    }

    fn links(&mut self, links: &[Link], ctx: &Ctx<'_>) {
        for link in links {
            let mut pieces = Vec::new();
            if let Some(status) = link.status {
                pieces.push((format!("{}  ", status_text(status, ctx.glyphs)), status_role(status)));
            }
            pieces.push((link.label.clone(), Role::Normal));
            self.lines.push(pieces);
            self.address(&link.text);
        }
    }
}

pub(super) fn draw(release: &Release, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let area = Rect { x: area.x + area.width.min(2), width: area.width.saturating_sub(3), ..area };
    let mut sheet = Sheet { lines: Vec::new(), wide: usize::from(area.width).max(1) };
    match release.selected() {
        Some(Row::Job(job)) => {
            sheet.say(&job.name, Role::Strong);
            let kind = if job.blocking { "blocking" } else { "informing" };
            let ended = match (job.decided, job.status) {
                (Some(at), _) => format!("ended {}", exact(at, ctx.settings)),
                (None, Some(_)) => "not done".into(),
                (None, None) => "there is no image".into(),
            };
            sheet.say(&format!("{kind}, {ended}"), Role::Dim);
            sheet.links(&attempts(job), ctx);
            strip(release, job.strip.as_slice(), ctx, &mut sheet);
        }
        Some(Row::Change(images)) => {
            sheet.say(&images.names.join(", "), Role::Strong);
            sheet.links(&merged(images), ctx);
        }
        Some(Row::Upgrade(upgrade, _)) => {
            sheet.say(&format!("{} to {}", upgrade.from, upgrade.to), Role::Strong);
            upgrade.pages.iter().for_each(|page| sheet.address(page));
        }
        Some(Row::Related(id, how, at)) => {
            sheet.say(&id.name, Role::Strong);
            sheet.say(&format!("{how}, {}", id.stream), Role::Dim);
            if let Some(at) = at {
                sheet.say(&exact(*at, ctx.settings), Role::Dim);
            }
        }
        Some(Row::Payload(image)) => {
            sheet.say("payload", Role::Strong);
            sheet.address(image);
        }
        Some(Row::Title(..)) | None => {}
    }
    for (y, pieces) in (area.y..area.bottom()).zip(&sheet.lines) {
        let mut x = area.x;
        for (text, role) in pieces {
            let room = area.right().saturating_sub(x);
            let shown = fit(text, usize::from(room), Cut::Tail, ctx.glyphs);
            x += put(buf, x, y, room, &shown, ctx.style(*role));
        }
    }
}

/// The last releases by name, each with its phase and what the job said of it.
fn strip(release: &Release, marks: &[Mark], ctx: &Ctx<'_>, sheet: &mut Sheet) {
    let Some(detail) = release.detail(ctx.world) else { return };
    if detail.strip.releases.is_empty() {
        return;
    }
    sheet.gap();
    sheet.say("the last releases of the stream, newest first", Role::Dim);
    for ((name, phase), mark) in detail.strip.releases.iter().zip(marks) {
        let (job, role) = match mark {
            Mark::Stands(status) => (status_text(*status, ctx.glyphs), status_role(*status)),
            Mark::Idle if *phase == Phase::Failed => (NEVER_RAN.into(), Role::Dim),
            Mark::Idle => ("not begun".into(), Role::Dim),
            Mark::Untold => ("not told".into(), Role::Dim),
        };
        sheet.lines.push(vec![
            (format!("{:<19}", tail(name)), if **name == *release.id.name { Role::Strong } else { Role::Normal }),
            (format!("{job:<13}"), role),
            (phase_text(*phase, ctx.glyphs), phase_role(*phase)),
        ]);
    }
}
