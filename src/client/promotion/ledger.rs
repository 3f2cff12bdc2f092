//! The ledger's sources: the journal, the runs of publishing Pipelines, the channels' releases.

use super::cluster::{self, Place};
use super::run;
use crate::Client;
use crate::http;
use crate::tekton::{WireRun, clean};
use futures::future::join_all;
use std::collections::BTreeSet;
use std::sync::Arc;
use weir_domain::ledger::{Held, LedgerRow, rows};
use weir_domain::{Channel, Failure, FailureKind, ImageRef, Run, Tree};

/// Of each channel's newest releases it is read what they were made from and what the tag and the import hold.
const LOOKED_INTO: usize = 6;

pub(crate) async fn ledger(client: &Client) -> Result<(Vec<LedgerRow>, Vec<String>), Failure> {
    let journal = client.inner.journal.clone();
    let read = tokio::task::spawn_blocking(move || journal.promotions()).await;
    let stopped = |_| Failure::new(FailureKind::Broken, "cannot read the journal", "the reader stopped", "");
    let reading = read.map_err(stopped)??;
    let mut unseen: Vec<String> = reading.unread().into_iter().map(|line| format!("the journal: {line}")).collect();
    let channels = &client.inner.settings.channels;
    let homes: BTreeSet<_> =
        channels.iter().filter_map(|c| c.pipeline.as_ref()).map(|p| (p.cluster.clone(), p.namespace.clone())).collect();
    let mut runs: Vec<Run> = Vec::new();
    for (name, namespace) in homes {
        let place = match Place::of(client, &name).await {
            Ok(place) => place,
            Err(failure) => {
                unseen.push(failure.sentence());
                continue;
            }
        };
        match cluster::all::<WireRun>(&place, namespace.as_str()).await {
            Ok(found) => {
                let found = found.into_iter().map(|run| run.run(name.as_str())).filter(|r| publishes(r, channels));
                runs.extend(join_all(found.map(|run| named(&place, run))).await);
            }
            Err(failure) => unseen.push(failure.sentence()),
        }
    }
    let looked = join_all(channels.iter().map(|channel| held(client, channel))).await;
    let (mut all, mut read) = (Vec::new(), Vec::new());
    for (channel, (found, troubles)) in channels.iter().zip(looked) {
        if let Some(found) = found {
            all.extend(found);
            read.push(Arc::from(channel.name.as_str()));
        }
        // Several channels may be on one cluster.
        for trouble in troubles {
            if !unseen.contains(&trouble) {
                unseen.push(trouble);
            }
        }
    }
    Ok((rows(&reading.entries, &runs, &all, &read), unseen))
}

/// A run that chose its name in a pod says it nowhere but in what its `mirror` was given, for as long as that is there.
async fn named(place: &Place, mut run: Run) -> Run {
    if run.label("weir/name").is_some() || run.param("target-release-name").is_some() {
        return run;
    }
    let Some(base) = place.session.tekton_path(Some(run.id.namespace.as_str()), "taskruns") else { return run };
    let select = format!("tekton.dev/pipelineRun={},tekton.dev/pipelineTask=mirror", run.id.name);
    let path = format!("{base}?limit=1&labelSelector={}", http::encoded(&select));
    let Ok(list) = place.read(&path, "cannot read what its mirror was given").await else { return run };
    let given = list.key("items").map(Tree::items).unwrap_or(&[]).first().and_then(|task| task.at(&["spec", "params"]));
    for (theirs, ours) in [("release-name", "target-release-name"), ("release-pullspec", "release-name")] {
        let value = given.map(Tree::items).unwrap_or(&[]).iter().find(|p| p.text_at(&["name"]) == Some(theirs));
        if let Some(value) = value.and_then(|p| p.text_at(&["value"])) {
            run.params.push((ours.into(), clean(value)));
        }
    }
    run
}

fn publishes(run: &Run, channels: &[Channel]) -> bool {
    let pipeline = run.pipeline.as_deref();
    run.label("weir/channel").is_some()
        || channels.iter().filter_map(|c| c.pipeline.as_ref()).any(|p| Some(p.name.as_str()) == pipeline)
}

/// What the channel holds, `None` when it was not read; and what could not be.
async fn held(client: &Client, channel: &Channel) -> (Option<Vec<Held>>, Vec<String>) {
    let Some(releases) = &client.inner.releases else { return (None, Vec::new()) };
    let mut troubles = Vec::new();
    let listed = match releases.tags(channel.name.as_str()).await {
        Ok(listed) => listed,
        Err(failure) => return (None, vec![failure.sentence()]),
    };
    let imported = match &channel.imagestream {
        None => None,
        Some(stream) => {
            let read = async {
                let place = Place::of(client, &stream.cluster).await?;
                cluster::image_stream(&place, stream).await
            };
            match read.await {
                Ok(found) => Some(found),
                Err(failure) => {
                    troubles.push(failure.sentence());
                    None
                }
            }
        }
    };
    let repository = run::repository(&channel.release_repository).ok();
    let looks = listed.iter().enumerate().map(|(index, release)| {
        let image: Option<ImageRef> =
            repository.as_ref().filter(|_| index < LOOKED_INTO).map(|r| r.with_tag(&release.name));
        let digest = imported
            .as_ref()
            .and_then(|i| i.tags.iter().find(|(name, _, _)| *name == *release.name))
            .and_then(|(_, _, digest)| digest.as_ref()?.parse().ok());
        async move {
            let mut row = Held {
                channel: channel.name.as_str().into(),
                name: release.name.clone(),
                created: release.created,
                from: None,
                tag: None,
                imported: digest,
            };
            if let Some(image) = image
                && let Ok(Some(tag)) = client.inner.registries.digest(&image).await
            {
                if let Ok(payload) = client.inner.payloads.payload(&image.with_digest(tag.clone())).await {
                    row.from = payload.from_release.clone();
                    row.created = row.created.or(payload.created);
                }
                row.tag = Some(tag);
            }
            row
        }
    });
    (Some(join_all(looks).await), troubles)
}
