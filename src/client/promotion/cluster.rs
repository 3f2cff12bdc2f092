//! What a plan must know of clusters: the live Pipeline and Tasks, rights, Secrets, runs that are not finished, CronJobs,
//! the ImageStream.

use crate::Client;
use crate::cluster::{Cluster, Session};
use crate::http::{self, Trouble};
use crate::queries::{self, connected, exists, read};
use croner::Cron as Schedule;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;
use weir_domain::channel::{Channel, StreamPlace};
use weir_domain::gates::{Cron, Fact, Rival};
use weir_domain::{ClusterName, Failure, FailureKind, RunId, Tree};

/// A page of runs; a run is some 12 kB.
const PAGE: usize = 500;
/// How long a promotion takes when no earlier one is known.
const USUAL: SignedDuration = SignedDuration::from_hours(2);

/// A connected cluster.
pub struct Place {
    pub cluster: Arc<Cluster>,
    pub session: Arc<Session>,
}

impl Place {
    pub async fn of(client: &Client, name: &ClusterName) -> Result<Place, Failure> {
        let (cluster, session) = connected(client, name).await?;
        Ok(Place { cluster, session })
    }

    pub async fn read(&self, path: &str, what: &str) -> Result<Tree, Failure> {
        read(&self.cluster, &self.session, path, what).await
    }

