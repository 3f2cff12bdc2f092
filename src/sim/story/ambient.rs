//! What a cluster holds besides runs: namespaces, nodes, accounts, volumes, secrets' names, CronJobs, definitions.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clock::stamp;
use crate::core::{State, digest};
use crate::kind::Kind;

/// Long before anything of the story.
pub(super) fn old(now: Timestamp) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * 211)).unwrap_or(now)
}

pub(super) fn namespaces(state: &mut State, now: Timestamp, names: &[&str]) {
    for name in names {
        let labels = json!({"kubernetes.io/metadata.name": name});
        let value = json!({
            "metadata": {"name": name, "labels": labels},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        });
        state.create(Kind::Namespace, value, old(now));
        if *name == "default" {
            continue;
        }
        for own in ["default", "pipeline"] {
            account(state, now, name, own);
        }
    }
}

pub(super) fn account(state: &mut State, now: Timestamp, namespace: &str, name: &str) {
    state.create(Kind::ServiceAccount, json!({"metadata": {"name": name, "namespace": namespace}}), old(now));
}

/// A node with that many kvm devices to give.
pub(super) fn node(state: &mut State, now: Timestamp, name: &str, kvm: u32) {
    let room = json!({"cpu": "32", "memory": "131072Mi", "pods": "250", "devices.kubevirt.io/kvm": kvm.to_string()});
    let number = name.rsplit('-').next().unwrap_or("10");
    let value = json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/os": "linux",
            "node-role.kubernetes.io/worker": "",
        }},
        "spec": {"providerID": format!("moc:///{name}")},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": stamp(now),
                "lastTransitionTime": stamp(old(now)),
            }],
            "addresses": [
                {"type": "InternalIP", "address": format!("192.168.111.{number}")},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                "kubeletVersion": "v1.34.2",
                "osImage": "CentOS Stream CoreOS 10.0.20261103-0 (Coughlan)",
                "kernelVersion": "6.12.0-140.el10.x86_64",
                "containerRuntimeVersion": "cri-o://1.34.2-3.rhaos4.21.git",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    });
    state.create(Kind::Node, value, old(now));
}

pub(super) fn secrets(state: &mut State, now: Timestamp, namespace: &str, names: &[&str]) {
    for name in names {
        let kind =
            if name.contains("pull") || name.contains("push") { "kubernetes.io/dockerconfigjson" } else { "Opaque" };
        // Names only: this world keeps no secret, so it can give none away.
        state.create(Kind::Secret, json!({"metadata": {"name": name, "namespace": namespace}, "type": kind}), old(now));
    }
}

pub(super) fn claims(state: &mut State, now: Timestamp, namespace: &str, names: &[&str], size: &str) {
    for name in names {
        let volume = name.replace("-pvc", "-pv");
        let value = json!({
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
                "storageClassName": "local",
                "volumeMode": "Filesystem",
                "volumeName": volume,
            },
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}},
        });
        state.create(Kind::Claim, value, old(now));
    }
}

pub(super) fn config_map(state: &mut State, now: Timestamp, namespace: &str, name: &str, data: Value) {
    state.create(Kind::ConfigMap, json!({"metadata": {"name": name, "namespace": namespace}, "data": data}), old(now));
}

/// A CronJob that last ran that long ago.
pub(super) struct Cron {
    pub(super) name: &'static str,
    pub(super) schedule: &'static str,
    pub(super) suspended: bool,
    pub(super) url: &'static str,
    pub(super) body: String,
    pub(super) minutes_ago: i64,
}

pub(super) fn cron(state: &mut State, now: Timestamp, namespace: &str, job: &Cron) {
    let last = now.saturating_sub(SignedDuration::from_mins(job.minutes_ago)).unwrap_or(now);
    let container = json!({
        "name": "curl",
        "image": "docker.io/curlimages/curl:latest",
        "command": ["/bin/sh", "-c"],
        "args": [format!("curl -X POST {} -H 'Content-Type: application/json' -d '{}'", job.url, job.body)],
    });
    let value = json!({
        "metadata": {"name": job.name, "namespace": namespace},
        "spec": {
            "schedule": job.schedule,
            "suspend": job.suspended,
            "concurrencyPolicy": "Allow",
            "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "OnFailure", "containers": [container]}}}},
        },
        "status": {"lastScheduleTime": stamp(last), "lastSuccessfulTime": stamp(last)},
    });
    state.create(Kind::CronJob, value, old(now));
}

/// The definitions of the kinds this world serves itself.
pub(super) fn definitions(state: &mut State, now: Timestamp) {
    let releasing = state.mirrored.is_some();
    let served = |facts: &&crate::kind::Facts| facts.kind.is_custom() && (releasing || !facts.is_releasing());
    for facts in crate::kind::FACTS.iter().filter(served) {
        let value = json!({
            "metadata": {"name": facts.qualified()},
            "spec": {
                "group": facts.group,
                "names": {"kind": facts.name, "plural": facts.plural, "singular": facts.singular, "shortNames": facts.short, "categories": facts.categories},
                "scope": "Namespaced",
                "versions": [{"name": facts.version, "served": true, "storage": true}],
            },
            "status": {"acceptedNames": {"kind": facts.name, "plural": facts.plural}, "conditions": [], "storedVersions": [facts.version]},
        });
        state.create(Kind::Definition, value, old(now));
    }
}

/// Labels of a run that an EventListener made.
pub(super) fn triggered(listener: &str, trigger: &str, name: &str) -> Value {
    let hex = digest(&format!("event/{name}"));
    let event = format!("{}-{}-4{}-b{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32]);
    json!({
        "triggers.tekton.dev/eventlistener": listener,
        "triggers.tekton.dev/trigger": trigger,
        "triggers.tekton.dev/triggers-eventid": event,
    })
}
