//! GitHub's releases. Anonymous people share 60 requests an hour and address, so the limit is known before it is hit;
//! an answer that has not changed costs nothing.

use super::{Answer, Site, address};
use crate::http::encoded;
use crate::releases::{clean, lax, page};
use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LINK};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use weir_domain::{Failure, FailureKind};

/// How many pages of a list are read.
const PAGES: usize = 10;

/// One release on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubRelease {
    pub tag: String,
    pub prerelease: bool,
    pub draft: bool,
    /// Whether it is GitHub's Latest.
    pub latest: bool,
    /// How many files it has.
    pub assets: usize,
    pub published: Option<Timestamp>,
    pub page: String,
}

/// A limit as it was told last. Times of the server count from the server's own clock.
#[derive(Clone, Copy)]
struct Limit {
    left: u64,
    of: u64,
    until: Timestamp,
}

#[derive(Deserialize)]
struct WireRef {
    #[serde(default, rename = "ref")]
    name: String,
}

pub struct GitHub {
    site: Arc<Site>,
    base: String,
    /// The variable it came from, and the token.
    token: Option<(&'static str, SecretString)>,
    limit: Mutex<Option<Limit>>,
    /// Repositories that are known to exist: a 404 is then about the release.
    known: Mutex<BTreeSet<String>>,
}

#[derive(Deserialize)]
struct WireRelease {
    #[serde(default, deserialize_with = "lax")]
    tag_name: String,
    #[serde(default, deserialize_with = "lax")]
    draft: bool,
    #[serde(default, deserialize_with = "lax")]
    prerelease: bool,
    #[serde(default, deserialize_with = "lax")]
    assets: Vec<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lax")]
    published_at: String,
    #[serde(default, deserialize_with = "lax")]
    html_url: String,
}

impl GitHub {
    pub(super) fn new(site: Arc<Site>, place: &str, closed: bool) -> GitHub {
        let base = address(place);
        let token = if closed { None } else { token(&base, |variable| std::env::var(variable).ok()) };
        GitHub { site, base, token, limit: Mutex::default(), known: Mutex::default() }
    }

    /// The credential used: "GH_TOKEN", "anonymous, 43 of 60 requests left".
    pub fn credential(&self) -> String {
        let who = self.token.as_ref().map_or("anonymous", |(variable, _)| variable);
        match self.limit() {
            Some(limit) => format!("{who}, {} of {} requests left", limit.left, limit.of),
            None => who.to_string(),
        }
    }

    /// The release of a tag; `None`: there is none in this repository.
    pub async fn release(&self, repository: &str, tag: &str) -> Result<Option<GithubRelease>, Failure> {
        let what = format!("cannot read the release {tag} of {repository}");
        let path = format!("releases/tags/{}", encoded(tag));
        let Some(answer) = self.find(repository, &path, &what).await? else { return Ok(None) };
        let wire: WireRelease = answer.json(&what)?;
        let latest = self.latest(repository).await?;
        Ok(Some(GithubRelease {
            latest: latest.as_deref() == Some(&*clean(&wire.tag_name)),
            tag: clean(&wire.tag_name).to_string(),
            prerelease: wire.prerelease,
            draft: wire.draft,
            assets: wire.assets.len(),
            published: wire.published_at.parse().ok(),
            page: page(&wire.html_url).map(|page| page.to_string()).unwrap_or_default(),
        }))
    }

    /// The tag of the release that is GitHub's Latest; `None`: the repository has none.
    pub async fn latest(&self, repository: &str) -> Result<Option<String>, Failure> {
        let what = format!("cannot read the latest release of {repository}");
        let Some(answer) = self.find(repository, "releases/latest", &what).await? else { return Ok(None) };
        let wire: WireRelease = answer.json(&what)?;
        Ok(Some(clean(&wire.tag_name).to_string()))
    }

    /// The tags of all releases, newest first, as far as ten pages reach.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, Failure> {
        let what = format!("cannot list the releases of {repository}");
        let mut names = Vec::new();
        let mut next = Some(self.list(repository));
        for _ in 0..PAGES {
            let Some(url) = next else { break };
            let answer = self.ask(&url, &what).await?;
            if answer.status != 200 {
                return Err(answer.failure(&what));
            }
            let page: Vec<WireRelease> = answer.json(&what)?;
            names.extend(page.iter().map(|r| clean(&r.tag_name).to_string()).filter(|name| !name.is_empty()));
            next = self.next(&url, &answer.headers, &what)?;
        }
        self.exists(repository);
        Ok(names)
    }

