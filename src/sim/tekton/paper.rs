//! The objects a TaskRun shows itself as: the TaskRun, its pod, and the statuses of both.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::attempt::{Plan, Step, later};
use super::child::{Child, Fate};
use crate::clock::stamp;
use crate::core::digest;

pub(crate) fn provenance() -> Value {
    json!({"featureFlags": {
        "awaitSidecarReadiness": true,
        "coschedule": "workspaces",
        "enableAPIFields": "beta",
        "enableProvenanceInStatus": true,
        "enforceNonfalsifiability": "none",
        "maxResultSize": 4096,
        "resultExtractionMethod": "termination-message",
        "runningInEnvWithInjectedSidecars": true,
        "verificationNoMatchPolicy": "ignore",
    }})
}

/// The TaskRun as a whole; what others wrote into its metadata stays.
pub(crate) fn task_run(child: &Child, held: Option<Value>, now: Timestamp) -> Value {
    let mut value = held.unwrap_or_else(|| {
        let mut meta = json!({
            "name": child.name,
            "namespace": child.namespace,
            "uid": child.uid,
            "creationTimestamp": stamp(child.created),
            "generation": 1,
        });
        if let Some(owner) = &child.owner {
            meta["ownerReferences"] = json!([owner]);
        }
        json!({"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": meta})
    });
    let meta = &mut value["metadata"];
    for (part, own) in [("labels", &child.labels), ("annotations", &child.annotations)] {
        if !own.is_empty() {
            for (key, text) in own {
                meta[part][key] = text.clone();
            }
        }
    }
    if child.spec["status"].is_string() {
        value["metadata"]["generation"] = 2.into();
    }
    value["spec"] = child.spec.clone();
    let mut status = attempt_status(child, child.fate.as_ref(), now, false);
    if !child.earlier.is_empty() {
        status["retriesStatus"] = child.earlier.clone().into();
    }
    if !child.results.is_empty() {
        status["results"] = child.results.clone().into();
    }
    value["status"] = status;
    value
}

/// The status of one try, as it stands in `status` or in `retriesStatus`.
pub(crate) fn attempt_status(child: &Child, fate: Option<&Fate>, now: Timestamp, earlier: bool) -> Value {
    let attempt = &child.attempt;
    let (succeeded, reason, message, at) = match fate {
        Some(fate) => (if fate.ok { "True" } else { "False" }, fate.reason, fate.message.clone(), fate.at),
        None => match &attempt.plan {
            Plan::Stuck(why) if why.contains("Insufficient") => {
                let message = "TaskRun Pod exceeded available resources".to_owned();
                ("Unknown", "ExceededNodeResources", message, attempt.created)
            }
            Plan::Stuck(why) => {
                let message = format!("pod status \"PodScheduled\":\"False\"; message: {why:?}");
                ("Unknown", "Pending", message, attempt.created)
            }
            Plan::NoImage { .. } => {
                let message = "pod status \"Initialized\":\"False\"; message: \"\"".to_owned();
                ("Unknown", "Pending", message, attempt.created)
            }
            Plan::Runs { ready, .. } if *ready > now => {
                let message = "pod status \"Initialized\":\"False\"; message: \"\"".to_owned();
                ("Unknown", "Pending", message, attempt.created)
            }
            Plan::Runs { ready, .. } => {
                ("Unknown", "Running", "Not all Steps in the Task have finished executing".to_owned(), *ready)
            }
        },
    };
    let mut status = json!({
        "conditions": [{
            "lastTransitionTime": stamp(at),
            "message": message,
            "reason": reason,
            "status": succeeded,
            "type": "Succeeded",
        }],
        "podName": attempt.pod,
        "provenance": provenance(),
        "startTime": stamp(attempt.created),
        "steps": steps(child, fate, now),
        "taskSpec": child.task_spec,
    });
    if let Some(fate) = fate {
        status["completionTime"] = stamp(fate.at).into();
        if fate.ok || earlier {
            status["artifacts"] = json!({});
        }
    }
    status
}

