//! Sends a confirmed plan: it must still hold, the journal must have it, and whatever happens on the way it is sent once.

use super::cluster::{self, Place};
use super::{after, memory, plan};
use crate::Client;
use crate::execute::{attempt, line, note, outcome_of};
use crate::http::{self, Trouble};
use crate::queries::dry_run;
use crate::registry::Access;
use jiff::Timestamp;
use std::time::Duration;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::plan::Plan;
use weir_domain::{Command, Confirmed, Digest, Failure, FailureKind, ImageRef, Receipt, Tree, Way};

/// How often a lost answer is looked for, and how long between.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(2);

pub(crate) async fn promote(client: &Client, plan: &Plan, confirmed: &Confirmed<Command>) -> Result<Receipt, Failure> {
    let what = format!("cannot promote {} to {}", plan.from.release, plan.channel.name);
    if client.inner.settings.read_only {
        let hint = "leave out --read-only, or `read-only` in the config";
        return Err(Failure::new(FailureKind::Refused, &what, "weir is read-only here", hint));
    }
    holds(client, plan, &what).await?;
    let entry = entry(client, plan, confirmed);
    note(client, entry.clone()).await?;
    let result = match plan.way {
        Way::Pinned => create(client, plan, &entry.id, &what, "pipelineruns").await,
        Way::ImagestreamTag => create(client, plan, &entry.id, &what, "imagestreamtags").await,
        Way::RegistryTag => tag(client, plan, &what).await,
    };
    let (outcome, answer) = outcome_of(&result);
    let uid = result.as_ref().map(|receipt| receipt.uid.clone()).unwrap_or_default();
    let after = Entry { time: Timestamp::now(), outcome, answer, uid, body: String::new(), ..entry };
    if let Err(failure) = note(client, after.clone()).await {
        tracing::error!("{failure}");
    }
    if outcome == Outcome::Unknown && plan.way != Way::RegistryTag {
        tokio::spawn(memory::look_on(client.clone(), after.clone(), memory::LATE));
    }
    let receipt = result?;
    let alone = match plan.way {
        Way::Pinned => alone(client, plan, &receipt, &after, &what).await,
        _ => Ok(()),
    };
    // Also a run that gave way is followed to its end.
    after::begin(client, &after, None);
    alone.map(|()| receipt)
}

/// Reads everything again. A plan that is not exactly the same any more is refused with what changed.
async fn holds(client: &Client, plan: &Plan, what: &str) -> Result<(), Failure> {
    let now = Box::pin(plan::plan(client, &plan.request)).await.map_err(|failure| {
        let why = format!("whether the plan still holds cannot be read: {}", failure.sentence());
        Failure::new(failure.kind, what, why, "nothing was sent; plan again when it can be read")
    })?;
    if now.id == plan.id {
        return Ok(());
    }
    let why = format!("the plan {} does not hold any more: {}", plan.id, plan.drift(&now).join("; "));
    Err(Failure::new(
        FailureKind::Conflict,
        what,
        why,
        format!("nothing was sent; the plan is {} now, look again", now.id),
    ))
}

/// What is sent, marked with the journal line it belongs to: two weirs may hold the same plan.
fn marked(plan: &Plan, attempt: &str) -> Option<weir_domain::proposal::Call> {
    let mut call = weir_domain::proposal::calls(&Command::Promote(Box::new(plan.clone()))).into_iter().next()?;
    if plan.way != Way::RegistryTag {
        super::run::mark(&mut call.body, ATTEMPT, attempt);
    }
    Some(call)
}

const ATTEMPT: &str = "weir/attempt";

fn entry(client: &Client, plan: &Plan, confirmed: &Confirmed<Command>) -> Entry {
    let id = attempt();
    let calls: Vec<_> = marked(plan, &id).into_iter().collect();
    let server = client.endpoint(&plan.object.cluster).map_or_else(|| plan.server.clone(), |endpoint| endpoint.server);
    line(confirmed, id, &calls, (server, plan.operator.clone(), plan.host.clone()))
}

/// The four places where a promotion shows.
pub fn places(plan: &Plan) -> String {
    let channel = &plan.channel;
    let mut places =
        vec![format!("the object {}", plan.object), format!("the tag {}:{}", channel.release_repository, plan.name)];
    if !channel.github.is_empty() {
        places.push(format!("the release {} of GitHub {}", plan.name, channel.github));
    }
    if let Some(stream) = &channel.imagestream {
        places.push(format!("the ImageStream {}/{}", stream.namespace, stream.name));
    }
    places.join(", ")
}

