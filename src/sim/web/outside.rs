//! What the steps of a promotion do to registry, signature store and GitHub, without the way over HTTP.

use super::{Web, signatures};
use crate::outside::{Outside, Promotion};
use crate::releases::{Image, Images, Merged, Packages};

impl Images for Web {
    fn digest(&self, pull_spec: &str) -> Option<String> {
        Images::digest(&self.inner.registry, pull_spec)
    }

    fn known_digest(&self, pull_spec: &str) -> Option<String> {
        self.inner.registry.known_digest(pull_spec)
    }

    fn image(&self, pull_spec: &str) -> Option<Image> {
        self.inner.registry.image(pull_spec)
    }

    fn merged(&self, repository: &str, from: &str, to: &str) -> Vec<Merged> {
        self.inner.registry.merged(repository, from, to)
    }

    fn packages(&self, from: &str, to: &str) -> Packages {
        self.inner.registry.packages(from, to)
    }
}

impl Outside for Web {
    fn is_list(&self, pull_spec: &str) -> bool {
        self.inner.registry.is_list(pull_spec)
    }

    fn is_signed(&self, digest: &str) -> bool {
        signatures::is_good(self, digest)
    }

    fn promote(&self, order: &Promotion<'_>) -> Result<String, String> {
        self.inner.registry.promote(order)
    }

    fn publish(&self, repository: &str, name: &str, latest: bool) -> Result<(), String> {
        self.release(repository, name, latest)
    }
}