fn steps(child: &Child, fate: Option<&Fate>, now: Timestamp) -> Value {
    let cut = fate.filter(|fate| !["Succeeded", "Failed"].contains(&fate.reason));
    match &child.attempt.plan {
        Plan::Runs { ready, steps, .. } => steps
            .iter()
            .map(|step| {
                let mut value = json!({"container": step.container, "name": step.name, "provenance": {}});
                value["imageID"] = image_id(&step.image).into();
                if step.ends <= now.min(cut.map_or(now, |fate| fate.at)) && step.termination != "Skipped"
                    || step.ends <= now && cut.is_none()
                {
                    value["terminated"] = terminated(child, step);
                    value["terminationReason"] = step.termination.as_str().into();
                } else if let Some(fate) = cut {
                    ended_with_pod(&mut value, child, &step.name, fate, *ready);
                } else if *ready <= now {
                    value["running"] = json!({"startedAt": stamp(*ready)});
                } else {
                    value["waiting"] = json!({"reason": "PodInitializing"});
                }
                value
            })
            .collect(),
        Plan::NoImage { .. } | Plan::Stuck(_) => child
            .attempt_steps()
            .iter()
            .map(|name| {
                let mut value = json!({"name": name, "provenance": {}});
                if let Some(fate) = cut {
                    value["container"] = format!("step-{name}").into();
                    ended_with_pod(&mut value, child, name, fate, child.attempt.created);
                }
                value
            })
            .collect(),
    }
}

fn ended_with_pod(value: &mut Value, child: &Child, step: &str, fate: &Fate, started: Timestamp) {
    value["terminated"] = json!({
        "exitCode": 1,
        "finishedAt": stamp(fate.at),
        "message": format!("Step {step} terminated as pod {} is terminated", child.attempt.pod),
        "reason": fate.reason,
        "startedAt": stamp(started),
    });
    value["terminationReason"] = fate.reason.into();
}

fn terminated(child: &Child, step: &Step) -> Value {
    json!({
        "containerID": container_id(child, &step.container),
        "exitCode": step.code,
        "finishedAt": stamp(step.ends),
        "reason": step.reason,
        "startedAt": stamp(step.starts),
    })
}

fn container_id(child: &Child, container: &str) -> String {
    format!("cri-o://{}", digest(&format!("{}/{container}", child.attempt.pod_uid)))
}

fn image_id(image: &str) -> String {
    format!("{image}@sha256:{}", digest(image))
}

pub(crate) fn pod(child: &Child, now: Timestamp) -> Value {
    let attempt = &child.attempt;
    let mut labels = child.labels.clone();
    labels.insert("tekton.dev/taskRun".into(), child.name.as_str().into());
    labels.insert("tekton.dev/taskRunUID".into(), child.uid.as_str().into());
    let mut annotations = child.annotations.clone();
    annotations.insert("tekton.dev/ready".into(), "READY".into());
    let containers: Vec<_> = child
        .attempt_steps()
        .iter()
        .zip(child.task_spec["steps"].as_array().into_iter().flatten())
        .map(|(name, step)| {
            let mut container = json!({
                "name": format!("step-{name}"),
                "image": step["image"],
                "command": ["/tekton/bin/entrypoint"],
                "resources": step["computeResources"].as_object().cloned().unwrap_or_default(),
                "terminationMessagePath": "/tekton/termination",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": step["imagePullPolicy"].as_str().unwrap_or("IfNotPresent"),
            });
            if step["env"].is_array() {
                container["env"] = step["env"].clone();
            }
            container
        })
        .collect();
    let volumes: Vec<_> = child.spec["workspaces"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|workspace| {
            let mut volume = workspace.clone();
            let tag = &digest(&format!("{}/{}", child.uid, workspace["name"]))[..5];
            volume["name"] = format!("ws-{tag}").into();
            volume
        })
        .collect();
    let prepare = json!({"name": "prepare", "image": "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/entrypoint:v1.6.0"});
    let mut spec = json!({
        "volumes": volumes,
        "initContainers": [prepare],
        "containers": containers,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": child.spec["serviceAccountName"],
        "serviceAccount": child.spec["serviceAccountName"],
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": true,
    });
    if child.spec["podTemplate"]["nodeSelector"].is_object() {
        spec["nodeSelector"] = child.spec["podTemplate"]["nodeSelector"].clone();
    }
    if let Plan::Runs { node, .. } = &attempt.plan {
        spec["nodeName"] = node.as_str().into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": attempt.pod,
            "namespace": child.namespace,
            "uid": attempt.pod_uid,
            "creationTimestamp": stamp(attempt.created),
            "generation": 1,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": "tekton.dev/v1",
                "kind": "TaskRun",
                "name": child.name,
                "uid": child.uid,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": spec,
        "status": pod_status(child, now),
    })
}

