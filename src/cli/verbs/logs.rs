//! `logs`: a run's log on stdout, with the words about it on stderr.
//!
//! Without `-f` it ends when all is printed that there was when it began; with `-f` when the run is done.

use super::logs_order::{Expected, Order, expected};
use super::{change, run};
use crate::arguments::Logs;
use crate::code::{self, End};
use crate::desk::Desk;
use crate::words::nearest;
use crate::{find, list};
use futures::StreamExt;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::timeout;
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::{Detail, Failure, FailureKind, News, Watch, text};

/// A running step that says nothing for this long has told what there was.
const QUIET: Duration = Duration::from_secs(2);

/// Every container waits like this for a moment; it is not worth a word.
const STARTING: [&str; 2] = ["PodInitializing", "ContainerCreating"];

pub(super) async fn logs(desk: &mut Desk<'_>, logs: &Logs) -> Result<i32, End> {
    let found = find::run(desk, &logs.run, false).await?;
    super::silence(desk, &[], &found.silent);
    let detail = run::detail(desk, &found.id, Duration::ZERO).await?;
    let (cluster, namespace) = (&found.id.cluster, &found.id.namespace);
    change::may(desk, cluster, namespace, "read logs", |rights| rights.logs).await?;
    let part = part(&detail, logs)?;
    let expected = expected(&detail, &part);
    // A part that may still grow is taken for several sources.
    let several = match &part {
        LogPart::Whole => expected.len() != 1 || detail.graph.len() != 1,
        LogPart::Task(_) => expected.len() != 1,
        LogPart::Step(..) => expected.len() > 1,
    };
    let (json, colour, ascii) = (desk.paper.json, desk.paper.colour, desk.paper.ascii);
    let mut page = Page { several, times: logs.times, json, colour, ascii, any: false };
    if page.json {
        desk.paper.raw(b"[")?;
    }
    let id = LogId { run: found.id, part };
    let code = match (expected.is_empty(), logs.follow || detail.run.status.finished()) {
        (true, false) => {
            desk.paper.note(&format!("no log yet: {} is {}", id.run, detail.run.status.word()));
            code::YES
        }
        _ => print(desk, &mut page, id, expected, logs.follow).await?,
    };
    if page.json {
        desk.paper.raw(if page.any { b"\n]\n" } else { b"]\n" })?;
    }
    Ok(code)
}

