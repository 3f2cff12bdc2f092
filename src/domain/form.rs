//! A run to be made: the manifest, how it is filled from a Pipeline or an earlier run, and its first checks.

use crate::age::parse_go_duration;
use crate::names::{PipelineId, RunId};
use crate::pipeline::{ParamValue, Pipeline};
use crate::tree::Tree;

/// What will be created. The manifest is the whole object; the rest is what weir knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    pub pipeline: PipelineId,
    pub manifest: Tree,
    pub rerun_of: Option<RunId>,
    pub publishes: bool,
}

impl NewRun {
    /// An empty run of a Pipeline: parameters at their defaults are left out, workspaces are to be bound.
    pub fn of(pipeline: &Pipeline) -> NewRun {
        let manifest = Tree::map([
            ("apiVersion", "tekton.dev/v1".into()),
            ("kind", "PipelineRun".into()),
            (
                "metadata",
                Tree::map([
                    ("generateName", generate_name(&pipeline.id.name).into()),
                    ("namespace", pipeline.id.namespace.as_str().into()),
                ]),
            ),
            ("spec", Tree::map([("pipelineRef", Tree::map([("name", Tree::Text(pipeline.id.name.to_string()))]))])),
        ]);
        NewRun { pipeline: pipeline.id.clone(), manifest, rerun_of: None, publishes: pipeline.publishes() }
    }

    /// The same run again. `object` is the run as the server has it: its spec is kept, `status`, `spec.status` and what Tekton or a server wrote are not.
    /// Fails when the object is no PipelineRun.
    pub fn again(run: &RunId, object: &Tree, publishes: bool) -> Result<NewRun, String> {
        if object.text_at(&["kind"]).is_some_and(|kind| kind != "PipelineRun") {
            return Err("the object is not a PipelineRun".into());
        }
        let mut spec = object.key("spec").cloned().ok_or("the run has no spec")?;
        spec.remove(&["status"]);
        spec.remove(&["managedBy"]);
        let kept = |path: &[&str], drop: &[&str]| -> Vec<(String, Tree)> {
            object
                .at(path)
                .map(Tree::entries)
                .unwrap_or(&[])
                .iter()
                .filter(|(key, _)| !drop.iter().any(|prefix| key.starts_with(prefix)))
                .cloned()
                .collect()
        };
        let labels = kept(&["metadata", "labels"], &["tekton.dev/", "triggers.tekton.dev/", "weir/"]);
        let annotations = kept(
            &["metadata", "annotations"],
            &[
                "kubectl.kubernetes.io/",
                "chains.tekton.dev/",
                "results.tekton.dev/",
                "pipeline.tekton.dev/",
                "tekton.dev/",
                "weir/",
            ],
        );
        let mut metadata = Tree::map([
            ("generateName", again_name(object, &run.name).into()),
            ("namespace", run.namespace.as_str().into()),
        ]);
        if !labels.is_empty() {
            metadata.set(&["labels"], Tree::Map(labels));
        }
        if !annotations.is_empty() {
            metadata.set(&["annotations"], Tree::Map(annotations));
        }
        let name = spec.text_at(&["pipelineRef", "name"]).map(str::to_string).unwrap_or_else(|| run.name.to_string());
        let pipeline = PipelineId::new(run.cluster.as_str(), run.namespace.as_str(), name);
        let manifest = Tree::map([
            ("apiVersion", "tekton.dev/v1".into()),
            ("kind", "PipelineRun".into()),
            ("metadata", metadata),
            ("spec", spec),
        ]);
        let embedded_publishes =
            manifest.at(&["spec", "pipelineSpec", "tasks"]).map(Tree::items).unwrap_or(&[]).iter().any(|t| {
                t.text_at(&["taskRef", "name"])
                    .is_some_and(|n| matches!(n, "update-release-channel" | "mirror-release" | "create-github-release"))
            });
        Ok(NewRun { pipeline, manifest, rerun_of: Some(run.clone()), publishes: publishes || embedded_publishes })
    }

