//! The checks after a promotion, each answered from the servers alone.

use super::cluster::{self, Place};
use super::run;
use crate::Client;
use weir_domain::gates::{Fact, is_ours};
use weir_domain::plan::PlanRecord;
use weir_domain::promotion::CheckId;
use weir_domain::{Digest, FailureKind, ImageRef, Phase, Way};

/// Whether a check means anything for this plan.
pub fn asked(id: CheckId, plan: &PlanRecord) -> bool {
    match id {
        CheckId::Run => plan.way == Way::Pinned,
        CheckId::Mirrored => true,
        CheckId::Pullable => plan.way != Way::RegistryTag,
        CheckId::Github => plan.way == Way::Pinned && !plan.channel.github.is_empty(),
        CheckId::Channel | CheckId::Phase | CheckId::Signature => plan.way != Way::RegistryTag,
        CheckId::Graph => plan.way != Way::RegistryTag && !plan.channel.graph_channel.is_empty(),
    }
}

/// What a check that was not answered yet waits for.
pub fn waits_for(id: CheckId, plan: &PlanRecord) -> &'static str {
    match id {
        _ if !asked(id, plan) => "not asked for this channel and way",
        CheckId::Run => "the run begins",
        CheckId::Mirrored | CheckId::Pullable => "when mirror has ended",
        CheckId::Github => "when create-github-release has ended",
        CheckId::Channel => "when update-release-channel has ended",
        CheckId::Phase | CheckId::Signature | CheckId::Graph => "when the channel has it",
    }
}

/// What the tag of the release repository holds.
pub enum Mirrored {
    Ours(Digest),
    Absent,
    Moved { from: Digest, to: Digest },
    Foreign(String),
    Unseen(String),
}

fn target(plan: &PlanRecord) -> Fact<ImageRef> {
    run::repository(&plan.channel.release_repository).map(|r| r.with_tag(&plan.name)).map_err(|f| f.sentence())
}

/// Read whole the first time; then only its digest, which must stay.
pub async fn mirrored(client: &Client, plan: &PlanRecord, expected: Option<&Digest>) -> Mirrored {
    let image = match target(plan) {
        Ok(image) => image,
        Err(why) => return Mirrored::Unseen(why),
    };
    if let Some(expected) = expected {
        return match client.inner.registries.digest(&image).await {
            Ok(Some(now)) if now == *expected => Mirrored::Ours(now),
            Ok(Some(now)) => Mirrored::Moved { from: expected.clone(), to: now },
            Ok(None) => Mirrored::Absent,
            Err(failure) => Mirrored::Unseen(failure.sentence()),
        };
    }
    let source = match client.inner.payloads.payload(&plan.from.pinned()).await {
        Ok(source) => source,
        Err(failure) => return Mirrored::Unseen(failure.sentence()),
    };
    let digest = match client.inner.registries.digest(&image).await {
        Ok(Some(digest)) => digest,
        Ok(None) => return Mirrored::Absent,
        Err(failure) => return Mirrored::Unseen(failure.sentence()),
    };
    match client.inner.payloads.payload(&image.with_digest(digest.clone())).await {
        Ok(there) => match is_ours(&there, &plan.name, &plan.from.pull_spec, &plan.from.digest, &source) {
            Ok(()) => Mirrored::Ours(digest),
            Err(why) => Mirrored::Foreign(format!("{image} is not ours: {why}")),
        },
        // Only what gave no answer may be asked again; what cannot be read as a release is none of ours.
        Err(failure) if matches!(failure.kind, FailureKind::Broken | FailureKind::Missing) => {
            Mirrored::Foreign(format!("{image} cannot be read as a release: {}", failure.why))
        }
        Err(failure) => Mirrored::Unseen(failure.sentence()),
    }
}

