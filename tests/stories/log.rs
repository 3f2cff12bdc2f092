//! Stories of a log: complete, following, searched, kept, folded, waiting, lost, gone.

use crate::golden;
use crate::world::*;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use weir_domain::log::{LogId, LogNews, LogPart};
use weir_domain::{Change, Failure, FailureKind, News, Status};
use weir_frames::Story;
use weir_log::Pattern;
use weir_ui::{Effect, Message, Route, SearchHits, Settings};

fn whole_log() -> LogId {
    LogId { run: id(FAILED), part: LogPart::Whole }
}

/// The log of the failing step, or of the whole run, with nothing come yet.
fn opened(log: &LogId, size: (u16, u16), ascii: bool) -> Story {
    let mut story = in_settings(Settings { ascii, ..Settings::default() }, size);
    story.press("r /").type_text(FAILED).press("Enter g Enter");
    story.news([detail_news(failed_detail())]).press(if *log == whole_log() { "l" } else { "Enter" });
    assert_eq!(*story.route(), Route::Log(log.clone()));
    answer_rights(&mut story, all_rights());
    story
}

fn told(log: &LogId, pieces: Vec<LogNews>) -> Vec<News> {
    pieces.into_iter().map(|piece| News::Log(log.clone(), piece)).collect()
}

/// A long download, then the failure in colour, then the end.
fn ending() -> Vec<LogNews> {
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let download = |number: u32| format!("Downloading metadata: part {number:03} of 200 from mirror.openshift.com\n");
    let text: String = (0..200).map(download).collect();
    let text = text + &LOG.replace("error: Could", "\x1b[31merror: \x1b[0mCould");
    let first = ago(6 * HOUR + 600).as_nanosecond() as i64;
    let stamps = (0..text.lines().count() as i64).map(|line| first + line * 1_500_000_000).collect();
    vec![
        LogNews::Lines { source: source.clone(), text, stamps, hidden: 1 },
        LogNews::Ended { source, status: Status::Failed, words: "exit 1".into(), at: Some(ago(6 * HOUR + 20)) },
        LogNews::Complete { status: Status::Failed },
    ]
}

fn complete(size: (u16, u16), ascii: bool) -> Story {
    let mut story = opened(&failed_log(), size, ascii);
    story.news(told(&failed_log(), ending()));
    story
}

/// Does what the runtime does with searches and filters.
fn answered(story: &mut Story) {
    for effect in story.effects() {
        match effect {
            Effect::Search(id, text) => {
                let log = story.model().log_snapshot(&id).expect("a log that is searched is there");
                let pattern = Pattern::new(&text).expect("a pattern that is sent is one");
                let mut lines = Vec::new();
                log.search_ids(&pattern, 0, &AtomicBool::new(false), |found| lines.extend(found));
                story.tell(Message::Found(id, SearchHits { pattern: text, lines, whole: true }));
            }
            Effect::Sift(id, text) => {
                let log = story.model().log_snapshot(&id).expect("a log that is filtered is there");
                let pattern = Pattern::new(&text).expect("a pattern that is sent is one");
                let sifted = log.sift(&pattern, &AtomicBool::new(false)).expect("nobody stops it");
                story.tell(Message::Sifted(id, sifted));
            }
            _ => {}
        }
    }
}

fn selected(story: &Story) -> String {
    let lines = story.frame().lines();
    lines.into_iter().find(|line| line.starts_with('▌')).unwrap_or_default()
}

fn lines(count: usize) -> LogNews {
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let text = (0..count).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
    LogNews::Lines { source, stamps: vec![0; count], text, hidden: 0 }
}

#[test]
fn a_complete_log_ends_with_how_its_step_ended() {
    let story = complete(SMALL, false);
    assert!(story.frame().shows("213 lines"), "{}", story.frame().text());
    assert!(story.frame().shows("secrets hidden: 1"));
    assert!(story.frame().shows("step ended: exit 1"));
    golden("log__failed_80x24", &story);
    golden("log__failed_160x48", &complete(WIDE, false));
    golden("log__failed_80x24_ascii", &complete(SMALL, true));
    golden("log__failed_160x48_ascii", &complete(WIDE, true));
    golden("log__failed_60x20", &complete((60, 20), false));
}

