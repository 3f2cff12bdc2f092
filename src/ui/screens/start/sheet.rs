//! The object of the form to read: as YAML, as a diff to the run it comes from, or as the diff an editor made.

use super::changes::{Line, Side, changes};
use super::form::Form;
use crate::action::Action;
use weir_domain::form::NewRun;
use weir_domain::yaml;

#[derive(Debug)]
pub(super) enum Subject {
    Yaml,
    Changes,
    /// To be taken or not.
    Edited(Box<NewRun>),
}

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) subject: Subject,
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
    pub(super) top: usize,
}

impl Sheet {
    /// `None` when there is nothing to show.
    pub(super) fn of(subject: Subject, form: &Form) -> Option<Sheet> {
        let (title, lines) = match &subject {
            Subject::Yaml => {
                let text = yaml::text(&form.new.manifest);
                let lines = text.lines().map(|line| Line { side: Side::Same, text: line.to_string() }).collect();
                ("the object as it will be sent, secrets hidden".to_string(), lines)
            }
            Subject::Changes => {
                let original = form.original.as_ref()?;
                let run = original.rerun_of.as_ref().map_or("", |run| ending(&run.name));
                let title = format!("differences to {run}; what servers wrote is left out");
                (title, changes(&original.manifest, &form.new.manifest))
            }
            Subject::Edited(new) => {
                let lines = changes(&form.new.manifest, &new.manifest);
                ("what the editor changed: Enter takes it, Esc leaves it".to_string(), lines)
            }
        };
        (!lines.is_empty()).then_some(Sheet { subject, title, lines, top: 0 })
    }

    /// Whether it waits for a yes.
    pub(super) fn asks(&self) -> bool {
        matches!(self.subject, Subject::Edited(_))
    }

    /// Scrolls; `false` when the action is no movement.
    pub(super) fn step(&mut self, action: Action, height: usize) -> bool {
        let last = self.lines.len().saturating_sub(height.max(1));
        let page = height.max(1);
        self.top = match action {
            Action::Down => self.top + 1,
            Action::Up => self.top.saturating_sub(1),
            Action::HalfDown => self.top + page / 2,
            Action::HalfUp => self.top.saturating_sub(page / 2),
            Action::PageDown => self.top + page,
            Action::PageUp => self.top.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        }
        .min(last);
        true
    }
}

/// What the server made up at the end of a generated name: enough to tell two reruns apart.
pub(super) fn ending(name: &str) -> &str {
    name.rsplit('-').next().filter(|end| !end.is_empty()).unwrap_or(name)
}
