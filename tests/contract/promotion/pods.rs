//! The pods of a promotion on a real control plane, whose containers run nothing: what each of them would do outside is
//! done for it in the case's own world, by the parameters its TaskRun has on the cluster and by nothing else.
//!
//! A pod's step is held until that is done, as a container ends only after its work. All that was done is kept, with the
//! names of all TaskRuns that were ever seen.

use super::ground::{Ground, TASK_RUNS};
use super::raw::Raw;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

const PODS: &str = "/api/v1/namespaces/okd-coreos/pods";
/// Task of the Pipeline, name of the Task, its step.
const PLAYED: [(&str, &str, &str); 3] = [
    ("mirror", "mirror-release", "mirror-release-to-quay"),
    ("create-github-release", "create-github-release", "create-github-release"),
    ("update-release-channel", "update-release-channel", "update-release-channel"),
];

/// One thing done outside.
#[derive(Clone, Debug)]
pub struct Deed {
    pub task: String,
    pub uid: String,
    pub params: BTreeMap<String, String>,
    /// Whether the outside let it happen; a second release of one name on GitHub it does not.
    pub well: bool,
}

#[derive(Default)]
struct Seen {
    deeds: Vec<Deed>,
    /// uid → task of the Pipeline and its parameters.
    tasks: BTreeMap<String, (String, BTreeMap<String, String>)>,
}

pub struct Pods {
    seen: Arc<Mutex<Seen>>,
    playing: JoinHandle<()>,
}

impl Pods {
    /// `mirrored` is what `mirror` is to say it made.
    pub(super) async fn play(ground: Arc<Ground>, run: &str, mirrored: &str) -> Pods {
        ground.steer("mirror-release", "result.mirrored-pullspec", mirrored).await;
        for (_, task, step) in PLAYED.iter().filter(|_| ground.real) {
            ground.steer(task, &format!("step-seconds.{step}"), "86400").await;
        }
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let outside = Raw::of(ground.world.kubeconfig(), "demo-moc").await;
        let playing = tokio::spawn(round(ground, outside, run.to_string(), seen.clone()));
        Pods { seen, playing }
    }

    pub fn deeds(&self) -> Vec<Deed> {
        self.seen.lock().expect("unpoisoned").deeds.clone()
    }

    /// Each TaskRun there ever was: task of the Pipeline and parameters.
    pub fn tasks(&self) -> Vec<(String, BTreeMap<String, String>)> {
        self.seen.lock().expect("unpoisoned").tasks.values().cloned().collect()
    }

    pub fn names(&self) -> BTreeSet<String> {
        self.tasks().into_iter().map(|(task, _)| task).collect()
    }
}

impl Drop for Pods {
    fn drop(&mut self) {
        self.playing.abort();
    }
}

async fn round(ground: Arc<Ground>, outside: Raw, run: String, seen: Arc<Mutex<Seen>>) {
    let select = format!("{TASK_RUNS}?labelSelector=tekton.dev%2FpipelineRun%3D{run}");
    loop {
        for object in ground.moc.items(&select).await {
            let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string();
            let (uid, name) = (text("/metadata/uid"), text("/metadata/labels/tekton.dev~1pipelineTask"));
            let params = params(&object["spec"]["params"]);
            let done = {
                let mut seen = seen.lock().expect("unpoisoned");
                seen.tasks.entry(uid.clone()).or_insert_with(|| (name.clone(), params.clone()));
                seen.deeds.iter().any(|deed| deed.uid == uid)
            };
            let Some((_, task, step)) = PLAYED.iter().find(|(played, _, _)| *played == name) else { continue };
            if done || !ground.real || object["status"]["steps"][0]["running"].is_null() {
                continue;
            }
            let well = carry_out(&outside, task, &uid, &object["spec"]).await;
            seen.lock().expect("unpoisoned").deeds.push(Deed { task: name, uid, params, well });
            let mut end = json!({format!("testbed/step-seconds.{step}"): "0"});
            if !well {
                end["testbed/fail-step"] = (*step).into();
            }
            let pod = format!("{PODS}/{}", text("/status/podName"));
            // It is gone when somebody cancelled the run meanwhile.
            let _ = ground.moc.merge(&pod, &json!({"metadata": {"annotations": end}})).await;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn params(list: &Value) -> BTreeMap<String, String> {
    let pair = |param: &Value| Some((param["name"].as_str()?.to_string(), param["value"].as_str()?.to_string()));
    list.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// The same TaskRun alone, in the embedded cluster whose pods do what they should; whether it ended well.
async fn carry_out(outside: &Raw, task: &str, uid: &str, spec: &Value) -> bool {
    let name = format!("played-{uid}");
    let workspaces: Vec<Value> = spec["workspaces"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|workspace| json!({"name": workspace["name"], "emptyDir": {}}))
        .collect();
    let alone = json!({
        "apiVersion": "tekton.dev/v1",
        "kind": "TaskRun",
        "metadata": {"name": name, "annotations": {"testbed/step-seconds": "0"}},
        "spec": {"taskRef": {"kind": "Task", "name": task}, "params": spec["params"], "workspaces": workspaces},
    });
    outside.create(TASK_RUNS, &alone).await.expect("the embedded cluster takes it");
    loop {
        let now = outside.read(&format!("{TASK_RUNS}/{name}")).await.expect("it is there");
        match now["status"]["conditions"][0]["status"].as_str() {
            Some("True") => return true,
            Some("False") => {
                println!("        the played {task} failed: {}", now["status"]["conditions"][0]["message"]);
                return false;
            }
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
