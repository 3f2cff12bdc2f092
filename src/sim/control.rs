//! What a test does to a running world: stops a cluster, cuts watches, forgets history, holds the clock.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::clock::Clock;
use crate::core::{Asked, Core, State};
use crate::kind::{FACTS, Kind};
use crate::releases::{ByHand, JobState, Phase, Shared};
use crate::server;
use crate::story;

/// A handle on a running world; clones act on the same one.
#[derive(Clone)]
pub struct Control {
    clock: Clock,
    releases: Arc<Shared>,
    endpoints: Arc<Mutex<HashMap<String, Endpoint>>>,
}

/// One listening cluster.
pub(crate) struct Endpoint {
    core: Arc<Core>,
    address: SocketAddr,
    acceptor: TlsAcceptor,
    serving: Option<JoinHandle<()>>,
}

impl Endpoint {
    pub(crate) fn start(
        core: Arc<Core>,
        address: SocketAddr,
        listener: TcpListener,
        acceptor: TlsAcceptor,
    ) -> Endpoint {
        let serving = Some(tokio::spawn(server::serve(core.clone(), listener, acceptor.clone())));
        Endpoint { core, address, acceptor, serving }
    }
}

impl Control {
    pub(crate) fn new(
        clock: Clock,
        releases: Arc<Shared>,
        endpoints: Arc<Mutex<HashMap<String, Endpoint>>>,
    ) -> Control {
        Control { clock, releases, endpoints }
    }

    /// Ends the cluster's listener and all its connections; its objects stay and its controller works on.
    pub fn stop_cluster(&self, name: &str) {
        self.with(name, |endpoint| {
            endpoint.serving.take()?.abort();
            Some(())
        });
    }

