//! What a test does to a running world: stops a cluster, cuts watches, forgets history, holds the clock.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::clock::Clock;
use crate::core::{Asked, Core};
use crate::server;

/// A handle on a running world; clones act on the same one.
#[derive(Clone)]
pub struct Control {
    clock: Clock,
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
    pub(crate) fn new(clock: Clock, endpoints: Arc<Mutex<HashMap<String, Endpoint>>>) -> Control {
        Control { clock, endpoints }
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

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}
