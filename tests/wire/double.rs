//! An API server of few words: says what its test tells it to, keeps what it was asked, and answers the rest as a server
//! with Tekton and nothing in it would.

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    /// `If-None-Match`.
    pub known: Option<String>,
    pub at: Instant,
}

impl Asked {
    pub fn watches(&self) -> bool {
        self.query.contains("watch=true")
    }
}

/// How a body ends.
pub enum End {
    Clean,
    /// The connection breaks.
    Broken,
    /// Nothing more comes, and the connection stays.
    Open,
}

pub enum Reply {
    Json(u16, Value),
    Text {
        status: u16,
        kind: &'static str,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    Pieces(Vec<Bytes>, End),
    /// A head that announces this many bytes, and none of them.
    Announced(usize),
    /// The same, after a time.
    After(Duration, Box<Reply>),
    /// The same, when it is told to.
    When(Arc<Notify>, Box<Reply>),
    /// No answer, for ever.
    Silence,
    /// The connection is closed without a word.
    HangUp,
    /// What an empty server with Tekton says.
    Usual,
}

/// Told of each request and how many of its method and path (and whether it watches) came before.
pub type Script = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

pub struct Double {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Double {
    pub async fn start(script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Double {
        Double::listen(None, script).await
    }

    pub async fn with_tls(acceptor: TlsAcceptor) -> Double {
        Double::listen(Some(acceptor), |_, _| Reply::Usual).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Double {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (script, kept): (Arc<Script>, _) = (Arc::new(script), asked.clone());
        let task = tokio::spawn(async move {
            let mut all = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, kept, tls) = (script.clone(), kept.clone(), tls.clone());
                all.spawn(async move {
                    match tls {
                        None => serve(stream, script, kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, script, kept).await;
                            }
                        }
                    }
                });
            }
        });
        Double { address, asked, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no request panics").clone()
    }

    pub fn count(&self, wanted: impl Fn(&Asked) -> bool) -> usize {
        self.asked().iter().filter(|asked| wanted(asked)).count()
    }
}

async fn serve(io: impl AsyncRead + AsyncWrite + Unpin + Send, script: Arc<Script>, kept: Arc<Mutex<Vec<Asked>>>) {
    let service = service_fn(|request: Request<Incoming>| {
        let (script, kept) = (script.clone(), kept.clone());
        async move {
            let asked = Asked {
                method: request.method().to_string(),
                path: request.uri().path().to_string(),
                query: request.uri().query().unwrap_or_default().to_string(),
                known: request.headers().get("if-none-match").and_then(|v| v.to_str().ok()).map(str::to_string),
                authorization: request.headers().get("authorization").and_then(|v| v.to_str().ok()).map(str::to_string),
                at: Instant::now(),
            };
            let _ = request.into_body().collect().await;
            let before = {
                let mut kept = kept.lock().expect("no request panics");
                let same =
                    |a: &&Asked| a.method == asked.method && a.path == asked.path && a.watches() == asked.watches();
                let before = kept.iter().filter(same).count();
                kept.push(asked.clone());
                before
            };
            let reply = match script(&asked, before) {
                Reply::Usual => usual(&asked),
                other => other,
            };
            let reply = match reply {
                Reply::After(time, reply) => {
                    tokio::time::sleep(time).await;
                    *reply
                }
                Reply::When(told, reply) => {
                    told.notified().await;
                    *reply
                }
                reply => reply,
            };
            match reply {
                Reply::Silence => std::future::pending().await,
                Reply::HangUp => Err(io::Error::other("the double hangs up")),
                reply => Ok(response(reply)),
            }
        }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(io), service).await;
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

fn whole(bytes: Vec<u8>) -> Body {
    Full::new(Bytes::from(bytes)).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Breaks off after what was said has surely been sent.
async fn broken() -> Result<Frame<Bytes>, io::Error> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    Err(io::Error::other("the double breaks off"))
}

fn response(reply: Reply) -> Response<Body> {
    let (status, kind, headers, body) = match reply {
        Reply::Json(status, value) => (status, "application/json", Vec::new(), whole(value.to_string().into_bytes())),
        Reply::Text { status, kind, headers, body } => (status, kind, headers, whole(body)),
        Reply::Pieces(pieces, end) => {
            let pieces = stream::iter(pieces.into_iter().map(|piece| Ok(Frame::data(piece))));
            let end = match end {
                End::Clean => stream::empty().boxed(),
                End::Broken => stream::once(broken()).boxed(),
                End::Open => stream::pending().boxed(),
            };
            let body = StreamBody::new(pieces.chain(end)).boxed_unsync();
            (200, "application/json", Vec::new(), body)
        }
        Reply::Announced(size) => {
            let never = StreamBody::new(stream::pending()).boxed_unsync();
            (200, "application/json", vec![("content-length", size.to_string())], never)
        }
        Reply::After(..) | Reply::When(..) | Reply::Silence | Reply::HangUp | Reply::Usual => {
            unreachable!("these are answered before")
        }
    };
    let mut response = Response::builder().status(status).header("content-type", kind);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a response of known parts")
}

pub fn status(code: u16, reason: &str, message: &str) -> Reply {
    Reply::Json(
        code,
        json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}),
    )
}

pub fn list(items: Value) -> Value {
    json!({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": items})
}

/// A watch's event in one line.
pub fn event(kind: &str, object: Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": kind, "object": object})))
}

pub fn run(name: &str) -> Value {
    json!({
        "apiVersion": "tekton.dev/v1", "kind": "PipelineRun",
        "metadata": {"name": name, "namespace": "okd", "uid": format!("uid-{name}"), "resourceVersion": "1",
            "creationTimestamp": "2026-11-21T10:00:00Z"},
        "spec": {"pipelineRef": {"name": "build"}},
        "status": {"startTime": "2026-11-21T10:00:01Z", "completionTime": "2026-11-21T10:01:00Z",
            "conditions": [{"type": "Succeeded", "status": "True", "reason": "Succeeded", "message": "Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 0"}]},
    })
}

fn usual(asked: &Asked) -> Reply {
    if asked.watches() {
        return Reply::Pieces(Vec::new(), End::Open);
    }
    match asked.path.as_str() {
        "/apis/tekton.dev" => {
            Reply::Json(200, json!({"kind": "APIGroup", "versions": [{"version": "v1"}, {"version": "v1beta1"}]}))
        }
        "/version" => Reply::Json(200, json!({"gitVersion": "v1.34.4"})),
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
            Reply::Json(201, json!({"status": {"userInfo": {"username": "jane"}}}))
        }
        path if path.ends_with("runs") || path.ends_with("/pods") || path.ends_with("/events") => {
            Reply::Json(200, list(json!([])))
        }
        path => status(404, "NotFound", &format!("the server could not find {path}")),
    }
}
