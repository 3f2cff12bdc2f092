//! Quay's own REST API: what a tag pointed to and when. Other registries keep no history.

use super::{Site, address};
use crate::http::encoded;
use crate::releases::lax;
use crate::settings::RegistrySettings;
use http::header::{ACCEPT, HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::{Digest, Failure};

/// How many pages of a tag's history are read, 100 entries each.
const PAGES: usize = 5;

/// One time a tag pointed to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSpan {
    pub digest: Digest,
    pub start: Timestamp,
    /// `None`: it still does.
    pub end: Option<Timestamp>,
}

pub struct Quay {
    site: Arc<Site>,
    /// Host as pull specs name it → where it answers.
    addresses: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct History {
    tags: Option<Vec<Tag>>,
    #[serde(default, deserialize_with = "lax")]
    has_additional: bool,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default, deserialize_with = "lax")]
    name: String,
    #[serde(default, deserialize_with = "lax")]
    manifest_digest: String,
    #[serde(default)]
    start_ts: Option<i64>,
    #[serde(default)]
    end_ts: Option<i64>,
}

impl Tag {
    fn span(&self) -> Option<TagSpan> {
        let end = self.end_ts.and_then(|second| Timestamp::from_second(second).ok());
        let start = Timestamp::from_second(self.start_ts?).ok()?;
        Some(TagSpan { digest: self.manifest_digest.parse().ok()?, start, end })
    }
}

impl Quay {
    pub(super) fn new(site: Arc<Site>, registries: &[RegistrySettings]) -> Quay {
        let places = registries.iter().filter_map(|r| Some((r.host.clone(), address(r.address.as_deref()?))));
        Quay { site, addresses: places.collect() }
    }

    /// What the tag pointed to, newest first; `None` where the registry is no quay.
    pub async fn history(&self, host: &str, repository: &str, tag: &str) -> Result<Option<Vec<TagSpan>>, Failure> {
        let what = format!("cannot read the history of {host}/{repository}:{tag}");
        let base = self.addresses.get(host).cloned().unwrap_or_else(|| address(host));
        let path: Vec<String> = repository.split('/').map(encoded).collect();
        let mut spans = Vec::new();
        for page in 1..=PAGES {
            let query = format!("specificTag={}&limit=100&page={page}", encoded(tag));
            let url = format!("{base}/api/v1/repository/{}/tag/?{query}", path.join("/"));
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
            let answer = self.site.get(&url, &what, headers).await?;
            let surely = host == "quay.io" || page > 1;
            let history: History = match answer.status {
                200 => match answer.json(&what) {
                    Ok(history) => history,
                    Err(failure) if surely => return Err(failure),
                    Err(_) => return Ok(None),
                },
                400..=499 if !surely && answer.status != 429 => return Ok(None),
                _ => return Err(answer.failure(&what)),
            };
            let Some(tags) = history.tags else { return if surely { Ok(Some(spans)) } else { Ok(None) } };
            spans.extend(tags.iter().filter(|t| t.name == tag).filter_map(Tag::span));
            if !history.has_additional {
                break;
            }
        }
        spans.sort_by(|a, b| b.start.cmp(&a.start).then_with(|| a.digest.cmp(&b.digest)));
        Ok(Some(spans))
    }
}