    /// The git tags that begin so, with or without a release. An empty list has an ETag too, so that asking again is free,
    /// which a 404 for one tag is not.
    pub async fn git_tags(&self, repository: &str, prefix: &str) -> Result<Vec<String>, Failure> {
        let what = format!("cannot list the tags of {repository}");
        let path = format!("git/matching-refs/tags/{}?per_page=100", encoded(prefix));
        let Some(answer) = self.find(repository, &path, &what).await? else { return Ok(Vec::new()) };
        let refs: Vec<WireRef> = answer.json(&what)?;
        if self.next(&self.of(repository, &path), &answer.headers, &what)?.is_some() {
            return Err(Failure::new(FailureKind::Broken, what, format!("more than 100 begin with {prefix}"), ""));
        }
        Ok(refs.iter().filter_map(|r| Some(clean(r.name.strip_prefix("refs/tags/")?).to_string())).collect())
    }

    fn limit(&self) -> Option<Limit> {
        self.limit.lock().ok().and_then(|limit| *limit).filter(|limit| limit.until > Timestamp::now())
    }

    fn exists(&self, repository: &str) {
        if let Ok(mut known) = self.known.lock() {
            known.insert(repository.to_string());
        }
    }

    fn of(&self, repository: &str, path: &str) -> String {
        let repository: Vec<String> = repository.split('/').map(encoded).collect();
        format!("{}/repos/{}/{path}", self.base, repository.join("/"))
    }

    fn list(&self, repository: &str) -> String {
        self.of(repository, "releases?per_page=100")
    }

    /// `None`: the repository exists and has no such thing.
    async fn find(&self, repository: &str, path: &str, what: &str) -> Result<Option<Answer>, Failure> {
        let answer = self.ask(&self.of(repository, path), what).await?;
        match answer.status {
            200 => {
                self.exists(repository);
                Ok(Some(answer))
            }
            404 if self.known.lock().is_ok_and(|known| known.contains(repository)) => Ok(None),
            // A repository that is not there, or not to be seen, answers the same.
            404 => {
                let list = self.ask(&self.list(repository), what).await?;
                match list.status {
                    200 => {
                        self.exists(repository);
                        Ok(None)
                    }
                    404 => {
                        let why = format!(
                            "there is no repository {repository}, or it cannot be seen ({})",
                            self.credential()
                        );
                        Err(Failure::new(FailureKind::Missing, what, why, "is `github` of the channel right?"))
                    }
                    _ => Err(list.failure(what)),
                }
            }
            _ => Err(answer.failure(what)),
        }
    }

