//! What would be sent ([`Plan`]: a changing verb without `--confirm`) and what was accepted ([`Done`]).

use super::filled;
use serde::Serialize;
use weir_domain::{Proposal, Receipt, yaml};

#[derive(Debug, Serialize)]
pub struct Plan<'a> {
    pub verb: &'static str,
    pub cluster: &'a str,
    pub server: &'a str,
    pub namespace: &'a str,
    /// The run, or the Pipeline of a run to be made.
    pub object: String,
    /// What `--confirm` takes.
    pub confirm: &'a str,
    pub reason: Option<&'a str>,
    pub calls: Vec<Call<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Call<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub content_type: &'static str,
    /// As YAML, secrets hidden.
    pub body: String,
}

impl<'a> Plan<'a> {
    pub fn of(proposal: &'a Proposal) -> Plan<'a> {
        let command = proposal.command();
        Plan {
            verb: command.verb(),
            cluster: command.cluster().as_str(),
            server: &proposal.server,
            namespace: command.namespace(),
            object: command.object(),
            confirm: proposal.phrase(),
            reason: proposal.reason.as_deref(),
            calls: proposal.calls.iter().map(Call::of).collect(),
        }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn of(call: &'a weir_domain::proposal::Call) -> Call<'a> {
        Call { method: call.method, path: &call.path, content_type: call.content_type, body: yaml::text(&call.body) }
    }
}

#[derive(Debug, Serialize)]
pub struct Done<'a> {
    pub verb: &'static str,
    pub name: &'a str,
    pub namespace: &'a str,
    pub cluster: &'a str,
    pub uid: Option<&'a str>,
    /// What happened, in words.
    pub words: &'a str,
}

impl<'a> Done<'a> {
    pub fn of(verb: &'static str, receipt: &'a Receipt) -> Done<'a> {
        Done {
            verb,
            name: &receipt.run.name,
            namespace: receipt.run.namespace.as_str(),
            cluster: receipt.run.cluster.as_str(),
            uid: filled(&receipt.uid),
            words: &receipt.words,
        }
    }
}
