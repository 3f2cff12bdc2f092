//! What a plan reads about the release itself and about the channel it goes to.

use super::fact;
use crate::Client;
use crate::releases::Releases;
use futures::future::join_all;
use std::sync::Arc;
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::{Fact, Promoted};
use weir_domain::payload::Payload;
use weir_domain::plan::{PlanRequest, Source};
use weir_domain::promoted::PromotedName;
use weir_domain::{Failure, FailureKind, ImageRef, Phase, Release};

/// What is known of the source before anything else is asked.
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) stream: Vec<Release>,
    pub(super) credential: String,
}

pub(super) async fn origin(
    client: &Client,
    releases: &Releases,
    request: &PlanRequest,
    what: &str,
) -> Result<Origin, Failure> {
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
pub(super) struct Target {
    pub(super) releases: Fact<Vec<Release>>,
    pub(super) held: Fact<Option<Payload>>,
    pub(super) promoted: Fact<Vec<Promoted>>,
}

pub(super) async fn target(
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

/// As `mirror` makes it: the newest accepted of the minor before, and all accepted of this one.
pub(super) fn previous_of(names: &[Release], new: &str) -> Vec<Arc<str>> {
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

/// The repository that most releases of the stream are in, but for the release itself.
pub(super) fn source_place(stream: &[Release], but: &str) -> Option<String> {
    let mut places: Vec<(String, usize)> = Vec::new();
    for image in stream.iter().filter(|r| &*r.name != but).filter_map(|r| r.pull_spec.parse::<ImageRef>().ok()) {
        match places.iter_mut().find(|(place, _)| *place == image.place()) {
            Some((_, count)) => *count += 1,
            None => places.push((image.place(), 1)),
        }
    }
    places.into_iter().max_by_key(|(_, count)| *count).map(|(place, _)| place)
}
