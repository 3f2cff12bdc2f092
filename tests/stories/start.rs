//! Stories of the start form: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::form::NewRun;
use weir_domain::query::Checked;
use weir_domain::{Answer, Command, Failure, FailureKind, Pipeline, PipelineId, Query, Receipt, Rights, RunId, Tree};
use weir_frames::Story;
use weir_ui::{Effect, Message, Route, Settings, StartFrom};

fn pipeline(name: &str) -> Pipeline {
    pipelines().into_iter().find(|pipeline| &*pipeline.id.name == name).expect("a Pipeline of the story")
}

fn asked(story: &mut Story) -> Vec<Query> {
    let fetched = story.effects().into_iter();
    fetched
        .filter_map(|effect| match effect {
            Effect::Fetch(query) if !matches!(query, Query::Rights(..)) => Some(query),
            _ => None,
        })
        .collect()
}

/// Answers what the form asks for on the way up: the Pipeline and, for a rerun, the run's object.
fn answer(story: &mut Story) {
    for query in asked(story) {
        let answer = match &query {
            Query::Pipeline(id) => Answer::Pipeline(Box::new(pipeline(&id.name))),
            Query::Object(id) => {
                let run = runs().into_iter().find(|run| run.id == *id).expect("a run of the story");
                Answer::Object(Box::new(object(&run)))
            }
            other => panic!("{other:?} was not expected"),
        };
        story.tell(Message::Answered(query, Ok(answer)));
    }
}

/// `j`s down the Pipelines, then start.
fn fresh(size: (u16, u16), downs: usize) -> Story {
    let mut story = typical(size);
    story.command("pipelines");
    answer_rights(&mut story, all_rights());
    for _ in 0..downs {
        story.press("j");
    }
    story.effects();
    story.press("Enter");
    story
}

fn new(size: (u16, u16)) -> Story {
    let mut story = fresh(size, 0);
    answer(&mut story);
    story
}

/// From the overview: the second item is the failed build.
fn rerun(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.press("j R");
    answer(&mut story);
    story
}

/// The field with this label is selected and typed anew.
fn type_into(story: &mut Story, label: &str, text: &str) {
    select(story, label);
    story.press("Enter Ctrl-U").type_text(text).press("Enter");
}

fn select(story: &mut Story, label: &str) {
    story.press("g");
    for _ in 0..40 {
        if story.frame().lines().iter().any(|line| line.starts_with(&format!("▌ {label} "))) {
            return;
        }
        story.press("j");
    }
    panic!("no field {label}: {}", story.frame().text());
}

fn check(story: &mut Story, checked: Checked) {
    let query = asked(story).pop().expect("a check was asked for");
    assert!(matches!(query, Query::Check(_)));
    story.tell(Message::Answered(query, Ok(Answer::Check(Box::new(checked)))));
}

fn fine() -> Checked {
    Checked { dry_run: Some(Ok(())), millis: 240, ..Checked::default() }
}

fn started(story: &mut Story) -> Option<Box<NewRun>> {
    story.effects().into_iter().find_map(|effect| match effect {
        Effect::Execute(confirmed) => match confirmed.command() {
            Command::Start(new) => Some(new.clone()),
            _ => None,
        },
        _ => None,
    })
}

#[test]
fn loading_says_who_is_asked() {
    let story = fresh(SMALL, 0);
    golden("start__loading", &story);
    assert!(story.frame().shows("asking moc"));
}

#[test]
fn a_pipeline_without_parameters_is_a_short_form() {
    let mut story = fresh(SMALL, 2);
    answer(&mut story);
    golden("start__empty", &story);
    assert!(story.frame().shows("timeout"));
}

#[test]
fn a_pipeline_that_is_gone_says_so() {
    let mut story = fresh(SMALL, 0);
    let id = PipelineId::new("moc", "okd-coreos", "okd-coreos");
    let failure = Failure::new(
        FailureKind::Missing,
        "there is no Pipeline `okd-coreos` in `okd-coreos`",
        "404 Not Found",
        "Esc goes back to those there are",
    );
    story.tell(Message::Answered(Query::Pipeline(id), Err(failure)));
    golden("start__failing", &story);
    assert!(story.frame().shows("there is no Pipeline"));
}

#[test]
fn a_new_form_shows_types_defaults_and_what_must_be_given() {
    golden("start__new_wide", &new(WIDE));
    let mut story = new(SMALL);
    select(&mut story, "variant");
    golden("start__new", &story);
    assert!(story.frame().shows("one of okd-c9s | c9s"));
    assert!(story.frame().shows("3 problems"), "{}", story.frame().text());
}

