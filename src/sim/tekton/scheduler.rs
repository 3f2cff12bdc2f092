//! On which node a pod may run, and the scheduler's sentence when it may on none.

use serde_json::Value;

use crate::core::State;
use crate::kind::Kind;

pub(crate) const KVM: &str = "devices.kubevirt.io/kvm";

/// The node's name, or why there is none: the message of the pod's `PodScheduled` condition.
pub(crate) fn place(
    state: &State,
    namespace: &str,
    pod_template: &Value,
    task: &Value,
    volumes: &[Value],
) -> Result<String, String> {
    let nodes: Vec<_> = state.store.list(Kind::Node, None).iter().map(|node| node.value(Kind::Node)).collect();
    let all = nodes.len();
    for claim in volumes.iter().filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str()) {
        if state.store.get(Kind::Claim, namespace, claim).is_none() {
            return Err(format!("0/{all} nodes are available: persistentvolumeclaim \"{claim}\" not found. not found"));
        }
    }
    let wanted: i64 = task["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| count(&step["computeResources"]["requests"][KVM]))
        .max()
        .unwrap_or(0);
    let (mut elsewhere, mut short) = (0, 0);
    for node in &nodes {
        let labels = &node["metadata"]["labels"];
        let chosen =
            pod_template["nodeSelector"].as_object().into_iter().flatten().all(|(key, value)| labels[key] == *value);
        match (chosen, count(&node["status"]["allocatable"][KVM]) >= wanted) {
            (false, _) => elsewhere += 1,
            (true, false) => short += 1,
            (true, true) => return Ok(node["metadata"]["name"].as_str().unwrap_or_default().to_owned()),
        }
    }
    let mut reasons = Vec::new();
    if short > 0 {
        reasons.push(format!("{short} Insufficient {KVM}"));
    }
    if elsewhere > 0 {
        reasons.push(format!("{elsewhere} node(s) didn't match Pod's node affinity/selector"));
    }
    Err(format!(
        "0/{all} nodes are available: {}. no new claims to deallocate, preemption: 0/{all} nodes are available: {all} Preemption is not helpful for scheduling.",
        reasons.join(", ")
    ))
}

fn count(quantity: &Value) -> i64 {
    quantity.as_str().and_then(|text| text.parse().ok()).or(quantity.as_i64()).unwrap_or(0)
}
