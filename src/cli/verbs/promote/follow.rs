//! A promotion from its receipt to its end: each check is told when it changes.
//!
//! An interrupt ends the looking, never the run. What is not seen to end well is never said to have ended well.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::shapes::plan::{Ended, state_word};
use crate::table::Table;
use futures::StreamExt;
use std::collections::BTreeMap;
use tokio::signal::unix::{Signal, SignalKind, signal};
use weir_domain::promotion::{CheckId, CheckState, Ending};
use weir_domain::{Failure, FailureKind, Loaded, News, Plan, Promotion, Receipt, Watch};

/// The signals by which somebody asks weir to end.
pub(super) struct Leave(Vec<Signal>);

impl Leave {
    /// From here on a signal waits to be asked for. The embedded world goes with the program, which listens itself.
    pub fn listen(desk: &Desk<'_>) -> Leave {
        if desk.surroundings.demo.is_some() {
            return Leave(Vec::new());
        }
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Leave(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn asked(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let each = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures::future::select_all(each).await;
    }
}

pub(super) async fn follow(desk: &mut Desk<'_>, plan: &Plan, receipt: &Receipt, leave: &mut Leave) -> Result<i32, End> {
    // Whoever read the output may go away: the looking goes on all the same.
    let named = if desk.paper.json { Ok(()) } else { desk.paper.line(&receipt.run.to_string()) };
    let named = named.and_then(|()| desk.paper.flush());
    let mut last: Option<Box<Promotion>> = None;
    let ended = until_end(desk, receipt, leave, &mut last).await;
    let printed = named.and_then(|()| match &last {
        _ if desk.paper.json => desk.paper.object(&Ended::of(plan, receipt, last.as_deref())),
        Some(promotion) => checks(desk, promotion),
        None => Ok(()),
    });
    ended?;
    let Some(promotion) = last else { return Err(End::Code(code::UNREACHABLE)) };
    if !matches!(promotion.ending, Some(Ending::Good)) {
        promotion.public.iter().for_each(|words| desk.paper.note(&format!("public already: {words}")));
    }
    let (words, code) = outcome(&promotion);
    desk.paper.note(&words);
    code::keeping(printed, code)
}

/// `last` is what was seen last, also when it ends otherwise.
async fn until_end(
    desk: &mut Desk<'_>,
    receipt: &Receipt,
    leave: &mut Leave,
    last: &mut Option<Box<Promotion>>,
) -> Result<(), End> {
    let mut watch = desk.client.watch(Watch::Promotion(receipt.run.clone()));
    let mut told = Told::default();
    loop {
        let news = tokio::select! {
            news = watch.next() => news,
            () = leave.asked() => {
                let run = &receipt.run;
                desk.paper.note(&format!("you left: {run} goes on, and weir does not stop it when a check fails"));
                desk.paper.note(&format!("look again with `{} run {run}` or `{0} ledger`", desk.program()));
                return Err(End::Code(code::UNREACHABLE));
            }
        };
        match news {
            Some(News::Promotion(_, Loaded::Known(promotion))) => {
                told.changes(&promotion).iter().for_each(|words| desk.paper.note(words));
                let ended = promotion.ending.is_some();
                *last = Some(promotion);
                if ended {
                    return Ok(());
                }
            }
            Some(News::Promotion(_, Loaded::Missing(failure))) => return Err(unknown(receipt, &failure)),
            Some(News::Promotion(_, Loaded::Lost { failure, retry })) => {
                let person = matches!(failure.kind, FailureKind::Expired | FailureKind::Denied);
                if person || retry.is_none() {
                    return Err(unknown(receipt, &failure));
                }
                told.once(&failure.sentence()).iter().for_each(|words| desk.paper.note(&format!("{words}; waiting")));
            }
            Some(_) => {}
            None => {
                let failure = Failure::new(FailureKind::Unknown, "the watch ended", "", "");
                return Err(unknown(receipt, &failure));
            }
        }
    }
}

/// Whatever the reason: nobody knows how it ended.
fn unknown(receipt: &Receipt, failure: &Failure) -> End {
    let what = format!("the outcome of {} is unknown", receipt.run);
    Failure::new(FailureKind::Unknown, what, failure.sentence(), "nothing is sent again; see `weir ledger`").into()
}

fn outcome(promotion: &Promotion) -> (String, i32) {
    let name = format!("{} to {}", promotion.name, promotion.channel);
    match &promotion.ending {
        Some(Ending::Good) => {
            let open: Vec<&str> = promotion
                .checks
                .iter()
                .filter(|check| matches!(check.state, CheckState::Waiting { .. }))
                .map(|check| check.id.key())
                .collect();
            let rest = if open.is_empty() { String::new() } else { format!("; waiting for: {}", open.join(", ")) };
            (format!("promoted {name}{rest}"), code::YES)
        }
        Some(Ending::Failed(why)) => (format!("the promotion of {name} failed: {why}"), code::FAILED),
        Some(Ending::Unknown(why)) => (format!("the outcome of promoting {name} is unknown: {why}"), code::UNREACHABLE),
        None => (format!("{name} goes on"), code::UNREACHABLE),
    }
}

fn checks(desk: &mut Desk<'_>, promotion: &Promotion) -> Result<(), End> {
    let mut table = Table::new(["CHECK", "STATE", "EVIDENCE"]);
    for check in &promotion.checks {
        let sgr = match check.state {
            CheckState::Good => "32",
            CheckState::Bad => "31",
            CheckState::Waiting { .. } | CheckState::Unknown => "33",
            CheckState::NotApplicable => "2",
        };
        let word = desk.paper.tinted(state_word(&check.state), sgr);
        table.row([check.id.key().to_string(), word, check.evidence.clone()]);
    }
    if table.is_empty() { Ok(()) } else { table.print(&mut desk.paper) }
}

/// What was said already: nothing is said twice in a row.
#[derive(Default)]
struct Told {
    checks: BTreeMap<CheckId, (&'static str, String)>,
    alarm: Option<String>,
    loss: String,
}

impl Told {
    /// One line for each check that changed. One that only waits is not told before it does something.
    fn changes(&mut self, promotion: &Promotion) -> Vec<String> {
        self.loss.clear();
        let mut lines = Vec::new();
        for check in &promotion.checks {
            let now = (state_word(&check.state), check.evidence.clone());
            let quiet = matches!(check.state, CheckState::NotApplicable)
                || matches!(check.state, CheckState::Waiting { .. }) && check.id != CheckId::Run;
            let before = self.checks.insert(check.id, now.clone());
            if before.as_ref() != Some(&now) && !(quiet && before.is_none_or(|(word, _)| word == now.0)) {
                lines.push(format!("{} {}: {}", check.id.key(), now.0, now.1));
            }
        }
        if promotion.alarm != self.alarm {
            lines.extend(promotion.alarm.iter().map(|words| format!("beware: {words}")));
            self.alarm.clone_from(&promotion.alarm);
        }
        lines
    }

    fn once(&mut self, words: &str) -> Option<String> {
        let news = self.loss != words;
        self.loss = words.to_string();
        news.then(|| words.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{now, promotion};

    #[test]
    fn each_check_is_told_when_it_changes_and_only_then() {
        let mut told = Told::default();
        let mut promotion = promotion(None);
        assert_eq!(told.changes(&promotion), ["run waiting: 2 of 6 tasks done"], "waiting checks say nothing yet");
        assert!(told.changes(&promotion).is_empty());
        promotion.checks[1].state = CheckState::Good;
        promotion.checks[1].evidence = "the tag is ours".into();
        promotion.alarm = Some("the tag moved".into());
        assert_eq!(told.changes(&promotion), ["mirrored good: the tag is ours", "beware: the tag moved"]);
        promotion.checks[1].state = CheckState::Waiting { since: now() };
        assert_eq!(told.changes(&promotion), ["mirrored waiting: the tag is ours"], "a step back is told");
    }

    #[test]
    fn a_loss_is_told_once_until_something_is_seen_again() {
        let mut told = Told::default();
        assert!(told.once("refused").is_some());
        assert!(told.once("refused").is_none());
        told.changes(&promotion(None));
        assert!(told.once("refused").is_some());
    }

    #[test]
    fn only_a_good_end_is_0_and_an_unknown_one_is_4() {
        let of = |ending| outcome(&promotion(ending)).1;
        assert_eq!(of(Some(Ending::Good)), code::YES);
        assert_eq!(of(Some(Ending::Failed("mirror failed".into()))), code::FAILED);
        assert_eq!(of(Some(Ending::Unknown("the run is gone".into()))), code::UNREACHABLE);
        assert_eq!(of(None), code::UNREACHABLE);
        let (words, _) = outcome(&promotion(Some(Ending::Good)));
        assert!(words.contains("; waiting for: run, mirrored"), "{words}");
    }
}
