//! Stories of the ledger: loading, empty, typical, where the sources disagree, and failing.

use crate::golden;
use crate::world::*;
use weir_domain::ledger::LedgerRow;
use weir_domain::{Answer, Query};
use weir_frames::Story;
use weir_ui::{Effect, Message, PromoteFrom, Route};

fn asked(mut story: Story) -> Story {
    story.effects();
    story.command("ledger");
    assert!(story.effects().contains(&Effect::Fetch(Query::Ledger)));
    story
}

fn told(story: Story, rows: Vec<LedgerRow>, unseen: &[&str]) -> Story {
    let mut story = asked(story);
    let unseen = unseen.iter().map(|line| line.to_string()).collect();
    story.tell(Message::Answered(Query::Ledger, Ok(Answer::Ledger(rows, unseen))));
    story
}

#[test]
fn loading() {
    let story = asked(blank(SMALL));
    golden("ledger__loading", &story);
    assert!(story.frame().shows("asking the journal and the servers"));
}

#[test]
fn empty() {
    let story = told(
        crate::world::empty(SMALL),
        Vec::new(),
        &["GitHub releases of okd-project/okd: 403, the limit is used up"],
    );
    golden("ledger__empty", &story);
    assert!(story.frame().shows("Nothing was promoted yet"));
    assert!(story.frame().shows("the limit is used up"), "{}", story.frame().text());
}

#[test]
fn typical_says_who_and_how_that_is_known() {
    for (size, name) in [(SMALL, "ledger__typical"), (WIDE, "ledger__typical_wide")] {
        let story = told(typical(size), ledger(), &[]);
        golden(name, &story);
        for words in ["jane (journal)", "says ravi", "not recorded"] {
            assert!(story.frame().shows(words), "{words}: {}", story.frame().text());
        }
    }
}

#[test]
fn what_only_its_run_tells_is_not_called_held() {
    for (size, name) in [(SMALL, "ledger__ended_well"), (WIDE, "ledger__ended_well_wide")] {
        let mut rows = ledger();
        rows[2].outcome = "ended well";
        let story = told(typical(size), rows, &[]);
        golden(name, &story);
        let frame = story.frame().text();
        assert!(frame.contains("✓ ended well") && !frame.contains("✓ held"), "{frame}");
    }
}

#[test]
fn where_the_sources_disagree_each_sentence_stands_below() {
    let mut story = told(typical(SMALL), ledger(), &["the runs of app.ci: denied"]);
    story.press("j");
    golden("ledger__disagreement", &story);
    assert!(story.frame().shows("1 where the sources disagree"), "{}", story.frame().text());
    assert!(story.frame().shows("the repository's tag holds"), "{}", story.frame().text());
    assert!(story.frame().shows("the journal says jane, the run says ravi"));
}

#[test]
fn a_ledger_that_cannot_be_read_says_so() {
    let mut story = asked(typical(SMALL));
    story.tell(Message::Answered(Query::Ledger, Err(offline())));
    golden("ledger__failing", &story);
    assert!(story.frame().shows("connection refused"));
    story.press("Ctrl-R");
    assert!(story.effects().contains(&Effect::Fetch(Query::Ledger)));
}

#[test]
fn enter_opens_the_checklist_and_a_filter_and_a_sort_keep_the_row() {
    let mut story = told(typical(SMALL), ledger(), &[]);
    story.press("/").type_text("disagree").press("Enter");
    assert!(story.frame().shows("1 of 5 promotions, filter: disagree"), "{}", story.frame().text());
    story.press("Esc g Enter");
    assert!(matches!(story.route(), Route::Promote(PromoteFrom::Sent(_))), "{:?}", story.route());
    let mut story = told(typical(SMALL), ledger(), &[]);
    story.press("j j Enter");
    assert!(matches!(story.route(), Route::Release(_)), "{:?}", story.route());
    let mut story = told(typical(SMALL), ledger(), &[]);
    story.press("S S g Enter");
    assert_eq!(*story.route(), Route::Promote(PromoteFrom::Sent(promoted_run())));
    story.news([promotion_news(promotion())]);
    assert!(story.frame().shows("CHECKS"), "{}", story.frame().text());
}

#[test]
fn tab_goes_between_journal_and_ledger() {
    let mut story = told(typical(SMALL), ledger(), &[]);
    story.press("Tab");
    assert_eq!(*story.route(), Route::Journal);
    story.press("Tab");
    assert_eq!(*story.route(), Route::Ledger);
}
