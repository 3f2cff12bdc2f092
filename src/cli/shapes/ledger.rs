//! A line of the ledger: `ledger`.

use jiff::Timestamp;
use serde::Serialize;
use weir_domain::ledger::{LedgerRow, Who};

/// `outcome` is `held` (the channel holds it), `ended well` (only its run or the journal says so), `running`, `failed`,
/// `cancelled`, `unknown`, `refused` or `gone`.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    pub time: Option<Timestamp>,
    pub channel: &'a str,
    pub name: &'a str,
    /// The release it was made from, by its name.
    pub from: Option<&'a str>,
    /// That release's image, as the plan, the run or the channel tells it.
    pub pull_spec: Option<&'a str>,
    pub who: By<'a>,
    /// CLUSTER/NAMESPACE/NAME.
    pub run: Option<String>,
    pub plan: Option<&'a str>,
    pub outcome: &'static str,
    pub digest: Option<&'a str>,
    pub reason: Option<&'a str>,
    /// One sentence for each place where the sources disagree.
    pub disagreements: &'a [String],
}

/// `source` is `journal`, `annotation` (the run says so), `owner` (what made the run) or `not-recorded`.
#[derive(Debug, Serialize)]
pub struct By<'a> {
    pub source: &'static str,
    pub name: Option<&'a str>,
    pub host: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub fn of(row: &'a LedgerRow) -> Row<'a> {
        Row {
            time: row.time,
            channel: &row.channel,
            name: &row.name,
            from: row.from.as_deref(),
            pull_spec: row.pull_spec.as_deref(),
            who: By::of(&row.who),
            run: row.run.as_ref().map(ToString::to_string),
            plan: row.plan.as_deref(),
            outcome: row.outcome,
            digest: row.digest.as_ref().map(|d| d.as_str()),
            reason: row.reason.as_deref(),
            disagreements: &row.disagreements,
        }
    }
}

impl<'a> By<'a> {
    fn of(who: &'a Who) -> By<'a> {
        let (source, name, host) = match who {
            Who::Journal { operator, host } => ("journal", Some(operator.as_str()), Some(host.as_str())),
            Who::Says(name) => ("annotation", Some(name.as_str()), None),
            Who::Made(words) => ("owner", Some(words.as_str()), None),
            Who::NotRecorded => ("not-recorded", None, None),
        };
        By { source, name, host }
    }
}
