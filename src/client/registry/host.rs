//! One registry host: where it really answers, how it wants to be asked, and the passes it has given.
//!
//! A pass (a token, a login, or nothing) is made once for a repository, a purpose and an access, whoever asks meanwhile
//! waits for it; one that was refused is dropped, unless somebody has already made a new one.

use super::Access;
use super::challenge::{self, Scheme};
use super::credentials::{Credential, How, Sources};
use super::standing::Standing;
use super::wire::{self, Miss};
use crate::cluster::Clusters;
use crate::http::encoded;
use base64::Engine;
use reqwest::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as Queue, Semaphore};
use weir_domain::{ClusterName, FailureKind};

/// Requests to one host at a time.
pub const IN_FLIGHT: usize = 16;
/// An answer with a token, in bytes.
const TOKEN_LIMIT: usize = 256 << 10;
/// How long a token holds when its server does not say.
const TOKEN_TIME: u64 = 60;
/// How long a credential is not looked up again for one place.
const LOOK_UP: Duration = Duration::from_secs(60);

/// What a pass is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Purpose {
    pub repository: String,
    pub push: bool,
    pub access: Access,
}

/// What goes with a request.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The value of `Authorization`.
    pub authorization: Option<SecretString>,
    /// Whose credential it is, in words.
    pub words: Arc<str>,
    number: u64,
}

#[derive(Default)]
struct Held {
    pass: Option<(Pass, Option<Instant>)>,
    made: u64,
    credential: Option<(Credential, Arc<str>, Instant)>,
}

pub struct Host {
    pub name: Arc<str>,
    pub base: Url,
    pub permits: Arc<Semaphore>,
    pub(super) standing: Arc<Standing>,
    /// The cluster whose token is the password here.
    cluster: Option<ClusterName>,
    scheme: Queue<Option<Scheme>>,
    passes: Mutex<HashMap<Purpose, Arc<Queue<Held>>>>,
}

/// What a host needs of its surroundings.
pub struct Means<'a> {
    pub client: &'a reqwest::Client,
    pub sources: &'a Sources,
    pub clusters: &'a Clusters,
}

/// Where a registry really answers.
pub fn base(name: &str, address: Option<&str>) -> Result<Url, String> {
    let text = match (address, name) {
        (Some(address), _) if address.contains("://") => address.trim_end_matches('/').to_string(),
        (Some(address), _) => format!("https://{}", address.trim_end_matches('/')),
        (None, "docker.io") => "https://registry-1.docker.io".into(),
        (None, name) => format!("https://{name}"),
    };
    let base: Option<Url> = text.parse().ok().filter(|url: &Url| url.has_host());
    let mut base = base.ok_or_else(|| format!("`{name}` has no address such as https://host"))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(format!("the address of `{name}` is neither http nor https"));
    }
    let _ = (base.set_username(""), base.set_password(None));
    Ok(base)
}

impl Host {
    pub(super) fn new(
        name: &str,
        address: Option<&str>,
        cluster: Option<&str>,
        standing: Arc<Standing>,
    ) -> Result<Host, String> {
        let base = base(name, address)?;
        Ok(Host {
            name: name.into(),
            base,
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            standing,
            cluster: cluster.map(ClusterName::new),
            scheme: Queue::default(),
            passes: Mutex::default(),
        })
    }

