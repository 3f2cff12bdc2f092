//! Stories of one release: loading, typical, failing, lost, denied, and what its source can say.

use crate::golden;
use crate::world::*;
use weir_domain::release::detail::{ByHand, Insight};
use weir_domain::{Failure, FailureKind, Loaded, News, Phase, ReleaseDetail, ReleaseId, Watch};
use weir_frames::Story;
use weir_ui::{Effect, Message, Route, Settings};

/// From the overview's first row, whose stream needs a person.
fn opened(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.press("Enter");
    story
}

fn told(size: (u16, u16), detail: ReleaseDetail) -> Story {
    let mut story = opened(size);
    story.news([release_news(detail)]);
    story
}

fn object(detail: &mut ReleaseDetail) -> &mut weir_domain::release::detail::ReleasePayload {
    match &mut detail.insight {
        Insight::Object(object) => object,
        _ => panic!("the detail has a ReleasePayload"),
    }
}

#[test]
fn from_the_overview_to_the_attempts_of_the_failing_job_it_is_two_keys() {
    let mut story = opened(SMALL);
    assert_eq!(*story.route(), Route::Release(nightly()));
    assert!(story.watches().contains(&Watch::Release(nightly())));
    story.news([release_news(release_detail())]);
    story.press("Enter");
    golden("release__attempts", &story);
    assert!(story.frame().shows("aws-upgrade · blocking, 3 attempts"), "{}", story.frame().text());
    story.effects();
    story.press("o");
    let url = match story.effects().pop() {
        Some(Effect::Open(url)) => url,
        other => panic!("{other:?}"),
    };
    let shown: String = story.frame().lines().concat().chars().filter(|c| !" │▌".contains(*c)).collect();
    assert!(shown.contains(&url), "{url} is not on screen");
    story.press("k k o");
    assert!(matches!(story.effects().pop(), Some(Effect::Open(other)) if other != url));
}

#[test]
fn while_it_loads_the_jobs_of_the_list_are_there_already() {
    let story = opened(SMALL);
    golden("release__loading", &story);
    assert!(story.frame().shows("asking releases") && story.frame().shows("aws-upgrade"), "{}", story.frame().text());
    let mut unknown = typical(SMALL);
    unknown.press("L j Enter j Enter");
    golden("release__loading_unlisted", &unknown);
    assert!(unknown.frame().shows("asking releases"));
}

#[test]
fn a_rejected_nightly() {
    for (size, name) in [(SMALL, "release__typical"), (WIDE, "release__typical_wide"), ((60, 20), "release__small")] {
        let story = told(size, release_detail());
        golden(name, &story);
        assert!(story.frame().shows("rejected: aws-upgrade failed 3 times"), "{}", story.frame().text());
        assert!(story.frame().shows("✗✗✗✓✓"), "{}", story.frame().text());
    }
    let story = told(SMALL, release_detail());
    assert!(story.frame().shows("11-19, 3 in a row") && story.frame().shows("never passed in 9"));
}

