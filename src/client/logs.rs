//! Step logs: follows every container of a run, a task or a step, survives lost connections without losing or repeating a line,
//! and says when a log is gone. Lines are cleaned and redacted here, before anybody sees them.

mod reader;
mod stamp;

use crate::Client;
use crate::cluster::{Cluster, Session};
use crate::http;
use crate::reflect::{Seen, reflect};
use crate::tekton::{WireRun, of_run, pipelines};
use crate::watches::{Folded, Named, Outbox, absent, fold, task_of, tekton_target};
use reader::Reader;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::pipeline::{PipelineTask, layers};
use weir_domain::{Failure, FailureKind, News, RunId, Status, TaskRun, Tree};

/// One container whose output belongs to the log.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub source: Source,
    pub pod: Arc<str>,
    pub container: Arc<str>,
}

/// How many running containers are followed at once.
const FOLLOWED: usize = 64;

/// A run's row and graph, as far as a log needs them.
struct Ground {
    name: Arc<str>,
    status: Status,
    graph: Vec<PipelineTask>,
}

impl Named for Ground {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

/// What the reflectors know, shared with the readers.
#[derive(Default)]
struct Known {
    ground: BTreeMap<Arc<str>, Ground>,
    tasks: BTreeMap<Arc<str>, TaskRun>,
    run_read: bool,
    tasks_read: bool,
}

pub(crate) struct Board {
    known: Mutex<Known>,
    changed: Notify,
    counter: tokio::sync::watch::Sender<u64>,
}

impl Board {
    fn edit<R>(&self, edit: impl FnOnce(&mut Known) -> R) -> Option<R> {
        let result = self.known.lock().ok().map(|mut known| edit(&mut known));
        self.counter.send_modify(|n| *n += 1);
        self.changed.notify_one();
        result
    }

    fn look<R>(&self, look: impl FnOnce(&Known) -> R) -> Option<R> {
        self.known.lock().ok().map(|known| look(&known))
    }

    /// How a container's step stands, and in words how it ended.
    pub fn ended(&self, container: &Container) -> Option<(Status, String, Option<jiff::Timestamp>)> {
        self.look(|known| {
            let task = known.tasks.values().find(|t| t.attempts.iter().any(|a| a.pod == container.pod))?;
            let attempt = task.attempts.iter().find(|a| a.pod == container.pod)?;
            let step = attempt.steps.iter().find(|s| s.container == container.container)?;
            match &step.state {
                weir_domain::StepState::Ended { .. } => {
                    let words = if step.status() == Status::Skipped {
                        "was skipped".to_string()
                    } else {
                        weir_domain::why::step_end(step)
                    };
                    Some((step.status(), words, step.finished))
                }
                _ if attempt.status.finished() => {
                    Some((attempt.status, format!("ended with its task: {}", attempt.reason), attempt.finished))
                }
                _ => None,
            }
        })?
    }

    /// Why a container has not begun, in words; `None` when it has.
    pub fn waits(&self, container: &Container) -> Option<String> {
        self.look(|known| {
            let attempt = known.tasks.values().flat_map(|t| &t.attempts).find(|a| a.pod == container.pod)?;
            let step = attempt.steps.iter().find(|s| s.container == container.container)?;
            match &step.state {
                weir_domain::StepState::Waiting { reason, .. } if reason.is_empty() && !attempt.message.is_empty() => {
                    Some(weir_domain::why::pod_words(&attempt.message).to_string())
                }
                weir_domain::StepState::Waiting { .. } => Some(weir_domain::why::step_end(step)),
                _ => None,
            }
        })?
    }

