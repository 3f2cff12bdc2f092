//! Sentences that several screens say, in one place.

use crate::parts::panel::liveness;
use crate::screen::Ctx;
use crate::world::Part;
use weir_domain::{ClusterName, EndpointState, RunId};

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

/// What of the runs is old, by cluster: the others are live.
pub(crate) fn silence(ctx: &Ctx<'_>) -> Option<String> {
    let in_scope = ctx.world.runs_lost().filter(|(cluster, _)| ctx.scope.holds_cluster(cluster));
    let mut lost: Vec<(&ClusterName, &Part<RunId>)> = in_scope.collect();
    lost.dedup_by_key(|(cluster, _)| *cluster);
    match &lost[..] {
        [] => None,
        [(cluster, part)] if part.complete => Some(format!("{cluster} {}", liveness(&part.live, "", ctx).0)),
        [(cluster, _)] => Some(format!("no answer from {cluster}")),
        several => {
            let names: Vec<&str> = several.iter().map(|(cluster, _)| cluster.as_str()).collect();
            Some(format!("{} lost", names.join(", ")))
        }
    }
}

/// The end of a name that tells it from others of its stream: the build time, else all of it.
pub(crate) fn tail(name: &str) -> &str {
    match weir_domain::release::built(name) {
        Some(_) => &name[name.len() - 17..],
        None => name,
    }
}
