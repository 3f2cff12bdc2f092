//! A status as glyph, word and role.

use crate::parts::glyphs::Glyphs;
use crate::theme::Role;
use weir_domain::{Phase, Status};

pub(crate) fn status_role(status: Status) -> Role {
    match status {
        Status::Ok => Role::Ok,
        Status::Failed | Status::TimedOut => Role::Failed,
        Status::Running => Role::Running,
        Status::Pending => Role::Pending,
        Status::Cancelled => Role::Cancelled,
        Status::Skipped => Role::Skipped,
        Status::Unknown => Role::Warning,
    }
}

pub(crate) fn phase_role(phase: Phase) -> Role {
    match phase {
        Phase::Accepted => Role::Ok,
        Phase::Rejected | Phase::Failed => Role::Failed,
        Phase::Ready => Role::Running,
        Phase::Pending => Role::Pending,
        Phase::Unknown => Role::Warning,
    }
}

/// "✗ failed". At most eleven columns.
pub(crate) fn status_text(status: Status, glyphs: &Glyphs) -> String {
    format!("{} {}", glyphs.status(status), status.word())
}

pub(crate) fn phase_text(phase: Phase, glyphs: &Glyphs) -> String {
    format!("{} {}", glyphs.phase(phase), phase.word())
}
