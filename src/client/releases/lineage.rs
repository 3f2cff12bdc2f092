//! What a release was promoted as: the newest releases of each channel, each asked once where it comes from.

use super::{Miss, Releases};
use std::sync::Arc;
use weir_domain::release::{built, minor};
use weir_domain::{FailureKind, Release, ReleaseId, StreamName};

/// How many of a channel's releases are asked.
const ASKED: usize = 6;

impl Releases {
    /// The channels and names it was promoted as, and what could not be asked.
    pub(super) async fn promoted_as(
        &self,
        release: &ReleaseId,
        channels: &[StreamName],
    ) -> (Vec<ReleaseId>, Vec<String>) {
        let (mut found, mut unseen) = (Vec::new(), Vec::new());
        for channel in channels.iter().filter(|channel| **channel != release.stream) {
            match self.children(release, channel).await {
                Ok((names, unread)) => {
                    found.extend(names.into_iter().map(|name| ReleaseId { stream: channel.clone(), name }));
                    unseen.extend(unread);
                }
                // This release-controller has no such channel: nothing was promoted to it.
                Err(miss) if miss.failure.kind == FailureKind::Missing => {}
                Err(miss) => unseen.push(miss.failure.sentence()),
            }
        }
        found.sort();
        (found, unseen)
    }

    async fn children(
        &self,
        release: &ReleaseId,
        channel: &StreamName,
    ) -> Result<(Vec<Arc<str>>, Option<String>), Miss> {
        let all = self.listed(channel.as_str()).await?;
        let (mut names, mut unread) = (Vec::new(), None);
        for candidate in candidates(&all, &release.name) {
            match self.promoted_from(channel.as_str(), &candidate.name).await {
                Ok(from) if from.as_deref() == Some(&*release.name) => names.push(candidate.name.clone()),
                Ok(_) => {}
                Err(failure) => unread = Some(failure.sentence()),
            }
        }
        Ok((names, unread))
    }
}

/// Those that can come from the release: of its version line, with an image, the newest few.
fn candidates<'a>(all: &'a [Release], name: &str) -> impl Iterator<Item = &'a Release> {
    let (line, made) = (minor(name), built(name));
    all.iter()
        .filter(move |r| {
            minor(&r.name) == line && !r.pull_spec.is_empty() && (r.created.is_none() || r.created >= made)
        })
        .take(ASKED)
}
