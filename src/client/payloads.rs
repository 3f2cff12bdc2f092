//! Payloads, their components' weights and their signatures, read from registries and the signature store.

use crate::Settings;
use weir_domain::payload::Weight;
use weir_domain::signature::Signed;
use weir_domain::{Failure, FailureKind, ImageRef, Payload};

pub struct Payloads {}

impl Payloads {
    pub fn new(_settings: &Settings) -> Payloads {
        Payloads {}
    }

    pub async fn payload(&self, image: &ImageRef) -> Result<Payload, Failure> {
        Err(Failure::new(FailureKind::Refused, format!("cannot read {image}"), "not built", ""))
    }

    pub async fn weights(&self, image: &ImageRef) -> Result<Vec<Weight>, Failure> {
        Err(Failure::new(FailureKind::Refused, format!("cannot read {image}"), "not built", ""))
    }

    pub async fn signed(&self, image: &ImageRef) -> Result<Signed, Failure> {
        Err(Failure::new(FailureKind::Refused, format!("cannot read {image}"), "not built", ""))
    }
}
