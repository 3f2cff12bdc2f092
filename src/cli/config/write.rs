//! [`Config`] to TOML: what [`super::Config::parse`] reads back as the same.

use super::Config;
use serde::Serialize;
use std::path::Path;
use weir_domain::Channel;

/// All of it but theme, keys, thresholds, streams and the log's budget, which are a person's own.
pub(super) fn text(config: &Config) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    let path = |path: &Path| quoted(&path.display().to_string());
    if config.read_only {
        line("read-only = true".into());
    }
    if config.only_these_keys {
        line("only-these-keys = true".into());
    }
    for cluster in &config.clusters {
        line(format!("\n[[cluster]]\nname = {}\ncontext = {}", quoted(&cluster.name), quoted(&cluster.context)));
        cluster.kubeconfig.iter().for_each(|file| line(format!("kubeconfig = {}", path(file))));
        if !cluster.namespaces.is_empty() {
            let all: Vec<String> = cluster.namespaces.iter().map(|name| quoted(name)).collect();
            line(format!("namespaces = [{}]", all.join(", ")));
        }
        for (key, is) in [("read-only", cluster.read_only), ("production", cluster.production)] {
            if is {
                line(format!("{key} = true"));
            }
        }
    }
    let url = config.releases.as_deref().unwrap_or_default();
    line(format!("\n[releases]\nurl = {}\nevery = \"{}s\"", quoted(url), config.releases_every.as_secs()));
    if let Some((cluster, namespace)) = &config.payloads {
        line(format!("\n[payloads]\ncluster = {}\nnamespace = {}", quoted(cluster), quoted(namespace)));
    }
    for registry in &config.registries {
        line(format!("\n[[registry]]\nhost = {}", quoted(&registry.host)));
        registry.address.iter().for_each(|address| line(format!("address = {}", quoted(address))));
        registry.cluster.iter().for_each(|cluster| line(format!("cluster = {}", quoted(cluster))));
    }
    for key in &config.signing_keys {
        let (name, fingerprint) = (quoted(&key.name), quoted(&key.fingerprint));
        line(format!("\n[[signing-key]]\nname = {name}\nfingerprint = {fingerprint}"));
        key.file.iter().for_each(|file| line(format!("file = {}", path(file))));
    }
    let places = &config.places;
    line("\n[places]".into());
    let each = [
        ("signatures", &places.signatures),
        ("keys", &places.keys),
        ("github", &places.github),
        ("graph", &places.graph),
    ];
    each.iter().for_each(|(key, address)| line(format!("{key} = {}", quoted(address))));
    if !config.channels.is_empty() {
        line(format!("\n{}", channels(&config.channels)));
    }
    out
}

/// Every setting of each channel, the defaults too.
pub(crate) fn channels(channels: &[Channel]) -> String {
    #[derive(Serialize)]
    struct File<'a> {
        channel: &'a [Channel],
    }
    toml::to_string(&File { channel: channels }).expect("a channel is made of texts, flags and tables")
}

/// A TOML basic string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use weir_client::{ClusterSettings, Places, RegistrySettings, SigningKeySettings};
    use weir_domain::channel::known_channels;

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        let cluster = |name: &str, read_only| ClusterSettings {
            name: name.into(),
            context: format!("{name} \"admin\""),
            kubeconfig: Some("/kube/config".into()),
            namespaces: vec!["okd-coreos".into()],
            read_only,
            production: !read_only,
        };
        let registry = |host: &str, address: Option<&str>, cluster: Option<&str>| RegistrySettings {
            host: host.into(),
            address: address.map(str::to_string),
            cluster: cluster.map(str::to_string),
        };
        let config = Config {
            clusters: vec![cluster("moc", false), cluster("app.ci", true)],
            releases: Some("http://127.0.0.1:8080".into()),
            releases_every: Duration::from_secs(45),
            read_only: true,
            payloads: Some(("app.ci".into(), "origin".into())),
            registries: vec![
                registry("quay.io", Some("http://127.0.0.1:5000"), None),
                registry("ci.org", None, Some("app.ci")),
            ],
            signing_keys: vec![SigningKeySettings {
                name: "team".into(),
                fingerprint: "6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4".into(),
                file: Some("/keys/team.asc".into()),
            }],
            only_these_keys: true,
            places: Places { graph: "http://127.0.0.1:8081/graph".into(), ..Places::default() },
            channels: known_channels(&"moc".into(), &"app.ci".into()),
            ..Config::default()
        };
        assert_eq!(Config::parse(&text(&config), Path::new("/c/config.toml")), Ok(config));
        let bare = Config { releases: None, ..Config::default() };
        assert_eq!(Config::parse(&text(&bare), Path::new("/c/config.toml")), Ok(bare));
    }

    #[test]
    fn a_name_with_quotes_stays_one_name() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
    }
}
