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

fn with_registries() -> Vec<weir_domain::Endpoint> {
    let registry = |host: &str| endpoint(host, weir_domain::EndpointKind::Registry, &format!("https://{host}"));
    let mut quay = registry("quay.io");
    quay.user = "docker config ~/.docker/config.json".into();
    quay.as_of = Some(ago(MINUTE));
    let mut ci = registry("registry.ci.openshift.org");
    ci.state = EndpointState::Lost {
        since: ago(9 * MINUTE),
        failure: Failure::new(FailureKind::Offline, "cannot ask registry.ci.openshift.org", "connection refused", ""),
        retry: None,
    };
    ci.as_of = Some(ago(9 * MINUTE));
    let mut own = registry("registry.example:5000");
    (own.state, own.latency_ms, own.as_of) = (EndpointState::NotConnected, None, None);
    let mut all = endpoints();
    all.extend([ci, quay, own]);
    all
}

#[test]
fn a_registry_says_how_it_stood_when_it_was_asked_last_and_is_asked_again_by_enter() {
    for (size, name) in [(SMALL, "health__registries"), (WIDE, "health__registries_wide")] {
        let mut story = blank(size);
        story.news([News::Endpoints(with_registries())]).press("H j j j j");
        golden(name, &story);
    }
    let mut story = blank(SMALL);
    story.news([News::Endpoints(with_registries())]).press("H G");
    assert!(story.frame().shows("Known from the config, not asked yet. Enter asks it."), "{}", story.frame().text());
    story.effects();
    story.press("Enter");
    assert_eq!(story.effects(), vec![Effect::Fetch(Query::Reach("registry.example:5000".into()))]);
}

#[test]
fn a_registry_has_no_light_and_needs_nobody_by_itself() {
    let mut story = blank(SMALL);
    story.news([News::Endpoints(with_registries())]);
    let frame = story.frame();
    assert!(frame.lines()[0].ends_with("moc ✓  app.ci ✓  releases ✓"), "{}", frame.text());
    assert!(!frame.shows("registry.ci"), "{}", frame.text());
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