#[test]
fn a_rerun_marks_what_was_changed_and_says_what_it_was() {
    for (size, name) in [(SMALL, "start__typical"), (WIDE, "start__typical_wide")] {
        let mut story = rerun(size);
        assert!(story.frame().shows("nothing changed"), "{}", story.frame().text());
        type_into(&mut story, "branch", "release-4.19-fix-conmon");
        golden(name, &story);
        assert!(story.frame().shows("* release-4.19-fix-conmon"));
        assert!(story.frame().shows("was master"));
        assert!(story.frame().shows("1 changed (*)"));
    }
}

#[test]
fn a_field_is_edited_in_its_place_and_escape_leaves_it_as_it_was() {
    let mut story = rerun(SMALL);
    select(&mut story, "version");
    story.press("Enter Ctrl-U").type_text("5.0");
    golden("start__editing", &story);
    assert!(story.frame().cursor().is_some());
    story.press("Esc");
    assert!(story.frame().shows("nothing changed"));
}

#[test]
fn what_cannot_stand_there_is_told_beside_the_field_and_nothing_typed_is_lost() {
    let mut story = rerun(SMALL);
    type_into(&mut story, "timeout", "4 hours");
    assert!(story.frame().shows("`4 hours` is not a duration"), "{}", story.frame().text());
    assert!(story.frame().shows("  4 hours  "));
    story.press("Ctrl-U").type_text("2h").press("Enter");
    assert!(story.frame().shows("was 4h0m0s"), "{}", story.frame().text());
}

#[test]
fn choices_go_round_with_the_arrows_and_the_default_comes_back() {
    let mut story = rerun(SMALL);
    select(&mut story, "variant");
    story.press("Right");
    assert!(story.frame().shows("was okd-c9s"), "{}", story.frame().text());
    story.press("Right");
    assert!(story.frame().shows("nothing changed"));
    story.press("Left Enter Ctrl-R");
    assert!(story.frame().shows("nothing changed"), "{}", story.frame().text());
}

#[test]
fn the_object_and_its_difference_to_the_run_can_be_read() {
    let mut story = rerun(SMALL);
    story.press("D");
    assert!(story.frame().shows("nothing differs"));
    type_into(&mut story, "version", "5.0");
    story.press("D");
    golden("start__changes", &story);
    assert!(story.frame().shows("+     value: \"5.0\""), "{}", story.frame().text());
    story.press("Esc y");
    golden("start__yaml", &story);
    assert!(story.frame().shows("kind: PipelineRun"));
    story.press("Esc");
    assert!(matches!(story.route(), Route::Start(_)));
}

#[test]
fn a_start_is_checked_then_asked_for_then_sent_and_its_run_is_opened() {
    let mut story = rerun(SMALL);
    type_into(&mut story, "version", "5.0");
    type_into(&mut story, "reason", "conmon is fixed");
    story.press("s");
    assert!(story.frame().shows("checking what it refers to"), "{}", story.frame().text());
    check(&mut story, fine());
    golden("start__confirm", &story);
    assert!(story.frame().shows("dry run said yes (admission only)"), "{}", story.frame().text());
    assert_eq!(started(&mut story), None);
    story.press("Enter");
    let new = started(&mut story).expect("a start was sent");
    let params = new.params();
    assert!(params.contains(&("version".into(), weir_domain::ParamValue::Text("5.0".into()))));
    assert_eq!(new.manifest.text_at(&["metadata", "annotations", "weir/reason"]), Some("conmon is fixed"));
    assert!(story.frame().shows("sent; waiting for the server's answer"), "{}", story.frame().text());
    story.press("s Enter");
    assert_eq!(started(&mut story), None);
    let run = RunId::new("moc", "okd-coreos", "okd-coreos-4.19-prod-pipelinerun-new01");
    let receipt = Receipt { run: run.clone(), uid: "u".into(), words: format!("started {}", run.name) };
    story.tell(Message::Done(Command::Start(new), Ok(receipt)));
    assert_eq!(*story.route(), Route::Run(run));
    story.press("Esc");
    assert_eq!(*story.route(), Route::Overview);
}

#[test]
fn what_the_check_finds_stands_beside_its_field_and_nothing_is_asked() {
    let mut story = rerun(SMALL);
    story.press("s");
    let checked = Checked {
        problems: vec![
            ("shared-workspace".into(), "there is no PVC `pipeline-scos-4.19-pvc`".into()),
            ("task".into(), "there is no Task `cosa-init`".into()),
        ],
        unseen: vec!["secrets: jane may not read them in okd-coreos".into()],
        ..Checked::default()
    };
    check(&mut story, checked);
    golden("start__refused", &story);
    assert!(story.frame().shows("there is no PVC"), "{}", story.frame().text());
    assert!(story.frame().shows("could not be checked: secrets"), "{}", story.frame().text());
    assert!(story.frame().shows("2 problems"));
}

