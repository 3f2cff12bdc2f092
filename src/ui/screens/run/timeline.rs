//! When each task of a run waited and ran, on one scale from the run's start to its end or to now.

use jiff::Timestamp;
use std::ops::Range;
use weir_domain::detail::Detail;
use weir_domain::{Attempt, Status};

use super::rows::ordered;

/// One attempt of a task on the scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub status: Status,
    /// Columns from when it was asked for to its first step.
    pub queued: Range<u16>,
    /// Columns from its first step to its end.
    pub ran: Range<u16>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane {
    pub task: std::sync::Arc<str>,
    pub bars: Vec<Bar>,
    /// Seconds it waited and ran.
    pub waited: i64,
    pub ran: i64,
}

/// The seconds the scale spans; `None` for a run that has not started.
pub(crate) fn scale(detail: &Detail, now: Timestamp) -> Option<(Timestamp, i64)> {
    let from = detail.run.created.or(detail.run.started)?;
    let to = detail.run.finished.unwrap_or(now);
    Some((from, (to.as_second() - from.as_second()).max(1)))
}

/// One lane for each TaskRun in the order of the graph, on `width` columns.
pub(crate) fn lanes(detail: &Detail, now: Timestamp, width: u16) -> Vec<Lane> {
    let Some((from, span)) = scale(detail, now) else { return Vec::new() };
    let column = |time: Timestamp| {
        let seconds = (time.as_second() - from.as_second()).clamp(0, span);
        (seconds as i128 * i128::from(width) / i128::from(span)) as u16
    };
    let mut lanes = Vec::new();
    for task in ordered(detail) {
        for run in detail.tasks.iter().filter(|run| run.task == task.name) {
            let mut lane = Lane { task: task.name.clone(), bars: Vec::new(), waited: 0, ran: 0 };
            for (number, attempt) in run.attempts.iter().enumerate() {
                let asked = if number == 0 { run.created.or(attempt.started) } else { attempt.started };
                let Some(asked) = asked else { continue };
                let (begun, ended) = times(attempt, now);
                let begun = begun.unwrap_or(ended).max(asked);
                let ended = ended.max(begun);
                lane.waited += begun.as_second() - asked.as_second();
                lane.ran += ended.as_second() - begun.as_second();
                let start = column(begun).min(width.saturating_sub(1));
                let end = column(ended).max(start + u16::from(ended > begun)).min(width);
                lane.bars.push(Bar { status: attempt.status, queued: column(asked)..start, ran: start..end });
            }
            lanes.push(lane);
        }
    }
    lanes
}

/// When the first step began, and when the attempt ended or what stands for it.
fn times(attempt: &Attempt, now: Timestamp) -> (Option<Timestamp>, Timestamp) {
    let begun = attempt.steps.iter().filter_map(|step| step.started).min();
    let begun = begun.or(if attempt.steps.is_empty() && attempt.status.finished() { attempt.started } else { None });
    let ended = attempt.finished.unwrap_or(now);
    (begun, ended)
}