#[test]
fn all_of_it_is_reached_by_moving() {
    let mut story = told(SMALL, release_detail());
    story.press("G");
    golden("release__end", &story);
    assert!(story.frame().shows("PAYLOAD"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(*story.route(), Route::Payload(image(NIGHTLY)));
    story.press("Esc g j j j j j Enter");
    golden("release__pulls", &story);
    assert!(story.frame().shows("#2841 OKD-311"), "{}", story.frame().text());
}

#[test]
fn the_same_in_ascii() {
    let settings = Settings { ascii: true, channels: channels(), ..Settings::default() };
    let mut story = in_settings(settings, SMALL);
    story.press("Enter").news([release_news(release_detail())]);
    golden("release__ascii", &story);
    assert!(story.frame().text().is_ascii(), "{}", story.frame().text());
    assert!(story.frame().shows("xxx++"), "{}", story.frame().text());
}

#[test]
fn a_denied_release_payload_says_that_the_page_stands_alone() {
    let mut detail = release_detail();
    detail.insight = Insight::Unseen { why: "needs `get releasepayloads` in app.ci/origin".into() };
    let story = told(SMALL, detail);
    golden("release__denied", &story);
    assert!(story.frame().shows("from the page only: needs `get releasepayloads`"), "{}", story.frame().text());
}

#[test]
fn where_page_and_object_disagree_both_words_stand_first() {
    let mut detail = release_detail();
    detail.release.phase = Phase::Accepted;
    object(&mut detail).by_hand = Some(ByHand { verdict: Phase::Rejected, reason: "bad etcd".into() });
    let story = told(SMALL, detail);
    golden("release__disagree", &story);
    let said = story.frame().lines()[1..3].join(" ");
    assert!(said.contains("page says accepted") && said.contains("ReleasePayload says") && said.contains("rejected"));
    let roles = &story.frame().roles()[1];
    assert!(roles.trim_start().starts_with('F'), "{roles}");
}

#[test]
fn who_decided_by_hand_and_a_wish_without_effect_are_told() {
    let mut detail = release_detail();
    detail.release.phase = Phase::Accepted;
    object(&mut detail).phase = Phase::Accepted;
    object(&mut detail).by_hand = Some(ByHand { verdict: Phase::Accepted, reason: "aws had an outage".into() });
    let story = told(SMALL, detail.clone());
    assert!(story.frame().shows("accepted by hand: aws had an outage"), "{}", story.frame().text());
    object(&mut detail).by_hand = None;
    object(&mut detail).created = false;
    object(&mut detail).wish = Some(("Rejected".into(), "too early".into()));
    let story = told(SMALL, detail);
    assert!(story.frame().shows("asked for by hand: Rejected, without effect until its image is made: too early"));
}

#[test]
fn a_comparison_that_has_to_wait_is_told_and_hides_nothing() {
    let mut detail = release_detail();
    detail.changes = None;
    detail.unseen = vec!["what changed is not known yet: asked to wait 60 s (429)".into()];
    let story = told(SMALL, detail);
    golden("release__waiting", &story);
    assert!(story.frame().shows("asked to wait 60 s") && story.frame().shows("aws-upgrade"));
    assert!(story.frame().shows("since 2026-11-19-220144: not told yet"), "{}", story.frame().text());
}

#[test]
fn lost_jobs_stay_dimmed_and_dated() {
    let mut story = told(SMALL, release_detail());
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(120)));
    let retry = Some(now() + jiff::SignedDuration::from_secs(128));
    story.news([News::Release(nightly(), Loaded::Lost { failure: offline(), retry })]);
    golden("release__lost", &story);
    assert!(story.frame().shows("as of 14:02, reconnecting in 8 s"), "{}", story.frame().text());
}

#[test]
fn a_release_that_is_gone_says_so() {
    let mut story = typical(SMALL);
    story.press("L j Enter j j Enter");
    let id = ReleaseId::new(STREAM, BEFORE);
    assert_eq!(*story.route(), Route::Release(id.clone()));
    let failure = Failure::new(FailureKind::Missing, format!("no release `{BEFORE}`"), "404 Not Found", "");
    story.news([News::Release(id, Loaded::Missing(failure))]);
    golden("release__failing", &story);
    assert!(story.frame().shows("404 Not Found"), "{}", story.frame().text());
}

#[test]
fn a_release_without_image_has_no_jobs_and_no_payload() {
    let mut detail = release_detail();
    detail.release.phase = Phase::Unknown;
    detail.release.pull_spec = "".into();
    detail.release.verdict = None;
    detail.insight = Insight::None { cluster: "app.ci".into() };
    (detail.strip, detail.changes) = Default::default();
    (detail.upgrades_to, detail.accepted_before) = Default::default();
    let mut story = typical(SMALL);
    let mut streams = streams();
    streams[1].releases[0].pull_spec = "".into();
    story.news(streams_news(streams));
    story.press("Enter").news([release_news(detail)]);
    golden("release__empty", &story);
    assert!(story.frame().shows("unknown: it has no ReleasePayload"), "{}", story.frame().text());
    story.press("Tab");
    assert!(story.frame().shows("its image is not told"), "{}", story.frame().text());
}

/// A release whose jobs the page lists and nobody has begun, at the head of the stream.
fn without_image(phase: Phase) -> ReleaseDetail {
    let mut detail = release_detail();
    detail.release.phase = phase;
    detail.release.pull_spec = "".into();
    for job in &mut detail.release.verdict.as_mut().expect("a verdict").jobs {
        (job.state, job.url, job.attempts, job.decided) = ("Pending".into(), "".into(), 0, None);
        job.earlier.clear();
    }
    object(&mut detail).phase = phase;
    object(&mut detail).created = false;
    detail.changes = None;
    detail.upgrades_to.clear();
    detail.strip.releases[0].1 = phase;
    for line in &mut detail.strip.lines {
        line.states[0] = Some("Pending".into());
    }
    detail
}