    /// Explicit parameters in the order of the manifest.
    pub fn params(&self) -> Vec<(String, ParamValue)> {
        self.manifest
            .at(&["spec", "params"])
            .map(Tree::items)
            .unwrap_or(&[])
            .iter()
            .filter_map(|p| Some((p.text_at(&["name"])?.to_string(), value_of(p.key("value")?)?)))
            .collect()
    }

    /// Sets a parameter; `None` leaves it to the Pipeline's default.
    pub fn set_param(&mut self, name: &str, value: Option<&ParamValue>) {
        let mut params: Vec<Tree> = self.manifest.at(&["spec", "params"]).map(Tree::items).unwrap_or(&[]).to_vec();
        let found = params.iter().position(|p| p.text_at(&["name"]) == Some(name));
        match (found, value) {
            (Some(index), Some(value)) => params[index].set(&["value"], tree_of(value)),
            (None, Some(value)) => params.push(Tree::map([("name", name.into()), ("value", tree_of(value))])),
            (Some(index), None) => {
                params.remove(index);
            }
            (None, None) => {}
        }
        if params.is_empty() {
            self.manifest.remove(&["spec", "params"]);
        } else {
            self.manifest.set(&["spec", "params"], Tree::List(params));
        }
    }

    /// A workspace's binding as the manifest has it, without its name.
    pub fn workspace(&self, name: &str) -> Option<Tree> {
        let mut found = self
            .manifest
            .at(&["spec", "workspaces"])?
            .items()
            .iter()
            .find(|w| w.text_at(&["name"]) == Some(name))?
            .clone();
        found.remove(&["name"]);
        Some(found)
    }

    /// Binds a workspace from what an operator types: see [`binding`]. Empty text unbinds.
    pub fn set_workspace(&mut self, name: &str, typed: &str) -> Result<(), String> {
        let mut bound: Vec<Tree> = self.manifest.at(&["spec", "workspaces"]).map(Tree::items).unwrap_or(&[]).to_vec();
        let found = bound.iter().position(|w| w.text_at(&["name"]) == Some(name));
        if typed.trim().is_empty() {
            if let Some(index) = found {
                bound.remove(index);
            }
        } else {
            let mut entry = vec![("name".to_string(), name.into())];
            match self.workspace(name) {
                Some(old) if binding_words(&old) == typed.trim() => return Ok(()),
                _ => entry.extend(binding(typed)?),
            }
            match found {
                Some(index) => bound[index] = Tree::Map(entry),
                None => bound.push(Tree::Map(entry)),
            }
        }
        if bound.is_empty() {
            self.manifest.remove(&["spec", "workspaces"]);
        } else {
            self.manifest.set(&["spec", "workspaces"], Tree::List(bound));
        }
        Ok(())
    }

    pub fn service_account(&self) -> Option<&str> {
        self.manifest.text_at(&["spec", "taskRunTemplate", "serviceAccountName"])
    }

    /// Empty text leaves it to the cluster's default.
    pub fn set_service_account(&mut self, name: &str) {
        if name.trim().is_empty() {
            self.manifest.remove(&["spec", "taskRunTemplate", "serviceAccountName"]);
        } else {
            self.manifest.set(&["spec", "taskRunTemplate", "serviceAccountName"], name.trim().into());
        }
    }

    pub fn timeout(&self) -> Option<&str> {
        self.manifest.text_at(&["spec", "timeouts", "pipeline"])
    }

    /// A Go duration such as `4h0m0s`; empty text leaves it to Tekton's default.
    pub fn set_timeout(&mut self, typed: &str) -> Result<(), String> {
        let typed = typed.trim();
        if typed.is_empty() {
            self.manifest.remove(&["spec", "timeouts", "pipeline"]);
            return Ok(());
        }
        match parse_go_duration(typed) {
            Some(_) => {
                self.manifest.set(&["spec", "timeouts", "pipeline"], typed.into());
                Ok(())
            }
            None => Err(format!("`{typed}` is not a duration such as 4h or 1h30m")),
        }
    }

