//! What needs no cluster, or only its name: the config file, completions and the manual page.

pub(crate) mod init;

use crate::arguments::Global;
use crate::code::{self, End};
use crate::config::Config;
use crate::manual;
use crate::paper::Paper;
use crate::surroundings::Surroundings;
use weir_client::Places;
use weir_domain::Channel;

pub(crate) fn completions(
    shell: clap_complete::Shell,
    mut command: clap::Command,
    paper: &mut Paper<'_>,
) -> Result<i32, End> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, "weir", &mut bytes);
    paper.raw(&bytes)?;
    Ok(code::YES)
}

pub(crate) fn man(command: clap::Command, paper: &mut Paper<'_>) -> Result<i32, End> {
    paper.raw(&manual::page(command)?)?;
    Ok(code::YES)
}

/// Says what weir makes of the config; each mistake is a line on stderr.
pub(crate) fn check(global: &Global, surroundings: &Surroundings, paper: &mut Paper<'_>) -> Result<i32, End> {
    let given = global.config.as_deref();
    let config = match Config::check(given) {
        Ok(config) => config,
        Err(failures) => {
            failures.iter().for_each(|failure| paper.fail(failure));
            return Ok(code::USAGE);
        }
    };
    let path = surroundings.config.clone().or_else(|| Config::path(given));
    match path {
        Some(path) if path.exists() => paper.line(&format!("{} is fine", path.display()))?,
        Some(path) => paper.line(&format!("{} is not there: weir uses what follows", path.display()))?,
        None => paper.line("no home folder is known, so there is no config: weir uses what follows")?,
    }
    for (label, value) in used(&config) {
        paper.line(&format!("{label:<12}{value}"))?;
    }
    Ok(code::YES)
}

fn used(config: &Config) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for cluster in &config.clusters {
        let mut words = vec![format!("{}: context {}", cluster.name, cluster.context)];
        words.extend(cluster.kubeconfig.as_ref().map(|path| format!("of {}", path.display())));
        if !cluster.namespaces.is_empty() {
            words.push(format!("namespaces {}", cluster.namespaces.join(" ")));
        }
        words.extend(cluster.read_only.then(|| "read-only".to_string()));
        words.extend(cluster.production.then(|| "production".to_string()));
        lines.push(("cluster", words.join(", ")));
    }
    if config.clusters.is_empty() {
        lines.push(("cluster", "the kubeconfig's current context".into()));
    }
    lines.push((
        "releases",
        match &config.releases {
            Some(url) => format!("{url}, asked every {} s", config.releases_every.as_secs()),
            None => "none".into(),
        },
    ));
    let thresholds = &config.thresholds;
    let words = [("pending", thresholds.pending), ("accepted", thresholds.accepted), ("built", thresholds.built)];
    let words = words.map(|(name, seconds)| format!("{name} {}", duration(seconds)));
    lines.push(("thresholds", words.join(", ")));
    lines.push(("log budget", format!("{} MB", config.log_budget >> 20)));
    lines.extend(config.theme.iter().map(|theme| ("theme", theme.clone())));
    lines.extend(config.read_only.then(|| ("read-only", "yes".to_string())));
    lines.extend(config.streams.iter().map(|(stream, also)| ("stream", format!("{stream}: also {}", also.join(", ")))));
    lines.extend(config.payloads.iter().map(|(cluster, namespace)| ("payloads", format!("{cluster} / {namespace}"))));
    for registry in &config.registries {
        let mut words = vec![registry.host.clone()];
        words.extend(registry.address.as_ref().map(|address| format!("at {address}")));
        words.extend(registry.cluster.as_ref().map(|cluster| format!("with the token of {cluster}")));
        lines.push(("registry", words.join(", ")));
    }
    for key in &config.signing_keys {
        let file = key.file.as_ref().map(|path| format!(", of {}", path.display())).unwrap_or_default();
        lines.push(("signing key", format!("{}: {}{file}", key.name, key.fingerprint)));
    }
    lines.extend(config.only_these_keys.then(|| ("keys", "only these, not OKD's own".to_string())));
    lines.extend(places(&config.places));
    lines.extend(config.channels.iter().map(|channel| ("channel", channel_words(channel))));
    lines.extend(config.keys.iter().map(|(action, keys)| ("key", format!("{action}: {}", keys.join(" ")))));
    lines
}

/// Only those that are not OKD's own.
fn places(places: &Places) -> Vec<(&'static str, String)> {
    let own = Places::default();
    let each = [
        ("signatures", &places.signatures, &own.signatures),
        ("keys from", &places.keys, &own.keys),
        ("github", &places.github, &own.github),
        ("graph", &places.graph, &own.graph),
    ];
    each.into_iter().filter(|(_, here, own)| here != own).map(|(label, here, _)| (label, here.clone())).collect()
}

fn channel_words(channel: &Channel) -> String {
    let sources: Vec<&str> = channel.sources.iter().map(|stream| stream.as_str()).collect();
    let mut words = vec![format!("{}: {} from {}", channel.name, channel.way.word(), sources.join(", "))];
    words.extend(channel.pipeline_id().map(|id| format!("by {id}")));
    words.extend(channel.imagestream.as_ref().map(|s| format!("to {}/{}/{}", s.cluster, s.namespace, s.name)));
    words.push(format!("in {}", channel.release_repository));
    words.join(", ")
}

/// In the largest unit that leaves no rest, as it is written in the file.
fn duration(seconds: i64) -> String {
    match seconds {
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
