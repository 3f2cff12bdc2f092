//! The kubeconfig: which contexts there are, which of them are one cluster, and what it takes to talk to one.
//!
//! A cluster *is* server URL + user. Contexts that share both are one cluster, whatever they are called.

use crate::proxy;
use crate::settings::Settings;
use kube::config::{AuthInfo, Config, Kubeconfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use weir_domain::{Failure, FailureKind};

/// What a cluster is: two contexts with the same identity are one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    pub server: String,
    pub user: String,
}

/// One context, resolved by name only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    pub identity: Identity,
    pub namespace: Option<String>,
}

/// Where a kubeconfig is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Files(Vec<PathBuf>),
    /// A pod's service account.
    InCluster,
}

/// When a file was written and how long it is; `None`: there is none.
pub type Stamp = Option<(SystemTime, u64)>;

/// How long an exec plugin may take.
const PLUGIN_LIMIT: Duration = Duration::from_secs(20);

impl Source {
    /// The files given, else those of KUBECONFIG, else the default file, else the pod's own credentials.
    pub fn find(settings: &Settings) -> Source {
        if let Some(files) = &settings.kubeconfig {
            return Source::Files(files.clone());
        }
        if let Some(list) = std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty()) {
            return Source::Files(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect());
        }
        let default = std::env::var_os("HOME").map(|home| Path::new(&home).join(".kube/config")).unwrap_or_default();
        if !default.exists() && std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            return Source::InCluster;
        }
        Source::Files(vec![default])
    }

    pub fn words(&self) -> String {
        match self {
            Source::Files(files) => files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(":"),
            Source::InCluster => "the pod's service account".into(),
        }
    }

    /// Changes when any of the files does.
    pub fn stamp(&self) -> Vec<Stamp> {
        match self {
            Source::Files(files) => files.iter().map(|f| stamp(f)).collect(),
            Source::InCluster => Vec::new(),
        }
    }

    /// Reads and merges. Files that do not exist are passed over, as kubectl does, unless none is left.
    pub fn read(&self) -> Result<Kubeconfig, Failure> {
        let Source::Files(files) = self else {
            return Ok(Kubeconfig::default());
        };
        let mut merged: Option<Kubeconfig> = None;
        for file in files.iter().filter(|f| f.exists()) {
            let failed = |why: String| {
                Failure::new(
                    FailureKind::Usage,
                    format!("cannot read the kubeconfig {}", file.display()),
                    why,
                    "mend the file; weir reads it again when it changes",
                )
            };
            let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
            let one: Kubeconfig = Kubeconfig::from_yaml(&text).map_err(|error| failed(first_line(&chain(&error))))?;
            let one = absolute(one, file.parent().unwrap_or(Path::new(".")));
            merged = Some(match merged {
                Some(before) => before.merge(one).map_err(|error| failed(error.to_string()))?,
                None => one,
            });
        }
        merged.ok_or_else(|| {
            Failure::new(
                FailureKind::Usage,
                "there is no kubeconfig",
                format!("{} does not exist", self.words()),
                "try `weir --demo`, set KUBECONFIG, or name clusters in the config",
            )
        })
    }
}

pub fn stamp(file: &Path) -> Stamp {
    file.metadata().ok().and_then(|m| Some((m.modified().ok()?, m.len())))
}

/// The files that a context's log-in is read from, as they stand: the kubeconfig, and the token, key and certificates it names.
pub fn files(source: &Source, context: &str) -> Vec<(PathBuf, Stamp)> {
    let Source::Files(files) = source else { return Vec::new() };
    let mut all = files.clone();
    if let Ok(config) = source.read()
        && let Some(named) = config.contexts.iter().find(|c| c.name == context).and_then(|c| c.context.as_ref())
    {
        let user = config.auth_infos.iter().find(|u| named.user.as_ref() == Some(&u.name));
        if let Some(user) = user.and_then(|u| u.auth_info.as_ref()) {
            let named = [&user.token_file, &user.client_certificate, &user.client_key];
            all.extend(named.into_iter().flatten().map(PathBuf::from));
        }
        let cluster = config.clusters.iter().find(|c| c.name == named.cluster).and_then(|c| c.cluster.as_ref());
        all.extend(cluster.and_then(|c| c.certificate_authority.as_ref()).map(PathBuf::from));
    }
    all.into_iter().map(|file| (file.clone(), stamp(&file))).collect()
}