fn without_image_told(size: (u16, u16), phase: Phase) -> Story {
    let mut story = typical(size);
    let detail = without_image(phase);
    let mut streams = streams();
    streams[1].releases[0] = detail.release.clone();
    story.news(streams_news(streams));
    story.press("L j Enter g Enter").news([release_news(detail)]);
    story
}

#[test]
fn jobs_that_wait_for_an_image_have_not_begun_in_any_column() {
    for (size, name) in [(SMALL, "release__pending"), (WIDE, "release__pending_wide")] {
        let mut story = without_image_told(size, Phase::Pending);
        golden(name, &story);
        let frame = story.frame();
        assert!(frame.shows("begun 5h ago") && !frame.shows("built"), "{}", frame.text());
        assert!(frame.shows("○ pending        0  -✗✗✓✓·✓✓✓✓") && !frame.shows("▸"), "{}", frame.text());
        assert!(frame.shows("INFORMING") && !frame.shows("NOT DONE"), "{}", frame.text());
        story.press("D");
        assert!(story.frame().shows("no image yet: it is being made"), "{}", story.frame().text());
        story.press("Enter");
        assert!(story.frame().shows("no attempt yet"), "{}", story.frame().text());
    }
}

#[test]
fn jobs_of_a_release_whose_image_failed_never_ran() {
    for (size, name) in [(SMALL, "release__no_image"), (WIDE, "release__no_image_wide")] {
        let mut story = without_image_told(size, Phase::Failed);
        golden(name, &story);
        let frame = story.frame();
        assert!(frame.shows("begun 5h ago") && !frame.shows("built"), "{}", frame.text());
        assert!(frame.shows("- never ran      0  -✗✗✓✓·✓✓✓✓") && !frame.shows("pending"), "{}", frame.text());
        assert!(frame.shows("INFORMING") && !frame.shows("NOT DONE"), "{}", frame.text());
        story.press("D");
        assert!(story.frame().shows("it has no image: it could not be made"), "{}", story.frame().text());
    }
}

#[test]
fn a_detail_that_is_not_whole_yet_leaves_the_image_of_the_list() {
    let mut detail = release_detail();
    detail.release.pull_spec = "".into();
    let mut story = told(SMALL, detail);
    story.press("Tab");
    assert_eq!(*story.route(), Route::Payload(image(NIGHTLY)));
}

#[test]
fn a_promoted_release_leads_to_where_it_came_from() {
    let detail = promoted_detail();
    let mut story = typical(SMALL);
    story.press("L G Enter Enter");
    assert_eq!(*story.route(), Route::Release(detail.id.clone()));
    story.news([release_news(detail)]);
    golden("release__promoted", &story);
    assert!(story.frame().shows("promoted from"), "{}", story.frame().text());
    // Without a job the first row is selected, also when it came later.
    assert!(story.frame().shows("▌ 4.22.0-okd-scos.ec.5"), "{}", story.frame().text());
    story.press("G k Enter");
    let from = ReleaseId::new(STREAM, "4.22.0-0.okd-scos-nightly-2026-11-11-174512");
    assert_eq!(*story.route(), Route::Release(from));
}

#[test]
fn news_do_not_move_the_selection_to_another_job() {
    let mut story = told(SMALL, release_detail());
    story.press("j j");
    story.effects();
    story.press("c");
    let before = story.effects();
    let mut detail = release_detail();
    let jobs = &mut detail.release.verdict.as_mut().expect("a verdict").jobs;
    jobs.insert(0, job("a-new-one", "Failed", true, 1, None));
    story.news([release_news(detail)]);
    story.press("c");
    assert_eq!(story.effects(), before);
}

#[test]
fn compare_goes_from_what_was_accepted_before_and_tab_to_the_payload() {
    let mut story = told(SMALL, release_detail());
    story.press("D");
    assert_eq!(*story.route(), Route::Diff { from: image(BEFORE), to: image(NIGHTLY) });
    story.press("Esc Tab");
    assert_eq!(*story.route(), Route::Payload(image(NIGHTLY)));
}