async fn create(client: &Client, plan: &Plan, attempt: &str, what: &str, plural: &str) -> Result<Receipt, Failure> {
    let place = Place::of(client, &plan.object.cluster).await?;
    let facts = place.cluster.endpoint();
    let refused = |why: String, hint: &str| Err(Failure::new(FailureKind::Refused, what, why, hint));
    if facts.read_only {
        return refused(format!("{} is read-only in the config", place.cluster.name), "");
    }
    if !plan.server.is_empty() && plan.server != facts.server {
        return refused(format!("`{}` is {} now, not {}", place.cluster.name, facts.server, plan.server), "look again");
    }
    place.cluster.same_identity()?;
    let Some(call) = marked(plan, attempt) else {
        return refused("there is nothing to send".into(), "");
    };
    if plan.way == Way::Pinned
        && let Err(no) = dry_run(&place.cluster, &place.session, &call.path, &call.body).await?
    {
        return Err(Failure::new(no.kind, what, no.why, "the server's dry run said no; nothing was made"));
    }
    let body = serde_json::to_vec(&call.body)
        .map_err(|error| Failure::new(FailureKind::Usage, what, error.to_string(), ""))?;
    let request = http::sending(::http::Method::POST, &call.path, call.content_type, body);
    let made = match http::unary(&place.session.client, request).await {
        Ok(body) => match serde_json::from_slice::<Tree>(&body) {
            Ok(made) if made.text_at(&["metadata", "uid"]).is_some_and(|uid| !uid.is_empty()) => made,
            _ => look(&place, plan, attempt, plural, what, "the answer cannot be read").await?,
        },
        // The server, or one before it, may have done it all the same.
        Err(Trouble::Lost { why, sent: true }) => look(&place, plan, attempt, plural, what, &why).await?,
        Err(Trouble::TooLarge(_)) => look(&place, plan, attempt, plural, what, "the answer is too large").await?,
        Err(trouble) if trouble.code().is_some_and(|code| code >= 500) => {
            look(&place, plan, attempt, plural, what, &trouble.failure(what).why).await?
        }
        Err(trouble) if trouble.code() == Some(409) => {
            let there = find(&place, &plan.object, plural).await?;
            return match there {
                Some(there) if ours(&there, attempt) => Ok(receipt(plan, &there)),
                Some(there) => {
                    refused(format!("{} is there already{}", plan.object.name, said_by(&there)), "look at it")
                }
                None => refused(format!("{} was there already and is gone now", plan.object.name), "plan again"),
            };
        }
        Err(trouble) => return Err(place.cluster.note(&place.session, &trouble, what).await),
    };
    Ok(receipt(plan, &made))
}

fn receipt(plan: &Plan, made: &Tree) -> Receipt {
    Receipt {
        run: plan.object.clone(),
        uid: made.text_at(&["metadata", "uid"]).unwrap_or_default().to_string(),
        words: plan.words(),
    }
}

/// Made by this very send: by annotation, or for an ImageStreamTag by that of its tag.
fn ours(there: &Tree, attempt: &str) -> bool {
    [&["metadata", "annotations", ATTEMPT][..], &["tag", "annotations", ATTEMPT][..]]
        .iter()
        .any(|path| there.text_at(path) == Some(attempt))
}

fn said_by(there: &Tree) -> String {
    let says = |place: &str| there.text_at(&[place, "annotations", "weir/operator"]);
    match says("metadata").or_else(|| says("tag")) {
        Some(name) => format!(" (it says {name})"),
        None => String::new(),
    }
}

/// The uid of what this very send has made, if it is there. Reads only.
pub async fn made(client: &Client, sent: &Entry) -> Result<Option<String>, Failure> {
    let Some(plan) = sent.plan.as_deref().filter(|plan| plan.way != Way::RegistryTag) else { return Ok(None) };
    let place = Place::of(client, &plan.object.cluster).await?;
    let plural = if plan.way == Way::Pinned { "pipelineruns" } else { "imagestreamtags" };
    let there = find(&place, &plan.object, plural).await?.filter(|there| ours(there, &sent.id));
    Ok(there.and_then(|there| there.text_at(&["metadata", "uid"]).map(str::to_string)))
}

async fn find(place: &Place, object: &weir_domain::RunId, plural: &str) -> Result<Option<Tree>, Failure> {
    let group = if plural == "pipelineruns" { "tekton.dev" } else { "image.openshift.io" };
    let path = format!(
        "/apis/{group}/v1/namespaces/{}/{plural}/{}",
        http::encoded(object.namespace.as_str()),
        http::encoded(&object.name)
    );
    place.find(&path, "cannot look for it").await
}

/// After a lost answer: found by its name and this plan's id it is ours; anything else is not known, and nothing is sent again.
async fn look(
    place: &Place,
    plan: &Plan,
    attempt: &str,
    plural: &str,
    what: &str,
    lost: &str,
) -> Result<Tree, Failure> {
    let mut last = String::from("it is not there");
    for again in 0..LOOKS {
        if again > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        match find(place, &plan.object, plural).await {
            Ok(Some(there)) if ours(&there, attempt) => return Ok(there),
            Ok(Some(there)) => {
                let why = format!("{} is there and not ours{}", plan.object.name, said_by(&there));
                return Err(Failure::new(FailureKind::Refused, what, why, "look at it"));
            }
            // A slow server may still make it.
            Ok(None) => last = "it is not there".into(),
            Err(failure) => last = format!("it cannot be looked for: {}", failure.why),
        }
    }
    let hint = format!("weir sends nothing again by itself; look at {}", places(plan));
    Err(Failure::new(FailureKind::Unknown, format!("{what}: the answer was lost"), format!("{lost}; {last}"), hint))
}

