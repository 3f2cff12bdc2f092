//! Events about runs and pods. A cluster forgets them after an hour, so older ones are never written.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::clock::stamp;
use crate::core::{State, digest};
use crate::kind::Kind;

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) kind: Kind,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) uid: &'a str,
}

pub(crate) fn tell(state: &mut State, about: About<'_>, at: Timestamp, warning: bool, reason: &str, message: &str) {
    repeated(state, about, at, at, 1, warning, reason, message);
}

/// An event seen `count` times from `first` to `last`.
#[expect(clippy::too_many_arguments, reason = "an event has that many columns")]
pub(crate) fn repeated(
    state: &mut State,
    about: About<'_>,
    first: Timestamp,
    last: Timestamp,
    count: i64,
    warning: bool,
    reason: &str,
    message: &str,
) {
    if state.tekton_epoch().saturating_sub(SignedDuration::from_hours(1)).is_ok_and(|oldest| last < oldest) {
        return;
    }
    let component = match (about.kind, reason) {
        (Kind::Pod, "FailedScheduling" | "Scheduled") => "default-scheduler",
        (Kind::Pod, _) => "kubelet",
        (Kind::TaskRun, _) => "TaskRun",
        _ => "PipelineRun",
    };
    let facts = about.kind.facts();
    let tag = &digest(&format!("{}/{reason}/{}/{message}", about.uid, first))[..16];
    let value = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": format!("{}.{tag}", about.name), "namespace": about.namespace},
        "involvedObject": {
            "kind": facts.name,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
            "apiVersion": facts.api_version(),
        },
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "firstTimestamp": stamp(first),
        "lastTimestamp": stamp(last),
        "count": count,
        "type": if warning { "Warning" } else { "Normal" },
        "eventTime": null,
        "reportingComponent": component,
        "reportingInstance": "",
    });
    state.create(Kind::Event, value, first);
}
