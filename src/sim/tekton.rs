//! The controller: takes created PipelineRuns and TaskRuns through their lives as Tekton does.
//!
//! Invariant: time enters only as an argument, so history that lies days back and the run somebody watches are made
//! by the same code. What is due earlier is done earlier.

pub(crate) mod admission;
pub(crate) mod attempt;
pub(crate) mod child;
mod effects;
mod ending;
mod events;
mod graph;
mod late;
mod paper;
mod resolve;
mod results;
mod run;
mod scheduler;
mod span;
pub(crate) mod steer;
mod substitute;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::stamp;
use crate::core::{Core, State};
use crate::kind::Kind;
use crate::table::condition;
use child::{Birth, Child};
use resolve::Resolved;
use run::Run;
pub(crate) use run::filled_params;
use steer::Steer;

#[derive(Debug, Default)]
pub(crate) struct Tekton {
    runs: BTreeMap<(String, String), Run>,
    lone: BTreeMap<(String, String), Child>,
    /// Objects somebody wrote since the last turn.
    touched: Vec<(Kind, String, String)>,
    /// When the world began: what is due before took its real time.
    epoch: Timestamp,
}

impl Tekton {
    pub(crate) fn touched(&mut self, kind: Kind, namespace: &str, name: &str) {
        self.touched.push((kind, namespace.to_owned(), name.to_owned()));
    }

    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let runs = self.runs.values().filter_map(|run| run.next(now));
        runs.chain(self.lone.values().filter_map(|child| child.next(now))).min()
    }

    /// Everything that is due up to `now`.
    fn advance(&mut self, state: &mut State, now: Timestamp) {
        for run in self.runs.values_mut() {
            run.advance(state, now);
        }
        for child in self.lone.values_mut() {
            child.advance(state, now);
        }
        self.runs.retain(|_, run| !run.done());
        self.lone.retain(|_, child| !child.done());
    }
}

impl State {
    pub(crate) fn tekton_epoch(&self) -> Timestamp {
        self.tekton.epoch
    }

    /// Sets when the world began.
    pub(crate) fn begin_at(&mut self, epoch: Timestamp) {
        self.tekton.epoch = epoch;
    }

    /// Does all that is due up to `now`; the next moment something will be.
    pub(crate) fn turn(&mut self, now: Timestamp) -> Option<Timestamp> {
        let epoch = self.tekton.epoch;
        let mut tekton = std::mem::take(&mut self.tekton);
        self.tekton.epoch = epoch;
        for (kind, namespace, name) in std::mem::take(&mut tekton.touched) {
            self.attend(&mut tekton, kind, (namespace, name), now);
        }
        tekton.advance(self, now);
        let next = tekton.next(now).into_iter().chain(self.reconcile(now)).min();
        tekton.touched.append(&mut self.tekton.touched);
        self.tekton = tekton;
        next
    }

    /// Takes a PipelineRun of the story, created at `at`, as far as it has come by `now`.
    pub(crate) fn tell_run(&mut self, value: Value, wishes: &[(&str, &str)], at: Timestamp, now: Timestamp) {
        let object = self.create(Kind::PipelineRun, value, at);
        let key = (object.namespace.to_string(), object.name.to_string());
        let epoch = self.tekton.epoch;
        let mut tekton = Tekton { epoch, ..Tekton::default() };
        let whole = object.value(Kind::PipelineRun);
        if whole["spec"]["status"] == "PipelineRunPending" {
            self.pend(&whole, at);
            return;
        }
        self.start(&mut tekton, whole, wishes, at);
        if let Some(run) = tekton.runs.get_mut(&key) {
            run.advance(self, now);
        }
        tekton.runs.retain(|_, run| !run.done());
        self.tekton.runs.append(&mut tekton.runs);
    }

    /// As `tell_run`, but somebody asked the run to stop at `asked`.
    pub(crate) fn tell_stopped(
        &mut self,
        value: Value,
        wishes: &[(&str, &str)],
        at: Timestamp,
        (how, asked): (&str, Timestamp),
        now: Timestamp,
    ) {
        let (namespace, name) = (value["metadata"]["namespace"].clone(), value["metadata"]["name"].clone());
        let key = (namespace.as_str().unwrap_or_default().to_owned(), name.as_str().unwrap_or_default().to_owned());
        self.tell_run(value, wishes, at, asked);
        let Some(held) = self.store.get(Kind::PipelineRun, &key.0, &key.1) else { return };
        let mut value = held.value(Kind::PipelineRun);
        value["spec"]["status"] = how.into();
        value["metadata"]["generation"] = json!(2);
        let spec = value["spec"].clone();
        self.store.put(Kind::PipelineRun, value);
        let Some(mut run) = self.tekton.runs.remove(&key) else { return };
        run.asked(&spec);
        run.turn(self, asked);
        run.advance(self, now);
        if !run.done() {
            self.tekton.runs.insert(key, run);
        }
    }

