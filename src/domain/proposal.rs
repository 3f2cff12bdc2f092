//! A command with everything an operator must see before the yes, and the only way to a confirmed one.

use crate::cancel::Grace;
use crate::command::Command;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::journal::Entry;
use crate::plan::{Override, Plan};
use crate::tree::Tree;

/// One HTTP request, exactly as it will be sent, without host and credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    pub content_type: &'static str,
    pub body: Tree,
}

/// How the operator says yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent<'a> {
    /// A key in the dialog that shows the proposal.
    Key,
    /// Words typed in the dialog or given as `--confirm`.
    Typed(&'a str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    command: Command,
    /// What must be typed; also what `--confirm` takes.
    phrase: String,
    /// Whether a key is not enough.
    typed: bool,
    /// The cluster's server, e.g. `https://api.moc:6443`.
    pub server: String,
    pub calls: Vec<Call>,
    /// Who asks and why, for the journal.
    pub reason: Option<String>,
}

/// A command the operator has said yes to. [`Proposal::answer`] is its only constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed<C> {
    command: C,
    server: String,
    reason: Option<String>,
}

impl<C> Confirmed<C> {
    pub fn command(&self) -> &C {
        &self.command
    }

    /// The server the operator saw. A client refuses when the cluster meanwhile means another.
    pub fn server(&self) -> &str {
        &self.server
    }

    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Confirmed<Command> {
    /// The one later command that the yes of a promotion covers: the cancel of the very run it made, by its uid, after a
    /// check behind `mirror` failed. `entry` is the journal's line of that promotion's acceptance.
    pub fn stop_of(entry: &Entry, why: &str) -> Option<Confirmed<Command>> {
        let plan = entry.plan.as_ref()?;
        if entry.outcome != crate::journal::Outcome::Accepted || entry.uid.is_empty() || plan.way != crate::Way::Pinned
        {
            return None;
        }
        let command =
            Command::Cancel { run: plan.object.clone(), uid: entry.uid.clone(), how: Grace::CancelledRunFinally };
        Some(Confirmed { command, server: entry.server.clone(), reason: Some(format!("plan {}: {why}", plan.id)) })
    }
}

impl Proposal {
    /// Refused when weir is read-only for that cluster, when the run to be made publishes (promotion is the only door),
    /// when a gate of the plan blocks, or when the object's uid or version is not known yet. `reason` is not for a
    /// promotion: that one's is part of its plan.
    pub fn new(
        mut command: Command,
        endpoint: &Endpoint,
        read_only: bool,
        reason: Option<String>,
    ) -> Result<Proposal, Failure> {
        if let Command::Promote(plan) = command {
            return Proposal::promotion(plan, read_only || endpoint.read_only);
        }
        let what = format!("cannot {} {}", command.verb(), command.object());
        let refused = |why: &str, hint: &str| Err(Failure::new(FailureKind::Refused, &what, why, hint));
        if read_only || endpoint.read_only {
            return refused("weir is read-only here", "leave out --read-only, or `read-only` in the config");
        }
        match &command {
            Command::Cancel { uid, .. } | Command::Delete { uid, .. } if uid.is_empty() => {
                return refused("its uid is not known yet", "wait until the row is complete");
            }
            Command::Start(new) if new.publishes => {
                return refused(
                    "it publishes, and promotion is the only door for that",
                    "`P` on a release, or `weir promote`",
                );
            }
            Command::Decide(decision) if decision.reason.trim().is_empty() && decision.what != Override::TakeBack => {
                return refused("a decision over the jobs needs a reason", "say why");
            }
            Command::Decide(decision) if decision.resource_version.is_empty() => {
                return refused("its ReleasePayload was not read", "wait until it is there");
            }
            _ => {}
        }
        if let Command::Start(new) = &mut command {
            let says = [
                ("weir/operator", endpoint.operator.as_deref()),
                ("weir/host", Some(endpoint.host.as_str())),
                ("weir/reason", reason.as_deref()),
            ];
            for (key, value) in says {
                if let Some(value) = value.filter(|v| !v.is_empty()) {
                    new.manifest.set(&["metadata", "annotations", key], value.into());
                }
            }
        }
        let typed = endpoint.production || matches!(&command, Command::Decide(_));
        let phrase = command.object();
        let calls = calls(&command);
        Ok(Proposal { phrase, typed, server: endpoint.server.clone(), calls, reason, command })
    }

