//! The lines that show the failure: the last words of the step that broke.

use crate::parts::sgr;
use crate::parts::strip::start;
use crate::world::{Live, SourceState, World};
use weir_domain::log::{LogId, LogPart};
use weir_domain::why::why;
use weir_domain::{Detail, Status, StepState};
use weir_log::{Kind, Line, LineId, is_trouble};

/// How near to the end the first error is looked for, and how far back at all.
const NEAR: u64 = 40;
const FAR: u64 = 400;
/// Bytes of a line that could ever be on screen.
const LONGEST: usize = 2048;

#[derive(Debug, Default)]
pub(crate) enum Tail {
    /// There is no step whose log would tell more.
    #[default]
    None,
    Asking,
    Lines(Vec<String>),
    /// Why there is no such log.
    Words(String),
}

/// The log of the step that explains how the run ended.
pub(crate) fn log_of(detail: &Detail) -> Option<LogId> {
    if !detail.run.status.finished() || detail.run.status == Status::Cancelled {
        return None;
    }
    let why = why(detail)?;
    let task = detail.task(why.task.as_deref()?)?;
    let attempt = task.last();
    if attempt.pod.is_empty() {
        return None;
    }
    let ran = |state: &StepState| !matches!(state, StepState::Waiting { .. });
    let named = attempt.steps.iter().find(|step| why.step.as_deref() == Some(&*step.name));
    let step = named.or_else(|| attempt.steps.iter().find(|step| step.status() != Status::Ok))?;
    ran(&step.state)
        .then(|| LogId { run: detail.run.id.clone(), part: LogPart::Step(task.task.clone(), step.name.clone()) })
}

impl Tail {
    /// At most `count` lines.
    pub fn of(log: Option<LogId>, world: &World, count: usize) -> Tail {
        let Some(id) = log else { return Tail::None };
        let Some(slice) = world.logs.get(&id) else { return Tail::Asking };
        let gone = slice.sources.values().find_map(|(_, state)| match state {
            SourceState::Gone(words) => Some(words.clone()),
            _ => None,
        });
        // Of a step that was tried again, the last try.
        let last = slice.log.sections().iter().rev().find(|section| section.lines > 0);
        let begin = last.and_then(|section| slice.log.number(LineId { section: section.id, index: section.dropped }));
        let from = slice.log.lines().saturating_sub(FAR).max(begin.unwrap_or(0));
        let mut lines = slice.log.window(from, FAR as usize);
        lines.retain(|line| line.kind == Kind::Text && !line.text.trim().is_empty());
        if !lines.is_empty() {
            return Tail::Lines(telling(&lines, count));
        }
        match (gone, &slice.live) {
            (Some(words), _) => Tail::Words(words),
            (None, Live::Lost { failure, .. }) => Tail::Words(failure.sentence()),
            _ if slice.complete.is_some() => Tail::Words("it printed nothing".into()),
            _ => Tail::Asking,
        }
    }
}

/// The first error near the end and what follows it; else the last error at all; else the last lines.
fn telling(lines: &[Line], count: usize) -> Vec<String> {
    let near = lines.len().saturating_sub(NEAR as usize);
    let trouble = |line: &Line| is_trouble(start(&line.text, LONGEST));
    let first = lines[near..].iter().position(trouble).map(|at| near + at);
    let from = first.or_else(|| lines.iter().rposition(trouble)).unwrap_or(lines.len().saturating_sub(count));
    lines[from..].iter().take(count).map(|line| plain(&line.text)).collect()
}

/// Without colours, and no longer than a screen could show.
fn plain(text: &str) -> String {
    let text = start(text, LONGEST);
    sgr::runs(text).map(|(range, _)| &text[range]).collect::<String>().trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_log::Log;

    fn told(text: &str) -> Vec<String> {
        let mut log = Log::new(1 << 20);
        let step = log.section("step");
        log.append(step, text, &[]);
        telling(&log.window(0, 1000), 3)
    }

    #[test]
    fn the_first_error_near_the_end_is_shown_with_what_follows() {
        let text = "fine\nerror: Could not depsolve\n Problem: cri-o requires conmon\n  none can be installed\nerror: exit status 1";
        let lines = ["error: Could not depsolve", " Problem: cri-o requires conmon", "  none can be installed"];
        assert_eq!(told(text), lines);
    }

    #[test]
    fn without_an_error_the_last_lines_are_shown_without_their_colours() {
        assert_eq!(told("a\nb\n\x1b[32mc\x1b[0m\nd"), ["b", "c", "d"]);
    }
}
