//! `plan(release, channel)`: reads everything a promotion depends on and changes nothing.
//!
//! The same state of the world gives the same id: it is made of the inputs, the name, the digest, what would be sent, the
//! Pipeline's difference, and the gates' verdicts with their evidence.

mod clusters;
mod made;
mod naming;
mod source;

use super::cluster;
use super::run::{self, Marks};
use crate::Client;
use crate::releases::object::payload_object;
use clusters::{clusters, on_cluster, usual, who};
use jiff::Timestamp;
use made::{earlier, made};
use naming::{naming, stream_of, taken};
use sha2::{Digest as _, Sha256};
use source::{Origin, origin, previous_of, source_place, target};
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::{self, Fact, Facts, Occupant, Places};
use weir_domain::payload::PayloadDiff;
use weir_domain::plan::{Plan, PlanRequest};
use weir_domain::{Digest, Failure, FailureKind, Tree, pinned};

/// Clocks that are further apart than this are told.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

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

pub(crate) async fn plan(client: &Client, request: &PlanRequest) -> Result<Plan, Failure> {
    let channel = channel(client, &request.channel)?;
    let way = request.way.unwrap_or(channel.way);
    let what = format!("cannot plan the promotion of {}", request.release);
    if way != channel.way && (channel.way, way) != (Way::Pinned, Way::ImagestreamTag) {
        let why = format!("{} is promoted to by the way {}, not {}", channel.name, channel.way.word(), way.word());
        return Err(Failure::new(
            FailureKind::Usage,
            what,
            why,
            "imagestream-tag is the last step of pinned; others are not each other",
        ));
    }
    let mut tried = channel.clone();
    tried.way = way;
    if let Some(why) = tried.problem() {
        return Err(Failure::new(FailureKind::Usage, what, why, "mend the config, or choose another way"));
    }
    let releases = client.inner.releases.clone().ok_or_else(|| {
        Failure::new(FailureKind::Usage, &what, "the config names no release-controller", "set `releases.url`")
    })?;
    let here = Timestamp::now();
    let Origin { source, stream, credential } = origin(client, &releases, request, &what).await?;
    let pinned_image = source.pinned();
    let (short, config, insight, payload, signed, weights, found, imported) = tokio::join!(
        releases.short(request.release.stream.as_str(), &request.release.name),
        releases.config(request.release.stream.as_str()),
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
    // What is scheduled on the cluster fires by its clock, not by this machine's.
    let there = match &found.place {
        Some(Ok(place)) => cluster::clock(place).await,
        _ => None,
    };
    let apart = there.map(|there| there.duration_since(here)).filter(|by| by.abs() > SKEW);
    let now = apart.map_or(here, |by| here + by);
    let skew = apart.map(|by| {
        format!(
            "this machine's clock is {} minutes {} the cluster's, which counts",
            by.abs().as_mins(),
            if by.is_positive() { "behind" } else { "ahead of" }
        )
    });
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
    let previous_from =
        spec.filter(|_| way == Way::Pinned).and_then(|spec| pinned::previous_stream(spec, &values)).unwrap_or_default();
    let previous = match (way, &places.repository) {
        (Way::ImagestreamTag, Ok(Some(Occupant { payload: Ok(there), .. }))) => Ok(there.previous.clone()),
        (Way::Pinned, _) => match previous_from.as_str() {
            "" => Err("the Pipeline cannot be read".into()),
            from if from == request.release.stream.as_str() => Ok(previous_of(&stream, &request.release.name)),
            from if from == channel.name.as_str() => {
                target.releases.as_ref().map(|all| previous_of(all, &request.release.name)).map_err(Clone::clone)
            }
            from => fact(releases.tags(from).await).map(|all| previous_of(&all, &request.release.name)),
        },
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
        configured: fact(config).map(|config| config.blocking),
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
        previous_from,
        right,
        secrets,
        rivals: match runs {
            Some(Ok(runs)) => Ok(cluster::rivals(runs, &channel, &cluster_name, None)),
            Some(Err(why)) => Err(why.clone()),
            None if way == Way::RegistryTag => Ok(Vec::new()),
            None => Err("the channel names no Pipeline whose runs could be looked at".into()),
        },
        earlier: earlier(runs.and_then(|r| r.as_ref().ok()).map_or(&[], Vec::as_slice), &channel, name.as_deref()),
        skew,
        promoter,
        clean_up,
        promoter_usual,
        clean_up_usual,
        takes: match runs {
            Some(Ok(runs)) => cluster::expected(runs, &channel),
            _ => cluster::expected(&[], &channel),
        },
        latest,
        read_only: read_only(client, &channel, way),
    };
    let gates = gates::judge(&facts, &request.waivers);
    let mut obstacles = found.task_strangers.clone();
    if !channel.sources.contains(&request.release.stream) {
        obstacles.push(format!("{} takes no releases of {}", channel.name, request.release.stream));
    }
    let new = name.clone().unwrap_or_default();
    let reason = request.reasons(&gates);
    let marks = Marks { operator: &operator, host: &host, reason: reason.as_deref() };
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
        follows: follows(&channel, way, &new),
        name: new,
        replaces: match (way, &places.repository) {
            (Way::RegistryTag, Ok(Some(there))) => Some(there.digest.clone()),
            _ => None,
        },
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
        made: now,
        channel,
    };
    plan.id = id(&plan);
    for call in &mut plan.calls {
        if matches!(call.body, Tree::Map(_)) && way != Way::RegistryTag {
            run::mark_plan(&mut call.body, &plan.id);
        }
    }
    Ok(plan)
}

/// Why nothing may be sent from here, by the flag or by what the config says of the cluster it would go to.
fn read_only(client: &Client, channel: &Channel, way: Way) -> Option<String> {
    if client.inner.settings.read_only {
        return Some("weir is read-only here".into());
    }
    let cluster = match way {
        Way::Pinned => channel.pipeline.as_ref().map(|place| &place.cluster),
        Way::ImagestreamTag => channel.imagestream.as_ref().map(|place| &place.cluster),
        Way::RegistryTag => None,
    };
    let endpoint = client.endpoint(cluster?)?;
    endpoint.read_only.then(|| format!("{} is read-only in the config", endpoint.name))
}

/// A line each where names are not too long: what publishes is to be seen before the yes.
fn follows(channel: &Channel, way: Way, name: &str) -> Vec<String> {
    let mut said = Vec::new();
    match way {
        Way::Pinned => {
            said.push(format!("mirror copies it to {}:{name}", channel.release_repository));
            said.push("check: the tag is ours, components public; else the run is cancelled".into());
            said.push(format!("GitHub {} gets the release", channel.github));
            said.push(match &channel.imagestream {
                Some(to) => format!("the channel gets it: ImageStream {}/{} on {}", to.namespace, to.name, to.cluster),
                None => "the channel gets it".into(),
            });
        }
        Way::ImagestreamTag => said.push("the ImageStream imports that digest; its other tags are not touched".into()),
        Way::RegistryTag => said.push("a registry cannot exclude two promoters; the tag is read back".into()),
    }
    if way != Way::RegistryTag {
        said.push("the release-controller tests and signs it, Cincinnati offers it (hours)".into());
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
    add(&plan.request.because().unwrap_or_default());
    plan.obstacles.iter().for_each(|line| add(line));
    for call in &plan.calls {
        add(call.method);
        add(&call.path);
        add(&serde_json::to_string(&call.body).unwrap_or_default());
    }
    add(&serde_json::to_string(&plan.pipeline_diff).unwrap_or_default());
    short_hash(&text)
}

/// The first twelve hex digits of a SHA-256.
fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