async fn print(
    desk: &mut Desk<'_>,
    page: &mut Page,
    id: LogId,
    expected: Vec<Expected>,
    follow: bool,
) -> Result<i32, End> {
    let began = i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX);
    let mut watch = desk.client.watch(Watch::Log(id));
    let mut order = Order::new(expected, follow);
    let mut told: BTreeMap<Source, String> = BTreeMap::new();
    let (mut hidden, mut gone, mut lost): (u64, bool, Option<Failure>) = (0, false, None);
    let code = loop {
        let patience = match (follow, order.old_read() && lost.is_none()) {
            (true, _) => Duration::from_secs(3600),
            (false, true) => QUIET,
            (false, false) => list::LIMIT,
        };
        let news = match timeout(patience, watch.next()).await {
            Ok(Some(News::Log(_, news))) => news,
            Ok(Some(_)) => continue,
            Err(_) if follow => continue,
            Ok(None) | Err(_) => {
                page.write(desk, order.rest())?;
                if order.old_read() && lost.is_none() {
                    break code::YES;
                }
                return Err(lost.unwrap_or_else(|| list::late("the log is not whole", "the server")).into());
            }
        };
        let pieces = match news {
            LogNews::Lines { source, text, stamps, hidden: secrets } => {
                lost = None;
                hidden += u64::from(secrets);
                let fresh = stamps.last().is_some_and(|at| *at >= began);
                let mut pieces = order.take(&source, page.piece(&source, &text, &stamps));
                if fresh {
                    pieces.extend(order.settle(&source));
                }
                pieces
            }
            LogNews::Ended { source, .. } => order.end(&source),
            LogNews::Gone { source, words } => {
                gone = true;
                desk.paper.note(&format!("[{}] {words}", source.title()));
                order.end(&source)
            }
            LogNews::Waiting { source, words } => {
                let starting = STARTING.iter().any(|reason| words.contains(reason));
                if follow && !starting && told.get(&source) != Some(&words) {
                    desk.paper.note(&format!("[{}] waits: {words}", source.title()));
                    told.insert(source.clone(), words);
                }
                order.settle(&source)
            }
            LogNews::Note { source, text } => {
                desk.paper.note(&format!("[{}] {text}", source.title()));
                Vec::new()
            }
            LogNews::Back => {
                lost = None;
                desk.paper.note("the connection is back");
                Vec::new()
            }
            LogNews::Lost(failure) => {
                let person = matches!(failure.kind, FailureKind::Missing | FailureKind::Denied | FailureKind::Expired);
                if person {
                    page.write(desk, order.rest())?;
                    return Err(failure.into());
                }
                // One loss is told once, not by every source.
                if lost.is_none() {
                    desk.paper.note(&format!("{}; waiting", failure.sentence()));
                }
                lost = Some(failure);
                Vec::new()
            }
            LogNews::Complete { status } => {
                page.write(desk, order.rest())?;
                break if follow { code::of_run(status) } else { code::YES };
            }
        };
        page.write(desk, pieces)?;
        if !follow && order.all_read() {
            page.write(desk, order.rest())?;
            break code::YES;
        }
    };
    if hidden > 0 {
        desk.paper.note(&match hidden {
            1 => "1 secret is hidden".to_string(),
            many => format!("{many} secrets are hidden"),
        });
    }
    // Asked for a log, and there is none any more.
    Ok(if gone && !page.any && code == code::YES { code::MISSING } else { code })
}

/// How lines look.
struct Page {
    several: bool,
    times: bool,
    json: bool,
    colour: bool,
    ascii: bool,
    /// Something is printed, so that a comma stands before the next.
    any: bool,
}

/// A line of a log in JSON. `attempt` counts from 1.
#[derive(Serialize)]
struct Line<'a> {
    task: &'a str,
    step: &'a str,
    attempt: u32,
    time: Option<String>,
    text: &'a str,
}

impl Page {
    /// The lines of one piece, ready to be written.
    fn piece(&self, source: &Source, text: &str, stamps: &[i64]) -> String {
        let mut out = String::with_capacity(text.len() + stamps.len() * 32);
        let title = if self.ascii { source.title().replace('›', ">") } else { source.title() };
        let prefix = if self.several { format!("[{title}] ") } else { String::new() };
        for (index, line) in text.split('\n').enumerate() {
            let time = stamps.get(index).copied().filter(|at| *at > 0).and_then(stamp);
            if self.json {
                let text = text::clean_line(line);
                let (task, step, attempt) = (&*source.task, &*source.step, source.attempt + 1);
                let line = Line { task, step, attempt, time, text: &text };
                out.push_str(if index > 0 { ",\n  " } else { "\n  " });
                out.push_str(&serde_json::to_string(&line).expect("a line has nothing that can fail"));
                continue;
            }
            if self.times {
                out.push_str(time.as_deref().unwrap_or("-"));
                out.push(' ');
            }
            out.push_str(&prefix);
            if self.colour {
                out.push_str(line);
                if line.contains('\x1b') {
                    out.push_str("\x1b[0m");
                }
            } else {
                out.push_str(&text::clean_line(line));
            }
            out.push('\n');
        }
        out
    }

    fn write(&mut self, desk: &mut Desk<'_>, pieces: Vec<String>) -> Result<(), End> {
        let some = !pieces.is_empty();
        for piece in pieces {
            if self.json && self.any {
                desk.paper.raw(b",")?;
            }
            desk.paper.raw(piece.as_bytes())?;
            self.any = true;
        }
        if some { desk.paper.flush() } else { Ok(()) }
    }
}

