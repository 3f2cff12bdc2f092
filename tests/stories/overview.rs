//! Stories of the overview: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::plan::Source;
use weir_domain::promotion::{Check, CheckId, CheckState, Ending};
use weir_domain::{Change, ClusterName, EndpointKind, Loaded, News, Promotion, ReleaseId, Run, RunId, Status, Watch};
use weir_frames::Story;
use weir_ui::{Effect, Message, PromoteFrom, Route, Settings, StartFrom};

fn upsert(run: Run) -> News {
    News::Runs(ClusterName::new("moc"), None, Change::Upsert(vec![(run.id.clone(), run)]))
}

#[test]
fn the_first_frame_needs_no_answer() {
    let story = blank(SMALL);
    golden("overview__first", &story);
    assert!(story.frame().shows("NEEDS YOU"));
    assert!(!story.frame().shows("nothing needs you"));
}

#[test]
fn loading_says_who_is_asked() {
    let story = loading(SMALL);
    golden("overview__loading", &story);
    assert!(story.frame().shows("asking moc, app.ci, releases"));
}

#[test]
fn nothing_needs_you_only_when_all_have_answered() {
    let mut story = empty(SMALL);
    golden("overview__empty", &story);
    assert!(story.frame().shows("nothing needs you"));
    let clean_up = weir_domain::news::CleanUp {
        namespace: "okd-coreos".into(),
        name: "tekton-cleanup-daily".into(),
        last: Some(ago(10 * HOUR)),
    };
    story.news([News::CleanUps(ClusterName::new("moc"), vec![clean_up])]);
    assert!(story.frame().shows("earlier runs are deleted, not absent"), "{}", story.frame().text());
}

#[test]
fn an_ordinary_day() {
    for (size, name) in [(SMALL, "overview__typical"), (WIDE, "overview__typical_wide")] {
        let story = typical(size);
        golden(name, &story);
        assert!(story.frame().shows("aws-upgrade failed 3 times"));
    }
}

#[test]
fn the_smallest_screen_keeps_the_most_important() {
    let story = typical((60, 20));
    golden("overview__small", &story);
    assert!(story.frame().shows("NEEDS YOU") && story.frame().shows("4-scos-next"));
}

#[test]
fn the_same_in_ascii() {
    let settings = Settings { ascii: true, demo: true, read_only: true, ..Settings::default() };
    let story = in_settings(settings, SMALL);
    golden("overview__ascii", &story);
    assert!(story.frame().text().is_ascii(), "{}", story.frame().text());
}

fn bad_day(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    for number in 0..14 {
        let name = format!("okd-coreos-4.{number}-prod-pipelinerun-f{number:04}");
        let version = format!("4.{number}");
        let failed = run(&name, "okd-coreos", Status::Failed, &[("version", &version)]);
        story.news([upsert(timed(failed, (number + 2) * HOUR, Some(20 * MINUTE)))]);
    }
    story
}

#[test]
fn more_than_fits_says_how_many_and_is_reached_by_moving() {
    let mut story = bad_day(SMALL);
    golden("overview__failing", &story);
    golden("overview__failing_wide", &bad_day(WIDE));
    assert!(story.frame().lines().iter().any(|line| line.trim_start().starts_with('+') && line.ends_with("more")));
    let hidden = "f0013";
    assert!(!story.frame().shows(hidden), "{}", story.frame().text());
    for _ in 0..40 {
        if story.frame().shows(hidden) {
            return;
        }
        story.press("j");
    }
    panic!("the last item was never reached: {}", story.frame().text());
}

#[test]
fn lost_rows_stay_dimmed_and_dated_and_come_first_as_items() {
    golden("overview__lost_wide", &lost(WIDE));
    let story = lost(SMALL);
    golden("overview__lost", &story);
    assert!(story.frame().shows("as of 14:02, reconnecting in 8 s"), "{}", story.frame().text());
    assert!(story.frame().shows("4.21.0-0.o…os-nightly"));
}

