//! Stories of the Pipelines: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::{Change, ClusterName, Failure, FailureKind, Namespace, News, PipelineId};
use weir_frames::Story;
use weir_ui::{Message, Route, StartFrom};

fn open(mut story: Story) -> Story {
    story.command("pipelines");
    story
}

#[test]
fn loading_says_who_is_asked() {
    let story = open(loading(SMALL));
    golden("pipelines__loading", &story);
    assert!(story.frame().shows("asking moc, app.ci"));
}

#[test]
fn nothing_is_one_sentence() {
    let mut story = open(empty(SMALL));
    story.news(pipelines_news(Vec::new()));
    golden("pipelines__empty", &story);
    assert!(story.frame().shows("There are no Pipelines"));
}

#[test]
fn an_ordinary_day() {
    for (size, name) in [(SMALL, "pipelines__typical"), (WIDE, "pipelines__typical_wide")] {
        let mut story = open(typical(size));
        let mut more = pipelines();
        more[2].id = PipelineId::new("moc", "okd-team", "okd-payload");
        let all = pipelines().into_iter().chain(more).map(|pipeline| (pipeline.id.clone(), pipeline)).collect();
        story.news([News::Pipelines(ClusterName::new("moc"), None, Change::Upsert(all))]);
        answer_rights(&mut story, all_rights());
        golden(name, &story);
        assert!(story.frame().shows("publishes") && story.frame().shows("never run"));
    }
}

#[test]
fn denied_says_who_may_not_and_what_to_ask_for() {
    let mut story = open(loading(SMALL));
    let denied = Failure::new(
        FailureKind::Denied,
        "`jane` may not list pipelines in `origin`",
        "403 Forbidden",
        "ask for `list pipelines.tekton.dev` there",
    );
    let part = Some(Namespace::new("origin"));
    story.news([News::Pipelines(ClusterName::new("app.ci"), part, Change::Lost { failure: denied, retry: None })]);
    golden("pipelines__failing", &story);
    assert!(story.frame().shows("may not list pipelines"));
}

#[test]
fn lost_rows_stay_dimmed_and_dated() {
    let mut story = open(typical(SMALL));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(120)));
    let retry = Some(now() + jiff::SignedDuration::from_secs(128));
    story.news([News::Pipelines(ClusterName::new("moc"), None, Change::Lost { failure: offline(), retry })]);
    golden("pipelines__lost", &story);
    assert!(story.frame().shows("as of 14:02"));
}

#[test]
fn enter_starts_the_one_that_was_selected() {
    let mut story = open(typical(SMALL));
    story.press("j j Enter");
    let id = PipelineId::new("moc", "okd-team", "batched-build");
    assert_eq!(*story.route(), Route::Start(StartFrom::Pipeline(id)));
}

#[test]
fn a_missing_right_is_told_with_the_verb() {
    let mut story = open(typical(SMALL));
    let mut none = all_rights();
    none.start = Some(false);
    story.effects();
    let query = weir_domain::Query::Rights("moc".into(), "okd-coreos".into());
    story.tell(Message::Answered(query, Ok(weir_domain::Answer::Rights(none))));
    story.press("s");
    assert!(story.frame().shows("needs `create pipelineruns` in okd-coreos"), "{}", story.frame().text());
}
