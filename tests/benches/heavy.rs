//! A payload whose only layer has 40 MB as it is sent, on a registry of its own that asks for no log-in.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

const COMPONENTS: usize = 190;
/// What packing makes 40 MB of: noise grows by it.
const LAYER: usize = 38_000_000;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Path → media type and bytes.
type Pages = HashMap<String, (&'static str, Vec<u8>)>;

pub struct Heavy {
    pub address: String,
    pub image: String,
    /// The layer's bytes as they are sent.
    pub size: usize,
}

impl Heavy {
    /// Serves as long as the process lives.
    pub fn open() -> Heavy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of loopback");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let layer = layer();
        let size = layer.len();
        let config = json!({"architecture": "amd64", "os": "linux"}).to_string().into_bytes();
        let part = |kind: &str, bytes: &[u8]| json!({"mediaType": kind, "size": bytes.len(), "digest": digest(bytes)});
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST,
            "config": part("application/vnd.oci.image.config.v1+json", &config),
            "layers": [part("application/vnd.oci.image.layer.v1.tar+gzip", &layer)]});
        let manifest = manifest.to_string().into_bytes();
        let image = format!("registry.bench/heavy@{}", digest(&manifest));
        let mut pages = Pages::from([("/v2/".to_string(), ("application/json", b"{}".to_vec()))]);
        pages.insert(format!("/v2/heavy/manifests/{}", digest(&manifest)), (MANIFEST, manifest));
        for bytes in [config, layer] {
            pages.insert(format!("/v2/heavy/blobs/{}", digest(&bytes)), ("application/octet-stream", bytes));
        }
        let pages = Arc::new(pages);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let pages = pages.clone();
                std::thread::spawn(move || answer(&stream, &pages));
            }
        });
        Heavy { address, image, size }
    }
}

/// One request, one answer; whoever goes away meanwhile has it so.
fn answer(mut stream: &TcpStream, pages: &Pages) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, (kind, bytes)) = match pages.get(path) {
        Some((kind, bytes)) => ("200 OK", (*kind, bytes.as_slice())),
        None => ("404 Not Found", ("application/json", &b"{}"[..])),
    };
    let length = bytes.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(bytes));
}

fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_string();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn layer() -> Vec<u8> {
    let tags: Vec<_> = (0..COMPONENTS)
        .map(|number| {
            let place = format!("quay.io/okd/scos-content@{}", digest(&number.to_le_bytes()));
            json!({"name": format!("component-{number:03}"), "from": {"kind": "DockerImage", "name": place},
                "annotations": {"io.openshift.build.commit.id": &place[place.len() - 40..],
                    "io.openshift.build.source-location": format!("https://github.com/openshift/component-{number:03}")}})
        })
        .collect();
    let references = json!({"kind": "ImageStream", "apiVersion": "image.openshift.io/v1",
        "metadata": {"name": "5.0.0-okd-scos.0", "creationTimestamp": "2026-11-01T00:00:00Z"}, "spec": {"tags": tags}});
    let metadata = json!({"kind": "cincinnati-metadata-v0", "version": "5.0.0-okd-scos.0", "previous": []});
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::with_capacity(LAYER + LAYER / 16), Compression::fast()));
    let mut put = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, bytes).expect("memory takes it");
    };
    put("release-manifests/image-references", references.to_string().as_bytes());
    put("release-manifests/release-metadata", metadata.to_string().as_bytes());
    put("usr/bin/cluster-version-operator", &noise(LAYER));
    archive.into_inner().and_then(GzEncoder::finish).expect("memory takes it")
}

/// Bytes that do not get smaller by packing.
fn noise(many: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = (0..many.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(many).collect()
}