/// Paths in a kubeconfig are relative to the file they stand in.
fn absolute(mut config: Kubeconfig, folder: &Path) -> Kubeconfig {
    let fix = |path: &mut Option<String>| {
        if let Some(text) = path
            && !text.is_empty()
            && Path::new(text).is_relative()
        {
            *text = folder.join(&*text).display().to_string();
        }
    };
    for cluster in config.clusters.iter_mut().filter_map(|c| c.cluster.as_mut()) {
        fix(&mut cluster.certificate_authority);
    }
    for user in config.auth_infos.iter_mut().filter_map(|u| u.auth_info.as_mut()) {
        fix(&mut user.client_certificate);
        fix(&mut user.client_key);
        fix(&mut user.token_file);
        if let Some(command) = user.exec.as_mut().and_then(|e| e.command.as_mut())
            && command.contains('/')
            && Path::new(command).is_relative()
        {
            *command = folder.join(&*command).display().to_string();
        }
    }
    config
}

/// All contexts whose cluster exists, in the order of the file.
pub fn contexts(config: &Kubeconfig) -> Vec<Context> {
    config
        .contexts
        .iter()
        .filter_map(|named| {
            let context = named.context.as_ref()?;
            let cluster =
                config.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref())?;
            Some(Context {
                name: named.name.clone(),
                identity: Identity {
                    server: plain_server(cluster.server.as_deref().unwrap_or_default()),
                    user: context.user.clone().unwrap_or_default(),
                },
                namespace: context.namespace.clone().filter(|n| !n.is_empty()),
            })
        })
        .collect()
}

/// A server's address without user and password.
pub fn plain_server(server: &str) -> String {
    let server = server.trim_end_matches('/');
    match server.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => server.to_string(),
    }
}

/// A short name for a context: that of an `oc login` (`project/server/user`) is its server's.
pub fn short_name(context: &str) -> String {
    let parts: Vec<&str> = context.split('/').collect();
    match parts[..] {
        [_, server, _] => server.split(':').next().unwrap_or(server).to_string(),
        _ => context.to_string(),
    }
}

/// What a connection needs, and until when its credential holds.
pub struct Access {
    pub config: Config,
    pub expires: Option<jiff::Timestamp>,
}

/// Everything to talk to the cluster of one context. Runs its exec plugin, if it has one.
pub async fn access(source: &Source, context: &str, closed: bool) -> Result<Access, Failure> {
    let what = format!("cannot connect to `{context}`");
    let fail = |kind, why: String, hint: &str| Failure::new(kind, &what, why, hint);
    if *source == Source::InCluster {
        let config = Config::incluster()
            .map_err(|error| fail(FailureKind::Usage, chain(&error), "is the service account mounted?"))?;
        return Ok(Access { config: tuned(config), expires: None });
    }
    let kubeconfig = source.read()?;
    let named = kubeconfig.contexts.iter().find(|c| c.name == context).and_then(|c| c.context.clone());
    let named = named.ok_or_else(|| {
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|c| c.name.as_str()).take(8).collect();
        fail(
            FailureKind::Usage,
            format!("the kubeconfig has no context `{context}`"),
            &format!("there are: {}", known.join(", ")),
        )
    })?;
    let cluster =
        kubeconfig.clusters.iter().find(|c| c.name == named.cluster).and_then(|c| c.cluster.clone()).ok_or_else(
            || {
                fail(
                    FailureKind::Usage,
                    format!("the kubeconfig has no cluster `{}`", named.cluster),
                    "mend the kubeconfig",
                )
            },
        )?;
    let mut user = named
        .user
        .as_ref()
        .and_then(|name| kubeconfig.auth_infos.iter().find(|u| &u.name == name))
        .and_then(|u| u.auth_info.clone())
        .unwrap_or_default();
    let server = cluster.server.clone().unwrap_or_default();
    let url: http::Uri = server.parse().map_err(|_| {
        fail(FailureKind::Usage, format!("`{}` is not an address", plain_server(&server)), "mend the kubeconfig")
    })?;
    if url.host().is_none() || url.scheme().is_none() {
        let why = format!("`{}` is not an address such as https://host:6443", plain_server(&server));
        return Err(fail(FailureKind::Usage, why, "mend the kubeconfig"));
    }
    let expires = credential(&mut user, &cluster).await.map_err(|(kind, why, hint)| fail(kind, why, &hint))?;
    if let Some(file) = &user.token_file {
        // A token file that cannot be read is told now, not as a 401 later.
        std::fs::read_to_string(file)
            .map_err(|error| fail(FailureKind::Expired, format!("token file {file}: {error}"), "log in again"))?;
    }
    let mut config = Config::new(url.clone());
    config.default_namespace = named.namespace.clone().unwrap_or_else(|| "default".into());
    config.root_cert = authority(&cluster)
        .map_err(|why| fail(FailureKind::Usage, why, "mend certificate-authority in the kubeconfig"))?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone();
    config.proxy_url = proxy::of(&url, cluster.proxy_url.as_deref(), closed)
        .map_err(|why| fail(FailureKind::Usage, why, "mend the proxy's address"))?;
    config.auth_info = user;
    Ok(Access { config: tuned(config), expires })
}

