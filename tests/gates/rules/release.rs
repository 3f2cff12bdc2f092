//! Gates about the release itself: accepted, jobs, newest, not-promoted.

use super::{ALL, Case, cases};
use crate::facts::*;
use jiff::SignedDuration;
use weir_domain::release::detail::Insight;
use weir_domain::{Gate, GateId, Phase, Verdict, Way};

const FORBIDDEN: &str = "forbidden: releasepayloads in origin";

pub fn cases() -> Vec<Case> {
    let mut all = accepted();
    all.extend(jobs_cases());
    all.extend(newest());
    all.extend(not_promoted());
    all
}

fn unseen() -> Insight {
    Insight::Unseen { why: FORBIDDEN.into() }
}

fn seen(phase: Phase) -> Insight {
    Insight::Object(Box::new(object(phase)))
}

fn accepted() -> Vec<Case> {
    cases! { Accepted, ALL;
        "both say accepted": |_| {} => Pass, ["by its page and its ReleasePayload"];
        "the object cannot be seen": |f| f.insight = unseen() => Pass, ["by its page", FORBIDDEN];
        "the page cannot be read": |f| f.phase = Err("503".into()) => Pass, ["by its ReleasePayload", "503"];
        "it is rejected": |f| { f.phase = Ok(Phase::Rejected); f.insight = seen(Phase::Rejected) }
            => Block, ["it is rejected"];
        "it is still tested, by the page alone": |f| { f.phase = Ok(Phase::Ready); f.insight = unseen() }
            => Block, ["it is testing"];
        "it failed, by the object alone": |f| { f.phase = Err("503".into()); f.insight = seen(Phase::Failed) }
            => Block, ["it is failed", "ReleasePayload"];
        "the object says rejected": |f| f.insight = seen(Phase::Rejected)
            => Block, ["page says accepted", "ReleasePayload says rejected"];
        "the page says rejected": |f| f.phase = Ok(Phase::Rejected)
            => Block, ["page says rejected", "ReleasePayload says accepted"];
        "there is no object": |f| f.insight = Insight::None { cluster: "app.ci".into() }
            => Block, ["there is no ReleasePayload"];
        "nothing can be read": |f| { f.phase = Err("connection refused".into()); f.insight = unseen() }
            => Unknown, ["cannot be read", "connection refused"];
        "no page and no object": |f| {
            f.phase = Err("connection refused".into());
            f.insight = Insight::None { cluster: "app.ci".into() }
        } => Unknown, ["connection refused"];
    }
}

fn jobs_cases() -> Vec<Case> {
    cases! { Jobs, ALL;
        "two blocking succeeded": |_| {} => Pass, ["all 2 blocking jobs succeeded"];
        "the one blocking succeeded": |f| f.jobs = Ok(jobs(&["Succeeded"], &[]))
            => Pass, ["the one blocking job succeeded"];
        "there are none": |f| f.jobs = Ok(jobs(&[], &[])) => Pass, ["no blocking jobs"];
        "an informing one failed": |f| f.jobs = Ok(jobs(&["Succeeded", "Succeeded"], &["Failed", "Succeeded"]))
            => Warn, ["informing failed: upgrade-minor"];
        "a blocking one failed": |f| f.jobs = Ok(jobs(&["Succeeded", "Failed"], &[]))
            => Block, ["blocking: aws-upgrade failed"];
        "a blocking one is not done": |f| f.jobs = Ok(jobs(&["Pending", "Succeeded"], &[])) => Block, ["aws not done"];
        "a blocking one is in a state nobody knows": |f| f.jobs = Ok(jobs(&["Aborted"], &[])) => Block, ["aws Aborted"];
        "a blocking one failed and a hand accepted": |f| {
            f.jobs = Ok(jobs(&["Failed", "Succeeded"], &["Failed"]));
            f.insight = by_hand(Phase::Accepted, "aws quota, TRT-2310")
        } => Block, ["blocking: aws failed", "accepted by hand: aws quota, TRT-2310"];
        "they cannot be read": |f| f.jobs = Err("429, Retry-After 60".into()) => Unknown, ["429, Retry-After 60"];
    }
}

fn newest() -> Vec<Case> {
    cases! { Newest, ALL;
        "it is": |_| {} => Pass, ["the newest accepted of its stream"];
        "its jobs cannot be read and it is young": |f| f.jobs = Err("429".into()) => Pass, ["the newest accepted"];
        "another is accepted and newer": |f| f.stream.as_mut().expect("read")[0].phase = Phase::Accepted
            => Warn, ["4.21.0-0.okd-scos-nightly-2026-11-21-091144"];
        "only an older one is accepted": |f| f.stream.as_mut().expect("read")[1].phase = Phase::Rejected
            => Warn, ["the newest accepted is", EARLIER];
        "none of its stream is accepted": |f| f.stream = Ok(vec![release(NIGHTLY, Phase::Rejected)])
            => Warn, ["no release of its stream is accepted"];
        "it was decided 49 hours ago": |f| f.now = at("2026-11-23T04:41:00Z")
            => Warn, ["decided 2026-11-21 03:40 UTC", "48 hours"];
        "it was built 73 hours ago": |f| { f.jobs = Err("429".into()); f.now = at("2026-11-23T23:20:00Z") }
            => Warn, ["built 2026-11-20 22:15 UTC", "72 hours"];
        "the clock is an hour behind its build": |f| f.now = at("2026-11-20T21:15:04Z")
            => Warn, ["built 2026-11-20 22:15 UTC", "ahead of this machine's clock"];
        "the stream cannot be listed": |f| f.stream = Err("timed out after 15 s".into())
            => Unknown, ["timed out after 15 s"];
    }
}

