//! Stories of accepting, rejecting and taking back a payload.

use crate::golden;
use crate::world::*;
use weir_domain::plan::Override;
use weir_domain::release::detail::{ByHand, Insight, ReleasePayload};
use weir_domain::{Command, Failure, FailureKind, Phase, ReleaseDetail};
use weir_frames::Story;
use weir_ui::{Effect, Message};

fn object(detail: &mut ReleaseDetail) -> &mut ReleasePayload {
    match &mut detail.insight {
        Insight::Object(object) => object,
        other => panic!("{other:?}"),
    }
}

/// The rejected nightly, which may be decided over.
fn mine() -> ReleaseDetail {
    let mut detail = release_detail();
    object(&mut detail).may_decide = Some(true);
    detail
}

/// From the overview to the release, and its row menu down to a verb.
fn chosen(size: (u16, u16), detail: ReleaseDetail, verb: &str) -> Story {
    let mut story = typical(size);
    story.press("Enter").news([release_news(detail)]);
    story.effects();
    story.command(verb);
    story
}

fn sent(story: &mut Story) -> Option<Command> {
    story.effects().into_iter().find_map(|effect| match effect {
        Effect::Execute(confirmed) => Some(confirmed.command().clone()),
        _ => None,
    })
}

#[test]
fn without_the_right_the_menu_says_so_before_any_key() {
    let mut story = typical(SMALL);
    story.press("Enter").news([release_news(release_detail())]);
    story.press("x");
    golden("decide__denied", &story);
    assert!(story.frame().shows("needs `patch releasepayloads` in origin on app.ci"), "{}", story.frame().text());
    story.press("Esc").command("accept");
    assert!(!story.model().asks());
}

#[test]
fn accepting_says_what_it_does_shows_the_patch_and_wants_reason_and_tag() {
    let mut story = chosen(SMALL, mine(), "accept");
    story.press("Enter");
    assert!(story.frame().shows("needs a reason"), "{}", story.frame().text());
    story.type_text("aws-upgrade is broken by aws").press("Enter");
    golden("decide__accept", &story);
    for words in ["resourceVersion", "override: Accepted", "will not", "aws-upgrade is broken by aws"] {
        assert!(story.frame().shows(words), "{words}: {}", story.frame().text());
    }
    story.type_text("another").press("Enter");
    assert_eq!(sent(&mut story), None);
    assert!(story.frame().shows("not the same tag"), "{}", story.frame().text());
    story.press("Ctrl-U").type_text(NIGHTLY).press("Enter");
    let Some(Command::Decide(decision)) = sent(&mut story) else { panic!("a decision was sent") };
    assert_eq!((decision.what, decision.resource_version.as_str()), (Override::Accept, "911"));
    assert_eq!(decision.reason, "aws-upgrade is broken by aws");
    golden("decide__wide", &chosen(WIDE, mine(), "accept"));
}

#[test]
fn a_decision_in_between_is_told_and_nothing_is_overwritten() {
    let mut story = chosen(SMALL, mine(), "accept");
    story.type_text("aws").press("Enter").type_text(NIGHTLY).press("Enter");
    let command = sent(&mut story).expect("a decision");
    let failure = Failure::new(
        FailureKind::Conflict,
        "cannot accept it",
        "the object has been modified",
        "nothing was changed; look again",
    );
    story.tell(Message::Done(command, Err(failure)));
    golden("decide__conflict", &story);
    assert!(story.frame().shows("Somebody decided or changed it in between"), "{}", story.frame().text());
}

/// The reason and the tag are typed; Enter is not pressed.
fn nearly_accepted() -> Story {
    let mut story = chosen(SMALL, mine(), "accept");
    story.type_text("aws is broken").press("Enter").type_text(NIGHTLY);
    story
}

fn changed(change: impl FnOnce(&mut ReleasePayload)) -> weir_domain::News {
    let mut detail = mine();
    object(&mut detail).resource_version = "912".into();
    change(object(&mut detail));
    release_news(detail)
}