/// Right after the create: an older promotion of the same target wins, and ours is cancelled by its uid.
async fn alone(client: &Client, plan: &Plan, receipt: &Receipt, accepted: &Entry, what: &str) -> Result<(), Failure> {
    let rival = match older(client, plan, &receipt.uid).await {
        Ok(rival) => rival,
        // Not to be seen now: the guard goes on asking until `mirror` has ended.
        Err(_) => return Ok(()),
    };
    let Some(rival) = rival else { return Ok(()) };
    let why = format!("{} was there before and {}", rival.run, rival.does);
    let stopped = match Confirmed::stop_of(accepted, &why) {
        Some(stop) => crate::execute::change(client, stop).await,
        None => return Ok(()),
    };
    let hint = match stopped {
        Ok(_) => "ours was cancelled; look at the other".to_string(),
        Err(failure) => {
            format!("ours could not be cancelled ({}): cancel {} now", failure.sentence(), plan.object.name)
        }
    };
    Err(Failure::new(FailureKind::Refused, what, why, hint))
}

/// The oldest unfinished promotion of the same target that is older than ours.
pub async fn older(client: &Client, plan: &Plan, uid: &str) -> Result<Option<weir_domain::gates::Rival>, Failure> {
    older_than(client, &plan.channel, uid).await
}

pub async fn older_than(
    client: &Client,
    channel: &weir_domain::Channel,
    uid: &str,
) -> Result<Option<weir_domain::gates::Rival>, Failure> {
    let Some(pipeline) = &channel.pipeline else { return Ok(None) };
    let place = Place::of(client, &pipeline.cluster).await?;
    let mut runs = cluster::runs(&place, pipeline.namespace.as_str()).await?;
    let Some(at) = runs.iter().position(|run| run.metadata.uid == uid) else {
        let what = "cannot tell whether it is alone";
        return Err(Failure::new(FailureKind::Missing, what, "our own run is not among the runs", "weir looks again"));
    };
    let ours = runs.swap_remove(at);
    runs.retain(|run| cluster::age_order(run) < cluster::age_order(&ours));
    Ok(cluster::rivals(&runs, channel, &pipeline.cluster, None).into_iter().next())
}

/// A registry's tag: moved only while it still holds what the plan shows, and read back.
async fn tag(client: &Client, plan: &Plan, what: &str) -> Result<Receipt, Failure> {
    let registries = &client.inner.registries;
    let image: ImageRef = super::run::repository(&plan.channel.release_repository)?.with_tag(&plan.name);
    let Some(digest) = &plan.digest else {
        return Err(Failure::new(FailureKind::Refused, what, "the plan has no digest", ""));
    };
    let manifest = registries.manifest(&plan.from.pinned(), Access::Usual).await?;
    if manifest.digest != *digest {
        let why = format!("the source is {} now, not {}", manifest.digest.short(), digest.short());
        return Err(Failure::new(FailureKind::Conflict, what, why, "nothing was sent; look again"));
    }
    // Right before the PUT: a registry takes no condition with it.
    let there = registries.digest(&image).await?;
    if there != plan.replaces {
        let words = |digest: &Option<Digest>| digest.as_ref().map_or_else(|| "nothing".to_string(), Digest::to_string);
        let why = format!("{image} holds {} now, it was {}", words(&there), words(&plan.replaces));
        return Err(Failure::new(FailureKind::Conflict, what, why, "nothing was sent; look again"));
    }
    let sent = registries.put_manifest(&image, &manifest).await;
    let back = registries.digest(&image).await;
    match (&sent, &back) {
        (_, Ok(Some(there))) if there == digest => Ok(Receipt {
            run: plan.object.clone(),
            uid: String::new(),
            words: format!("{image} is {}", digest.short()),
        }),
        (Ok(_), Ok(there)) => {
            let there = there.as_ref().map_or_else(|| "nothing".to_string(), |d| d.short());
            let why = format!("{image} holds {there} now: someone else pushed");
            Err(Failure::new(FailureKind::Conflict, what, why, "a registry cannot exclude two promoters; look again"))
        }
        (Ok(_), Err(failure)) => Err(Failure::new(
            FailureKind::Unknown,
            format!("{what}: it was sent and cannot be read back"),
            failure.sentence(),
            format!("look at {image}"),
        )),
        (Err(failure), _) => Err(failure.clone()),
    }
}
