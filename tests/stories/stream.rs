//! Stories of one stream's releases: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::release::{Job, Verdict};
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
fn jobs_without_an_image_are_not_counted() {
    let mut stream = whole();
    let verdict = Verdict { jobs: vec![Job { url: "".into(), ..job("aws", "Pending", true, 0, None) }] };
    for (at, phase) in [Phase::Pending, Phase::Failed].into_iter().enumerate() {
        let release = &mut stream.releases[at];
        (release.phase, release.pull_spec, release.verdict) = (phase, "".into(), Some(verdict.clone()));
    }
    let mut story = open(typical(SMALL));
    story.news([News::Releases(NAME.into(), Loaded::Known(stream))]);
    golden("stream__no_image", &story);
    assert!(story.frame().shows("its jobs have not begun") && story.frame().shows("its jobs never ran"));
    story.press("j D");
    assert!(story.frame().shows("it has no image: it could not be made"), "{}", story.frame().text());
}

#[test]
fn on_the_overview_gates_that_wait_for_an_image_do_not_run_and_those_without_one_say_nothing() {
    for (phase, said) in [(Phase::Pending, "2○"), (Phase::Failed, "-")] {
        let mut streams = streams();
        let newest = &mut streams[0].releases[0];
        (newest.phase, newest.pull_spec) = (phase, "".into());
        for job in &mut newest.verdict.as_mut().expect("a verdict").jobs {
            (job.state, job.url, job.attempts, job.decided) = ("Pending".into(), "".into(), 0, None);
        }
        let mut story = typical(WIDE);
        story.news(streams_news(streams));
        let row = story.frame().lines().into_iter().rfind(|line| line.contains("5.0.0-0.okd-scos-nightly  "));
        let row = row.expect("the stream's row");
        let after = row.split_once(phase.word()).expect("its phase").1;
        assert_eq!(after.split_whitespace().nth(1), Some(said), "{row}");
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
