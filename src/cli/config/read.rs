//! TOML to [`Config`], by hand over spans, so that each mistake has its line and one sentence.
//! Reading goes on after a mistake: all of them are found at once.

mod channels;
mod registries;
mod values;

use super::Config;
use crate::words;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use weir_client::ClusterSettings;
use weir_domain::{Failure, FailureKind};

const TOP: [&str; 14] = [
    "channel",
    "cluster",
    "keys",
    "log",
    "only-these-keys",
    "payloads",
    "places",
    "read-only",
    "registry",
    "releases",
    "signing-key",
    "streams",
    "theme",
    "thresholds",
];
const CLUSTER: [&str; 6] = ["context", "kubeconfig", "name", "namespaces", "production", "read-only"];
const RELEASES: [&str; 2] = ["every", "url"];
const THRESHOLDS: [&str; 3] = ["accepted", "built", "pending"];
const LOG: [&str; 1] = ["budget"];
const STREAM: [&str; 1] = ["also"];

/// The release-controller is somebody else's: it is not asked more often than this.
const LEAST_EVERY: i64 = 5;

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    /// With the offset each stands at.
    mistakes: Vec<(usize, Failure)>,
    /// Clusters that something refers to, with where: compared with those there are when all is read.
    referred: Vec<(Range<usize>, String)>,
}

pub(super) fn read(text: &str, path: &Path) -> Result<Config, Vec<Failure>> {
    let mut reader = Reader { text, path, mistakes: Vec::new(), referred: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => reader.top(table.get_ref(), &mut config),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let why = format!("this is not TOML: {}", error.message().lines().next().unwrap_or("it cannot be read"));
            reader.mistake(&span, why, "");
        }
    }
    reader.clusters_are_there(&config);
    if reader.mistakes.is_empty() {
        return Ok(config);
    }
    reader.mistakes.sort_by_key(|(at, _)| *at);
    Err(reader.mistakes.into_iter().map(|(_, failure)| failure).collect())
}