#[test]
fn who_decides_while_the_tag_is_typed_is_told_and_not_overwritten_without_a_new_yes() {
    let mut story = nearly_accepted();
    story.news([changed(|object| object.wish = Some(("Rejected".into(), "broken upgrades".into())))]);
    story.press("Enter");
    assert_eq!(sent(&mut story), None);
    golden("decide__changed", &story);
    for words in ["somebody decided in between: Rejected", "broken upgrades", "type the tag again"] {
        assert!(story.frame().shows(words), "{words}: {}", story.frame().text());
    }
    story.press("Enter");
    assert_eq!(sent(&mut story), None, "the tag that was typed before is no yes to the new state");
    story.type_text(NIGHTLY).press("Enter");
    let Some(Command::Decide(decision)) = sent(&mut story) else { panic!("a decision was sent") };
    assert_eq!((decision.resource_version.as_str(), decision.reason.as_str()), ("912", "aws is broken"));
}

#[test]
fn any_change_of_the_payload_while_the_tag_is_typed_needs_a_new_yes() {
    let by_hand = ByHand { verdict: Phase::Rejected, reason: "not this week".into() };
    type Change = Box<dyn FnOnce(&mut ReleasePayload)>;
    let cases: [(&str, Change); 3] = [
        ("in between it was rejected by hand: not this week", Box::new(|object| object.by_hand = Some(by_hand))),
        ("in between it went from rejected to failed", Box::new(|object| object.phase = Phase::Failed)),
        ("its object was changed in between", Box::new(|_| {})),
    ];
    for (words, change) in cases {
        let mut story = nearly_accepted();
        story.news([changed(change)]).press("Enter");
        assert_eq!(sent(&mut story), None, "{words}");
        assert!(story.frame().shows(words), "{words}: {}", story.frame().text());
    }
    let mut story = nearly_accepted();
    story.news([release_news(mine())]).press("Enter");
    assert!(sent(&mut story).is_some(), "the same news again change nothing");
}

#[test]
fn a_payload_that_is_read_after_the_dialog_opened_is_what_the_yes_is_for() {
    let mut story = typical(SMALL);
    story.press("Enter").command("accept");
    story.news([release_news(mine())]).type_text("aws").press("Enter").type_text(NIGHTLY);
    story.news([changed(|object| object.wish = Some(("Rejected".into(), String::new())))]).press("Enter");
    assert_eq!(sent(&mut story), None);
    assert!(story.frame().shows("somebody decided in between"), "{}", story.frame().text());
}

#[test]
fn an_earlier_decision_is_shown_with_its_reason_and_nobody_is_guessed() {
    let mut detail = mine();
    object(&mut detail).wish = Some(("Accepted".into(), "needed for the demo".into()));
    let mut story = chosen(SMALL, detail.clone(), "reject");
    golden("decide__reject_earlier", &story);
    for words in ["needed for the demo", "by whom is not recorded", "overwrite the decision above"] {
        assert!(story.frame().shows(words), "{words}: {}", story.frame().text());
    }
    story.press("Esc").command("take-back");
    golden("decide__take_back", &story);
    assert!(story.frame().shows("the jobs decide again"), "{}", story.frame().text());
    story.type_text(NIGHTLY).press("Enter");
    let Some(Command::Decide(decision)) = sent(&mut story) else { panic!("a decision was sent") };
    assert_eq!(decision.what, Override::TakeBack);
}

#[test]
fn too_early_is_stored_and_failed_stays_failed() {
    let mut detail = mine();
    object(&mut detail).phase = Phase::Pending;
    object(&mut detail).created = false;
    let story = chosen(SMALL, detail, "accept");
    golden("decide__pending", &story);
    assert!(story.frame().shows("no effect until its image is made"), "{}", story.frame().text());
    let mut detail = mine();
    object(&mut detail).phase = Phase::Failed;
    let story = chosen(SMALL, detail, "accept");
    assert!(story.frame().shows("a Failed payload stays Failed"), "{}", story.frame().text());
}

#[test]
fn until_the_payload_is_read_nothing_can_be_sent() {
    let mut story = typical(SMALL);
    story.press("Enter");
    story.command("accept");
    golden("decide__loading", &story);
    assert!(story.frame().shows("reading its ReleasePayload"), "{}", story.frame().text());
    story.type_text("because").press("Enter").type_text(NIGHTLY).press("Enter");
    assert_eq!(sent(&mut story), None);
    let mut none = mine();
    none.insight = Insight::Unseen { why: "jane may not get releasepayloads".into() };
    story.news([release_news(none)]);
    assert!(story.frame().shows("jane may not get releasepayloads"), "{}", story.frame().text());
}
