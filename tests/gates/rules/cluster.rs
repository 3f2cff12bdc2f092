//! Gates about the cluster: rights, alone, clean-up.

use super::{ALL, Case, NO_RUN, REGISTRY, RUN, RUN_OR_TAG, cases};
use crate::facts::*;
use jiff::SignedDuration;
use weir_domain::gates::Facts;
use weir_domain::{GateId, Verdict, Way};

const PROMOTER: &str = "cron-trigger-cluster-command";

pub fn cases() -> Vec<Case> {
    let mut all = rights();
    all.extend(alone());
    all.extend(clean_up());
    all.extend(cases! { Alone, REGISTRY; "a registry excludes nobody": |_| {} => NotApplicable, ["registry-tag"]; });
    all.extend(cases! { CleanUp, NO_RUN; "there is no run": |_| {} => NotApplicable, ["not asked"]; });
    for gate in [GateId::Signature, GateId::Previous, GateId::Arches, GateId::KeyRing] {
        all.extend(
            cases! { Signature, REGISTRY; "it is not asked": |_| {} => NotApplicable, ["registry-tag"]; }
                .into_iter()
                .map(|case| Case { gate, ..case }),
        );
    }
    all
}

fn secret(facts: &mut Facts, name: &str, there: Result<bool, &str>) {
    facts.secrets.push((name.into(), there.map_err(String::from)));
}

/// Monday, ninety minutes before cron promotes and half an hour before the clean-up.
fn monday(facts: &mut Facts) {
    facts.now = at("2026-11-23T03:30:00Z");
    facts.clean_up = Ok(Some(cron("tekton-cleanup-daily", Some("2026-11-23T04:00:00Z"))));
    facts.clean_up_usual = at("2026-11-23T04:00:00Z");
}

fn rights() -> Vec<Case> {
    cases! { Rights, ALL;
        "weir may": |f| secret(f, "okd-githubapp-auth", Ok(true))
            => Pass, ["you may", "Secret okd-githubapp-auth is there"];
        "a Secret cannot be seen": |f| secret(f, "okd-githubapp-auth", Err("forbidden"))
            => Warn, ["cannot be seen from here", "okd-githubapp-auth", "forbidden"];
        "weir may not": |f| f.right.1 = Ok(false) => Block, ["you may not"];
        "a Secret is not there":
            |f| { secret(f, "okd-githubapp-auth", Ok(false)); secret(f, "other", Err("forbidden")) }
            => Block, ["not there: okd-githubapp-auth"];
        "weir only reads": |f| f.read_only = Some("weir was started with --read-only".into()) => Block, ["--read-only"];
        "the server does not say": |f| f.right.1 = Err("500".into()) => Unknown, ["cannot ask whether weir may", "500"];
    }
}

fn alone() -> Vec<Case> {
    cases! { Alone, RUN_OR_TAG;
        "nothing else runs": |_| {}
            => Pass, ["no other promotion runs or begins meanwhile", "1h35m (the longest of 7 earlier runs)"];
        "the CronJob is suspended": |f| { monday(f); f.promoter = Ok(Some(cron(PROMOTER, None))) }
            => Pass, ["no other promotion"];
        "there is no CronJob": |f| { monday(f); f.promoter = Ok(None) } => Pass, ["no other promotion"];
        "the CronJob cannot be read and its time is far": |f| f.promoter = Err("forbidden".into())
            => Warn, ["cron-trigger-cluster-command cannot be read: forbidden"];
        "another promotion runs":
            |f| f.rivals = Ok(vec![rival("okd-release-stable-x7k2p", "promotes to 4-scos-stable"), rival("b", "c")])
            => Block, ["okd-release-stable-x7k2p is not finished: it promotes to 4-scos-stable", "moc/okd-coreos/b c"];
        "the wrapper sleeps":
            |f| f.rivals = Ok(vec![rival("cluster-command-run-9v2lm", "creates promotions that nobody sees begin")])
            => Block, ["cluster-command-run-9v2lm is not finished"];
        "cron fires within its time": |f| { monday(f); f.now = at("2026-11-23T04:00:00Z") }
            => Block, ["cron-trigger-cluster-command begins promotions at 2026-11-23 05:00 UTC"];
        "the CronJob cannot be read and its usual time is near": |f| {
            f.now = at("2026-11-23T04:00:00Z");
            f.promoter = Err("forbidden".into())
        } => Block, ["2026-11-23 05:00 UTC (its usual time)"];
        "the runs cannot be listed": |f| f.rivals = Err("connection lost".into()) => Unknown, ["connection lost"];
    }
}

