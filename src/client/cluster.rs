//! One cluster: its identity, its connection and how it stands.
//!
//! A connection is made when something asks for it and dropped when the server says 401 or the kubeconfig changes,
//! so that a log-in in another shell brings the cluster back. Nothing here ever waits for another cluster.

mod plan;

use crate::http::{self, Trouble};
use crate::kubeconfig::{self, Context, Identity, Source, Stamp};
use crate::settings::{ClusterSettings, Settings};
use jiff::Timestamp;
pub use plan::host;
use plan::{in_cluster, planned};
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

use weir_domain::{ClusterName, Endpoint, EndpointState, Failure, FailureKind, Namespace};

/// Which Tekton API a server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tekton {
    V1,
    V1Beta1,
    None,
}

/// How often the files of a lost cluster's log-in are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A live connection. Cheap to clone inside its `Arc`.
pub struct Session {
    pub client: kube::Client,
    pub tekton: Tekton,
    expires: Option<Timestamp>,
    bearer: Bearer,
}

/// Where a session's token is, for a registry that takes it as its password.
enum Bearer {
    None,
    Text(SecretString),
    File(String),
}

impl Session {
    /// The session's bearer token as it is now; `None` for certificates and tokens that only the connection knows.
    pub fn token(&self) -> Option<SecretString> {
        match &self.bearer {
            Bearer::None => None,
            Bearer::Text(token) => Some(token.clone()),
            Bearer::File(file) => std::fs::read_to_string(file).ok().map(|text| text.trim().to_string().into()),
        }
    }

    /// The path of a Tekton kind, in one namespace or everywhere; `None` without Tekton.
    pub fn tekton_path(&self, namespace: Option<&str>, plural: &str) -> Option<String> {
        let version = match self.tekton {
            Tekton::V1 => "v1",
            Tekton::V1Beta1 => "v1beta1",
            Tekton::None => return None,
        };
        Some(match namespace {
            Some(namespace) => format!("/apis/tekton.dev/{version}/namespaces/{}/{plural}", http::encoded(namespace)),
            None => format!("/apis/tekton.dev/{version}/{plural}"),
        })
    }
}

#[derive(Default)]
struct Slot {
    session: Option<Arc<Session>>,
    /// When, and after how many rings of `wake`.
    failed: Option<(Instant, u64, Failure)>,
}

pub struct Cluster {
    pub name: ClusterName,
    pub identity: Identity,
    /// Empty when it comes from the pod's service account.
    context: String,
    source: Source,
    closed: bool,
    pub namespaces: Vec<String>,
    /// Namespaces of all its contexts, for when nothing may be listed.
    pub context_namespaces: Vec<String>,
    slot: tokio::sync::Mutex<Slot>,
    facts: watch::Sender<Endpoint>,
    opened: AtomicBool,
    /// Rings when trying again may help: the kubeconfig changed, or somebody asked.
    wake: Notify,
    rung: AtomicU64,
    /// The files of its log-in as they were when they were read last.
    read: Mutex<Vec<(PathBuf, Stamp)>>,
}

impl Cluster {
    pub fn endpoint(&self) -> Endpoint {
        self.facts.borrow().clone()
    }

    pub fn facts(&self) -> watch::Receiver<Endpoint> {
        self.facts.subscribe()
    }

    fn change(&self, edit: impl FnOnce(&mut Endpoint)) {
        change(&self.facts, edit);
    }

    /// Data arrived. The time moves in steps of ten seconds, so that an idle screen has nothing to draw.
    /// The first after a loss lets everybody who waits try again.
    pub fn good(&self, took: Option<Duration>) {
        let now = Timestamp::now();
        let back = matches!(self.facts.borrow().state, EndpointState::Lost { .. });
        self.change(|facts| facts.answered(now, took));
        if back {
            self.wake();
        }
    }

    /// A failure of the whole endpoint. The first one fixes since when. What was never connected is not lost.
    pub fn lost(&self, failure: &Failure, retry: Option<Timestamp>) {
        if !self.opened() {
            return;
        }
        self.change(|facts| facts.failed(Timestamp::now(), failure, retry));
    }

    pub fn unseen(&self, sentences: Vec<String>, namespaces: Option<Vec<Namespace>>) {
        self.change(|facts| {
            facts.unseen = sentences;
            facts.namespaces = namespaces;
        });
    }

    /// Lets everybody who waits try again now.
    pub fn wake(&self) {
        self.rung.fetch_add(1, Ordering::Relaxed);
        self.wake.notify_waiters();
    }

