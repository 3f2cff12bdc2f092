//! What to do about an endpoint, and what of it cannot be seen.

use super::may;
use crate::parts::when::until;
use crate::screen::Ctx;
use crate::theme::Role;
use weir_domain::{Endpoint, EndpointKind, EndpointState, FailureKind};

/// Whether Enter does something: it connects what is not connected, tries again what a person must help, and asks a
/// registry.
pub(super) fn opening(endpoint: &Endpoint) -> Result<(), &'static str> {
    match &endpoint.state {
        _ if endpoint.kind == EndpointKind::Releases => Err("asked by itself"),
        _ if endpoint.kind == EndpointKind::Registry => Ok(()),
        EndpointState::NotConnected => Ok(()),
        EndpointState::Lost { .. } => Ok(()),
        EndpointState::Connecting => Err("connecting already"),
        EndpointState::Live | EndpointState::NoTekton => Err("connected already"),
    }
}

/// Sentences below the row.
pub(super) fn lines(endpoint: &Endpoint, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    match &endpoint.state {
        EndpointState::NotConnected => {
            let key = ctx.keymap.shown(crate::Action::Open);
            let words = match endpoint.kind {
                EndpointKind::Registry => format!("Known from the config, not asked yet. {key} asks it."),
                _ => format!("Known from the kubeconfig, not asked yet. {key} connects."),
            };
            lines.push((words, Role::Normal));
        }
        EndpointState::Connecting => lines.push(("Connecting.".into(), Role::Dim)),
        EndpointState::NoTekton => {
            lines.push(("It answers, and there is no Tekton here: no runs, no Pipelines.".into(), Role::Normal));
        }
        EndpointState::Live => {}
        EndpointState::Lost { failure, retry, .. } => {
            let role = if failure.kind == FailureKind::Offline { Role::Lost } else { Role::Failed };
            lines.push((format!("{}.", failure.sentence().trim_end_matches('.')), role));
            // When weir tries again by itself, the time says so better.
            let told = retry.is_some() && failure.hint.starts_with("weir ");
            if !failure.hint.is_empty() && !told {
                lines.push((failure.hint.clone(), Role::Normal));
            }
            if let Some(at) = retry {
                lines.push((format!("weir tries again {}.", until(*at, ctx.now)), Role::Dim));
            } else if endpoint.kind == EndpointKind::Registry {
                let key = ctx.keymap.shown(crate::Action::Open);
                lines.push((format!("Asked when it is needed; {key} asks it now."), Role::Dim));
            }
        }
    }
    lines.extend(endpoint.unseen.iter().map(|sentence| (format!("Not seen: {sentence}"), Role::Warning)));
    let mut facts = Vec::new();
    // The column MAY is narrow where the screen is.
    if endpoint.kind == EndpointKind::Cluster && endpoint.live() && ctx.area.width < 120 {
        facts.push(format!("may {}", may(endpoint, ctx)));
    }
    if endpoint.kind == EndpointKind::Cluster {
        match &endpoint.operator {
            Some(operator) => facts.push(format!("as {operator}")),
            None if !endpoint.user.is_empty() => facts.push(format!("user {}", endpoint.user)),
            None => {}
        }
        if !endpoint.contexts.is_empty() {
            facts.push(format!("context {}", endpoint.contexts.join(", ")));
        }
    }
    if endpoint.kind == EndpointKind::Registry && !endpoint.user.is_empty() {
        let with = if endpoint.user.starts_with("anonymous") { "" } else { "with " };
        facts.push(format!("{with}{}", endpoint.user));
    }
    facts.extend(endpoint.version.clone());
    facts.push(endpoint.server.clone());
    if endpoint.production {
        facts.push("production: names are typed".into());
    }
    if endpoint.read_only {
        facts.push("read-only".into());
    }
    lines.push((facts.join(&format!(" {} ", ctx.glyphs.dot)), Role::Dim));
    lines
}
