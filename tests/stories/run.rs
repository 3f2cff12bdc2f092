//! Stories of one run: failed, running with retries, waiting, well, just made, lost, gone.

use crate::coreos::{self, log_id, log_news};
use crate::golden;
use weir_domain::log::LogPart;
use weir_domain::{Detail, Failure, FailureKind, Loaded, News, Watch};
use weir_frames::Story;
use weir_ui::{Effect, Route, Settings};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (160, 48);

fn opened(detail: &Detail, size: (u16, u16), ascii: bool) -> Story {
    let settings = Settings { ascii, ..Settings::default() };
    let mut story = Story::new(settings, coreos::now(), size);
    story.news(coreos::known(&detail.run)).press("r Enter");
    assert_eq!(*story.route(), Route::Run(coreos::id()));
    story
}

fn told(detail: Detail, size: (u16, u16), ascii: bool) -> Story {
    let mut story = opened(&detail, size, ascii);
    story.news([coreos::loaded(detail)]);
    story
}

fn failed(size: (u16, u16), ascii: bool) -> Story {
    let mut story = told(coreos::failed(), size, ascii);
    story.news(log_news(&log_id(), coreos::ending()));
    story
}

#[test]
fn a_failed_run_says_first_why_with_the_last_words_of_its_step() {
    let story = failed(SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("`cosa-build-baseos` › `fetch-and-build-baseos` exited 1"), "{}", frame.text());
    assert!(frame.shows("error: Could not depsolve transaction; 1 problem detected:"), "{}", frame.text());
    golden("run__failed_80x24", &story);
    golden("run__failed_160x48", &failed(LARGE, false));
    golden("run__failed_80x24_ascii", &failed(SMALL, true));
    golden("run__failed_160x48_ascii", &failed(LARGE, true));
    golden("run__failed_60x20", &failed((60, 20), false));
}

#[test]
fn the_log_of_the_failing_step_is_watched_and_no_other() {
    let mut story = told(coreos::failed(), SMALL, false);
    let logs = |story: &Story| -> Vec<Watch> {
        story.watches().into_iter().filter(|watch| matches!(watch, Watch::Log(_))).collect()
    };
    assert_eq!(logs(&story), [Watch::Log(log_id())]);
    assert!(story.frame().shows("asking for its log"));
    story.news([coreos::loaded(coreos::well())]).press("q");
    assert!(told(coreos::well(), SMALL, false).watches().iter().all(|watch| !matches!(watch, Watch::Log(_))));
}

#[test]
fn enter_opens_the_log_of_the_failing_step_and_l_that_of_the_whole_run() {
    let mut story = failed(SMALL, false);
    story.press("Enter");
    assert_eq!(*story.route(), Route::Log(log_id()));
    let mut story = failed(SMALL, false);
    story.press("l");
    assert_eq!(*story.route(), Route::whole_log(&coreos::id()));
}

#[test]
fn a_task_that_did_not_run_says_so_in_place_of_a_log() {
    let mut story = failed(SMALL, false);
    story.press("G k Enter");
    assert_eq!(*story.route(), Route::Run(coreos::id()));
    assert!(story.frame().shows("it did not run, so it has no log"), "{}", story.frame().text());
}

#[test]
fn a_run_shows_what_it_was_given_without_its_secrets_and_what_the_cluster_says() {
    for (size, tabs) in [(SMALL, ["Tab", "Tab"]), (LARGE, ["Tab Tab", "Tab"])] {
        let mut story = failed(size, false);
        story.press(tabs[0]);
        let name = format!("{}x{}", size.0, size.1);
        assert!(story.frame().shows("matrix-token"), "{}", story.frame().text());
        assert!(!story.frame().shows("syt_"), "{}", story.frame().text());
        golden(&format!("run__parameters_{name}"), &story);
        let mut story = told(coreos::pending(), size, false);
        story.press(tabs[0]).press(tabs[1]);
        golden(&format!("run__events_{name}"), &story);
    }
}

