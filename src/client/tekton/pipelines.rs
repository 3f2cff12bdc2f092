//! Pipelines and the graph in a run's status, read from whole objects.

use super::clean;
use super::wire::param_value;
use std::sync::Arc;
use weir_domain::detail::{Bound, SkippedTask};
use weir_domain::form::binding_words;
use weir_domain::{ParamKind, ParamSpec, Pipeline, PipelineId, PipelineTask, Tree, WorkspaceSpec, secret, text};

fn owned(tree: Option<&str>) -> String {
    secret::line(tree.unwrap_or_default())
}

/// A Pipeline from its whole object.
pub fn pipeline(object: &Tree, cluster: &str) -> Pipeline {
    let empty = Tree::Null;
    let spec = object.key("spec").unwrap_or(&empty);
    let name = |key: &str| object.text_at(&["metadata", key]).unwrap_or_default();
    Pipeline {
        id: PipelineId::new(cluster, name("namespace"), name("name")),
        description: owned(spec.text_at(&["description"])),
        params: spec.key("params").map(Tree::items).unwrap_or(&[]).iter().filter_map(param).collect(),
        workspaces: workspaces(spec),
        tasks: graph(spec),
    }
}

fn param(tree: &Tree) -> Option<ParamSpec> {
    let default = tree.key("default").and_then(param_value);
    let kind = match tree.text_at(&["type"]) {
        Some("array") => ParamKind::List,
        Some("object") => ParamKind::Map,
        Some(_) => ParamKind::Text,
        None => default.as_ref().map_or(ParamKind::Text, |value| value.kind()),
    };
    let texts = |tree: Option<&Tree>| {
        tree.map(Tree::items).unwrap_or(&[]).iter().filter_map(|t| t.text().map(str::to_string)).collect()
    };
    Some(ParamSpec {
        name: clean(tree.text_at(&["name"])?),
        kind,
        default,
        choices: texts(tree.key("enum")),
        description: owned(tree.text_at(&["description"])),
        keys: tree.key("properties").map(Tree::entries).unwrap_or(&[]).iter().map(|(key, _)| key.clone()).collect(),
    })
}

/// The workspaces a Pipeline (or a run's resolved spec) declares.
pub fn workspaces(spec: &Tree) -> Vec<WorkspaceSpec> {
    let one = |tree: &Tree| {
        Some(WorkspaceSpec {
            name: clean(tree.text_at(&["name"])?),
            optional: tree.key("optional") == Some(&Tree::Bool(true)),
            description: owned(tree.text_at(&["description"])),
        })
    };
    spec.key("workspaces").map(Tree::items).unwrap_or(&[]).iter().filter_map(one).collect()
}

/// The tasks of a Pipeline's spec, `finally` last, with all they wait for.
pub fn graph(spec: &Tree) -> Vec<PipelineTask> {
    let part = |key: &str, finally: bool| -> Vec<PipelineTask> {
        spec.key(key).map(Tree::items).unwrap_or(&[]).iter().filter_map(|tree| task(tree, finally)).collect()
    };
    let mut all = part("tasks", false);
    all.extend(part("finally", true));
    all
}

fn task(tree: &Tree, finally: bool) -> Option<PipelineTask> {
    let mut needs: Vec<Arc<str>> =
        tree.key("runAfter").map(Tree::items).unwrap_or(&[]).iter().filter_map(|t| t.text().map(clean)).collect();
    if !finally {
        for key in ["params", "when", "matrix"] {
            if let Some(part) = tree.key(key) {
                references(part, &mut needs);
            }
        }
    }
    needs.sort();
    needs.dedup();
    Some(PipelineTask {
        name: clean(tree.text_at(&["name"])?),
        task: tree.text_at(&["taskRef", "name"]).map(clean),
        needs,
        finally,
        retries: match tree.key("retries") {
            Some(Tree::Int(n)) => u32::try_from(*n).unwrap_or(0),
            _ => 0,
        },
        conditional: tree.key("when").is_some_and(|w| !w.items().is_empty()),
    })
}

/// Every `$(tasks.NAME.results…)` and `$(tasks.NAME.outputs…)` in any text below.
fn references(tree: &Tree, found: &mut Vec<Arc<str>>) {
    match tree {
        Tree::Text(text) => {
            let mut rest = text.as_str();
            while let Some(at) = rest.find("$(tasks.") {
                rest = &rest[at + 8..];
                let Some(end) = rest.find(')') else { return };
                let inside = &rest[..end];
                if let Some((name, after)) = inside.split_once('.')
                    && (after.starts_with("results") || after.starts_with("outputs"))
                {
                    found.push(clean(name));
                }
                rest = &rest[end..];
            }
        }
        Tree::List(items) => items.iter().for_each(|item| references(item, found)),
        Tree::Map(entries) => entries.iter().for_each(|(_, value)| references(value, found)),
        _ => {}
    }
}

pub fn skipped(status: &Tree) -> Vec<SkippedTask> {
    let one = |tree: &Tree| {
        Some(SkippedTask {
            name: clean(tree.text_at(&["name"])?),
            reason: clean(tree.text_at(&["reason"]).unwrap_or_default()),
        })
    };
    status.key("skippedTasks").map(Tree::items).unwrap_or(&[]).iter().filter_map(one).collect()
}

pub fn bound(spec: &Tree) -> Vec<Bound> {
    let one = |tree: &Tree| {
        let name = clean(tree.text_at(&["name"])?);
        let mut binding = tree.clone();
        binding.remove(&["name"]);
        Some(Bound { name, to: owned(Some(&binding_words(&binding))) })
    };
    spec.key("workspaces").map(Tree::items).unwrap_or(&[]).iter().filter_map(one).collect()
}

/// Names and values of a list of parameters or results, as they may be shown.
pub fn values(tree: Option<&Tree>) -> Vec<(Arc<str>, String)> {
    let one = |tree: &Tree| {
        let name = tree.text_at(&["name"])?;
        let value = tree.key("value").and_then(param_value).map(|v| weir_domain::run::shown(&v)).unwrap_or_default();
        Some((clean(name), secret::shown(name, &text::clean_line(&value)).into_owned()))
    };
    tree.map(Tree::items).unwrap_or(&[]).iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_waits_for_what_it_names_and_for_the_results_it_uses() {
        let spec: Tree = serde_json::from_str(
            r#"{"tasks":[{"name":"c","runAfter":["a"],"params":[{"name":"x","value":"$(tasks.b.results.y) $(tasks.d.status)"}],"when":[{"input":"$(tasks.e.results.z)"}]}],
                "finally":[{"name":"f","params":[{"name":"x","value":"$(tasks.b.results.y)"}]}]}"#,
        )
        .expect("json");
        let tasks = graph(&spec);
        assert_eq!(tasks[0].needs, ["a", "b", "e"].map(Arc::from));
        assert!(tasks[1].finally && tasks[1].needs.is_empty());
    }
}
