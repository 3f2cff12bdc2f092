//! A whole world: its clusters, its release-controller, its folder with the kubeconfig.
//!
//! Invariant: all of it listens on loopback only, and dropping it ends all of it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::certs::{self, Authority};
use crate::clock::Clock;
use crate::control::{Control, Endpoint};
use crate::core::{Core, State};
use crate::kubeconfig;
use crate::outside::Outside;
use crate::registry::Registry;
use crate::releases::{self, Shared};
use crate::story::{self, Plot};
use crate::tekton;
use crate::web::{self, Web};

/// Which story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WorldKind {
    /// Two clusters with a few days of OKD's history and some runs at work.
    #[default]
    Typical,
    /// One cluster refuses connections, one does not know the token, one lets nobody into a namespace.
    Broken,
    /// Ten thousand runs, a log of a million lines, sixty streams.
    Huge,
}

/// The name of a world that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWorld(pub String);

impl fmt::Display for UnknownWorld {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no world is called {:?}: there are typical, broken and huge", self.0)
    }
}

impl std::error::Error for UnknownWorld {}

impl FromStr for WorldKind {
    type Err = UnknownWorld;

    fn from_str(text: &str) -> Result<WorldKind, UnknownWorld> {
        match text {
            "typical" => Ok(WorldKind::Typical),
            "broken" => Ok(WorldKind::Broken),
            "huge" => Ok(WorldKind::Huge),
            other => Err(UnknownWorld(other.to_owned())),
        }
    }
}

/// A cluster as clients find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// `moc`, `app.ci`, `kind`.
    pub name: String,
    /// `https://127.0.0.1:PORT`.
    pub server: String,
    /// The context of the kubeconfig that is meant for the demo.
    pub context: String,
}

/// The running world.
pub struct World {
    folder: TempDir,
    kubeconfig: PathBuf,
    clusters: Vec<Cluster>,
    releases_url: String,
    registry: Registry,
    registry_url: String,
    web: Web,
    web_url: String,
    control: Control,
    tasks: Vec<JoinHandle<()>>,
    /// A port that is held and not listened on: connections to it are refused.
    _refusing: Vec<TcpSocket>,
}

impl World {
    /// Starts all servers; when this returns, they answer.
    pub async fn start(kind: WorldKind) -> io::Result<World> {
        let Authority { pem, acceptor } = certs::authority()?;
        let clock = Clock::default();
        let now = clock.now();
        let folder = tempfile::Builder::new().prefix("weir-demo-").tempdir()?;
        let plots = story::plots(kind);
        let told = match kind {
            WorldKind::Typical => releases::typical(now),
            WorldKind::Broken => releases::broken(now),
            WorldKind::Huge => releases::huge(now),
        };
        let told = Arc::new(Shared::new(told));
        let (mut clusters, mut endpoints, mut tasks, mut refusing) =
            (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
        let images = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let pages = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (registry_url, web_url) =
            (format!("http://{}", images.local_addr()?), format!("http://{}", pages.local_addr()?));
        let registry = Registry::new(told.clone(), clock.clone(), images.local_addr()?, pages.local_addr()?);
        let web = Web::new(registry.clone(), told.clone(), clock.clone());
        tasks.push(tokio::spawn(registry.clone().serve(images)));
        tasks.push(tokio::spawn(web.clone().serve(pages)));
        let outside: Arc<dyn Outside> = Arc::new(web.clone());
        let (mut servers, mut users, mut contexts) = (Vec::new(), Vec::new(), Vec::new());
        for Plot { name, reachable, identities, users: given, contexts: own, tell } in plots {
            let address = if reachable {
                let mut state = State::new(name, told.clone(), outside.clone());
                state.begin_at(now);
                tell(&mut state, now);
                state.reconcile(now);
                state.store.settle();
                let core = Core::new(clock.clone(), identities, state);
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let address = listener.local_addr()?;
                tasks.push(tokio::spawn(tekton::control(core.clone())));
                let endpoint = Endpoint::start(core, address, listener, acceptor.clone());
                endpoints.insert(name.to_owned(), endpoint);
                address
            } else {
                let socket = TcpSocket::new_v4()?;
                socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
                let address = socket.local_addr()?;
                refusing.push(socket);
                address
            };
            let server = format!("https://{address}");
            servers.push((name.to_owned(), server.clone()));
            users.extend(given);
            let context = own.first().map(|context| context.name.clone()).unwrap_or_default();
            contexts.extend(own);
            clusters.push(Cluster { name: name.to_owned(), server, context });
        }
        let kubeconfig = folder.path().join("kubeconfig");
        kubeconfig::write(&kubeconfig, &pem, &servers, &users, &contexts)?;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let releases_url = format!("http://{}", listener.local_addr()?);
        let time = clock.clone();
        tasks.push(tokio::spawn(releases::serve_by(told.clone(), outside, listener, move || time.now())));
        let control = Control::new(clock, told, Arc::new(Mutex::new(endpoints)));
        Ok(World {
            folder,
            kubeconfig,
            clusters,
            releases_url,
            registry,
            registry_url,
            web,
            web_url,
            control,
            tasks,
            _refusing: refusing,
        })
    }

    /// A file only its owner can read; the first context is the current one.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Removed with the world.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn releases_url(&self) -> String {
        self.releases_url.clone()
    }

    /// quay.io and registry.ci.openshift.org in one: `http://127.0.0.1:PORT`.
    pub fn registry_url(&self) -> String {
        self.registry_url.clone()
    }

    /// What the registry holds, and how a test changes that.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// The signature store, GitHub, the update graph and the public keys.
    pub fn web_url(&self) -> String {
        self.web_url.clone()
    }

    pub fn web(&self) -> Web {
        self.web.clone()
    }

    /// Name, fingerprint in upper case and armored public key of the keys good releases are signed with.
    pub fn signing_keys(&self) -> Vec<(String, String, String)> {
        web::signing_keys()
    }

    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    pub fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.control.stop_all();
        for task in &self.tasks {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_named_in_lower_case() {
        assert_eq!("huge".parse(), Ok(WorldKind::Huge));
        assert_eq!("Huge".parse::<WorldKind>(), Err(UnknownWorld("Huge".into())));
        assert_eq!(WorldKind::default(), WorldKind::Typical);
    }

    #[tokio::test]
    async fn each_world_starts_and_leaves_nothing_behind() {
        for kind in [WorldKind::Typical, WorldKind::Broken, WorldKind::Huge] {
            let world = World::start(kind).await.unwrap();
            let folder = world.folder().to_owned();
            assert!(world.kubeconfig().exists());
            assert!(!world.clusters().is_empty());
            drop(world);
            assert!(!folder.exists());
        }
    }
}
