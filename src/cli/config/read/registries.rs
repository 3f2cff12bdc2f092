//! Where images, signatures and facts come from: registries, keys, places and the cluster of the ReleasePayloads.

use super::super::Config;
use super::{Reader, Value};
use std::collections::BTreeSet;
use weir_client::{RegistrySettings, SigningKeySettings};

const REGISTRY: [&str; 3] = ["address", "cluster", "host"];
const KEY: [&str; 3] = ["file", "fingerprint", "name"];
const PLACES: [&str; 4] = ["github", "graph", "keys", "signatures"];
const PAYLOADS: [&str; 2] = ["cluster", "namespace"];

impl Reader<'_> {
    pub(super) fn registries(&mut self, value: &Value<'_>) -> Vec<RegistrySettings> {
        let mut hosts = BTreeSet::new();
        let mut registries = Vec::new();
        for item in self.tables(value, "registry", "registry") {
            let mut registry = RegistrySettings { host: String::new(), address: None, cluster: None };
            let (mut named, mut at) = (item.span(), item.span());
            for (key, value) in self.table(item, "registry").into_iter().flatten() {
                match key.get_ref().as_ref() {
                    "host" => {
                        named = value.span();
                        registry.host = self.host(value);
                    }
                    "address" => {
                        at = value.span();
                        registry.address =
                            self.web(value, "address", "", "weir uses the credentials that docker and podman keep");
                    }
                    "cluster" => registry.cluster = Some(self.cluster_name(value)),
                    _ => self.unknown(key, "[[registry]]", &REGISTRY),
                }
            }
            self.must_have(item, "[[registry]]", [("host", "as pull specs name it, e.g. quay.io")]);
            let plain = registry.address.as_deref().is_some_and(|address| address.starts_with("http://"));
            if plain && let Some(cluster) = &registry.cluster {
                let why = format!("the token of `{cluster}` is sent over https only, this is http://");
                self.mistake(&at, why, "leave out `cluster`, or give an https address");
            }
            if !registry.host.is_empty() && !hosts.insert(registry.host.clone()) {
                let why = format!("a second registry has the host `{}`", registry.host);
                self.mistake(&named, why, "write it once");
            }
            registries.push(registry);
        }
        registries
    }

    /// As it stands in a pull spec: no scheme, no path.
    fn host(&mut self, value: &Value<'_>) -> String {
        let host = self.filled(value, "host");
        let fine = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
        if !fine || !(host.contains(['.', ':']) || host == "localhost" || host.is_empty()) {
            let why = format!("`host` is not a registry's host: `{host}`");
            self.mistake(&value.span(), why, "write it as pull specs name it, e.g. quay.io or 127.0.0.1:5000");
        }
        host
    }

    pub(super) fn signing_keys(&mut self, value: &Value<'_>) -> Vec<SigningKeySettings> {
        let mut fingerprints = BTreeSet::new();
        let mut keys = Vec::new();
        for item in self.tables(value, "signing-key", "key") {
            let mut signing = SigningKeySettings { name: String::new(), fingerprint: String::new(), file: None };
            for (key, value) in self.table(item, "signing-key").into_iter().flatten() {
                match key.get_ref().as_ref() {
                    "name" => signing.name = self.filled(value, "name"),
                    "fingerprint" => {
                        signing.fingerprint = self.fingerprint(value);
                        if !signing.fingerprint.is_empty() && !fingerprints.insert(signing.fingerprint.clone()) {
                            let why = format!("a second key has the fingerprint {}", signing.fingerprint);
                            self.mistake(&value.span(), why, "write it once");
                        }
                    }
                    "file" => signing.file = self.text(value, "file").map(|text| self.place(&text)),
                    _ => self.unknown(key, "[[signing-key]]", &KEY),
                }
            }
            let hint = "the key's 40 hex digits, see `gpg --show-keys FILE`";
            self.must_have(item, "[[signing-key]]", [("name", "call it as its file is called"), ("fingerprint", hint)]);
            keys.push(signing);
        }
        keys
    }

    /// 40 hex digits in upper case; blanks between them, as gpg prints them, are fine. Empty when it is none.
    fn fingerprint(&mut self, value: &Value<'_>) -> String {
        let Some(text) = self.text(value, "fingerprint") else { return String::new() };
        let digits: String = text.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_uppercase();
        if digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return digits;
        }
        let why = format!("`fingerprint` must be 40 hex digits, this is `{text}`");
        self.mistake(&value.span(), why, "the whole fingerprint, not the key's id: an id can be forged");
        String::new()
    }

    pub(super) fn places(&mut self, value: &Value<'_>, config: &mut Config) {
        for (key, value) in self.table(value, "places").into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if !PLACES.contains(&name) {
                self.unknown(key, "[places]", &PLACES);
                continue;
            }
            let Some(address) = self.web(value, name, "leave it out for OKD's own", "what is there is public") else {
                continue;
            };
            let places = &mut config.places;
            match name {
                "github" => places.github = address,
                "graph" => places.graph = address,
                "keys" => places.keys = address,
                _ => places.signatures = address,
            }
        }
    }

    /// Cluster and namespace.
    pub(super) fn payloads(&mut self, value: &Value<'_>) -> Option<(String, String)> {
        let (mut cluster, mut namespace) = (None, None);
        for (key, value) in self.table(value, "payloads")? {
            match key.get_ref().as_ref() {
                "cluster" => cluster = Some(self.cluster_name(value)),
                "namespace" => namespace = Some(self.filled(value, "namespace")),
                _ => self.unknown(key, "[payloads]", &PAYLOADS),
            }
        }
        self.must_have(
            value,
            "[payloads]",
            [("cluster", "that of the release-controller"), ("namespace", "that of the ReleasePayloads, e.g. origin")],
        );
        cluster.zip(namespace)
    }
}