#[test]
fn a_check_of_what_was_changed_meanwhile_asks_nothing() {
    let mut story = rerun(SMALL);
    story.press("s");
    let query = asked(&mut story).pop().expect("a check");
    type_into(&mut story, "version", "5.0");
    story.tell(Message::Answered(query, Ok(Answer::Check(Box::new(fine())))));
    assert!(!story.frame().shows("dry run said yes"), "{}", story.frame().text());
    story.press("Enter Enter");
    assert_eq!(started(&mut story), None);
}

#[test]
fn a_failed_start_says_why_and_loses_nothing() {
    let mut story = rerun(SMALL);
    type_into(&mut story, "version", "5.0");
    story.press("s");
    check(&mut story, fine());
    story.press("Enter");
    let new = started(&mut story).expect("a start was sent");
    let failure = Failure::new(
        FailureKind::Refused,
        "cannot start okd-coreos",
        "exceeded quota: pipelineruns 100 of 100",
        "delete old runs, or ask for more",
    );
    story.tell(Message::Done(Command::Start(new), Err(failure)));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(30)));
    assert!(story.frame().shows("exceeded quota"), "{}", story.frame().text());
    assert!(story.frame().shows("* 5.0"));
}

#[test]
fn a_missing_value_is_gone_to_before_the_server_is_asked() {
    let mut story = new(SMALL);
    story.press("s");
    assert_eq!(asked(&mut story), Vec::<Query>::new());
    assert!(story.frame().lines().iter().any(|line| line.starts_with("▌ registry-credentials")));
}

#[test]
fn what_publishes_has_no_form_and_leads_to_the_releases_a_plan_may_promote() {
    // By its tasks, known from the list before any question.
    let mut story = typical(SMALL);
    story.command("pipelines").press("j");
    story.effects();
    story.press("s");
    assert!(story.frame().shows("it publishes: P on a release promotes"), "{}", story.frame().text());
    story.press("Enter");
    golden("start__publishing", &story);
    assert_eq!(asked(&mut story), Vec::<Query>::new());
    assert_eq!(*story.route(), Route::Releases);
    assert!(
        story.frame().shows("okd-release-pipeline publishes, so only a plan may: P on a release makes one"),
        "{}",
        story.frame().text()
    );
    // A run of a Pipeline that the config names is not run again at all.
    let mut story = typical(SMALL);
    story.press("r g R");
    assert_eq!(*story.route(), Route::Runs);
    assert!(story.frame().shows("rerun: it publishes: P on a release promotes"), "{}", story.frame().text());
    // One that only its tasks give away leads to where it would take its release from.
    let mut settings = Settings { channels: channels(), ..Settings::default() };
    for pipeline in settings.channels.iter_mut().filter_map(|channel| channel.pipeline.as_mut()) {
        pipeline.name = "another".into();
    }
    let mut story = in_settings(settings, SMALL);
    story.press("r g R");
    assert_eq!(*story.route(), Route::Stream(STREAM.into()));
    assert!(story.frame().shows("only a plan may"), "{}", story.frame().text());
    story.press("Esc");
    assert_eq!(*story.route(), Route::Runs);
}

#[test]
fn a_pipeline_that_the_config_names_publishes_whatever_its_tasks_are_called() {
    let mut settings = Settings { channels: channels(), ..Settings::default() };
    settings.channels.truncate(1);
    settings.channels[0].pipeline.as_mut().expect("a pinned channel").name = "okd-coreos".into();
    let mut story = in_settings(settings, SMALL);
    story.press("j R");
    assert_eq!(*story.route(), Route::Overview);
    assert!(story.frame().shows("rerun: it publishes"), "{}", story.frame().text());
    story.press("s");
    assert_eq!(*story.route(), Route::Stream(STREAM.into()));
    assert_eq!(started(&mut story), None);
}

#[test]
fn an_edit_is_shown_before_it_is_taken_and_another_kind_is_refused() {
    let mut story = rerun(SMALL);
    story.effects();
    story.press("E");
    let Some(Effect::Edit(mut tree)) = story.effects().pop() else { panic!("no editor was opened") };
    let mut other = tree.clone();
    other.set(&["kind"], "TaskRun".into());
    story.tell(Message::Edited(Ok(other)));
    assert!(story.frame().shows("the kind cannot be changed here"), "{}", story.frame().text());
    tree.set(&["spec", "taskRunTemplate"], Tree::map([("serviceAccountName", "pipeline".into())]));
    story.tell(Message::Edited(Ok(tree.clone())));
    golden("start__edited", &story);
    story.press("Esc");
    assert!(story.frame().shows("nothing changed"), "{}", story.frame().text());
    story.tell(Message::Edited(Ok(tree))).press("Enter");
    assert!(story.frame().shows("1 changed (*)"), "{}", story.frame().text());
}

