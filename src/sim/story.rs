//! The stories: which clusters a world has, who may do what there, and what has happened so far.

mod ambient;

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
    pub(crate) contexts: Vec<Context>,
    pub(crate) tell: fn(&mut State, Timestamp),
}

pub(crate) fn plots(_kind: WorldKind) -> Vec<Plot> {
    vec![plot("moc", "okd-coreos", ambient::tell)]
}

fn plot(name: &'static str, namespace: &'static str, tell: fn(&mut State, Timestamp)) -> Plot {
    let token = |user: &str| format!("{name}-{user}-demo");
    let identity = |username: &'static str, role| Identity { token: token(username), username, role };
    let user = format!("{name}-admin");
    Plot {
        name,
        reachable: true,
        identities: vec![
            identity("admin", Role::Admin),
            identity("viewer", Role::Viewer("okd-coreos")),
            identity("team", Role::Team("okd-team")),
        ],
        users: vec![(user.clone(), token("admin"))],
        contexts: vec![Context { name: format!("demo-{name}"), cluster: name.to_owned(), user, namespace }],
        tell,
    }
}