#[test]
fn a_search_goes_from_match_to_match_and_round() {
    let mut story = complete(SMALL, false);
    story.press("/").type_text("mirror|depsolve");
    golden("log__searching_80x24", &story);
    answered(&mut story);
    story.press("Enter");
    assert!(story.frame().shows("/mirror|depsolve 1 of 201"), "{}", story.frame().text());
    story.press("N");
    assert!(story.frame().shows("201 of 201"), "{}", story.frame().text());
    assert!(selected(&story).contains("error: Could not depsolve"), "{}", selected(&story));
    golden("log__found_80x24", &story);
    story.press("Esc");
    assert!(!story.frame().shows("of 201"));
    assert!(matches!(story.route(), Route::Log(_)));
}

#[test]
fn a_pattern_that_is_none_says_so_and_stays() {
    let mut story = complete(SMALL, false);
    story.press("&").type_text("(").press("Enter");
    assert!(story.effects().iter().all(|effect| !matches!(effect, Effect::Sift(..))));
    golden("log__wrong_pattern_80x24", &story);
}

#[test]
fn keeping_lines_shows_those_only_and_esc_shows_all_again() {
    let mut story = complete(SMALL, false);
    story.press("&").type_text("!Downloading").press("Enter");
    answered(&mut story);
    let frame = story.frame();
    assert!(frame.shows("&!Downloading 14 kept"), "{}", frame.text());
    assert!(!frame.shows("part 199"));
    golden("log__kept_80x24", &story);
    story.press("Esc Ctrl-U");
    assert!(story.frame().shows("part 199"), "{}", story.frame().text());
}

#[test]
fn the_first_error_is_one_key_away() {
    let mut story = complete(SMALL, false);
    story.press("g e");
    assert!(selected(&story).contains("error: Could not depsolve"), "{}", selected(&story));
    story.press("e");
    assert!(selected(&story).contains("failed to execute cmd-fetch"), "{}", selected(&story));
}

#[test]
fn long_lines_are_wrapped_or_moved_sideways() {
    let mut story = complete(SMALL, false);
    assert!(story.frame().shows("of the providers can be installed"), "{}", story.frame().text());
    story.press("w");
    assert!(story.frame().lines().iter().any(|line| line.ends_with('…')), "{}", story.frame().text());
    story.press("Right Right Right t");
    golden("log__sideways_80x24", &story);
}

#[test]
fn scrolled_back_the_page_stands_still_while_lines_come() {
    let mut story = opened(&failed_log(), SMALL, false);
    story.news(told(&failed_log(), vec![lines(100)]));
    assert!(story.frame().shows("following"));
    assert!(story.frame().shows("line 99"));
    story.press("k k k");
    let before = story.frame().lines()[3..].to_vec();
    story.news(told(&failed_log(), vec![lines(50)]));
    assert_eq!(story.frame().lines()[3..], before[..]);
    assert!(story.frame().shows("held here"), "{}", story.frame().text());
    story.press("f");
    assert!(story.frame().shows("line 49"), "{}", story.frame().text());
}

fn whole(size: (u16, u16)) -> Story {
    let mut story = opened(&whole_log(), size, false);
    let init = source(0, "cosa-init", "prepare-repo");
    let mut pieces = vec![
        LogNews::Lines {
            source: init.clone(),
            text: "+ cosa init --branch release-4.19\nInitialized empty Git repository".into(),
            stamps: vec![0, 0],
            hidden: 0,
        },
        LogNews::Ended {
            source: init,
            status: Status::Ok,
            words: "exit 0".into(),
            at: Some(ago(6 * HOUR + 46 * MINUTE)),
        },
    ];
    pieces.extend(ending());
    story.news(told(&whole_log(), pieces));
    story
}

#[test]
fn the_whole_run_stands_step_by_step_and_a_step_can_be_folded() {
    let mut story = whole(SMALL);
    story.press("g");
    golden("log__whole_80x24", &story);
    story.press("j z");
    assert!(story.frame().shows("cosa-init › prepare-repo (3 lines folded)"), "{}", story.frame().text());
    golden("log__folded_80x24", &story);
    story.press("G a");
    assert_eq!(*story.route(), Route::Log(failed_log()));
    story.press("a");
    assert_eq!(*story.route(), Route::whole_log(&id(FAILED)));
}

