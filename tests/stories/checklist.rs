//! Stories of what was promoted: the checklist that fills in, its ends, and what a release that was promoted leads to.

use crate::golden;
use crate::promote::{fetched, flat, running};
use crate::world::*;
use weir_domain::promotion::{CheckState, Ending};
use weir_domain::{Failure, FailureKind, Loaded, News, Status, Watch};
use weir_ui::{Effect, Message, PromoteFrom, Route};

#[test]
fn what_was_sent_becomes_a_checklist() {
    let loading = running(SMALL);
    golden("promote__sent", &loading);
    assert!(loading.watches().contains(&Watch::Promotion(promoted_run())));
    for (size, name) in [(SMALL, "promote__running"), (WIDE, "promote__running_wide")] {
        let mut story = running(size);
        let known = answered(promotion(), &[]);
        story.news([promotion_news(known)]);
        golden(name, &story);
        assert!(flat(&story).contains("waiting since 13:50"), "{}", story.frame().text());
        story.press("Enter");
        assert_eq!(*story.route(), Route::Run(promoted_run()));
    }
}

#[test]
fn an_alarm_stands_on_top_and_says_what_is_public_already() {
    let mut known = answered(
        promotion(),
        &[
            (CheckState::Good, "mirror has ended"),
            (CheckState::Good, "quay.io/okd/scos-release:4.22.0-okd-scos.ec.7 is ours, sha256:d6a77f5c…a5d1"),
            (CheckState::Bad, "3 of 190 components cannot be pulled without credentials"),
        ],
    );
    known.alarm = Some(
        "3 of 190 components cannot be pulled without credentials: the run was cancelled before the GitHub release was \
         made. Somebody must make quay.io/okd/scos-content public."
            .into(),
    );
    known.public = vec!["the image quay.io/okd/scos-release:4.22.0-okd-scos.ec.7".into()];
    known.ending = Some(Ending::Failed("a check behind mirror is bad".into()));
    known.status = Some(Status::Cancelled);
    for (size, name) in [(SMALL, "promote__alarm"), (WIDE, "promote__alarm_wide")] {
        let mut story = running(size);
        story.news([promotion_news(known.clone())]);
        golden(name, &story);
        assert!(
            flat(&story).contains("Somebody must make quay.io/okd/scos-content public."),
            "{}",
            story.frame().text()
        );
        assert!(flat(&story).contains("PUBLIC ALREADY"));
    }
}

#[test]
fn it_has_ended_well_when_the_immediate_checks_are_good_and_waits_on_for_the_rest() {
    let mut story = running(SMALL);
    let good = |words| (CheckState::Good, words);
    let mut known = answered(
        promotion(),
        &[
            good("ok after 51m"),
            good("quay.io/okd/scos-release:4.22.0-okd-scos.ec.7 is ours, sha256:d6a77f5c…a5d1"),
            good("all 190 components from quay.io/okd/scos-content"),
            good("okd-project/okd has it, as a pre-release with 6 files"),
            good("release-scos-next imported sha256:d6a77f5c…a5d1"),
        ],
    );
    known.status = Some(Status::Ok);
    known.ending = Some(Ending::Good);
    known.public = vec![
        "the image quay.io/okd/scos-release:4.22.0-okd-scos.ec.7".into(),
        "the GitHub release 4.22.0-okd-scos.ec.7 of okd-project/okd".into(),
        "4.22.0-okd-scos.ec.7 in 4-scos-next".into(),
    ];
    story.news([promotion_news(known)]);
    golden("promote__done", &story);
    assert!(flat(&story).contains("5 of 8 good · 3 waiting"), "{}", story.frame().text());
    story.press("j Enter");
    assert!(flat(&story).contains("answered 2026-11-21"), "{}", story.frame().text());
}

#[test]
fn with_every_check_good_it_is_done_and_nothing_is_said_to_wait() {
    let mut story = running(SMALL);
    let mut known = answered(promotion(), &std::array::from_fn::<_, 8, _>(|_| (CheckState::Good, "seen")));
    known.status = Some(Status::Ok);
    known.ending = Some(Ending::Good);
    story.news([promotion_news(known)]);
    assert!(flat(&story).contains("8 of 8 good") && flat(&story).contains("✓ promoted, done"), "{}", flat(&story));
    assert!(!flat(&story).contains("waiting"));
}

