//! Stories of typing what to do.

use crate::golden;
use crate::world::*;
use weir_ui::{Action, ENTRIES, Effect, Route};

#[test]
fn all_there_is_to_type() {
    let mut story = typical(SMALL);
    story.press("J :");
    golden("palette__open", &story);
    story.type_text("hlth");
    golden("palette__fuzzy", &story);
    story.press("Enter");
    assert_eq!(story.route(), &Route::Health);
}

#[test]
fn namespaces_clusters_and_themes_are_offered_by_name() {
    let mut story = typical(SMALL);
    story.press("J :").type_text("ns ");
    golden("palette__namespaces", &story);
    story.press("Esc").command("theme light");
    assert_eq!(story.model().theme().name(), "light");
    story.press(":").type_text("zzz");
    assert!(story.frame().shows("nothing of that name"));
}

#[test]
fn every_action_is_reached_by_its_name() {
    for entry in ENTRIES.iter().filter(|entry| entry.action != Action::Palette) {
        let mut story = typical(SMALL);
        story.press(":").type_text(entry.name);
        let shown = story.frame().lines().into_iter().find(|line| line.contains("│ ▌")).unwrap_or_default();
        assert!(shown.contains(entry.name), "`:{}` chooses {shown}", entry.name);
    }
}

#[test]
fn q_leaves_from_anywhere() {
    let mut story = typical(SMALL);
    story.press("r").effects();
    story.command("q");
    assert_eq!(story.effects(), vec![Effect::Quit]);
}
