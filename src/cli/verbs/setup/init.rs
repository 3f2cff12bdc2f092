//! `config init`: the commented example, with the clusters of the kubeconfig and, where they hold them, OKD's channels.
//!
//! Only clusters that are in use are asked. What was found stands live in the file, all else behind a `#`.

use crate::code::{self, End};
use crate::config::write::{channels as channels_text, quoted};
use crate::desk::Desk;
use crate::list;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use weir_client::Places;
use weir_domain::channel::known_channels;
use weir_domain::{Channel, ClusterName, Endpoint, EndpointKind, EndpointState, Failure, FailureKind, PipelineId};

const EXAMPLE: &str = include_str!("../../config/example.toml");

/// What stands for the clusters nobody knows yet.
const PIPELINES: &str = "moc";
const IMAGESTREAMS: &str = "app.ci";

/// Writes the example. An existing file is left as it is.
pub(crate) async fn init(desk: &mut Desk<'_>) -> Result<i32, End> {
    let refused = |why: String, hint: &str| -> End {
        Failure::new(FailureKind::Refused, "cannot write the config", why, hint).into()
    };
    let given = desk.global.config.clone();
    let Some(path) = given.or_else(|| desk.surroundings.config.clone()) else {
        return Err(refused("the embedded world reads none".into(), "leave out --demo, or name a file with --config"));
    };
    let there = || refused(format!("{} is there already", path.display()), "edit it, or move it away first");
    if path.exists() {
        return Err(there());
    }
    if let Some(failure) = desk.client.trouble() {
        desk.paper.note(&format!("without clusters: {failure}"));
    }
    let channels = found(desk).await;
    let text = text(&desk.client.endpoints(), &channels);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(text.as_bytes())
    });
    match written {
        Ok(()) => {
            desk.paper.line(&path.display().to_string())?;
            for channel in &channels {
                desk.paper.note(&format!("channel {}", super::channel_words(channel)));
            }
            desk.paper.note("written; take away the # before what you want to set");
            Ok(code::YES)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(there()),
        Err(error) => Err(refused(format!("{}: {error}", path.display()), "make the folder writable, or use --config")),
    }
}

/// OKD's channels whose Pipeline and ImageStream the clusters in use hold; empty when either is nowhere.
async fn found(desk: &mut Desk<'_>) -> Vec<Channel> {
    let Ok(clusters) = desk.clusters() else { return Vec::new() };
    let pipelines = list::pipelines(desk.client, &clusters).await;
    let mut silent: BTreeSet<String> = pipelines.silent.iter().map(Failure::sentence).collect();
    let ids: Vec<PipelineId> = pipelines.rows.into_iter().map(|pipeline| pipeline.id).collect();
    let mut streams: Vec<(ClusterName, String)> = Vec::new();
    let client = desk.client;
    let asked = imagestreams().into_iter().flat_map(|(namespace, name)| {
        clusters.iter().map(move |cluster| (cluster.cluster(), namespace.clone(), name.clone()))
    });
    let answers = join_all(asked.map(|(cluster, namespace, name)| async move {
        let there = client.has_imagestream(&cluster, &namespace, &name).await;
        (cluster, name, there)
    }))
    .await;
    for (cluster, name, there) in answers {
        match there {
            Ok(true) => streams.push((cluster, name)),
            Ok(false) => {}
            Err(failure) => {
                silent.insert(failure.sentence());
            }
        }
    }
    let channels = channels(&ids, &streams);
    silent.iter().for_each(|sentence| desk.paper.note(&format!("not seen: {sentence}")));
    if channels.is_empty() {
        desk.paper
            .note("no channels: a cluster with the release Pipeline, and one with its ImageStreams, must be in use");
        desk.paper.note("add --context for each of the two, or fill in `[[channel]]` by hand");
    }
    channels
}

