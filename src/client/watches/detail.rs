//! One run whole: its object, TaskRuns, pods and events, each reflected, told together.

use super::{Folded, Named, Outbox, absent, core_target, fold, task_of, tekton_target};
use crate::reflect::{Decode, Seen, Target, reflect};
use crate::tekton::tasks::WirePod;
use crate::tekton::wire::{Time, nullable};
use crate::tekton::{self, WireRun, clean, pipelines};
use crate::{Client, http};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use weir_domain::detail::{Detail, Event, PodState};
use weir_domain::{Failure, FailureKind, Loaded, News, Run, RunId, TaskRun, Tree};

/// The object both as a row and whole.
struct Whole {
    run: Run,
    object: Tree,
}

impl Named for Whole {
    fn name(&self) -> Arc<str> {
        self.run.id.name.clone()
    }
}

impl Named for PodState {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

struct Happened {
    name: Arc<str>,
    event: Event,
}

impl Named for Happened {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

#[derive(Default)]
struct State {
    whole: BTreeMap<Arc<str>, Whole>,
    tasks: BTreeMap<Arc<str>, TaskRun>,
    pods: BTreeMap<Arc<str>, PodState>,
    events: BTreeMap<Arc<str>, Happened>,
    read: bool,
    tasks_read: bool,
    lost: Option<(Failure, Option<jiff::Timestamp>)>,
    unseen: BTreeMap<&'static str, String>,
}

/// The parts without which there is no picture.
const RUN: &str = "the run";
const TASKS: &str = "its tasks";

struct Board {
    state: Mutex<State>,
    changed: Notify,
}

impl Board {
    fn edit(&self, edit: impl FnOnce(&mut State)) {
        if let Ok(mut state) = self.state.lock() {
            edit(&mut state);
        }
        self.changed.notify_one();
    }
}

pub(super) async fn detail(client: Client, id: RunId, outbox: Outbox) {
    let board = Arc::new(Board { state: Mutex::default(), changed: Notify::new() });
    let namespace = Some(id.namespace.as_str());
    let by_name = format!("fieldSelector={}", http::encoded(&format!("metadata.name={}", id.name)));
    let about = format!("fieldSelector={}", http::encoded(&format!("involvedObject.name={}", id.name)));
    let targets = (
        tekton_target(&client, &id.cluster, namespace, "pipelineruns", by_name),
        tekton_target(&client, &id.cluster, namespace, "taskruns", tekton::of_run(&id.name)),
        core_target(&client, &id, "pods", tekton::of_run(&id.name)),
        core_target(&client, &id, "events", about),
    );
    let (Ok(run), Ok(tasks), Ok(pods), Ok(events)) = targets else {
        let failure = Failure::new(
            FailureKind::Missing,
            format!("cannot read {id}"),
            format!("there is no cluster `{}`", id.cluster),
            "",
        );
        return absent(&outbox, News::Detail(id, Loaded::Missing(failure))).await;
    };
    let cluster = id.cluster.to_string();
    let whole = move |raw: &str| {
        let run = serde_json::from_str::<WireRun>(raw)?.run(&cluster);
        let mut object: Tree = serde_json::from_str(raw)?;
        object.remove(&["metadata", "managedFields"]);
        Ok(Whole { run, object })
    };
    let pod = |raw: &str| serde_json::from_str::<WirePod>(raw).map(WirePod::pod);
    let speak = async {
        loop {
            board.changed.notified().await;
            // Several reflectors move together; one picture is enough.
            tokio::time::sleep(Duration::from_millis(25)).await;
            let news = board.state.lock().ok().and_then(|state| state.news(&id));
            if let Some(news) = news
                && outbox.send(News::Detail(id.clone(), news)).await.is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        () = speak => {}
        () = outbox.closed() => {}
        _ = async { tokio::join!(
            follow(run, Arc::new(whole), &board, RUN, |s| &mut s.whole),
            follow(tasks, Arc::new(task_of), &board, TASKS, |s| &mut s.tasks),
            follow(pods, Arc::new(pod), &board, "its pods", |s| &mut s.pods),
            follow(events, Arc::new(happened), &board, "its events", |s| &mut s.events),
        ) } => {}
    }
}

async fn follow<T: Named + Send + 'static>(
    target: Target,
    decode: Decode<T>,
    board: &Board,
    what: &'static str,
    part: fn(&mut State) -> &mut BTreeMap<Arc<str>, T>,
) {
    loop {
        let mut feed = reflect(target.clone(), decode.clone());
        while let Some(seen) = feed.next().await {
            let complete = matches!(seen, Seen::Complete | Seen::Absent | Seen::Denied(_));
            board.edit(|state| {
                let folded = fold(part(state), seen);
                state.read |= complete && what == RUN;
                state.tasks_read |= complete && what == TASKS;
                match folded {
                    Folded::Same | Folded::Changed => {
                        if what == RUN {
                            state.lost = None;
                        }
                        if complete {
                            state.unseen.remove(what);
                        }
                    }
                    Folded::Lost(failure, retry) if what == RUN => state.lost = Some((failure, retry)),
                    Folded::Lost(..) => {}
                    Folded::Denied(failure) => {
                        if what == RUN {
                            state.lost = Some((failure.clone(), None));
                        }
                        state.unseen.insert(what, failure.why);
                    }
                }
            });
        }
        // Denied: the right may be given meanwhile.
        target.cluster.rest(Duration::from_secs(60)).await;
    }
}

impl State {
    fn news(&self, id: &RunId) -> Option<Loaded<Box<Detail>>> {
        if let Some((failure, retry)) = &self.lost {
            return Some(Loaded::Lost { failure: failure.clone(), retry: *retry });
        }
        if !self.read || !self.tasks_read {
            return None;
        }
        let Some(whole) = self.whole.values().next() else {
            let why = format!("there is no run `{}` in `{}/{}` (any more)", id.name, id.cluster, id.namespace);
            return Some(Loaded::Missing(Failure::new(
                FailureKind::Missing,
                format!("cannot read {}", id.name),
                why,
                "",
            )));
        };
        Some(Loaded::Known(Box::new(self.detail(whole))))
    }

