//! `plan(release, channel)`: reads everything a promotion depends on and changes nothing.
//!
//! The same state of the world gives the same id: it is made of the inputs, the name, the digest, what would be sent, the
//! Pipeline's difference, and the gates' verdicts with their evidence.

use super::cluster::{self, Imported, Place, Sighting};
use super::run::{self, Marks};
use crate::releases::Releases;
use crate::releases::object::payload_object;
use crate::{Client, http};
use futures::future::join_all;
use jiff::{Timestamp, ToSpan};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::{self, Fact, Facts, Occupant, Places, Promoted, Taken, is_ours};
use weir_domain::payload::{Payload, PayloadDiff};
use weir_domain::plan::{Plan, PlanRequest, Source};
use weir_domain::promoted::PromotedName;
use weir_domain::proposal::Call;
use weir_domain::{Digest, Failure, FailureKind, ImageRef, Phase, Release, RunId, Tree, pinned};

fn fact<T>(result: Result<T, Failure>) -> Fact<T> {
    result.map_err(|failure| failure.sentence())
}

/// The channel of that name, when it can be used.
pub fn channel(client: &Client, name: &str) -> Result<Channel, Failure> {
    let channels = &client.inner.settings.channels;
    let what = format!("cannot promote to `{}`", weir_domain::text::clean_line(name));
    let Some(channel) = channels.iter().find(|c| c.name.as_str() == name) else {
        let names: Vec<&str> = channels.iter().map(|c| c.name.as_str()).collect();
        let (why, hint) = if names.is_empty() {
            ("the config names no channel".to_string(), "`weir config init` writes OKD's channels")
        } else {
            (format!("the config has no such channel; it has {}", names.join(", ")), "")
        };
        return Err(Failure::new(FailureKind::Usage, what, why, hint));
    };
    match channel.problem() {
        Some(why) => Err(Failure::new(FailureKind::Usage, what, why, "mend the config")),
        None => Ok(channel.clone()),
    }
}

/// What is known of the source before anything else is asked.
struct Origin {
    source: Source,
    stream: Vec<Release>,
    credential: String,
}

async fn origin(client: &Client, releases: &Releases, request: &PlanRequest, what: &str) -> Result<Origin, Failure> {
    let stream = releases.tags(request.release.stream.as_str()).await?;
    let found = stream.iter().find(|r| r.name == request.release.name).ok_or_else(|| {
        let why = format!("{} has no release {}", request.release.stream, request.release.name);
        Failure::new(FailureKind::Missing, what, why, "look into its stream")
    })?;
    if found.pull_spec.is_empty() {
        let why = format!("it is {} and has no image", found.phase.word());
        return Err(Failure::new(FailureKind::Refused, what, why, "choose an accepted one"));
    }
    let pull_spec: ImageRef =
        found.pull_spec.parse().map_err(|why: String| Failure::new(FailureKind::Broken, what, why, ""))?;
    let digest = client.inner.registries.digest(&pull_spec).await?.ok_or_else(|| {
        Failure::new(FailureKind::Missing, what, format!("{} has no {pull_spec}", pull_spec.host), "was it pruned?")
    })?;
    let credential = client.inner.registries.credential(&pull_spec.place());
    Ok(Origin { source: Source { release: request.release.clone(), pull_spec, digest }, stream, credential })
}

/// The target channel: its releases, what it holds, which of them have the source's version.
struct Target {
    releases: Fact<Vec<Release>>,
    held: Fact<Option<Payload>>,
    promoted: Fact<Vec<Promoted>>,
}

