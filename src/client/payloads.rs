//! Payloads, their components' weights and their signatures, read from registries and the signature store.
//!
//! A payload does not change under its digest: the last ones read stay in memory. Nothing is unpacked to disk, and a
//! layer's bytes count only after all of them were seen to have the digest that the manifest names.

mod contents;
mod layer;
mod weights;
mod zstd;

use crate::Settings;
use crate::registry::manifest::{Descriptor, Kind, Manifest};
use crate::registry::{Access, Registries};
use crate::signatures::Signatures;
use contents::Cover;
use layer::Files;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use weights::Scales;
use weir_domain::payload::Weight;
use weir_domain::signature::{PinnedKey, Signed};
use weir_domain::{Digest, Failure, FailureKind, ImageRef, Payload};

/// Payloads that stay in memory.
const KEPT: usize = 16;
/// What all layers of one payload may unpack to, in bytes.
const UNPACKED_LIMIT: u64 = 1 << 30;
/// The largest layer as it is sent, in bytes.
const LAYER_LIMIT: u64 = 512 << 20;
/// Pieces of a layer that may wait for the reader; each has some 16 kB.
const WAITING: usize = 16;

pub struct Payloads {
    registries: Registries,
    signatures: Signatures,
    scales: Scales,
    /// The last used at the end.
    known: Mutex<VecDeque<(Digest, Arc<Payload>)>>,
    /// Images that are being read, so that whoever asks meanwhile waits instead of reading too.
    reading: Mutex<BTreeMap<ImageRef, Arc<tokio::sync::Mutex<()>>>>,
}

impl Payloads {
    pub fn new(settings: &Settings, registries: Registries) -> Payloads {
        let signatures = Signatures::new(settings);
        Payloads {
            registries,
            signatures,
            scales: Scales::default(),
            known: Mutex::default(),
            reading: Mutex::default(),
        }
    }

    pub async fn payload(&self, image: &ImageRef) -> Result<Payload, Failure> {
        let known = self.read(image).await?;
        Ok(Payload { image: image.clone(), ..(*known).clone() })
    }

    /// Each component's, in the order of the payload; asked for without credentials.
    pub async fn weights(&self, image: &ImageRef) -> Result<Vec<Weight>, Failure> {
        let payload = self.read(image).await?;
        self.scales.weigh(&self.registries, &payload).await
    }

    /// The keys that may sign releases.
    pub fn keys(&self) -> Vec<PinnedKey> {
        self.signatures.pinned()
    }

    /// What the store has for this image: for its digest as it is given, else for the one its tag has now.
    pub async fn signed(&self, image: &ImageRef) -> Result<Signed, Failure> {
        let digest = match &image.digest {
            Some(digest) => digest.clone(),
            None => self.registries.digest(image).await?.ok_or_else(|| {
                let what = format!("cannot look for signatures of {image}");
                Failure::new(FailureKind::Missing, what, "there is no such image", "")
            })?,
        };
        self.signatures.of(&digest).await
    }

    fn kept(&self, digest: &Digest) -> Option<Arc<Payload>> {
        let mut known = self.known.lock().ok()?;
        let at = known.iter().position(|(kept, _)| kept == digest)?;
        let found = known.remove(at)?;
        known.push_back(found.clone());
        Some(found.1)
    }

    async fn read(&self, image: &ImageRef) -> Result<Arc<Payload>, Failure> {
        if let Some(payload) = image.digest.as_ref().and_then(|digest| self.kept(digest)) {
            return Ok(payload);
        }
        let turn = match self.reading.lock() {
            Ok(mut reading) => {
                // Those that nobody waits for any more.
                reading.retain(|_, turn| Arc::strong_count(turn) > 1);
                reading.entry(image.clone()).or_default().clone()
            }
            Err(_) => Arc::default(),
        };
        let _turn = turn.lock().await;
        if let Some(payload) = image.digest.as_ref().and_then(|digest| self.kept(digest)) {
            return Ok(payload);
        }
        let top = self.registries.manifest(image, Access::Usual).await?;
        if let Some(payload) = self.kept(&top.digest) {
            return Ok(payload);
        }
        let child = match top.preferred() {
            Some(child) => {
                Some(self.registries.manifest(&image.with_digest(child.image.digest.clone()), Access::Usual).await?)
            }
            None => None,
        };
        let single = child.as_ref().unwrap_or(&top);
        let files = self.files(image, single).await?;
        let architectures = if top.is_list() {
            top.architectures().into_iter().map(Arc::from).collect()
        } else {
            weights::architecture(&self.registries, image, &top, Access::Usual).await?.into_iter().collect()
        };
        let cover = Cover { image: image.clone(), digest: top.digest.clone(), list: top.is_list(), architectures };
        let built = tokio::task::spawn_blocking(move || contents::payload(cover, files)).await;
        let wrong =
            |why: String| Failure::new(FailureKind::Broken, format!("cannot read the payload {image}"), why, "");
        let (payload, rings) = built.map_err(|_| wrong("its files cannot be read".into()))?.map_err(wrong)?;
        self.signatures.learn(&rings);
        let payload = Arc::new(payload);
        if let Ok(mut known) = self.known.lock() {
            known.push_back((top.digest, payload.clone()));
            if known.len() > KEPT {
                known.pop_front();
            }
        }
        Ok(payload)
    }

    /// The files of the last layer; of earlier ones only while something is missing.
    async fn files(&self, image: &ImageRef, manifest: &Manifest) -> Result<Files, Failure> {
        let what = format!("cannot read the payload {image}");
        let wrong = |why: String| Failure::new(FailureKind::Broken, &what, why, "");
        let Kind::Image { layers, .. } = &manifest.kind else {
            return Err(wrong("its manifest is a list whose image is a list again".into()));
        };
        let (mut files, mut budget) = (Files::default(), UNPACKED_LIMIT);
        for (at, layer) in layers.iter().enumerate().rev() {
            let name = if at + 1 == layers.len() { "its last layer".into() } else { format!("its layer {}", at + 1) };
            let (found, left) = self.layer(image, layer, budget, &what, &name).await?;
            budget = left;
            files.below(found);
            if files.complete() {
                break;
            }
        }
        Ok(files)
    }

    /// One layer's files, and what is left of the budget.
    async fn layer(
        &self,
        image: &ImageRef,
        layer: &Descriptor,
        budget: u64,
        what: &str,
        name: &str,
    ) -> Result<(Files, u64), Failure> {
        let media_type = layer.media_type.clone();
        let (place, repository) = (&image.host, &image.repository);
        let named = format!("{what}: {name}");
        let wrong = |why: String| Failure::new(FailureKind::Broken, named.clone(), why, "");
        layer::packing(&media_type).map_err(wrong)?;
        let mut blob =
            self.registries.begin(place, repository, layer, LAYER_LIMIT, Access::Usual, named.clone()).await?;
        let (send, mut arrive) = tokio::sync::mpsc::channel(WAITING);
        let reader = tokio::task::spawn_blocking(move || {
            let mut left = budget;
            layer::scan(&media_type, &mut arrive, &mut left).map(|files| (files, left))
        });
        let sent = async {
            while let Some(piece) = blob.piece().await? {
                if send.send(piece).await.is_err() {
                    break;
                }
            }
            Ok::<(), Failure>(())
        }
        .await;
        drop(send);
        let read = reader.await;
        // A layer that did not come whole and right is that, whatever its reader made of the half of it.
        sent?;
        read.map_err(|_| wrong("it cannot be unpacked".into()))?.map_err(wrong)
    }
}
