//! Stories of weir without any cluster: why, and the three ways on.

use crate::golden;
use crate::world::*;
use weir_ui::{Effect, Settings};

#[test]
fn without_a_cluster_there_are_three_ways_on() {
    for (size, name) in [(SMALL, "first__no_clusters"), ((40, 12), "first__no_clusters_small")] {
        let why = "No kubeconfig: neither KUBECONFIG nor ~/.kube/config names a cluster.";
        let settings = Settings { no_clusters: Some(why.into()), ..Settings::default() };
        let story = weir_frames::Story::new(settings, now(), size);
        golden(name, &story);
    }
}

#[test]
fn the_way_to_the_demo_can_be_copied_and_q_leaves() {
    let settings = Settings { no_clusters: Some("No kubeconfig.".into()), ..Settings::default() };
    let mut story = weir_frames::Story::new(settings, now(), SMALL);
    story.press("c");
    assert_eq!(story.effects(), vec![Effect::Copy("weir --demo".into())]);
    story.press("q");
    assert_eq!(story.effects(), vec![Effect::Quit]);
}
