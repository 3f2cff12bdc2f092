//! What the interface is told at start. Plain data: flags and files are read by whoever builds it.

use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use weir_domain::Channel;
use weir_domain::attention::Thresholds;

#[derive(Clone, Debug)]
pub struct Settings {
    pub read_only: bool,
    pub demo: bool,
    /// Only ASCII signs.
    pub ascii: bool,
    pub thresholds: Thresholds,
    /// Stream name → parameter values that make a run belong to it, beyond weir's own rule.
    pub also: BTreeMap<String, Vec<String>>,
    /// Where releases can be promoted to.
    pub channels: Vec<Channel>,
    /// For the local time beside the UTC one.
    pub zone: TimeZone,
    /// Why there is no cluster at all; shows the three ways on.
    pub no_clusters: Option<String>,
    /// Namespaces on the digits 1–9, before those visited last.
    pub favourites: Vec<String>,
    /// Bytes that all logs together may take.
    pub log_budget: usize,
    /// Where the config file is, or would be.
    pub config: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_only: false,
            demo: false,
            ascii: false,
            thresholds: Thresholds::default(),
            also: BTreeMap::new(),
            channels: Vec::new(),
            zone: TimeZone::UTC,
            no_clusters: None,
            favourites: Vec::new(),
            log_budget: 256 << 20,
            config: "~/.config/weir/config.toml".into(),
        }
    }
}

impl Settings {
    pub fn also(&self, stream: &str) -> &[String] {
        self.also.get(stream).map_or(&[], Vec::as_slice)
    }
}
