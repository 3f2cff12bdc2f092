//! All signs beyond ASCII that weir draws, in one place, and what stands for them where a terminal cannot show them.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::{Phase, Status};

/// Each sign is one column wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub ascii: bool,
    pub ok: &'static str,
    pub failed: &'static str,
    pub running: &'static str,
    pub pending: &'static str,
    pub cancelled: &'static str,
    pub timed_out: &'static str,
    pub skipped: &'static str,
    pub lost: &'static str,
    pub unknown: &'static str,
    /// Before the selected row.
    pub bar: &'static str,
    /// Before a marked row.
    pub mark: &'static str,
    /// Where a text is cut.
    pub cut: &'static str,
    /// Between breadcrumbs.
    pub step: &'static str,
    /// Between facts.
    pub dot: &'static str,
    pub arrow: &'static str,
    pub rule: &'static str,
}

impl Glyphs {
    pub fn unicode() -> Glyphs {
        Glyphs {
            ascii: false,
            ok: "✓",
            failed: "✗",
            running: "▸",
            pending: "○",
            cancelled: "⊘",
            timed_out: "◷",
            skipped: "·",
            lost: "!",
            unknown: "?",
            bar: "▌",
            mark: "*",
            cut: "…",
            step: "›",
            dot: "·",
            arrow: "→",
            rule: "─",
        }
    }

    pub fn ascii() -> Glyphs {
        Glyphs {
            ascii: true,
            ok: "+",
            failed: "x",
            running: ">",
            pending: ".",
            cancelled: "-",
            timed_out: "t",
            skipped: "~",
            lost: "!",
            unknown: "?",
            bar: "|",
            mark: "*",
            cut: "~",
            step: ">",
            dot: "-",
            arrow: ">",
            rule: "-",
        }
    }

    pub fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Ok => self.ok,
            Status::Failed => self.failed,
            Status::Running => self.running,
            Status::Pending => self.pending,
            Status::Cancelled => self.cancelled,
            Status::TimedOut => self.timed_out,
            Status::Skipped => self.skipped,
            Status::Unknown => self.unknown,
        }
    }

    pub fn phase(&self, phase: Phase) -> &'static str {
        match phase {
            Phase::Accepted => self.ok,
            Phase::Rejected | Phase::Failed => self.failed,
            Phase::Ready => self.running,
            Phase::Pending => self.pending,
            Phase::Unknown => self.unknown,
        }
    }

    /// The last pass over a frame: signs of weir's own sentences that an ASCII terminal cannot show. Column by column,
    /// so nothing moves. What came from outside stays as it is.
    pub(crate) fn settle(&self, area: Rect, buf: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                let Some(cell) = buf.cell_mut((x, y)) else { continue };
                let plain = match cell.symbol() {
                    "…" => "~",
                    "›" | "→" | "▸" => ">",
                    "‹" | "←" => "<",
                    "·" | "─" | "⊘" | "╌" => "-",
                    "│" | "▌" | "▏" | "┊" => "|",
                    "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" | "✓" => {
                        "+"
                    }
                    "✗" => "x",
                    "○" => ".",
                    "◷" => "t",
                    "█" | "▓" => "#",
                    "░" | "▒" => ":",
                    _ => continue,
                };
                cell.set_symbol(plain);
            }
        }
    }
}