async fn target(
    client: &Client,
    releases: &Releases,
    channel: &Channel,
    source: &Source,
    payload: &Fact<Payload>,
) -> Target {
    // A stream of one's own need not be known to a release-controller.
    let listed = match releases.tags(channel.name.as_str()).await {
        Err(failure) if failure.kind == FailureKind::Missing && channel.way == Way::RegistryTag => Ok(Vec::new()),
        other => fact(other),
    };
    let all = match &listed {
        Ok(all) => all,
        Err(why) => return Target { held: Err(why.clone()), promoted: Err(why.clone()), releases: listed },
    };
    let version = PromotedName::version_of(&source.release.name);
    let near: Vec<&Release> =
        all.iter().filter(|r| PromotedName::version_of(&r.name) == version && !r.pull_spec.is_empty()).collect();
    let read = join_all(near.iter().map(|r| async move {
        let image: ImageRef = r.pull_spec.parse().ok()?;
        client.inner.payloads.payload(&image).await.ok()
    }))
    .await;
    let mut promoted: Vec<Promoted> = near
        .iter()
        .zip(&read)
        .map(|(release, there)| Promoted {
            name: release.name.clone(),
            phase: release.phase,
            from: there.as_ref().and_then(|p| p.from_release.clone()),
            same_components: there.as_ref().zip(payload.as_ref().ok()).map(|(a, b)| a.same_components(b)),
        })
        .collect();
    // Those of other versions cannot have come from it; `previous` asks for them by name.
    promoted.extend(all.iter().filter(|r| !near.iter().any(|n| n.name == r.name)).map(|r| Promoted {
        name: r.name.clone(),
        phase: r.phase,
        from: None,
        same_components: None,
    }));
    let held = match all.iter().find(|r| r.phase == Phase::Accepted) {
        None => Ok(None),
        Some(newest) => match near.iter().zip(&read).find(|(r, _)| r.name == newest.name) {
            Some((_, Some(there))) => Ok(Some(there.clone())),
            _ => match newest.pull_spec.parse::<ImageRef>() {
                Ok(image) => fact(client.inner.payloads.payload(&image).await).map(Some),
                Err(why) => Err(why),
            },
        },
    };
    Target { held, promoted: Ok(promoted), releases: listed }
}

/// What a cluster said for the way.
#[derive(Default)]
struct Clusters {
    place: Option<Result<Place, String>>,
    runs: Option<Fact<Vec<Sighting>>>,
    pipeline: Option<Fact<Tree>>,
    task_strangers: Vec<String>,
}

async fn clusters(client: &Client, channel: &Channel, way: Way) -> Clusters {
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
                task_strangers: Vec::new(),
            };
        }
    };
    let namespace = place_of.namespace.as_str();
    let tasks = async {
        if way != Way::Pinned {
            return Vec::new();
        }
        let looks = pinned::task_names().map(|name| {
            let place = &place;
            async move {
                match cluster::definition(place, "tasks", namespace, name).await {
                    Ok(task) => pinned::task_strangers(name, &task),
                    Err(failure) => vec![format!("the Task `{name}` cannot be read: {}", failure.why)],
                }
            }
        });
        join_all(looks).await.concat()
    };
    let (runs, pipeline, task_strangers) = tokio::join!(
        cluster::runs(&place, namespace),
        cluster::definition(&place, "pipelines", namespace, &place_of.name),
        tasks
    );
    Clusters { runs: Some(fact(runs)), pipeline: Some(fact(pipeline)), task_strangers, place: Some(Ok(place)) }
}

