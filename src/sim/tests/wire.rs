//! A client that knows nothing: TLS with the kubeconfig's authority, HTTP/1.1 by hand, one request a connection.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::World;

pub(super) const RUNS: &str = "/apis/tekton.dev/v1/namespaces/okd-team/pipelineruns";

/// One answer, read to its end.
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The events of a watch.
    pub(super) fn events(&self) -> Vec<Value> {
        self.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Somebody with a token at one cluster.
pub(super) struct Caller<'a> {
    world: &'a World,
    cluster: &'a str,
    token: String,
}

impl<'a> Caller<'a> {
    pub(super) fn new(world: &'a World, cluster: &'a str, user: &str) -> Caller<'a> {
        Caller { world, cluster, token: format!("{cluster}-{user}-demo") }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "application/json", "").await
    }

    pub(super) async fn accepting(&self, path: &str, accept: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nAccept: {accept}\r\n");
        self.send(&head, "").await.unwrap()
    }

    pub(super) async fn create(&self, path: &str, value: &Value) -> Answer {
        self.ask("POST", path, "application/json", &value.to_string()).await
    }

    pub(super) async fn merge(&self, path: &str, patch: &Value) -> Answer {
        self.ask("PATCH", path, "application/merge-patch+json", &patch.to_string()).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str, media: &str, body: &str) -> Answer {
        self.send(&format!("{method} {path} HTTP/1.1\r\nContent-Type: {media}\r\n"), body).await.unwrap()
    }

    /// Asks again until the answer is as wanted; fails after five seconds.
    pub(super) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3000 {
            let value = self.get(path).await.json();
            if wanted(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} did not become what it should: {}", self.get(path).await.body);
    }

    pub(super) async fn send(&self, head: &str, body: &str) -> std::io::Result<Answer> {
        let server = &self.world.clusters().iter().find(|cluster| cluster.name == self.cluster).unwrap().server;
        let stream = TcpStream::connect(server.trim_start_matches("https://")).await?;
        let connector = TlsConnector::from(Arc::new(trusting(self.world)));
        let mut stream = connector.connect(ServerName::try_from("127.0.0.1").unwrap(), stream).await?;
        let token = &self.token;
        let rest = format!(
            "Host: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{rest}{body}").as_bytes()).await?;
        let mut bytes = Vec::new();
        // A server that closes without a close_notify has still said everything.
        let _ = stream.read_to_end(&mut bytes).await;
        Ok(read(&bytes))
    }
}

fn trusting(world: &World) -> ClientConfig {
    let text = std::fs::read_to_string(world.kubeconfig()).unwrap();
    let data = text.lines().find_map(|line| line.trim().strip_prefix("certificate-authority-data: ")).unwrap();
    let pem = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD.decode(der).unwrap())).unwrap();
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

fn read(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut rest = &bytes[end + 4..];
    let mut body = Vec::new();
    if !head.contains("transfer-encoding: chunked") {
        body.extend_from_slice(rest);
    }
    while head.contains("transfer-encoding: chunked") {
        let Some(line) = rest.windows(2).position(|two| two == b"\r\n") else { break };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    Answer { code, body: String::from_utf8(body).unwrap() }
}

/// What the release-controller answers.
pub(super) async fn told(world: &World, path: &str) -> Answer {
    let url = world.releases_url();
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    read(&bytes)
}