/// Namespace and name of each ImageStream of OKD's channels.
fn imagestreams() -> BTreeSet<(String, String)> {
    let known = known_channels(&PIPELINES.into(), &IMAGESTREAMS.into());
    known.into_iter().filter_map(|c| c.imagestream).map(|s| (s.namespace.to_string(), s.name)).collect()
}

/// Each ImageStream is looked for by itself. Of several Pipelines the one in the usual namespace counts, else the first.
fn channels(pipelines: &[PipelineId], streams: &[(ClusterName, String)]) -> Vec<Channel> {
    let mut found = Vec::new();
    for mut channel in known_channels(&PIPELINES.into(), &IMAGESTREAMS.into()) {
        let (Some(run), Some(stream)) = (&mut channel.pipeline, &mut channel.imagestream) else { continue };
        let named = |id: &&PipelineId| *id.name == *run.name;
        let usual = pipelines.iter().find(|id| named(id) && id.namespace == run.namespace);
        let pipeline = usual.or_else(|| pipelines.iter().find(named));
        let place = streams.iter().find(|(_, name)| *name == stream.name);
        if let (Some(pipeline), Some((cluster, _))) = (pipeline, place) {
            run.cluster = pipeline.cluster.clone();
            run.namespace = pipeline.namespace.clone();
            stream.cluster = cluster.clone();
            found.push(channel);
        }
    }
    found
}

fn text(endpoints: &[Endpoint], channels: &[Channel]) -> String {
    let live = !channels.is_empty();
    let examples = known_channels(&PIPELINES.into(), &IMAGESTREAMS.into());
    let shown = if live { channels } else { &examples[..1] };
    let stream = shown.first().and_then(|channel| channel.imagestream.as_ref());
    let payloads = stream.map_or_else(String::new, |stream| {
        let (cluster, namespace) = (quoted(stream.cluster.as_str()), quoted(stream.namespace.as_str()));
        format!("[payloads]\ncluster = {cluster}\nnamespace = {namespace}\n")
    });
    let own = Places::default();
    let marks = [
        ("{clusters}\n", clusters(endpoints, live)),
        ("{payloads}\n", behind(&payloads, !live)),
        ("{channels}\n", behind(&channels_text(shown), !live)),
        ("{signatures}", own.signatures),
        ("{keys}", own.keys),
        ("{github}", own.github),
        ("{graph}", own.graph),
    ];
    marks.into_iter().fold(EXAMPLE.to_string(), |text, (mark, value)| text.replace(mark, &value))
}

/// Each line behind a `#`, when it is not to count.
fn behind(text: &str, hidden: bool) -> String {
    let line = |line: &str| if hidden && !line.is_empty() { format!("#{line}\n") } else { format!("{line}\n") };
    text.lines().map(line).collect()
}