#[test]
fn enter_opens_what_the_row_is_about_also_after_news_moved_it() {
    let mut story = typical(SMALL);
    assert!(story.frame().lines()[2].contains("4.22.0-0.okd-scos-nightly"), "{}", story.frame().text());
    // Something worse comes above the selected row.
    let mut endpoints = endpoints();
    endpoints[1].state = weir_domain::EndpointState::Lost { since: ago(60), failure: expired(), retry: None };
    story.news([News::Endpoints(endpoints)]);
    assert!(story.frame().lines()[2].contains("app.ci"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(*story.route(), Route::Release(nightly()));
    story.press("Esc g Enter");
    assert_eq!(*story.route(), Route::Health);
    story.press("Esc j j Enter");
    assert_eq!(*story.route(), Route::Run(id(FAILED)));
}

#[test]
fn start_takes_the_pipeline_of_the_row_and_rerun_its_run() {
    let mut story = typical(SMALL);
    story.press("j s");
    let pipeline = weir_domain::PipelineId::new("moc", "okd-coreos", "okd-coreos");
    assert_eq!(*story.route(), Route::Start(StartFrom::Pipeline(pipeline)));
    story.press("Esc R");
    assert_eq!(*story.route(), Route::Start(StartFrom::Rerun(id(FAILED))));
}

#[test]
fn no_key_of_a_streams_row_means_a_run_that_is_not_on_it() {
    let mut story = typical(SMALL);
    story.press("g");
    let row = story.frame().lines().into_iter().find(|line| line.contains('▌')).expect("a selected row");
    assert!(row.contains("rejected"), "{row}");
    let before = story.frame().text().lines().take(20).map(String::from).collect::<Vec<_>>();
    for key in ["X", "l", "R"] {
        story.press(key);
        assert_eq!(*story.route(), Route::Overview, "{key}");
        let now = story.frame().text().lines().take(20).map(String::from).collect::<Vec<_>>();
        assert_eq!(now, before, "{key} asks about nothing");
    }
}

#[test]
fn a_promotion_that_somebody_else_started_is_in_sight() {
    let mut story = typical(SMALL);
    assert!(story.frame().shows("okd-release-next-pi"), "{}", story.frame().text());
    let at = |text: &str| story.frame().lines().iter().position(|line| line.contains(text));
    assert!(at("okd-release-next-pi") > at("RUNS"));
    let many: Vec<_> = (0..40)
        .map(|n| run(&format!("build-{n:02}"), "okd-coreos", Status::Running, &[("version", "4.22")]))
        .map(|run| (run.id.clone(), run))
        .collect();
    story.news([News::Runs("moc".into(), None, Change::Upsert(many))]);
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(30)));
    assert!(story.frame().shows("okd-release-next-pi"), "{}", story.frame().text());
}

#[test]
fn a_filter_stays_in_sight_and_escape_takes_it_away() {
    let mut story = typical(SMALL);
    story.press("/").type_text("nightly").press("Enter");
    golden("overview__filtered", &story);
    assert!(story.frame().shows("filter: nightly"));
    assert!(!story.frame().shows("4-scos-next  "));
    story.press("Esc");
    assert!(!story.frame().shows("filter: nightly"));
    assert!(story.frame().shows("4-scos-next"));
}

#[test]
fn ages_in_words_go_on_with_the_clock() {
    let mut story = typical(SMALL);
    assert!(story.frame().shows("rejected 3h ago"));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_hours(2)));
    assert!(story.frame().shows("rejected 5h ago"), "{}", story.frame().text());
}

#[test]
fn many_runs_in_many_pieces_are_all_counted_at_the_next_tick() {
    let mut story = typical(SMALL);
    for piece in 0..20 {
        let rows = (0..100).map(|number| {
            let run = run(&format!("build-{piece}-{number}"), "okd-coreos", Status::Ok, &[]);
            (run.id.clone(), run)
        });
        story.news([News::Runs(ClusterName::new("moc"), None, Change::Upsert(rows.collect()))]);
    }
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(1)));
    assert!(story.frame().shows("2004 ok"), "{}", story.frame().text());
}

#[test]
fn without_a_release_controller_that_is_said() {
    let mut story = blank(SMALL);
    let clusters: Vec<_> = endpoints().into_iter().filter(|e| e.kind == EndpointKind::Cluster).collect();
    story.news([News::Endpoints(clusters)]);
    story.news(listed(runs()));
    assert!(story.frame().shows("No release-controller is configured."), "{}", story.frame().text());
}