    /// The address of something of the distribution API; `path` begins with `/v2/`.
    pub fn url(&self, path: &str) -> Result<Url, Miss> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        text.parse().map_err(|_| Miss::new(FailureKind::Usage, "it has no address such as https://host"))
    }

    fn held(&self, purpose: &Purpose) -> Arc<Queue<Held>> {
        let mut all = self.passes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.entry(purpose.clone()).or_default().clone()
    }

    /// The pass for a purpose, made now if there is none that still holds.
    pub async fn pass(&self, means: &Means<'_>, purpose: &Purpose) -> Result<Pass, Miss> {
        let held = self.held(purpose);
        let mut held = held.lock().await;
        if let Some((pass, until)) = &held.pass
            && until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(pass.clone());
        }
        let scheme = self.scheme(means).await?;
        let (authorization, words, holds) = match &scheme {
            Scheme::Open => (None, "anonymous".into(), None),
            Scheme::Basic => {
                let (credential, words) = self.credential(means, purpose, &mut held).await;
                (basic(&credential), words, None)
            }
            Scheme::Bearer { realm, service } => {
                let realm = challenge::realm(&self.base, realm).map_err(|why| Miss::new(FailureKind::Broken, why))?;
                let (credential, words) = self.credential(means, purpose, &mut held).await;
                match credential {
                    Credential::Registry(token) => (bearer(&token), words, None),
                    credential => {
                        let (credential, words) = self.stays(credential, words, &realm);
                        let service = service.as_deref();
                        let given = token(means.client, &realm, service, purpose, &credential, &words).await?;
                        (bearer(&given.0), words, Some(given.1))
                    }
                }
            }
        };
        held.made += 1;
        let pass = Pass { authorization, words, number: held.made };
        held.pass = Some((pass.clone(), holds.map(|holds| Instant::now() + holds)));
        Ok(pass)
    }

    /// A 401 came back: the pass is dropped if nobody has made another meanwhile, and the challenge is read anew.
    pub async fn renounce(&self, purpose: &Purpose, pass: &Pass, response: &Response) {
        let held = self.held(purpose);
        let mut held = held.lock().await;
        if held.pass.as_ref().is_none_or(|(now, _)| now.number != pass.number) {
            return;
        }
        held.pass = None;
        held.credential = None;
        if let Some(scheme) =
            challenge::best(response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|v| v.to_str().ok()))
        {
            *self.scheme.lock().await = Some(scheme);
        }
    }

    /// How this host wants to be asked: `GET /v2/` tells, once.
    pub(super) async fn scheme(&self, means: &Means<'_>) -> Result<Scheme, Miss> {
        let mut known = self.scheme.lock().await;
        if let Some(scheme) = &*known {
            return Ok(scheme.clone());
        }
        let request = wire::request(Method::GET, self.url("/v2/")?, None)?;
        let response = wire::polite(means.client, &request).await?;
        let offers = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|v| v.to_str().ok());
        let scheme = match response.status() {
            StatusCode::UNAUTHORIZED => challenge::best(offers).ok_or_else(|| {
                Miss::new(
                    FailureKind::Broken,
                    "it wants a log-in of a kind weir does not know (neither Bearer nor Basic)",
                )
            })?,
            // What is wrong with it, if anything is, the request itself will tell.
            _ => Scheme::Open,
        };
        *known = Some(scheme.clone());
        Ok(scheme)
    }

    async fn credential(&self, means: &Means<'_>, purpose: &Purpose, held: &mut Held) -> (Credential, Arc<str>) {
        if purpose.access == Access::Anonymous {
            return (Credential::Anonymous, "anonymous".into());
        }
        if let Some((credential, words, at)) = &held.credential
            && at.elapsed() < LOOK_UP
        {
            return (credential.clone(), words.clone());
        }
        let (credential, words) = self.look_up(means, &purpose.repository).await;
        let words: Arc<str> = weir_domain::secret::line(&words).into();
        held.credential = Some((credential.clone(), words.clone(), Instant::now()));
        (credential, words)
    }

    async fn look_up(&self, means: &Means<'_>, repository: &str) -> (Credential, String) {
        if let Some(cluster) = &self.cluster {
            return match self.cluster_token(means, cluster).await {
                Ok(token) => (
                    Credential::Password { user: "token".into(), password: token },
                    format!("token of cluster {cluster}"),
                ),
                Err(why) => (Credential::Anonymous, format!("anonymous ({why})")),
            };
        }
        let found = means.sources.find(&self.name, repository);
        match found.how {
            How::Known(credential) => (credential, found.words),
            How::Helper { name, server } => match super::helper::ask(&name, &server, &means.sources.programs).await {
                Ok(Some(credential)) => (credential, found.words),
                Ok(None) => (Credential::Anonymous, format!("anonymous ({} knows of no log-in)", found.words)),
                Err(why) => (Credential::Anonymous, format!("anonymous ({why})")),
            },
        }
    }

    /// An OpenShift registry takes any user and the cluster's token as password; over https only.
    async fn cluster_token(&self, means: &Means<'_>, cluster: &ClusterName) -> Result<SecretString, String> {
        if self.base.scheme() != "https" {
            return Err(format!("the token of cluster {cluster} goes over https only"));
        }
        let session = means.clusters.find(cluster).map_err(|failure| failure.sentence())?.session().await;
        let token = session.map_err(|failure| failure.sentence())?.token();
        token.ok_or_else(|| format!("cluster {cluster} is used without a token"))
    }

    /// Whose credential would be used, without asking the registry or running a helper.
    pub fn words(&self, sources: &Sources, repository: &str) -> String {
        match &self.cluster {
            Some(cluster) if self.base.scheme() == "https" => format!("token of cluster {cluster}"),
            Some(cluster) => format!("anonymous (the token of cluster {cluster} goes over https only)"),
            None => sources.find(&self.name, repository).words,
        }
    }

    /// A credential stays with the registry's own realm; a cluster's token with the very host.
    fn stays(&self, credential: Credential, words: Arc<str>, realm: &Url) -> (Credential, Arc<str>) {
        let own = match &self.cluster {
            Some(_) => realm.origin() == self.base.origin(),
            None => challenge::own_realm(&self.base, realm),
        };
        if own || matches!(credential, Credential::Anonymous) {
            return (credential, words);
        }
        let realm = challenge::shown(realm);
        (
            Credential::Anonymous,
            format!("anonymous ({words} does not go to {realm}, which is not the registry's own)").into(),
        )
    }
}

