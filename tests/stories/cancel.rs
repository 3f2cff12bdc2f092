//! Stories of the cancel dialog: loading, empty, typical, failing and lost.

use crate::golden;
use crate::world::*;
use weir_domain::cancel::Grace;
use weir_domain::{Command, Detail, Loaded, News, Status};
use weir_frames::Story;
use weir_ui::{Effect, Message};

/// The promotion of the story, in `mirror`: what it pushes strangers install.
fn promotion() -> Detail {
    let run = runs().into_iter().find(|run| &*run.id.name == PROMOTING).expect("the promotion");
    let steps = |name: &str, exit| vec![step(name, exit, 9 * MINUTE, exit.map(|_| 8 * MINUTE))];
    let tasks = vec![
        task(PROMOTING, "pick-release", Status::Ok, 12 * MINUTE, Some(11 * MINUTE), steps("pick-release", Some(0))),
        task(PROMOTING, "mirror", Status::Running, 9 * MINUTE, None, steps("mirror-release-to-quay", None)),
    ];
    let mut detail = detail_of(run, tasks, &[]);
    let of = pipelines().into_iter().find(|pipeline| &*pipeline.id.name == "okd-release-pipeline");
    detail.graph = of.expect("the release Pipeline").tasks;
    let mut finally = graph().pop().expect("the last task notifies");
    finally.finally = true;
    detail.graph.push(finally);
    detail
}

/// From Runs: the promotion is the first row.
fn asked(mut story: Story) -> Story {
    story.press("r g");
    answer_rights(&mut story, all_rights());
    story.press("X");
    story
}

fn open(size: (u16, u16)) -> Story {
    let mut story = asked(typical(size));
    story.news([detail_news(promotion())]);
    story.effects();
    story
}

/// The dialog's text without its border and folds.
fn joined(story: &Story) -> String {
    let inside = |line: &String| line.trim_matches(['│', ' ']).to_string();
    story.frame().lines().iter().map(inside).collect()
}

fn cancels(story: &mut Story) -> Vec<Effect> {
    let effects = story.effects().into_iter();
    effects.filter(|effect| matches!(effect, Effect::Execute(_) | Effect::SaveLogThen(..))).collect()
}

#[test]
fn until_the_run_is_read_nothing_can_be_sent() {
    let mut story = asked(typical(SMALL));
    golden("cancel__loading", &story);
    assert!(story.frame().shows("reading the run…"));
    story.press("Enter Enter");
    assert_eq!(cancels(&mut story), Vec::<Effect>::new());
}

