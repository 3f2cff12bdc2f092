//! A PipelineRun at work: which tasks may start, which are skipped, when it is over.
//!
//! Invariant: a node is waiting, skipped or has a TaskRun; it goes back to waiting only when its TaskRun is deleted.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::child::{Birth, Child, RUN_CANCELLED, RUN_TIMED_OUT, child_name};
use super::events::{self, About};
use super::graph::Tie;
use super::steer::Steer;
use super::substitute::{mentioned, replace, result_of};
use super::{ending, span};
use crate::core::State;
use crate::kind::Kind;

pub(crate) const WHEN: &str = "When Expressions evaluated to false";
const PARENT: &str = "Parent Tasks were skipped";
const RESULTS: &str = "Results were missing";
const STOPPING: &str = "PipelineRun was stopping";
const TASKS_TIMEOUT: &str = "PipelineRun Tasks timeout has been reached";

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) spec: Value,
    pub(crate) pipeline_name: String,
    /// The resolved specification, parameters filled in.
    pub(crate) pipeline: Value,
    /// The tasks of the graph, then those of `finally`.
    pub(crate) nodes: Vec<Node>,
    /// How many of the nodes are in the graph.
    pub(crate) graph: usize,
    pub(crate) labels: Map<String, Value>,
    pub(crate) annotations: Map<String, Value>,
    pub(crate) steer: Steer,
    pub(crate) started: Timestamp,
    pub(crate) finally_started: Option<Timestamp>,
    pub(crate) stop: Option<Stop>,
    pub(crate) condition: Condition,
    pub(crate) completed: Option<Timestamp>,
    /// Indexes of nodes in the order their TaskRuns were made.
    pub(crate) order: Vec<usize>,
    tasks_timed_out: bool,
    /// Everything due up to here is done.
    seen: Timestamp,
    dirty: bool,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// The pipeline task, parameters of the pipeline filled in, results of others not.
    pub(crate) task: Value,
    pub(crate) task_spec: Value,
    pub(crate) ties: Vec<(usize, Tie)>,
    pub(crate) state: NodeState,
    /// `when`, with everything filled in; set when the task starts.
    pub(crate) when: Value,
    /// Annotations of its Task.
    pub(crate) beneath: Value,
}

#[derive(Debug)]
pub(crate) enum NodeState {
    Waiting,
    Skipped(&'static str),
    Has(Box<Child>),
}

/// The three ways to end a run early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Cancelled,
    CancelledRunFinally,
    StoppedRunFinally,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) status: &'static str,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) since: Timestamp,
}

/// All that a run knows when it begins.
pub(crate) struct Beginning {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) spec: Value,
    pub(crate) pipeline_name: String,
    pub(crate) pipeline: Value,
    pub(crate) nodes: Vec<Node>,
    pub(crate) graph: usize,
    pub(crate) labels: Map<String, Value>,
    pub(crate) annotations: Map<String, Value>,
    pub(crate) steer: Steer,
}

impl Node {
    pub(crate) fn child(&self) -> Option<&Child> {
        match &self.state {
            NodeState::Has(child) => Some(child),
            _ => None,
        }
    }

    pub(crate) fn over(&self) -> bool {
        match &self.state {
            NodeState::Waiting => false,
            NodeState::Skipped(_) => true,
            NodeState::Has(child) => child.done(),
        }
    }

    pub(crate) fn ignored(&self) -> bool {
        self.task["onError"] == "continue"
    }

    pub(crate) fn failed(&self) -> bool {
        self.child().and_then(|child| child.fate.as_ref()).is_some_and(|fate| !fate.ok)
    }
}

impl Run {
    pub(crate) fn new(beginning: Beginning, at: Timestamp) -> Run {
        let Beginning { namespace, name, uid, spec, pipeline_name, pipeline, nodes, graph, labels, annotations, steer } =
            beginning;
        let mut run = Run {
            namespace,
            name,
            uid,
            spec,
            pipeline_name,
            pipeline,
            nodes,
            graph,
            labels,
            annotations,
            steer,
            started: at,
            finally_started: None,
            stop: None,
            condition: Condition { status: "Unknown", reason: String::new(), message: String::new(), since: at },
            completed: None,
            order: Vec::new(),
            tasks_timed_out: false,
            seen: at,
            dirty: true,
        };
        run.stop = stop_of(&run.spec);
        run
    }

