//! The pictures of the README, drawn from the stories that are tested. `WEIR_PICTURES=write` writes them;
//! otherwise a picture that differs from its story is a failure, so they cannot show what weir does not.

use crate::world::*;
use std::path::Path;
use weir_frames::{Story, svg};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../screenshots");

fn picture(name: &str, mut story: Story, theme: &str, paper: Option<&str>) {
    story.command(&format!("theme {theme}"));
    keep(name, &story, paper);
}

fn keep(name: &str, story: &Story, paper: Option<&str>) {
    let drawn = svg(&story.frame(), paper);
    let path = Path::new(FOLDER).join(format!("{name}.svg"));
    if std::env::var("WEIR_PICTURES").as_deref() == Ok("write") {
        std::fs::write(&path, &drawn).expect("the folder of pictures can be written to");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "screenshots/{name}.svg is not what the story shows; look, then write it with WEIR_PICTURES=write"
    );
}

/// The failed run of an ordinary day, with what its step wrote.
fn failed(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.press("r /").type_text(FAILED).press("Enter g Enter");
    answer_rights(&mut story, all_rights());
    story.news([detail_news(failed_detail())]);
    story.news(log_news());
    story
}

#[test]
fn the_overview_is_as_in_its_story() {
    picture("overview", typical(SMALL), "dark", None);
    picture("overview-light", typical(SMALL), "light", Some("#ffffff"));
    picture("overview-wide", typical(WIDE), "dark", None);
}

#[test]
fn runs_and_a_failed_run_and_its_log_are_as_in_their_stories() {
    let mut runs = typical(SMALL);
    runs.press("r");
    picture("runs", runs, "dark", None);
    picture("run", failed(SMALL), "dark", None);
    picture("run-wide", failed(WIDE), "dark", None);
    let mut log = failed(SMALL);
    log.press("Enter");
    picture("log", log, "dark", None);
}

#[test]
fn a_cancel_and_the_health_are_as_in_their_stories() {
    let detail = running_detail();
    let mut cancel = typical(SMALL);
    cancel.command("theme dark").press("r /").type_text(&detail.run.id.name).press("Enter g");
    answer_rights(&mut cancel, all_rights());
    cancel.press("X").news([detail_news(detail)]).press("j");
    keep("cancel", &cancel, None);
    let mut health = lost(SMALL);
    health.press("H");
    picture("health", health, "dark", None);
}

#[test]
fn a_promotion_is_as_in_its_stories() {
    let planned = |plan: weir_domain::Plan| {
        let mut story = typical(SMALL);
        story.command("theme dark").press("/").type_text(STREAM).press("Enter G");
        story.effects();
        story.press("P");
        let query = weir_domain::Query::Plan(plan.request.clone());
        story.tell(weir_ui::Message::Answered(query, Ok(weir_domain::Answer::Plan(Box::new(plan)))));
        story
    };
    keep("promote-blocked", &planned(blocked_plan()), None);
    let mut story = planned(plan());
    story.type_text(NEW_NAME);
    keep("promote", &story, None);
    story.press("Enter").news([promotion_news(promotion())]);
    story.tell(weir_ui::Message::Tick(now() + jiff::SignedDuration::from_secs(30)));
    keep("promote-running", &story, None);
    let mut story = typical(SMALL);
    story.command("theme dark").command("ledger");
    let told = weir_domain::Answer::Ledger(ledger(), Vec::new());
    story.tell(weir_ui::Message::Answered(weir_domain::Query::Ledger, Ok(told))).press("j");
    keep("ledger", &story, None);
}
