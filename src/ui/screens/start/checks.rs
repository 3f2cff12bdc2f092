//! What was checked before a start, for exactly one manifest: a change of it makes the check count for nothing.

use super::form::Form;
use jiff::Timestamp;
use weir_domain::form::NewRun;
use weir_domain::query::Checked;
use weir_domain::{Answer, Failure, Query};

/// A check is asked for again after so many seconds.
const LASTS: i64 = 60;
/// And an answer is waited for no longer than this: it may have come while another screen was up.
const PATIENCE: i64 = 30;

#[derive(Debug, Default)]
pub(super) struct Check {
    asking: Option<(NewRun, Timestamp)>,
    known: Option<(NewRun, Result<Checked, Failure>, Timestamp)>,
}

impl Check {
    pub(super) fn ask(&mut self, new: &NewRun, now: Timestamp) -> Query {
        self.asking = Some((new.clone(), now));
        self.known = None;
        Query::Check(new.clone())
    }

    pub(super) fn asking(&self, now: Timestamp) -> bool {
        self.asking.as_ref().is_some_and(|(_, since)| now.as_second() - since.as_second() < PATIENCE)
    }

    /// Whether it is the answer that is waited for.
    pub(super) fn answered(&mut self, asked: &NewRun, answer: &Result<Answer, Failure>, now: Timestamp) -> bool {
        if self.asking.as_ref().is_none_or(|(new, _)| new != asked) {
            return false;
        }
        self.asking = None;
        let result = match answer {
            Ok(Answer::Check(checked)) => Ok((**checked).clone()),
            Ok(_) => return false,
            Err(failure) => Err(failure.clone()),
        };
        self.known = Some((asked.clone(), result, now));
        true
    }

    pub(super) fn forget_if_other(&mut self, new: Option<&NewRun>) {
        if self.known.as_ref().is_some_and(|(checked, ..)| Some(checked) != new) {
            self.known = None;
        }
        if self.asking.as_ref().is_some_and(|(asked, _)| Some(asked) != new) {
            self.asking = None;
        }
    }

    pub(super) fn result(&self) -> Option<&Result<Checked, Failure>> {
        self.known.as_ref().map(|(_, result, _)| result)
    }

    pub(super) fn problems(&self) -> &[(String, String)] {
        match self.result() {
            Some(Ok(checked)) => &checked.problems,
            _ => &[],
        }
    }

    /// Whether this very manifest may go to the dialog.
    pub(super) fn fine(&self, new: &NewRun, now: Timestamp) -> bool {
        self.known.as_ref().is_some_and(|(checked, result, at)| {
            checked == new && result.as_ref().is_ok_and(Checked::fine) && now.as_second() - at.as_second() <= LASTS
        })
    }

    /// What the dialog says before the call.
    pub(super) fn explains(&self, form: &Form) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(run) = &form.new.rerun_of {
            let changed = match form.changes() {
                0 => "nothing changed".to_string(),
                1 => "1 value changed".to_string(),
                more => format!("{more} values changed"),
            };
            lines.push(format!("Rerun of {}, {changed}.", run.name));
        }
        if let Some(Ok(checked)) = self.result() {
            let seen = if checked.unseen.is_empty() { "What" } else { "What could be seen of what" };
            lines.push(format!(
                "{seen} it refers to exists. The server's dry run said yes (admission only), {} ms.",
                checked.millis
            ));
            if !checked.unseen.is_empty() {
                lines.push(format!("Could not be checked: {}.", checked.unseen.join("; ")));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::{ParamValue, PipelineId, Tree};

    #[test]
    fn a_check_counts_only_for_the_manifest_it_was_asked_for_and_not_for_ever() {
        let mut new = NewRun {
            pipeline: PipelineId::new("moc", "okd-coreos", "okd-coreos"),
            manifest: Tree::map([("kind", "PipelineRun".into())]),
            rerun_of: None,
            publishes: false,
        };
        let at = |second: i64| Timestamp::from_second(second).expect("time");
        let mut check = Check::default();
        assert_eq!(check.ask(&new, at(99)), Query::Check(new.clone()));
        assert!(check.asking(at(100)) && !check.asking(at(200)));
        let checked = Checked { dry_run: Some(Ok(())), ..Checked::default() };
        assert!(check.answered(&new, &Ok(Answer::Check(Box::new(checked))), at(100)));
        assert!(check.fine(&new, at(130)));
        assert!(!check.fine(&new, at(200)));
        new.set_param("version", Some(&ParamValue::Text("5.0".into())));
        assert!(!check.fine(&new, at(130)));
        check.forget_if_other(Some(&new));
        assert!(check.result().is_none());
    }
}
