//! Following a kind: what is there (if wanted), every change after it, bookmarks, and 410 when too old.
//!
//! Invariant: each change is told once; one that leaves the selection is told as a deletion.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use hyper::Response;
use serde_json::json;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::Target;
use super::answer::{self, Body, Query, Shape};
use super::list;
use crate::core::Core;
use crate::kind::Kind;
use crate::object::Object;
use crate::refusal::Refusal;
use crate::selector::Selector;
use crate::store::Change;

/// How often a watch that asked for bookmarks is told the current version.
const BOOKMARK: Duration = Duration::from_secs(60);

/// How long a watch lives that names no time itself.
const LIFE: Duration = Duration::from_secs(45 * 60);

struct Watcher {
    core: Arc<Core>,
    kind: Kind,
    scope: Option<String>,
    selector: Selector,
    shape: Shape,
    /// Everything up to here is told or waits in `ready`.
    version: u64,
    ready: VecDeque<Bytes>,
    /// Whether the columns of a table are told already.
    headed: bool,
    bookmarks: bool,
    next_bookmark: Instant,
    until: Instant,
    ended: bool,
    ticks: Receiver<u64>,
    cut: Receiver<u64>,
}

pub(super) fn answer(core: Arc<Core>, target: &Target, query: &Query, shape: Shape) -> Result<Response<Body>, Refusal> {
    let kind = target.kind;
    let selector = Selector::parse(kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    let streaming = query.text("sendInitialEvents") == "true";
    if streaming && query.text("resourceVersionMatch") != "NotOlderThan" {
        let why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        let field = "resourceVersionMatch";
        return Err(Refusal::invalid("ListOptions", "meta.k8s.io", "", field, "FieldValueForbidden", why));
    }
    let asked = query.text("resourceVersion");
    let from = match asked {
        "" => 0,
        text => text.parse().map_err(|_| Refusal::bad_request(format!("invalid resource version \"{text}\"")))?,
    };
    let seconds = query.number("timeoutSeconds")?.and_then(|seconds| u64::try_from(seconds).ok());
    let life = seconds.filter(|seconds| *seconds > 0).map_or(LIFE, Duration::from_secs);
    let ticks = core.state().store.ticks();
    let mut watcher = Watcher {
        kind,
        scope: target.scope().map(ToOwned::to_owned),
        selector,
        shape,
        version: from,
        ready: VecDeque::new(),
        headed: false,
        bookmarks: query.flag("allowWatchBookmarks"),
        next_bookmark: Instant::now() + BOOKMARK,
        until: Instant::now() + life,
        ended: false,
        ticks,
        cut: core.cut.subscribe(),
        core,
    };
    if streaming || (from == 0 && query.text("sendInitialEvents") != "false") {
        watcher.begin(streaming);
    } else if from == 0 {
        watcher.version = watcher.core.state().store.version();
    }
    let events =
        stream::unfold(watcher, |mut watcher| async move { watcher.next().await.map(|event| (event, watcher)) });
    Ok(answer::pieces("application/json", events))
}

impl Watcher {
    /// Tells what is there, and for a streaming list that this was all of it.
    fn begin(&mut self, streaming: bool) {
        let (mut objects, version) = {
            let state = self.core.state();
            (state.store.list(self.kind, self.scope.as_deref()), state.store.version())
        };
        self.version = version;
        objects.retain(|object| self.selector.matches(object));
        for object in objects {
            self.tell("ADDED", &object);
        }
        if streaming && self.bookmarks {
            self.bookmark(true);
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.ended {
                return None;
            }
            self.ticks.mark_unchanged();
            self.collect();
            if !self.ready.is_empty() || self.ended {
                continue;
            }
            tokio::select! {
                changed = self.ticks.changed() => self.ended = changed.is_err(),
                _ = self.cut.changed() => self.ended = true,
                () = tokio::time::sleep_until(self.until) => self.ended = true,
                () = tokio::time::sleep_until(self.next_bookmark), if self.bookmarks => self.bookmark(false),
            }
        }
    }

    /// Takes the changes since the last look.
    fn collect(&mut self) {
        let (changes, current) = {
            let state = self.core.state();
            (state.store.since(self.kind, self.version), state.store.version())
        };
        match changes {
            Err(floor) => {
                let message = format!("too old resource version: {} ({floor})", self.version);
                let status = Refusal::expired(message).status();
                self.ready.push_back(format!("{}\n", json!({"type": "ERROR", "object": status})).into());
                self.ended = true;
            }
            Ok(changes) => {
                for change in &changes {
                    self.change(change);
                }
                self.version = self.version.max(current);
            }
        }
    }

    fn change(&mut self, change: &Change) {
        let chosen = |object: &Option<Arc<Object>>| {
            let mine = |object: &&Arc<Object>| {
                self.scope.as_deref().is_none_or(|scope| scope == object.namespace.as_ref())
                    && self.selector.matches(object)
            };
            object.as_ref().filter(mine).cloned()
        };
        match (chosen(&change.before), chosen(&change.now)) {
            (None, Some(now)) => self.tell("ADDED", &now),
            (Some(_), Some(now)) => self.tell("MODIFIED", &now),
            (Some(before), None) => self.tell("DELETED", &before),
            (None, None) => {}
        }
    }

    fn tell(&mut self, kind: &str, object: &Object) {
        let body = list::alone(self.kind, object, self.shape, self.core.clock.now(), !self.headed);
        self.headed = true;
        let mut event = Vec::with_capacity(body.len() + 40);
        event.extend_from_slice(format!("{{\"type\":\"{kind}\",\"object\":").as_bytes());
        event.extend_from_slice(&body);
        event.extend_from_slice(b"}\n");
        self.ready.push_back(event.into());
    }

    fn bookmark(&mut self, end_of_list: bool) {
        self.next_bookmark = Instant::now() + BOOKMARK;
        let mut meta = json!({"resourceVersion": self.version.to_string()});
        if end_of_list {
            meta["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let facts = self.kind.facts();
        let partial = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta});
        let object = match self.shape {
            Shape::Whole => json!({"kind": facts.name, "apiVersion": facts.api_version(), "metadata": meta}),
            Shape::Partial => partial,
            Shape::Table(_) => json!({
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": self.version.to_string()},
                "columnDefinitions": null,
                "rows": [{"cells": [], "object": partial}],
            }),
        };
        self.ready.push_back(format!("{}\n", json!({"type": "BOOKMARK", "object": object})).into());
    }
}
