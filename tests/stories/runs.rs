//! Stories of the runs: loading, empty, an ordinary day, lost, denied, filtered, marked, scoped, and ten thousand of them.

use crate::golden;
use crate::world::*;
use weir_domain::{Change, ClusterName, News, Rights, Status};
use weir_ui::{Effect, Route, Settings};

fn tasks() -> News {
    News::Tasks(id(RUNNING), weir_domain::Loaded::Known(running_tasks()))
}

#[test]
fn loading_says_who_is_asked() {
    let mut story = loading(SMALL);
    story.press("r");
    golden("runs__loading", &story);
    assert!(story.frame().shows("asking moc, app.ci"));
}

#[test]
fn a_list_that_loads_says_how_far_it_is() {
    let mut story = loading(SMALL);
    story.press("r");
    let moc = ClusterName::new("moc");
    let rows = runs().into_iter().filter(|run| run.id.cluster == moc).map(|run| (run.id.clone(), run)).collect();
    story.news([
        News::Runs(moc.clone(), None, Change::Begin),
        News::Runs(moc.clone(), None, Change::Upsert(rows)),
        News::Runs(moc, None, Change::Progress { have: 500, of: Some(10_000) }),
    ]);
    assert!(story.frame().shows("500 of 10000 read"), "{}", story.frame().text());
}

#[test]
fn nothing_is_one_sentence_and_the_key_that_helps() {
    let mut story = empty(SMALL);
    story.press("r");
    golden("runs__empty", &story);
}

#[test]
fn an_ordinary_day() {
    let sizes = [((60, 20), "runs__typical_60x20"), (SMALL, "runs__typical"), (WIDE, "runs__typical_wide")];
    for (size, name) in sizes {
        let mut story = typical(size);
        story.press("r").news([tasks()]);
        answer_rights(&mut story, all_rights());
        golden(name, &story);
    }
}

#[test]
fn the_same_in_ascii() {
    let mut story = in_settings(Settings { ascii: true, demo: true, read_only: true, ..Settings::default() }, SMALL);
    story.press("r").news([tasks()]);
    answer_rights(&mut story, all_rights());
    golden("runs__ascii", &story);
    assert!(story.frame().text().is_ascii(), "{}", story.frame().text());
}

#[test]
fn lost_rows_stay_dimmed_and_dated() {
    let mut story = lost(SMALL);
    story.press("r");
    golden("runs__lost", &story);
    assert!(story.frame().shows("as of 14:02"), "{}", story.frame().text());
}

#[test]
fn a_missing_right_is_shown_with_the_verb() {
    let mut story = typical(WIDE);
    story.press("r");
    let denied = Rights { start: Some(false), cancel: Some(false), delete: Some(false), logs: Some(true) };
    let place = (ClusterName::new("moc"), weir_domain::Namespace::new("okd-coreos"));
    let query = weir_domain::Query::Rights(place.0, place.1);
    story.tell(weir_ui::Message::Answered(query, Ok(weir_domain::Answer::Rights(denied))));
    golden("runs__denied", &story);
    story.press("R");
    assert!(story.frame().shows("rerun: needs `create pipelineruns` in okd-coreos"), "{}", story.frame().text());
    assert_eq!(story.route(), &Route::Runs);
}

#[test]
fn a_filter_is_always_in_sight_and_esc_clears_it() {
    let mut story = typical(SMALL);
    story.press("r /").type_text("coreos !4.19");
    golden("runs__filter_typing", &story);
    story.press("Enter");
    golden("runs__filter", &story);
    assert!(!story.frame().shows(FAILED) && story.frame().shows("filter: coreos !4.19"));
    story.press("Esc");
    assert!(story.frame().shows("10 runs"), "{}", story.frame().text());
    assert_eq!(story.route(), &Route::Runs);
}

#[test]
fn marked_rows_are_copied_together() {
    let mut story = typical(SMALL);
    story.press("r Space Space");
    golden("runs__marked", &story);
    story.effects();
    story.press("c");
    let copied = format!("{PENDING}\n{PROMOTING}");
    let effects = story.effects();
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Copy(text) if text.lines().count() == 2)),
        "{effects:?} is not {copied}"
    );
}

