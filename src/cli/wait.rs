//! Waiting for a run's end. A lost connection is told once and waited out; a log-in that ended is not.

use crate::code::End;
use crate::desk::Desk;
use futures::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use weir_domain::{Detail, Failure, FailureKind, Loaded, News, RunId, Watch};

/// How long the tasks may take to follow their run's end.
const SETTLING: Duration = Duration::from_secs(3);

/// The run as it ended.
pub(crate) async fn until_done(desk: &mut Desk<'_>, run: &RunId) -> Result<Box<Detail>, End> {
    let mut watch = desk.client.watch(Watch::Detail(run.clone()));
    let mut last: Option<Box<Detail>> = None;
    let mut told = String::new();
    let mut settle: Option<Instant> = None;
    loop {
        let limit = settle.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
        let news = tokio::select! {
            news = watch.next() => news,
            () = sleep_until(limit) => match (settle, last.take()) {
                (Some(_), Some(detail)) => return Ok(detail),
                (_, kept) => { last = kept; continue }
            },
        };
        let Some(News::Detail(_, loaded)) = news else {
            if news.is_none() {
                return Err(Failure::new(
                    FailureKind::Unknown,
                    format!("lost sight of `{run}`"),
                    "the watch ended",
                    "see `weir run`",
                )
                .into());
            }
            continue;
        };
        match loaded {
            Loaded::Known(detail) => {
                let words = progress(&detail);
                if words != told {
                    desk.paper.note(&format!("{run} {words}"));
                    told = words;
                }
                if detail.run.status.finished() {
                    if detail.tasks.iter().all(|task| task.status().finished()) {
                        return Ok(detail);
                    }
                    settle.get_or_insert_with(|| Instant::now() + SETTLING);
                }
                last = Some(detail);
            }
            Loaded::Missing(failure) => return Err(failure.into()),
            Loaded::Lost { failure, retry } => {
                let person = matches!(failure.kind, FailureKind::Expired | FailureKind::Denied);
                if person || retry.is_none() {
                    return Err(failure.into());
                }
                let words = failure.sentence();
                if words != told {
                    desk.paper.note(&format!("{words}; waiting"));
                    told = words;
                }
            }
        }
    }
}

fn progress(detail: &Detail) -> String {
    let run = &detail.run;
    match run.progress {
        Some(progress) => format!("{}, {} of {} tasks done", run.status.word(), progress.done, progress.total()),
        None => run.status.word().to_string(),
    }
}
