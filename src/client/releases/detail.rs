//! One release whole.

use crate::Client;
use crate::watches::Outbox;
use weir_domain::payload::Changelog;
use weir_domain::{Failure, FailureKind, ReleaseId};

pub(crate) async fn watch(_client: Client, _release: ReleaseId, outbox: Outbox) {
    outbox.closed().await;
}

pub(crate) async fn changelog(_client: &Client, from: &str, to: &str) -> Result<Changelog, Failure> {
    Err(Failure::new(FailureKind::Refused, format!("cannot compare {from} and {to}"), "not built", ""))
}