    pub async fn open(&self) -> Result<(), Failure> {
        self.opened.store(true, Ordering::Relaxed);
        self.change(|facts| {
            if facts.state == EndpointState::NotConnected {
                facts.state = EndpointState::Connecting;
            }
        });
        *self.slot.lock().await = Slot::default();
        let result = self.session().await.map(|_| ());
        self.wake();
        result
    }

    pub fn opened(&self) -> bool {
        self.opened.load(Ordering::Relaxed)
    }

    /// Drops the connection when the server does not take its credential any more.
    pub async fn forget(&self, session: &Arc<Session>) {
        let mut slot = self.slot.lock().await;
        if slot.session.as_ref().is_some_and(|s| Arc::ptr_eq(s, session)) {
            slot.session = None;
        }
    }

    /// Notes what a request's failure says about the whole cluster, and drops the session after a 401.
    pub async fn note(&self, session: &Arc<Session>, trouble: &Trouble, what: &str) -> Failure {
        let failure = trouble.failure(what);
        if failure.kind == FailureKind::Expired {
            self.forget(session).await;
        }
        if matches!(failure.kind, FailureKind::Expired | FailureKind::Offline | FailureKind::Broken) {
            self.lost(&failure, None);
        }
        failure
    }

    /// The connection, made now if there is none. A failure less than two seconds old is given again without asking.
    /// Nobody logs in to what was neither named nor opened: whatever is asked there would be asked as somebody else.
    pub async fn session(&self) -> Result<Arc<Session>, Failure> {
        if !self.opened() {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("cannot ask `{}`", self.name),
                format!("it is not connected: open it in Health, or add --context {}", self.context),
                "",
            ));
        }
        let mut slot = self.slot.lock().await;
        if let Some(session) = &slot.session {
            let over = session.expires.is_some_and(|at| at.as_second() - 10 < Timestamp::now().as_second());
            if !over {
                return Ok(session.clone());
            }
            slot.session = None;
        }
        let rung = self.rung.load(Ordering::Relaxed);
        if let Some((at, then, failure)) = &slot.failed
            && at.elapsed() < Duration::from_secs(2)
            && *then == rung
        {
            return Err(failure.clone());
        }
        match self.connect().await {
            Ok(session) => {
                let session = Arc::new(session);
                *slot = Slot { session: Some(session.clone()), failed: None };
                Ok(session)
            }
            Err(failure) => {
                slot.failed = Some((Instant::now(), rung, failure.clone()));
                self.lost(&failure, None);
                Err(failure)
            }
        }
    }

    async fn connect(&self) -> Result<Session, Failure> {
        let what = format!("cannot connect to `{}`", self.name);
        if let Ok(mut read) = self.read.lock() {
            *read = kubeconfig::files(&self.source, &self.context);
        }
        if let Some((why, hint)) = self.moved()? {
            return Err(Failure::new(FailureKind::Usage, what, why, hint));
        }
        let access = kubeconfig::access(&self.source, &self.context, self.closed).await?;
        let bearer = match (&access.config.auth_info.token, &access.config.auth_info.token_file) {
            (_, Some(file)) => Bearer::File(file.clone()),
            (Some(token), None) => Bearer::Text(token.clone()),
            (None, None) => Bearer::None,
        };
        let built = tokio::task::spawn_blocking(move || kube::Client::try_from(access.config));
        let client = match tokio::time::timeout(Duration::from_secs(20), built).await {
            Ok(Ok(Ok(client))) => client,
            Ok(Ok(Err(error))) => {
                let why = kubeconfig::first_line(&kubeconfig::chain(&error));
                return Err(Failure::new(
                    FailureKind::Usage,
                    &what,
                    why,
                    "mend the kubeconfig; weir reads it again when it changes",
                ));
            }
            _ => {
                return Err(Failure::new(
                    FailureKind::Offline,
                    &what,
                    "the log-in gave no answer in 20 s",
                    "weir tries again by itself",
                ));
            }
        };
        let begun = Instant::now();
        let groups = http::unary(&client, http::get("/apis/tekton.dev")).await;
        let took = begun.elapsed();
        let tekton = match &groups {
            Ok(body) => tekton_of(body),
            Err(trouble) if trouble.code() == Some(404) => Tekton::None,
            // Discovery may be closed while Tekton's own resources are open.
            Err(trouble) if trouble.code() == Some(403) => Tekton::V1,
            Err(trouble) => return Err(trouble.failure(&what)),
        };
        let (version, operator) = tokio::join!(server_version(&client), operator(&client));
        self.good(Some(took));
        self.change(|facts| {
            facts.version = version;
            facts.operator = operator;
            facts.state = if tekton == Tekton::None { EndpointState::NoTekton } else { EndpointState::Live };
        });
        Ok(Session { client, tekton, expires: access.expires, bearer })
    }

    /// Waits before trying again; ends early when something changed that may help: a log-in in another shell, for one.
    pub async fn rest(&self, nap: Duration) {
        let end = Instant::now() + nap;
        loop {
            let rung = self.wake.notified();
            if self.log_in_changed() {
                self.wake();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || tokio::time::timeout(left.min(LOOK), rung).await.is_ok() {
                return;
            }
        }
    }

    /// Whether any file of its log-in is another than it was; says so once a change.
    fn log_in_changed(&self) -> bool {
        let Ok(mut read) = self.read.lock() else { return false };
        let mut changed = false;
        for (file, stamp) in read.iter_mut() {
            let now = kubeconfig::stamp(file);
            changed |= *stamp != now;
            *stamp = now;
        }
        changed
    }

    /// Refuses when the kubeconfig does not give this context the same server and user any more.
    pub fn same_identity(&self) -> Result<(), Failure> {
        match self.moved()? {
            None => Ok(()),
            Some((why, hint)) => {
                Err(Failure::new(FailureKind::Refused, format!("nothing was sent to `{}`", self.name), why, hint))
            }
        }
    }

    /// What the context means now, if not what it meant; and what to do about it.
    fn moved(&self) -> Result<Option<(String, &'static str)>, Failure> {
        if self.source == Source::InCluster {
            return Ok(None);
        }
        let contexts = kubeconfig::contexts(&self.source.read()?);
        let facts = self.endpoint();
        Ok(match contexts.into_iter().find(|c| c.name == self.context) {
            // A context that was missing at the start means what it means when it appears.
            Some(Context { identity: Identity { server, user }, .. }) if facts.server.is_empty() => {
                self.change(|facts| (facts.server, facts.user) = (server, user));
                None
            }
            Some(context) if context.identity == Identity { server: facts.server, user: facts.user } => None,
            Some(Context { identity: Identity { server, user }, .. }) => Some((
                format!("the context `{}` now means {server} as `{user}`", self.context),
                "start weir again to work with that cluster",
            )),
            None => Some((
                format!("the kubeconfig has no context `{}` any more", self.context),
                "log in again, or start weir again",
            )),
        })
    }
}