    pub(crate) fn done(&self) -> bool {
        self.completed.is_some()
    }

    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        if self.done() {
            return None;
        }
        let children = self.nodes.iter().filter_map(|node| node.child()?.next(now));
        children
            .chain(self.deadline("pipeline").filter(|at| *at > now))
            .chain(self.deadline("tasks").filter(|at| *at > now))
            .min()
    }

    pub(crate) fn limit(&self, part: &str) -> Option<SignedDuration> {
        self.spec["timeouts"][part].as_str().and_then(|text| span::parse(text).ok()).filter(|span| span.is_positive())
    }

    fn deadline(&self, part: &str) -> Option<Timestamp> {
        self.limit(part).and_then(|limit| self.started.checked_add(limit).ok())
    }

    /// Does everything that is due up to `now`, each thing at its time, and writes what has become of it.
    pub(crate) fn advance(&mut self, state: &mut State, now: Timestamp) {
        while let Some(due) = self.next(self.seen).filter(|due| *due <= now) {
            self.turn(state, due);
        }
        self.flush(state, now);
    }

    /// Does what is due at `now`.
    pub(crate) fn turn(&mut self, state: &mut State, now: Timestamp) {
        if self.done() {
            return;
        }
        self.seen = now;
        self.dirty = true;
        for node in &mut self.nodes {
            if let NodeState::Has(child) = &mut node.state {
                child.turn(state, now);
            }
        }
        if self.deadline("pipeline").is_some_and(|at| at <= now) && !self.all_over() {
            self.cancel_children(state, now, RUN_TIMED_OUT, true);
            let limit = self.spec["timeouts"]["pipeline"].as_str().unwrap_or_default();
            let message = format!("PipelineRun \"{}\" failed to finish within \"{limit}\"", self.name);
            self.end(state, now, "False", "PipelineRunTimeout", message);
            return;
        }
        match self.stop {
            Some(Stop::Cancelled) => {
                self.cancel_children(state, now, RUN_CANCELLED, true);
                let message = format!("PipelineRun \"{}\" was cancelled", self.name);
                self.end(state, now, "False", "Cancelled", message);
                return;
            }
            Some(Stop::CancelledRunFinally) if self.finally_started.is_none() => {
                self.cancel_children(state, now, RUN_CANCELLED, false);
            }
            _ => {}
        }
        if !self.tasks_timed_out && self.finally_started.is_none() && self.deadline("tasks").is_some_and(|at| at <= now)
        {
            self.tasks_timed_out = self.nodes[..self.graph].iter().any(|node| !node.over());
            self.cancel_children(state, now, RUN_TIMED_OUT, false);
        }
        self.schedule(state, now);
        let (over, condition) = ending::condition(self, now);
        if over {
            self.end(state, now, condition.status, &condition.reason, condition.message);
        } else if (condition.reason.as_str(), condition.message.as_str())
            != (self.condition.reason.as_str(), self.condition.message.as_str())
        {
            if condition.reason != self.condition.reason {
                self.tell(state, now, false, &condition.reason, &condition.message);
            }
            self.condition = condition;
        }
    }

    fn all_over(&self) -> bool {
        self.nodes.iter().all(Node::over)
    }

    fn cancel_children(&mut self, state: &mut State, now: Timestamp, why: &str, finally_too: bool) {
        let upto = if finally_too { self.nodes.len() } else { self.graph };
        for node in &mut self.nodes[..upto] {
            if let NodeState::Has(child) = &mut node.state {
                child.cancel(state, now, why);
            }
        }
    }

    /// Starts and skips until nothing more follows from what is known.
    fn schedule(&mut self, state: &mut State, now: Timestamp) {
        while let Some((at, verdict)) = (0..self.graph).find_map(|at| Some((at, self.verdict(at)?))) {
            self.carry_out(state, now, at, verdict);
        }
        if self.nodes[..self.graph].iter().all(Node::over)
            && self.finally_started.is_none()
            && self.graph < self.nodes.len()
        {
            self.finally_started = Some(now);
            for at in self.graph..self.nodes.len() {
                if !matches!(self.nodes[at].state, NodeState::Waiting) {
                    continue;
                }
                let verdict = self.wanted(at);
                self.carry_out(state, now, at, verdict);
            }
        }
    }

    fn carry_out(&mut self, state: &mut State, now: Timestamp, at: usize, verdict: Result<Value, &'static str>) {
        match verdict {
            Err(reason) => self.nodes[at].state = NodeState::Skipped(reason),
            Ok(task) => {
                let child = self.birth(state, now, at, &task);
                self.nodes[at].when = task["when"].clone();
                self.nodes[at].state = NodeState::Has(Box::new(child));
                self.order.push(at);
            }
        }
    }

    /// What is to be done with a waiting task of the graph now: nothing, skip it, or start it as filled in.
    fn verdict(&self, at: usize) -> Option<Result<Value, &'static str>> {
        let node = &self.nodes[at];
        if !matches!(node.state, NodeState::Waiting) {
            return None;
        }
        let broken =
            self.nodes[..self.graph].iter().any(|node| node.failed() && !node.ignored() && !self.tasks_timed_out);
        if self.tasks_timed_out {
            return Some(Err(TASKS_TIMEOUT));
        }
        if broken {
            return Some(Err(STOPPING));
        }
        match self.stop {
            Some(Stop::CancelledRunFinally) => return Some(Err("PipelineRun was gracefully cancelled")),
            Some(Stop::StoppedRunFinally) => return Some(Err("PipelineRun was gracefully stopped")),
            _ => {}
        }
        if !node.ties.iter().all(|(parent, _)| self.nodes[*parent].over()) {
            return None;
        }
        let orphan = node
            .ties
            .iter()
            .any(|(parent, _)| matches!(self.nodes[*parent].state, NodeState::Skipped(why) if why != WHEN));
        if orphan {
            return Some(Err(PARENT));
        }
        Some(self.wanted(at))
    }

    /// The task with everything filled in, or why it is skipped.
    fn wanted(&self, at: usize) -> Result<Value, &'static str> {
        let node = &self.nodes[at];
        let task = replace(&node.task, &|name| self.variable(name));
        let mut left = Vec::new();
        mentioned(&task["params"], &mut left);
        mentioned(&task["when"], &mut left);
        if left.iter().any(|name| result_of(name).is_some()) {
            return Err(RESULTS);
        }
        let holds = |when: &Value| {
            let among = when["values"].as_array().is_some_and(|values| values.contains(&when["input"]));
            among == (when["operator"] == "in")
        };
        if task["when"].as_array().into_iter().flatten().all(holds) { Ok(task) } else { Err(WHEN) }
    }

    /// `tasks.T.results.R`, `tasks.T.status`, `tasks.status`.
    fn variable(&self, name: &str) -> Option<Value> {
        let find = |task: &str| self.nodes.iter().find(|node| node.name == task);
        if let Some((task, result)) = result_of(name) {
            return find(task)?.child()?.result(result).cloned();
        }
        if name == "tasks.status" {
            return Some(ending::aggregate(self).into());
        }
        let task = name.strip_prefix("tasks.")?.strip_suffix(".status")?;
        let fate = find(task)?.child().and_then(|child| child.fate.as_ref());
        Some(fate.map_or("None", |fate| if fate.ok { "Succeeded" } else { "Failed" }).into())
    }

    fn birth(&self, state: &mut State, now: Timestamp, at: usize, task: &Value) -> Child {
        let node = &self.nodes[at];
        let part = if at < self.graph { "tasks" } else { "finally" };
        let mut labels = self.labels.clone();
        for (key, value) in [
            ("app.kubernetes.io/managed-by", "tekton-pipelines"),
            ("tekton.dev/memberOf", part),
            ("tekton.dev/pipeline", &self.pipeline_name),
            ("tekton.dev/pipelineRun", &self.name),
            ("tekton.dev/pipelineRunUID", &self.uid),
            ("tekton.dev/pipelineTask", &node.name),
        ] {
            labels.insert(key.to_owned(), value.into());
        }
        if let Some(name) = task["taskRef"]["name"].as_str() {
            labels.insert("tekton.dev/task".into(), name.into());
        }
        let mut annotations = self.annotations.clone();
        annotations.insert("pipeline.tekton.dev/release".into(), "v1.6.0".into());
        let mut spec = json!({});
        for member in ["params", "taskRef", "taskSpec", "retries"] {
            if !task[member].is_null() {
                spec[member] = task[member].clone();
            }
        }
        let template = &self.spec["taskRunTemplate"];
        let special = self.spec["taskRunSpecs"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|spec| spec["pipelineTaskName"] == node.name.as_str());
        let pick = |member: &str| {
            special.map(|spec| &spec[member]).filter(|value| !value.is_null()).unwrap_or(&template[member]).clone()
        };
        spec["serviceAccountName"] = pick("serviceAccountName");
        if let pod @ Value::Object(_) = pick("podTemplate") {
            spec["podTemplate"] = pod;
        }
        spec["timeout"] = task["timeout"].as_str().unwrap_or("1h0m0s").into();
        let workspaces = self.workspaces(task);
        if !workspaces.is_empty() {
            spec["workspaces"] = workspaces.into();
        }
        let params = filled_params(&node.task_spec, &spec["params"]);
        let context = |name: &str| match name {
            "context.taskRun.name" => Some(child_name(&self.name, &format!("-{}", node.name)).into()),
            "context.taskRun.namespace" => Some(self.namespace.as_str().into()),
            _ => name
                .strip_prefix("params.")
                .and_then(|name| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())),
        };
        let birth = Birth {
            namespace: self.namespace.clone(),
            name: child_name(&self.name, &format!("-{}", node.name)),
            uid: None,
            labels,
            annotations,
            owner: Some(json!({
                "apiVersion": "tekton.dev/v1",
                "blockOwnerDeletion": true,
                "controller": true,
                "kind": "PipelineRun",
                "name": self.name,
                "uid": self.uid,
            })),
            task_spec: replace(&node.task_spec, &context),
            spec,
            task: node.name.clone(),
            steer: self.steer.clone().beneath(&node.beneath),
        };
        Child::new(state, birth, now)
    }

    /// The run's bindings under the names the task gives them.
    fn workspaces(&self, task: &Value) -> Vec<Value> {
        let bound = |name: &str| self.spec["workspaces"].as_array()?.iter().find(|workspace| workspace["name"] == name);
        let wanted = task["workspaces"].as_array().into_iter().flatten();
        wanted
            .filter_map(|wish| {
                let own = wish["name"].as_str()?;
                let mut binding = bound(wish["workspace"].as_str().unwrap_or(own))?.clone();
                binding["name"] = own.into();
                if let Some(path) = wish["subPath"].as_str() {
                    binding["subPath"] = path.into();
                }
                Some(binding)
            })
            .collect()
    }

    /// The TaskRun of that name was deleted; whether it was one of this run.
    pub(crate) fn forget(&mut self, name: &str) -> bool {
        let Some(at) = self.nodes.iter().position(|node| node.child().is_some_and(|child| child.name == name)) else {
            return false;
        };
        self.nodes[at].state = NodeState::Waiting;
        self.order.retain(|known| *known != at);
        if at >= self.graph {
            self.finally_started = None;
        }
        true
    }

    /// `spec.status` as it stands now, after somebody wrote to the run.
    pub(crate) fn asked(&mut self, spec: &Value) {
        let stop = stop_of(spec);
        if stop != self.stop {
            self.spec["status"] = spec["status"].clone();
            self.stop = stop;
        }
    }

    pub(crate) fn end(
        &mut self,
        state: &mut State,
        now: Timestamp,
        status: &'static str,
        reason: &str,
        message: String,
    ) {
        let word = if status == "True" { "Succeeded" } else { "Failed" };
        self.tell(state, now, status != "True", word, &message);
        self.condition = Condition { status, reason: reason.to_owned(), message, since: now };
        self.completed = Some(now);
        self.dirty = true;
    }

    /// Writes what has changed; the children first, as the controller does.
    fn flush(&mut self, state: &mut State, now: Timestamp) {
        for node in &mut self.nodes {
            if let NodeState::Has(child) = &mut node.state {
                child.flush(state, now);
            }
        }
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let Some(held) = state.store.get(Kind::PipelineRun, &self.namespace, &self.name) else { return };
        let before = held.value(Kind::PipelineRun);
        let mut value = before.clone();
        value["metadata"]["labels"]["tekton.dev/pipeline"] = self.pipeline_name.as_str().into();
        value["status"] = ending::status(self);
        if value != before {
            state.store.put(Kind::PipelineRun, value);
        }
    }

    fn tell(&self, state: &mut State, at: Timestamp, warning: bool, reason: &str, message: &str) {
        let about = About { kind: Kind::PipelineRun, namespace: &self.namespace, name: &self.name, uid: &self.uid };
        events::tell(state, about, at, warning, reason, message);
    }
}

/// The parameters of a task: what is given, else what the task says itself.
pub(crate) fn filled_params(spec: &Value, given: &Value) -> Vec<(String, Value)> {
    spec["params"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|param| {
            let name = param["name"].as_str()?;
            let given =
                given.as_array().into_iter().flatten().find(|given| given["name"] == name).map(|given| &given["value"]);
            let value = given.or_else(|| Some(&param["default"]).filter(|default| !default.is_null()))?;
            Some((name.to_owned(), value.clone()))
        })
        .collect()
}

fn stop_of(spec: &Value) -> Option<Stop> {
    match spec["status"].as_str()? {
        "Cancelled" => Some(Stop::Cancelled),
        "CancelledRunFinally" => Some(Stop::CancelledRunFinally),
        "StoppedRunFinally" => Some(Stop::StoppedRunFinally),
        _ => None,
    }
}
