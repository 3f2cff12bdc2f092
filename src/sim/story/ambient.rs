//! x
use crate::core::State;
use crate::kind::Kind;
use jiff::Timestamp;
use serde_json::json;
pub(super) fn tell(state: &mut State, now: Timestamp) {
    state.create(Kind::Namespace, json!({"metadata": {"name": "okd-coreos"}, "status": {"phase": "Active"}}), now);
    state.create(Kind::Node, json!({"metadata": {"name": "host-192-168-111-72", "labels": {"kubernetes.io/hostname": "host-192-168-111-72"}}, "status": {"allocatable": {"devices.kubevirt.io/kvm": "110"}}}), now);
    let run = json!({"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "a", "namespace": "okd-coreos"}, "spec": {"pipelineSpec": {"tasks": [{"name": "t", "taskSpec": {"steps": [{"name": "s", "image": "i", "script": "x"}]}}]}}});
    state.tell_run(run, &[], now - jiff::SignedDuration::from_hours(1), now);
}
