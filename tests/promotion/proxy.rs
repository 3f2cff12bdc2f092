//! A plain HTTP server before a cluster or a registry: passes on what it is asked, and has a bad day when its test says so.

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use weir_sim::World;

/// Headers of one connection, which are not passed on.
const OWN: [&str; 4] = ["host", "connection", "content-length", "transfer-encoding"];

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub body: String,
}

impl Asked {
    /// Whether it makes a run, and not only on trial.
    pub fn creates(&self) -> bool {
        self.method == "POST" && self.path.contains("/pipelineruns") && !self.path.contains("dryRun")
    }

    pub fn tries(&self) -> bool {
        self.method == "POST" && self.path.contains("/pipelineruns") && self.path.contains("dryRun")
    }
}

/// What becomes of a request.
pub enum Fate {
    Pass,
    /// Passed on; this happens; then its answer goes back.
    Then(Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>),
    /// Passed on; this happens; its answer never goes back.
    Lost(Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>),
    /// Waits for this, and is passed on.
    After(BoxFuture<'static, ()>),
    /// Passed on; a gateway answers in the server's place.
    Gateway,
    /// Passed on; this is what arrives as its answer.
    Says(u16, &'static str),
    /// Passed on; the server's clock says this in its answer.
    At(&'static str),
    /// This body is passed on in its place, and the answer never goes back.
    Swapped(String),
    /// The connection breaks at once; passed on when this is over, and nobody hears the answer.
    Late(BoxFuture<'static, ()>),
    /// Not passed on: this answer, and this message in it.
    Refused(u16, String),
    /// Answered on a connection that ends with it, when nobody listens any more.
    Last,
}

type Script = dyn Fn(&Asked) -> Fate + Send + Sync;

pub struct Proxy {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    down: watch::Sender<bool>,
    gone: watch::Sender<bool>,
}

struct Shared {
    script: Box<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
    down: watch::Sender<bool>,
    /// Nobody listens any more.
    closed: watch::Sender<bool>,
    upstream: String,
    /// `None`: it speaks plain HTTP too.
    connector: Option<TlsConnector>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.down.send_replace(true);
    }
}

impl Proxy {
    /// Before the cluster `moc` of the world.
    pub async fn start(world: &World, script: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> Proxy {
        Proxy::cluster(world, "moc", script).await
    }

    /// Before any cluster of the world.
    pub async fn cluster(world: &World, name: &str, script: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> Proxy {
        let server = world.clusters().iter().find(|c| c.name == name).expect("the cluster").server.clone();
        let upstream = server.trim_start_matches("https://").to_string();
        Proxy::before(upstream, Some(connector(world)), script).await
    }

    /// Before the world's registry.
    pub async fn registry(world: &World, script: impl Fn(&Asked) -> Fate + Send + Sync + 'static) -> Proxy {
        Proxy::before(world.registry_url().trim_start_matches("http://").to_string(), None, script).await
    }

    async fn before(
        upstream: String,
        connector: Option<TlsConnector>,
        script: impl Fn(&Asked) -> Fate + Send + Sync + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let down = watch::Sender::new(false);
        let shared = Arc::new(Shared {
            script: Box::new(script),
            asked: asked.clone(),
            down: down.clone(),
            closed: watch::Sender::new(false),
            upstream,
            connector,
        });
        let gone = watch::Sender::new(false);
        let last = gone.clone();
        tokio::spawn(async move {
            listen(listener, shared).await;
            last.send_replace(true);
        });
        Proxy { address, asked, down, gone }
    }

    /// When it returns nobody listens any more.
    pub async fn stop(&self) {
        self.down.send_replace(true);
        self.gone.subscribe().wait_for(|gone| *gone).await.expect("it is kept here");
    }

    pub fn count(&self, wanted: impl Fn(&Asked) -> bool) -> usize {
        self.asked.lock().expect("no request panics").iter().filter(|asked| wanted(asked)).count()
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut down = shared.down.subscribe();
    let mut all = tokio::task::JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.expect("loopback works").0,
            _ = down.wait_for(|down| *down) => break,
        };
        let shared = shared.clone();
        all.spawn(async move {
            let mut down = shared.down.subscribe();
            let service = service_fn(|request: Request<Incoming>| answer(request, shared.clone()));
            let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::pin!(serving);
            let goes_down = async { down.wait_for(|down| *down).await.is_ok() };
            if tokio::select! { _ = &mut serving => false, down = goes_down => down } {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
            }
        });
    }
    drop(listener);
    // Only a connection that is being answered goes on.
    while all.len() > 1 && all.join_next().await.is_some() {}
    shared.closed.send_replace(true);
    while all.join_next().await.is_some() {}
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let mut body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let asked = Asked {
        method: parts.method.to_string(),
        path: path.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    shared.asked.lock().expect("no request panics").push(asked.clone());
    let fate = (shared.script)(&asked);
    if let Fate::Swapped(other) = &fate {
        body = other.clone().into();
    }
    let mut head = format!("{} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", parts.method, shared.upstream);
    for (name, value) in parts.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        head += &format!("{name}: {}\r\n", value.to_str().map_err(io::Error::other)?);
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    let fate = match fate {
        Fate::After(act) => {
            act.await;
            Fate::Pass
        }
        Fate::Refused(code, message) => {
            let status = serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                "message": message, "reason": "Forbidden", "code": code});
            let response = Response::builder().status(code).header("content-type", "application/json");
            return response.body(Full::new(status.to_string().into())).map_err(io::Error::other);
        }
        Fate::Late(over) => {
            tokio::spawn(async move {
                over.await;
                shared.pass(head.as_bytes(), &body).await
            });
            return Err(io::Error::other("the connection broke"));
        }
        other => other,
    };
    let passed = shared.pass(head.as_bytes(), &body).await?;
    match fate {
        Fate::Gateway => Response::builder()
            .status(504)
            .header("content-type", "text/html")
            .body(Full::new("<html>Gateway Time-out</html>".into()))
            .map_err(io::Error::other),
        Fate::Says(code, text) => Response::builder()
            .status(code)
            .header("content-type", "application/json")
            .body(Full::new(text.into()))
            .map_err(io::Error::other),
        Fate::At(date) => {
            let mut passed = passed;
            passed.headers_mut().insert("date", http::HeaderValue::from_static(date));
            Ok(passed)
        }
        Fate::Pass | Fate::After(_) | Fate::Refused(..) | Fate::Late(_) => Ok(passed),
        Fate::Then(act) => {
            act().await;
            Ok(passed)
        }
        Fate::Lost(act) => {
            act().await;
            Err(io::Error::other("the answer is lost"))
        }
        Fate::Swapped(_) => Err(io::Error::other("the answer is lost")),
        Fate::Last => {
            shared.down.send_replace(true);
            shared.closed.subscribe().wait_for(|closed| *closed).await.map_err(io::Error::other)?;
            let mut passed = passed;
            passed.headers_mut().insert("connection", http::HeaderValue::from_static("close"));
            Ok(passed)
        }
    }
}

impl Shared {
    async fn pass(&self, head: &[u8], body: &[u8]) -> io::Result<Response<Full<Bytes>>> {
        let stream = TcpStream::connect(&self.upstream).await?;
        let bytes = match &self.connector {
            None => exchange(stream, head, body).await?,
            Some(connector) => {
                let name = rustls::pki_types::ServerName::try_from("127.0.0.1").map_err(io::Error::other)?;
                exchange(connector.connect(name, stream).await?, head, body).await?
            }
        };
        read(&bytes).ok_or_else(|| io::Error::other("the answer has no head"))
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, head: &[u8], body: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(head).await?;
    stream.write_all(body).await?;
    let mut bytes = Vec::new();
    // A server that closes without a close_notify has still said everything.
    let _ = stream.read_to_end(&mut bytes).await;
    Ok(bytes)
}

fn connector(world: &World) -> TlsConnector {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = std::fs::read_to_string(world.kubeconfig()).expect("the kubeconfig");
    let data = text.lines().find_map(|line| line.trim().strip_prefix("certificate-authority-data: "));
    let pem = STANDARD.decode(data.expect("an authority")).expect("base64");
    let pem = String::from_utf8(pem).expect("PEM");
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(STANDARD.decode(der).expect("base64").into()).expect("a certificate");
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn read(bytes: &[u8]) -> Option<Response<Full<Bytes>>> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut rest = &bytes[end + 4..];
    let mut body = Vec::new();
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    if chunked {
        loop {
            let line = rest.windows(2).position(|two| two == b"\r\n")?;
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
            rest = &rest[line + 4 + size..];
        }
    } else {
        body.extend_from_slice(rest);
    }
    let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        if !OWN.contains(&name.to_lowercase().as_str()) {
            response = response.header(name, value);
        }
    }
    response.body(Full::new(body.into())).ok()
}
