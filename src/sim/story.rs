//! The stories: which clusters a world has, who may do what there, and what has happened so far.

mod ambient;
mod coreos;
mod huge;
mod promotion;
mod recipe;
mod team;
mod typical;

use jiff::Timestamp;

use crate::WorldKind;
use crate::auth::{Identity, Role};
use crate::core::State;
use crate::kubeconfig::Context;

/// One cluster of a story.
pub(crate) struct Plot {
    pub(crate) name: &'static str,
    /// An unreachable cluster has an address and nobody behind it.
    pub(crate) reachable: bool,
    pub(crate) identities: Vec<Identity>,
    /// Users of the kubeconfig, with their tokens.
    pub(crate) users: Vec<(String, String)>,
    /// The first is the one meant for the demo.
    pub(crate) contexts: Vec<Context>,
    pub(crate) tell: fn(&mut State, Timestamp),
}

pub(crate) fn plots(kind: WorldKind) -> Vec<Plot> {
    match kind {
        WorldKind::Typical => vec![
            plot("moc", "okd-coreos", typical::moc)
                .with("moc-viewer", "viewer", "okd-coreos")
                .with("moc-team", "team", "okd-team"),
            ci(),
        ],
        WorldKind::Huge => vec![
            plot("moc", "okd-coreos", huge::moc)
                .with("moc-viewer", "viewer", "okd-coreos")
                .with("moc-team", "team", "okd-team"),
            ci(),
        ],
        WorldKind::Broken => {
            let mut expired = ci();
            for (_, token) in &mut expired.users {
                // What the kubeconfig still holds the server has forgotten.
                *token = "expired-demo".into();
            }
            let mut kind = plot("kind", "okd-coreos", typical::moc);
            kind.users = vec![("kind-viewer".into(), "kind-viewer-demo".into())];
            for context in &mut kind.contexts {
                context.user = "kind-viewer".into();
            }
            let unreachable = Plot { reachable: false, ..plot("moc", "okd-coreos", typical::moc) };
            // The same user has a context for a namespace that is closed to them.
            vec![unreachable, expired, kind.with("demo-kind-team", "viewer", "okd-team")]
        }
    }
}

/// The PipelineRun that OKD's cron creates for a channel.
pub(crate) fn promotion_by_cron(name: &str, source: &str, channel: &str) -> serde_json::Value {
    let mut run = promotion::promote(name, "okd-coreos", source, channel);
    run["spec"]["taskRunTemplate"]["serviceAccountName"] = "tekton-cluster-access".into();
    run
}

fn plot(name: &'static str, namespace: &'static str, tell: fn(&mut State, Timestamp)) -> Plot {
    let plot = bare(name, tell);
    plot.with(&format!("demo-{name}"), "admin", namespace)
}

/// The release-controller's cluster: whoever has the demo's context may tag there, but not decide about releases.
fn ci() -> Plot {
    let plot = bare("app.ci", typical::app_ci);
    plot.with("demo-app.ci", "operator", "origin").with("demo-app.ci-trt", "trt", "origin")
}

fn bare(name: &'static str, tell: fn(&mut State, Timestamp)) -> Plot {
    let identity = |username: &'static str, role| Identity { token: format!("{name}-{username}-demo"), username, role };
    let identities = vec![
        identity("admin", Role::Admin),
        identity("operator", Role::Operator),
        identity("trt", Role::Admin),
        identity("viewer", Role::Viewer("okd-coreos")),
        identity("team", Role::Team("okd-team")),
    ];
    Plot { name, reachable: true, identities, users: Vec::new(), contexts: Vec::new(), tell }
}

impl Plot {
    /// Adds a context for one of the identities.
    fn with(mut self, context: &str, username: &str, namespace: &'static str) -> Plot {
        let user = format!("{}-{username}", self.name);
        if !self.users.iter().any(|(known, _)| *known == user) {
            self.users.push((user.clone(), format!("{}-{username}-demo", self.name)));
        }
        self.contexts.push(Context { name: context.to_owned(), cluster: self.name.to_owned(), user, namespace });
        self
    }
}
