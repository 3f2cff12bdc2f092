//! Stories of one run: failed, running with retries, waiting, well, just made, lost, gone.

use crate::golden;
use crate::world::*;
use std::sync::Arc;
use weir_domain::log::{LogNews, LogPart};
use weir_domain::{Detail, Failure, FailureKind, Loaded, News, Status, StepState, Watch};
use weir_frames::Story;
use weir_ui::{Effect, Route, Settings};

/// The screen of one run of an ordinary day; nothing of it has come but its row.
fn opened(name: &str, size: (u16, u16), ascii: bool) -> Story {
    let mut story = in_settings(Settings { ascii, ..Settings::default() }, size);
    story.press("r /").type_text(name).press("Enter g Enter");
    assert_eq!(*story.route(), Route::Run(id(name)));
    answer_rights(&mut story, all_rights());
    story
}

fn told(detail: Detail, size: (u16, u16), ascii: bool) -> Story {
    let mut story = opened(&detail.run.id.name, size, ascii);
    story.news([detail_news(detail)]);
    story
}

fn failed(size: (u16, u16), ascii: bool) -> Story {
    let mut story = told(failed_detail(), size, ascii);
    story.news(log_news());
    story
}

/// `cosa-test` at its second try of three, and a step of `cosa-build-baseos` that failed and was let pass.
fn retried() -> Detail {
    let mut detail = running_detail();
    detail.graph[2].retries = 2;
    detail.tasks.truncate(3);
    let mut lint = step("lint", Some(3), 14 * MINUTE, Some(12 * MINUTE));
    if let StepState::Ended { termination, .. } = &mut lint.state {
        *termination = "Continued".into();
    }
    detail.tasks[1].attempts[0].steps.push(lint);
    let test = &mut detail.tasks[2];
    test.attempts[0].status = Status::Failed;
    test.attempts[0].steps[0].state =
        StepState::Ended { exit: 137, reason: "OOMKilled".into(), termination: "Error".into() };
    let mut second = test.attempts[0].clone();
    second.status = Status::Running;
    second.started = Some(ago(5 * MINUTE));
    second.finished = None;
    second.steps = vec![step("build-and-test-qemu", None, 4 * MINUTE, None)];
    test.attempts.push(second);
    detail
}

/// Nothing but the run itself.
fn made() -> Detail {
    let mut detail = pending_detail();
    detail.tasks.clear();
    detail.graph.clear();
    detail.pods.clear();
    detail.events.clear();
    detail
}

#[test]
fn a_failed_run_says_first_why_with_the_last_words_of_its_step() {
    let story = failed(SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("`cosa-build-baseos` › `fetch-and-build-baseos` exited 1"), "{}", frame.text());
    assert!(frame.shows("error: Could not depsolve transaction; 1 problem detected:"), "{}", frame.text());
    golden("run__failed_80x24", &story);
    golden("run__failed_160x48", &failed(WIDE, false));
    golden("run__failed_80x24_ascii", &failed(SMALL, true));
    golden("run__failed_160x48_ascii", &failed(WIDE, true));
    golden("run__failed_60x20", &failed((60, 20), false));
}

#[test]
fn the_log_of_the_failing_step_is_watched_and_no_other() {
    let story = told(failed_detail(), SMALL, false);
    let logs = |story: &Story| -> Vec<Watch> {
        story.watches().into_iter().filter(|watch| matches!(watch, Watch::Log(_))).collect()
    };
    assert_eq!(logs(&story), [Watch::Log(failed_log())]);
    assert!(story.frame().shows("asking for its log"));
    assert!(told(green_detail(), SMALL, false).watches().iter().all(|watch| !matches!(watch, Watch::Log(_))));
}

#[test]
fn a_log_that_cannot_be_read_says_why_in_its_place() {
    let mut story = told(failed_detail(), SMALL, false);
    story.news([News::Log(failed_log(), LogNews::Lost(offline()))]);
    assert!(story.frame().shows("cannot reach `moc`: connection refused"), "{}", story.frame().text());
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    let words = "The pod was deleted, and its log with it.".into();
    story.news([News::Log(failed_log(), LogNews::Gone { source, words })]);
    assert!(story.frame().shows("The pod was deleted, and its log with it."), "{}", story.frame().text());
}

#[test]
fn enter_opens_the_log_of_the_failing_step_and_l_that_of_the_whole_run() {
    let mut story = failed(SMALL, false);
    story.press("Enter");
    assert_eq!(*story.route(), Route::Log(failed_log()));
    let mut story = failed(SMALL, false);
    story.press("l");
    assert_eq!(*story.route(), Route::whole_log(&id(FAILED)));
}

#[test]
fn a_task_that_did_not_run_says_so_in_place_of_a_log() {
    let mut story = failed(SMALL, false);
    story.press("G k Enter");
    assert_eq!(*story.route(), Route::Run(id(FAILED)));
    assert!(story.frame().shows("it did not run, so it has no log"), "{}", story.frame().text());
}

#[test]
fn a_run_shows_what_it_was_given_without_its_secrets_and_what_the_cluster_says() {
    for (size, tabs) in [(SMALL, ["Tab", "Tab"]), (WIDE, ["Tab Tab", "Tab"])] {
        let mut detail = failed_detail();
        let token = "syt_c29tZWJvZHk_abcdefghijklmnop";
        detail.params.push((Arc::from("matrix-token"), token.into()));
        detail.results.push((Arc::from("github"), format!("ghs_{token}")));
        let mut story = told(detail, size, false);
        story.news(log_news()).press(tabs[0]);
        let name = format!("{}x{}", size.0, size.1);
        assert!(story.frame().shows("matrix-token"), "{}", story.frame().text());
        assert!(!story.frame().shows("c29tZWJvZHk"), "{}", story.frame().text());
        golden(&format!("run__parameters_{name}"), &story);
        let mut story = told(pending_detail(), size, false);
        story.press(tabs[0]).press(tabs[1]);
        golden(&format!("run__events_{name}"), &story);
    }
}