/// The new name, and what stands there.
async fn naming(
    client: &Client,
    channel: &Channel,
    way: Way,
    source: &Source,
    payload: &Fact<Payload>,
    taken: &Taken,
) -> Result<(Option<String>, Fact<Option<Occupant>>), Failure> {
    let repository = run::repository(&channel.release_repository)?;
    if way == Way::RegistryTag {
        let tag = if channel.tag.is_empty() { "{release}" } else { channel.tag.as_str() };
        let name = tag.replace("{release}", &source.release.name);
        let there = occupant(client, &repository.with_tag(&name)).await;
        return Ok((Some(name), there));
    }
    let all = [&taken.repository, &taken.github, &taken.imagestream, &taken.stream];
    let names = all.iter().filter_map(|names| names.as_ref().ok()).flatten().map(String::as_str);
    let Some(next) = PromotedName::next(&source.release.name, channel.candidates, names) else {
        return Ok((None, Err("there is no next name for it".into())));
    };
    // The highest one may be this very promotion, begun earlier.
    if let (Some(before), Ok(payload)) = (next.number.checked_sub(1), payload) {
        let before = PromotedName { number: before, ..next }.to_string();
        let in_stream = taken.stream.as_ref().is_ok_and(|names| names.contains(&before));
        if !in_stream {
            let there = occupant(client, &repository.with_tag(&before)).await;
            if let Ok(Some(Occupant { payload: Ok(image), .. })) = &there
                && is_ours(image, &before, &source.pull_spec, &source.digest, payload).is_ok()
            {
                return Ok((Some(before), there));
            }
        }
    }
    let name = next.to_string();
    let there = occupant(client, &repository.with_tag(&name)).await;
    Ok((Some(name), there))
}

pub async fn occupant(client: &Client, image: &ImageRef) -> Fact<Option<Occupant>> {
    match fact(client.inner.registries.digest(image).await)? {
        None => Ok(None),
        Some(digest) => {
            let payload = client.inner.payloads.payload(&image.with_digest(digest.clone())).await;
            Ok(Some(Occupant { digest, payload: fact(payload) }))
        }
    }
}

async fn stream_of(client: &Client, channel: &Channel) -> Fact<Option<Imported>> {
    let Some(stream) = &channel.imagestream else { return Ok(None) };
    let place = fact(Place::of(client, &stream.cluster).await)?;
    fact(cluster::image_stream(&place, stream).await).map(Some)
}

/// The names in all four places.
async fn taken(
    client: &Client,
    channel: &Channel,
    release: &str,
    target: &Target,
    imported: &Fact<Option<Imported>>,
) -> Taken {
    let tags = async {
        let repository = run::repository(&channel.release_repository)?;
        client.inner.registries.tags(&repository.host, &repository.repository).await
    };
    // A git tag without a release takes a name too.
    let github = async {
        let Some((major, minor, patch)) = PromotedName::version_of(release).filter(|_| !channel.github.is_empty())
        else {
            return Ok(Vec::new());
        };
        let (github, prefix) = (&client.inner.web.github, format!("{major}.{minor}.{patch}-okd-scos."));
        let mut names = github.tags(&channel.github).await?;
        names.extend(github.git_tags(&channel.github, &prefix).await?);
        Ok(names)
    };
    let (repository, github) = tokio::join!(tags, github);
    Taken {
        repository: fact(repository),
        github: fact(github),
        imagestream: imported
            .as_ref()
            .map(|found| found.iter().flat_map(|i| i.tags.iter().map(|(name, _, _)| name.clone())).collect())
            .map_err(Clone::clone),
        stream: target
            .releases
            .as_ref()
            .map(|all| all.iter().map(|r| r.name.to_string()).collect())
            .map_err(Clone::clone),
    }
}

/// As `mirror` makes it: the newest accepted of the minor before, and all accepted of this one.
fn previous_of(names: &[Release], new: &str) -> Vec<Arc<str>> {
    let Some((major, minor, _)) = PromotedName::version_of(new) else { return Vec::new() };
    let accepted: Vec<&Release> = names.iter().filter(|r| r.phase == Phase::Accepted).collect();
    let of = |release: &Release| PromotedName::version_of(&release.name).map(|(a, b, _)| (a, b));
    let before = if minor > 0 {
        Some((major, minor - 1))
    } else {
        accepted.iter().filter_map(|r| of(r)).filter(|(a, _)| *a < major).max()
    };
    let mut list: Vec<Arc<str>> =
        accepted.iter().find(|r| before.is_some() && of(r) == before).map(|r| r.name.clone()).into_iter().collect();
    list.extend(accepted.iter().filter(|r| of(r) == Some((major, minor))).map(|r| r.name.clone()));
    list
}