#[test]
fn every_action_of_a_row_is_in_its_menu_and_delete_only_there() {
    let mut story = typical(SMALL);
    story.press("r x");
    golden("runs__menu", &story);
}

#[test]
fn a_delete_shows_server_object_and_call_before_the_yes() {
    let mut story = typical(SMALL);
    story.press("r G x").press("G Enter");
    golden("runs__delete", &story);
    story.effects();
    story.press("Esc");
    assert!(story.effects().is_empty());
    story.press("x G Enter").press("Enter");
    let effects = story.effects();
    assert!(matches!(&effects[..], [Effect::Execute(_)]), "{effects:?}");
}

#[test]
fn scope_filters_and_stands_in_the_header() {
    let mut story = typical(SMALL);
    story.press("r").command("ns okd-team");
    golden("runs__scope", &story);
    story.press("0");
    assert!(story.frame().shows("10 runs"));
    story.command("ctx app.ci");
    assert!(story.frame().shows("[app.ci]") && story.frame().shows("1 run"), "{}", story.frame().text());
    story.press("0 1");
    assert!(story.frame().shows("[*/okd-coreos]"), "{}", story.frame().text());
}

#[test]
fn sorting_keeps_the_selection_on_its_run() {
    let mut story = typical(SMALL);
    story.press("r j j j j");
    let selected = |story: &weir_frames::Story| {
        let lines = story.frame().lines();
        lines.iter().find(|line| line.starts_with('▌')).map(|line| line.split_whitespace().nth(3).map(str::to_string))
    };
    let before = selected(&story);
    story.press("S S");
    assert_eq!(selected(&story), before);
}

#[test]
fn the_current_task_is_watched_for_unfinished_runs_on_screen_only() {
    let mut story = typical(SMALL);
    story.press("r");
    let watches = story.watches();
    let tasks: Vec<_> = watches.iter().filter(|watch| matches!(watch, weir_domain::Watch::Tasks(_))).collect();
    let unfinished = runs().iter().filter(|run| matches!(run.status, Status::Running | Status::Pending)).count();
    assert_eq!(tasks.len(), unfinished);
}

#[test]
fn ten_thousand_runs_are_one_screen() {
    let mut story = blank(SMALL);
    story.news([News::Endpoints(endpoints())]);
    let many = (0..10_000).map(|n| {
        let name = format!("okd-coreos-4.19-prod-pipelinerun-{n:05}");
        timed(run(&name, "okd-coreos", Status::Ok, &[("version", "4.19")]), 60 * i64::from(n), Some(30))
    });
    story.news(listed(many.collect()));
    story.press("r G");
    assert!(story.frame().shows("09999"), "{}", story.frame().text());
    assert!(story.frame().shows("10000 runs"));
}

#[test]
fn a_sketch_says_no_more_than_it_knows() {
    let mut story = typical(SMALL);
    let mut sketch =
        timed(run("okd-coreos-4.20-prod-pipelinerun-k2m8t", "okd-coreos", Status::Failed, &[]), 2 * DAY, Some(DAY));
    sketch.depth = weir_domain::Depth::Sketch;
    sketch.pipeline = None;
    sketch.labels.clear();
    story.news(listed(vec![sketch])).press("r");
    golden("runs__sketch", &story);
    assert!(!story.frame().shows("embedded") && !story.frame().shows("1d00h"), "{}", story.frame().text());
}

#[test]
fn rows_of_a_cluster_that_never_answered_are_not_called_empty() {
    let mut story = blank(SMALL);
    story.news([News::Endpoints(endpoints())]);
    let lost = || Change::Lost { failure: offline(), retry: None };
    story.news([News::Runs(ClusterName::new("moc"), None, lost())]).press("r");
    golden("runs__never_answered", &story);
    assert!(!story.frame().shows("No runs") && story.frame().shows("connection refused"), "{}", story.frame().text());
}