#[test]
fn a_run_that_cannot_be_scheduled_says_what_it_waits_for() {
    let story = told(pending_detail(), SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("`cosa-init` was never scheduled: 0/2 nodes are available"), "{}", frame.text());
    golden("run__pending_80x24", &story);
}

#[test]
fn retries_and_steps_that_were_let_pass_stand_under_their_task() {
    let story = told(retried(), SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("try 2 of 3"), "{}", frame.text());
    assert!(frame.shows("out of memory, exit 137"), "{}", frame.text());
    assert!(frame.shows("exit 3, let pass"), "{}", frame.text());
    golden("run__running_80x24", &story);
    golden("run__running_160x48", &told(retried(), WIDE, false));
}

#[test]
fn the_timeline_tells_waiting_from_running() {
    let mut story = told(green_detail(), WIDE, false);
    golden("run__well_160x48", &story);
    story.press("Tab");
    golden("run__timeline_160x48", &story);
    let mut story = told(green_detail(), SMALL, false);
    story.press("Tab Tab Tab");
    golden("run__graph_80x24", &story);
    story.press("Tab");
    golden("run__timeline_80x24", &story);
}

#[test]
fn folding_a_task_hides_its_steps_and_keeps_it_selected() {
    let mut story = failed(SMALL, false);
    assert!(story.frame().text().lines().any(|line| line.starts_with("▌   fetch-and-build-baseos")));
    story.press("z");
    assert!(story.frame().text().lines().any(|line| line.starts_with("▌ cosa-build-baseos")));
    assert!(!story.frame().text().lines().any(|line| line.contains("  fetch-and-build-baseos ")));
}

#[test]
fn news_do_not_move_the_selection_to_another_task() {
    let mut story = told(retried(), SMALL, false);
    story.press("g j");
    let line = |story: &Story| {
        story.frame().lines().into_iter().find(|line| line.starts_with('▌')).map(|line| line[..30].to_string())
    };
    let before = line(&story);
    assert!(before.as_deref().is_some_and(|line| line.contains("cosa-build-baseos")), "{before:?}");
    let mut grown = retried();
    grown.tasks.remove(0);
    grown.graph.remove(0);
    story.news([detail_news(grown)]);
    assert_eq!(line(&story), before);
}

#[test]
fn a_run_of_which_nothing_is_known_says_who_is_asked() {
    for size in [SMALL, WIDE] {
        let story = opened(FAILED, size, false);
        assert!(story.frame().shows("asking moc…"));
        golden(&format!("run__loading_{}x{}", size.0, size.1), &story);
    }
}

#[test]
fn a_run_that_was_just_made_has_no_task_yet() {
    golden("run__empty_80x24", &told(made(), SMALL, false));
    golden("run__empty_160x48", &told(made(), WIDE, false));
}

#[test]
fn a_lost_run_keeps_its_rows_and_says_since_when() {
    for size in [SMALL, WIDE] {
        let mut story = failed(size, false);
        let retry = Some(ago(-8));
        story.news([News::Detail(id(FAILED), Loaded::Lost { failure: offline(), retry })]);
        let frame = story.frame();
        assert!(frame.shows("as of 14:02, reconnecting in 8 s"), "{}", frame.text());
        assert!(frame.shows("cosa-generate-release-meta"), "{}", frame.text());
        golden(&format!("run__lost_{}x{}", size.0, size.1), &story);
    }
}

#[test]
fn a_run_that_is_gone_says_so_and_what_to_do() {
    let mut story = opened(FAILED, SMALL, false);
    let gone = Failure::new(
        FailureKind::Missing,
        "there is no such run on `moc` any more",
        "deleted by the clean-up at 04:00",
        "a log that was not saved went with it",
    );
    story.news([News::Detail(id(FAILED), Loaded::Missing(gone))]);
    assert!(story.frame().shows("deleted by the clean-up at 04:00"), "{}", story.frame().text());
    golden("run__gone_80x24", &story);
}

#[test]
fn everything_of_a_run_is_copied_in_words() {
    let mut story = failed(SMALL, false);
    story.effects();
    story.press("c Y");
    let effects = story.effects();
    let Some(Effect::Copy(all)) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(effects[0], Effect::Copy(FAILED.to_string()));
    assert!(all.contains("why: `cosa-build-baseos` › `fetch-and-build-baseos` exited 1"), "{all}");
    assert!(all.contains("cosa-test skipped ("), "{all}");
}

#[test]
fn the_log_of_a_task_with_several_steps_is_that_of_the_task() {
    let mut story = told(retried(), SMALL, false);
    story.press("g j Enter");
    let Route::Log(id) = story.route() else { panic!("{:?}", story.route()) };
    assert_eq!(id.part, LogPart::Task("cosa-build-baseos".into()));
}

#[test]
fn no_size_and_no_key_breaks_the_screen() {
    for (width, height) in [(1, 1), (2, 3), (5, 4), (9, 9), (20, 6), (39, 12), (140, 5), (300, 90)] {
        for detail in [failed_detail(), retried(), made()] {
            let mut story = told(detail, SMALL, false);
            story.news(log_news()).resize(width, height);
            for keys in ["Tab", "Tab", "Tab", "Tab", "j", "G", "k", "g", "z", "Ctrl-D", "Ctrl-B", "z", "Tab", "G"] {
                story.press(keys);
                assert_eq!(story.frame().size(), (width, height));
            }
        }
    }
}