    /// Where a publishing run pushes to: the value of `target-release-stream`.
    pub fn publish_target(&self) -> Option<&str> {
        if !self.publishes {
            return None;
        }
        self.manifest
            .at(&["spec", "params"])?
            .items()
            .iter()
            .find(|p| p.text_at(&["name"]) == Some("target-release-stream"))?
            .text_at(&["value"])
            .filter(|v| !v.is_empty())
    }

    /// Weir's own check of parameters and workspaces against the Pipeline: the field's name and what is wrong.
    pub fn problems(&self, pipeline: &Pipeline) -> Vec<(String, String)> {
        let given = self.params();
        let mut problems = Vec::new();
        for spec in &pipeline.params {
            let value = given.iter().find(|(name, _)| **name == *spec.name).map(|(_, value)| value);
            let name = spec.name.to_string();
            match value {
                None if spec.default.is_none() => problems.push((name, "must be given: it has no default".into())),
                Some(value) if value.kind() != spec.kind => problems
                    .push((name, format!("must be of type {}, this is {}", spec.kind.word(), value.kind().word()))),
                Some(ParamValue::Text(text)) if !spec.choices.is_empty() && !spec.choices.contains(text) => {
                    problems.push((name, format!("must be one of {}", spec.choices.join(", "))))
                }
                Some(ParamValue::Map(map)) => {
                    let missing: Vec<&str> =
                        spec.keys.iter().filter(|k| !map.contains_key(*k)).map(String::as_str).collect();
                    if !missing.is_empty() {
                        problems.push((name, format!("lacks {}", missing.join(", "))));
                    }
                }
                _ => {}
            }
        }
        for workspace in pipeline.workspaces.iter().filter(|w| !w.optional) {
            if self.workspace(&workspace.name).is_none() {
                problems.push((
                    workspace.name.to_string(),
                    "must be bound, e.g. pvc:NAME, secret:NAME, configmap:NAME, emptydir or 10Gi".into(),
                ));
            }
        }
        problems
    }

    /// Parameters that are given and that the Pipeline does not declare (Tekton lets them pass).
    pub fn undeclared(&self, pipeline: &Pipeline) -> Vec<String> {
        self.params()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !pipeline.params.iter().any(|p| *p.name == **name))
            .collect()
    }
}

/// A binding in the operator's words, e.g. `pvc:pipeline-scos-4.19-pvc`.
pub fn binding_words(binding: &Tree) -> String {
    if let Some(claim) = binding.text_at(&["persistentVolumeClaim", "claimName"]) {
        format!("pvc:{claim}")
    } else if let Some(name) = binding.text_at(&["secret", "secretName"]) {
        format!("secret:{name}")
    } else if let Some(name) = binding.text_at(&["configMap", "name"]) {
        format!("configmap:{name}")
    } else if let Some(size) = binding.text_at(&["volumeClaimTemplate", "spec", "resources", "requests", "storage"]) {
        size.to_string()
    } else if binding.key("emptyDir").is_some() {
        "emptydir".into()
    } else {
        binding.entries().first().map(|(key, _)| key.clone()).unwrap_or_default()
    }
}

/// The inverse of [`binding_words`]: `pvc:NAME`, `secret:NAME`, `configmap:NAME`, `emptydir`, or a size for a new volume claim.
pub fn binding(typed: &str) -> Result<Vec<(String, Tree)>, String> {
    let typed = typed.trim();
    let one = |key: &str, value: Tree| Ok(vec![(key.to_string(), value)]);
    match typed.split_once(':') {
        Some(("pvc", name)) if !name.is_empty() => {
            one("persistentVolumeClaim", Tree::map([("claimName", name.into())]))
        }
        Some(("secret", name)) if !name.is_empty() => one("secret", Tree::map([("secretName", name.into())])),
        Some(("configmap", name)) if !name.is_empty() => one("configMap", Tree::map([("name", name.into())])),
        None if typed == "emptydir" => one("emptyDir", Tree::Map(Vec::new())),
        None if typed.starts_with(|c: char| c.is_ascii_digit()) && typed.ends_with(['i', 'G', 'M', 'T']) => one(
            "volumeClaimTemplate",
            Tree::map([(
                "spec",
                Tree::map([
                    ("accessModes", Tree::List(vec!["ReadWriteOnce".into()])),
                    ("resources", Tree::map([("requests", Tree::map([("storage", typed.into())]))])),
                ]),
            )]),
        ),
        _ => Err(format!("`{typed}` is not pvc:NAME, secret:NAME, configmap:NAME, emptydir or a size such as 10Gi")),
    }
}

