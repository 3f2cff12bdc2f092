//! Registries, asked natively: the OCI distribution API with docker's token authentication.
//!
//! - What was asked for by digest is believed only when its bytes have that digest.
//! - A credential goes to the registry it is for and to that registry's own token realm, and nowhere else.
//! - At most [`host::IN_FLIGHT`] requests go to one host at a time; nothing here is cached but passes.

pub mod blob;
pub mod challenge;
pub mod credentials;
mod helper;
pub mod host;
pub mod manifest;
mod rights;
mod standing;
pub mod wire;

use crate::cluster::Clusters;
use crate::kubeconfig::plain_server;
use crate::settings::Settings;
use blob::Blob;
use bytes::Bytes;
use credentials::Sources;
use host::{Host, Means, Pass, Purpose};
use manifest::{Descriptor, MANIFEST_LIMIT, Manifest};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LINK};
use reqwest::{Method, Response, StatusCode, Url};
use serde::Deserialize;
use standing::Standing;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use weir_domain::{Digest, Failure, FailureKind, ImageRef};
use wire::Miss;

/// How long a manifest, a page of tags or a PUT may take.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Pages of tags that are read at most, a hundred tags each.
const PAGES: usize = 500;
const PAGE_LIMIT: usize = 4 << 20;

/// With the usual credential, or as anybody could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    Usual,
    Anonymous,
}

/// All registries. Cheap to clone; clones share connections and tokens.
#[derive(Clone)]
pub struct Registries {
    shared: Arc<Shared>,
}

struct Shared {
    client: Result<reqwest::Client, String>,
    /// Host → its address and its cluster.
    known: BTreeMap<String, (Option<String>, Option<String>)>,
    sources: Sources,
    clusters: Arc<Clusters>,
    hosts: Mutex<BTreeMap<String, Arc<Host>>>,
    standings: Mutex<BTreeMap<String, Arc<Standing>>>,
}

struct Ask<'a> {
    method: Method,
    url: Url,
    repository: &'a str,
    push: bool,
    access: Access,
    headers: HeaderMap,
    body: Option<Bytes>,
}

struct Answer {
    response: Response,
    pass: Pass,
    permit: OwnedSemaphorePermit,
}

impl Registries {
    /// `closed` settings look at no credential files but those they name, and at no helpers.
    pub fn new(settings: &Settings, clusters: Arc<Clusters>) -> Registries {
        let own = |files: &Vec<_>| Sources { files: files.clone(), ..Sources::default() };
        let sources = match &settings.logins {
            Some(files) => own(files),
            None if settings.closed => Sources::default(),
            None => Sources::from_environment(),
        };
        Registries::with_sources(settings, clusters, sources)
    }

    pub fn with_sources(settings: &Settings, clusters: Arc<Clusters>, sources: Sources) -> Registries {
        let known = settings.registries.iter().map(|r| (r.host.clone(), (r.address.clone(), r.cluster.clone())));
        let known = known.collect();
        let client = wire::http_client(settings.closed);
        let (hosts, standings) = (Mutex::default(), Mutex::default());
        let all = Registries { shared: Arc::new(Shared { client, known, sources, clusters, hosts, standings }) };
        for name in all.shared.known.keys() {
            all.standing(name);
        }
        all
    }

    fn standing(&self, name: &str) -> Arc<Standing> {
        let mut all = self.shared.standings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let made = || {
            let address = self.shared.known.get(name).and_then(|(address, _)| address.as_deref());
            let server = host::base(name, address).map(|base| plain_server(base.as_str()));
            Arc::new(Standing::new(name, server.unwrap_or_else(|_| name.to_string())))
        };
        all.entry(name.to_string()).or_insert_with(made).clone()
    }

