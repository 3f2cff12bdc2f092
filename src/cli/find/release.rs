//! From a TAG to a release and its stream, and from IMAGE or TAG to an image.
//!
//! A release's name mostly tells its stream (`STREAM-2026-11-21-051233`), and promoted ones are in a channel: those streams
//! are asked first. Only when none has it, all are.

use crate::code::End;
use crate::desk::Desk;
use crate::list;
use futures::future::join_all;
use std::collections::BTreeSet;
use weir_domain::image::is_tag;
use weir_domain::release::built;
use weir_domain::{EndpointKind, Failure, FailureKind, ImageRef, News, Release, ReleaseId, Stream, StreamName, Watch};

/// A release as its stream lists it.
pub(crate) struct Found {
    pub id: ReleaseId,
    pub release: Release,
}

/// What was asked for, and the release when it was named by its tag.
pub(crate) struct Image {
    pub image: ImageRef,
    pub release: Option<Found>,
}

/// A release-controller must be there.
pub(crate) fn there_is_one(desk: &Desk<'_>) -> Result<(), Failure> {
    if desk.client.endpoints().iter().any(|e| e.kind == EndpointKind::Releases) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Usage,
        "there is no release-controller to ask",
        "the config's `url` of `[releases]` is empty",
        "give it an address",
    ))
}

/// `TAG` or `STREAM/TAG`.
pub(crate) async fn release(desk: &Desk<'_>, text: &str) -> Result<Found, End> {
    let (stream, tag) = match text.rsplit_once('/') {
        Some((stream, tag)) => (Some(stream), tag),
        None => (None, text),
    };
    if !is_tag(tag) || stream.is_some_and(|stream| !is_tag(stream)) {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("`{text}` is no release's name"),
            "",
            "write TAG or STREAM/TAG, e.g. 4.22.0-0.okd-scos-nightly-2026-11-21-051233",
        )
        .into());
    }
    there_is_one(desk)?;
    if let Some(stream) = stream {
        let found = in_stream(desk, stream).await?;
        return pick(vec![found], tag)?.ok_or_else(|| missing(tag, &format!("in `{stream}`")).into());
    }
    let likely = likely(desk, tag);
    let asked = join_all(likely.iter().map(|stream| in_stream(desk, stream.as_str()))).await;
    let (known, silent): (Vec<_>, Vec<_>) = asked.into_iter().partition(Result::is_ok);
    if let Some(found) = pick(known.into_iter().flatten().collect(), tag)? {
        return Ok(found);
    }
    // The one stream that the name tells is silent: the others cannot have it.
    if let (Some(_), Some(Err(failure))) = (stream_of(tag), silent.into_iter().next())
        && failure.kind != FailureKind::Missing
    {
        return Err(failure.into());
    }
    let all = list::streams(desk.client).await?;
    let streams = all.len();
    pick(all, tag)?.ok_or_else(|| missing(tag, &format!("in any of the {streams} streams")).into())
}

/// An image reference, else a release whose image is meant.
pub(crate) async fn image(desk: &Desk<'_>, text: &str) -> Result<Image, End> {
    if text.contains('/') {
        let image = text.parse::<ImageRef>().map_err(|why| {
            Failure::new(FailureKind::Usage, "cannot tell which image is meant", why, "or give a release's name")
        })?;
        return Ok(Image { image, release: None });
    }
    let found = release(desk, text).await?;
    Ok(Image { image: image_of(&found)?, release: Some(found) })
}

/// The image by its pull spec; one that was never made has none.
pub(crate) fn image_of(found: &Found) -> Result<ImageRef, Failure> {
    let (name, spec) = (&found.id.name, &found.release.pull_spec);
    if spec.is_empty() {
        return Err(Failure::new(
            FailureKind::Missing,
            format!("`{name}` has no image"),
            format!("it is {}", found.release.phase.word()),
            "",
        ));
    }
    spec.parse().map_err(|why: String| {
        Failure::new(FailureKind::Broken, format!("the release-controller's pull spec of `{name}` is none"), why, "")
    })
}

