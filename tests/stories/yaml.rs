//! Stories of a run's object as YAML.

use crate::coreos;
use crate::golden;
use weir_domain::{Loaded, News};
use weir_frames::Story;
use weir_ui::{Effect, Route, Settings};

const SMALL: (u16, u16) = (80, 24);

fn opened(size: (u16, u16)) -> Story {
    let mut story = Story::new(Settings::default(), coreos::now(), size);
    story.news(coreos::known(&coreos::failed().run)).press("r Enter y");
    assert_eq!(*story.route(), Route::Object(coreos::id()));
    story
}

fn told(size: (u16, u16)) -> Story {
    let mut story = opened(size);
    story.news([coreos::loaded(coreos::failed())]);
    story
}

#[test]
fn the_object_is_shown_and_copied_without_its_secrets() {
    let mut story = told(SMALL);
    story.effects();
    golden("yaml__typical_80x24", &story);
    golden("yaml__typical_160x48", &told((160, 48)));
    story.press("Y");
    let effects = story.effects();
    let Some(Effect::Copy(text)) = effects.first() else { panic!("{effects:?}") };
    assert!(text.contains("name: matrix-token"), "{text}");
    assert!(!text.contains("syt_"), "{text}");
}

#[test]
fn a_search_finds_without_case_and_goes_on_with_n() {
    let mut story = told(SMALL);
    story.press("/").type_text("Name: ").press("Enter");
    assert!(story.frame().shows("no match"), "{}", story.frame().text());
    story.press("/").type_text("okd").press("Enter n");
    assert!(story.frame().shows("/okd 2 of"), "{}", story.frame().text());
    golden("yaml__found_80x24", &story);
    story.press("Esc");
    assert_eq!(*story.route(), Route::Object(coreos::id()));
    assert!(!story.frame().shows("/okd 2 of"));
}

#[test]
fn an_object_that_loads_says_who_is_asked_and_a_lost_one_since_when() {
    let story = opened(SMALL);
    assert!(story.frame().shows("asking moc…"));
    golden("yaml__loading_80x24", &story);
    let mut story = told(SMALL);
    story.news([News::Detail(coreos::id(), Loaded::Lost { failure: coreos::lost(), retry: None })]);
    assert!(story.frame().shows("as of 12:00, reconnecting"), "{}", story.frame().text());
    golden("yaml__lost_80x24", &story);
}
