//! Where it is measured: an embedded world served by another process, or a real control plane.

use http::Request;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where both worlds have most of their runs.
pub const NAMESPACE: &str = "okd-coreos";

pub struct Place {
    pub kubeconfig: PathBuf,
    pub context: &'static str,
    /// `weir demo serve`; `None` on a real control plane.
    server: Option<Child>,
}

impl Place {
    pub fn open() -> Place {
        match std::env::var_os("WEIR_E2E_KUBECONFIG").filter(|path| !path.is_empty()) {
            Some(path) => Place { kubeconfig: path.into(), context: "admin", server: None },
            None => {
                let mut serve = Command::new(crate::WEIR);
                serve.args(["demo", "serve", "--world", "huge"]).stdout(Stdio::piped()).stderr(Stdio::null());
                let mut server = serve.spawn().expect("the program starts");
                let mut first = String::new();
                let out = server.stdout.take().expect("its output is a pipe");
                BufReader::new(out).read_line(&mut first).expect("it prints the kubeconfig's path");
                Place { kubeconfig: first.trim().into(), context: "demo-moc", server: Some(server) }
            }
        }
    }

    pub fn real(&self) -> bool {
        self.server.is_none()
    }

    pub fn words(&self) -> String {
        if self.real() {
            format!("the real control plane of {}", self.kubeconfig.display())
        } else {
            "the embedded world `huge`, served by another process".into()
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // SIGTERM, so that it removes its folder.
            let _ = Command::new("kill").arg(server.id().to_string()).status();
            let _ = server.wait();
        }
    }
}

/// The API as a client without any cleverness uses it.
#[derive(Clone)]
pub struct Api(kube::Client);

impl Api {
    pub async fn connect(kubeconfig: &Path, context: &str) -> Api {
        let file = kube::config::Kubeconfig::read_from(kubeconfig).expect("the kubeconfig can be read");
        let options = kube::config::KubeConfigOptions { context: Some(context.into()), ..Default::default() };
        let config = kube::Config::from_custom_kubeconfig(file, &options).await.expect("the context is there");
        Api(kube::Client::try_from(config).expect("the kubeconfig's log-in is usable"))
    }

    pub async fn text(&self, method: &str, path: &str, body: &Value) -> Result<String, kube::Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.0.request_text(request.body(body).expect("a request")).await
    }

    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let text = self.text(method, path, body).await.map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// Waits until the answer is as wanted, at most two minutes.
    pub async fn until<T>(&self, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let end = Instant::now() + Duration::from_secs(120);
        while Instant::now() < end {
            if let Some(found) = self.json("GET", path, &Value::Null).await.ok().as_ref().and_then(&wanted) {
                return Some(found);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }
}

/// A runtime for what the bench itself asks.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
