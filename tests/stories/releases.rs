//! Stories of the streams: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::{Change, Failure, FailureKind, News};
use weir_ui::{Effect, Route};

#[test]
fn loading_says_who_is_asked() {
    let mut story = loading(SMALL);
    story.press("L");
    golden("releases__loading", &story);
    assert!(story.frame().shows("asking releases"));
}

#[test]
fn nothing_is_one_sentence() {
    let mut story = empty(SMALL);
    story.press("L");
    golden("releases__empty", &story);
    assert!(story.frame().shows("The release-controller has no streams."));
}

#[test]
fn an_ordinary_day() {
    for (size, name) in [(SMALL, "releases__typical"), (WIDE, "releases__typical_wide")] {
        let mut story = typical(size);
        story.press("L");
        golden(name, &story);
    }
}

#[test]
fn a_release_controller_that_never_answered_is_told_with_what_to_do() {
    let mut story = loading(SMALL);
    let failure = Failure::new(
        FailureKind::Broken,
        "cannot read the streams of `releases`",
        "it answered HTML where JSON belongs",
        "weir asks again; `H` shows the endpoint",
    );
    story.press("L").news([News::Streams(Change::Lost { failure, retry: None })]);
    golden("releases__failing", &story);
    assert!(story.frame().shows("HTML where JSON belongs"));
}

#[test]
fn a_stream_that_cannot_be_read_is_missed_in_words() {
    let mut partly = endpoints();
    let why = "cannot list the releases of 5.1.0-0.okd-scos-nightly: it answered 500";
    partly[2].unseen = vec![why.into()];
    let mut story = typical(SMALL);
    story.news([News::Endpoints(partly.clone())]);
    let overview = story.frame();
    assert!(overview.shows("✗ releases") && overview.shows("cannot list the releases of 5.1.0"), "{}", overview.text());
    assert!(overview.shows("1 not read: H says why"), "{}", overview.text());
    story.press("L");
    golden("releases__partly", &story);
    assert!(story.frame().shows("streams, 1 not read: H says why"));
    story.press("H");
    assert!(story.frame().shows("Not seen: cannot list the releases of 5.1.0"));
    // None at all is not the same as no streams.
    let mut story = empty(SMALL);
    assert!(story.frame().shows("nothing needs you"));
    story.news([News::Endpoints(partly)]);
    for at_overview in [true, false] {
        let frame = story.frame();
        assert!(frame.shows("No stream could be read.") && !frame.shows("nothing needs you"), "{}", frame.text());
        assert!(!frame.shows("has no streams"), "{}", frame.text());
        if at_overview {
            story.press("L");
        }
    }
}

#[test]
fn lost_rows_stay_dimmed_and_dated() {
    let mut story = lost(SMALL);
    story.press("L");
    golden("releases__lost", &story);
    assert!(story.frame().shows("as of 14:02"));
}

#[test]
fn enter_goes_to_the_stream_and_the_address_is_that_of_its_newest_release() {
    let mut story = typical(SMALL);
    story.press("L j");
    story.effects();
    story.press("o");
    let page = "https://origin-release.ci.openshift.org/releasestream/4.22.0-0.okd-scos-nightly/release/4.22.0-0.okd-scos-nightly-2026-11-21-081233";
    assert_eq!(story.effects().last(), Some(&Effect::Open(page.into())));
    story.press("Enter");
    assert_eq!(*story.route(), Route::Stream("4.22.0-0.okd-scos-nightly".into()));
}
