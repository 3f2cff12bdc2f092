//! Stories of one stream's releases: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::{Failure, FailureKind, Loaded, News, Phase, Stream};
use weir_frames::Story;
use weir_ui::Effect;

const NAME: &str = "4.22.0-0.okd-scos-nightly";

fn whole() -> Stream {
    let mut stream = streams().remove(1);
    for day in 1..19 {
        let name = format!("{NAME}-2026-11-{:02}-101500", 19 - day);
        let phase = if day % 5 == 0 { Phase::Failed } else { Phase::Accepted };
        let mut old = release(&name, phase, (day + 1) * DAY);
        if phase == Phase::Failed {
            old.pull_spec = "".into();
        }
        stream.releases.push(old);
    }
    stream
}

fn open(mut story: Story) -> Story {
    story.press("L j Enter");
    story
}

fn opened(size: (u16, u16)) -> Story {
    let mut story = open(typical(size));
    story.news([News::Releases(NAME.into(), Loaded::Known(whole()))]);
    story
}

#[test]
fn while_it_loads_the_newest_are_there_already() {
    let story = open(typical(SMALL));
    golden("stream__loading", &story);
    assert!(story.frame().shows("so far"));
}

#[test]
fn nothing_is_one_sentence() {
    let mut story = open(typical(SMALL));
    let none = Stream { name: NAME.into(), releases: Vec::new(), as_of: Some(now()) };
    story.news([News::Releases(NAME.into(), Loaded::Known(none))]);
    golden("stream__empty", &story);
    assert!(story.frame().shows("The stream has no releases."));
}

#[test]
fn an_ordinary_stream() {
    for (size, name) in [(SMALL, "stream__typical"), (WIDE, "stream__typical_wide")] {
        let story = opened(size);
        golden(name, &story);
        assert!(story.frame().shows("aws-upgrade failed 3 times"), "{}", story.frame().text());
    }
}

#[test]
fn a_stream_that_is_gone_says_so() {
    let mut story = open(typical(SMALL));
    let failure = Failure::new(FailureKind::Missing, format!("no stream `{NAME}`"), "404 Not Found", "");
    story.news([News::Releases(NAME.into(), Loaded::Missing(failure))]);
    golden("stream__failing", &story);
    assert!(story.frame().shows("gone"));
}

#[test]
fn lost_rows_stay_dimmed_and_dated() {
    let mut story = opened(SMALL);
    story.tell(weir_ui::Message::Tick(now() + jiff::SignedDuration::from_secs(120)));
    let retry = Some(now() + jiff::SignedDuration::from_secs(128));
    story.news([News::Releases(NAME.into(), Loaded::Lost { failure: offline(), retry })]);
    golden("stream__lost", &story);
    assert!(story.frame().shows("as of 14:02, reconnecting in 8 s"));
}

#[test]
fn the_name_the_image_and_the_page_can_be_taken() {
    let mut story = opened(SMALL);
    story.effects();
    story.press("j j c");
    let name = format!("{NAME}-2026-11-19-220144");
    assert_eq!(story.effects().last(), Some(&Effect::Copy(name.clone())));
    story.press("o");
    let page = format!("https://origin-release.ci.openshift.org/releasestream/{NAME}/release/{name}");
    assert_eq!(story.effects().last(), Some(&Effect::Open(page.clone())));
    story.press("Y");
    let all = format!("{name}\nregistry.ci.openshift.org/origin/release-scos:{name}\n{page}");
    assert_eq!(story.effects().last(), Some(&Effect::Copy(all)));
}

#[test]
fn a_newer_release_does_not_move_the_selection() {
    let mut story = opened(SMALL);
    story.press("j");
    let mut stream = whole();
    stream.releases.insert(0, release(&format!("{NAME}-2026-11-21-140000"), Phase::Pending, 60));
    story.news([News::Releases(NAME.into(), Loaded::Known(stream))]);
    story.effects();
    story.press("c");
    assert_eq!(story.effects().last(), Some(&Effect::Copy(format!("{NAME}-2026-11-20-081501"))));
}