#[test]
fn a_release_that_is_being_promoted_leads_to_its_checklist_and_afterwards_says_what_it_became() {
    let mut story = typical(SMALL);
    story.news([promotion_news(promotion())]);
    story.press("/").type_text("4.22.0-0").press("Enter G");
    story.effects();
    story.press("P");
    assert_eq!(*story.route(), Route::Promote(PromoteFrom::Sent(promoted_run())));
    assert!(flat(&story).contains("it is being promoted to 4-scos-next as 4.22.0-okd-scos.ec.7"), "{}", flat(&story));
    assert_eq!(fetched(&mut story), None);
    let mut known = answered(promotion(), &std::array::from_fn::<_, 8, _>(|_| (CheckState::Good, "seen")));
    known.ending = Some(Ending::Good);
    story.press("Esc").news([promotion_news(known)]).press("P");
    golden("promote__already", &story);
    assert_eq!(*story.route(), Route::Overview);
    assert_eq!(fetched(&mut story), None);
    story.press("Enter");
    assert_eq!(*story.route(), Route::Promote(PromoteFrom::Sent(promoted_run())));
    story.press("Esc P n");
    assert_eq!(fetched(&mut story), Some(plan_request()), "a new plan by a key of its own");
}

#[test]
fn what_the_release_controller_has_in_the_channel_is_not_promoted_again_unasked() {
    let mut detail = release_detail();
    let held = weir_domain::ReleaseId::new("4-scos-next", "4.22.0-okd-scos.ec.6");
    detail.promoted_as = vec![held.clone()];
    detail.id = plan_request().release;
    let mut story = typical(SMALL);
    story.news([release_news(detail)]).press("/").type_text("4.22.0-0").press("Enter G");
    story.effects();
    story.press("P");
    assert!(flat(&story).contains("was promoted to 4-scos-next as 4.22.0-okd-scos.ec.6"), "{}", flat(&story));
    assert_eq!(fetched(&mut story), None);
    story.press("Enter");
    assert_eq!(*story.route(), Route::Release(held));
}

#[test]
fn quitting_while_it_runs_asks_once_and_says_who_stops_it_then() {
    for keys in ["q", "Ctrl-C"] {
        let mut story = typical(SMALL);
        story.news([promotion_news(promotion())]);
        story.effects();
        story.press(keys);
        golden("promote__quit", &story);
        assert!(flat(&story).contains("nobody stops it when a check fails"), "{}", flat(&story));
        assert!(!story.effects().contains(&Effect::Quit));
        story.press("Enter");
        assert!(story.effects().contains(&Effect::Quit));
    }
    let mut only = promotion();
    only.looks_only = true;
    let mut story = typical(SMALL);
    story.news([promotion_news(only)]).press("q");
    assert!(story.effects().contains(&Effect::Quit), "weir would stop nothing");
}

#[test]
fn a_run_that_is_gone_is_unknown_and_never_done() {
    let mut story = running(SMALL);
    story.news([promotion_news(promotion())]);
    let gone = Failure::new(FailureKind::Missing, "there is no such run any more", "404 Not Found", "");
    story.news([News::Promotion(promoted_run(), Loaded::Missing(gone))]);
    golden("promote__gone", &story);
    assert!(flat(&story).contains("outcome unknown") && flat(&story).contains("Look at:"), "{}", story.frame().text());
}

#[test]
fn one_that_was_never_seen_is_unknown_too_and_names_the_places() {
    let mut story = running(SMALL);
    let none = Failure::new(FailureKind::Missing, "there is no such run", "404 Not Found", "");
    story.news([News::Promotion(promoted_run(), Loaded::Missing(none))]);
    assert!(!flat(&story).contains("unknown") && flat(&story).contains("its checks begin"), "{}", flat(&story));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(20)));
    golden("promote__never_seen", &story);
    assert!(flat(&story).contains("Outcome unknown. Look at:"), "{}", flat(&story));
    assert!(flat(&story).contains("quay.io/okd/scos-release:4.22.0-okd-scos.ec.7"));
}