    fn detail(&self, whole: &Whole) -> Detail {
        let empty = Tree::Null;
        let spec = whole.object.key("spec").unwrap_or(&empty);
        let status = whole.object.key("status").unwrap_or(&empty);
        let resolved = status.key("pipelineSpec").or_else(|| spec.key("pipelineSpec")).unwrap_or(&empty);
        let mut tasks: Vec<TaskRun> = self.tasks.values().cloned().collect();
        tasks.sort_by_key(|t| (t.created, t.name.clone()));
        let mut events: Vec<Event> = self.events.values().map(|h| h.event.clone()).collect();
        events.sort_by_key(|e| std::cmp::Reverse(e.last));
        Detail {
            run: whole.run.clone(),
            params: pipelines::values(spec.key("params")),
            workspaces: pipelines::bound(spec),
            declared: pipelines::workspaces(resolved),
            results: pipelines::values(status.key("results")),
            graph: pipelines::graph(resolved),
            skipped: pipelines::skipped(status),
            tasks,
            service_account: spec
                .text_at(&["taskRunTemplate", "serviceAccountName"])
                .or_else(|| spec.text_at(&["serviceAccountName"]))
                .map(clean),
            timeout: spec.text_at(&["timeouts", "pipeline"]).map(clean),
            events,
            pods: self.pods.values().cloned().collect(),
            object: whole.object.clone(),
            unseen: self.unseen.iter().map(|(what, why)| format!("{what}: {why}")).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent {
    #[serde(default, deserialize_with = "nullable")]
    metadata: tekton::wire::Meta,
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(default, deserialize_with = "nullable")]
    reason: String,
    #[serde(default, deserialize_with = "nullable")]
    message: String,
    #[serde(default, deserialize_with = "nullable")]
    count: u32,
    #[serde(default)]
    last_timestamp: Option<Time>,
    #[serde(default)]
    event_time: Option<Time>,
    #[serde(default, deserialize_with = "nullable")]
    involved_object: Involved,
}

#[derive(Default, Deserialize)]
struct Involved {
    #[serde(default, deserialize_with = "nullable")]
    kind: String,
    #[serde(default, deserialize_with = "nullable")]
    name: String,
}

fn happened(raw: &str) -> Result<Happened, serde_json::Error> {
    let wire: WireEvent = serde_json::from_str(raw)?;
    let last = tekton::time(wire.last_timestamp)
        .or(tekton::time(wire.event_time))
        .or(tekton::time(wire.metadata.creation_timestamp));
    let event = Event {
        kind: clean(&wire.kind),
        reason: clean(&wire.reason),
        message: clean(&wire.message),
        object: clean(&format!("{}/{}", wire.involved_object.kind, wire.involved_object.name)),
        count: wire.count.max(1),
        last,
    };
    Ok(Happened { name: clean(&wire.metadata.name), event })
}