impl Reader<'_> {
    fn mistake(&mut self, span: &Range<usize>, why: impl AsRef<str>, hint: impl AsRef<str>) {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let what = format!("{}:{line}", self.path.display());
        self.mistakes.push((span.start, Failure::new(FailureKind::Usage, what, why, hint)));
    }

    fn top(&mut self, table: &DeTable<'_>, config: &mut Config) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "cluster" => config.clusters = self.clusters(value),
                "theme" => config.theme = self.text(value, "theme"),
                "read-only" => config.read_only = self.flag(value, "read-only"),
                "releases" => self.releases(value, config),
                "thresholds" => self.thresholds(value, config),
                "log" => self.log(value, config),
                "registry" => config.registries = self.registries(value),
                "signing-key" => config.signing_keys = self.signing_keys(value),
                "only-these-keys" => {
                    config.only_these_keys = self.flag(value, "only-these-keys");
                    if config.only_these_keys && !table.contains_key("signing-key") {
                        let why = "`only-these-keys` without a `[[signing-key]]`: no release could be verified";
                        self.mistake(&value.span(), why, "name the keys, or leave it out");
                    }
                }
                "places" => self.places(value, config),
                "payloads" => config.payloads = self.payloads(value),
                "channel" => config.channels = self.channels(value),
                "keys" => {
                    for (key, value) in self.table(value, "keys").into_iter().flatten() {
                        let keys = self.texts(value, key.get_ref());
                        config.keys.insert(key.get_ref().to_string(), keys);
                    }
                }
                "streams" => {
                    for (key, value) in self.table(value, "streams").into_iter().flatten() {
                        let name = key.get_ref().as_ref();
                        for (key, value) in self.table(value, name).into_iter().flatten() {
                            match key.get_ref().as_ref() {
                                "also" => {
                                    let also = self.texts(value, "also");
                                    config.streams.insert(name.to_string(), also);
                                }
                                _ => self.unknown(key, &format!("[streams.\"{name}\"]"), &STREAM),
                            }
                        }
                    }
                }
                _ => self.unknown(key, "", &TOP),
            }
        }
    }

    fn clusters(&mut self, value: &Value<'_>) -> Vec<ClusterSettings> {
        let mut names = BTreeSet::new();
        let mut clusters = Vec::new();
        for item in self.tables(value, "cluster", "cluster") {
            let (cluster, named) = self.cluster(item);
            if !cluster.name.is_empty() && !names.insert(cluster.name.clone()) {
                let why = format!("a second cluster is called `{}`", cluster.name);
                self.mistake(&named, why, "give it a name of its own");
            }
            clusters.push(cluster);
        }
        clusters
    }

    /// A cluster that a registry, channel or place names must be one of `[[cluster]]`.
    fn clusters_are_there(&mut self, config: &Config) {
        let names: Vec<&str> = config.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        for (span, name) in std::mem::take(&mut self.referred) {
            if names.contains(&name.as_str()) {
                continue;
            }
            let hint = match words::nearest(&name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "write a `[[cluster]]` of that name".into(),
                None => format!("there are {}", names.join(", ")),
            };
            self.mistake(&span, format!("no `[[cluster]]` is called `{name}`"), hint);
        }
    }

    /// The cluster, and where its name stands.
    fn cluster(&mut self, item: &Value<'_>) -> (ClusterSettings, Range<usize>) {
        let mut cluster = ClusterSettings {
            name: String::new(),
            context: String::new(),
            kubeconfig: None,
            namespaces: Vec::new(),
            read_only: false,
            production: false,
        };
        let mut named = item.span();
        let mut has_context = false;
        for (key, value) in self.table(item, "cluster").into_iter().flatten() {
            match key.get_ref().as_ref() {
                "name" => {
                    named = value.span();
                    cluster.name = self.filled(value, "name");
                }
                "context" => {
                    has_context = true;
                    cluster.context = self.filled(value, "context");
                }
                "kubeconfig" => cluster.kubeconfig = self.text(value, "kubeconfig").map(|text| self.place(&text)),
                "namespaces" => cluster.namespaces = self.texts(value, "namespaces"),
                "read-only" => cluster.read_only = self.flag(value, "read-only"),
                "production" => cluster.production = self.flag(value, "production"),
                _ => self.unknown(key, "[[cluster]]", &CLUSTER),
            }
        }
        if !has_context {
            self.mistake(
                &item.span(),
                "this `[[cluster]]` has no `context`",
                "name a context of the kubeconfig, see `kubectl config get-contexts`",
            );
        }
        if cluster.name.is_empty() {
            cluster.name = cluster.context.clone();
        }
        (cluster, named)
    }

    /// A table, or just the address.
    fn releases(&mut self, value: &Value<'_>, config: &mut Config) {
        if value.get_ref().is_str() {
            return self.address(value, "releases", config);
        }
        for (key, value) in self.table(value, "releases").into_iter().flatten() {
            match key.get_ref().as_ref() {
                "url" => self.address(value, "url", config),
                "every" => {
                    let Some(seconds) = self.duration(value, "every") else { continue };
                    if seconds < LEAST_EVERY {
                        let why = format!("`every` must be at least {LEAST_EVERY}s");
                        self.mistake(&value.span(), why, "it is a shared service");
                    } else {
                        config.releases_every = Duration::from_secs(seconds.unsigned_abs());
                    }
                }
                _ => self.unknown(key, "[releases]", &RELEASES),
            }
        }
    }

    fn address(&mut self, value: &Value<'_>, key: &str, config: &mut Config) {
        if value.get_ref().as_str() == Some("") {
            config.releases = None;
        } else if let Some(url) = self.web(value, key, "empty text means: no release-controller", "the API is public") {
            config.releases = Some(url);
        }
    }

    fn thresholds(&mut self, value: &Value<'_>, config: &mut Config) {
        for (key, value) in self.table(value, "thresholds").into_iter().flatten() {
            let name = key.get_ref().as_ref();
            let thresholds = &mut config.thresholds;
            let slot = match name {
                "pending" => &mut thresholds.pending,
                "accepted" => &mut thresholds.accepted,
                "built" => &mut thresholds.built,
                _ => {
                    self.unknown(key, "[thresholds]", &THRESHOLDS);
                    continue;
                }
            };
            if let Some(seconds) = self.duration(value, name) {
                *slot = seconds;
            }
        }
    }

    fn log(&mut self, value: &Value<'_>, config: &mut Config) {
        for (key, value) in self.table(value, "log").into_iter().flatten() {
            match key.get_ref().as_ref() {
                "budget" => {
                    let Some(text) = self.text(value, "budget") else { continue };
                    match words::size(&text) {
                        Some(bytes) if bytes >= 1_000_000 => config.log_budget = bytes,
                        Some(_) => self.mistake(&value.span(), "`budget` must be at least 1MB", ""),
                        None => {
                            let why = format!("`budget`: `{text}` is not a size");
                            self.mistake(&value.span(), why, "write it as 256MB or 1GiB");
                        }
                    }
                }
                _ => self.unknown(key, "[log]", &LOG),
            }
        }
    }
}