    async fn ask(&self, url: &str, what: &str) -> Result<Answer, Failure> {
        if let Some(limit) = self.limit().filter(|limit| limit.left == 0) {
            return Err(self.throttled(what, limit.until));
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert(HeaderName::from_static("x-github-api-version"), HeaderValue::from_static("2022-11-28"));
        if let Some((variable, token)) = &self.token {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| {
                Failure::new(FailureKind::Usage, what, format!("{variable} is not a token"), "mend it or unset it")
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let answer = self.site.get(url, what, headers).await?;
        let now = Timestamp::now();
        let number = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        let limit = Limit::told(&answer.headers, now);
        if limit.is_some()
            && let Ok(mut kept) = self.limit.lock()
        {
            *kept = limit;
        }
        match (answer.status, limit, number("retry-after")) {
            (403 | 429, Some(limit), _) if limit.left == 0 => Err(self.throttled(what, limit.until)),
            (403 | 429, _, Some(seconds)) => Err(self.throttled(what, later(now, seconds))),
            (401, ..) => {
                let who = self.token.as_ref().map_or("it wants a credential", |(variable, _)| variable);
                let why = if self.token.is_some() { format!("GitHub does not take {who}") } else { who.to_string() };
                Err(Failure::new(FailureKind::Expired, what, why, "set a token that holds, or none"))
            }
            _ => Ok(answer),
        }
    }

    fn throttled(&self, what: &str, until: Timestamp) -> Failure {
        let until = until.strftime("%H:%M:%S UTC");
        let why = format!("GitHub answers no more until {until} ({})", self.credential());
        let hint = if self.token.is_some() { "wait" } else { "wait, or set GH_TOKEN" };
        Failure::new(FailureKind::Throttled, what, why, hint)
    }

    /// The next page of a list, at the same server only: the token goes there.
    fn next(&self, url: &str, headers: &HeaderMap, what: &str) -> Result<Option<String>, Failure> {
        let Some(link) = headers.get(LINK).and_then(|link| link.to_str().ok()).and_then(next_of) else {
            return Ok(None);
        };
        let wrong = |why: &str| Failure::new(FailureKind::Broken, what, why, "");
        let here = reqwest::Url::parse(url).map_err(|_| wrong("its address is not right"))?;
        let there = here.join(link).map_err(|_| wrong("its next page has no address"))?;
        if there.origin() != here.origin() {
            return Err(wrong("its next page is at another server"));
        }
        Ok(Some(there.to_string()))
    }
}

impl Limit {
    /// The reset is told in the server's time: what counts is how far it lies from the answer's own date.
    fn told(headers: &HeaderMap, now: Timestamp) -> Option<Limit> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| text(name).and_then(|text| text.parse::<i64>().ok());
        let (left, of) = (number("x-ratelimit-remaining")?, number("x-ratelimit-limit")?);
        let date = text("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.timestamp());
        let wait = number("x-ratelimit-reset")? - date.unwrap_or(now).as_second();
        let seconds = u64::try_from(wait).unwrap_or(0).min(2 * 3600);
        Some(Limit { left: u64::try_from(left).ok()?, of: u64::try_from(of).ok()?, until: later(now, seconds) })
    }
}

/// The first token that is set, with its variable; none where it would travel in the open.
fn token(base: &str, variable: impl Fn(&str) -> Option<String>) -> Option<(&'static str, SecretString)> {
    let names = ["GH_TOKEN", "GITHUB_TOKEN"].into_iter().filter(|_| base.starts_with("https://"));
    names
        .map(|name| (name, variable(name).unwrap_or_default()))
        .find(|(_, token)| !token.trim().is_empty())
        .map(|(name, token)| (name, SecretString::from(token.trim().to_string())))
}

fn later(now: Timestamp, seconds: u64) -> Timestamp {
    let wait = SignedDuration::from_secs(i64::try_from(seconds.min(24 * 3600)).unwrap_or(0));
    now.checked_add(wait).unwrap_or(now)
}

/// The address of `rel="next"` in a Link header.
fn next_of(link: &str) -> Option<&str> {
    link.split('<').skip(1).find_map(|part| {
        let (address, rest) = part.split_once('>')?;
        let rest = rest.split(',').next().unwrap_or_default();
        rest.replace(' ', "").contains("rel=\"next\"").then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let link = r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3>; rel="next", <https://api.github.com/x?page=5>; rel="last""#;
        assert_eq!(next_of(link), Some("https://api.github.com/x?page=3"));
        assert_eq!(next_of(r#"<https://api.github.com/x?page=1>; rel="first""#), None);
    }

    #[test]
    fn a_token_never_travels_in_the_open_and_an_empty_one_is_none() {
        let set = |name: &str| Some(if name == "GH_TOKEN" { " \n" } else { "t0k3n\n" }.to_string());
        let (name, found) = token("https://api.github.com", set).expect("one is set");
        assert_eq!((name, found.expose_secret()), ("GITHUB_TOKEN", "t0k3n"));
        assert!(token("http://127.0.0.1:9", set).is_none());
        assert!(token("https://api.github.com", |_| None).is_none());
    }

    #[test]
    fn a_limit_counts_from_the_servers_clock() {
        let mut headers = HeaderMap::new();
        let told = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-limit", "60"),
            ("x-ratelimit-reset", "1795263300"),
            ("date", "Sat, 21 Nov 2026 11:45:00 GMT"),
        ];
        for (name, value) in told {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        // The server's clock is an hour behind ours.
        let now: Timestamp = "2026-11-21T12:45:00Z".parse().expect("time");
        let limit = Limit::told(&headers, now).expect("a limit");
        assert_eq!(limit.until.as_second() - now.as_second(), 1800);
    }
}