#[test]
fn a_log_that_loads_waits_or_is_empty_says_which() {
    for size in [SMALL, WIDE] {
        let name = format!("{}x{}", size.0, size.1);
        let mut story = opened(&failed_log(), size, false);
        assert!(story.frame().shows("asking moc…"));
        golden(&format!("log__loading_{name}"), &story);
        let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
        let words = "ImagePullBackOff: quay.io/coreos-assembler/coreos-assembler:latest".into();
        story.news(told(&failed_log(), vec![LogNews::Waiting { source, words }]));
        assert!(story.frame().shows("ImagePullBackOff: quay.io/coreos-assembler"), "{}", story.frame().text());
        golden(&format!("log__waiting_{name}"), &story);
        let mut story = opened(&failed_log(), size, false);
        story.news(told(&failed_log(), vec![LogNews::Complete { status: Status::Ok }]));
        golden(&format!("log__empty_{name}"), &story);
    }
}

#[test]
fn the_log_of_a_pending_run_says_that_no_step_has_begun() {
    let mut story = opened(&failed_log(), SMALL, false);
    let mut run = story.model().world().run(&failed_log().run).expect("the story has it").clone();
    run.status = Status::Pending;
    let id = run.id.clone();
    story.news(vec![News::Runs(id.cluster.clone(), None, Change::Upsert(vec![(id, run)]))]);
    assert!(story.frame().shows("No step has begun"), "{}", story.frame().text());
}

#[test]
fn a_log_whose_pod_is_gone_says_that_the_log_went_with_it() {
    let mut story = opened(&failed_log(), SMALL, false);
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let words = "The pod was deleted, and its log with it.".into();
    story
        .news(told(&failed_log(), vec![LogNews::Gone { source, words }, LogNews::Complete { status: Status::Failed }]));
    assert!(story.frame().shows("The pod was deleted, and its log with it."));
    golden("log__gone_80x24", &story);
}

#[test]
fn a_lost_log_keeps_its_lines_and_says_since_when() {
    for size in [SMALL, WIDE] {
        let mut story = opened(&failed_log(), size, false);
        let failure = Failure::new(FailureKind::Offline, "cannot read the log", "connection reset", "weir tries again");
        story.news(told(&failed_log(), vec![lines(30), LogNews::Lost(failure)]));
        assert!(story.frame().shows("as of 14:02, reconnecting"), "{}", story.frame().text());
        assert!(story.frame().shows("line 29"));
        golden(&format!("log__lost_{}x{}", size.0, size.1), &story);
    }
}

#[test]
fn a_line_of_5_mb_is_cut_to_the_screen_and_holds_nothing_up() {
    let mut story = opened(&failed_log(), SMALL, false);
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let text = format!("before\n{}\nafter", "x".repeat(5 << 20));
    story.news(told(&failed_log(), vec![LogNews::Lines { source, text, stamps: vec![0; 3], hidden: 0 }]));
    let start = Instant::now();
    for keys in ["k", "w", "Right", "g", "j", "w", "k", "G"] {
        story.press(keys);
        let frame = story.frame();
        assert!(frame.lines().iter().all(|line| line.chars().count() <= 80));
    }
    assert!(start.elapsed().as_secs() < 8, "{:?}", start.elapsed());
}

#[test]
fn copying_takes_the_line_without_colours_and_saving_takes_it_all() {
    let mut story = complete(SMALL, false);
    story.effects();
    story.press("g e c Ctrl-S");
    let effects = story.effects();
    assert_eq!(effects[0], Effect::Copy("error: Could not depsolve transaction; 1 problem detected:".into()));
    assert_eq!(effects[1], Effect::SaveLog(failed_log()));
}

#[test]
fn no_size_and_no_key_breaks_the_screen() {
    for (width, height) in [(1, 1), (2, 3), (5, 4), (9, 9), (39, 12), (41, 5), (300, 90)] {
        let mut story = whole(SMALL);
        story.resize(width, height);
        for keys in
            ["g", "z", "w", "Right", "Right", "t", "j", "Ctrl-D", "G", "k", "e", "z", "Left", "w", "Ctrl-F", "f"]
        {
            story.press(keys);
            assert_eq!(story.frame().size(), (width, height));
        }
        story.press("/").type_text("e");
        story.frame();
        answered(&mut story);
        story.press("Enter n N & Esc Esc");
        story.frame();
    }
}
