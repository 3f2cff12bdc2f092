//! The strip: a release and those before it in its stream × their jobs, so that "since when" is visible.

use super::Releases;
use std::collections::BTreeSet;
use std::sync::Arc;
use weir_domain::release::Verdict;
use weir_domain::release::detail::{Strip, StripLine};
use weir_domain::{Phase, Release};

/// How many releases it shows.
const LONG: usize = 10;

impl Releases {
    /// The releases from the given one back, and how many could not be read.
    pub(super) async fn strip(&self, stream: &str, tag: &str, all: &[Release]) -> (Strip, usize) {
        let shown = window(all, tag);
        let asked = shown.iter().map(|release| async move {
            match release.phase {
                // Nothing ran of a release whose image could not be made, whatever its jobs say.
                Phase::Failed => Some(Verdict::default()),
                _ => self.verdict(stream, release).await.ok(),
            }
        });
        let verdicts = futures::future::join_all(asked).await;
        let unread = verdicts.iter().filter(|v| v.is_none()).count();
        let verdicts: Vec<Verdict> = verdicts.into_iter().map(Option::unwrap_or_default).collect();
        (woven(shown, &verdicts), unread)
    }
}

/// Nothing of a release that its stream does not list any more: what is there now is newer.
fn window<'a>(all: &'a [Release], tag: &str) -> &'a [Release] {
    let from = all.iter().position(|release| &*release.name == tag).unwrap_or(all.len());
    &all[from..all.len().min(from + LONG)]
}

/// One verdict a release, in their order.
fn woven(releases: &[Release], verdicts: &[Verdict]) -> Strip {
    let blocking: BTreeSet<&Arc<str>> =
        verdicts.iter().flat_map(|v| &v.jobs).filter(|job| job.blocking).map(|job| &job.name).collect();
    let names: BTreeSet<(bool, &Arc<str>)> =
        verdicts.iter().flat_map(|v| &v.jobs).map(|job| (!blocking.contains(&job.name), &job.name)).collect();
    let lines = names.into_iter().map(|(informing, name)| StripLine {
        job: name.clone(),
        blocking: !informing,
        states: verdicts
            .iter()
            .map(|verdict| verdict.jobs.iter().find(|job| job.name == *name).map(|job| job.state.clone()))
            .collect(),
    });
    Strip { lines: lines.collect(), releases: releases.iter().map(|r| (r.name.clone(), r.phase)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(number: usize) -> Release {
        let name = format!("4.21.0-okd-scos.{number}").into();
        Release { name, phase: Phase::Accepted, pull_spec: "".into(), created: None, verdict: None }
    }

    #[test]
    fn the_strip_begins_with_the_release_and_tells_nothing_of_newer_ones() {
        let all: Vec<Release> = (0..30).rev().map(release).collect();
        let first = |tag: &str| (window(&all, tag)[0].name.to_string(), window(&all, tag).len());
        assert_eq!(first("4.21.0-okd-scos.29"), ("4.21.0-okd-scos.29".to_string(), 10));
        assert_eq!(first("4.21.0-okd-scos.25"), ("4.21.0-okd-scos.25".to_string(), 10));
        assert_eq!(first("4.21.0-okd-scos.12"), ("4.21.0-okd-scos.12".to_string(), 10));
        assert_eq!(first("4.21.0-okd-scos.4"), ("4.21.0-okd-scos.4".to_string(), 5));
        assert!(window(&all, "gone").is_empty());
        assert!(window(&[], "gone").is_empty());
    }
}
