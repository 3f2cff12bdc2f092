//! Where a registry's credential comes from: docker's and podman's files, and the helpers they name.
//!
//! Order of the files: `$DOCKER_CONFIG/config.json` (else `~/.docker/config.json`), `$REGISTRY_AUTH_FILE`,
//! `$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`. The first with something for the place counts;
//! within a file the most specific path does (as containers/image has it). No secret is ever in words or in Debug.

use base64::Engine;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A credential file larger than this is none, in bytes.
const FILE_LIMIT: u64 = 4 << 20;

#[derive(Clone, Debug)]
pub enum Credential {
    Anonymous,
    Password {
        user: String,
        password: SecretString,
    },
    /// A refresh token.
    Identity(SecretString),
    /// A bearer token for the registry itself.
    Registry(SecretString),
}

/// What was found for a place before any helper was run.
#[derive(Clone, Debug)]
pub struct Found {
    /// e.g. `docker config ~/.docker/config.json`.
    pub words: String,
    pub how: How,
}

#[derive(Clone, Debug)]
pub enum How {
    Known(Credential),
    /// `docker-credential-<name>`, to be asked for `server`.
    Helper {
        name: String,
        server: String,
    },
}

/// The files and folders to look into. Empty: always anonymous.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// In order of precedence.
    pub files: Vec<PathBuf>,
    /// Where helper programs are looked for.
    pub programs: Vec<PathBuf>,
    /// Shown as `~`.
    pub home: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct File {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl Sources {
    pub fn from_environment() -> Sources {
        let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = folder("HOME");
        let docker = folder("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let own = folder("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let files = [
            docker.map(|folder| folder.join("config.json")),
            folder("REGISTRY_AUTH_FILE"),
            folder("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            own.map(|folder| folder.join("containers/auth.json")),
        ];
        let programs = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        Sources { files: files.into_iter().flatten().collect(), programs, home }
    }

    /// Reads files, runs nothing.
    pub fn find(&self, host: &str, repository: &str) -> Found {
        let mut odd = Vec::new();
        for path in &self.files {
            let shown = self.shown(path);
            match read(path) {
                Ok(None) => {}
                Ok(Some(file)) => {
                    let name = if shown.ends_with("auth.json") { "podman login" } else { "docker config" };
                    if let Some(how) = file.find(host, repository) {
                        let words = match &how {
                            How::Known(_) => format!("{name} {shown}"),
                            How::Helper { name: helper, .. } => format!("docker-credential-{helper} of {shown}"),
                        };
                        return Found { words, how };
                    }
                }
                Err(why) => odd.push(format!("{shown}: {why}")),
            }
        }
        let words = if odd.is_empty() { "anonymous".into() } else { format!("anonymous ({})", odd.join("; ")) };
        Found { words, how: How::Known(Credential::Anonymous) }
    }

    fn shown(&self, path: &Path) -> String {
        match self.home.as_ref().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => format!("~/{}", rest.display()),
            None => path.display().to_string(),
        }
    }
}

fn read(path: &Path) -> Result<Option<File>, String> {
    let size = match path.metadata() {
        Ok(facts) => facts.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if size > FILE_LIMIT {
        return Err(format!("larger than {} MB", FILE_LIMIT >> 20));
    }
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map(Some).map_err(|error| super::manifest::place(&error))
}

impl File {
    fn find(&self, host: &str, repository: &str) -> Option<How> {
        let helper = |name: &String| How::Helper { name: name.clone(), server: server(host) };
        if let Some((_, name)) = nearest(&self.cred_helpers, host, repository).next() {
            return Some(helper(name));
        }
        if let Some(credential) = nearest(&self.auths, host, repository).find_map(|(_, entry)| entry.credential()) {
            return Some(How::Known(credential));
        }
        (!self.creds_store.is_empty()).then(|| helper(&self.creds_store))
    }
}

/// The entries for a place, the most specific path first.
fn nearest<'a, T>(
    all: &'a BTreeMap<String, T>,
    host: &str,
    repository: &str,
) -> impl Iterator<Item = (&'a String, &'a T)> {
    let whole = format!("{host}/{repository}");
    let mut found: Vec<(usize, (&String, &T))> = all
        .iter()
        .filter_map(|entry| {
            let key = plain_key(entry.0);
            let fits = whole == key || whole.strip_prefix(&key).is_some_and(|rest| rest.starts_with('/'));
            fits.then_some((key.len(), entry))
        })
        .collect();
    found.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    found.into_iter().map(|(_, entry)| entry)
}

/// `https://index.docker.io/v1/` and `quay.io/okd` as `host[/path]`.
fn plain_key(key: &str) -> String {
    let schemed = key.split_once("://");
    let rest = schemed.map_or(key, |(_, rest)| rest).trim_end_matches('/');
    // Only keys in docker's old style, with a scheme, end in the API's version.
    let rest = if schemed.is_some() { rest.trim_end_matches("/v1").trim_end_matches("/v2") } else { rest };
    match rest {
        "index.docker.io" => "docker.io".into(),
        rest => rest.to_string(),
    }
}

/// What docker asks a helper for.
fn server(host: &str) -> String {
    if host == "docker.io" { "https://index.docker.io/v1/".into() } else { host.to_string() }
}

impl Entry {
    fn credential(&self) -> Option<Credential> {
        if !self.identitytoken.is_empty() {
            return Some(Credential::Identity(self.identitytoken.clone().into()));
        }
        if !self.registrytoken.is_empty() {
            return Some(Credential::Registry(self.registrytoken.clone().into()));
        }
        if !self.auth.is_empty() {
            let plain = base64::engine::general_purpose::STANDARD.decode(self.auth.trim()).ok()?;
            let plain = String::from_utf8(plain).ok()?;
            let (user, password) = plain.trim_end_matches('\0').split_once(':')?;
            return Some(password_of(user, password));
        }
        (!self.username.is_empty()).then(|| password_of(&self.username, &self.password))
    }
}

/// docker's `<token>` in place of a user means that the password is a refresh token.
pub fn password_of(user: &str, password: &str) -> Credential {
    match user {
        "<token>" => Credential::Identity(password.into()),
        user => Credential::Password { user: user.into(), password: password.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn encoded(plain: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(plain)
    }

    fn user(found: &Found) -> String {
        match &found.how {
            How::Known(Credential::Anonymous) => "nobody".into(),
            How::Known(Credential::Password { user, password }) => format!("{user}:{}", password.expose_secret()),
            How::Known(Credential::Identity(token)) => format!("identity {}", token.expose_secret()),
            How::Known(Credential::Registry(token)) => format!("registry {}", token.expose_secret()),
            How::Helper { name, server } => format!("helper {name} {server}"),
        }
    }

    #[test]
    fn the_first_file_and_in_it_the_most_specific_path_wins() {
        let folder = tempfile::tempdir().expect("a folder");
        let (docker, podman) = (folder.path().join("config.json"), folder.path().join("auth.json"));
        let first = json!({"auths": {
            "quay.io": {"auth": encoded("a:1")}, "quay.io/okd": {"auth": encoded("b:2:3")},
            "quay.io/okd/scos-release": {"auth": encoded("c:4")}, "quay.io/okdx": {"auth": encoded("d:5")},
            "https://index.docker.io/v1/": {"username": "hub", "password": "6"}, "empty.io": {}}});
        let second = json!({"auths": {"quay.io/okd/scos-release": {"auth": encoded("late:9")},
            "other.io": {"auth": encoded("<token>:t"), "password": "x"}, "registry.io": {"registrytoken": "r"}}});
        std::fs::write(&docker, first.to_string()).expect("written");
        std::fs::write(&podman, second.to_string()).expect("written");
        let missing = folder.path().join("none.json");
        let sources = Sources {
            files: vec![missing, docker, podman],
            home: Some(folder.path().to_path_buf()),
            ..Sources::default()
        };
        for (host, repository, expected) in [
            ("quay.io", "okd/scos-release", "c:4"),
            ("quay.io", "okd/scos-release/x", "c:4"),
            ("quay.io", "okd/scos-content", "b:2:3"),
            ("quay.io", "other/x", "a:1"),
            ("quay.io:443", "okd/x", "nobody"),
            ("docker.io", "library/x", "hub:6"),
            ("other.io", "a", "identity t"),
            ("registry.io", "a", "registry r"),
            ("empty.io", "a", "nobody"),
        ] {
            assert_eq!(user(&sources.find(host, repository)), expected, "{host}/{repository}");
        }
        assert_eq!(sources.find("quay.io", "x").words, "docker config ~/config.json");
        assert_eq!(sources.find("other.io", "x").words, "podman login ~/auth.json");
        assert_eq!(sources.find("nowhere.io", "x").words, "anonymous");
        let debug = format!("{:?}", sources.find("quay.io", "okd/x"));
        assert!(!debug.contains("2:3"), "{debug}");
    }

    #[test]
    fn a_helper_of_the_host_comes_before_entries_and_the_store_after_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.json");
        let text = json!({"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass",
            "auths": {"gcr.io": {"auth": encoded("a:1")}, "quay.io": {"auth": encoded("b:2")}, "docker.io": {}}});
        std::fs::write(&file, text.to_string()).expect("written");
        let sources = Sources { files: vec![file.clone()], ..Sources::default() };
        assert_eq!(user(&sources.find("gcr.io", "x")), "helper gcloud gcr.io");
        assert_eq!(user(&sources.find("quay.io", "x")), "b:2");
        assert_eq!(user(&sources.find("docker.io", "library/x")), "helper pass https://index.docker.io/v1/");
        std::fs::write(&file, "{\"auths\":").expect("written");
        let words = sources.find("quay.io", "x").words;
        assert!(words.starts_with("anonymous (") && words.contains("breaks off"), "{words}");
    }
}
