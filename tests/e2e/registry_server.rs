//! Debian's `docker-registry` on a loopback port with a folder of its own, and what is pushed into it: small release
//! payloads and the components they name.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use weir_testing::{Home, clean_home};

const PROGRAM: &str = "/usr/bin/docker-registry";
/// As pull specs name it; the config says where it really answers.
pub const HOST: &str = "registry.example.org";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// Dropped, it is killed and its folder goes.
pub struct Registry {
    child: Child,
    port: u16,
    _home: Home,
}

/// One component of a payload.
pub struct Part {
    pub name: &'static str,
    pub commit: &'static str,
}

impl Registry {
    /// `None` where the program is not installed; then it says so. `WEIR_E2E_REGISTRY=required` does not let it be missing.
    pub fn start() -> Option<Registry> {
        if !Path::new(PROGRAM).is_file() {
            let required = std::env::var("WEIR_E2E_REGISTRY").is_ok_and(|word| word == "required");
            assert!(!required, "WEIR_E2E_REGISTRY is `required`, and there is no {PROGRAM}");
            eprintln!("passed over: there is no {PROGRAM} (Debian's package docker-registry)");
            return None;
        }
        let home = clean_home();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let config = home.path().join("registry.yml");
        let folder = home.path().join("images");
        let text = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: 127.0.0.1:{port}}}\n",
            folder.display()
        );
        std::fs::write(&config, text).expect("a new home can be written");
        let mut command = home.command(PROGRAM);
        command.arg("serve").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("it can be started");
        let mut registry = Registry { child, port, _home: home };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = registry.child.try_wait().expect("it is ours");
            assert!(ended.is_none() && Instant::now() < deadline, "docker-registry does not listen: {ended:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(registry)
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Pushes a payload under a tag; the digest of its manifest.
    pub fn push_payload(&self, repository: &str, tag: &str, parts: &[Part]) -> String {
        let tags: Vec<Value> = parts
            .iter()
            .map(|part| {
                let digest = self.push(repository, None, part.commit.as_bytes().to_vec());
                json!({
                    "name": part.name,
                    "annotations": {
                        "io.openshift.build.commit.id": part.commit,
                        "io.openshift.build.source-location": format!("https://github.com/example/{}", part.name),
                    },
                    "from": {"kind": "DockerImage", "name": format!("{HOST}/{repository}@{digest}")},
                })
            })
            .collect();
        let references = json!({
            "kind": "ImageStream",
            "apiVersion": "image.openshift.io/v1",
            "metadata": {"name": tag, "creationTimestamp": "2026-11-20T10:00:00Z"},
            "spec": {"tags": tags},
        });
        let metadata = json!({"kind": "cincinnati-metadata-v0", "version": tag, "previous": []});
        let mut layer = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, content) in [("image-references", references), ("release-metadata", metadata)] {
            let bytes = content.to_string().into_bytes();
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            layer
                .append_data(&mut header, format!("release-manifests/{path}"), &*bytes)
                .expect("memory can be written");
        }
        let layer = layer.into_inner().and_then(GzEncoder::finish).expect("memory can be written");
        self.push(repository, Some(tag), layer)
    }

    /// An image of one layer; the digest of its manifest.
    fn push(&self, repository: &str, tag: Option<&str>, layer: Vec<u8>) -> String {
        let config = json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}});
        let config = config.to_string().into_bytes();
        let (config_size, layer_size) = (config.len(), layer.len());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": config_size,
                "digest": self.blob(repository, config),
            },
            "layers": [{
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": layer_size,
                "digest": self.blob(repository, layer),
            }],
        });
        let bytes = manifest.to_string().into_bytes();
        let digest = digest_of(&bytes);
        let path = format!("/v2/{repository}/manifests/{}", tag.unwrap_or(&digest));
        let (code, head) = self.ask("PUT", &path, MANIFEST, &bytes);
        assert_eq!(code, 201, "{head}");
        digest
    }

    fn blob(&self, repository: &str, bytes: Vec<u8>) -> String {
        let digest = digest_of(&bytes);
        let (code, head) = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), "text/plain", b"");
        assert_eq!(code, 202, "{head}");
        let place = header(&head, "location").expect("an upload has a place");
        let path = place.split_once("/v2/").map(|(_, rest)| format!("/v2/{rest}")).expect("a path");
        let (code, head) = self.ask("PUT", &format!("{path}&digest={digest}"), "application/octet-stream", &bytes);
        assert_eq!(code, 201, "{head}");
        digest
    }

    /// What the registry itself says a tag is; `None`: there is no such tag.
    pub fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        let (code, head) = self.ask("HEAD", &format!("/v2/{repository}/manifests/{tag}"), "text/plain", b"");
        (code == 200).then(|| header(&head, "docker-content-digest").expect("a digest"))
    }

    /// The code and the head of an answer.
    fn ask(&self, method: &str, path: &str, media: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAccept: {MANIFEST}\r\nContent-Type: {media}\r\n\
             Content-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        (code, answer.split("\r\n\r\n").next().unwrap_or_default().to_string())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn header(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim().to_string())
}
