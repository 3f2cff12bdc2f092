//! What needs no cluster, or only its name: the config file, completions and the manual page.

use crate::arguments::Global;
use crate::code::{self, End};
use crate::config::Config;
use crate::desk::Desk;
use crate::manual;
use crate::paper::Paper;
use crate::surroundings::Surroundings;
use std::io::{ErrorKind, Write};
use weir_domain::{Endpoint, EndpointKind, EndpointState, Failure, FailureKind};

const EXAMPLE: &str = include_str!("../config/example.toml");

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
    lines.extend(config.keys.iter().map(|(action, keys)| ("key", format!("{action}: {}", keys.join(" ")))));
    lines
}

/// In the largest unit that leaves no rest, as it is written in the file.
fn duration(seconds: i64) -> String {
    match seconds {
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// Writes the example with the clusters the kubeconfig has. An existing file is left as it is.
pub(crate) fn init(desk: &mut Desk<'_>) -> Result<i32, End> {
    let refused = |why: String, hint: &str| -> End {
        Failure::new(FailureKind::Refused, "cannot write the config", why, hint).into()
    };
    let given = desk.global.config.clone();
    let Some(path) = given.or_else(|| desk.surroundings.config.clone()) else {
        return Err(refused("the embedded world reads none".into(), "leave out --demo, or name a file with --config"));
    };
    if let Some(failure) = desk.client.trouble() {
        desk.paper.note(&format!("without clusters: {failure}"));
    }
    let text = EXAMPLE.replace("{clusters}\n", &clusters(&desk.client.endpoints()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(text.as_bytes())
    });
    match written {
        Ok(()) => {
            desk.paper.line(&path.display().to_string())?;
            desk.paper.note("written; take away the # before what you want to set");
            Ok(code::YES)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let why = format!("{} is there already", path.display());
            Err(refused(why, "edit it, or move it away first"))
        }
        Err(error) => Err(refused(format!("{}: {error}", path.display()), "make the folder writable, or use --config")),
    }
}

/// One commented `[[cluster]]` for each cluster, those in use first; an invented one when there is none.
fn clusters(endpoints: &[Endpoint]) -> String {
    let mut known: Vec<(&str, &str, &str)> = endpoints
        .iter()
        .filter(|e| e.kind == EndpointKind::Cluster)
        .map(|e| {
            let use_now = if e.state == EndpointState::NotConnected { "" } else { ", in use now" };
            (e.name.as_str(), e.contexts.first().unwrap_or(&e.name).as_str(), use_now)
        })
        .collect();
    if known.is_empty() {
        known.push(("moc", "moc", ""));
    }
    let mut text = String::new();
    for (index, (name, context, use_now)) in known.into_iter().enumerate() {
        let server = endpoints.iter().find(|e| e.name == name).map(|e| format!("# {}{use_now}\n", e.server));
        text.push_str(&server.unwrap_or_default());
        text.push_str("#[[cluster]]\n");
        text.push_str(&format!("#name = {}\n#context = {}\n", quoted(name), quoted(context)));
        if index == 0 {
            text.push_str("#kubeconfig = \"~/.kube/config\"\n#namespaces = [\"okd-coreos\"]\n");
            text.push_str("#read-only = true\n#production = true\n");
        }
        text.push('\n');
    }
    text
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
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
    use std::path::Path;

    /// Takes the `#` away from everything but sentences.
    fn uncommented(text: &str) -> String {
        text.lines()
            .map(|line| if line.starts_with("# ") { "" } else { line.trim_start_matches('#') })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn every_line_of_the_example_is_right_and_the_commented_ones_are_the_defaults() {
        let text = EXAMPLE.replace("{clusters}\n", &clusters(&[]));
        assert_eq!(Config::parse(&text, Path::new("/c/config.toml")), Ok(Config::default()));
        let config = Config::parse(&uncommented(&text), Path::new("/c/config.toml")).expect("the example is right");
        assert_eq!(config.clusters[0].name, "moc");
        assert!(config.clusters[0].production && config.read_only);
        let defaults = Config::default();
        assert_eq!((config.releases, config.releases_every), (defaults.releases, defaults.releases_every));
        assert_eq!((config.thresholds, config.log_budget), (defaults.thresholds, defaults.log_budget));
        assert_eq!(config.keys["open"], ["enter", "l"]);
    }

    #[test]
    fn a_name_with_quotes_stays_one_name() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
    }
}