    /// Looks at one object that somebody created, changed or deleted.
    fn attend(&mut self, tekton: &mut Tekton, kind: Kind, key: (String, String), now: Timestamp) {
        let held = self.store.get(kind, &key.0, &key.1).map(|object| object.value(kind));
        let Some(value) = held else {
            if kind == Kind::PipelineRun {
                tekton.runs.remove(&key);
                return;
            }
            tekton.lone.remove(&key);
            // A run whose TaskRun is gone makes it again, also a finished one: what its tasks said is forgotten.
            let owner =
                tekton.runs.values_mut().find_map(|run| (run.namespace == key.0 && run.forget(&key.1)).then_some(run));
            if let Some(run) = owner {
                run.turn(self, now);
                run.advance(self, now);
            }
            return;
        };
        let over =
            condition(&value["status"], "Succeeded")["status"].as_str().is_some_and(|status| status != "Unknown");
        if over {
            return;
        }
        if kind == Kind::TaskRun {
            self.attend_task(tekton, value, key, now);
            return;
        }
        if let Some(run) = tekton.runs.get_mut(&key) {
            // A run of this name that was deleted and made again is another run.
            if value["metadata"]["uid"] == run.uid.as_str() {
                run.asked(&value["spec"]);
                run.turn(self, now);
                run.advance(self, now);
                return;
            }
            tekton.runs.remove(&key);
        }
        match value["spec"]["status"].as_str() {
            Some("PipelineRunPending") => self.pend(&value, now),
            _ => self.start(tekton, value, &[], now),
        }
    }

    fn attend_task(&mut self, tekton: &mut Tekton, value: Value, key: (String, String), now: Timestamp) {
        let cancelled = value["spec"]["status"] == "TaskRunCancelled";
        let owner =
            value["metadata"]["ownerReferences"][0]["name"].as_str().map(|name| (key.0.clone(), name.to_owned()));
        if let Some(run) = owner.and_then(|owner| tekton.runs.get_mut(&owner)) {
            if cancelled {
                for node in &mut run.nodes {
                    if let run::NodeState::Has(child) = &mut node.state
                        && child.name == key.1
                    {
                        child.cancel(self, now, "");
                    }
                }
                run.turn(self, now);
                run.advance(self, now);
            }
            return;
        }
        let child = match tekton.lone.remove(&key) {
            Some(child) => Some(child),
            None => self.start_task(&value, now),
        };
        if let Some(mut child) = child {
            if cancelled {
                child.cancel(self, now, "");
            }
            child.advance(self, now);
            tekton.lone.insert(key, child);
        }
    }

    /// A TaskRun that stands alone.
    fn start_task(&mut self, value: &Value, now: Timestamp) -> Option<Child> {
        let text = |member: &str| value["metadata"][member].as_str().unwrap_or_default().to_owned();
        let map = |member: &str| value["metadata"][member].as_object().cloned().unwrap_or_default();
        let (namespace, name) = (text("namespace"), text("name"));
        let task_spec = match resolve::task_spec(self, &namespace, &value["spec"]) {
            Ok(spec) => spec,
            Err(why) => {
                let mut failed = value.clone();
                failed["status"] = json!({
                    "conditions": [{
                        "type": "Succeeded",
                        "status": "False",
                        "reason": "TaskRunResolutionFailed",
                        "message": why,
                        "lastTransitionTime": stamp(now),
                    }],
                    "startTime": stamp(now),
                    "completionTime": stamp(now),
                });
                self.store.put(Kind::TaskRun, failed);
                return None;
            }
        };
        let mut labels = map("labels");
        labels.insert("app.kubernetes.io/managed-by".into(), "tekton-pipelines".into());
        if let Some(name) = value["spec"]["taskRef"]["name"].as_str() {
            labels.insert("tekton.dev/task".into(), name.into());
        }
        let birth = Birth {
            name,
            uid: Some(text("uid")),
            labels,
            annotations: map("annotations"),
            owner: None,
            spec: value["spec"].clone(),
            task_spec,
            task: String::new(),
            steer: Steer::of(&value["metadata"]["annotations"]),
            namespace,
        };
        Some(Child::new(self, birth, now))
    }

    fn pend(&mut self, value: &Value, now: Timestamp) {
        if condition(&value["status"], "Succeeded")["reason"] == "PipelineRunPending" {
            return;
        }
        let mut value = value.clone();
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        value["status"] = json!({"conditions": [{
            "lastTransitionTime": stamp(now),
            "message": format!("PipelineRun \"{name}\" is pending"),
            "reason": "PipelineRunPending",
            "status": "Unknown",
            "type": "Succeeded",
        }]});
        if let Some(pipeline) = value["spec"]["pipelineRef"]["name"].as_str().map(ToOwned::to_owned) {
            value["metadata"]["labels"]["tekton.dev/pipeline"] = pipeline.into();
        }
        self.store.put(Kind::PipelineRun, value);
    }

    fn start(&mut self, tekton: &mut Tekton, value: Value, wishes: &[(&str, &str)], now: Timestamp) {
        let key = |run: &Run| (run.namespace.clone(), run.name.clone());
        let mut run = match resolve::run(self, &value, wishes) {
            Resolved::Ready(beginning) => Run::new(*beginning, now),
            Resolved::Refused { beginning, reason, message } => {
                let mut run = Run::new(*beginning, now);
                run.end(self, now, "False", reason, message);
                run.advance(self, now);
                return;
            }
        };
        run.turn(self, now);
        run.advance(self, now);
        if !run.done() {
            tekton.runs.insert(key(&run), run);
        }
    }
}

/// Works for as long as the cluster lives.
pub(crate) async fn control(core: Arc<Core>) {
    tokio::join!(late::fill(core.clone()), work(core));
}

async fn work(core: Arc<Core>) {
    let mut told = core.state().releases.changes();
    loop {
        told.mark_unchanged();
        let next = core.state().turn(core.clock.now());
        let wait = async {
            match next {
                Some(next) => core.clock.reach(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = core.written.notified() => {}
            Ok(()) = told.changed(), if core.releasing => {}
        }
    }
}
