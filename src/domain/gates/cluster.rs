//! Gates about the cluster it runs on: rights, alone, clean-up.

use super::{Cron, Fact, Facts, Ruling, moment};
use jiff::Timestamp;

pub(super) fn rights(facts: &Facts) -> Ruling {
    let (what, may) = &facts.right;
    if let Some(why) = &facts.read_only {
        return Ruling::block(why.clone()).absolute();
    }
    match may {
        Err(why) => return Ruling::unknown(format!("cannot ask whether weir may {what}: {why}")),
        Ok(false) => return Ruling::block(format!("you may not {what}")),
        Ok(true) => {}
    }
    let missing: Vec<&str> =
        facts.secrets.iter().filter(|(_, there)| *there == Ok(false)).map(|(name, _)| name.as_str()).collect();
    if !missing.is_empty() {
        return Ruling::block(format!("the pods need Secrets that are not there: {}", missing.join(", ")));
    }
    let unseen: Vec<String> = facts
        .secrets
        .iter()
        .filter_map(|(name, there)| {
            there.as_ref().err().map(|why| format!("Secret {name} cannot be seen from here: {why}"))
        })
        .collect();
    if !unseen.is_empty() {
        return Ruling::warn(format!("you may {what}; the pods' Secrets cannot be seen from here")).with(unseen);
    }
    let secrets: Vec<String> = facts.secrets.iter().map(|(name, _)| format!("Secret {name} is there")).collect();
    Ruling::pass(format!("you may {what}")).with(secrets)
}

pub(super) fn alone(facts: &Facts) -> Ruling {
    match &facts.rivals {
        Err(why) => return Ruling::unknown(format!("cannot list the runs: {why}")),
        Ok(rivals) => {
            if let Some(rival) = rivals.first() {
                let lines = rivals.iter().map(|r| format!("{} {}", r.run, r.does)).collect();
                return Ruling::block(format!("{} is not finished: it {}", rival.run.name, rival.does)).with(lines);
            }
        }
    }
    let name = &facts.channel.promoter;
    let (next, unreadable) = firing(&facts.promoter, facts.promoter_usual);
    if let Some(at) = next.filter(|at| within(facts, *at)) {
        let usual = if unreadable.is_some() { " (its usual time)" } else { "" };
        return Ruling::block(format!(
            "the CronJob {name} begins promotions at {}{usual}, before this one would end",
            moment(at)
        ))
        .with(until(facts));
    }
    match unreadable {
        Some(why) => Ruling::warn(format!("no other promotion runs; the CronJob {name} cannot be read: {why}"))
            .with(until(facts)),
        None => Ruling::pass("no other promotion runs or begins meanwhile").with(until(facts)),
    }
}

pub(super) fn clean_up(facts: &Facts) -> Ruling {
    let name = &facts.channel.clean_up;
    let (next, unreadable) = firing(&facts.clean_up, facts.clean_up_usual);
    let mut lines = until(facts);
    lines.extend(unreadable.map(|why| format!("{name} cannot be read ({why}): it counts as daily at 04:00 UTC")));
    match next.filter(|at| within(facts, *at)) {
        Some(at) => {
            Ruling::block(format!("{name} deletes finished tasks at {}, before this one would end", moment(at)))
                .with(lines)
        }
        None => Ruling::pass("no clean-up of runs falls into its time").with(lines),
    }
}

/// The next firing, and why it is only the usual one.
fn firing(cron: &Fact<Option<Cron>>, usual: Timestamp) -> (Option<Timestamp>, Option<String>) {
    match cron {
        Ok(cron) => (cron.as_ref().and_then(|cron| cron.next), None),
        Err(why) => (Some(usual), Some(why.clone())),
    }
}

fn within(facts: &Facts, at: Timestamp) -> bool {
    at >= facts.now && at.duration_since(facts.now) < facts.takes.0
}

fn until(facts: &Facts) -> Vec<String> {
    let minutes = facts.takes.0.as_mins();
    let mut lines = vec![format!("expected to take {}h{:02}m ({})", minutes / 60, minutes % 60, facts.takes.1)];
    lines.extend(facts.skew.clone());
    lines.extend(facts.earlier.iter().cloned());
    lines
}