#[test]
fn copy_takes_the_name_of_the_row() {
    let mut story = typical(SMALL);
    story.effects();
    story.press("j c");
    assert_eq!(story.effects().last(), Some(&Effect::Copy(FAILED.into())));
    assert_eq!(RunId::new("moc", "okd-coreos", FAILED), id(FAILED));
}

/// Sent 40 minutes ago: the run goes, nothing is known to be wrong.
fn promotion() -> Promotion {
    let channels = channels();
    let check = |id: CheckId| Check {
        id,
        state: if id == CheckId::Run { CheckState::Good } else { CheckState::Waiting { since: ago(40 * MINUTE) } },
        evidence: "as seen".into(),
        at: Some(now()),
    };
    Promotion {
        object: id(PROMOTING),
        uid: "u".into(),
        plan: "0123456789ab".into(),
        channel: channels[0].name.to_string(),
        name: "4.22.0-okd-scos.ec.7".into(),
        from: Source { release: ReleaseId::new(STREAM, BEFORE), pull_spec: image(BEFORE), digest: digest(78) },
        sent: ago(40 * MINUTE),
        status: Some(Status::Running),
        expected: None,
        checks: CheckId::ALL.into_iter().map(check).collect(),
        public: Vec::new(),
        alarm: None,
        looks_only: false,
        ending: None,
        as_of: now(),
    }
}

fn told(promotion: Promotion) -> News {
    News::Promotion(promotion.object.clone(), Loaded::Known(Box::new(promotion)))
}

#[test]
fn a_stream_tells_the_gate_that_failed_and_what_its_channel_holds() {
    let story = typical(SMALL);
    let row = |story: &Story| {
        let lines = story.frame().lines();
        lines.into_iter().find(|line| line.starts_with("  4.22.0-0.o")).expect("the stream's row")
    };
    assert!(row(&story).contains("1✗ 1✓"), "{}", row(&story));
    assert!(row(&story).contains("4.22.0-o…cos.ec.6"), "{}", row(&story));
    let wide = typical(WIDE);
    assert!(row(&wide).contains("✗ aws-upgrade"), "{}", row(&wide));
    assert!(row(&wide).contains("4-scos-next 4.22.0-okd-scos.ec.6"), "{}", row(&wide));
}

#[test]
fn a_promotion_that_goes_has_one_line_with_its_checks() {
    let mut story = typical(SMALL);
    story.news([told(promotion())]);
    golden("overview__promoting", &story);
    let lines = story.frame().lines();
    let line = lines.iter().find(|line| line.contains("4.22.0-okd-scos.ec.7")).expect("a line");
    assert!(line.contains("1/8") && line.contains("40m"), "{line}");
    assert!(!story.frame().shows("okd-release-next-pi"), "its run stands there twice: {}", story.frame().text());
    assert!(story.watches().contains(&Watch::Promotion(id(PROMOTING))));
    let ended = Promotion { ending: Some(Ending::Good), ..promotion() };
    story.news([told(ended)]);
    assert!(!story.frame().shows("4.22.0-okd-scos.ec.7"), "{}", story.frame().text());
    assert!(
        !story.watches().iter().any(|watch| matches!(watch, Watch::Promotion(_))) || story.frame().shows("okd-release")
    );
}

#[test]
fn an_alarm_of_a_promotion_stands_first_among_releases_and_opens_its_checklist() {
    let mut story = typical(SMALL);
    let alarm = "the tag 4.22.0-okd-scos.ec.7 holds another image now: the run was cancelled before the channel";
    story.news([told(Promotion { alarm: Some(alarm.into()), ..promotion() })]);
    story.press("g");
    golden("overview__alarm", &story);
    assert!(story.frame().lines()[2].contains("the tag 4.22.0-okd-scos.ec.7 holds"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(*story.route(), Route::Promote(PromoteFrom::Sent(id(PROMOTING))));
}

#[test]
fn a_channel_that_nobody_fills_is_named_with_how_many_releases_wait() {
    let mut story = typical(SMALL);
    assert!(story.frame().shows("nothing promoted for 9d; 1 accepted"), "{}", story.frame().text());
    story.press("j j j");
    assert!(story.frame().shows("nothing promoted for 9d; 1 accepted release waits"), "{}", story.frame().text());
    let mut without = in_settings(Settings::default(), SMALL);
    assert!(!without.frame().shows("nothing promoted"));
    without.press("G");
    assert!(!without.frame().shows("nothing promoted"));
}