#[test]
fn letting_it_end_is_the_first_way_and_loses_no_log() {
    golden("cancel__typical_wide", &open(WIDE));
    let mut story = open(SMALL);
    golden("cancel__typical", &story);
    assert!(story.frame().shows("none goes away; all logs stay"), "{}", story.frame().text());
    assert!(story.frame().shows("[ ] save the logs first"));
    assert!(story.frame().shows("mirror is publishing and will finish"));
    let path = format!("PATCH /apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns/{PROMOTING}");
    assert!(joined(&story).contains(&path), "{}", story.frame().text());
    assert!(joined(&story).contains(r#""spec":{"status":"StoppedRunFinally"}"#), "{}", story.frame().text());
    story.press("Enter");
    let [Effect::Execute(confirmed)] = &cancels(&mut story)[..] else { panic!("a cancel without a save") };
    let Command::Cancel { run, uid, how } = confirmed.command() else { panic!("a cancel") };
    assert_eq!((run, uid.as_str(), *how), (&id(PROMOTING), &*format!("uid-of-{PROMOTING}"), Grace::StoppedRunFinally));
}

#[test]
fn cutting_names_the_pods_that_go_and_saves_their_logs_first() {
    let mut story = open(SMALL);
    story.press("Down Down");
    golden("cancel__cut", &story);
    assert!(story.frame().shows("[x] save the logs first"));
    assert!(story.frame().shows("goes away with its log"), "{}", story.frame().text());
    assert!(story.frame().shows("mirror is cut midway"), "{}", story.frame().text());
    story.press("Enter");
    let [Effect::SaveLogThen(run, confirmed)] = &cancels(&mut story)[..] else { panic!("the logs are saved first") };
    assert_eq!(*run, id(PROMOTING));
    assert!(matches!(confirmed.command(), Command::Cancel { how: Grace::Cancelled, .. }));
}

#[test]
fn the_save_can_be_left_out_and_a_reason_given() {
    let mut story = open(SMALL);
    story.press("Down Space Tab").type_text("wrong source").press("Enter");
    let [Effect::Execute(confirmed)] = &cancels(&mut story)[..] else { panic!("a cancel without a save") };
    assert_eq!(confirmed.reason(), Some("wrong source"));
    assert!(matches!(confirmed.command(), Command::Cancel { how: Grace::CancelledRunFinally, .. }));
}

#[test]
fn in_production_the_name_is_typed() {
    let mut story = typical(SMALL);
    let mut guarded = endpoints();
    guarded[0].production = true;
    story.news([News::Endpoints(guarded)]);
    let mut story = asked(story);
    story.news([detail_news(promotion())]);
    story.effects();
    story.press("Enter").type_text("okd-release").press("Enter");
    golden("cancel__production", &story);
    assert_eq!(cancels(&mut story), Vec::<Effect>::new());
    assert!(story.frame().shows("not the same"));
    story.press("Ctrl-U").type_text(PROMOTING).press("Enter");
    assert_eq!(cancels(&mut story).len(), 1);
}

#[test]
fn a_run_that_ended_meanwhile_cannot_be_cancelled() {
    let mut story = open(SMALL);
    let mut ended = promotion();
    ended.run.status = Status::Ok;
    story.news([detail_news(ended)]);
    golden("cancel__empty", &story);
    assert!(story.frame().shows("It has ended: ok. There is nothing to cancel."));
    story.press("Enter");
    assert_eq!(cancels(&mut story), Vec::<Effect>::new());
}

#[test]
fn a_run_that_cannot_be_read_says_why() {
    let mut story = asked(typical(SMALL));
    story.news([News::Detail(id(PROMOTING), Loaded::Lost { failure: offline(), retry: None })]);
    golden("cancel__failing", &story);
    assert!(story.frame().shows("connection refused"));
}

#[test]
fn a_lost_cluster_refuses_and_escape_sends_nothing() {
    let mut story = open(SMALL);
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(120)));
    story.news(losses());
    golden("cancel__lost", &story);
    story.press("Enter");
    assert_eq!(cancels(&mut story), Vec::<Effect>::new());
    story.press("Esc");
    assert!(story.frame().shows("nothing was sent"), "{}", story.frame().text());
}

#[test]
fn a_delete_is_only_in_the_menu_and_says_what_goes_with_it() {
    let mut story = typical(SMALL);
    story.press("r g");
    answer_rights(&mut story, all_rights());
    story.command("delete");
    golden("cancel__delete", &story);
    assert!(story.frame().shows("its TaskRuns, its pods and their"), "{}", story.frame().text());
    story.effects();
    story.press("Enter");
    let [Effect::Execute(confirmed)] = &cancels(&mut story)[..] else { panic!("a delete") };
    assert!(matches!(confirmed.command(), Command::Delete { .. }));
}

#[test]
fn a_promotion_says_what_is_public_already_from_its_checks_or_from_its_tasks() {
    let mut detail = promotion();
    for task in detail.tasks.iter_mut().filter(|task| &*task.task == "mirror") {
        *task = self::task(PROMOTING, "mirror", Status::Ok, 9 * MINUTE, Some(MINUTE), Vec::new());
    }
    let labels = &mut detail.run.labels;
    labels.push(("weir/plan-id".into(), PLAN_ID.into()));
    let mut story = asked(typical(SMALL));
    story.news([detail_news(detail.clone())]);
    golden("cancel__public", &story);
    assert!(story.frame().shows("already, and it stays so: the image (mirror is done)"), "{}", story.frame().text());
    assert!(story.watches().contains(&weir_domain::Watch::Promotion(detail.run.id.clone())));
    let mut known = crate::world::promotion();
    known.object = detail.run.id.clone();
    known.public = vec!["the image quay.io/okd/scos-release:4.22.0-okd-scos.ec.7".into()];
    story.news([promotion_news(known)]);
    assert!(joined(&story).contains("the imagequay.io/okd/scos-release:4.22.0"), "{}", story.frame().text());
}
