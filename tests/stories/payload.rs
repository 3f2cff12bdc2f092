//! Stories of a payload: loading, empty, typical, failing, denied, and what is asked when.

use crate::golden;
use crate::world::*;
use weir_domain::signature::{Signature, SignatureVerdict, known_keys};
use weir_domain::{Answer, Failure, FailureKind, ImageRef, Payload, Query};
use weir_frames::Story;
use weir_ui::{Effect, Message, Route};

fn asked(story: &mut Story) -> Vec<Query> {
    let fetches = story.effects().into_iter();
    fetches.filter_map(|effect| if let Effect::Fetch(query) = effect { Some(query) } else { None }).collect()
}

/// Overview, release, payload.
fn opened(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.press("Enter").news([release_news(release_detail())]);
    story.effects();
    story.press("Tab");
    assert_eq!(*story.route(), Route::Payload(image(NIGHTLY)));
    story
}

fn answer(story: &mut Story, payload: Payload) {
    let of: ImageRef = payload.image.clone();
    story.tell(Message::Answered(Query::Payload(of), Ok(Answer::Payload(Box::new(payload)))));
}

fn told(size: (u16, u16)) -> Story {
    let mut story = opened(size);
    answer(&mut story, payload());
    story.tell(Message::Answered(Query::Signed(image(NIGHTLY)), Ok(Answer::Signed(Box::new(signed())))));
    story
}

#[test]
fn from_the_overview_to_a_components_commit_it_is_two_keys() {
    let mut story = opened(SMALL);
    golden("payload__loading", &story);
    assert!(story.frame().shows("asking registry.ci.openshift.org"), "{}", story.frame().text());
    assert_eq!(asked(&mut story), [Query::Payload(image(NIGHTLY)), Query::Signed(image(NIGHTLY))]);
    answer(&mut story, payload());
    let commit = payload().components[0].commit_page().expect("a page");
    let end = &commit[commit.len() - 20..];
    assert!(story.frame().shows(end), "{}", story.frame().text());
    story.press("o");
    assert_eq!(story.effects().last(), Some(&Effect::Open(commit)));
}

#[test]
fn an_ordinary_payload() {
    for (size, name) in [(SMALL, "payload__typical"), (WIDE, "payload__typical_wide"), ((60, 20), "payload__small")] {
        let story = told(size);
        golden(name, &story);
        assert!(story.frame().shows("signed by verifier-public-key-openshift-ci-4"), "{}", story.frame().text());
    }
    let mut story = told(SMALL);
    story.press("Enter");
    golden("payload__component", &story);
    assert!(story.frame().shows("pull spec"));
}

#[test]
fn sizes_are_asked_for_only_to_sort_by_them() {
    let mut story = told(SMALL);
    story.effects();
    story.press("j k");
    assert_eq!(asked(&mut story), []);
    story.press("S");
    assert_eq!(asked(&mut story), [Query::Weights(image(NIGHTLY))]);
    golden("payload__weighing", &story);
    assert!(story.frame().shows("for 36 sizes"), "{}", story.frame().text());
    story.tell(Message::Answered(Query::Weights(image(NIGHTLY)), Ok(Answer::Weights(weights()))));
    story.press("g");
    golden("payload__sizes", &story);
    assert!(story.frame().shows("1.9 GB") && story.frame().shows("1 not public"), "{}", story.frame().text());
    story.press("S S S S");
    assert_eq!(asked(&mut story), []);
    story.press("/").type_text("must-gather").press("Enter");
    golden("payload__refused", &story);
    assert!(story.frame().shows("cannot be pulled without credentials: 401"), "{}", story.frame().text());
}

#[test]
fn a_new_order_begins_at_its_top_also_when_the_sizes_come_later() {
    let mut story = told(SMALL);
    story.press("G S");
    assert!(story.frame().shows("▌ agent-installer-api-server"), "{}", story.frame().text());
    story.tell(Message::Answered(Query::Weights(image(NIGHTLY)), Ok(Answer::Weights(weights()))));
    let top = || story.frame().lines().into_iter().find(|line| line.starts_with('▌')).expect("a selected row");
    assert!(top().contains("stream-coreos") && top().contains("1.9 GB"), "{}", story.frame().text());
    story.press("G S");
    let repository = story.frame().lines().into_iter().find(|line| line.starts_with('▌')).expect("a selected row");
    assert!(repository.contains("agent-installer-api-server"), "{}", story.frame().text());
}