fn clean_up() -> Vec<Case> {
    cases! { CleanUp, RUN;
        "it is over long before": |_| {} => Pass, ["no clean-up of runs falls into its time"];
        "there is none": |f| { monday(f); f.clean_up = Ok(None) } => Pass, ["no clean-up"];
        "it is suspended": |f| { monday(f); f.clean_up = Ok(Some(cron("tekton-cleanup-daily", None))) }
            => Pass, ["no clean-up"];
        "it cannot be read and is far": |f| f.clean_up = Err("forbidden".into())
            => Pass, ["forbidden", "daily at 04:00 UTC"];
        "it comes within its time": monday
            => Block, ["tekton-cleanup-daily deletes finished tasks at 2026-11-23 04:00 UTC"];
        "it cannot be read and its usual time is near": |f| { monday(f); f.clean_up = Err("forbidden".into()) }
            => Block, ["2026-11-23 04:00 UTC", "forbidden"];
    }
}

#[test]
fn what_fires_at_the_very_moment_counts_and_what_fires_when_it_has_ended_does_not() {
    let mut facts = facts(Way::Pinned);
    facts.takes.0 = SignedDuration::from_mins(60);
    for (now, promoter) in [
        ("2026-11-23T03:59:59Z", Verdict::Pass),
        ("2026-11-23T04:00:00Z", Verdict::Pass),
        ("2026-11-23T04:00:01Z", Verdict::Block),
        ("2026-11-23T05:00:00Z", Verdict::Block),
    ] {
        facts.now = at(now);
        says(&facts, GateId::Alone, promoter, &[]);
    }
}

#[test]
fn a_longer_known_run_reaches_further() {
    let mut facts = facts(Way::Pinned);
    facts.now = at("2026-11-23T02:30:00Z");
    says(&facts, GateId::Alone, Verdict::Pass, &["1h35m"]);
    facts.takes = (SignedDuration::from_mins(151), "the longest of 8 earlier runs".into());
    says(&facts, GateId::Alone, Verdict::Block, &["2h31m (the longest of 8 earlier runs)"]);
}

#[test]
fn the_clean_up_can_be_waived_and_another_promotion_can_not() {
    let mut facts = facts(Way::Pinned);
    monday(&mut facts);
    facts.rivals = Ok(vec![rival("okd-release-stable-x7k2p", "promotes to 4-scos-stable")]);
    let [alone, clean_up] = [GateId::Alone, GateId::CleanUp].map(|id| gate(&facts, id));
    assert!(alone.blocks() && !alone.can_be_waived());
    assert!(clean_up.blocks() && clean_up.can_be_waived());
}

#[test]
fn for_an_image_stream_tag_no_clean_up_matters() {
    let mut facts = facts(Way::ImagestreamTag);
    monday(&mut facts);
    says(&facts, GateId::CleanUp, Verdict::NotApplicable, &[]);
}

#[test]
fn cron_counts_when_it_fires_in_time_not_when_suspended_and_at_its_usual_time_when_unreadable() {
    let mut facts = facts(Way::Pinned);
    monday(&mut facts);
    says(&facts, GateId::Alone, Verdict::Block, &["2026-11-23 05:00 UTC"]);
    facts.promoter = Ok(Some(cron(PROMOTER, None)));
    says(&facts, GateId::Alone, Verdict::Pass, &[]);
    facts.promoter = Err("forbidden".into());
    says(&facts, GateId::Alone, Verdict::Block, &["its usual time"]);
    facts.now = at("2026-11-21T12:00:00Z");
    says(&facts, GateId::Alone, Verdict::Warn, &["cannot be read: forbidden"]);
}

#[test]
fn the_clean_up_at_four_blocks_whether_its_cron_job_can_be_read_or_not() {
    let mut facts = facts(Way::Pinned);
    facts.now = at("2026-11-22T03:00:00Z");
    says(&facts, GateId::CleanUp, Verdict::Block, &["2026-11-22 04:00 UTC"]);
    facts.clean_up = Err("forbidden".into());
    says(&facts, GateId::CleanUp, Verdict::Block, &["2026-11-22 04:00 UTC", "forbidden"]);
}
