//! How a registry stands, as whoever asked it last has found. Nobody asks one for this alone, but [`Registries::reach`].

use super::wire::{self, Miss, Took};
use super::{Access, Ask, Registries};
use crate::cluster::change;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode, Url};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::watch;
use weir_domain::{Endpoint, EndpointKind, EndpointState, Failure, FailureKind};

pub(super) struct Standing {
    facts: watch::Sender<Endpoint>,
    /// When it last answered.
    heard: Mutex<Option<Instant>>,
}

impl Standing {
    pub(super) fn new(host: &str, server: String) -> Standing {
        let (kind, state) = (EndpointKind::Registry, EndpointState::NotConnected);
        let endpoint = Endpoint::new(host, kind, server, state, crate::cluster::host());
        Standing { facts: watch::Sender::new(endpoint), heard: Mutex::default() }
    }

    fn good(&self, edit: impl FnOnce(&mut Endpoint)) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        change(&self.facts, edit);
    }

    /// An answer to a request to `asked` came, perhaps from where the registry had sent weir on; and whose credential went
    /// with it, in words.
    pub(super) fn answered(&self, response: &Response, asked: &Url, access: Access, words: &str) {
        let status = response.status();
        let own = response.url().origin() == asked.origin();
        if own && status.is_server_error() {
            return self.lost(&Miss::new(FailureKind::Offline, format!("HTTP {}", status.as_u16())));
        }
        let took = response.extensions().get::<Took>().map(|took| took.0);
        self.good(|facts| match access {
            Access::Usual => {
                facts.answered(Timestamp::now(), took.filter(|_| own));
                facts.user = words.into();
            }
            // One of many at a time: they say little about how fast it is.
            Access::Anonymous => facts.answered(Timestamp::now(), None),
        });
    }

    /// No answer to what was asked at `begun`, or none that is of use. A refusal is one, and so is to be sent on.
    pub(super) fn missed(&self, miss: &Miss, begun: Instant) {
        if miss.elsewhere || matches!(miss.kind, FailureKind::Denied | FailureKind::Refused) {
            return self.good(|facts| facts.answered(Timestamp::now(), None));
        }
        // Of many that are under way one may be lost on an old connection; others were answered since.
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if miss.kind != FailureKind::Offline || heard.is_none_or(|heard| heard < begun) {
            self.lost(miss);
        }
    }

    fn lost(&self, miss: &Miss) {
        let what = format!("cannot ask {}", self.facts.borrow().name);
        // That it can be asked again is said wherever this is shown.
        let hint = if miss.kind == FailureKind::Offline { "" } else { &miss.hint };
        let failure = Failure::new(miss.kind, what, &miss.why, hint);
        change(&self.facts, |facts| facts.failed(Timestamp::now(), &failure, None));
    }
}

impl Registries {
    /// How each stands that is in the settings or was asked, by host.
    pub fn facts(&self) -> Vec<watch::Receiver<Endpoint>> {
        let all = self.shared.standings.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().map(|standing| standing.facts.subscribe()).collect()
    }

    /// Asks a registry whether it is one and whether the log-in still holds, as docker does: `GET /v2/` with a pass for no
    /// repository. That it wants a log-in where there is none is an answer.
    pub async fn reach(&self, name: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let work = async {
            let (method, headers, access) = (Method::GET, HeaderMap::new(), Access::Usual);
            let host = self.host(name)?;
            let url = host.url("/v2/")?;
            let ask = Ask { method, url, repository: "", push: false, access, headers, body: None };
            let answer = self.send(&host, &ask).await?;
            let (status, words) = (answer.response.status(), answer.pass.words);
            let asks = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            if status == StatusCode::OK || asks && words.starts_with("anonymous") {
                return Ok(());
            }
            let miss = wire::refused(answer.response, &words).await;
            Err(if asks { Miss { kind: FailureKind::Expired, ..miss } } else { miss })
        };
        // Whatever it is, and whether or not a request was sent: also an address that is none, or the time that was up.
        let reached = super::in_time(work).await.inspect_err(|miss| self.standing(name).missed(miss, begun));
        reached.map_err(|miss| miss.failure(&format!("cannot ask {name}")))
    }
}
