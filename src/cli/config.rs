//! The config file: TOML, every key optional, every mistake told with file, line and what is meant instead.
//!
//! `$XDG_CONFIG_HOME/weir/config.toml` (else `~/.config/weir/config.toml`), or `--config FILE`. That the usual file is
//! missing is fine; that a named one is missing is not. What stands in it: `example.toml` beside this file, which is what
//! `weir config init` writes.

mod read;
pub(crate) mod write;

use crate::words;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_client::{ClusterSettings, Places, RegistrySettings, SigningKeySettings};
use weir_domain::Channel;
use weir_domain::attention::Thresholds;
use weir_domain::{Failure, FailureKind};

/// The release-controller of OKD.
pub const RELEASES: &str = "https://origin-release.ci.openshift.org";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// In the order of the file; names are unique.
    pub clusters: Vec<ClusterSettings>,
    /// The release-controller's address; `None`: there is none.
    pub releases: Option<String>,
    /// How often it is asked.
    pub releases_every: Duration,
    pub thresholds: Thresholds,
    pub theme: Option<String>,
    /// Action → keys in the order of the file. Which actions there are is the screens' to say.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Stream → parameter values by which a run belongs to it too.
    pub streams: BTreeMap<String, Vec<String>>,
    /// Bytes that all held logs may take together.
    pub log_budget: usize,
    /// Nothing is changed on any cluster.
    pub read_only: bool,
    /// Cluster and namespace of the ReleasePayloads and ImageStreams.
    pub payloads: Option<(String, String)>,
    /// Hosts are unique.
    pub registries: Vec<RegistrySettings>,
    pub signing_keys: Vec<SigningKeySettings>,
    pub only_these_keys: bool,
    pub places: Places,
    /// Each without a problem; names are unique.
    pub channels: Vec<Channel>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            clusters: Vec::new(),
            releases: Some(RELEASES.into()),
            releases_every: Duration::from_secs(30),
            thresholds: Thresholds::default(),
            theme: None,
            keys: BTreeMap::new(),
            streams: BTreeMap::new(),
            log_budget: 256 << 20,
            read_only: false,
            payloads: None,
            registries: Vec::new(),
            signing_keys: Vec::new(),
            only_these_keys: false,
            places: Places::default(),
            channels: Vec::new(),
        }
    }
}

impl Config {
    /// The usual place. `None` when neither `XDG_CONFIG_HOME` nor a home folder is known.
    pub fn usual_path() -> Option<PathBuf> {
        let folder = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(std::env::home_dir().filter(|home| home.is_absolute())?.join(".config")))?;
        Some(folder.join("weir").join("config.toml"))
    }

    /// Where the config is read from: `given` (from `--config`), else the usual place.
    pub fn path(given: Option<&Path>) -> Option<PathBuf> {
        given.map(Path::to_path_buf).or_else(Config::usual_path)
    }

    /// The first mistake of [`Config::check`], with how many more there are.
    pub fn read(given: Option<&Path>) -> Result<Config, Failure> {
        Config::check(given).map_err(|failures| {
            let more = failures.len().saturating_sub(1);
            let mut first = failures.into_iter().next().expect("a failed check names at least one mistake");
            if more > 0 {
                let join = if first.hint.is_empty() { "" } else { "; " };
                first.hint = format!("{}{join}{more} more, see `weir config check`", first.hint);
            }
            first
        })
    }

    /// All mistakes, in the order of the lines.
    pub fn check(given: Option<&Path>) -> Result<Config, Vec<Failure>> {
        let Some(path) = Config::path(given) else {
            return Ok(Config::default());
        };
        let failure = |why: String, hint: &str| {
            vec![Failure::new(FailureKind::Usage, format!("cannot read the config {}", path.display()), why, hint)]
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound && given.is_none() => return Ok(Config::default()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(failure(
                    "there is no such file".into(),
                    "leave out --config, or write it with `weir config init`",
                ));
            }
            Err(error) => return Err(failure(words::of_io(&error), "make it a file that you may read")),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Config::parse(&text, &path),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let line = 1 + error.as_bytes()[..good].iter().filter(|b| **b == b'\n').count();
                Err(vec![Failure::new(
                    FailureKind::Usage,
                    format!("{}:{line}", path.display()),
                    "this is not UTF-8 text",
                    "save the file as UTF-8",
                )])
            }
        }
    }

    /// From the text of a file; `path` is for the messages and for paths that are relative to it.
    pub fn parse(text: &str, path: &Path) -> Result<Config, Vec<Failure>> {
        read::read(text, path)
    }

    /// The text of a file that [`Config::parse`] reads as the same; without theme, keys, thresholds, streams and log budget.
    pub fn to_toml(&self) -> String {
        write::text(self)
    }
}
