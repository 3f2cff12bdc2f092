//! TOML to [`Config`], by hand over spans, so that each mistake has its line and one sentence.
//! Reading goes on after a mistake: all of them are found at once.

use super::Config;
use crate::words;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use weir_client::ClusterSettings;
use weir_domain::age::parse_go_duration;
use weir_domain::{Failure, FailureKind};

const TOP: [&str; 8] = ["cluster", "keys", "log", "read-only", "releases", "streams", "theme", "thresholds"];
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
}

pub(super) fn read(text: &str, path: &Path) -> Result<Config, Vec<Failure>> {
    let mut reader = Reader { text, path, mistakes: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => reader.top(table.get_ref(), &mut config),
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let why = format!("this is not TOML: {}", error.message().lines().next().unwrap_or("it cannot be read"));
            reader.mistake(&span, why, "");
        }
    }
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
        let items = match value.get_ref() {
            DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_table()) => items,
            _ => {
                self.mistake(&value.span(), "`cluster` must be written as `[[cluster]]`, once for each cluster", "");
                return Vec::new();
            }
        };
        let mut names = BTreeSet::new();
        let mut clusters = Vec::new();
        for item in items.iter() {
            let (cluster, named) = self.cluster(item);
            if !cluster.name.is_empty() && !names.insert(cluster.name.clone()) {
                let why = format!("a second cluster is called `{}`", cluster.name);
                self.mistake(&named, why, "give it a name of its own");
            }
            clusters.push(cluster);
        }
        clusters
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
        let Some(url) = self.text(value, key) else { return };
        let web = url.starts_with("https://") || url.starts_with("http://");
        if url.is_empty() {
            config.releases = None;
        } else if !web {
            let why = format!("`{key}` must begin with https://, this is `{url}`");
            self.mistake(&value.span(), why, "empty text means: no release-controller");
        } else if url.contains('@') {
            let why = format!("`{key}` holds a user or password");
            self.mistake(&value.span(), why, "leave it out: the API is public");
        } else {
            config.releases = Some(url.trim_end_matches('/').to_string());
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
                        Some(bytes) if bytes >= 1 << 20 => config.log_budget = bytes,
                        Some(_) => self.mistake(&value.span(), "`budget` must be at least 1MB", ""),
                        None => {
                            let why = format!("`budget`: `{text}` is not a size");
                            self.mistake(&value.span(), why, "write it as 256MB or 1GB");
                        }
                    }
                }
                _ => self.unknown(key, "[log]", &LOG),
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, place: &str, known: &[&str]) {
        let name = key.get_ref().as_ref();
        let at = if place.is_empty() { String::new() } else { format!(" in `{place}`") };
        let hint = match words::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        self.mistake(&key.span(), format!("unknown key `{name}`{at}"), hint);
    }

    fn wrong(&mut self, value: &Value<'_>, key: &str, wanted: &str) {
        let is = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.mistake(&value.span(), format!("`{key}` must be {wanted}, this is {is}"), "");
    }

    fn table<'v, 'i>(&mut self, value: &'v Value<'i>, key: &str) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value, key, "a table");
        }
        table
    }

    fn text(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(value, key, "text in quotes");
        }
        text.map(str::to_string)
    }

    fn filled(&mut self, value: &Value<'_>, key: &str) -> String {
        let text = self.text(value, key);
        if text.as_deref() == Some("") {
            self.mistake(&value.span(), format!("`{key}` is empty"), "");
        }
        text.unwrap_or_default()
    }

    fn flag(&mut self, value: &Value<'_>, key: &str) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, key, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A list of texts; a single text is a list of one.
    fn texts(&mut self, value: &Value<'_>, key: &str) -> Vec<String> {
        match value.get_ref() {
            DeValue::String(text) => vec![text.to_string()],
            DeValue::Array(items) => items.iter().filter_map(|item| self.text(item, key)).collect(),
            _ => {
                self.wrong(value, key, "text or a list of texts");
                Vec::new()
            }
        }
    }

    fn duration(&mut self, value: &Value<'_>, key: &str) -> Option<i64> {
        let text = self.text(value, key)?;
        let seconds = parse_go_duration(&text);
        if seconds.is_none() {
            self.mistake(&value.span(), format!("`{key}`: `{text}` is not a duration"), "write it as 30s, 10m or 48h");
        }
        seconds
    }

    /// `~/` is the home folder; a relative path begins at the config's folder.
    fn place(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.path.parent().unwrap_or(Path::new("")).join(text),
        }
    }
}