fn tuned(mut config: Config) -> Config {
    config.connect_timeout = Some(Duration::from_secs(10));
    config.read_timeout = None;
    // Weir's own retries are visible; kube's would also repeat a POST.
    config.default_retry = false;
    config
}

/// The cluster's own CA, DER; `None` means the system's.
fn authority(cluster: &kube::config::Cluster) -> Result<Option<Vec<Vec<u8>>>, String> {
    let pem = if let Some(data) = cluster.certificate_authority_data.as_deref().filter(|d| !d.is_empty()) {
        base64_decode(data).ok_or("certificate-authority-data is not base64")?
    } else if let Some(file) = cluster.certificate_authority.as_deref().filter(|f| !f.is_empty()) {
        std::fs::read(file).map_err(|error| format!("certificate-authority {file}: {error}"))?
    } else {
        return Ok(None);
    };
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|c| c.map(|c| c.as_ref().to_vec())).collect();
    match certificates {
        Ok(list) if list.is_empty() => Err("certificate-authority holds no certificate".into()),
        Ok(list) => Ok(Some(list)),
        Err(_) => Err("certificate-authority is not PEM".into()),
    }
}

pub fn base64_decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}

type Trouble = (FailureKind, String, String);

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<ExecStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// Runs the user's exec plugin, if there is one, without a terminal, and puts what it says in its place.
/// Format: client.authentication.k8s.io ExecCredential.
async fn credential(user: &mut AuthInfo, cluster: &kube::config::Cluster) -> Result<Option<jiff::Timestamp>, Trouble> {
    let Some(exec) = user.exec.take() else { return Ok(None) };
    let command = exec.command.clone().unwrap_or_default();
    let hint = "run it in another shell; weir notices when the kubeconfig changes, and Ctrl-R asks again".to_string();
    let expired = |why: String| (FailureKind::Expired, why, hint.clone());
    let info = serde_json::json!({
        "apiVersion": exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1"),
        "kind": "ExecCredential",
        "spec": if exec.provide_cluster_info {
            serde_json::json!({"interactive": false, "cluster": {
                "server": cluster.server, "certificate-authority-data": cluster.certificate_authority_data,
                "tls-server-name": cluster.tls_server_name, "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify}})
        } else {
            serde_json::json!({"interactive": false})
        },
    });
    let mut child = tokio::process::Command::new(&command);
    child.args(exec.args.iter().flatten()).env("KUBERNETES_EXEC_INFO", info.to_string());
    for pair in exec.env.iter().flatten() {
        let pair: &std::collections::HashMap<String, String> = pair;
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            child.env(name, value);
        }
    }
    for name in exec.drop_env.iter().flatten() {
        child.env_remove(name);
    }
    child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = tokio::time::timeout(PLUGIN_LIMIT, child.output())
        .await
        .map_err(|_| expired(format!("its log-in command `{command}` gave no answer in {} s", PLUGIN_LIMIT.as_secs())))?
        .map_err(|error| expired(format!("its log-in command `{command}` cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it said nothing").to_string();
        return Err(expired(format!("its log-in command `{command}` failed ({}): {said}", output.status)));
    }
    let credential: ExecCredential = serde_saphyr::from_slice(&output.stdout)
        .map_err(|_| expired(format!("its log-in command `{command}` did not print an ExecCredential")))?;
    let status =
        credential.status.ok_or_else(|| expired(format!("its log-in command `{command}` printed no credential")))?;
    user.token = status.token.filter(|t| !t.is_empty()).map(SecretString::from);
    if let (Some(certificate), Some(key)) = (status.client_certificate_data, status.client_key_data) {
        use base64::Engine;
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        user.client_certificate_data = Some(encode(&certificate));
        user.client_key_data = Some(SecretString::from(encode(&key)));
    }
    let usable =
        user.token.as_ref().is_some_and(|t| !t.expose_secret().is_empty()) || user.client_certificate_data.is_some();
    if !usable {
        return Err(expired(format!("its log-in command `{command}` printed neither token nor certificate")));
    }
    Ok(status.expiration_timestamp.and_then(|t| t.parse().ok()))
}

/// All of an error's causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        source = inner.source();
    }
    words
}

pub fn first_line(text: &str) -> String {
    text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim().to_string()
}

/// Contexts by identity, in the order of the file.
pub fn grouped(contexts: &[Context]) -> Vec<(Identity, Vec<Context>)> {
    let mut order: Vec<Identity> = Vec::new();
    let mut groups: BTreeMap<Identity, Vec<Context>> = BTreeMap::new();
    for context in contexts {
        if !groups.contains_key(&context.identity) {
            order.push(context.identity.clone());
        }
        groups.entry(context.identity.clone()).or_default().push(context.clone());
    }
    order.into_iter().filter_map(|id| groups.remove(&id).map(|list| (id, list))).collect()
}
