//! A Pipeline: its parameters, workspaces and the graph of its tasks.

use crate::names::PipelineId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParamKind {
    Text,
    List,
    Map,
}

impl ParamKind {
    /// Tekton's word for it.
    pub fn word(self) -> &'static str {
        match self {
            ParamKind::Text => "string",
            ParamKind::List => "array",
            ParamKind::Map => "object",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    Text(String),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

impl ParamValue {
    pub fn kind(&self) -> ParamKind {
        match self {
            ParamValue::Text(_) => ParamKind::Text,
            ParamValue::List(_) => ParamKind::List,
            ParamValue::Map(_) => ParamKind::Map,
        }
    }

    /// What an operator types: text as it is; a list as comma-separated words; an object as `key=value` separated by commas.
    /// A backslash keeps the next character.
    pub fn parse(kind: ParamKind, typed: &str) -> Result<ParamValue, String> {
        match kind {
            ParamKind::Text => Ok(ParamValue::Text(typed.to_string())),
            ParamKind::List => Ok(ParamValue::List(split(typed, ','))),
            ParamKind::Map => split(typed, ',')
                .into_iter()
                .map(|pair| match pair.split_once('=') {
                    Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_string(), value.to_string())),
                    _ => Err(format!("`{pair}` is not key=value")),
                })
                .collect::<Result<_, _>>()
                .map(ParamValue::Map),
        }
    }

    /// The inverse of [`ParamValue::parse`].
    pub fn typed(&self) -> String {
        let quote = |text: &str| text.replace('\\', "\\\\").replace(',', "\\,");
        match self {
            ParamValue::Text(text) => text.clone(),
            ParamValue::List(items) => items.iter().map(|item| quote(item)).collect::<Vec<_>>().join(","),
            ParamValue::Map(items) => {
                items.iter().map(|(k, v)| format!("{}={}", quote(k), quote(v))).collect::<Vec<_>>().join(",")
            }
        }
    }
}

fn split(typed: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = typed.chars();
    while let Some(c) = characters.next() {
        let part = parts.last_mut().expect("begins with one part");
        match c {
            '\\' => part.extend(characters.next()),
            c if c == at => parts.push(String::new()),
            c => part.push(c),
        }
    }
    if parts.len() == 1 && parts[0].is_empty() { Vec::new() } else { parts }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamSpec {
    pub name: Arc<str>,
    pub kind: ParamKind,
    /// `None`: the parameter must be given.
    pub default: Option<ParamValue>,
    /// `enum` of Tekton; empty: any value.
    pub choices: Vec<String>,
    pub description: String,
    /// Keys an object parameter must have.
    pub keys: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSpec {
    pub name: Arc<str>,
    pub optional: bool,
    pub description: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineTask {
    pub name: Arc<str>,
    /// `taskRef.name`; `None` when the task is embedded or resolved elsewhere.
    pub task: Option<Arc<str>>,
    /// The tasks it waits for: `runAfter` and every `$(tasks.X.results…)` it refers to. Sorted, without repeats.
    pub needs: Vec<Arc<str>>,
    pub finally: bool,
    pub retries: u32,
    /// Whether it has `when` expressions, so that it may be skipped.
    pub conditional: bool,
}

/// Tasks in the order of the object, `finally` ones last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    pub id: PipelineId,
    pub description: String,
    pub params: Vec<ParamSpec>,
    pub workspaces: Vec<WorkspaceSpec>,
    pub tasks: Vec<PipelineTask>,
}

/// Tasks whose presence means that a Pipeline publishes what strangers install.
const PUBLISHING_TASKS: [&str; 3] = ["update-release-channel", "mirror-release", "create-github-release"];

impl Pipeline {
    /// Whether a run of it makes something public: it is the wrapper that starts promotions, or one of its tasks publishes.
    pub fn publishes(&self) -> bool {
        &*self.id.name == "cluster-command-pipeline"
            || self.tasks.iter().any(|t| t.task.as_deref().is_some_and(|name| PUBLISHING_TASKS.contains(&name)))
    }
}

/// Task names that make something public the moment they have run, among those of a run's graph.
pub fn publishing(task: &PipelineTask) -> bool {
    task.task.as_deref().is_some_and(|name| PUBLISHING_TASKS.contains(&name))
}

/// The graph in layers: each task stands after all it needs; within a layer the order of the Pipeline.
/// `finally` tasks are the last layer. A cycle or an unknown need (not admitted by Tekton) ends in the first layer that is left.
pub fn layers(tasks: &[PipelineTask]) -> Vec<Vec<usize>> {
    let mut placed: Vec<Option<usize>> = vec![None; tasks.len()];
    let index = |name: &str| tasks.iter().position(|t| &*t.name == name && !t.finally);
    let mut result: Vec<Vec<usize>> = Vec::new();
    loop {
        let layer: Vec<usize> = (0..tasks.len())
            .filter(|&i| placed[i].is_none() && !tasks[i].finally)
            .filter(|&i| tasks[i].needs.iter().filter_map(|n| index(n)).all(|n| n == i || placed[n].is_some()))
            .collect();
        if layer.is_empty() {
            break;
        }
        for &i in &layer {
            placed[i] = Some(result.len());
        }
        result.push(layer);
    }
    let left: Vec<usize> = (0..tasks.len()).filter(|&i| placed[i].is_none() && !tasks[i].finally).collect();
    if !left.is_empty() {
        result.push(left);
    }
    let last: Vec<usize> = (0..tasks.len()).filter(|&i| tasks[i].finally).collect();
    if !last.is_empty() {
        result.push(last);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, needs: &[&str], finally: bool) -> PipelineTask {
        PipelineTask {
            name: name.into(),
            needs: needs.iter().map(|n| Arc::from(*n)).collect(),
            finally,
            ..Default::default()
        }
    }

    #[test]
    fn every_task_stands_after_what_it_needs_and_finally_is_last() {
        let tasks =
            [task("c", &["a", "b"], false), task("notify", &[], true), task("a", &[], false), task("b", &["a"], false)];
        assert_eq!(layers(&tasks), vec![vec![2], vec![3], vec![0], vec![1]]);
    }

    #[test]
    fn a_cycle_loses_no_task() {
        let tasks = [task("a", &["b"], false), task("b", &["a"], false)];
        assert_eq!(layers(&tasks).concat().len(), 2);
    }

    #[test]
    fn typed_values_come_back_as_they_were() {
        for value in [
            ParamValue::Text("a,b".into()),
            ParamValue::List(vec!["a,b".into(), "c\\d".into()]),
            ParamValue::Map([("k".to_string(), "v=1,2".to_string())].into()),
        ] {
            assert_eq!(ParamValue::parse(value.kind(), &value.typed()), Ok(value.clone()));
        }
        assert!(ParamValue::parse(ParamKind::Map, "novalue").is_err());
    }
}