/// Every component from the content repository, without credentials. `Ok(Err)` names those that cannot be pulled.
pub async fn pullable(client: &Client, plan: &PlanRecord, digest: &Digest) -> Fact<Result<String, String>> {
    let image = target(plan)?.with_digest(digest.clone());
    let payload = client.inner.payloads.payload(&image).await.map_err(|f| f.sentence())?;
    let content = &plan.channel.content_repository;
    if !content.is_empty()
        && let Some(outside) = payload.components.iter().find(|c| c.image.place() != *content)
    {
        return Ok(Err(format!("{} is at {}, not in {content}", outside.name, outside.image.place())));
    }
    let weights = client.inner.payloads.weights(&image).await.map_err(|f| f.sentence())?;
    let refused: Vec<String> =
        weights.iter().filter_map(|w| w.refused.as_ref().map(|why| format!("{} ({why})", w.component))).collect();
    Ok(match refused.first() {
        None => Ok(format!("all {} components, without credentials", weights.len())),
        Some(one) => Err(format!(
            "{} of {} components cannot be pulled without credentials, e.g. {one}",
            refused.len(),
            weights.len()
        )),
    })
}

/// `None`: there is no such release. `Some(Err)`: it is there and not as it should be.
pub async fn github(client: &Client, plan: &PlanRecord) -> Fact<Option<Result<String, String>>> {
    let found = client.inner.web.github.release(&plan.channel.github, &plan.name).await.map_err(|f| f.sentence())?;
    let Some(found) = found else { return Ok(None) };
    if found.prerelease == plan.channel.latest {
        let (is, should) = if found.prerelease { ("a prerelease", "Latest") } else { ("no prerelease", "one") };
        return Ok(Some(Err(format!("GitHub has it as {is}, it should be {should}"))));
    }
    if plan.channel.latest && !found.latest {
        return Ok(Some(Err("GitHub has it, and its Latest is another".into())));
    }
    if found.assets == 0 {
        return Ok(Some(Err("GitHub has it without any file".into())));
    }
    Ok(Some(Ok(format!("GitHub has it with {} files", found.assets))))
}

/// `None`: not imported yet.
pub async fn channel(client: &Client, plan: &PlanRecord, expected: &Digest) -> Fact<Option<Result<String, String>>> {
    let Some(stream) = &plan.channel.imagestream else { return Ok(None) };
    let place = Place::of(client, &stream.cluster).await.map_err(|f| f.sentence())?;
    let found = cluster::image_stream(&place, stream).await.map_err(|f| f.sentence())?;
    let Some((_, from, digest)) = found.tags.into_iter().find(|(name, _, _)| *name == plan.name) else {
        return Ok(None);
    };
    Ok(match digest {
        None => None,
        Some(digest) if digest == expected.as_str() => Some(Ok(format!("{}:{} imported it", stream.name, plan.name))),
        Some(digest) => {
            Some(Err(format!("{}:{} imported {digest} from {from}, not {expected}", stream.name, plan.name)))
        }
    })
}

/// `Some(true)` good, `Some(false)` bad, `None` not decided; with words.
pub type Later = Fact<(Option<bool>, String)>;

pub async fn phase(client: &Client, plan: &PlanRecord) -> Later {
    let Some(releases) = &client.inner.releases else { return Err("there is no release-controller".into()) };
    let (phase, verdict) = releases.short(plan.channel.name.as_str(), &plan.name).await.map_err(|f| f.sentence())?;
    let why = verdict.sentence().map(|jobs| format!(": {jobs}")).unwrap_or_default();
    Ok(match phase {
        Phase::Accepted => (Some(true), "the release-controller accepted it".into()),
        Phase::Rejected | Phase::Failed => {
            (Some(false), format!("the release-controller calls it {}{why}", phase.word()))
        }
        other => (None, format!("the release-controller calls it {}", other.word())),
    })
}

pub async fn signature(client: &Client, plan: &PlanRecord, digest: &Digest) -> Later {
    let image = target(plan)?.with_digest(digest.clone());
    let signed = client.inner.payloads.signed(&image).await.map_err(|f| f.sentence())?;
    Ok(match signed.good() {
        Some(_) => (Some(true), signed.sentence()),
        None => (None, signed.sentence()),
    })
}

pub async fn graph(client: &Client, plan: &PlanRecord) -> Later {
    let minor = weir_domain::release::minor(&plan.name).unwrap_or_default();
    let name = plan.channel.graph_channel.replace("{minor}", &minor);
    let versions = client.inner.web.graph.channel(&name, "amd64").await.map_err(|f| f.sentence())?;
    Ok(if versions.contains(&plan.name) {
        (Some(true), format!("Cincinnati offers it in {name}"))
    } else {
        (None, format!("Cincinnati does not offer it in {name} yet"))
    })
}
