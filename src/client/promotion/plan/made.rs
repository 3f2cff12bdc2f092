//! What a plan would send: the pinned run, the ImageStreamTag or the tag, with the object's name.

use super::super::cluster::Sighting;
use super::super::run::{self, Marks};
use super::clusters::Clusters;
use crate::http;
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::Facts;
use weir_domain::plan::Source;
use weir_domain::proposal::Call;
use weir_domain::{RunId, Tree};

/// What would be sent.
pub(super) struct Made {
    pub(super) calls: Vec<Call>,
    pub(super) diff: Vec<weir_domain::plan::DiffLine>,
    pub(super) object: RunId,
    pub(super) server: String,
}

pub(super) fn made(
    facts: &Facts,
    found: &Clusters,
    source: &Source,
    new: &str,
    marks: &Marks<'_>,
    obstacles: &mut Vec<String>,
) -> Made {
    let channel = &facts.channel;
    let none = |object: RunId| Made { calls: Vec::new(), diff: Vec::new(), object, server: String::new() };
    match facts.way {
        Way::Pinned => {
            let Some(place) = &channel.pipeline else { return none(RunId::new("", "", new)) };
            let runs: &[Sighting] = found.runs.as_ref().and_then(|r| r.as_ref().ok()).map_or(&[], Vec::as_slice);
            let object = match free_name(runs, channel, place.namespace.as_str(), new) {
                Ok(object) => object,
                Err(why) => {
                    obstacles.push(why);
                    return none(RunId::new(place.cluster.as_str(), place.namespace.as_str(), new));
                }
            };
            let id = RunId::new(place.cluster.as_str(), place.namespace.as_str(), &object);
            let server = match &found.place {
                Some(Ok(there)) => there.cluster.endpoint().server,
                _ => String::new(),
            };
            let spec = match &found.pipeline {
                Some(Ok(pipeline)) => pipeline.key("spec").cloned().unwrap_or_default(),
                Some(Err(why)) => {
                    obstacles.push(format!("the Pipeline cannot be read: {why}"));
                    return none(id);
                }
                None => return none(id),
            };
            match run::pinned(channel, place, &spec, source, new, &object, marks) {
                Err(why) => {
                    obstacles.extend(why);
                    Made { server, ..none(id) }
                }
                Ok(pinned) => {
                    let path = format!(
                        "/apis/tekton.dev/v1/namespaces/{}/pipelineruns",
                        http::encoded(place.namespace.as_str())
                    );
                    let call = Call { method: "POST", path, content_type: "application/json", body: pinned.manifest };
                    let mut diff = pinned.diff;
                    diff.extend(found.tasks.iter().cloned());
                    Made { calls: vec![call], diff, object: id, server }
                }
            }
        }
        Way::ImagestreamTag => {
            let Some(stream) = &channel.imagestream else { return none(RunId::new("", "", new)) };
            let object =
                RunId::new(stream.cluster.as_str(), stream.namespace.as_str(), format!("{}:{new}", stream.name));
            let (Ok(repository), Ok(Some(there))) =
                (run::repository(&channel.release_repository), &facts.places.repository)
            else {
                return none(object);
            };
            let body = run::image_stream_tag(channel, new, &repository.with_digest(there.digest.clone()), marks);
            let path = format!(
                "/apis/image.openshift.io/v1/namespaces/{}/imagestreamtags",
                http::encoded(stream.namespace.as_str())
            );
            let calls = body
                .map(|body| Call { method: "POST", path, content_type: "application/json", body })
                .into_iter()
                .collect();
            Made { calls, diff: Vec::new(), object, server: found.stream_server.clone() }
        }
        Way::RegistryTag => {
            let Ok(repository) = run::repository(&channel.release_repository) else {
                return none(RunId::new("", "", new));
            };
            let object = RunId::new(&*repository.host, &*repository.repository, new);
            if repository.place() != source.pull_spec.place() {
                let from = source.pull_spec.place();
                obstacles.push(format!(
                    "{} is another repository than {from}: registry-tag stays within one",
                    repository.place()
                ));
            }
            let path = format!("/v2/{}/manifests/{}", repository.repository, http::encoded(new));
            let body = Tree::map([("digest", Tree::Text(source.digest.to_string()))]);
            let call = Call { method: "PUT", path, content_type: "the manifest's own", body };
            let server = format!("https://{}", repository.host);
            Made { calls: vec![call], diff: Vec::new(), object, server }
        }
    }
}

/// The first name of the row that no run has. A further attempt needs the earlier one to be finished and failed; what
/// it failed of is in the plan through `alone` and the runs.
fn free_name(runs: &[Sighting], channel: &Channel, namespace: &str, new: &str) -> Result<String, String> {
    for attempt in 1..=9 {
        let name = run::name(channel.name.as_str(), new, attempt)?;
        match runs.iter().find(|r| r.metadata.name == name && r.metadata.namespace == namespace) {
            None => return Ok(name),
            // `alone` blocks while it is unfinished; the name is shown all the same.
            Some(earlier) if !earlier.finished() => return Ok(name),
            Some(earlier) if earlier.succeeded() => {
                return Err(format!("the run {name} has ended well already: look at what it made before another"));
            }
            Some(_) => {}
        }
    }
    Err(format!("nine runs have failed to make {new}"))
}

/// The runs that were made for this name and failed: a further attempt is made only with their failure in sight.
pub(super) fn earlier(runs: &[Sighting], channel: &Channel, new: Option<&str>) -> Vec<String> {
    let (Some(place), Some(new)) = (&channel.pipeline, new) else { return Vec::new() };
    (1..=9)
        .filter_map(|attempt| run::name(channel.name.as_str(), new, attempt).ok())
        .filter_map(|name| {
            runs.iter().find(|r| r.metadata.name == name && r.metadata.namespace == place.namespace.as_str())
        })
        .filter(|run| run.finished() && !run.succeeded())
        .map(|run| format!("an earlier attempt, {}, failed: {}", run.metadata.name, run.says()))
        .collect()
}
