//! The shared core: clusters, Tekton, the release-controller and the journal behind three verbs.
//!
//! *watch* keeps something live, *query* ([`Client::fetch`]) answers once, *command* ([`Client::execute`]) changes the world.
//! All three speak [`weir_domain`]; no kube or reqwest type appears here, and no word of any user interface.
//!
//! - A watch never ends and never errs: it says `Lost`, backs off, and says `Begin` again.
//! - Every error is a [`Failure`]: a kind by what the caller can do, one sentence of what and why, one hint.
//! - One endpoint that is unreachable, slow, denied or expired never delays another.
//! - A command is written to the journal before it is sent and its outcome after; if it cannot be written, nothing is sent.
//!
//! `examples/streams_and_runs.rs` lists streams and runs without any user interface.

pub mod cluster;
pub mod execute;
pub mod http;
pub mod journal;
pub mod kubeconfig;
pub mod lines;
pub mod logs;
pub mod payloads;
pub mod promotion;
pub mod proxy;
pub mod queries;
pub mod reflect;
pub mod registry;
pub mod releases;
pub mod settings;
pub mod signatures;
pub mod tekton;
pub mod watches;
pub mod web;

use futures::stream::BoxStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use weir_domain::{
    Answer, ClusterName, Command, Confirmed, Endpoint, Failure, FailureKind, News, Proposal, Query, Receipt, Watch,
};

pub use settings::{ClusterSettings, Places, RegistrySettings, Settings, SigningKeySettings};

/// Cheap to clone; all clones share connections. Needs a tokio runtime.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub settings: Settings,
    pub clusters: Arc<cluster::Clusters>,
    pub registries: registry::Registries,
    pub releases: Option<Arc<releases::Releases>>,
    pub payloads: payloads::Payloads,
    pub web: web::Web,
    pub journal: journal::Journal,
    pub guards: promotion::Guards,
}

impl Client {
    /// Asks nothing yet: connections are made when a watch, query or command needs them.
    /// A kubeconfig that cannot be read does not fail here; [`Client::trouble`] says so.
    /// Installs a TLS provider if the program has none.
    pub fn new(settings: Settings) -> Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clusters = Arc::new(cluster::Clusters::new(&settings));
        let registries = registry::Registries::new(&settings, clusters.clone());
        let releases = settings
            .releases
            .as_deref()
            .map(|url| Arc::new(releases::Releases::new(url, settings.releases_every, settings.closed)));
        let journal = journal::Journal::new(settings.state.join("journal.jsonl"));
        let payloads = payloads::Payloads::new(&settings, registries.clone());
        let web = web::Web::new(&settings);
        Client {
            inner: Arc::new(Inner {
                settings,
                clusters,
                registries,
                releases,
                payloads,
                web,
                journal,
                guards: promotion::Guards::default(),
            }),
        }
    }

    /// Why there is no cluster at all, if so: no kubeconfig, broken YAML, an unknown context.
    pub fn trouble(&self) -> Option<Failure> {
        self.inner.clusters.trouble()
    }

    /// Every endpoint as it stands now. Order: connected clusters, other contexts, the release-controller, the registries
    /// of the settings and those that were asked, by host.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let mut all = self.inner.clusters.endpoints();
        all.extend(self.inner.releases.as_ref().map(|r| r.endpoint()));
        all.extend(self.inner.registries.facts().iter().map(|facts| facts.borrow().clone()));
        all
    }

    pub fn endpoint(&self, cluster: &ClusterName) -> Option<Endpoint> {
        self.inner.clusters.endpoints().into_iter().find(|e| e.name == cluster.as_str())
    }

    /// Keeps something live for as long as the stream is held; dropping it closes what it opened.
    pub fn watch(&self, watch: Watch) -> BoxStream<'static, News> {
        watches::open(self, watch)
    }

    pub async fn fetch(&self, query: Query) -> Result<Answer, Failure> {
        queries::answer(self, query).await
    }

    /// Ends when the server has accepted; all later is a watch's to tell. An answer lost in transit is
    /// [`FailureKind::Unknown`] and is never sent again by weir.
    pub async fn execute(&self, command: Confirmed<Command>) -> Result<Receipt, Failure> {
        execute::execute(self, command).await
    }

    /// Everything an operator must see before the yes.
    pub async fn propose(&self, command: Command, reason: Option<String>) -> Result<Proposal, Failure> {
        let command = match command {
            Command::Promote(plan) => return Proposal::promotion(plan, self.inner.settings.read_only),
            other => other,
        };
        let cluster = self.inner.clusters.find(command.cluster())?;
        let session = cluster.session().await?;
        execute::writable(&session, &command)?;
        Proposal::new(command, &cluster.endpoint(), self.inner.settings.read_only, reason)
    }

    /// Writes a log to a file as it is on the server, secrets hidden. Returns the number of lines.
    /// The file is made new (0600); an existing one is refused.
    pub async fn save_log(&self, log: weir_domain::log::LogId, path: &Path) -> Result<u64, Failure> {
        logs::save(self, log, path).await
    }

    /// The channels of the config, in its order.
    pub fn channels(&self) -> &[weir_domain::Channel] {
        &self.inner.settings.channels
    }

    /// Whether an ImageStream is there. Fails where the server does not say.
    pub async fn has_imagestream(&self, cluster: &ClusterName, namespace: &str, name: &str) -> Result<bool, Failure> {
        queries::has_imagestream(self, cluster, namespace, name).await
    }

    pub fn journal_path(&self) -> PathBuf {
        self.inner.journal.path().to_path_buf()
    }

    /// A manifest as YAML or JSON text. Fails with the place of the mistake.
    pub fn parse_yaml(text: &str) -> Result<weir_domain::Tree, Failure> {
        serde_saphyr::from_str(text).map_err(|error| {
            Failure::new(
                FailureKind::Usage,
                "cannot read the YAML",
                error.to_string().lines().next().unwrap_or_default(),
                "mend it and save again",
            )
        })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