/// One `[[cluster]]` for each cluster, those in use first; invented ones when there is none.
/// With `live`, those in use count: the channels name them.
fn clusters(endpoints: &[Endpoint], live: bool) -> String {
    let mut known: Vec<(&str, &str, bool)> = endpoints
        .iter()
        .filter(|e| e.kind == EndpointKind::Cluster)
        .map(|e| {
            (e.name.as_str(), e.contexts.first().unwrap_or(&e.name).as_str(), e.state != EndpointState::NotConnected)
        })
        .collect();
    if known.is_empty() {
        known.extend([(PIPELINES, PIPELINES, false), (IMAGESTREAMS, IMAGESTREAMS, false)]);
    }
    let mut text = String::new();
    for (index, (name, context, in_use)) in known.into_iter().enumerate() {
        let words = if in_use { ", in use now" } else { "" };
        let server = endpoints.iter().find(|e| e.name == name).map(|e| format!("# {}{words}\n", e.server));
        text.push_str(&server.unwrap_or_default());
        let entry = format!("[[cluster]]\nname = {}\ncontext = {}\n", quoted(name), quoted(context));
        text.push_str(&behind(&entry, !(live && in_use)));
        if index == 0 {
            text.push_str("#kubeconfig = \"~/.kube/config\"\n#namespaces = [\"okd-coreos\"]\n");
            text.push_str("#read-only = true\n#production = true\n");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::path::Path;
    use weir_domain::Namespace;

    /// Takes the `#` away from everything but sentences.
    fn uncommented(text: &str) -> String {
        text.lines()
            .map(|line| if line.starts_with("# ") { "" } else { line.trim_start_matches('#') })
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn endpoint(name: &str, in_use: bool) -> Endpoint {
        Endpoint {
            name: name.into(),
            kind: EndpointKind::Cluster,
            server: format!("https://api.{name}:6443"),
            user: "me".into(),
            contexts: vec![format!("{name}-admin")],
            state: if in_use { EndpointState::Live } else { EndpointState::NotConnected },
            latency_ms: None,
            as_of: None,
            unseen: Vec::new(),
            version: None,
            read_only: false,
            production: false,
            namespaces: None,
            namespace: Namespace::new("default"),
            operator: None,
            host: "bastion".into(),
        }
    }

    #[test]
    fn every_line_of_the_example_is_right_and_the_commented_ones_are_the_defaults() {
        let text = text(&[], &[]);
        assert_eq!(Config::parse(&text, Path::new("/c/config.toml")), Ok(Config::default()));
        let config = Config::parse(&uncommented(&text), Path::new("/c/config.toml")).expect("the example is right");
        assert_eq!(config.clusters[0].name, "moc");
        assert!(config.clusters[0].production && config.read_only && config.only_these_keys);
        let defaults = Config::default();
        assert_eq!((config.releases, config.releases_every), (defaults.releases, defaults.releases_every));
        assert_eq!((config.thresholds, config.log_budget), (defaults.thresholds, defaults.log_budget));
        assert_eq!(config.keys["open"], ["enter", "l"]);
        assert_eq!(config.places, defaults.places);
        assert_eq!(config.payloads, Some(("app.ci".into(), "origin".into())));
        assert_eq!((config.registries.len(), config.signing_keys.len()), (2, 1));
        assert_eq!(config.channels, known_channels(&"moc".into(), &"app.ci".into())[..1]);
    }

    #[test]
    fn found_channels_stand_live_with_the_clusters_that_hold_them() {
        let pipelines = ["elsewhere", "okd-coreos"].map(|ns| PipelineId::new("moc", ns, "okd-release-pipeline"));
        let streams = [("ci".into(), "release-scos-next".to_string())];
        let found = channels(&pipelines, &streams);
        let names: Vec<&str> = found.iter().map(|channel| channel.name.as_str()).collect();
        assert_eq!(names, ["4-scos-next", "5-scos-next"], "the stable ones' ImageStream is nowhere");
        let endpoints = [endpoint("moc", true), endpoint("ci", true), endpoint("old", false)];
        let text = text(&endpoints, &found);
        let config = Config::parse(&text, Path::new("/c/config.toml")).expect("what is written is right");
        let clusters: Vec<(&str, &str)> =
            config.clusters.iter().map(|c| (c.name.as_str(), c.context.as_str())).collect();
        assert_eq!(clusters, [("moc", "moc-admin"), ("ci", "ci-admin")]);
        assert_eq!(config.channels, found);
        assert_eq!(config.channels[0].pipeline_id(), Some(pipelines[1].clone()));
        assert_eq!(config.payloads, Some(("ci".into(), "origin".into())));
    }

    #[test]
    fn one_half_alone_makes_no_channel_and_another_namespace_is_taken_over() {
        let team = [PipelineId::new("moc", "team", "okd-release-pipeline")];
        let other = [PipelineId::new("moc", "okd-coreos", "okd-build")];
        let stream = [("ci".into(), "release-scos".to_string())];
        assert!(channels(&team, &[]).is_empty());
        assert!(channels(&other, &stream).is_empty());
        let found = channels(&team, &stream);
        assert_eq!(found[0].pipeline_id(), Some(team[0].clone()));
    }
}