fn not_promoted() -> Vec<Case> {
    cases! { NotPromoted, ALL;
        "none came from it": |_| {} => Pass, ["none of 3 releases", "3 say what they were made from"];
        "the channel is empty": |f| f.promoted = Ok(Vec::new()) => Pass, ["none of 0 releases"];
        "one of another version says nothing": |f| {
            let old = &mut f.promoted.as_mut().expect("read")[2];
            old.from = None;
            old.same_components = None
        } => Pass, ["none of 3 releases"];
        "one was made from its pull spec":
            |f| f.promoted.as_mut().expect("read")[0].from = Some(format!("{PLACE}:{NIGHTLY}").into())
            => Block, ["promoted already, as", HELD];
        "one was made from its digest":
            |f| f.promoted.as_mut().expect("read")[0].from = Some(format!("quay.io/x/y@{}", source()).into())
            => Block, ["promoted already, as", HELD];
        "one was made from its name": |f| f.promoted.as_mut().expect("read")[1].from = Some(NIGHTLY.into())
            => Block, ["promoted already, as 4.21.0-okd-scos.5"];
        "one has its components": |f| f.promoted.as_mut().expect("read")[1].same_components = Some(true)
            => Block, ["4.21.0-okd-scos.5 has exactly its components"];
        "the channel cannot be listed": |f| f.promoted = Err("503".into()) => Unknown, ["503"];
        "its digest cannot be read": |f| f.digest = Err("denied".into()) => Unknown, ["denied"];
        "one of its version says nothing": |f| {
            let silent = &mut f.promoted.as_mut().expect("read")[1];
            silent.from = None;
            silent.same_components = None
        } => Unknown, ["4.21.0-okd-scos.5"];
    }
}

#[test]
fn accepted_by_http_and_rejected_by_the_object_blocks_and_shows_both() {
    let mut facts = facts(Way::Pinned);
    facts.insight = seen(Phase::Rejected);
    let gate = gate(&facts, GateId::Accepted);
    assert!(gate.blocks());
    assert_eq!(gate.evidence, "its page says accepted, its ReleasePayload says rejected");
}

#[test]
fn a_hand_that_accepted_a_release_with_good_jobs_is_shown_and_stops_nothing() {
    let mut facts = facts(Way::Pinned);
    facts.insight = by_hand(Phase::Accepted, "the upgrade graph was repaired");
    says(&facts, GateId::Jobs, Verdict::Pass, &["accepted by hand: the upgrade graph was repaired"]);
}

#[test]
fn staleness_begins_one_minute_behind_its_limit_and_the_order_of_the_jobs_does_not_matter() {
    let mut facts = facts(Way::Pinned);
    let decided = at("2026-11-21T03:40:00Z");
    facts.now = decided + SignedDuration::from_hours(48);
    says(&facts, GateId::Newest, Verdict::Pass, &[]);
    facts.now += SignedDuration::from_mins(1);
    says(&facts, GateId::Newest, Verdict::Warn, &["48 hours"]);
    facts.jobs.as_mut().expect("read").jobs.reverse();
    says(&facts, GateId::Newest, Verdict::Warn, &["48 hours"]);
    facts.jobs = Err("429".into());
    facts.now = at("2026-11-20T22:15:04Z") + SignedDuration::from_hours(72);
    says(&facts, GateId::Newest, Verdict::Pass, &[]);
    facts.now += SignedDuration::from_mins(1);
    says(&facts, GateId::Newest, Verdict::Warn, &["72 hours"]);
}

#[test]
fn a_clock_five_minutes_behind_is_nobodys_concern() {
    let mut facts = facts(Way::Pinned);
    facts.now = at("2026-11-20T22:10:04Z");
    says(&facts, GateId::Newest, Verdict::Pass, &[]);
}

#[test]
fn every_release_of_the_channel_counts_however_it_ended() {
    for phase in [Phase::Rejected, Phase::Failed, Phase::Pending, Phase::Unknown] {
        let mut facts = facts(Way::Pinned);
        let earlier = &mut facts.promoted.as_mut().expect("read")[0];
        (earlier.phase, earlier.from) = (phase, Some(NIGHTLY.into()));
        let found: Gate = gate(&facts, GateId::NotPromoted);
        assert!(found.blocks(), "{}: {}", phase.word(), found.evidence);
    }
}

#[test]
fn a_hand_does_not_excuse_a_failed_blocking_job_and_its_reason_is_shown() {
    let mut facts = facts(Way::Pinned);
    facts.jobs = Ok(jobs(&["Failed", "Succeeded"], &[]));
    facts.insight = by_hand(Phase::Accepted, "aws quota, TRT-2310");
    let gate = gate(&facts, GateId::Jobs);
    assert!(gate.blocks() && gate.can_be_waived());
    assert_eq!(
        (gate.evidence.as_str(), &gate.details[..]),
        ("blocking: aws failed", &["accepted by hand: aws quota, TRT-2310".to_string()][..],)
    );
}

#[test]
fn a_release_from_the_future_warns_of_the_clock() {
    let mut facts = facts(Way::Pinned);
    facts.now = at("2026-11-20T21:15:04Z");
    let gate = gate(&facts, GateId::Newest);
    assert!(gate.warns() && gate.evidence.contains("ahead of this machine's clock"), "{}", gate.evidence);
}

#[test]
fn a_pull_spec_with_another_tag_than_the_name_is_found_by_either() {
    for from in [NIGHTLY, "nightly-4.21"] {
        let mut facts = facts(Way::Pinned);
        facts.pull_spec = pull_spec("nightly-4.21");
        facts.promoted.as_mut().expect("read")[0].from = Some(from.into());
        says(&facts, GateId::NotPromoted, Verdict::Block, &["promoted already, as", HELD]);
    }
}
