//! Stories of help: what works here, and all keys.

use crate::golden;
use crate::world::*;

#[test]
fn help_shows_first_what_works_here() {
    let mut story = typical(SMALL);
    story.press("r ?");
    golden("help__runs", &story);
    story.press("G");
    golden("help__end", &story);
    story.press("?");
    assert!(!story.frame().shows("Keys"));
}

#[test]
fn help_on_a_wide_screen() {
    let mut story = typical(WIDE);
    story.press("r ?");
    golden("help__wide", &story);
}

#[test]
fn a_verb_that_cannot_be_done_says_why() {
    let mut story = typical(SMALL);
    story.press("r G ?");
    assert!(story.frame().shows("it has ended: ok"), "{}", story.frame().text());
}
