//! Digests that runs of the past have picked: filled in when the world answers already.
//!
//! Making the images of a week takes longer than all the rest of a world's beginning, and few ask for them.

use std::sync::Arc;

use serde_json::Value;

use crate::core::{Core, State};
use crate::kind::Kind;

const DIGEST: &str = "release-digest";

/// A finished TaskRun that picked a release whose digest is not written yet.
struct Picked {
    namespace: String,
    name: String,
    run: String,
    pull_spec: String,
}

pub(super) async fn fill(core: Arc<Core>) {
    let picked = core.state().picked();
    for one in picked {
        let (outside, pull_spec) = (core.state().outside.clone(), one.pull_spec.clone());
        let read = tokio::task::spawn_blocking(move || outside.digest(&pull_spec)).await;
        if let Ok(Some(digest)) = read {
            core.state().remember(&one, &digest);
        }
    }
}

/// The value beside a name in a list of parameters or results.
fn entry<'a>(list: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    list.as_array_mut()?.iter_mut().find(|one| one["name"] == name).map(|one| &mut one["value"])
}

impl State {
    fn picked(&self) -> Vec<Picked> {
        let of_task = self.store.list(Kind::TaskRun, None).into_iter();
        let of_task = of_task.filter(|held| held.label("tekton.dev/task") == Some("pick-release"));
        of_task
            .filter_map(|held| {
                let mut value = held.value(Kind::TaskRun);
                let results = &mut value["status"]["results"];
                let missing = entry(results, DIGEST).is_some_and(|digest| *digest == "");
                let pull_spec = entry(results, "release-pullspec")?.as_str()?.to_owned();
                missing.then(|| Picked {
                    namespace: held.namespace.to_string(),
                    name: held.name.to_string(),
                    run: held.label("tekton.dev/pipelineRun").unwrap_or_default().to_owned(),
                    pull_spec,
                })
            })
            .collect()
    }

    /// Writes the digest where the picking task said it and where the verifying one was given it.
    fn remember(&mut self, picked: &Picked, digest: &str) {
        let of_run = self.store.list(Kind::TaskRun, Some(&picked.namespace)).into_iter();
        let of_run = of_run.filter(|held| held.label("tekton.dev/pipelineRun") == Some(&picked.run));
        for held in of_run.collect::<Vec<_>>() {
            let mut value = held.value(Kind::TaskRun);
            let place = if *held.name == *picked.name { "/status/results" } else { "/spec/params" };
            let Some(empty) = value.pointer_mut(place).and_then(|list| entry(list, DIGEST)) else { continue };
            if *empty == "" {
                *empty = digest.into();
                let pod = value["status"]["podName"].as_str().unwrap_or_default().to_owned();
                self.store.put(Kind::TaskRun, value);
                self.logs.amend(&picked.namespace, &pod, DIGEST, digest);
            }
        }
    }
}