    /// Listens again where a stopped cluster did.
    pub async fn start_cluster(&self, name: &str) -> io::Result<()> {
        let Some((core, address, acceptor)) = self.with(name, |endpoint| {
            endpoint.serving.is_none().then(|| (endpoint.core.clone(), endpoint.address, endpoint.acceptor.clone()))
        }) else {
            return Ok(());
        };
        let mut tries = 0;
        let listener = loop {
            // The aborted listener is closed when its task is dropped, a moment after `stop_cluster`.
            match listen(address) {
                Err(_) if tries < 100 => tries += 1,
                other => break other?,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.with(name, |endpoint| {
            endpoint.serving = Some(tokio::spawn(server::serve(core, listener, acceptor)));
            Some(())
        });
        Ok(())
    }

    /// Ends all open watches and followed logs of a cluster; the connections stay.
    pub fn drop_watches(&self, name: &str) {
        self.with(name, |endpoint| {
            endpoint.core.cut.send_modify(|count| *count += 1);
            Some(())
        });
    }

    /// Forgets all changes of a cluster: the next watch from any version known so far is told 410.
    pub fn expire_history(&self, name: &str) {
        self.with(name, |endpoint| {
            endpoint.core.state().store.expire();
            Some(())
        });
    }

    /// What a cluster was asked so far, oldest first.
    pub fn requests(&self, name: &str) -> Vec<Asked> {
        self.with(name, |endpoint| Some(endpoint.core.asked())).unwrap_or_default()
    }

    /// Stops the world's time.
    pub fn hold(&self) {
        self.clock.hold();
    }

    /// Moves a stopped time on; a running one is stopped first.
    pub fn step(&self, by: Duration) {
        self.clock.step(by);
    }

    /// Lets the world's time run with the wall's again.
    pub fn release(&self) {
        self.clock.release();
    }

    /// A new nightly of the stream is there and accepted at once; its name.
    pub fn accept_new(&self, stream: &str) -> Option<String> {
        let now = self.clock.now();
        self.releases.change(|story| story.accept_new(stream, now))
    }

    /// Somebody else accepts or rejects a release, as with `hack/release-tool.py`; `None` takes it back.
    pub fn decide(&self, cluster: &str, tag: &str, decision: Option<(&str, &str)>) {
        let by_hand = decision.map(|(word, reason)| ByHand { word: word.to_owned(), reason: reason.to_owned() });
        self.with(cluster, |endpoint| {
            let mut state = endpoint.core.state();
            let held = state.store.get(Kind::ReleasePayload, "origin", tag)?;
            let mut value = held.value(Kind::ReleasePayload);
            value["spec"]["payloadOverride"] = match &by_hand {
                Some(ByHand { word, reason }) => serde_json::json!({"override": word, "reason": reason}),
                None => serde_json::Value::Null,
            };
            state.store.put(Kind::ReleasePayload, value);
            Some(())
        });
        self.releases.change(|story| story.decide(tag, by_hand));
        self.with(cluster, |endpoint| endpoint.core.state().reconcile(self.clock.now()));
    }

    /// From now on the ReleasePayload of a tag says this, whatever the HTTP API says.
    pub fn disagree(&self, tag: &str, payload_says: Phase) {
        self.releases.change(|story| story.disagreeing.insert(tag.to_owned(), payload_says));
    }

    /// Every full detail of a release is answered 429 with `Retry-After: 60`, or is not any more.
    pub fn throttle_detail(&self, throttled: bool) {
        self.releases.change(|story| story.faults.throttled_detail = throttled);
    }

    /// How long every full detail of a release takes from now on.
    pub fn slow_detail(&self, takes: Duration) {
        self.releases.change(|story| story.faults.slow_detail = takes);
    }

    /// Takes a right away from everybody in a cluster: a verb and the plural of a resource.
    pub fn forbid(&self, cluster: &str, verb: &str, resource: &str) {
        self.with(cluster, |endpoint| {
            endpoint.core.forbid(verb, resource);
            Some(())
        });
    }

    /// A promotion that cron's command would make: a generated name, nothing pinned, nobody's annotations; its name.
    pub fn start_by_cron(&self, cluster: &str, source: &str, channel: &str) -> Option<String> {
        self.with(cluster, |endpoint| {
            let mut state = endpoint.core.state();
            let base = if channel.ends_with("stable") { "okd-release-stable" } else { "okd-release-next" };
            let suffix = state.names.suffix(base);
            let name = format!("{base}-pipelinerun-{suffix}");
            let run = story::promotion_by_cron(&name, source, channel);
            let namespace = run["metadata"]["namespace"].as_str()?.to_owned();
            state.create(Kind::PipelineRun, run, endpoint.core.clock.now());
            state.tekton.touched(Kind::PipelineRun, &namespace, &name);
            drop(state);
            endpoint.core.written.notify_one();
            Some(name)
        })
    }

    /// Deletes the finished TaskRuns of a namespace, as the daily clean-up does; how many there were.
    pub fn clean_up(&self, cluster: &str, namespace: &str) -> usize {
        let gone = self.with(cluster, |endpoint| {
            let mut state = endpoint.core.state();
            let finished = state
                .store
                .list(Kind::TaskRun, Some(namespace))
                .into_iter()
                .filter(|held| held.value(Kind::TaskRun)["status"]["completionTime"].is_string())
                .map(|held| held.name.to_string())
                .collect::<Vec<_>>();
            for name in &finished {
                state.store.remove(Kind::TaskRun, namespace, name);
                state.tekton.touched(Kind::TaskRun, namespace, name);
            }
            drop(state);
            endpoint.core.written.notify_one();
            Some(finished.len())
        });
        gone.unwrap_or(0)
    }

    /// From now on a job of a release has this state.
    pub fn judge(&self, tag: &str, job: &str, state: JobState) {
        self.releases.change(|story| {
            let tags = story.streams.iter_mut().flat_map(|stream| &mut stream.tags).filter(|known| known.name == tag);
            let jobs = tags.filter_map(|tag| tag.payload.as_mut()).flat_map(|payload| &mut payload.jobs);
            jobs.filter(|known| known.name == job).for_each(|job| job.state = state);
        });
    }

    /// An object of a cluster: the plural of its kind, namespace and name.
    pub fn object(&self, cluster: &str, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let kind = kind(resource)?;
        self.with(cluster, |endpoint| {
            let mut state = endpoint.core.state();
            if kind == Kind::ImageStream {
                state.want_streams(Some(name), endpoint.core.clock.now());
            }
            Some(state.store.get(kind, namespace, name)?.value(kind))
        })
    }

    /// Changes an object as its cluster's administrator would; whether it was there.
    pub fn edit(
        &self,
        cluster: &str,
        resource: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        let (Some(kind), Some(mut value)) = (kind(resource), self.object(cluster, resource, namespace, name)) else {
            return false;
        };
        change(&mut value);
        self.touch(cluster, kind, namespace, name, |state| state.store.put(kind, value).version > 0)
    }

    /// Deletes an object and what it owns; whether it was there.
    pub fn remove(&self, cluster: &str, resource: &str, namespace: &str, name: &str) -> bool {
        let Some(kind) = kind(resource) else { return false };
        self.touch(cluster, kind, namespace, name, |state| state.store.remove(kind, namespace, name).is_some())
    }

    fn touch(
        &self,
        cluster: &str,
        kind: Kind,
        namespace: &str,
        name: &str,
        act: impl FnOnce(&mut State) -> bool,
    ) -> bool {
        let done = self.with(cluster, |endpoint| {
            let mut state = endpoint.core.state();
            let done = act(&mut state);
            state.tekton.touched(kind, namespace, name);
            drop(state);
            endpoint.core.written.notify_one();
            Some(done)
        });
        done.unwrap_or(false)
    }

    pub(crate) fn stop_all(&self) {
        for endpoint in self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).values_mut() {
            if let Some(serving) = endpoint.serving.take() {
                serving.abort();
            }
        }
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Endpoint) -> Option<T>) -> Option<T> {
        act(self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).get_mut(name)?)
    }
}

fn kind(resource: &str) -> Option<Kind> {
    FACTS.iter().find(|facts| facts.plural == resource).map(|facts| facts.kind)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}
