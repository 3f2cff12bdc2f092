//! `release`: one release whole, why it stands where it does first.

use super::releases::word;
use crate::code::{self, End};
use crate::desk::Desk;
use crate::paper::Paper;
use crate::shapes::release::Whole;
use crate::table::Table;
use crate::{find, list};
use futures::StreamExt;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use weir_domain::release::detail::{Insight, ReleaseDetail, Upgrade};
use weir_domain::release::{Job, NEVER_RAN};
use weir_domain::{Failure, Loaded, News, Phase, ReleaseId, Watch, age_text};

/// The ReleasePayload, the strip and the changes arrive after the jobs, each in its own time.
const QUIET: Duration = Duration::from_millis(1500);
/// When the slow ones are there already.
const MOMENT: Duration = Duration::from_millis(300);
const SETTLED: Duration = Duration::from_secs(6);

pub(super) async fn release(desk: &mut Desk<'_>, name: &str) -> Result<i32, End> {
    let id = find::release::release(desk, name).await?.id;
    let detail = detail(desk, &id, |_| false).await?;
    let printed = if desk.paper.json { desk.paper.object(&Whole::of(&detail)) } else { show(&mut desk.paper, &detail) };
    detail.unseen.iter().for_each(|sentence| desk.paper.note(&format!("not seen: {sentence}")));
    code::keeping(printed, code(&detail))
}

/// 1 for a rejected or failed one, also when only the page or only the ReleasePayload says so.
fn code(detail: &ReleaseDetail) -> i32 {
    let bad = |phase: Phase| matches!(phase, Phase::Rejected | Phase::Failed);
    let object = detail.disagreement().is_some_and(|(_, object)| bad(object));
    if bad(detail.release.phase) || object { code::FAILED } else { code::YES }
}

/// The release with what arrives within a while of each other, or as soon as it is `enough`.
pub(super) async fn detail(
    desk: &Desk<'_>,
    id: &ReleaseId,
    enough: fn(&ReleaseDetail) -> bool,
) -> Result<Box<ReleaseDetail>, Failure> {
    let mut watch = desk.client.watch(Watch::Release(id.clone()));
    let limit = Instant::now() + list::LIMIT;
    let (mut known, mut until, mut settled): (Option<Box<ReleaseDetail>>, _, _) = (None, limit, limit);
    loop {
        match timeout_at(until, watch.next()).await {
            Ok(Some(News::Release(_, Loaded::Known(detail)))) => {
                if enough(&detail) {
                    return Ok(detail);
                }
                if known.is_none() {
                    settled = Instant::now() + SETTLED;
                }
                until = settled.min(Instant::now() + if slow_are_there(&detail) { MOMENT } else { QUIET });
                known = Some(detail);
            }
            Ok(Some(News::Release(_, Loaded::Missing(failure)))) => return Err(failure),
            Ok(Some(News::Release(_, Loaded::Lost { failure, .. }))) if known.is_none() => return Err(failure),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => {
                return known.ok_or_else(|| list::late(&format!("cannot read {id}"), "the release-controller"));
            }
        }
    }
}

/// What comes last is known.
fn slow_are_there(detail: &ReleaseDetail) -> bool {
    detail.changes.is_some() && !detail.strip.releases.is_empty() && matches!(detail.insight, Insight::Object(_))
}

fn show(paper: &mut Paper<'_>, detail: &ReleaseDetail) -> Result<(), End> {
    let title = format!("{}  {}", paper.strong(&detail.id.name), word(paper, detail.release.phase));
    paper.line(&title)?;
    for (label, words) in facts(detail) {
        paper.line(&format!("{label:<17}{words}"))?;
    }
    jobs(paper, detail)?;
    upgrades(paper, "Upgrades to it", &detail.upgrades_to, |upgrade| &upgrade.from)?;
    upgrades(paper, "Upgrades from it", &detail.upgrades_from, |upgrade| &upgrade.to)
}

fn facts(detail: &ReleaseDetail) -> Vec<(&'static str, String)> {
    let mut facts = vec![("why", detail.why()), ("stream", detail.id.stream.to_string())];
    facts
        .extend(detail.release.created.map(|at| ("created", format!("{} ago ({at})", age_text(at, Timestamp::now())))));
    if !detail.release.pull_spec.is_empty() {
        facts.push(("image", detail.release.pull_spec.to_string()));
    }
    facts.push(("page", detail.page.clone()));
    match &detail.insight {
        Insight::Object(object) => {
            facts.push((
                "ReleasePayload",
                format!("{} / {}: {}", object.cluster, object.namespace, object.phase.word()),
            ));
            facts.extend(object.by_hand.as_ref().map(|hand| ("by hand", by_hand(hand.verdict, &hand.reason))));
            let idle = object.wish.as_ref().filter(|_| object.by_hand.is_none());
            facts.extend(idle.map(|(word, why)| ("asked by hand", format!("{word}, without effect so far: {why}"))));
        }
        Insight::None { cluster } => facts.push(("ReleasePayload", format!("there is none on {cluster}"))),
        Insight::Unseen { why } => facts.push(("ReleasePayload", format!("not seen: {why}"))),
    }
    facts.extend(detail.promoted_from.as_ref().map(|from| ("promoted from", from.to_string())));
    for promoted in &detail.promoted_as {
        facts.push(("promoted as", format!("{} in {}", promoted.name, promoted.stream)));
    }
    facts.extend(detail.accepted_before.as_ref().map(|before| ("accepted before", before.to_string())));
    facts
        .extend(detail.changes.as_ref().map(|(from, log)| ("changes", format!("{} merged since {from}", log.pulls()))));
    facts
}

