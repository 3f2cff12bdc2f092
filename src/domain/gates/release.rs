//! Gates about the release itself: accepted, jobs, newest, not-promoted.

use super::{Facts, Ruling, made_from, moment};
use crate::promoted::PromotedName;
use crate::release::Phase;
use crate::release::detail::Insight;
use jiff::SignedDuration;

/// How old a release may be without a warning: since its jobs decided, and since it was built.
const ACCEPTED_LIMIT: SignedDuration = SignedDuration::from_hours(48);
const BUILT_LIMIT: SignedDuration = SignedDuration::from_hours(72);

pub(super) fn accepted(facts: &Facts) -> Ruling {
    let object = match &facts.insight {
        Insight::Object(object) => Ok(Some(object.phase)),
        Insight::None { .. } => Ok(None),
        Insight::Unseen { why } => Err(why),
    };
    match (&facts.phase, object) {
        (Ok(page), Ok(Some(object))) if *page != object => {
            Ruling::block(format!("its page says {}, its ReleasePayload says {}", page.word(), object.word()))
        }
        (Ok(Phase::Accepted), Ok(None)) => Ruling::block("its page says accepted, and there is no ReleasePayload"),
        (Ok(Phase::Accepted), Ok(Some(_))) => Ruling::pass("accepted, by its page and its ReleasePayload"),
        (Ok(Phase::Accepted), Err(why)) => {
            Ruling::pass("accepted, by its page").with(vec![format!("the ReleasePayload cannot be seen: {why}")])
        }
        (Ok(page), _) => Ruling::block(format!("it is {}", page.word())),
        (Err(why), Ok(Some(Phase::Accepted))) => {
            Ruling::pass("accepted, by its ReleasePayload").with(vec![format!("its page cannot be read: {why}")])
        }
        (Err(_), Ok(Some(object))) => Ruling::block(format!("it is {}, by its ReleasePayload", object.word())),
        (Err(why), _) => Ruling::unknown(format!("its phase cannot be read: {why}")),
    }
}

pub(super) fn jobs(facts: &Facts) -> Ruling {
    let verdict = match &facts.jobs {
        Ok(verdict) => verdict,
        Err(why) => return Ruling::unknown(format!("its jobs cannot be read: {why}")),
    };
    let mut details = Vec::new();
    if let Insight::Object(object) = &facts.insight
        && let Some(hand) = &object.by_hand
    {
        details.push(format!("{} by hand: {}", hand.verdict.word(), hand.reason));
    }
    let mut open: Vec<String> = verdict
        .jobs
        .iter()
        .filter(|job| job.blocking && &*job.state != "Succeeded")
        .map(|job| format!("{} {}", job.name, state(&job.state)))
        .collect();
    match &facts.configured {
        // A job without a result was not waited for: accepted by hand too early, or an answer with a hole.
        Ok(configured) => open.extend(
            configured
                .iter()
                .filter(|name| !verdict.jobs.iter().any(|job| job.name == **name))
                .map(|name| format!("{name} has no result")),
        ),
        Err(why) if !verdict.jobs.iter().any(|job| job.blocking) => {
            return Ruling::unknown(format!(
                "no blocking job has a result, and whether its stream has any cannot be read: {why}"
            ))
            .with(details);
        }
        Err(_) => {}
    }
    let failed: Vec<&str> =
        verdict.jobs.iter().filter(|job| !job.blocking && &*job.state == "Failed").map(|job| &*job.name).collect();
    let blocking = verdict.jobs.iter().filter(|job| job.blocking).count();
    if !open.is_empty() {
        return Ruling::block(format!("blocking: {}", open.join(", "))).with(details);
    }
    if !failed.is_empty() {
        return Ruling::warn(format!("{blocking} blocking succeeded; informing failed: {}", failed.join(", ")))
            .with(details);
    }
    let words = match blocking {
        0 => "its stream has no blocking jobs".to_string(),
        1 => "the one blocking job succeeded".to_string(),
        n => format!("all {n} blocking jobs succeeded"),
    };
    Ruling::pass(words).with(details)
}

fn state(word: &str) -> &str {
    match word {
        "Failed" => "failed",
        "Pending" => "not done",
        other => other,
    }
}

pub(super) fn newest(facts: &Facts) -> Ruling {
    let stream = match &facts.stream {
        Ok(stream) => stream,
        Err(why) => return Ruling::unknown(format!("its stream cannot be listed: {why}")),
    };
    let newest = stream.iter().find(|release| release.phase == Phase::Accepted);
    match newest {
        Some(newest) if newest.name != facts.release.name => {
            return Ruling::warn(format!("the newest accepted is {}", newest.name));
        }
        None => return Ruling::warn("no release of its stream is accepted"),
        _ => {}
    }
    let built = crate::release::built(&facts.release.name);
    let decided = facts.jobs.as_ref().ok().and_then(crate::release::Verdict::decided);
    if let Some(at) = decided.filter(|at| facts.now.duration_since(*at) > ACCEPTED_LIMIT) {
        return Ruling::warn(format!("the newest accepted, decided {}: more than 48 hours ago", moment(at)));
    }
    match built {
        Some(at) if facts.now.duration_since(at) > BUILT_LIMIT => {
            Ruling::warn(format!("the newest accepted, built {}: more than 72 hours ago", moment(at)))
        }
        // A clock that is off shows in a release from the future.
        Some(at) if at.duration_since(facts.now) > SignedDuration::from_mins(5) => {
            Ruling::warn(format!("built {}: that is ahead of this machine's clock", moment(at)))
        }
        _ => Ruling::pass("the newest accepted of its stream"),
    }
}

pub(super) fn not_promoted(facts: &Facts) -> Ruling {
    let (promoted, digest) = match (&facts.promoted, &facts.digest) {
        (Ok(promoted), Ok(digest)) => (promoted, digest),
        (Err(why), _) | (_, Err(why)) => {
            return Ruling::unknown(format!("the channel's releases cannot be compared: {why}"));
        }
    };
    let from_here = |from: &str| from == &*facts.release.name || made_from(from, &facts.pull_spec, digest);
    if let Some(earlier) = promoted.iter().find(|p| p.from.as_deref().is_some_and(from_here)) {
        return Ruling::block(format!("promoted already, as {}", earlier.name));
    }
    if let Some(twin) = promoted.iter().find(|p| p.same_components == Some(true)) {
        return Ruling::block(format!("{} has exactly its components", twin.name));
    }
    // A promoted release keeps its source's X.Y.Z, so only one of the same (or of none) can have come from it.
    let version = PromotedName::version_of(&facts.release.name);
    let near = |name: &str| PromotedName::version_of(name).is_none_or(|other| version.is_none_or(|own| own == other));
    if let Some(silent) = promoted.iter().find(|p| p.from.is_none() && p.same_components.is_none() && near(&p.name)) {
        return Ruling::unknown(format!(
            "{} does not say what it was made from, nor were its components read",
            silent.name
        ));
    }
    let compared = promoted.iter().filter(|p| p.same_components.is_some()).count();
    let named = promoted.iter().filter(|p| p.from.is_some()).count();
    Ruling::pass(format!("none of {} in the channel came from it", releases(promoted.len())))
        .with(vec![format!("{named} say what they were made from; the components of {compared} were compared")])
}

pub(super) fn releases(count: usize) -> String {
    if count == 1 { "1 release".into() } else { format!("{count} releases") }
}