    /// `None` for a 404.
    pub async fn find(&self, path: &str, what: &str) -> Result<Option<Tree>, Failure> {
        match self.read(path, what).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.kind == FailureKind::Missing => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// A Pipeline or Task as the server has it in tekton.dev/v1.
pub async fn definition(place: &Place, plural: &str, namespace: &str, name: &str) -> Result<Tree, Failure> {
    let base = place.session.tekton_path(Some(namespace), plural).ok_or_else(|| {
        Failure::new(FailureKind::Missing, format!("cannot read {name}"), "there is no Tekton on this cluster", "")
    })?;
    let path = format!("{base}/{}", http::encoded(name));
    place.read(&path, &format!("cannot read `{name}` in `{namespace}`")).await
}

/// Whether the current user may do it; a server that does not say is an error.
pub async fn may(place: &Place, namespace: &str, verb: &str, group: &str, resource: &str) -> Fact<bool> {
    queries::may(&place.cluster, &place.session, namespace, verb, group, resource, "").await
}

pub async fn secrets(place: &Place, namespace: &str, names: &[String]) -> Vec<(String, Fact<bool>)> {
    let looks = names.iter().map(|name| async move {
        let path = format!("/api/v1/namespaces/{}/secrets/{}", http::encoded(namespace), http::encoded(name));
        let found = match exists(&place.session, &path).await {
            Ok(found) => Ok(found),
            Err(trouble) => Err(place.cluster.note(&place.session, &trouble, "cannot look for it").await.why),
        };
        (name.clone(), found)
    });
    futures::future::join_all(looks).await
}

/// A run as far as promotions ask.
#[derive(Deserialize)]
pub struct Sighting {
    pub metadata: SightedMeta,
    #[serde(default)]
    spec: SightedSpec,
    #[serde(default)]
    pub status: SightedStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SightedSpec {
    #[serde(default)]
    params: Vec<SightedParam>,
    #[serde(default)]
    pipeline_ref: Option<SightedRef>,
}

#[derive(Deserialize)]
struct SightedParam {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: Tree,
}

#[derive(Deserialize)]
struct SightedRef {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SightedMeta {
    pub name: String,
    pub namespace: String,
    #[serde(default)]
    pub uid: String,
    #[serde(default)]
    pub creation_timestamp: String,
    #[serde(default)]
    pub labels: std::collections::BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SightedStatus {
    #[serde(default)]
    pub conditions: Vec<SightedCondition>,
    #[serde(default)]
    pub start_time: Option<Timestamp>,
    #[serde(default)]
    pub completion_time: Option<Timestamp>,
}

#[derive(Deserialize)]
pub struct SightedCondition {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub message: String,
}

impl Sighting {
    pub fn finished(&self) -> bool {
        self.status.conditions.iter().any(|c| c.kind == "Succeeded" && c.status != "Unknown")
    }

    pub fn succeeded(&self) -> bool {
        self.status.conditions.iter().any(|c| c.kind == "Succeeded" && c.status == "True")
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.spec.params.iter().find(|p| p.name == name)?.value.text()
    }

    fn pipeline(&self) -> Option<&str> {
        self.spec.pipeline_ref.as_ref()?.name.as_deref()
    }

    /// What its end says, for an attempt that failed.
    pub fn says(&self) -> String {
        let end = self.status.conditions.iter().find(|c| c.kind == "Succeeded");
        end.map(|c| format!("{}: {}", c.reason, c.message)).unwrap_or_default()
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.metadata.labels.get(key).map(String::as_str)
    }

    /// What it does to the channel, if anything: by weir's labels, its Pipeline and its *parameters*, not by Tekton's label.
    pub fn does(&self, channel: &Channel) -> Option<String> {
        let name = channel.name.as_str();
        let pipeline = self.pipeline();
        if self.metadata.name.starts_with("cluster-command-run-") || pipeline == Some("cluster-command-pipeline") {
            return Some("creates promotions that nobody sees begin".into());
        }
        if self.label("weir/channel") == Some(name) || self.param("target-release-stream") == Some(name) {
            return Some(format!("promotes to {name}"));
        }
        let stream = channel.imagestream.as_ref().map(|s| s.name.as_str());
        if stream.is_some() && self.param("release-imagestream") == stream {
            return Some(format!("writes to the ImageStream {}", stream.unwrap_or_default()));
        }
        let ours = channel.pipeline.as_ref().map(|p| p.name.as_str());
        (pipeline.is_some() && pipeline == ours && self.param("target-release-stream").is_none())
            .then(|| format!("runs {} without saying where to", ours.unwrap_or_default()))
    }

    pub fn id(&self, cluster: &ClusterName) -> RunId {
        RunId::new(cluster.as_str(), &self.metadata.namespace, &self.metadata.name)
    }
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMeta,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
struct PageMeta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// All runs of all namespaces that can be seen; `home` must be.
pub async fn runs(place: &Place, home: &str) -> Result<Vec<Sighting>, Failure> {
    all(place, home).await
}

/// The same, decoded as the caller likes.
pub async fn all<T: DeserializeOwned>(place: &Place, home: &str) -> Result<Vec<T>, Failure> {
    match listed(place, None).await {
        Err(failure) if failure.kind == FailureKind::Denied => {
            let facts = place.cluster.endpoint();
            let mut namespaces: BTreeSet<String> = BTreeSet::from([home.to_string()]);
            namespaces.extend(place.cluster.namespaces.iter().cloned());
            namespaces.extend(facts.namespaces.into_iter().flatten().map(|n| n.to_string()));
            let mut all = Vec::new();
            for namespace in namespaces {
                match listed(place, Some(&namespace)).await {
                    Ok(runs) => all.extend(runs),
                    // The namespace it runs in must be seen; another that is denied cannot hold what weir may see.
                    Err(failure) if failure.kind == FailureKind::Denied && namespace != home => {}
                    Err(failure) => return Err(failure),
                }
            }
            Ok(all)
        }
        other => other,
    }
}

async fn listed<T: DeserializeOwned>(place: &Place, namespace: Option<&str>) -> Result<Vec<T>, Failure> {
    let what = "cannot list the runs";
    let base = place
        .session
        .tekton_path(namespace, "pipelineruns")
        .ok_or_else(|| Failure::new(FailureKind::Missing, what, "there is no Tekton on this cluster", ""))?;
    let (mut all, mut next, mut begun) = (Vec::new(), String::new(), 0);
    loop {
        let tail = if next.is_empty() { String::new() } else { format!("&continue={}", http::encoded(&next)) };
        match http::unary(&place.session.client, http::get(&format!("{base}?limit={PAGE}{tail}"))).await {
            Ok(body) => {
                let page: Page<T> = serde_json::from_slice(&body)
                    .map_err(|error| Trouble::Refused(http::not_json(&body, &error)).failure(what))?;
                all.extend(page.items);
                match page.metadata.next.filter(|n| !n.is_empty()) {
                    Some(more) => next = more,
                    None => return Ok(all),
                }
            }
            // The list expired while it was read: from the beginning, twice.
            Err(trouble) if trouble.code() == Some(410) && begun < 2 => {
                begun += 1;
                next.clear();
                all.clear();
            }
            Err(trouble) => return Err(place.cluster.note(&place.session, &trouble, what).await),
        }
    }
}

/// The unfinished ones that must not be there, oldest first, but for one of ours.
pub fn rivals(runs: &[Sighting], channel: &Channel, cluster: &ClusterName, but: Option<&str>) -> Vec<Rival> {
    let mut found: Vec<(&Sighting, String)> = runs
        .iter()
        .filter(|run| !run.finished() && but != Some(run.metadata.uid.as_str()))
        .filter_map(|run| Some((run, run.does(channel)?)))
        .collect();
    found.sort_by(|(a, _), (b, _)| age_order(a).cmp(&age_order(b)));
    found.into_iter().map(|(run, does)| Rival { run: run.id(cluster), does }).collect()
}

/// Creation time, then UID: the older of two promotions stays.
pub fn age_order(run: &Sighting) -> (&str, &str) {
    (&run.metadata.creation_timestamp, &run.metadata.uid)
}

/// The longest earlier promotion that is known, else two hours.
pub fn expected(runs: &[Sighting], channel: &Channel) -> (SignedDuration, String) {
    let pipeline = channel.pipeline.as_ref().map(|p| p.name.as_str());
    let longest = runs
        .iter()
        .filter(|run| run.succeeded() && (run.pipeline() == pipeline || run.label("weir/pipeline") == pipeline))
        .filter_map(|run| {
            let took = run.status.completion_time?.duration_since(run.status.start_time?);
            Some((took, &run.metadata.name))
        })
        .max();
    match longest {
        Some((took, name)) => (took, format!("the longest known one, {name}")),
        None => (USUAL, "no earlier one is known".into()),
    }
}

/// The server's clock: what is scheduled there fires by it.
pub async fn clock(place: &Place) -> Option<Timestamp> {
    let response = http::open(&place.session.client, http::get("/version")).await.ok()?;
    let date = response.headers().get(::http::header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(date).ok().map(|at| at.timestamp())
}

/// A CronJob and when it fires next; one that is at work counts as firing now. A schedule that cannot be read is an error,
/// and so is a CronJob that is not there: it may have another name. `Ok(None)`: the channel says that there is none.
pub async fn cron_job(place: &Place, namespace: &str, name: &str, now: Timestamp) -> Fact<Option<Cron>> {
    if name.is_empty() {
        return Ok(None);
    }
    let path = format!("/apis/batch/v1/namespaces/{}/cronjobs/{}", http::encoded(namespace), http::encoded(name));
    let Some(object) = place.find(&path, "cannot read the CronJob").await.map_err(|failure| failure.why)? else {
        return Err(format!("there is no CronJob {name} in {namespace}"));
    };
    if object.at(&["status", "active"]).is_some_and(|active| !active.items().is_empty()) {
        return Ok(Some(Cron { name: name.into(), next: Some(now) }));
    }
    if object.at(&["spec", "suspend"]) == Some(&Tree::Bool(true)) {
        return Ok(Some(Cron { name: name.into(), next: None }));
    }
    let schedule = object.text_at(&["spec", "schedule"]).unwrap_or_default();
    let zone = object.text_at(&["spec", "timeZone"]).unwrap_or("UTC");
    firing(schedule, zone, now).map(|next| Some(Cron { name: name.into(), next: Some(next) }))
}

/// The next time after now.
pub fn firing(schedule: &str, zone: &str, now: Timestamp) -> Fact<Timestamp> {
    let unreadable =
        |why: String| format!("its schedule `{}` cannot be read: {why}", weir_domain::text::clean_line(schedule));
    let zone =
        if zone == "UTC" { TimeZone::UTC } else { TimeZone::get(zone).map_err(|e| unreadable(e.to_string()))? };
    let cron: Schedule = schedule.parse().map_err(|e: croner::errors::CronError| unreadable(e.to_string()))?;
    let now: Zoned = now.to_zoned(zone);
    cron.find_next_occurrence(&now, false).map(|at| at.timestamp()).map_err(|e| unreadable(e.to_string()))
}

/// Tag → what it was imported from, and the digest that the import found.
pub struct Imported {
    pub tags: Vec<(String, String, Option<String>)>,
}

/// The ImageStream; it must exist.
pub async fn image_stream(place: &Place, stream: &StreamPlace) -> Result<Imported, Failure> {
    let path = format!(
        "/apis/image.openshift.io/v1/namespaces/{}/imagestreams/{}",
        http::encoded(stream.namespace.as_str()),
        http::encoded(&stream.name)
    );
    let object = place.read(&path, &format!("cannot read the ImageStream {}", stream.name)).await?;
    let mut tags: Vec<(String, String, Option<String>)> = Vec::new();
    for tag in object.at(&["spec", "tags"]).map(Tree::items).unwrap_or(&[]) {
        if let Some(name) = tag.text_at(&["name"]) {
            tags.push((name.into(), tag.text_at(&["from", "name"]).unwrap_or_default().into(), None));
        }
    }
    for tag in object.at(&["status", "tags"]).map(Tree::items).unwrap_or(&[]) {
        let Some(name) = tag.text_at(&["tag"]) else { continue };
        let newest = tag.key("items").map(Tree::items).unwrap_or(&[]).first();
        let digest = newest.and_then(|item| item.text_at(&["image"])).map(str::to_string);
        match tags.iter_mut().find(|(known, _, _)| known == name) {
            Some(known) => known.2 = digest,
            None => {
                let from = newest.and_then(|item| item.text_at(&["dockerImageReference"])).unwrap_or_default();
                tags.push((name.into(), from.into(), digest));
            }
        }
    }
    Ok(Imported { tags })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_fires_in_its_own_time_zone() {
        let now: Timestamp = "2026-11-21T13:00:00Z".parse().expect("time");
        assert_eq!(firing("0 5 * * 1", "UTC", now), Ok("2026-11-23T05:00:00Z".parse().expect("time")));
        assert_eq!(firing("0 4 * * *", "Europe/Berlin", now), Ok("2026-11-22T03:00:00Z".parse().expect("time")));
        assert!(firing("whenever", "UTC", now).is_err());
        assert!(firing("0 4 * * *", "Nowhere/City", now).is_err());
    }
}
