//! What a plan asks of the clusters: the live Pipeline and its Tasks, the runs, rights, Secrets, CronJobs, who we are.

use super::super::cluster::{self, Place, Sighting};
use super::super::run;
use super::{fact, short_hash};
use crate::Client;
use futures::future::join_all;
use jiff::{Timestamp, ToSpan};
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::{self, Fact};
use weir_domain::plan::DiffLine;
use weir_domain::{Tree, pinned};

/// What a cluster said for the way.
#[derive(Default)]
pub(super) struct Clusters {
    pub(super) place: Option<Result<Place, String>>,
    pub(super) runs: Option<Fact<Vec<Sighting>>>,
    pub(super) pipeline: Option<Fact<Tree>>,
    pub(super) task_strangers: Vec<String>,
    /// The API server with the ImageStream.
    pub(super) stream_server: String,
    /// A line each: the Task, what it holds by hash, and the defaults it would use.
    pub(super) tasks: Vec<DiffLine>,
}

/// What a Task is now. Its steps are in the hash; its defaults are shown, because one of them says where the channel is.
fn task_line(name: &str, task: &Tree) -> DiffLine {
    let spec = task.key("spec").map(|spec| serde_json::to_string(spec).unwrap_or_default()).unwrap_or_default();
    let hash = short_hash(&spec);
    let defaults: Vec<String> = task
        .at(&["spec", "params"])
        .map(Tree::items)
        .unwrap_or(&[])
        .iter()
        .filter_map(|p| Some(format!("{}={}", p.text_at(&["name"])?, p.text_at(&["default"])?)))
        .collect();
    let tail = if defaults.is_empty() { String::new() } else { format!(", by default {}", defaults.join(", ")) };
    DiffLine::of_task(name, &format!("{hash}{tail}"))
}

/// The last step's Task says by default in which project the ImageStream is.
fn other_project(name: &str, task: &Tree, channel: &Channel) -> Option<String> {
    let wanted = channel.imagestream.as_ref().filter(|_| name == "update-release-channel")?.namespace.as_str();
    let params = task.at(&["spec", "params"]).map(Tree::items).unwrap_or(&[]);
    let project = params.iter().find(|p| p.text_at(&["name"]) == Some("oc-project"))?.text_at(&["default"])?;
    (project != wanted)
        .then(|| format!("the Task `{name}` writes to the project {project}, the channel is in {wanted}"))
}

pub(super) async fn clusters(client: &Client, channel: &Channel, way: Way) -> Clusters {
    let mut found = of_pipeline(client, channel, way).await;
    if let Some(stream) = channel.imagestream.as_ref().filter(|_| way == Way::ImagestreamTag)
        && let Ok(place) = Place::of(client, &stream.cluster).await
    {
        found.stream_server = place.cluster.endpoint().server;
    }
    found
}

async fn of_pipeline(client: &Client, channel: &Channel, way: Way) -> Clusters {
    let Some(place_of) = channel.pipeline.as_ref().filter(|_| way != Way::RegistryTag) else {
        return Clusters::default();
    };
    let place = match Place::of(client, &place_of.cluster).await {
        Ok(place) => place,
        Err(failure) => {
            let why = failure.sentence();
            return Clusters {
                place: Some(Err(why.clone())),
                runs: Some(Err(why.clone())),
                pipeline: Some(Err(why)),
                ..Clusters::default()
            };
        }
    };
    let namespace = place_of.namespace.as_str();
    let tasks = async {
        if way != Way::Pinned {
            return (Vec::new(), Vec::new());
        }
        let looks = pinned::task_names().map(|name| {
            let place = &place;
            async move {
                match cluster::definition(place, "tasks", namespace, name).await {
                    Ok(task) => {
                        let mut wrong = pinned::task_strangers(name, &task);
                        wrong.extend(other_project(name, &task, channel));
                        (wrong, Some(task_line(name, &task)))
                    }
                    Err(failure) => (vec![format!("the Task `{name}` cannot be read: {}", failure.why)], None),
                }
            }
        });
        let (wrong, lines): (Vec<Vec<String>>, Vec<_>) = join_all(looks).await.into_iter().unzip();
        (wrong.concat(), lines.into_iter().flatten().collect())
    };
    let (runs, pipeline, (task_strangers, tasks)) = tokio::join!(
        cluster::runs(&place, namespace),
        cluster::definition(&place, "pipelines", namespace, &place_of.name),
        tasks
    );
    let (runs, pipeline) = (Some(fact(runs)), Some(fact(pipeline)));
    Clusters { runs, pipeline, task_strangers, tasks, place: Some(Ok(place)), ..Clusters::default() }
}

