//! GitHub's REST API as far as releases are read, with ETags and the limit for people without a token.

use http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Web, WebFaults};
use crate::payload::hex_digest;
use crate::registry::{Reply, parameter};
use crate::releases::{Phase, Story};

/// Where OKD announces its releases.
const ANNOUNCED: &str = "okd-project/okd";
/// There, and without releases.
const EMPTY: &[&str] = &["okd-project/okd-scos", "cheesesashimi/okd-release-test"];
const MOST: usize = 100;
const PAGE: usize = 30;

pub(super) struct Github {
    releases: Vec<Release>,
    /// Requests by people without a token.
    used: u32,
}

struct Release {
    id: u64,
    repository: String,
    tag: String,
    published: Timestamp,
    prerelease: bool,
    is_latest: bool,
}

impl Github {
    /// Every promoted release that has an image was announced; the highest that is no preview is the latest.
    pub(super) fn of(story: &Story, now: Timestamp) -> Github {
        let mut github = Github { releases: Vec::new(), used: 0 };
        let streams = story.streams.iter().filter(|stream| stream.is_stable());
        let tags = streams.flat_map(|stream| stream.tags_at(now));
        let mut tags: Vec<_> =
            tags.filter(|tag| !matches!(tag.phase_at(now), Phase::Pending | Phase::Failed)).collect();
        tags.sort_by_key(|tag| tag.created);
        for tag in tags {
            let latest = !tag.name.contains("ec") && tag.phase_at(now) == Phase::Accepted;
            let higher = github.releases.iter().any(|release| release.is_latest && release.tag[..1] > tag.name[..1]);
            // A name is there once: these come from the story, which has each once.
            let _ = github.publish(ANNOUNCED, &tag.name, latest && !higher, tag.created);
        }
        github
    }

    pub(super) fn publish(&mut self, repository: &str, tag: &str, latest: bool, now: Timestamp) -> Result<(), String> {
        if self.releases.iter().any(|release| release.repository == repository && release.tag == tag) {
            return Err(format!("HTTP 422: Validation Failed (release with the same tag name already exists: {tag})"));
        }
        if latest {
            for release in self.releases.iter_mut().filter(|release| release.repository == repository) {
                release.is_latest = false;
            }
        }
        let id = u64::from_str_radix(&hex_digest(tag.as_bytes())[..7], 16).unwrap_or_default();
        self.releases.push(Release {
            id,
            repository: repository.to_owned(),
            tag: tag.to_owned(),
            published: now,
            prerelease: !latest,
            is_latest: latest,
        });
        Ok(())
    }
}

