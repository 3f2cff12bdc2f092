//! A Pipeline: `pipelines`.

use super::filled;
use serde::Serialize;
use weir_domain::{ParamValue, PipelineTask};

#[derive(Debug, Serialize)]
pub struct Pipeline<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    pub cluster: &'a str,
    pub description: Option<&'a str>,
    /// A run of it makes something public.
    pub publishes: bool,
    pub params: Vec<Param<'a>>,
    pub workspaces: Vec<Workspace<'a>>,
    /// In the order of the object, `finally` ones last.
    pub tasks: Vec<Task<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Param<'a> {
    pub name: &'a str,
    /// `string`, `array` or `object`.
    pub kind: &'static str,
    /// It has no default.
    pub required: bool,
    pub default: Option<ParamValue>,
    /// Empty: any value.
    pub choices: &'a [String],
    pub description: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct Workspace<'a> {
    pub name: &'a str,
    pub optional: bool,
    pub description: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct Task<'a> {
    pub name: &'a str,
    /// The Task it refers to.
    pub task: Option<&'a str>,
    pub needs: Vec<&'a str>,
    pub finally: bool,
    pub retries: u32,
    /// It may be skipped.
    pub conditional: bool,
}

impl<'a> Pipeline<'a> {
    pub fn of(pipeline: &'a weir_domain::Pipeline) -> Pipeline<'a> {
        Pipeline {
            name: &pipeline.id.name,
            namespace: pipeline.id.namespace.as_str(),
            cluster: pipeline.id.cluster.as_str(),
            description: filled(&pipeline.description),
            publishes: pipeline.publishes(),
            params: pipeline.params.iter().map(Param::of).collect(),
            workspaces: pipeline
                .workspaces
                .iter()
                .map(|w| Workspace { name: &w.name, optional: w.optional, description: filled(&w.description) })
                .collect(),
            tasks: pipeline.tasks.iter().map(Task::of).collect(),
        }
    }
}

impl<'a> Param<'a> {
    fn of(spec: &'a weir_domain::ParamSpec) -> Param<'a> {
        Param {
            name: &spec.name,
            kind: spec.kind.word(),
            required: spec.default.is_none(),
            default: spec.default.as_ref().map(|value| without_secrets(&spec.name, value)),
            choices: &spec.choices,
            description: filled(&spec.description),
        }
    }
}

fn without_secrets(name: &str, value: &ParamValue) -> ParamValue {
    let shown = |name: &str, text: &str| weir_domain::secret::shown(name, text).into_owned();
    match value {
        ParamValue::Text(text) => ParamValue::Text(shown(name, text)),
        ParamValue::List(items) => ParamValue::List(items.iter().map(|item| shown(name, item)).collect()),
        ParamValue::Map(items) => {
            ParamValue::Map(items.iter().map(|(key, value)| (key.clone(), shown(key, value))).collect())
        }
    }
}

impl<'a> Task<'a> {
    fn of(task: &'a PipelineTask) -> Task<'a> {
        Task {
            name: &task.name,
            task: task.task.as_deref(),
            needs: task.needs.iter().map(|n| &**n).collect(),
            finally: task.finally,
            retries: task.retries,
            conditional: task.conditional,
        }
    }
}
