//! Stories of a run's object as YAML.

use crate::golden;
use crate::world::*;
use weir_domain::{Loaded, News};
use weir_frames::Story;
use weir_ui::{Effect, Route};

fn opened(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    story.press("r /").type_text(FAILED).press("Enter g Enter y");
    assert_eq!(*story.route(), Route::Object(id(FAILED)));
    answer_rights(&mut story, all_rights());
    story
}

fn told(size: (u16, u16)) -> Story {
    let mut story = opened(size);
    let mut detail = failed_detail();
    let token = "syt_c29tZWJvZHk_abcdefghijklmnop";
    detail.object.set(&["metadata", "annotations", "matrix-token"], token.into());
    story.news([detail_news(detail)]);
    story
}

#[test]
fn the_object_is_shown_and_copied_without_its_secrets() {
    let mut story = told(SMALL);
    story.effects();
    golden("yaml__typical_80x24", &story);
    golden("yaml__typical_160x48", &told(WIDE));
    story.press("Y");
    let effects = story.effects();
    let Some(Effect::Copy(text)) = effects.first() else { panic!("{effects:?}") };
    assert!(text.contains("matrix-token: "), "{text}");
    assert!(!text.contains("c29tZWJvZHk"), "{text}");
}

#[test]
fn a_search_finds_without_case_and_goes_on_with_n() {
    let mut story = told(SMALL);
    story.press("/").type_text("NAME").press("Enter");
    assert!(story.frame().shows("no match"), "{}", story.frame().text());
    story.press("/").type_text("okd").press("Enter n");
    assert!(story.frame().shows("/okd 2 of"), "{}", story.frame().text());
    golden("yaml__found_80x24", &story);
    story.press("Esc");
    assert_eq!(*story.route(), Route::Object(id(FAILED)));
    assert!(!story.frame().shows("/okd 2 of"));
}

#[test]
fn an_object_that_loads_says_who_is_asked_and_a_lost_one_since_when() {
    let story = opened(SMALL);
    assert!(story.frame().shows("asking moc…"));
    golden("yaml__loading_80x24", &story);
    let mut story = told(SMALL);
    story.news([News::Detail(id(FAILED), Loaded::Lost { failure: offline(), retry: None })]);
    assert!(story.frame().shows("as of 14:02, reconnecting"), "{}", story.frame().text());
    golden("yaml__lost_80x24", &story);
}

#[test]
fn no_size_and_no_key_breaks_the_screen() {
    for (width, height) in [(1, 1), (2, 3), (3, 2), (5, 4), (9, 9), (300, 90)] {
        let mut story = told(SMALL);
        story.resize(width, height);
        for keys in ["G", "Right", "k", "Ctrl-B", "Left", "Ctrl-D", "/", "o", "Enter", "n", "N", "g", "Esc"] {
            story.press(keys);
            assert_eq!(story.frame().size(), (width, height));
        }
    }
}