fn by_hand(verdict: Phase, reason: &str) -> String {
    format!("{}: {}", verdict.word(), if reason.is_empty() { "no reason given" } else { reason })
}

/// Each job with its page; the pages of earlier attempts below it.
fn jobs(paper: &mut Paper<'_>, detail: &ReleaseDetail) -> Result<(), End> {
    let jobs = detail.jobs();
    if jobs.is_empty() {
        return Ok(());
    }
    paper.line("")?;
    let mut table = Table::new(["JOB", "KIND", "STATE", ">TRIES", "FAILING", "PAGE"]);
    for job in jobs {
        table.row([
            job.name.to_string(),
            if job.blocking { "blocking".into() } else { "informing".into() },
            job.status(detail.release.phase).map_or_else(|| NEVER_RAN.into(), |status| paper.status(status)),
            job.attempts.to_string(),
            row(detail, job),
            job.url.to_string(),
        ]);
    }
    let mut lines = table.lines().into_iter();
    paper.line(&lines.next().unwrap_or_default())?;
    for (line, job) in lines.zip(jobs) {
        paper.line(&line)?;
        for (index, page) in job.earlier.iter().enumerate() {
            paper.line(&format!("    try {}: {page}", index + 1))?;
        }
    }
    Ok(())
}

/// Of a failed job: "3 in a row since 2026-11-20", from the strip.
fn row(detail: &ReleaseDetail, job: &Job) -> String {
    if &*job.state != "Failed" {
        return String::new();
    }
    let Some((count, _)) = detail.strip.line(&job.name).and_then(|line| line.failing()) else { return String::new() };
    match detail.strip.since(&job.name) {
        Some(since) => format!("{count} in a row since {}", since.strftime("%Y-%m-%d")),
        None => format!("{count} in a row"),
    }
}

fn upgrades(
    paper: &mut Paper<'_>,
    title: &str,
    upgrades: &[Upgrade],
    other: fn(&Upgrade) -> &std::sync::Arc<str>,
) -> Result<(), End> {
    for (index, upgrade) in upgrades.iter().enumerate() {
        if index == 0 {
            paper.line("")?;
            let title = paper.strong(title);
            paper.line(&title)?;
        }
        let (name, pages) = (other(upgrade), upgrade.pages.join(" "));
        let counts = format!("{} ok, {} failed of {}", upgrade.succeeded, upgrade.failed, upgrade.total);
        paper.line(format!("  {name}  {counts}  {pages}").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Global;
    use crate::surroundings::Terminal;
    use crate::tests::{release_detail, release_payload};

    #[test]
    fn a_rejected_or_failed_release_is_1_also_when_only_one_source_says_so() {
        let of = |phase, object: Option<Phase>| {
            let mut detail = release_detail(phase);
            detail.insight = object.map_or(Insight::Unseen { why: "forbidden".into() }, |phase| {
                Insight::Object(Box::new(release_payload(phase)))
            });
            code(&detail)
        };
        assert_eq!(of(Phase::Accepted, None), code::YES);
        assert_eq!(of(Phase::Ready, None), code::YES);
        assert_eq!(of(Phase::Unknown, None), code::YES);
        assert_eq!(of(Phase::Rejected, None), code::FAILED);
        assert_eq!(of(Phase::Failed, Some(Phase::Failed)), code::FAILED);
        assert_eq!(of(Phase::Accepted, Some(Phase::Rejected)), code::FAILED);
        assert_eq!(of(Phase::Rejected, Some(Phase::Accepted)), code::FAILED);
    }

    #[test]
    fn a_jobs_state_is_told_in_the_words_of_the_screens() {
        let told = |phase: Phase, page: &str| {
            let mut detail = release_detail(phase);
            let job = &mut detail.release.verdict.as_mut().expect("a verdict").jobs[0];
            (job.state, job.url, job.earlier) = ("Pending".into(), page.into(), Vec::new());
            let (mut out, mut err) = (Vec::new(), Vec::new());
            show(&mut Paper::new(&Global::default(), &Terminal::default(), &mut out, &mut err), &detail)
                .unwrap_or_else(|_| panic!("it is printed"));
            let text = String::from_utf8(out).expect("text");
            text.lines().find(|line| line.starts_with("aws-upgrade")).expect("the job's line").to_string()
        };
        assert!(told(Phase::Ready, "https://prow.example.org/1").contains("  running  "));
        assert!(told(Phase::Ready, "").contains("  pending  "));
        assert!(told(Phase::Pending, "").contains("  pending  "));
        assert!(told(Phase::Failed, "").contains("  never ran  "));
    }

    #[test]
    fn a_hand_without_effect_is_told_as_such() {
        let mut detail = release_detail(Phase::Pending);
        let mut object = release_payload(Phase::Pending);
        object.wish = Some(("accepted".into(), "typo".into()));
        detail.insight = Insight::Object(Box::new(object));
        let facts = facts(&detail);
        assert!(facts.contains(&("asked by hand", "accepted, without effect so far: typo".into())), "{facts:?}");
    }
}
