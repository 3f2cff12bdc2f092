//! `pods/log`: a kubelet's log endpoint over logs that are made while they are read.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use hyper::Response;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch::Receiver;

use super::Target;
use super::answer::{self, Body, Query};
use crate::core::Core;
use crate::kind::Kind;
use crate::logs::{Script, Voice};
use crate::refusal::Refusal;

/// Bytes of one piece of the body.
const PIECE: usize = 64 * 1024;

struct Reader {
    core: Arc<Core>,
    namespace: String,
    pod: String,
    voices: Arc<[Voice]>,
    voice: usize,
    /// The next line to send.
    next: u64,
    follow: bool,
    timestamps: bool,
    /// Bytes that may still be sent.
    left: usize,
    ticks: Receiver<u64>,
    cut: Receiver<u64>,
}

pub(super) fn answer(core: &Arc<Core>, target: &Target, query: &Query) -> Result<Response<Body>, Refusal> {
    let namespace = target.place().to_owned();
    let pod = target.name.clone().unwrap_or_default();
    let number = |name: &str, least: i64, words: &str| match query.number(name)? {
        Some(value) if value < least => {
            let why = format!("Invalid value: {value}: must be greater than {words}");
            Err(Refusal::invalid("PodLogOptions", "", &pod, name, "FieldValueInvalid", &why))
        }
        value => Ok(value),
    };
    let tail = number("tailLines", 0, "or equal to 0")?;
    let seconds = number("sinceSeconds", 1, "0")?;
    let limit = number("limitBytes", 1, "0")?;
    let since = match query.text("sinceTime") {
        "" => None,
        text => Some(text.parse::<Timestamp>().map_err(|_| {
            Refusal::bad_request(format!("parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse"))
        })?),
    };
    let (object, voices, ticks) = {
        let state = core.state();
        (state.store.get(Kind::Pod, &namespace, &pod), state.logs.of(&namespace, &pod), state.store.ticks())
    };
    let object = object.ok_or_else(|| Refusal::missing(Kind::Pod.facts(), &pod))?;
    let value = object.value(Kind::Pod);
    let names = |part: &str| -> Vec<String> {
        let list = value["spec"][part].as_array().into_iter().flatten();
        list.filter_map(|container| Some(container["name"].as_str()?.to_owned())).collect()
    };
    let (before, containers) = (names("initContainers"), names("containers"));
    let wanted = match query.text("container") {
        "" if before.is_empty() && containers.len() == 1 => containers[0].clone(),
        "" => {
            let all = [before, containers].concat().join(" ");
            return Err(Refusal::bad_request(format!(
                "a container name must be specified for pod {pod}, choose one of: [{all}]"
            )));
        }
        name => name.to_owned(),
    };
    if !before.contains(&wanted) && !containers.contains(&wanted) {
        return Err(Refusal::bad_request(format!("container {wanted} is not valid for pod {pod}")));
    }
    if query.flag("previous") && !query.text("previous").is_empty() {
        let message = format!("previous terminated container \"{wanted}\" in pod \"{pod}\" not found\n");
        return Err(Refusal::bad_request(message));
    }
    let waits =
        |why: &str| Refusal::bad_request(format!("container \"{wanted}\" in pod \"{pod}\" is waiting to start: {why}"));
    let Some(voices) = voices else {
        let stuck = value["status"]["containerStatuses"].as_array().into_iter().flatten();
        let reason = stuck
            .filter(|status| status["name"] == wanted.as_str())
            .find_map(|status| status["state"]["waiting"]["reason"].as_str());
        return match reason {
            Some("ImagePullBackOff") => Err(waits("trying and failing to pull image")),
            Some(reason) => Err(waits(reason)),
            // A pod without a node has no kubelet to ask.
            None => Ok(answer::bytes(204, "text/plain", Bytes::new())),
        };
    };
    let Some(at) = voices.iter().position(|voice| voice.container == wanted) else {
        let text = "2026/11/21 Entrypoint initialization\n";
        return Ok(answer::bytes(200, "text/plain", text));
    };
    let voice = &voices[at];
    let now = core.clock.now();
    if now < voice.ready {
        return Err(waits("PodInitializing"));
    }
    // The API server hands the time on to the kubelet in whole seconds.
    let since = since.map(|at| Timestamp::from_second(at.as_second()).unwrap_or(at));
    let ago = seconds.and_then(|seconds| now.checked_sub(SignedDuration::from_secs(seconds)).ok());
    let first = since.or(ago).map_or(0, |since| voice.first_since(since));
    let written = voice.written(now);
    let next = match tail {
        Some(tail) => first.max(written.saturating_sub(u64::try_from(tail).unwrap_or(0))),
        None => first,
    };
    let reader = Reader {
        namespace,
        pod,
        voice: at,
        next,
        follow: query.flag("follow") && !query.text("follow").is_empty(),
        timestamps: query.flag("timestamps") && !query.text("timestamps").is_empty(),
        left: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX),
        ticks,
        cut: core.cut.subscribe(),
        core: core.clone(),
        voices,
    };
    let pieces = stream::unfold(reader, |mut reader| async move { reader.next().await.map(|piece| (piece, reader)) });
    Ok(answer::pieces("text/plain", pieces))
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.left == 0 {
                return None;
            }
            self.ticks.mark_unchanged();
            let voice = &self.voices[self.voice];
            let now = self.core.clock.now();
            let written = voice.written(now);
            if self.next < written {
                return Some(self.piece(written));
            }
            if !self.follow || now >= voice.ends || self.gone() {
                return None;
            }
            let due = if self.next < voice.lines { voice.time(self.next).min(voice.ends) } else { voice.ends };
            tokio::select! {
                () = self.core.clock.reach(due) => {}
                _ = self.ticks.changed() => {}
                _ = self.cut.changed() => return None,
            }
        }
    }

    fn gone(&self) -> bool {
        self.core.state().store.get(Kind::Pod, &self.namespace, &self.pod).is_none()
    }

    fn piece(&mut self, written: u64) -> Bytes {
        let voice = &self.voices[self.voice];
        let script = Script::new(voice);
        let mut text = String::with_capacity(PIECE + 4096);
        while self.next < written && text.len() < PIECE.min(self.left) {
            if self.timestamps {
                let _ = write!(text, "{:.9} ", voice.time(self.next));
            }
            text.push_str(&script.line(self.next));
            text.push('\n');
            self.next += 1;
        }
        let mut bytes = text.into_bytes();
        bytes.truncate(self.left);
        self.left -= bytes.len();
        bytes.into()
    }
}
