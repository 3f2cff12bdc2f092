//! The exact calls of a plan, or what its run differs in from the live Pipeline, to read and copy.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::panel::dialog;
use crate::parts::text::{Cut, fit, fold, put};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::plan::DiffLine;
use weir_domain::text::clean_line;
use weir_domain::{Plan, Way, yaml};

/// Equal lines left around a difference.
const AROUND: usize = 3;
const COLUMNS: u16 = 110;

#[derive(Debug)]
pub(super) struct Sheet {
    title: String,
    lines: Vec<(String, Role)>,
    top: usize,
}

impl Sheet {
    pub(super) fn calls(plan: &Plan) -> Sheet {
        let mut lines = vec![(format!("to {}", plan.server), Role::Dim)];
        if plan.way != Way::RegistryTag && !plan.calls.is_empty() {
            let mark = "weir/attempt is added when it is sent: a lost answer is found by it";
            lines.push((mark.into(), Role::Dim));
        }
        for call in &plan.calls {
            lines.push((String::new(), Role::Normal));
            lines.push((format!("{} {}", call.method, call.path), Role::Strong));
            lines.push((format!("Content-Type: {}", call.content_type), Role::Dim));
            let body = yaml::text(&call.body);
            lines.extend(body.lines().map(|line| (clean_line(line).into_owned(), Role::Normal)));
        }
        if plan.calls.is_empty() {
            lines.push(("nothing would be sent".into(), Role::Normal));
        }
        Sheet { title: format!("the exact calls of plan {}", plan.id), lines, top: 0 }
    }

    pub(super) fn pipeline(plan: &Plan) -> Sheet {
        let title = "the live Pipeline (-) and what the run carries (+)".to_string();
        Sheet { title, lines: folded(&plan.pipeline_diff), top: 0 }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn room(area: Rect) -> usize {
        usize::from(area.height.saturating_sub(4)).max(1)
    }

    /// Long lines are broken, so that what is sent can be read whole.
    fn broken(&self, columns: u16) -> Vec<(String, Role)> {
        let parts = |(line, role): &(String, Role)| {
            let role = *role;
            fold(line, usize::from(columns)).into_iter().map(move |part| (part, role)).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(parts).collect()
    }

    fn columns(area: Rect) -> u16 {
        area.width.saturating_sub(4).clamp(1, COLUMNS)
    }
}

/// Differences with a few equal lines around each; longer equal stretches are told in one line.
fn folded(diff: &[DiffLine]) -> Vec<(String, Role)> {
    let equal = |line: &DiffLine| matches!(line, DiffLine::Same(_));
    let near = |index: usize| {
        let around = index.saturating_sub(AROUND)..(index + AROUND + 1).min(diff.len());
        diff[around].iter().any(|line| !equal(line))
    };
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut left = 0;
    for (index, line) in diff.iter().enumerate() {
        if equal(line) && !near(index) {
            left += 1;
            continue;
        }
        if left > 0 {
            lines.push((same(left), Role::Dim));
            left = 0;
        }
        lines.push(match line {
            DiffLine::Same(text) => (format!("  {}", clean_line(text)), Role::Dim),
            DiffLine::Out(text) => (format!("- {}", clean_line(text)), Role::Removed),
            DiffLine::In(text) => (format!("+ {}", clean_line(text)), Role::Added),
        });
    }
    if left > 0 {
        lines.push((same(left), Role::Dim));
    }
    lines
}

fn same(lines: usize) -> String {
    if lines == 1 { "  … 1 line the same".into() } else { format!("  … {lines} lines the same") }
}

impl Overlay for Sheet {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) || matches!(key.code, KeyCode::Enter | KeyCode::Char('q')) {
            return Intent::Close;
        }
        let page = Sheet::room(ctx.area);
        let last = self.broken(Sheet::columns(ctx.area)).len().saturating_sub(page);
        let to = match ctx.keymap.action(key) {
            Some(Action::Down) => self.top + 1,
            Some(Action::Up) => self.top.saturating_sub(1),
            Some(Action::HalfDown) => self.top + page / 2,
            Some(Action::HalfUp) => self.top.saturating_sub(page / 2),
            Some(Action::PageDown) => self.top + page,
            Some(Action::PageUp) => self.top.saturating_sub(page),
            Some(Action::Top) => 0,
            Some(Action::Bottom) => last,
            Some(Action::Copy | Action::CopyAll) => return Intent::Do(vec![Effect::Copy(self.text())]),
            _ => return Intent::Stay,
        };
        self.top = to.min(last);
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let columns = Sheet::columns(area);
        let lines = self.broken(columns);
        let inner = dialog(ctx, area, columns, lines.len() as u16 + 1, &self.title, buf);
        let room = usize::from(inner.height.saturating_sub(1));
        let top = self.top.min(lines.len().saturating_sub(room));
        for (y, (text, role)) in (inner.y..inner.y + room as u16).zip(&lines[top..]) {
            put(buf, inner.x, y, inner.width, text, ctx.style(*role));
        }
        if inner.height > 0 {
            let end = (top + room).min(lines.len());
            let words = format!("{end} of {} lines  j k move  c copy  Esc close", lines.len());
            let words = fit(&words, usize::from(inner.width), Cut::Tail, ctx.glyphs);
            put(buf, inner.x, inner.bottom() - 1, inner.width, &words, ctx.style(Role::Footer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_equal_stretches_become_one_line_and_no_difference_is_lost() {
        let mut diff: Vec<DiffLine> = (0..20).map(|n| DiffLine::Same(format!("same {n}"))).collect();
        diff.insert(10, DiffLine::Out("- name: pick-release".into()));
        diff.insert(11, DiffLine::In("value: x".into()));
        let lines: Vec<String> = folded(&diff).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines.len(), 1 + 3 + 2 + 3 + 1, "{lines:?}");
        assert_eq!(lines[0], "  … 7 lines the same");
        assert_eq!(lines[4], "- - name: pick-release");
        assert_eq!(lines[5], "+ value: x");
    }
}
