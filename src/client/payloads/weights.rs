//! What the components of a payload weigh, asked for as anybody could: whoever installs a release has no credentials.
//!
//! Every component's manifest is asked for each time (whether it may be pulled can change); what a digest stands for
//! does not change and is kept.

use crate::registry::manifest::{Child, Kind, Manifest};
use crate::registry::{Access, Registries};
use futures::{FutureExt, StreamExt};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use weir_domain::payload::Weight;
use weir_domain::{Component, Digest, Failure, FailureKind, ImageRef, Payload};

/// Components at a time; each of them asks for one thing after the other.
const AT_ONCE: usize = crate::registry::host::IN_FLIGHT;
/// A config larger than this is not read, in bytes.
pub const CONFIG_LIMIT: u64 = 4 << 20;
/// What is kept of images that were read.
const KEPT: usize = 4096;

/// By the digest of a manifest: size and architectures.
type Facts = (Option<u64>, Vec<Arc<str>>);

#[derive(Default)]
pub struct Scales {
    known: Mutex<HashMap<Digest, Facts>>,
}

impl Scales {
    /// In the order of the payload's components. Fails when one of them gives no answer, twice: that is no refusal.
    pub async fn weigh(&self, registries: &Registries, payload: &Payload) -> Result<Vec<Weight>, Failure> {
        let ask = async |components: Vec<&Component>| {
            let mut asked = Vec::with_capacity(components.len());
            for component in components {
                asked.push(self.component(registries, component).boxed());
            }
            futures::stream::iter(asked).buffered(AT_ONCE).collect::<Vec<(Weight, Option<Failure>)>>().await
        };
        let mut answers = ask(payload.components.iter().collect()).await;
        let silent = |answers: &[(Weight, Option<Failure>)]| -> Vec<usize> {
            let lost = |failure: &Failure| matches!(failure.kind, FailureKind::Offline | FailureKind::Throttled);
            let at = answers.iter().enumerate().filter(|(_, (_, failure))| failure.as_ref().is_some_and(lost));
            at.map(|(index, _)| index).collect()
        };
        // No answer is no refusal: once more, and then it is not known.
        let again = silent(&answers);
        if !again.is_empty() && again.len() < answers.len() {
            let second = ask(again.iter().map(|at| &payload.components[*at]).collect()).await;
            for (at, answer) in again.into_iter().zip(second) {
                answers[at] = answer;
            }
        }
        let left = silent(&answers);
        if let Some(failure) = left.first().and_then(|at| answers[*at].1.clone()) {
            let what = format!("{} of {} components gave no answer", left.len(), answers.len());
            // What a wait was for differs between two readings; the sentence does not.
            return Err(Failure::new(failure.kind, what, "", "weir asks again"));
        }
        Ok(answers.into_iter().map(|(weight, _)| weight).collect())
    }

    async fn component(&self, registries: &Registries, component: &Component) -> (Weight, Option<Failure>) {
        let image = component.image.with_digest(component.digest.clone());
        let read = async {
            let manifest = registries.manifest(&image, Access::Anonymous).await?;
            self.facts(registries, &image, &manifest).await
        };
        let name = component.name.clone();
        match read.await {
            Ok((size, architectures)) => (Weight { component: name, size, architectures, refused: None }, None),
            Err(failure) => {
                let refused = Some(failure.sentence());
                (Weight { component: name, size: None, architectures: Vec::new(), refused }, Some(failure))
            }
        }
    }

    async fn facts(&self, registries: &Registries, image: &ImageRef, manifest: &Manifest) -> Result<Facts, Failure> {
        if let Some(known) = self.known.lock().ok().and_then(|known| known.get(&manifest.digest).cloned()) {
            return Ok(known);
        }
        let facts = match &manifest.kind {
            Kind::Image { .. } => {
                let architecture = architecture(registries, image, manifest, Access::Anonymous).await?;
                (manifest.size(), architecture.into_iter().collect())
            }
            Kind::List(_) => {
                let size = match manifest.preferred() {
                    Some(Child { image: child, .. }) => {
                        let child = image.with_digest(child.digest.clone());
                        registries.manifest(&child, Access::Anonymous).await?.size()
                    }
                    None => None,
                };
                (size, manifest.architectures().into_iter().map(Arc::from).collect())
            }
        };
        if let Ok(mut known) = self.known.lock() {
            if known.len() >= KEPT {
                known.clear();
            }
            known.insert(manifest.digest.clone(), facts.clone());
        }
        Ok(facts)
    }
}

/// Of a single image, as its config says; a config without one is no error.
pub async fn architecture(
    registries: &Registries,
    image: &ImageRef,
    manifest: &Manifest,
    access: Access,
) -> Result<Option<Arc<str>>, Failure> {
    #[derive(Deserialize)]
    struct Config {
        #[serde(default)]
        architecture: String,
    }
    let Kind::Image { config, .. } = &manifest.kind else { return Ok(None) };
    let what = format!("cannot read the config of {image}");
    let blob = registries.begin(&image.host, &image.repository, config, CONFIG_LIMIT, access, what).await?;
    let config: Option<Config> = serde_json::from_slice(&blob.whole().await?).ok();
    let architecture = config.map(|c| weir_domain::secret::line(&c.architecture).chars().take(40).collect::<String>());
    Ok(architecture.filter(|a| !a.is_empty()).map(Arc::from))
}