/// How long to wait before trying again: what was asked, else 1, 2, 4, 5 s, after a minute 30 s, and 30 s where only a person can help;
/// a little at random, so that several watches do not come at once.
pub fn nap(attempt: u32, kind: FailureKind, asked: Option<u64>) -> Duration {
    let seconds = match (kind, asked) {
        (_, Some(seconds)) => seconds.clamp(1, 300) as f64,
        // A credential that ended is asked for anew once: a plugin may give another.
        (FailureKind::Expired, _) if attempt == 0 => 1.0,
        (FailureKind::Expired | FailureKind::Denied | FailureKind::Usage, _) => 30.0,
        _ if attempt > 12 => 30.0,
        _ => f64::from(1u32 << attempt.min(3)).min(5.0),
    };
    Duration::from_secs_f64(seconds * (0.9 + 0.2 * rand::random::<f64>()))
}

/// Tells those who look at an endpoint only when something of it is another.
pub fn change(facts: &watch::Sender<Endpoint>, edit: impl FnOnce(&mut Endpoint)) {
    facts.send_if_modified(|facts| {
        let before = facts.clone();
        edit(facts);
        *facts != before
    });
}

/// The time at the end of a nap.
pub fn after(nap: Duration) -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::try_from(nap).unwrap_or_default()
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

fn tekton_of(body: &[u8]) -> Tekton {
    let group: Group = serde_json::from_slice(body).unwrap_or(Group { versions: Vec::new() });
    let has = |version: &str| group.versions.iter().any(|v| v.version == version);
    match (has("v1"), has("v1beta1")) {
        (true, _) => Tekton::V1,
        (false, true) => Tekton::V1Beta1,
        _ => Tekton::None,
    }
}

async fn server_version(client: &kube::Client) -> Option<String> {
    let body = http::unary(client, http::get("/version")).await.ok()?;
    let value: serde_json::Value = serde_json::from_slice(&body).ok()?;
    Some(weir_domain::text::clean_line(value.get("gitVersion")?.as_str()?).into_owned())
}

