//! Promotion: the plan, its execution, the checks after it and the ledger.

use crate::Client;
use crate::watches::Outbox;
use weir_domain::ledger::LedgerRow;
use weir_domain::{Failure, FailureKind, Plan, PlanRequest, RunId};

pub(crate) async fn plan(_client: &Client, request: &PlanRequest) -> Result<Plan, Failure> {
    Err(Failure::new(FailureKind::Refused, format!("cannot plan {}", request.release), "not built", ""))
}

pub(crate) async fn ledger(_client: &Client) -> Result<(Vec<LedgerRow>, Vec<String>), Failure> {
    Ok((Vec::new(), Vec::new()))
}

pub(crate) async fn watch(_client: Client, _object: RunId, outbox: Outbox) {
    outbox.closed().await;
}