    /// Rings whenever something was learned.
    pub fn rings(&self) -> tokio::sync::watch::Receiver<u64> {
        self.counter.subscribe()
    }
}

/// The containers of a log in their order: layers of the graph, then attempts, then steps; `finally` last.
fn containers(part: &LogPart, graph: &[PipelineTask], tasks: &BTreeMap<Arc<str>, TaskRun>) -> Vec<Container> {
    let order: Vec<usize> = layers(graph).concat();
    let place = |task: &TaskRun| {
        let index = graph.iter().position(|t| t.name == task.task);
        let place = index.and_then(|i| order.iter().position(|&o| o == i));
        place.unwrap_or(if task.finally { 3_000 } else { 2_000 })
    };
    let mut sorted: Vec<&TaskRun> = tasks.values().collect();
    sorted.sort_by_key(|t| (place(t), t.created, t.name.clone()));
    let mut all = Vec::new();
    for (number, task) in sorted.into_iter().enumerate() {
        let wanted = match part {
            LogPart::Whole => true,
            LogPart::Task(name) | LogPart::Step(name, _) => task.task == *name,
        };
        if !wanted {
            continue;
        }
        for (attempt_number, attempt) in task.attempts.iter().enumerate() {
            if attempt.pod.is_empty() {
                continue;
            }
            for (step_number, step) in attempt.steps.iter().enumerate() {
                if matches!(part, LogPart::Step(_, name) if *name != step.name) {
                    continue;
                }
                let small = |n: usize, most: usize| u32::try_from(n.min(most)).unwrap_or(0);
                let order = small(number, 9_999) * 10_000 + small(attempt_number, 99) * 100 + small(step_number, 99);
                all.push(Container {
                    source: Source {
                        order,
                        task: task.task.clone(),
                        attempt: small(attempt_number, 99),
                        step: step.name.clone(),
                    },
                    pod: attempt.pod.clone(),
                    container: step.container.clone(),
                });
            }
        }
    }
    all
}

fn ground_of(raw: &str, cluster: &str) -> Result<Ground, serde_json::Error> {
    let run = serde_json::from_str::<WireRun>(raw)?.run(cluster);
    let object: Tree = serde_json::from_str(raw)?;
    let resolved = object.at(&["status", "pipelineSpec"]).or_else(|| object.at(&["spec", "pipelineSpec"]));
    Ok(Ground {
        name: run.id.name.clone(),
        status: run.status,
        graph: resolved.map(pipelines::graph).unwrap_or_default(),
    })
}

pub(crate) async fn follow(client: Client, id: LogId, outbox: Outbox) {
    let run = id.run.clone();
    let by_name = format!("fieldSelector={}", http::encoded(&format!("metadata.name={}", run.name)));
    let namespace = Some(run.namespace.as_str());
    let targets = (
        tekton_target(&client, &run.cluster, namespace, "pipelineruns", by_name),
        tekton_target(&client, &run.cluster, namespace, "taskruns", of_run(&run.name)),
    );
    let (Ok(runs), Ok(tasks)) = targets else {
        let failure = Failure::new(
            FailureKind::Missing,
            format!("cannot read the log of {run}"),
            format!("there is no cluster `{}`", run.cluster),
            "",
        );
        return absent(&outbox, News::Log(id, LogNews::Lost(failure))).await;
    };
    let board = Arc::new(Board {
        known: Mutex::default(),
        changed: Notify::new(),
        counter: tokio::sync::watch::Sender::new(0),
    });
    let cluster_name = run.cluster.to_string();
    let watch_run = async {
        let mut feed = reflect(runs, Arc::new(move |raw: &str| ground_of(raw, &cluster_name)));
        while let Some(seen) = feed.next().await {
            let complete = matches!(seen, Seen::Complete | Seen::Absent);
            let folded = board.edit(|known| {
                known.run_read |= complete;
                fold(&mut known.ground, seen)
            });
            if let Some(Folded::Denied(failure)) = folded {
                return absent(&outbox, News::Log(id.clone(), LogNews::Lost(failure))).await;
            }
        }
    };
    let watch_tasks = async {
        let mut away = false;
        let mut feed = reflect(tasks, Arc::new(task_of));
        while let Some(seen) = feed.next().await {
            let complete = matches!(seen, Seen::Complete | Seen::Absent);
            let folded = board.edit(|known| {
                known.tasks_read |= complete;
                fold(&mut known.tasks, seen)
            });
            let news = match folded {
                Some(Folded::Denied(failure)) => {
                    return absent(&outbox, News::Log(id.clone(), LogNews::Lost(failure))).await;
                }
                Some(Folded::Lost(failure, _)) => {
                    away = true;
                    LogNews::Lost(failure)
                }
                Some(Folded::Changed) if away => {
                    away = false;
                    LogNews::Back
                }
                _ => continue,
            };
            if outbox.send(News::Log(id.clone(), news)).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = watch_run => {}
        () = watch_tasks => {}
        () = readers(&client, &id, &board, &outbox) => {}
        () = outbox.closed() => {}
    }
}

/// Starts a reader for each container as it appears; containers that have ended are read one after another, in order.
async fn readers(client: &Client, id: &LogId, board: &Arc<Board>, outbox: &Outbox) {
    let mut begun: BTreeSet<(Arc<str>, Arc<str>)> = BTreeSet::new();
    let mut set = tokio::task::JoinSet::new();
    let (one, many) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(FOLLOWED)));
    let mut complete = false;
    let mut told = false;
    loop {
        let picture = board.look(|known| {
            let ground = known.ground.values().next();
            let empty = Vec::new();
            let list = containers(&id.part, ground.map_or(&empty, |g| &g.graph), &known.tasks);
            (list, ground.map(|g| g.status), known.run_read && known.tasks_read)
        });
        let Some((list, status, read)) = picture else { return };
        if read && status.is_none() && !told {
            told = true;
            let why =
                format!("there is no run `{}` in `{}/{}` (any more)", id.run.name, id.run.cluster, id.run.namespace);
            let failure =
                Failure::new(FailureKind::Missing, format!("cannot read the log of {}", id.run.name), why, "");
            let _ = outbox.send(News::Log(id.clone(), LogNews::Lost(failure))).await;
        }
        let list = if read { list } else { Vec::new() };
        for container in &list {
            if !begun.insert((container.pod.clone(), container.container.clone())) {
                continue;
            }
            let gate = if board.ended(container).is_some() { one.clone() } else { many.clone() };
            let reader = Reader {
                client: client.clone(),
                id: id.clone(),
                container: container.clone(),
                board: board.clone(),
                outbox: outbox.clone(),
            };
            // Whose turn it is is settled here, not by which task happens to run first.
            let mut turn = Box::pin(gate.acquire_owned());
            let now = futures::poll!(turn.as_mut());
            set.spawn(async move {
                let _permit = match now {
                    std::task::Poll::Ready(permit) => permit,
                    std::task::Poll::Pending => turn.await,
                };
                reader.run().await
            });
        }
        let done = set.is_empty();
        if let Some(status) = status.filter(|s| read && s.finished() && done && !complete) {
            complete = true;
            if outbox.send(News::Log(id.clone(), LogNews::Complete { status })).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = board.changed.notified() => {}
            Some(_) = set.join_next(), if !done => {}
        }
    }
}

