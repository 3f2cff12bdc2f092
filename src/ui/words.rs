//! Sentences that several screens say, in one place.

use crate::screen::Ctx;
use weir_domain::{ClusterName, EndpointState};

/// Who is asked: the clusters in scope that are connected or being so, by name.
pub(crate) fn clusters_asked(ctx: &Ctx<'_>) -> String {
    let names: Vec<&str> = ctx
        .world
        .clusters()
        .filter(|e| e.state != EndpointState::NotConnected && ctx.scope.holds_cluster(&ClusterName::new(&e.name)))
        .map(|e| e.name.as_str())
        .collect();
    match names.len() {
        0 => "the clusters".into(),
        1..=3 => names.join(", "),
        more => format!("{more} clusters"),
    }
}