    fn host(&self, name: &str) -> Result<Arc<Host>, Miss> {
        let mut hosts = self.shared.hosts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return Ok(host.clone());
        }
        let (address, cluster) = self.shared.known.get(name).cloned().unwrap_or_default();
        let host = Host::new(name, address.as_deref(), cluster.as_deref(), self.standing(name))
            .map_err(|why| Miss::new(FailureKind::Usage, why).hint("mend its entry in the config"))?;
        let host = Arc::new(host);
        hosts.insert(name.to_string(), host.clone());
        Ok(host)
    }

    /// Which credential is used for a place (`host` or `host/repository`): "anonymous",
    /// "docker config ~/.docker/config.json", "token of cluster app.ci".
    pub fn credential(&self, place: &str) -> String {
        let (name, repository) = place.split_once('/').unwrap_or((place, ""));
        let words = match self.host(name) {
            Ok(host) => host.words(&self.shared.sources, repository),
            Err(miss) => format!("none ({})", miss.why),
        };
        weir_domain::secret::line(&words)
    }

    fn means(&self) -> Result<Means<'_>, Miss> {
        let client = self.shared.client.as_ref().map_err(|why| Miss::new(FailureKind::Offline, why.clone()))?;
        Ok(Means { client, sources: &self.shared.sources, clusters: &self.shared.clusters })
    }

    /// Sends with a pass; a 401 makes a new one, once. What comes of it is how the registry stands.
    async fn send(&self, host: &Host, ask: &Ask<'_>) -> Result<Answer, Miss> {
        let begun = Instant::now();
        let sent = self.sent(host, ask).await;
        match &sent {
            Ok(answer) => host.standing.answered(&answer.response, &ask.url, ask.access, &answer.pass.words),
            Err(miss) => host.standing.missed(miss, begun),
        }
        sent
    }

    async fn sent(&self, host: &Host, ask: &Ask<'_>) -> Result<Answer, Miss> {
        let means = self.means()?;
        let purpose = Purpose { repository: ask.repository.into(), push: ask.push, access: ask.access };
        let mut again = false;
        loop {
            // Whatever goes wrong here, the request itself was not sent.
            let pass = host.pass(&means, &purpose).await.map_err(|miss| Miss { sent: false, ..miss })?;
            let permit = host.permits.clone().acquire_owned().await.expect("the permits are never closed");
            let mut request = wire::request(ask.method.clone(), ask.url.clone(), pass.authorization.as_ref())?;
            request.headers_mut().extend(ask.headers.clone());
            *request.body_mut() = ask.body.clone().map(Into::into);
            let response = wire::follow(means.client, request).await?;
            if response.status() != StatusCode::UNAUTHORIZED || again {
                return Ok(Answer { response, pass, permit });
            }
            again = true;
            drop(permit);
            host.renounce(&purpose, &pass, &response).await;
        }
    }

    async fn ask(&self, method: Method, image: &ImageRef, access: Access) -> Result<Answer, Miss> {
        let host = self.host(&image.host)?;
        let url = host.url(&format!("/v2/{}/manifests/{}", image.repository, image.asked()))?;
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(manifest::ACCEPT))]);
        let ask = Ask { method, url, repository: &image.repository, push: false, access, headers, body: None };
        self.send(&host, &ask).await
    }

    /// The top manifest's digest as it is now; `None` when the registry says that there is no such image.
    /// A 404 that does not say so (a wrong address, a proxy's page) is a failure: a name is not free because of it.
    pub async fn digest(&self, image: &ImageRef) -> Result<Option<Digest>, Failure> {
        let what = format!("cannot ask for {image}");
        let work = async {
            let answer = self.ask(Method::HEAD, image, Access::Usual).await?;
            if answer.response.status().is_success()
                && let Some(said) = said_digest(&answer.response)?
            {
                if image.digest.as_ref().is_some_and(|asked| *asked != said) {
                    return Err(Miss::new(
                        FailureKind::Broken,
                        format!("it answers with another digest, {}", said.short()),
                    ));
                }
                return Ok(Some(said));
            }
            drop(answer);
            match self.read(image, Access::Usual).await {
                Ok(manifest) => Ok(Some(manifest.digest)),
                Err(miss) if unknown(&miss) => Ok(None),
                Err(miss) if miss.kind == FailureKind::Missing => {
                    let why = format!("{} without saying that the image is unknown", miss.why);
                    Err(Miss::new(FailureKind::Broken, why).hint("is the registry's address right?"))
                }
                Err(miss) => Err(miss),
            }
        };
        in_time(work).await.map_err(|miss| miss.failure(&what))
    }

    /// The top manifest, its bytes checked against the digest when it is asked for by one.
    pub async fn manifest(&self, image: &ImageRef, access: Access) -> Result<Manifest, Failure> {
        let what = format!("cannot read {image}");
        in_time(self.read(image, access)).await.map_err(|miss| miss.failure(&what))
    }

    async fn read(&self, image: &ImageRef, access: Access) -> Result<Manifest, Miss> {
        let answer = self.ask(Method::GET, image, access).await?;
        let Answer { response, pass, permit: _permit } = answer;
        if !response.status().is_success() {
            return Err(wire::refused(response, &pass.words).await);
        }
        let said = said_digest(&response)?;
        let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).map(str::to_string);
        let bytes = wire::bounded(response, MANIFEST_LIMIT).await?.ok_or_else(|| {
            Miss::new(FailureKind::Broken, format!("its manifest is larger than {} MB", MANIFEST_LIMIT >> 20))
        })?;
        let found = manifest::digest_of(&bytes);
        // A Docker-Content-Digest that names other bytes is as wrong as other bytes are.
        if let Some(wanted) = [image.digest.as_ref(), said.as_ref()].into_iter().flatten().find(|d| **d != found) {
            let why = format!("the bytes of its manifest are {}, not {}", found.short(), wanted.short());
            return Err(
                Miss::new(FailureKind::Broken, why).hint("the registry, or something before it, is not to be trusted")
            );
        }
        Manifest::read(kind.as_deref(), bytes.into()).map_err(|why| Miss::new(FailureKind::Broken, why))
    }

    /// All tags of a repository, as the registry orders them.
    pub async fn tags(&self, host: &str, repository: &str) -> Result<Vec<String>, Failure> {
        let what = format!("cannot list the tags of {host}/{repository}");
        self.pages(host, repository).await.map_err(|miss| miss.failure(&what))
    }

    async fn pages(&self, host: &str, repository: &str) -> Result<Vec<String>, Miss> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let wrong = |why: String| Miss::new(FailureKind::Broken, why);
        let host = self.host(host)?;
        let mut url = host.url(&format!("/v2/{repository}/tags/list?n=100"))?;
        let (mut tags, mut seen) = (Vec::new(), Vec::new());
        loop {
            seen.push(url.clone());
            let access = Access::Usual;
            let (method, headers) = (Method::GET, HeaderMap::new());
            let ask = Ask { method, url: url.clone(), repository, push: false, access, headers, body: None };
            let page = async {
                let Answer { response, pass, permit: _permit } = self.send(&host, &ask).await?;
                if !response.status().is_success() {
                    return Err(wire::refused(response, &pass.words).await);
                }
                let next = next_page(response.headers(), &url);
                let body = wire::bounded(response, PAGE_LIMIT).await?;
                Ok((next, body.ok_or_else(|| wrong(format!("a page is larger than {} MB", PAGE_LIMIT >> 20)))?))
            };
            let (next, body) = in_time(page).await?;
            let page: Page = serde_json::from_slice(&body).map_err(|error| wrong(manifest::place(&error)))?;
            tags.extend(page.tags.unwrap_or_default().into_iter().filter(|tag| weir_domain::image::is_tag(tag)));
            let Some(next) = next else { return Ok(tags) };
            let next = next.map_err(wrong)?;
            if next.origin() != url.origin() {
                return Err(wrong(format!("its next page is on another host, {}", challenge::shown(&next))));
            }
            if seen.contains(&next) {
                return Err(wrong("its pages of tags go in a circle".into()));
            }
            if seen.len() == PAGES {
                return Err(wrong(format!("it has more than {PAGES} pages of tags")));
            }
            url = next;
        }
    }

    /// A layer or config, to be read piece by piece. One that says it is larger than `limit` bytes is not begun.
    pub async fn blob(&self, host: &str, repository: &str, blob: &Descriptor, limit: u64) -> Result<Blob, Failure> {
        let what = format!("cannot read {} of {host}/{repository}", blob.digest.short());
        self.begin(host, repository, blob, limit, Access::Usual, what).await
    }

    /// As [`Registries::blob`], with the access to use and what is wanted in words.
    pub(crate) async fn begin(
        &self,
        host: &str,
        repository: &str,
        blob: &Descriptor,
        limit: u64,
        access: Access,
        what: String,
    ) -> Result<Blob, Failure> {
        let work = async {
            if blob.size > limit {
                let why = format!("it has {} MB, and at most {} MB are read", blob.size >> 20, limit >> 20);
                return Err(Miss::new(FailureKind::Broken, why));
            }
            let host = self.host(host)?;
            let url = host.url(&format!("/v2/{repository}/blobs/{}", blob.digest))?;
            let (method, headers) = (Method::GET, HeaderMap::new());
            let ask = Ask { method, url, repository, push: false, access, headers, body: None };
            let answer = self.send(&host, &ask).await?;
            if answer.response.status() != StatusCode::OK {
                return Err(wire::refused(answer.response, &answer.pass.words).await);
            }
            Ok(answer)
        };
        let answer = in_time(work).await.map_err(|miss| miss.failure(&what))?;
        Blob::new(what, blob.clone(), answer.response, answer.permit)
    }

    /// The same bytes under a tag of the same repository. Never sent twice when its answer was lost: then the outcome
    /// is [`FailureKind::Unknown`] and only asking again tells.
    pub async fn put_manifest(&self, image: &ImageRef, manifest: &Manifest) -> Result<Digest, Failure> {
        let what = format!("cannot tag {image}");
        let Some(tag) = image.tag.as_deref() else {
            return Err(Failure::new(FailureKind::Usage, what, "it names no tag", ""));
        };
        let work = async {
            let host = self.host(&image.host)?;
            let url = host.url(&format!("/v2/{}/manifests/{tag}", image.repository))?;
            let kind = HeaderValue::from_str(&manifest.media_type)
                .map_err(|_| Miss::new(FailureKind::Usage, "its media type is none"))?;
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
            let (repository, body) = (&*image.repository, Some(manifest.bytes.clone()));
            let ask = Ask { method: Method::PUT, url, repository, push: true, access: Access::Usual, headers, body };
            self.send(&host, &ask).await
        };
        let lost = |why: &str| {
            Failure::new(
                FailureKind::Unknown,
                format!("whether {image} was tagged is not known"),
                why,
                "look at the tag",
            )
        };
        let answer = match tokio::time::timeout(ANSWER_TIME, work).await {
            Ok(Ok(answer)) => answer,
            // The pass is made before anything is sent: only the PUT's own loss leaves a doubt.
            Ok(Err(miss)) if miss.kind == FailureKind::Offline && miss.sent => return Err(lost(&miss.why)),
            Ok(Err(miss)) => return Err(miss.failure(&what)),
            Err(_) => return Err(lost("no answer in time")),
        };
        let status = answer.response.status();
        if status.is_server_error() {
            return Err(lost(&wire::refused(answer.response, &answer.pass.words).await.why));
        }
        if !status.is_success() {
            return Err(wire::refused(answer.response, &answer.pass.words).await.failure(&what));
        }
        let said = said_digest(&answer.response).map_err(|miss| miss.failure(&what))?;
        match said {
            Some(said) if said != manifest.digest => {
                let why = format!("the registry stored {}, not {}", said.short(), manifest.digest.short());
                Err(Failure::new(FailureKind::Broken, format!("{image} is not what was sent"), why, ""))
            }
            said => Ok(said.unwrap_or_else(|| manifest.digest.clone())),
        }
    }
}