/// The next Monday 05:00 UTC and the next 04:00 UTC: what counts where a CronJob cannot be read.
fn usual(now: Timestamp) -> (Timestamp, Timestamp) {
    let at = |schedule| cluster::firing(schedule, "UTC", now).unwrap_or_else(|_| now + 1.hours());
    (at("0 5 * * 1"), at("0 4 * * *"))
}

pub(crate) async fn plan(client: &Client, request: &PlanRequest) -> Result<Plan, Failure> {
    let channel = channel(client, &request.channel)?;
    let way = request.way.unwrap_or(channel.way);
    let what = format!("cannot plan the promotion of {}", request.release);
    let mut tried = channel.clone();
    tried.way = way;
    if let Some(why) = tried.problem() {
        return Err(Failure::new(FailureKind::Usage, what, why, "mend the config, or choose another way"));
    }
    let releases = client.inner.releases.clone().ok_or_else(|| {
        Failure::new(FailureKind::Usage, &what, "the config names no release-controller", "set `releases.url`")
    })?;
    let now = Timestamp::now();
    let Origin { source, stream, credential } = origin(client, &releases, request, &what).await?;
    let pinned_image = source.pinned();
    let (short, insight, payload, signed, weights, found, imported) = tokio::join!(
        releases.short(request.release.stream.as_str(), &request.release.name),
        payload_object(client, &request.release.name),
        client.inner.payloads.payload(&pinned_image),
        client.inner.payloads.signed(&pinned_image),
        client.inner.payloads.weights(&pinned_image),
        clusters(client, &channel, way),
        stream_of(client, &channel),
    );
    let payload = fact(payload);
    let (phase, jobs) = match short {
        Ok((phase, verdict)) => (Ok(phase), Ok(verdict)),
        Err(failure) => (Err(failure.sentence()), Err(failure.sentence())),
    };
    let target = target(client, &releases, &channel, &source, &payload).await;
    let taken = taken(client, &channel, &request.release.name, &target, &imported).await;
    let (name, repository) = naming(client, &channel, way, &source, &payload, &taken).await?;
    let latest = async {
        if channel.latest && way == Way::Pinned {
            fact(client.inner.web.github.latest(&channel.github).await)
        } else {
            Ok(None)
        }
    };
    let latest = latest.await;
    let is = |known: &str| name.as_deref() == Some(known);
    let page = |name: &str| format!("https://github.com/{}/releases/tag/{name}", channel.github);
    let places = Places {
        github: taken
            .github
            .as_ref()
            .map(|names| names.iter().find(|n| is(n) && way != Way::RegistryTag).map(|n| page(n)))
            .map_err(Clone::clone),
        imagestream: imported
            .as_ref()
            .map(|found| found.iter().flat_map(|i| &i.tags).find(|(n, _, _)| is(n)).map(|(_, from, _)| from.clone()))
            .map_err(Clone::clone),
        stream: target
            .releases
            .as_ref()
            .map(|all| all.iter().find(|r| is(&r.name)).map(|r| r.phase))
            .map_err(Clone::clone),
        repository,
    };
    let values: Vec<(String, String)> =
        channel.pipeline.as_ref().map(|p| run::values(&channel, p, &source).into_iter().collect()).unwrap_or_default();
    let spec = found.pipeline.as_ref().and_then(|p| p.as_ref().ok()).and_then(|p| p.key("spec"));
    let previous = match (way, &places.repository) {
        (Way::ImagestreamTag, Ok(Some(Occupant { payload: Ok(there), .. }))) => Ok(there.previous.clone()),
        (Way::Pinned, _) => {
            let from = spec.and_then(|spec| pinned::previous_stream(spec, &values));
            match from.as_deref() {
                None => Err("the Pipeline cannot be read".into()),
                Some(from) if from == request.release.stream.as_str() => {
                    Ok(previous_of(&stream, &request.release.name))
                }
                Some(from) if from == channel.name.as_str() => {
                    target.releases.as_ref().map(|all| previous_of(all, &request.release.name)).map_err(Clone::clone)
                }
                Some(from) => fact(releases.tags(from).await).map(|all| previous_of(&all, &request.release.name)),
            }
        }
        _ => Ok(Vec::new()),
    };
    let (operator, host) = who(client, &channel, way).await;
    let (right, secrets, promoter, clean_up) = on_cluster(client, &channel, way, &found, now).await;
    let runs = found.runs.as_ref();
    let cluster_name = channel.pipeline.as_ref().map(|p| p.cluster.clone()).unwrap_or_else(|| "".into());
    let (promoter_usual, clean_up_usual) = usual(now);
    let facts = Facts {
        now,
        channel: channel.clone(),
        way,
        release: request.release.clone(),
        pull_spec: source.pull_spec.clone(),
        source_place: source_place(&stream, &request.release.name),
        phase,
        insight,
        jobs,
        stream: Ok(stream),
        digest: Ok(source.digest.clone()),
        digest_again: fact(client.inner.registries.digest(&source.pull_spec).await)
            .and_then(|d| d.ok_or_else(|| "the tag is gone".to_string())),
        payload: payload.clone(),
        signed: fact(signed),
        keys: client.inner.payloads.keys(),
        store: weir_domain::signature::STORE.into(),
        weights: fact(weights),
        credential,
        promoted: target.promoted.clone(),
        held: target.held.clone(),
        name: name.clone(),
        places: places.clone(),
        taken,
        previous: previous.clone(),
        right,
        secrets,
        rivals: match runs {
            Some(Ok(runs)) => Ok(cluster::rivals(runs, &channel, &cluster_name, None)),
            Some(Err(why)) => Err(why.clone()),
            None => Ok(Vec::new()),
        },
        promoter,
        clean_up,
        promoter_usual,
        clean_up_usual,
        takes: match runs {
            Some(Ok(runs)) => cluster::expected(runs, &channel),
            _ => cluster::expected(&[], &channel),
        },
        latest,
        read_only: client.inner.settings.read_only.then(|| "weir is read-only here".to_string()),
    };
    let gates = gates::judge(&facts, &request.waivers);
    let mut obstacles = found.task_strangers.clone();
    if !channel.sources.contains(&request.release.stream) {
        obstacles.push(format!("{} takes no releases of {}", channel.name, request.release.stream));
    }
    let new = name.clone().unwrap_or_default();
    let marks = Marks { operator: &operator, host: &host, reason: None };
    let made = made(&facts, &found, &source, &new, &marks, &mut obstacles);
    let diff = match (&target.held, &payload) {
        (Ok(Some(held)), Ok(payload)) => Ok(PayloadDiff::between(held, payload)),
        (Ok(None), _) => Err("the channel holds nothing yet".into()),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    let mut plan = Plan {
        id: String::new(),
        request: request.clone(),
        way,
        from: source,
        digest: match way {
            Way::Pinned => None,
            Way::ImagestreamTag => places.repository.as_ref().ok().and_then(|o| o.as_ref()).map(|o| o.digest.clone()),
            Way::RegistryTag => facts.digest.clone().ok(),
        },
        name: new,
        holds: target.held.as_ref().ok().and_then(|h| h.as_ref()).map(|h| h.name.clone()),
        previous: previous.unwrap_or_default(),
        diff,
        gates,
        obstacles,
        calls: made.calls,
        pipeline_diff: made.diff,
        object: made.object,
        server: made.server,
        operator,
        host,
        follows: follows(&channel, way),
        made: now,
        channel,
    };
    plan.id = id(&plan);
    for call in &mut plan.calls {
        if matches!(call.body, Tree::Map(_)) && way != Way::RegistryTag {
            run::mark(&mut call.body, &plan.id);
        }
    }
    Ok(plan)
}

/// The repository that most releases of the stream are in, but for the release itself.
fn source_place(stream: &[Release], but: &str) -> Option<String> {
    let mut places: Vec<(String, usize)> = Vec::new();
    for image in stream.iter().filter(|r| &*r.name != but).filter_map(|r| r.pull_spec.parse::<ImageRef>().ok()) {
        match places.iter_mut().find(|(place, _)| *place == image.place()) {
            Some((_, count)) => *count += 1,
            None => places.push((image.place(), 1)),
        }
    }
    places.into_iter().max_by_key(|(_, count)| *count).map(|(place, _)| place)
}

/// Who the server of the way says we are.
async fn who(client: &Client, channel: &Channel, way: Way) -> (String, String) {
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

type OnCluster =
    ((String, Fact<bool>), Vec<(String, Fact<bool>)>, Fact<Option<gates::Cron>>, Fact<Option<gates::Cron>>);

async fn on_cluster(client: &Client, channel: &Channel, way: Way, found: &Clusters, now: Timestamp) -> OnCluster {
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
                    let words = format!("create pipelineruns in {namespace} on {}", pipeline.cluster);
                    let may = match &place {
                        Ok(place) => both(
                            cluster::may(place, namespace, "create", "tekton.dev", "pipelineruns").await,
                            cluster::may(place, namespace, "patch", "tekton.dev", "pipelineruns").await,
                        ),
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

fn both(a: Fact<bool>, b: Fact<bool>) -> Fact<bool> {
    Ok(a? && b?)
}

/// What would be sent.
struct Made {
    calls: Vec<Call>,
    diff: Vec<weir_domain::plan::DiffLine>,
    object: RunId,
    server: String,
}

fn made(
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
                    Made { calls: vec![call], diff: pinned.diff, object: id, server }
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
            Made { calls, diff: Vec::new(), object, server: String::new() }
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

fn follows(channel: &Channel, way: Way) -> Vec<String> {
    let mut said = Vec::new();
    match way {
        Way::Pinned => {
            said.push("no pod chooses anything: the release, its digest and the new name are in the run".into());
            said.push(format!(
                "when mirror has ended: the tag of {} is checked to be ours, and each component without credentials; else the run is cancelled",
                channel.release_repository
            ));
            said.push(format!("then the run makes the release on GitHub {}, and the channel's tag", channel.github));
        }
        Way::ImagestreamTag => {
            said.push("the ImageStream imports exactly that digest; its other tags are not touched".into())
        }
        Way::RegistryTag => said.push(
            "the tag is read back; a registry cannot exclude a second promoter, so another digest there is told".into(),
        ),
    }
    if way != Way::RegistryTag {
        said.push(
            "then the release-controller tests it, signs it, and Cincinnati offers it: that takes hours, and is shown"
                .into(),
        );
    }
    said
}

/// Twelve hex digits over all that matters, ages and times left out.
fn id(plan: &Plan) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push_str(&part.len().to_string());
        text.push(':');
        text.push_str(part);
        text.push('\n');
    };
    for part in [
        plan.way.word(),
        plan.channel.name.as_str(),
        plan.from.release.stream.as_str(),
        &plan.from.release.name,
        &plan.from.pull_spec.to_string(),
        plan.from.digest.as_str(),
        &plan.name,
        plan.digest.as_ref().map_or("", Digest::as_str),
        &plan.object.to_string(),
        &plan.server,
    ] {
        add(part);
    }
    add(&serde_json::to_string(&plan.channel).unwrap_or_default());
    for previous in &plan.previous {
        add(previous);
    }
    for gate in &plan.gates {
        add(gate.id.key());
        add(gate.verdict.word());
        add(&gate.evidence);
        gate.details.iter().for_each(|line| add(line));
        add(gate.waived.as_deref().unwrap_or_default());
    }
    plan.obstacles.iter().for_each(|line| add(line));
    for call in &plan.calls {
        add(call.method);
        add(&call.path);
        add(&serde_json::to_string(&call.body).unwrap_or_default());
    }
    add(&serde_json::to_string(&plan.pipeline_diff).unwrap_or_default());
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
