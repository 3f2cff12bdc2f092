//! The kubeconfig of a world: one file in its own folder, readable by its owner only.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One context of the file.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) user: String,
    pub(crate) namespace: &'static str,
}

/// Clusters as (name, server), users as (name, token); the first context is the current one.
pub(crate) fn write(
    path: &Path,
    authority: &str,
    clusters: &[(String, String)],
    users: &[(String, String)],
    contexts: &[Context],
) -> io::Result<()> {
    let mut text = String::from("apiVersion: v1\nkind: Config\n");
    if let Some(first) = contexts.first() {
        text += &format!("current-context: {}\n", first.name);
    }
    let authority = STANDARD.encode(authority);
    text += "clusters:\n";
    for (name, server) in clusters {
        text +=
            &format!("- name: {name}\n  cluster:\n    server: {server}\n    certificate-authority-data: {authority}\n");
    }
    text += "users:\n";
    for (name, token) in users {
        text += &format!("- name: {name}\n  user:\n    token: {token}\n");
    }
    text += "contexts:\n";
    for Context { name, cluster, user, namespace } in contexts {
        text += &format!("- name: {name}\n  context: {{cluster: {cluster}, user: {user}, namespace: {namespace}}}\n");
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