fn stamp(nanoseconds: i64) -> Option<String> {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).ok().map(|at| format!("{at:.3}"))
}

/// Which part is meant; what there is instead, when it is not there.
fn part(detail: &Detail, logs: &Logs) -> Result<LogPart, Failure> {
    let run = &detail.run.id;
    let mut tasks: Vec<&str> = detail.graph.iter().map(|t| &*t.name).collect();
    tasks.extend(detail.tasks.iter().map(|t| &*t.task).filter(|name| !detail.graph.iter().any(|t| *t.name == **name)));
    let missing = |noun: &str, name: &str, all: &[&str]| {
        let near = nearest(name, all.iter().copied()).map(|n| format!("did you mean `{n}`?")).unwrap_or_default();
        let there = if all.is_empty() { "there is none yet".into() } else { format!("there is {}", all.join(", ")) };
        Failure::new(FailureKind::Missing, format!("{run} has no {noun} `{name}`"), there, near)
    };
    let steps_of = |task: &str| -> Vec<&str> {
        let attempts = detail.tasks.iter().filter(|t| *t.task == *task).flat_map(|t| &t.attempts);
        let set: BTreeSet<&str> = attempts.flat_map(|a| &a.steps).map(|s| &*s.name).collect();
        set.into_iter().collect()
    };
    if let Some(task) = &logs.task
        && !tasks.is_empty()
        && !tasks.contains(&task.as_str())
    {
        return Err(missing("task", task, &tasks));
    }
    match (&logs.task, &logs.step) {
        (None, None) => Ok(LogPart::Whole),
        (Some(task), None) => Ok(LogPart::Task(task.as_str().into())),
        (Some(task), Some(step)) => {
            let steps = steps_of(task);
            if !steps.is_empty() && !steps.contains(&step.as_str()) {
                return Err(missing("step", step, &steps));
            }
            Ok(LogPart::Step(task.as_str().into(), step.as_str().into()))
        }
        (None, Some(step)) => {
            let with: Vec<&str> = tasks.iter().copied().filter(|t| steps_of(t).contains(&step.as_str())).collect();
            match with.as_slice() {
                [task] => Ok(LogPart::Step((*task).into(), step.as_str().into())),
                [] => {
                    let mut all: Vec<&str> = tasks.iter().flat_map(|t| steps_of(t)).collect();
                    all.sort_unstable();
                    all.dedup();
                    Err(missing("step", step, &all))
                }
                several => Err(Failure::new(
                    FailureKind::Usage,
                    format!("{} tasks of {run} have a step `{step}`", several.len()),
                    several.join(", "),
                    "name one of them with --task",
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(json: bool) -> Page {
        Page { several: true, times: !json, json, colour: false, ascii: false, any: false }
    }

    fn source() -> Source {
        Source { order: 0, task: "build".into(), attempt: 1, step: "fetch".into() }
    }

    #[test]
    fn a_line_carries_its_time_and_where_it_comes_from_and_no_colour() {
        let text = page(false).piece(&source(), "\x1b[31mred\x1b[0m\nplain", &[1_764_000_000_500_000_000, 0]);
        assert_eq!(text, "2025-11-24T16:00:00.500Z [build › fetch (try 2)] red\n- [build › fetch (try 2)] plain\n");
    }

    #[test]
    fn lines_in_json_join_to_an_array() {
        let page = page(true);
        let text = format!("[{}\n]", page.piece(&source(), "a\nb", &[1_764_000_000_500_000_000, 0]));
        let all: serde_json::Value = serde_json::from_str(&text).expect("an array");
        assert_eq!(all[0]["time"], "2025-11-24T16:00:00.500Z");
        assert_eq!(all[1]["text"], "b");
        assert_eq!(all[1]["attempt"], 2);
        assert!(all[1]["time"].is_null());
    }
}