fn basic(credential: &Credential) -> Option<SecretString> {
    let (user, password) = match credential {
        Credential::Anonymous => return None,
        Credential::Password { user, password } => (user.as_str(), password),
        Credential::Identity(token) => ("<token>", token),
        Credential::Registry(token) => return bearer(token),
    };
    let plain = format!("{user}:{}", password.expose_secret());
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(plain)).into())
}

fn bearer(token: &SecretString) -> Option<SecretString> {
    Some(format!("Bearer {}", token.expose_secret()).into())
}

#[derive(Deserialize)]
struct Given {
    token: Option<SecretString>,
    access_token: Option<SecretString>,
    expires_in: Option<u64>,
}

/// Asks a realm for a token, and how long it may be used. Source: the distribution project's token specification.
async fn token(
    client: &reqwest::Client,
    realm: &Url,
    service: Option<&str>,
    purpose: &Purpose,
    credential: &Credential,
    words: &str,
) -> Result<(SecretString, Duration), Miss> {
    // Without a repository only the log-in is asked about, as docker does.
    let may = if purpose.push { "pull,push" } else { "pull" };
    let scope = Some(format!("repository:{}:{may}", purpose.repository)).filter(|_| !purpose.repository.is_empty());
    let mut response = None;
    if let Credential::Identity(refresh) = credential {
        let mut form = String::from("grant_type=refresh_token&client_id=weir");
        if let Some(scope) = &scope {
            form.push_str(&format!("&scope={}", encoded(scope)));
        }
        if let Some(service) = service {
            form.push_str(&format!("&service={}", encoded(service)));
        }
        form.push_str(&format!("&refresh_token={}", encoded(refresh.expose_secret())));
        let mut request = wire::request(Method::POST, realm.clone(), None)?;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(form.into());
        // Servers without this grant say 404 or 405; then it is asked for as with a password.
        let answer = wire::polite(client, &request).await?;
        response = (!matches!(answer.status().as_u16(), 404 | 405)).then_some(answer);
    }
    let response = match response {
        Some(response) => response,
        None => {
            let mut url = realm.clone();
            if let Some(service) = service {
                url.query_pairs_mut().append_pair("service", service);
            }
            if let Some(scope) = &scope {
                url.query_pairs_mut().append_pair("scope", scope);
            }
            let authorization = basic(credential);
            // No redirect is followed: where the login goes was decided from the realm.
            wire::polite(client, &wire::request(Method::GET, url, authorization.as_ref())?).await?
        }
    };
    let place = challenge::shown(realm);
    let status = response.status();
    if !status.is_success() {
        let miss = wire::refused(response, words).await;
        let why = format!("{place} gives no token: {}", miss.why);
        let known = !matches!(credential, Credential::Anonymous);
        return Err(match status.as_u16() {
            400 | 401 | 403 if known => Miss::new(FailureKind::Expired, why).hint("log in to the registry again"),
            _ => Miss { why, ..miss },
        });
    }
    let body = wire::bounded(response, TOKEN_LIMIT).await?.unwrap_or_default();
    let wrong = || Miss::new(FailureKind::Broken, format!("what {place} answers holds no token"));
    let given: Given = serde_json::from_slice(&body).map_err(|_| wrong())?;
    let holds = given.expires_in.unwrap_or(TOKEN_TIME).clamp(1, 24 * 3600);
    let usable = |t: &SecretString| !t.expose_secret().is_empty();
    let token = given.token.filter(usable).or(given.access_token.filter(usable)).ok_or_else(wrong)?;
    // A tenth is kept back for clocks and the way there.
    Ok((token, Duration::from_millis(holds * 900)))
}