fn pod_status(child: &Child, now: Timestamp) -> Value {
    let attempt = &child.attempt;
    let condition = |kind: &str, yes: bool, at: Timestamp| {
        let status = if yes { "True" } else { "False" };
        json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": stamp(at)})
    };
    match &attempt.plan {
        Plan::Stuck(why) => {
            let mut scheduled = condition("PodScheduled", false, attempt.created);
            scheduled["reason"] = "Unschedulable".into();
            scheduled["message"] = why.as_str().into();
            json!({"phase": "Pending", "conditions": [scheduled], "qosClass": "Burstable"})
        }
        Plan::NoImage { step, .. } => {
            let statuses: Vec<_> = child
                .attempt_steps()
                .iter()
                .enumerate()
                .map(|(at, name)| {
                    let image = &child.task_spec["steps"][at]["image"];
                    let waiting = if at == *step {
                        let message = format!("Back-off pulling image {image}");
                        json!({"reason": "ImagePullBackOff", "message": message})
                    } else {
                        json!({"reason": "PodInitializing"})
                    };
                    status_of(
                        &format!("step-{name}"),
                        image.as_str().unwrap_or_default(),
                        json!({"waiting": waiting}),
                        false,
                    )
                })
                .collect();
            let conditions =
                [condition("Initialized", true, attempt.created), condition("PodScheduled", true, attempt.created)];
            json!({"phase": "Pending", "conditions": conditions, "startTime": stamp(attempt.created), "containerStatuses": statuses, "qosClass": "Burstable"})
        }
        Plan::Runs { ready, steps, ends, .. } => {
            let over = *ends <= now;
            let phase = match (over, *ready <= now, attempt.plan.failed()) {
                (true, _, Some(_)) => "Failed",
                (true, _, None) => "Succeeded",
                (false, true, _) => "Running",
                (false, false, _) => "Pending",
            };
            let statuses: Vec<_> = steps.iter().map(|step| container(child, step, *ready, now)).collect();
            let all_ready = *ready <= now && steps.iter().all(|step| step.ends > now);
            let number = crate::core::number(&attempt.pod_uid) % 250;
            let prepared = json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": stamp(attempt.created), "finishedAt": stamp(later(attempt.created, 1))}});
            let initializing = json!({"running": {"startedAt": stamp(attempt.created)}});
            let prepare = status_of(
                "prepare",
                "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/entrypoint:v1.6.0",
                if *ready <= now { prepared } else { initializing },
                *ready <= now,
            );
            json!({
                "phase": phase,
                "conditions": [
                    condition("Initialized", *ready <= now, *ready),
                    condition("Ready", all_ready, if over { *ends } else { *ready }),
                    condition("ContainersReady", all_ready, if over { *ends } else { *ready }),
                    condition("PodScheduled", true, attempt.created),
                ],
                "hostIP": "192.168.111.72",
                "podIP": format!("10.128.2.{number}"),
                "podIPs": [{"ip": format!("10.128.2.{number}")}],
                "startTime": stamp(attempt.created),
                "initContainerStatuses": [prepare],
                "containerStatuses": statuses,
                "qosClass": "Burstable",
            })
        }
    }
}

fn container(child: &Child, step: &Step, ready: Timestamp, now: Timestamp) -> Value {
    let state = if step.ends <= now {
        json!({"terminated": terminated(child, step)})
    } else if ready <= now {
        json!({"running": {"startedAt": stamp(ready)}})
    } else {
        json!({"waiting": {"reason": "PodInitializing"}})
    };
    let running = state["running"].is_object();
    let mut status = status_of(&step.container, &step.image, state, running);
    if ready <= now {
        status["imageID"] = image_id(&step.image).into();
        status["containerID"] = container_id(child, &step.container).into();
    }
    status["started"] = running.into();
    status
}

fn status_of(name: &str, image: &str, state: Value, ready: bool) -> Value {
    json!({
        "name": name,
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": image,
        "imageID": "",
    })
}
