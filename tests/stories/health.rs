//! Stories of the endpoints and their lights.

use crate::golden;
use crate::world::*;
use weir_domain::{ClusterName, EndpointState, Failure, FailureKind, News, Query};
use weir_ui::Effect;

#[test]
fn loading() {
    let mut story = blank(SMALL);
    story.press("H");
    golden("health__loading", &story);
}

#[test]
fn connecting() {
    let mut story = crate::world::loading(SMALL);
    story.press("H");
    golden("health__connecting", &story);
}

#[test]
fn typical() {
    for (size, name) in [(SMALL, "health__typical"), (WIDE, "health__typical_wide")] {
        let mut story = crate::world::typical(size);
        story.press("H");
        answer_rights(&mut story, all_rights());
        golden(name, &story);
    }
}

#[test]
fn lost_and_expired_say_what_to_do() {
    let mut story = lost(SMALL);
    story.press("H");
    golden("health__lost", &story);
    assert!(story.frame().shows("log in again: oc login"), "{}", story.frame().text());
}

#[test]
fn a_release_controller_that_asks_to_wait_is_not_called_broken() {
    let mut story = blank(SMALL);
    let mut endpoints = endpoints();
    endpoints[2].state = EndpointState::Lost {
        since: ago(4 * MINUTE),
        failure: Failure::new(FailureKind::Throttled, "`releases` asks to wait", "429 Too Many Requests", ""),
        retry: Some(now() + jiff::SignedDuration::from_secs(40)),
    };
    endpoints[2].as_of = Some(ago(4 * MINUTE));
    story.news([News::Endpoints(endpoints)]).press("H j j");
    golden("health__waiting", &story);
}

#[test]
fn enter_connects_what_is_not_connected() {
    let mut story = crate::world::typical(SMALL);
    story.press("H G");
    story.effects();
    story.press("Enter");
    assert_eq!(story.effects(), vec![Effect::Fetch(Query::Connect(ClusterName::new("kind-okd")))]);
}

#[test]
fn a_release_controller_that_is_silent_is_called_old() {
    let mut story = crate::world::typical(SMALL);
    story.tell(weir_ui::Message::Tick(now() + jiff::SignedDuration::from_secs(4 * MINUTE)));
    assert!(story.frame().lines()[0].ends_with("releases ◷ 4m old"), "{}", story.frame().text());
}

#[test]
fn many_endpoints_are_counted_when_there_is_no_room_for_their_names() {
    let mut story = blank(SMALL);
    let many =
        (0..12).map(|n| endpoint(&format!("cluster-{n:02}"), weir_domain::EndpointKind::Cluster, "https://x:6443"));
    let mut many: Vec<_> = many.collect();
    story.news([News::Endpoints(many.clone())]);
    assert!(story.frame().lines()[0].ends_with("12 ✓"), "{}", story.frame().text());
    many[3].state = EndpointState::Lost { since: ago(60), failure: expired(), retry: None };
    story.news([News::Endpoints(many)]);
    assert!(story.frame().lines()[0].ends_with("cluster-03 ✗ expired  11 ✓"), "{}", story.frame().text());
}
