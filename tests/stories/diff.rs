//! Stories of a difference of two payloads: loading, typical, empty, failing.

use crate::golden;
use crate::world::*;
use weir_domain::{Answer, Failure, FailureKind, Payload, Query};
use weir_frames::Story;
use weir_ui::{Effect, Message, Route};

/// Overview, release, compare.
fn opened(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    let mut detail = release_detail();
    detail.changes = None;
    story.press("Enter").news([release_news(detail)]);
    story.effects();
    story.press("D");
    assert_eq!(*story.route(), Route::Diff { from: image(BEFORE), to: image(NIGHTLY) });
    story
}

fn answer(story: &mut Story, payload: Payload) {
    let of = payload.image.clone();
    story.tell(Message::Answered(Query::Payload(of), Ok(Answer::Payload(Box::new(payload)))));
}

fn log() -> Query {
    Query::Changelog { from: BEFORE.into(), to: NIGHTLY.into() }
}

fn told(size: (u16, u16)) -> Story {
    let mut story = opened(size);
    answer(&mut story, earlier_payload());
    answer(&mut story, payload());
    story
}

#[test]
fn both_payloads_are_asked_for_and_then_what_was_merged() {
    let mut story = opened(SMALL);
    golden("diff__loading", &story);
    assert!(story.frame().shows("asking registry.ci.openshift.org"), "{}", story.frame().text());
    let both = [Query::Payload(image(BEFORE)), Query::Payload(image(NIGHTLY))].map(Effect::Fetch);
    assert_eq!(story.effects(), both);
    answer(&mut story, earlier_payload());
    assert_eq!(story.effects(), []);
    answer(&mut story, payload());
    assert_eq!(story.effects(), [Effect::Fetch(log())]);
    assert!(story.frame().shows("4 changed, 1 added, 1 removed, 2 rebuilt, 29 the same"), "{}", story.frame().text());
    assert!(story.frame().shows("asking for the pull requests"), "{}", story.frame().text());
}

#[test]
fn an_ordinary_difference() {
    for (size, name) in [(SMALL, "diff__typical"), (WIDE, "diff__typical_wide"), ((60, 20), "diff__small")] {
        let mut story = told(size);
        story.tell(Message::Answered(log(), Ok(Answer::Changelog(Box::new(changelog())))));
        story.press("j j");
        golden(name, &story);
        assert!(story.frame().shows("CoreOS 9.22.20261118-1"), "{}", story.frame().text());
    }
}

#[test]
fn a_component_that_was_built_again_has_its_commit_and_its_images_are_called_so() {
    let mut story = opened(SMALL);
    let mut earlier = earlier_payload();
    let installer = earlier.components.iter_mut().find(|c| &*c.name == "installer").expect("a component");
    installer.digest = digest(801);
    let commit = installer.commit.as_deref().expect("a commit")[..7].to_string();
    answer(&mut story, earlier);
    answer(&mut story, payload());
    golden("diff__rebuilt", &story);
    let frame = story.frame();
    assert!(
        frame.shows(&format!("rebuilt  {commit}  {commit}  image {}", &digest(801).hex()[..7])),
        "{}",
        frame.text()
    );
    // CoreOS tells no commit.
    assert!(frame.shows("rebuilt  -        -        image "), "{}", frame.text());
}

#[test]
fn from_the_newer_to_the_older_nothing_was_merged() {
    let mut story = typical(SMALL);
    story.press("L j Enter g Space j j D");
    assert_eq!(*story.route(), Route::Diff { from: image(NIGHTLY), to: image(BEFORE) });
    answer(&mut story, earlier_payload());
    answer(&mut story, payload());
    story.tell(Message::Answered(log(), Ok(Answer::Changelog(Box::new(changelog())))));
    golden("diff__backwards", &story);
    let frame = story.frame();
    assert!(frame.shows("ONLY IN THE NEWER") && !frame.shows("WHAT WAS MERGED"), "{}", frame.text());
    assert!(frame.shows("4 pull requests only in the newer"), "{}", frame.text());
    story.effects();
    story.press("/").type_text("machine-config").press("Enter o");
    let commit = |payload: Payload| payload.component("machine-config-operator").and_then(|c| c.commit.clone());
    let (old, new) = (commit(earlier_payload()).expect("a commit"), commit(payload()).expect("a commit"));
    let page = format!("https://github.com/openshift/machine-config-operator/compare/{old}...{new}");
    assert_eq!(story.effects().last(), Some(&Effect::Open(page)), "the forge compares with the newer");
}

#[test]
fn a_change_opens_its_pull_requests_and_its_comparison() {
    let mut story = told(SMALL);
    story.tell(Message::Answered(log(), Ok(Answer::Changelog(Box::new(changelog())))));
    story.press("/").type_text("network").press("Enter Enter");
    golden("diff__change", &story);
    assert!(story.frame().shows("#2841 OKD-311"), "{}", story.frame().text());
    story.press("Esc");
    story.effects();
    story.press("o");
    let opened = story.effects().pop();
    assert!(
        matches!(&opened, Some(Effect::Open(url)) if url.contains("/cluster-network-operator/compare/")),
        "{opened:?}"
    );
}

#[test]
fn what_the_detail_of_the_release_told_is_not_asked_for_again() {
    let mut story = typical(SMALL);
    story.press("Enter").news([release_news(release_detail())]);
    story.press("D");
    story.effects();
    answer(&mut story, earlier_payload());
    answer(&mut story, payload());
    assert_eq!(story.effects(), []);
    assert!(story.frame().shows("4 pull requests"), "{}", story.frame().text());
}

#[test]
fn two_equal_payloads_say_so() {
    let mut story = opened(SMALL);
    let mut same = payload();
    same.image = image(BEFORE);
    answer(&mut story, payload());
    answer(&mut story, same.clone());
    golden("diff__empty", &story);
    assert!(story.frame().shows("Both are the same image."), "{}", story.frame().text());
    let mut story = opened(SMALL);
    same.digest = digest(4242);
    answer(&mut story, payload());
    answer(&mut story, same);
    assert!(story.frame().shows("Both are made of the same components"), "{}", story.frame().text());
}

#[test]
fn a_payload_that_cannot_be_read_says_which_and_why() {
    let mut story = opened(SMALL);
    let failure = Failure::new(FailureKind::Denied, format!("cannot read {}", image(BEFORE)), "401 Unauthorized", "");
    story.tell(Message::Answered(Query::Payload(image(BEFORE)), Err(failure)));
    answer(&mut story, payload());
    golden("diff__failing", &story);
    assert!(story.frame().shows("401 Unauthorized"), "{}", story.frame().text());
    story.effects();
    story.press("Ctrl-R");
    assert_eq!(story.effects(), [Effect::Fetch(Query::Payload(image(BEFORE)))]);
}

#[test]
fn pull_requests_that_are_not_told_leave_the_rest() {
    let mut story = told(SMALL);
    let failure = Failure::new(FailureKind::Throttled, "cannot compare", "asked to wait 60 s (429)", "");
    story.tell(Message::Answered(log(), Err(failure)));
    golden("diff__throttled", &story);
    assert!(story.frame().shows("pull requests not told: asked to wait 60 s"), "{}", story.frame().text());
    story.effects();
    story.press("Ctrl-R");
    assert_eq!(story.effects(), [Effect::Fetch(log())]);
}