/// `place` follows `/github/repos/`.
pub(super) fn answer(
    web: &Web,
    place: &str,
    query: &[(String, String)],
    headers: &HeaderMap,
    faults: &WebFaults,
) -> Reply {
    let parts: Vec<&str> = place.split('/').collect();
    let mut github = web.github();
    let has_token = headers.contains_key(header::AUTHORIZATION);
    let limit = if has_token { 5000 } else { faults.github_limit };
    if !has_token && github.used >= limit {
        let reply = Reply::json(
            403,
            &json!({
                "message": "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests \
                            get a higher rate limit.)",
                "documentation_url": "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting",
            }),
        );
        return limited(reply, web, limit, limit);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (found, link) = match parts[..] {
        [owner, name, "releases"] => {
            github.list(&format!("{owner}/{name}"), &format!("http://{host}/github/repos/{place}"), query)
        }
        [owner, name, "releases", "latest"] => {
            (github.one(&format!("{owner}/{name}"), |release| release.is_latest), None)
        }
        [owner, name, "releases", "tags", tag] => {
            (github.one(&format!("{owner}/{name}"), |release| release.tag == tag), None)
        }
        [owner, name, "git", "matching-refs", "tags", prefix] => {
            (github.refs(&format!("{owner}/{name}"), prefix), None)
        }
        _ => (None, None),
    };
    let Some(found) = found else {
        github.used += u32::from(!has_token);
        let missing = json!({
            "message": "Not Found",
            "documentation_url": "https://docs.github.com/rest/releases/releases",
            "status": "404",
        });
        return limited(Reply::json(404, &missing), web, limit, github.used);
    };
    let body = found.to_string();
    let etag = format!("W/\"{}\"", hex_digest(body.as_bytes()));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut reply = if known == Some(etag.as_str()) {
        Reply::empty(304)
    } else {
        github.used += u32::from(!has_token);
        Reply::new(200, "application/json; charset=utf-8", body)
    };
    if let Some(link) = link {
        reply = reply.with(header::LINK, link);
    }
    limited(reply.with(header::ETAG, etag), web, limit, github.used)
}

impl Github {
    /// Git tags by prefix; every release has one.
    fn refs(&self, repository: &str, prefix: &str) -> Option<Value> {
        let mut there = self.releases.iter().filter(|release| release.repository == repository).peekable();
        there.peek()?;
        let refs = there.filter(|release| release.tag.starts_with(prefix));
        Some(refs.map(|release| json!({ "ref": format!("refs/tags/{}", release.tag) })).collect())
    }

    fn one(&self, repository: &str, wanted: impl Fn(&Release) -> bool) -> Option<Value> {
        let found = self.releases.iter().find(|release| release.repository == repository && wanted(release));
        found.map(Release::shown)
    }

    /// Newest first, a page of them and the links to the next and the last page.
    fn list(&self, repository: &str, url: &str, query: &[(String, String)]) -> (Option<Value>, Option<String>) {
        let mut found: Vec<&Release> =
            self.releases.iter().filter(|release| release.repository == repository).collect();
        if found.is_empty() && repository != ANNOUNCED && !EMPTY.contains(&repository) {
            return (None, None);
        }
        found.sort_by_key(|release| std::cmp::Reverse(release.published));
        let number = |name: &str, otherwise: usize| {
            parameter(query, name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(otherwise).max(1)
        };
        let (size, page) = (number("per_page", PAGE).min(MOST), number("page", 1));
        let pages = found.len().div_ceil(size).max(1);
        let shown: Vec<Value> =
            found.iter().skip((page - 1) * size).take(size).map(|release| release.shown()).collect();
        let at = |page: usize, rel: &str| format!("<{url}?per_page={size}&page={page}>; rel=\"{rel}\"");
        let link = (page < pages).then(|| format!("{}, {}", at(page + 1, "next"), at(pages, "last")));
        (Some(Value::Array(shown)), link)
    }
}

impl Release {
    fn shown(&self) -> Value {
        let Release { id, repository, tag, .. } = self;
        let published = self.published.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let names = [
            format!("ccoctl-linux-{tag}.tar.gz"),
            format!("openshift-client-linux-{tag}.tar.gz"),
            format!("openshift-client-mac-{tag}.tar.gz"),
            format!("openshift-client-windows-{tag}.zip"),
            format!("openshift-install-linux-{tag}.tar.gz"),
            format!("openshift-install-mac-{tag}.tar.gz"),
            "release.txt".to_owned(),
            "sha256sum.txt".to_owned(),
            "sha256sum.txt.asc".to_owned(),
        ];
        let asset = |(at, name): (u64, &String)| {
            let hex = hex_digest(format!("{tag}/{name}").as_bytes());
            json!({
                "id": id * 10 + at,
                "name": name,
                "size": if name.contains(".t") && name.contains("linux") { 61_000_000 + id % 9_000_000 } else { 4_096 },
                "download_count": id % 900,
                "state": "uploaded",
                "content_type": "application/octet-stream",
                "digest": format!("sha256:{hex}"),
                "browser_download_url": format!("https://github.com/{repository}/releases/download/{tag}/{name}"),
            })
        };
        json!({
            "id": id,
            "tag_name": tag,
            "name": tag,
            "target_commitish": "master",
            "body": format!("Release {tag}"),
            "draft": false,
            "prerelease": self.prerelease,
            "created_at": published,
            "published_at": published,
            "html_url": format!("https://github.com/{repository}/releases/tag/{tag}"),
            "url": format!("https://api.github.com/repos/{repository}/releases/{id}"),
            "upload_url": format!("https://uploads.github.com/repos/{repository}/releases/{id}/assets{{?name,label}}"),
            "author": { "login": "okd-release-bot[bot]", "type": "Bot" },
            "assets": (0..).zip(&names).map(asset).collect::<Vec<Value>>(),
        })
    }
}

fn limited(reply: Reply, web: &Web, limit: u32, used: u32) -> Reply {
    let reset = web.now().as_second() / 3600 * 3600 + 3600;
    let header = HeaderName::from_static;
    reply
        .with(header("x-ratelimit-limit"), limit.to_string())
        .with(header("x-ratelimit-remaining"), limit.saturating_sub(used).to_string())
        .with(header("x-ratelimit-used"), used.to_string())
        .with(header("x-ratelimit-reset"), reset.to_string())
        .with(header("x-ratelimit-resource"), "core")
}