#[test]
fn a_long_form_says_how_much_is_out_of_sight() {
    let mut story = fresh(SMALL, 0);
    let query = asked(&mut story).pop().expect("the Pipeline was asked for");
    let mut long = pipeline("okd-coreos");
    for number in 0..20 {
        long.params.push(param(&format!("extra-{number:02}"), Some("x"), "one of many"));
    }
    story.tell(Message::Answered(query, Ok(Answer::Pipeline(Box::new(long)))));
    assert!(story.frame().shows("more below"), "{}", story.frame().text());
    select(&mut story, "extra-15");
    golden("start__long", &story);
    assert!(story.frame().shows("more above"), "{}", story.frame().text());
    story.press("G");
    assert!(story.frame().shows("reason") && !story.frame().shows("below"));
}

#[test]
fn a_secret_is_never_shown_not_even_while_it_is_typed() {
    let mut story = typical(SMALL);
    story.press("j R");
    for query in asked(&mut story) {
        let answer = match &query {
            Query::Pipeline(_) => {
                let mut with_token = pipeline("okd-coreos");
                with_token.params.push(param("api-token", None, ""));
                Answer::Pipeline(Box::new(with_token))
            }
            _ => {
                let mut run = runs().into_iter().find(|run| &*run.id.name == FAILED).expect("the failed run");
                run.params.push(("api-token".into(), "hunter2".into()));
                Answer::Object(Box::new(object(&run)))
            }
        };
        story.tell(Message::Answered(query, Ok(answer)));
    }
    select(&mut story, "api-token");
    assert!(story.frame().shows("‹hidden›"), "{}", story.frame().text());
    story.press("Enter").type_text("swordfish");
    assert!(story.frame().shows("*********") && !story.frame().shows("swordfish"));
    story.press("Enter D");
    assert!(story.frame().shows("the hidden value of `api-token` differs"), "{}", story.frame().text());
    for word in ["hunter2", "swordfish"] {
        assert!(!story.frame().shows(word));
    }
    assert!(!format!("{:?}", story.model()).contains("hunter2"));
}

/// A rerun of the failed build whose object carries its own pipeline, with this task.
fn embedded(task: &str) -> Story {
    let mut story = typical(SMALL);
    story.press("j R");
    for query in asked(&mut story) {
        let Query::Object(id) = &query else { continue };
        let mut run = runs().into_iter().find(|run| run.id == *id).map(|run| object(&run)).expect("the failed run");
        run.remove(&["spec", "pipelineRef"]);
        let own = Tree::map([("taskRef", Tree::map([("name", task.into())]))]);
        run.set(&["spec", "pipelineSpec", "tasks"], Tree::List(vec![own]));
        story.tell(Message::Answered(query, Ok(Answer::Object(Box::new(run)))));
    }
    story
}

#[test]
fn a_run_that_carries_its_own_pipeline_is_started_again_from_what_it_was_given() {
    let story = embedded("cosa-init");
    assert!(story.frame().shows("release-stream"), "{}", story.frame().text());
    assert!(matches!(story.route(), Route::Start(_)));
}

#[test]
fn a_run_whose_own_pipeline_publishes_is_not_started_again() {
    let story = embedded("mirror-release");
    assert_eq!(*story.route(), Route::Releases);
    assert!(story.frame().shows("what it runs publishes"), "{}", story.frame().text());
}

#[test]
fn a_lost_cluster_and_a_missing_right_refuse_the_start_with_the_reason() {
    let mut story = rerun(SMALL);
    story.news(losses());
    golden("start__lost", &story);
    story.press("s");
    assert!(story.frame().shows("moc is not connected"), "{}", story.frame().text());
    let mut story = rerun(SMALL);
    let none = Rights { start: Some(false), ..all_rights() };
    story.tell(Message::Answered(Query::Rights("moc".into(), "okd-coreos".into()), Ok(Answer::Rights(none))));
    story.press("s");
    assert!(story.frame().shows("needs `create pipelineruns`"), "{}", story.frame().text());
    let mut story = in_settings(Settings { read_only: true, ..Settings::default() }, SMALL);
    story.press("j R");
    assert_eq!(*story.route(), Route::Overview);
    assert!(!matches!(story.route(), Route::Start(StartFrom::Rerun(_))));
}
