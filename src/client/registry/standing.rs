//! How a registry stands, as whoever asked it last has found. Nobody asks one for this alone, but [`Registries::reach`].

use super::wire::{self, Miss};
use super::{Access, Registries};
use crate::kubeconfig::plain_server;
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use weir_domain::{Endpoint, EndpointKind, EndpointState, Failure, FailureKind};

pub(super) struct Standing {
    facts: watch::Sender<Endpoint>,
}

impl Standing {
    pub(super) fn new(host: &str, address: Option<&str>) -> Standing {
        let server = match address {
            Some(address) if address.contains("://") => plain_server(address),
            other => format!("https://{}", other.unwrap_or(host)),
        };
        let (kind, state) = (EndpointKind::Registry, EndpointState::NotConnected);
        Standing { facts: watch::Sender::new(Endpoint::new(host, kind, server, state, crate::cluster::host())) }
    }

    fn change(&self, change: impl FnOnce(&mut Endpoint)) {
        self.facts.send_if_modified(|facts| {
            let before = facts.clone();
            change(facts);
            *facts != before
        });
    }

    /// It answered: with which status, after how long, to whom.
    pub(super) fn answered(&self, status: StatusCode, took: Duration, access: Access, words: &str) {
        if status.is_server_error() {
            return self.missed(&Miss::new(FailureKind::Offline, format!("HTTP {}", status.as_u16())));
        }
        self.change(|facts| match access {
            Access::Usual => {
                facts.answered(Timestamp::now(), Some(took));
                facts.user = words.into();
            }
            // One of many at a time: they say little about how fast it is.
            Access::Anonymous => facts.answered(Timestamp::now(), None),
        });
    }

    /// No answer, or none that is of use; a refusal is one.
    pub(super) fn missed(&self, miss: &Miss) {
        if miss.kind == FailureKind::Denied {
            return self.change(|facts| facts.answered(Timestamp::now(), None));
        }
        let what = format!("cannot ask {}", self.facts.borrow().name);
        // That it can be asked again is said wherever this is shown.
        let hint = if miss.kind == FailureKind::Offline { "" } else { &miss.hint };
        let failure = Failure::new(miss.kind, what, &miss.why, hint);
        self.change(|facts| facts.failed(Timestamp::now(), &failure, None));
    }
}

impl Registries {
    /// How each stands that is in the settings or was asked, by host.
    pub fn facts(&self) -> Vec<watch::Receiver<Endpoint>> {
        let all = self.shared.standings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.values().map(|standing| standing.facts.subscribe()).collect()
    }

    /// Asks a registry whether it is one, as docker does: `GET /v2/`.
    pub async fn reach(&self, name: &str) -> Result<(), Failure> {
        let standing = self.standing(name);
        let work = async {
            let (host, means) = (self.host(name)?, self.means()?);
            let begun = Instant::now();
            let response = wire::polite(means.client, &wire::request(Method::GET, host.url("/v2/")?, None)?).await?;
            let (status, took, words) = (response.status(), begun.elapsed(), self.credential(name));
            match status {
                StatusCode::OK | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    standing.answered(status, took, Access::Usual, &words);
                    Ok(())
                }
                _ => Err(wire::refused(response, &words).await),
            }
        };
        let reached = super::in_time(work).await;
        reached.inspect_err(|miss| standing.missed(miss)).map_err(|miss| miss.failure(&format!("cannot ask {name}")))
    }
}
