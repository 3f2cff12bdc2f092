//! Cincinnati's upgrade graph: which versions a channel of the update service offers.

use super::{Site, address};
use crate::http::encoded;
use crate::releases::{clean, lax};
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::sync::Arc;
use weir_domain::Failure;

pub struct Graph {
    site: Arc<Site>,
    place: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "lax")]
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default, deserialize_with = "lax")]
    version: String,
}

impl Graph {
    pub(super) fn new(site: Arc<Site>, place: &str) -> Graph {
        Graph { site, place: address(place) }
    }

    /// The versions in a channel, sorted as text; none for a channel that nobody knows.
    pub async fn channel(&self, name: &str, arch: &str) -> Result<Vec<String>, Failure> {
        let what = format!("cannot read the update channel {name}");
        let joint = if self.place.contains('?') { '&' } else { '?' };
        let url = format!("{}{joint}channel={}&arch={}", self.place, encoded(name), encoded(arch));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.site.get(&url, &what, headers).await?;
        if answer.status != 200 {
            return Err(answer.failure(&what));
        }
        let wire: Wire = answer.json(&what)?;
        let mut versions: Vec<String> = wire.nodes.iter().map(|node| clean(&node.version).to_string()).collect();
        versions.retain(|version| !version.is_empty());
        versions.sort();
        versions.dedup();
        Ok(versions)
    }
}