/// Who the server says we are (SelfSubjectReview); old servers have none.
async fn operator(client: &kube::Client) -> Option<String> {
    let body = serde_json::json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let request = http::sending(
        http_post(),
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        "application/json",
        body.to_string().into_bytes(),
    );
    let body = http::unary(client, request).await.ok()?;
    let value: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let name = value.pointer("/status/userInfo/username")?.as_str()?;
    Some(weir_domain::text::clean_line(name).into_owned())
}

fn http_post() -> ::http::Method {
    ::http::Method::POST
}

/// All clusters of the kubeconfig, and the watch over its files.
pub struct Clusters {
    all: RwLock<Vec<Arc<Cluster>>>,
    trouble: Mutex<Option<Failure>>,
    changed: watch::Sender<u64>,
    source: Source,
}

impl Clusters {
    pub fn new(settings: &Settings) -> Clusters {
        let source = Source::find(settings);
        let clusters = Clusters {
            all: RwLock::new(Vec::new()),
            trouble: Mutex::new(None),
            changed: watch::Sender::new(0),
            source,
        };
        clusters.load(settings);
        clusters
    }

    pub fn trouble(&self) -> Option<Failure> {
        self.trouble.lock().map(|t| t.clone()).unwrap_or_default()
    }

    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn all(&self) -> Vec<Arc<Cluster>> {
        self.all.read().map(|all| all.clone()).unwrap_or_default()
    }

    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.all().iter().map(|c| c.endpoint()).collect()
    }

    pub fn find(&self, name: &ClusterName) -> Result<Arc<Cluster>, Failure> {
        self.all().into_iter().find(|c| c.name == *name).ok_or_else(|| {
            Failure::new(
                FailureKind::Missing,
                format!("there is no cluster `{name}`"),
                "",
                "`weir health` lists the clusters",
            )
        })
    }

    /// Changes when a kubeconfig does.
    pub fn stamp(&self) -> Vec<Stamp> {
        let mut stamps = self.source.stamp();
        for cluster in self.all() {
            if cluster.source != self.source {
                stamps.extend(cluster.source.stamp());
            }
        }
        stamps
    }

    /// The kubeconfig changed: what waits may try again, and new contexts appear.
    pub fn reload(&self, settings: &Settings) {
        self.load(settings);
        for cluster in self.all() {
            cluster.wake();
        }
    }

    /// Adds the clusters that are not known yet; those that are stay as they are.
    fn load(&self, settings: &Settings) {
        let read = match &self.source {
            Source::InCluster => Ok(vec![in_cluster()]),
            source => match source.read() {
                Ok(config) => {
                    let current = config.current_context.clone().filter(|c| !c.is_empty());
                    Ok(planned(settings, &kubeconfig::contexts(&config), current.as_deref()))
                }
                // Clusters of the config that bring a kubeconfig of their own do not need the usual one.
                Err(_) if settings.clusters.iter().any(|c| c.kubeconfig.is_some()) => Ok(planned(settings, &[], None)),
                Err(failure) => Err(failure),
            },
        };
        let (plan, trouble) = match read {
            Ok(plan) if plan.is_empty() => {
                let hint = "try `weir --demo`, set KUBECONFIG, or name clusters in the config";
                let why = format!("{} names no context", self.source.words());
                (plan, Some(Failure::new(FailureKind::Usage, "there is no cluster", why, hint)))
            }
            Ok(plan) => (plan, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        if let Ok(mut slot) = self.trouble.lock() {
            *slot = trouble;
        }
        let Ok(mut all) = self.all.write() else { return };
        for plan in plan {
            if all.iter().any(|c| c.identity == plan.identity && c.source_is(plan.settings.as_ref(), &self.source)) {
                continue;
            }
            // The one that waits for this context finds it by itself.
            if all.iter().any(|c| c.identity.server.is_empty() && plan.contexts.iter().any(|x| x.name == c.context)) {
                continue;
            }
            let mut name = plan.name.clone();
            let mut number = 2;
            while all.iter().any(|c| c.name.as_str() == name) {
                name = format!("{}-{number}", plan.name);
                number += 1;
            }
            all.push(Arc::new(plan.cluster(name, &self.source, settings)));
        }
        self.changed.send_modify(|n| *n += 1);
    }
}

impl Cluster {
    fn source_is(&self, own: Option<&ClusterSettings>, usual: &Source) -> bool {
        match own.and_then(|s| s.kubeconfig.as_ref()) {
            Some(file) => self.source == Source::Files(vec![file.clone()]),
            None => self.source == *usual,
        }
    }
}