async fn in_stream(desk: &Desk<'_>, stream: &str) -> Result<Stream, Failure> {
    let what = format!("cannot list the releases of `{stream}`");
    list::first(desk.client, Watch::Releases(StreamName::new(stream)), &what, |news| match news {
        News::Releases(_, loaded) => Some(loaded),
        _ => None,
    })
    .await
}

/// The stream that the name begins with, or the channels.
fn likely(desk: &Desk<'_>, tag: &str) -> BTreeSet<StreamName> {
    match stream_of(tag) {
        Some(stream) => [StreamName::new(stream)].into(),
        None => desk.client.channels().iter().map(|channel| channel.name.clone()).collect(),
    }
}

/// The name without the build time at its end.
fn stream_of(tag: &str) -> Option<&str> {
    built(tag)?;
    tag.get(..tag.len().checked_sub("-2026-11-21-051233".len())?)
}

fn pick(streams: Vec<Stream>, tag: &str) -> Result<Option<Found>, Failure> {
    let mut found: Vec<Found> = Vec::new();
    for stream in streams {
        let release = stream.releases.into_iter().find(|release| *release.name == *tag);
        found.extend(release.map(|release| Found { id: ReleaseId::new(stream.name.as_str(), tag), release }));
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|f| format!("{}/{}", f.id.stream, f.id.name)).collect();
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{} streams have a release `{tag}`", names.len()),
            names.join(", "),
            "give one of these names whole, or the image",
        ));
    }
    Ok(found.pop())
}

fn missing(tag: &str, place: &str) -> Failure {
    Failure::new(FailureKind::Missing, format!("there is no release `{tag}` {place}"), "", "see `weir streams`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::Phase;

    fn stream(name: &str, releases: &[&str]) -> Stream {
        let release = |name: &&str| Release {
            name: (*name).into(),
            phase: Phase::Accepted,
            pull_spec: format!("registry.ci.openshift.org/origin/release-scos:{name}").as_str().into(),
            created: None,
            verdict: None,
        };
        Stream { name: name.into(), releases: releases.iter().map(release).collect(), as_of: None }
    }

    #[test]
    fn a_nightlys_name_tells_its_stream_and_a_promoted_ones_does_not() {
        assert_eq!(stream_of("4.22.0-0.okd-scos-nightly-2026-11-21-051233"), Some("4.22.0-0.okd-scos-nightly"));
        assert_eq!(stream_of("4.21.0-okd-scos.7"), None);
    }

    #[test]
    fn a_name_in_two_streams_is_the_callers_to_settle() {
        let both = vec![stream("4-scos-next", &["4.21.0-okd-scos.7"]), stream("4-scos-stable", &["4.21.0-okd-scos.7"])];
        let failure = pick(both, "4.21.0-okd-scos.7").err().expect("refused");
        assert_eq!(failure.kind, FailureKind::Usage);
        assert!(failure.why.contains("4-scos-next/4.21.0-okd-scos.7"), "{}", failure.why);
        let one = pick(vec![stream("a", &["x", "y"]), stream("b", &["z"])], "y").expect("one").expect("found");
        assert_eq!((one.id.stream.as_str(), &*one.release.name), ("a", "y"));
        assert!(pick(vec![stream("a", &["x"])], "y").expect("none").is_none());
    }

    #[test]
    fn a_release_that_was_never_made_has_no_image() {
        let mut found = pick(vec![stream("a", &["x"])], "x").expect("one").expect("found");
        assert_eq!(image_of(&found).expect("an image").asked(), "x");
        found.release.pull_spec = "".into();
        found.release.phase = Phase::Failed;
        assert_eq!(image_of(&found).expect_err("none").sentence(), "`x` has no image: it is failed");
        found.release.pull_spec = "no image at all".into();
        assert_eq!(image_of(&found).expect_err("none").kind, FailureKind::Broken);
    }
}
