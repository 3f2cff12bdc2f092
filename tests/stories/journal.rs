//! Stories of the journal: what was sent and what came of it.

use crate::golden;
use crate::world::*;
use weir_domain::{Failure, FailureKind, Loaded, News};
use weir_ui::Route;

#[test]
fn loading() {
    let mut story = blank(SMALL);
    story.press("J");
    golden("journal__loading", &story);
}

#[test]
fn empty() {
    let mut story = crate::world::empty(SMALL);
    story.press("J");
    golden("journal__empty", &story);
}

#[test]
fn typical() {
    for (size, name) in [(SMALL, "journal__typical"), (WIDE, "journal__typical_wide")] {
        let mut story = crate::world::typical(size);
        story.press("J");
        golden(name, &story);
    }
}

#[test]
fn a_refusal_says_what_the_server_said() {
    let mut story = crate::world::typical(SMALL);
    story.press("J j j");
    golden("journal__refused", &story);
    assert!(story.frame().shows("admission webhook denied"), "{}", story.frame().text());
}

#[test]
fn a_journal_that_is_read_in_part_says_so() {
    let mut story = crate::world::typical(SMALL);
    story.press("J").news([News::Unread(vec!["older lines are not read".into()])]);
    golden("journal__in_part", &story);
    assert!(story.frame().shows("older lines are not read"), "{}", story.frame().text());
}

#[test]
fn a_journal_that_cannot_be_read_says_so() {
    let mut story = crate::world::typical(SMALL);
    let failure = Failure::new(
        FailureKind::Broken,
        "cannot read the journal",
        "permission denied",
        "nothing can be sent until it can be written",
    );
    story.press("J").news([News::Journal(Loaded::Lost { failure, retry: None })]);
    golden("journal__lost", &story);
}

#[test]
fn enter_opens_the_run_it_was_about() {
    let mut story = crate::world::typical(SMALL);
    story.press("J G Enter");
    assert_eq!(story.route(), &Route::Run(id("okd-coreos-4.16-prod-pipelinerun-ab3fn")));
}

#[test]
fn what_was_sent_keeps_its_indentation() {
    use weir_domain::journal::Outcome;
    let mut sent = entry("9", 10, Outcome::Accepted, "promote", "okd-release-4-scos-next", "");
    sent.body = "spec:\n  params:\n  - name: release-name\n".into();
    sent.call.clear();
    let mut story = crate::world::typical(WIDE);
    story.news([News::Journal(Loaded::Known(vec![sent.clone()]))]).press("J");
    let lines = story.frame().lines();
    let at = lines.iter().position(|line| line.contains("spec:")).expect("the body");
    let column = |line: &str, word: &str| line.find(word).expect(word);
    assert_eq!(column(&lines[at + 1], "params:"), column(&lines[at], "spec:") + 2);
    let mut small = crate::world::typical(SMALL);
    small.news([News::Journal(Loaded::Known(vec![sent]))]).press("J");
    assert!(small.frame().shows("promote  okd-release"), "the verb is whole: {}", small.frame().text());
}