#[test]
fn a_run_that_cannot_be_scheduled_says_what_it_waits_for() {
    let story = told(coreos::pending(), SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("`cosa-init` was never scheduled: 0/3 nodes are available"), "{}", frame.text());
    golden("run__pending_80x24", &story);
}

#[test]
fn retries_and_steps_that_were_let_pass_stand_under_their_task() {
    let story = told(coreos::running(), SMALL, false);
    let frame = story.frame();
    assert!(frame.shows("try 2 of 3"), "{}", frame.text());
    assert!(frame.shows("was killed: out of memory"), "{}", frame.text());
    assert!(frame.shows("exit 3, let pass"), "{}", frame.text());
    golden("run__running_80x24", &story);
    golden("run__running_160x48", &told(coreos::running(), LARGE, false));
}

#[test]
fn the_timeline_tells_waiting_from_running() {
    let mut story = told(coreos::well(), LARGE, false);
    golden("run__well_160x48", &story);
    story.press("Tab");
    golden("run__timeline_160x48", &story);
    let mut story = told(coreos::well(), SMALL, false);
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
    let mut story = told(coreos::running(), SMALL, false);
    story.press("g j");
    let line = |story: &Story| {
        story.frame().lines().into_iter().find(|line| line.starts_with('▌')).map(|line| line[..30].to_string())
    };
    let before = line(&story);
    assert!(before.as_deref().is_some_and(|line| line.contains("cosa-build-baseos")), "{before:?}");
    let mut grown = coreos::running();
    grown.tasks.remove(0);
    grown.graph.remove(0);
    story.news([coreos::loaded(grown)]);
    assert_eq!(line(&story), before);
}

#[test]
fn a_run_of_which_nothing_is_known_says_who_is_asked() {
    for size in [SMALL, LARGE] {
        let story = opened(&coreos::failed(), size, false);
        assert!(story.frame().shows("asking moc…"));
        golden(&format!("run__loading_{}x{}", size.0, size.1), &story);
    }
}

#[test]
fn a_run_that_was_just_made_has_no_task_yet() {
    golden("run__empty_80x24", &told(coreos::made(), SMALL, false));
    golden("run__empty_160x48", &told(coreos::made(), LARGE, false));
}

#[test]
fn a_lost_run_keeps_its_rows_and_says_since_when() {
    for size in [SMALL, LARGE] {
        let mut story = failed(size, false);
        let retry = Some(coreos::at("12:00:08"));
        story.news([News::Detail(coreos::id(), Loaded::Lost { failure: coreos::lost(), retry })]);
        let frame = story.frame();
        assert!(frame.shows("as of 12:00, reconnecting in 8 s"), "{}", frame.text());
        assert!(frame.shows("cosa-generate-release-meta"), "{}", frame.text());
        golden(&format!("run__lost_{}x{}", size.0, size.1), &story);
    }
}

#[test]
fn a_run_that_is_gone_says_so_and_what_to_do() {
    let mut story = opened(&coreos::failed(), SMALL, false);
    let gone = Failure::new(
        FailureKind::Missing,
        "there is no such run on `moc` any more",
        "deleted by the clean-up at 04:00",
        "a log that was not saved went with it",
    );
    story.news([News::Detail(coreos::id(), Loaded::Missing(gone))]);
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
    assert_eq!(effects[0], Effect::Copy(coreos::id().name.to_string()));
    assert!(all.contains("why: `cosa-build-baseos` › `fetch-and-build-baseos` exited 1"), "{all}");
    assert!(all.contains("cosa-test skipped (not reached: the run stopped)"), "{all}");
}

#[test]
fn the_log_of_a_task_with_several_steps_is_that_of_the_task() {
    let mut story = told(coreos::running(), SMALL, false);
    story.press("g j Enter");
    let Route::Log(id) = story.route() else { panic!("{:?}", story.route()) };
    assert_eq!(id.part, LogPart::Task("cosa-build-baseos".into()));
}