/// Who the server of the way says we are.
pub(super) async fn who(client: &Client, channel: &Channel, way: Way) -> (String, String) {
    let cluster = match way {
        Way::Pinned => channel.pipeline.as_ref().map(|p| &p.cluster),
        Way::ImagestreamTag => channel.imagestream.as_ref().map(|s| &s.cluster),
        Way::RegistryTag => None,
    };
    let endpoint = cluster.and_then(|name| client.endpoint(name));
    let operator = endpoint
        .as_ref()
        .and_then(|e| e.operator.clone().or_else(|| Some(e.user.clone())))
        .unwrap_or_else(|| std::env::var("USER").unwrap_or_default());
    (operator, crate::cluster::host())
}

/// The next Monday 05:00 UTC and the next 04:00 UTC: what counts where a CronJob cannot be read.
pub(super) fn usual(now: Timestamp) -> (Timestamp, Timestamp) {
    let at = |schedule| cluster::firing(schedule, "UTC", now).unwrap_or_else(|_| now + 1.hours());
    (at("0 5 * * 1"), at("0 4 * * *"))
}

pub(super) type OnCluster =
    ((String, Fact<bool>), Vec<(String, Fact<bool>)>, Fact<Option<gates::Cron>>, Fact<Option<gates::Cron>>);

pub(super) async fn on_cluster(
    client: &Client,
    channel: &Channel,
    way: Way,
    found: &Clusters,
    now: Timestamp,
) -> OnCluster {
    match way {
        Way::RegistryTag => {
            let right = match run::repository(&channel.release_repository) {
                Ok(repository) => fact(client.inner.registries.may_push(&repository).await),
                Err(failure) => Err(failure.sentence()),
            };
            ((format!("push to {}", channel.release_repository), right), Vec::new(), Ok(None), Ok(None))
        }
        Way::ImagestreamTag | Way::Pinned => {
            let pipeline = channel.pipeline.as_ref();
            let place = match &found.place {
                Some(Ok(place)) => Ok(place),
                Some(Err(why)) => Err(why.clone()),
                None => Err("the channel names no Pipeline".to_string()),
            };
            let right = match (way, pipeline, &channel.imagestream) {
                (Way::Pinned, Some(pipeline), _) => {
                    let namespace = pipeline.namespace.as_str();
                    let words =
                        format!("create, follow and cancel pipelineruns in {namespace} on {}", pipeline.cluster);
                    let may = match &place {
                        Ok(place) => every(place, namespace).await,
                        Err(why) => Err(why.clone()),
                    };
                    (words, may)
                }
                (_, _, Some(stream)) => {
                    let words = format!("create imagestreamtags in {} on {}", stream.namespace, stream.cluster);
                    let may = match Place::of(client, &stream.cluster).await {
                        Ok(place) => {
                            let namespace = stream.namespace.as_str();
                            cluster::may(&place, namespace, "create", "image.openshift.io", "imagestreamtags").await
                        }
                        Err(failure) => Err(failure.sentence()),
                    };
                    (words, may)
                }
                _ => ("promote".into(), Err("the channel names no place".into())),
            };
            let (Ok(place), Some(pipeline)) = (&place, pipeline) else {
                // Without a Pipeline there is nobody else's run to meet.
                let why = match place {
                    Err(why) if pipeline.is_some() => Err(why),
                    _ => Ok(None),
                };
                return (right, Vec::new(), why.clone(), why);
            };
            let namespace = pipeline.namespace.as_str();
            let wanted: &[String] = if way == Way::Pinned { &pipeline.secrets } else { &[] };
            let (secrets, promoter, clean_up) = tokio::join!(
                cluster::secrets(place, namespace, wanted),
                cluster::cron_job(place, namespace, &channel.promoter, now),
                cluster::cron_job(place, namespace, &channel.clean_up, now),
            );
            (right, secrets, promoter, clean_up)
        }
    }
}

/// All that making, following and cancelling a run needs.
async fn every(place: &Place, namespace: &str) -> Fact<bool> {
    for (verb, resource) in [
        ("create", "pipelineruns"),
        ("patch", "pipelineruns"),
        ("get", "pipelineruns"),
        ("list", "pipelineruns"),
        ("list", "taskruns"),
    ] {
        if !cluster::may(place, namespace, verb, "tekton.dev", resource).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