#[test]
fn a_denied_payload_says_who_refused_and_is_asked_for_again_on_refresh() {
    let mut story = opened(SMALL);
    story.effects();
    let failure = Failure::new(
        FailureKind::Denied,
        format!("cannot read {}", image(NIGHTLY)),
        "401 Unauthorized",
        "log in to registry.ci.openshift.org: podman login registry.ci.openshift.org",
    );
    story.tell(Message::Answered(Query::Payload(image(NIGHTLY)), Err(failure.clone())));
    story.tell(Message::Answered(Query::Signed(image(NIGHTLY)), Err(failure)));
    golden("payload__denied", &story);
    assert!(story.frame().shows("podman login"), "{}", story.frame().text());
    story.press("Ctrl-R");
    assert_eq!(asked(&mut story), [Query::Payload(image(NIGHTLY)), Query::Signed(image(NIGHTLY))]);
}

#[test]
fn a_payload_that_is_asked_for_again_stays_until_the_answer_and_its_selection_too() {
    let mut story = told(SMALL);
    story.press("j j");
    story.effects();
    story.press("Ctrl-R");
    assert_eq!(asked(&mut story), [Query::Payload(image(NIGHTLY)), Query::Signed(image(NIGHTLY))]);
    assert!(story.frame().shows("36 components"), "{}", story.frame().text());
    let mut moved = payload();
    moved.digest = digest(4711);
    moved.components.remove(0);
    answer(&mut story, moved);
    assert!(story.frame().shows("35 components") && story.frame().shows("▌ aws-ebs-csi-driver "));
}

#[test]
fn a_payload_without_components_says_so() {
    let mut story = opened(SMALL);
    let mut none = payload();
    none.components.clear();
    none.rings.clear();
    none.architectures.clear();
    answer(&mut story, none);
    golden("payload__empty", &story);
    assert!(story.frame().shows("The payload names no components."));
    assert!(story.frame().shows("it ships no key ring"));
}

#[test]
fn what_is_odd_and_a_strangers_signature_are_told_first() {
    let mut story = opened(SMALL);
    let mut odd = payload();
    odd.oddities = vec!["the component cli is named twice".into(), "a path leaves its folder: ../../etc/passwd".into()];
    answer(&mut story, odd);
    let mut stranger = signed();
    stranger.signatures =
        vec![Signature { number: 1, verdict: SignatureVerdict::Stranger { key: "0123456789ABCDEF".into() } }];
    story.tell(Message::Answered(Query::Signed(image(NIGHTLY)), Ok(Answer::Signed(Box::new(stranger)))));
    golden("payload__failing", &story);
    assert!(story.frame().shows("✗ signed by a key that is not pinned, 0123456789ABCDEF"), "{}", story.frame().text());
    assert!(story.frame().shows("! the component cli is named twice"));
}

#[test]
fn a_signature_for_another_place_warns_with_that_place() {
    let mut story = opened(WIDE);
    answer(&mut story, payload());
    let mut elsewhere = signed();
    let key = known_keys().remove(3);
    let verdict = SignatureVerdict::Good { key, reference: "quay.io/somebody/release".into(), made: None };
    elsewhere.signatures[0].verdict = verdict;
    story.tell(Message::Answered(Query::Signed(image(NIGHTLY)), Ok(Answer::Signed(Box::new(elsewhere)))));
    assert!(story.frame().shows("but as quay.io/somebody/release"), "{}", story.frame().text());
}

#[test]
fn compare_offers_what_the_channels_hold_and_what_was_marked() {
    let mut story = told(SMALL);
    story.press("D");
    golden("payload__compare", &story);
    assert!(story.frame().shows("4-scos-next holds"), "{}", story.frame().text());
    assert!(story.frame().shows("accepted before it"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(*story.route(), Route::Diff { from: image(BEFORE), to: image(NIGHTLY) });
    // A payload marked here is the first choice elsewhere.
    story.press("Esc Space");
    story.press("L j Enter j j");
    assert!(story.frame().shows("*"), "{}", story.frame().text());
    story.press("D");
    assert_eq!(*story.route(), Route::Diff { from: image(NIGHTLY), to: image(BEFORE) });
}