fn unknown(miss: &Miss) -> bool {
    miss.kind == FailureKind::Missing
        && miss.codes.iter().any(|code| matches!(code.as_str(), "MANIFEST_UNKNOWN" | "NAME_UNKNOWN" | "NOT_FOUND"))
}

async fn in_time<T>(work: impl Future<Output = Result<T, Miss>>) -> Result<T, Miss> {
    // Two waits that the registry asked for may come on top.
    let late = |_| Err(Miss::new(FailureKind::Offline, "no answer in time"));
    tokio::time::timeout(ANSWER_TIME * 3, work).await.unwrap_or_else(late)
}

fn said_digest(response: &Response) -> Result<Option<Digest>, Miss> {
    let Some(said) = response.headers().get("docker-content-digest") else { return Ok(None) };
    let said = said.to_str().unwrap_or_default();
    // Another algorithm is no mistake; the bytes then tell.
    if said.contains(':') && !said.starts_with("sha256:") {
        return Ok(None);
    }
    said.parse()
        .map(Some)
        .map_err(|why: String| Miss::new(FailureKind::Broken, format!("its Docker-Content-Digest {why}")))
}

/// The address behind `rel="next"`, if there is one.
fn next_page(headers: &HeaderMap, here: &Url) -> Option<Result<Url, String>> {
    let links = headers.get_all(LINK).iter().filter_map(|v| v.to_str().ok());
    for link in links.flat_map(|all| all.split(",")) {
        let Some((target, params)) = link.trim().strip_prefix('<').and_then(|l| l.split_once('>')) else { continue };
        let next = params.split(';').any(|p| matches!(p.trim(), "rel=\"next\"" | "rel=next"));
        if next {
            let mut target = match here.join(target) {
                Ok(target) => target,
                Err(_) => return Some(Err("its next page has no address".into())),
            };
            let _ = (target.set_username(""), target.set_password(None));
            return Some(Ok(target));
        }
    }
    None
}