    /// Of a plan, wherever it goes to. Refused when weir is read-only, when a gate blocks, or when something is not as known.
    /// The new name must be typed. Its reason is the plan's own.
    pub fn promotion(plan: Box<Plan>, read_only: bool) -> Result<Proposal, Failure> {
        let what = format!("cannot promote {} to {}", plan.from.release, plan.channel.name);
        let refused = |why: &str, hint: &str| Err(Failure::new(FailureKind::Refused, &what, why, hint));
        if read_only {
            return refused("weir is read-only here", "leave out --read-only, or `read-only` in the config");
        }
        if let Some(obstacle) = plan.obstacles.first() {
            return refused(obstacle, "see the plan; no reason waives this");
        }
        if let Some(gate) = plan.blocking().next() {
            return refused(&format!("the gate `{}` blocks: {}", gate.id, gate.evidence), "see the plan");
        }
        if plan.calls.is_empty() {
            return refused("there is nothing to send", "see the plan");
        }
        let (phrase, server, calls) = (plan.name.clone(), plan.server.clone(), plan.calls.clone());
        Ok(Proposal { phrase, typed: true, server, calls, reason: plan.reason(), command: Command::Promote(plan) })
    }

    pub fn command(&self) -> &Command {
        &self.command
    }

    /// What `--confirm` takes.
    pub fn phrase(&self) -> &str {
        &self.phrase
    }

    /// Whether the phrase must be typed; else a key is enough on screen.
    pub fn must_type(&self) -> bool {
        self.typed
    }

    /// Anything but a yes gives the proposal back, to be asked again.
    #[expect(clippy::result_large_err, reason = "the proposal goes back whole, once a dialog")]
    pub fn answer(self, consent: Consent<'_>) -> Result<Confirmed<Command>, Proposal> {
        let yes = match consent {
            Consent::Key => !self.typed,
            Consent::Typed(words) => words == self.phrase,
        };
        if yes { Ok(Confirmed { command: self.command, server: self.server, reason: self.reason }) } else { Err(self) }
    }
}

/// The requests a command makes, in order.
pub fn calls(command: &Command) -> Vec<Call> {
    let base = format!("/apis/tekton.dev/v1/namespaces/{}/pipelineruns", command.namespace());
    match command {
        Command::Start(new) => {
            vec![Call { method: "POST", path: base, content_type: "application/json", body: new.manifest.clone() }]
        }
        Command::Cancel { run, uid, how } => vec![Call {
            method: "PATCH",
            path: format!("{base}/{}", run.name),
            content_type: "application/merge-patch+json",
            body: Tree::map([
                ("metadata", Tree::map([("uid", uid.as_str().into())])),
                ("spec", Tree::map([("status", how.key().into())])),
            ]),
        }],
        Command::Delete { run, uid } => vec![Call {
            method: "DELETE",
            path: format!("{base}/{}", run.name),
            content_type: "application/json",
            body: Tree::map([
                ("apiVersion", "v1".into()),
                ("kind", "DeleteOptions".into()),
                ("propagationPolicy", "Background".into()),
                ("preconditions", Tree::map([("uid", uid.as_str().into())])),
            ]),
        }],
        Command::Promote(plan) => plan.calls.clone(),
        Command::Decide(decision) => {
            let wish = match decision.what.word() {
                Some(word) => Tree::map([("override", word.into()), ("reason", decision.reason.as_str().into())]),
                None => Tree::Null,
            };
            vec![Call {
                method: "PATCH",
                path: format!(
                    "/apis/release.openshift.io/v1alpha1/namespaces/{}/releasepayloads/{}",
                    decision.object.namespace, decision.object.name
                ),
                content_type: "application/merge-patch+json",
                body: Tree::map([
                    ("metadata", Tree::map([("resourceVersion", decision.resource_version.as_str().into())])),
                    ("spec", Tree::map([("payloadOverride", wish)])),
                ]),
            }]
        }
    }
}