fn value_of(tree: &Tree) -> Option<ParamValue> {
    let text = |tree: &Tree| match tree {
        Tree::Text(text) => Some(text.clone()),
        Tree::Bool(value) => Some(value.to_string()),
        Tree::Int(value) => Some(value.to_string()),
        Tree::Float(value) => Some(value.to_string()),
        _ => None,
    };
    match tree {
        Tree::List(items) => items.iter().map(text).collect::<Option<_>>().map(ParamValue::List),
        Tree::Map(entries) => {
            entries.iter().map(|(k, v)| Some((k.clone(), text(v)?))).collect::<Option<_>>().map(ParamValue::Map)
        }
        other => text(other).map(ParamValue::Text),
    }
}

fn tree_of(value: &ParamValue) -> Tree {
    match value {
        ParamValue::Text(text) => Tree::Text(text.clone()),
        ParamValue::List(items) => Tree::List(items.iter().map(|i| Tree::Text(i.clone())).collect()),
        ParamValue::Map(items) => Tree::Map(items.iter().map(|(k, v)| (k.clone(), Tree::Text(v.clone()))).collect()),
    }
}

fn generate_name(base: &str) -> String {
    // Kubernetes adds five characters and allows 63 in the labels that carry a run's name.
    let short: String = base.chars().take(50).collect();
    format!("{}-", short.trim_end_matches('-'))
}

fn again_name(object: &Tree, name: &str) -> String {
    if let Some(base) = object.text_at(&["metadata", "generateName"]) {
        return base.to_string();
    }
    generate_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rerun_keeps_the_spec_and_drops_what_servers_wrote() {
        let object = Tree::map([
            ("kind", "PipelineRun".into()),
            (
                "metadata",
                Tree::map([
                    ("name", "build-x1".into()),
                    ("uid", "u".into()),
                    ("labels", Tree::map([("tekton.dev/pipeline", "build".into()), ("team", "okd".into())])),
                    ("annotations", Tree::map([("kubectl.kubernetes.io/last-applied-configuration", "{}".into())])),
                ]),
            ),
            (
                "spec",
                Tree::map([
                    ("pipelineRef", Tree::map([("name", "build".into())])),
                    ("params", Tree::List(vec![Tree::map([("name", "version".into()), ("value", "4.19".into())])])),
                    ("status", "Cancelled".into()),
                    (
                        "taskRunTemplate",
                        Tree::map([("podTemplate", Tree::map([("nodeSelector", Tree::map([("host", "a".into())]))]))]),
                    ),
                ]),
            ),
            ("status", Tree::map([("x", "y".into())])),
        ]);
        let mut new = NewRun::again(&RunId::new("moc", "okd-coreos", "build-x1"), &object, false).expect("a run");
        assert_eq!(new.manifest.at(&["spec", "status"]), None);
        assert_eq!(new.manifest.at(&["status"]), None);
        assert_eq!(
            new.manifest.text_at(&["spec", "taskRunTemplate", "podTemplate", "nodeSelector", "host"]),
            Some("a")
        );
        assert_eq!(new.manifest.text_at(&["metadata", "generateName"]), Some("build-x1-"));
        assert_eq!(new.manifest.at(&["metadata", "labels"]).expect("labels").entries().len(), 1);
        new.set_param("version", Some(&ParamValue::Text("5.0".into())));
        assert_eq!(new.params(), vec![("version".to_string(), ParamValue::Text("5.0".into()))]);
    }

    #[test]
    fn a_binding_reads_back_as_it_was_typed() {
        for typed in ["pvc:data", "secret:s", "configmap:c", "emptydir", "10Gi"] {
            assert_eq!(binding_words(&Tree::Map(binding(typed).expect("binding"))), typed);
        }
        assert!(binding("pvc:").is_err());
        assert!(binding("whatever").is_err());
    }
}