/// The containers of a log as they are on the server now.
async fn listed(client: &Client, run: &RunId, part: &LogPart) -> Result<Vec<Container>, Failure> {
    let (cluster, session) = crate::queries::connected(client, &run.cluster).await?;
    let what = format!("cannot read the log of {run}");
    let path = |plural: &str| {
        let none = || Failure::new(FailureKind::Missing, &what, format!("no Tekton on `{}`", run.cluster), "");
        session.tekton_path(Some(run.namespace.as_str()), plural).ok_or_else(none)
    };
    let ground = format!("{}/{}", path("pipelineruns")?, http::encoded(&run.name));
    let ground = read(&cluster, &session, &ground, &what).await?;
    let body = read(&cluster, &session, &format!("{}?{}", path("taskruns")?, of_run(&run.name)), &what).await?;
    let broken = |error: serde_json::Error| Failure::new(FailureKind::Broken, &what, error.to_string(), "");
    let ground = ground_of(std::str::from_utf8(&ground).unwrap_or_default(), run.cluster.as_str()).map_err(broken)?;
    let list: Tree = serde_json::from_slice(&body).map_err(broken)?;
    let mut tasks = BTreeMap::new();
    for item in list.key("items").map(Tree::items).unwrap_or(&[]) {
        let raw = serde_json::to_string(item).map_err(broken)?;
        let task = task_of(&raw).map_err(broken)?;
        tasks.insert(task.name.clone(), task);
    }
    Ok(containers(part, &ground.graph, &tasks))
}

async fn read(cluster: &Cluster, session: &Arc<Session>, path: &str, what: &str) -> Result<bytes::Bytes, Failure> {
    match http::unary(&session.client, http::get(path)).await {
        Ok(body) => Ok(body),
        Err(trouble) => Err(cluster.note(session, &trouble, what).await),
    }
}

pub(crate) async fn save(client: &Client, id: LogId, path: &Path) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Refused,
            format!("cannot save the log to {}", path.display()),
            error.to_string(),
            "choose another name or folder",
        )
    };
    let containers = listed(client, &id.run, &id.part).await?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut out = std::io::BufWriter::new(file);
    let mut lines = 0;
    for container in containers {
        writeln!(out, "── {} ──", container.source.title()).map_err(failed)?;
        lines += reader::copy(client, &id, &container, &mut out).await?;
    }
    out.flush().map_err(failed)?;
    out.get_ref().sync_all().map_err(failed)?;
    Ok(lines)
}
