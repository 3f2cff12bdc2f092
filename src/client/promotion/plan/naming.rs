//! The new name: what stands at it, and which names the four places have.

use super::super::cluster::{self, Imported, Place};
use super::super::run;
use super::fact;
use super::source::Target;
use crate::Client;
use crate::web::quay::TagSpan;
use weir_domain::channel::{Channel, Way};
use weir_domain::gates::{self, Fact, Occupant, Taken, is_ours};
use weir_domain::payload::Payload;
use weir_domain::plan::Source;
use weir_domain::promoted::PromotedName;
use weir_domain::{Failure, ImageRef};

/// How much of a name's past is shown.
const HISTORY: usize = 4;

/// The new name, and what stands there.
pub(super) async fn naming(
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
            match &there {
                Ok(Some(Occupant { payload: Ok(image), .. })) => {
                    if is_ours(image, &before, &source.pull_spec, &source.digest, payload).is_ok() {
                        return Ok((Some(before), there));
                    }
                }
                // Whether it is ours cannot be told: then no further name is taken.
                Ok(Some(Occupant { payload: Err(_), .. })) | Err(_) => return Ok((Some(before), there)),
                Ok(None) => {}
            }
        }
    }
    let name = next.to_string();
    let there = occupant(client, &repository.with_tag(&name)).await;
    Ok((Some(name), there))
}

async fn occupant(client: &Client, image: &ImageRef) -> Fact<Option<Occupant>> {
    match fact(client.inner.registries.digest(image).await)? {
        None => Ok(None),
        Some(digest) => {
            let payload = client.inner.payloads.payload(&image.with_digest(digest.clone())).await;
            // Only quay tells; where it cannot be read the gate judges without it.
            let spans = match image.tag.as_deref() {
                Some(tag) => client.inner.web.quay.history(&image.host, &image.repository, tag).await.ok().flatten(),
                None => None,
            };
            let since = |span: &TagSpan| format!("it was {} since {}", span.digest, gates::moment(span.start));
            let history = spans.unwrap_or_default().iter().take(HISTORY).map(since).collect();
            Ok(Some(Occupant { digest, payload: fact(payload), history }))
        }
    }
}

pub(super) async fn stream_of(client: &Client, channel: &Channel) -> Fact<Option<Imported>> {
    let Some(stream) = &channel.imagestream else { return Ok(None) };
    let place = fact(Place::of(client, &stream.cluster).await)?;
    fact(cluster::image_stream(&place, stream).await).map(Some)
}

/// The names in all four places.
pub(super) async fn taken(
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
