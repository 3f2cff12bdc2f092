//! `health`: asks every endpoint once, but those of the kubeconfig that are not in use, and says how each stands, and what
//! to do about it.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::list;
use crate::paper::said;
use crate::shapes::endpoint::Endpoint as Shape;
use crate::table::Table;
use futures::future::join_all;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tokio::time::timeout;
use weir_domain::{Answer, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, Query, Rights, age_text};

/// A registry may be called as a cluster is.
type Name = (EndpointKind, String);

fn name(endpoint: &Endpoint) -> Name {
    (endpoint.kind, endpoint.name.clone())
}

pub(super) async fn health(desk: &mut Desk<'_>) -> Result<i32, End> {
    let wanted = |e: &Endpoint| e.kind == EndpointKind::Registry || e.state != EndpointState::NotConnected;
    let asked: Vec<Endpoint> = desk.client.endpoints().into_iter().filter(wanted).collect();
    if !asked.iter().any(|e| e.kind == EndpointKind::Cluster) {
        // Says why there is none; the release-controller is told all the same.
        if let Err(End::Failure(failure)) = desk.clusters() {
            desk.paper.fail(&failure);
        }
    }
    let answers = join_all(asked.iter().map(|endpoint| ask(desk, endpoint))).await;
    let mut rights: BTreeMap<Name, Rights> = BTreeMap::new();
    let mut failures: BTreeMap<Name, Failure> = BTreeMap::new();
    for (endpoint, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(Some(granted)) => {
                rights.insert(name(endpoint), granted);
            }
            Ok(None) => {}
            Err(failure) => {
                failures.insert(name(endpoint), failure);
            }
        }
    }
    let mut endpoints = desk.client.endpoints();
    let now = Timestamp::now();
    for endpoint in &mut endpoints {
        // One that did not answer in time has not told the client.
        let told = matches!(endpoint.state, EndpointState::Lost { .. } | EndpointState::NoTekton);
        if let Some(failure) = failures.get(&name(endpoint)).filter(|_| !told) {
            endpoint.failed(now, failure, None);
        }
    }
    let unwell = !failures.is_empty() || endpoints.iter().any(|e| matches!(e.state, EndpointState::Lost { .. }));
    let code = if unwell || asked.is_empty() { code::UNREACHABLE } else { code::YES };
    if desk.paper.json {
        let shapes: Vec<Shape<'_>> = endpoints.iter().map(|e| Shape::of(e, rights.get(&name(e)).copied())).collect();
        desk.paper.object(&shapes)?;
        failures.values().for_each(|failure| desk.paper.fail(failure));
        return Ok(code);
    }
    let mut table = Table::new(["ENDPOINT", "STATE", ">LATENCY", ">DATA", "VERSION", "AS", "MAY", "SERVER"]);
    let mut words = Vec::new();
    for endpoint in &endpoints {
        let state = state(endpoint);
        let state = if matches!(state, "live" | "ok") { desk.paper.tinted(state, "32") } else { state.to_string() };
        let version = endpoint.version.clone().unwrap_or_default();
        table.row([
            endpoint.name.clone(),
            state,
            endpoint.latency_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
            endpoint.as_of.map(|at| age_text(at, now)).unwrap_or_default(),
            version,
            endpoint.operator.clone().unwrap_or_else(|| endpoint.user.clone()),
            match endpoint.kind {
                EndpointKind::Cluster => rights.get(&name(endpoint)).map(|r| may(*r)).unwrap_or_default(),
                _ if !endpoint.live() => String::new(),
                EndpointKind::Releases => "read".into(),
                EndpointKind::Registry => "pull".into(),
            },
            endpoint.server.clone(),
        ]);
        words.extend(explained(endpoint));
    }
    table.print(&mut desk.paper)?;
    for line in words {
        desk.paper.line(&line)?;
    }
    Ok(code)
}

async fn ask(desk: &Desk<'_>, endpoint: &Endpoint) -> Result<Option<Rights>, Failure> {
    let query = match endpoint.kind {
        EndpointKind::Releases => return list::streams(desk.client).await.map(|_| None),
        EndpointKind::Registry => Query::Reach(endpoint.name.as_str().into()),
        EndpointKind::Cluster => {
            if let Some(failure) = list::unusable(endpoint) {
                return Err(failure);
            }
            Query::Rights(endpoint.cluster(), endpoint.namespace.clone())
        }
    };
    match timeout(list::LIMIT, desk.client.fetch(query)).await {
        Ok(Ok(Answer::Rights(rights))) => Ok(Some(rights)),
        Ok(Ok(_)) => Ok(None),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(list::late(&format!("cannot ask `{}`", endpoint.name), &format!("`{}`", endpoint.name))),
    }
}

fn state(endpoint: &Endpoint) -> &'static str {
    match &endpoint.state {
        EndpointState::NotConnected => "not connected",
        EndpointState::NoTekton => "no Tekton",
        EndpointState::Lost { failure, .. } => match failure.kind {
            FailureKind::Expired => "expired",
            FailureKind::Denied => "denied",
            FailureKind::Throttled => "told to wait",
            _ => "lost",
        },
        EndpointState::Connecting => "connecting",
        EndpointState::Live if endpoint.kind == EndpointKind::Registry => "ok",
        EndpointState::Live => "live",
    }
}

fn explained(endpoint: &Endpoint) -> Vec<String> {
    let lost = match &endpoint.state {
        EndpointState::Lost { failure, .. } => Some(failure),
        _ => None,
    };
    // Who reads this is where such a hint sends people.
    let words = |failure: &Failure| match failure.kind {
        FailureKind::Offline => failure.sentence(),
        _ if failure.hint.contains("weir health") => failure.sentence(),
        _ => said(failure),
    };
    let mut lines: Vec<String> =
        lost.map(|failure| format!("{}: {}", endpoint.name, words(failure))).into_iter().collect();
    lines.extend(endpoint.unseen.iter().map(|sentence| format!("{}: {sentence}", endpoint.name)));
    lines
}

/// "start cancel logs, not delete"
fn may(rights: Rights) -> String {
    let all = [("start", rights.start), ("cancel", rights.cancel), ("delete", rights.delete), ("logs", rights.logs)];
    let of = |wanted: bool| -> Vec<&str> {
        all.iter().filter(|(_, right)| *right == Some(wanted)).map(|(name, _)| *name).collect()
    };
    match (of(true).join(" "), of(false).join(" ")) {
        (yes, no) if no.is_empty() => yes,
        (yes, no) if yes.is_empty() => format!("not {no}"),
        (yes, no) => format!("{yes}, not {no}"),
    }
}
