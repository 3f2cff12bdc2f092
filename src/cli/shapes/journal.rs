//! A line of the journal: `journal`.

use super::filled;
use jiff::Timestamp;
use serde::Serialize;
use weir_domain::journal::Outcome;

/// `outcome` is `sending` (written before it went out), `accepted`, `refused` or `unknown` (the answer was lost); of a promotion
/// also `done` (its run and the immediate checks ended well) or `failed`.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    pub time: Timestamp,
    /// The same for the line before and the line after.
    pub id: &'a str,
    pub outcome: &'a Outcome,
    pub verb: &'a str,
    pub cluster: &'a str,
    pub server: &'a str,
    pub namespace: &'a str,
    pub object: &'a str,
    pub uid: Option<&'a str>,
    pub operator: &'a str,
    pub host: &'a str,
    pub reason: Option<&'a str>,
    /// Method and path.
    pub call: &'a str,
    pub body: Option<&'a str>,
    pub answer: Option<&'a str>,
    /// A promotion's plan id.
    pub plan: Option<&'a str>,
}

impl<'a> Entry<'a> {
    pub fn of(entry: &'a weir_domain::journal::Entry) -> Entry<'a> {
        Entry {
            time: entry.time,
            id: &entry.id,
            outcome: &entry.outcome,
            verb: &entry.verb,
            cluster: &entry.cluster,
            server: &entry.server,
            namespace: &entry.namespace,
            object: &entry.object,
            uid: filled(&entry.uid),
            operator: &entry.operator,
            host: &entry.host,
            reason: entry.reason.as_deref(),
            call: &entry.call,
            body: filled(&entry.body),
            answer: filled(&entry.answer),
            plan: entry.plan.as_ref().map(|plan| plan.id.as_str()),
        }
    }
}
