//! `[[channel]]`: where promoted releases go. Defaults and the rules between settings are the domain's.

use super::{Reader, Value};
use crate::words;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use weir_domain::channel::{PipelinePlace, StreamPlace};
use weir_domain::form::binding;
use weir_domain::{Channel, StreamName, Way};

const CHANNEL: [&str; 14] = [
    "candidates",
    "clean-up",
    "content-repository",
    "github",
    "graph-channel",
    "imagestream",
    "latest",
    "name",
    "pipeline",
    "promoter",
    "release-repository",
    "sources",
    "tag",
    "way",
];
const PIPELINE: [&str; 8] =
    ["cluster", "name", "namespace", "params", "secrets", "service-account", "timeout", "workspaces"];
const IMAGESTREAM: [&str; 3] = ["cluster", "name", "namespace"];
const WAYS: [Way; 3] = [Way::Pinned, Way::ImagestreamTag, Way::RegistryTag];

impl Reader<'_> {
    pub(super) fn channels(&mut self, value: &Value<'_>) -> Vec<Channel> {
        let mut names = BTreeSet::new();
        let mut channels = Vec::new();
        for item in self.tables(value, "channel", "channel") {
            let found = self.mistakes.len();
            let mut spans: BTreeMap<String, Range<usize>> = BTreeMap::new();
            let channel = self.channel(item, &mut spans);
            let whole = self.must_have(
                item,
                "[[channel]]",
                [
                    ("name", "the release-controller's stream with what the channel holds, e.g. 4-scos-next"),
                    ("release-repository", "host/repository of the releases, e.g. quay.io/okd/scos-release"),
                ],
            );
            let at = |key: &str| spans.get(key).cloned().unwrap_or_else(|| item.span());
            if !channel.name.as_str().is_empty() && !names.insert(channel.name.clone()) {
                let why = format!("a second channel is called `{}`", channel.name);
                self.mistake(&at("name"), why, "give it a name of its own");
            }
            // What a setting lacks alone is told already.
            if let Some(why) = channel.problem().filter(|_| whole && self.mistakes.len() == found) {
                let setting = why.split('`').nth(1).unwrap_or_default();
                self.mistake(&at(setting), &why, "");
            }
            channels.push(channel);
        }
        channels
    }

    /// `spans`: where each setting's value stands.
    fn channel(&mut self, item: &Value<'_>, spans: &mut BTreeMap<String, Range<usize>>) -> Channel {
        let blank = json!({"name": "", "sources": [], "release-repository": ""});
        let mut channel: Channel = serde_json::from_value(blank).expect("a channel needs these three settings");
        for (key, value) in self.table(item, "channel").into_iter().flatten() {
            let name = key.get_ref().as_ref();
            spans.insert(name.to_string(), value.span());
            match name {
                "name" => channel.name = StreamName::new(self.filled(value, name)),
                "way" => channel.way = self.way(value),
                "sources" => channel.sources = self.texts(value, name).into_iter().map(StreamName::from).collect(),
                "pipeline" => channel.pipeline = self.pipeline(value),
                "imagestream" => channel.imagestream = self.imagestream(value),
                "release-repository" => channel.release_repository = self.filled(value, name),
                "content-repository" => channel.content_repository = self.filled(value, name),
                "github" => channel.github = self.filled(value, name),
                "latest" => channel.latest = self.flag(value, name),
                "candidates" => channel.candidates = self.flag(value, name),
                "graph-channel" => channel.graph_channel = self.text(value, name).unwrap_or_default(),
                "tag" => channel.tag = self.filled(value, name),
                "promoter" => channel.promoter = self.filled(value, name),
                "clean-up" => channel.clean_up = self.filled(value, name),
                _ => self.unknown(key, "[[channel]]", &CHANNEL),
            }
        }
        channel
    }

    fn way(&mut self, value: &Value<'_>) -> Way {
        let Some(text) = self.text(value, "way") else { return Way::default() };
        WAYS.into_iter().find(|way| way.word() == text).unwrap_or_else(|| {
            let known = WAYS.map(Way::word);
            let hint = match words::nearest(&text, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            self.mistake(&value.span(), format!("`way`: there is no way `{text}`"), hint);
            Way::default()
        })
    }

    fn pipeline(&mut self, item: &Value<'_>) -> Option<PipelinePlace> {
        let blank = json!({"cluster": "", "namespace": ""});
        let mut place: PipelinePlace = serde_json::from_value(blank).expect("a Pipeline needs these two settings");
        for (key, value) in self.table(item, "pipeline")? {
            let name = key.get_ref().as_ref();
            match name {
                "cluster" => place.cluster = self.cluster_name(value).into(),
                "namespace" => place.namespace = self.filled(value, name).into(),
                "name" => place.name = self.filled(value, name),
                "workspaces" => place.workspaces = self.workspaces(value),
                "params" => place.params = self.pairs(value, name),
                "timeout" => {
                    if self.duration(value, name).is_some() {
                        place.timeout = self.text(value, name).unwrap_or_default();
                    }
                }
                "service-account" => place.service_account = Some(self.filled(value, name)),
                "secrets" => place.secrets = self.texts(value, name),
                _ => self.unknown(key, "pipeline", &PIPELINE),
            }
        }
        let hints = [("cluster", "the one the Pipeline runs on"), ("namespace", "e.g. okd-coreos")];
        self.must_have(item, "pipeline", hints);
        Some(place)
    }

    /// Each as an operator types it for a start.
    fn workspaces(&mut self, item: &Value<'_>) -> BTreeMap<String, String> {
        let mut bound = BTreeMap::new();
        for (key, value) in self.table(item, "workspaces").into_iter().flatten() {
            let name = key.get_ref().as_ref();
            let Some(typed) = self.text(value, name) else { continue };
            if let Err(why) = binding(&typed) {
                self.mistake(&value.span(), format!("workspace `{name}`: {why}"), "");
            }
            bound.insert(name.to_string(), typed);
        }
        bound
    }

    fn imagestream(&mut self, item: &Value<'_>) -> Option<StreamPlace> {
        let mut place = StreamPlace { cluster: "".into(), namespace: "".into(), name: String::new() };
        for (key, value) in self.table(item, "imagestream")? {
            let name = key.get_ref().as_ref();
            match name {
                "cluster" => place.cluster = self.cluster_name(value).into(),
                "namespace" => place.namespace = self.filled(value, name).into(),
                "name" => place.name = self.filled(value, name),
                _ => self.unknown(key, "imagestream", &IMAGESTREAM),
            }
        }
        let hints = [
            ("cluster", "the release-controller's, e.g. app.ci"),
            ("namespace", "e.g. origin"),
            ("name", "e.g. release-scos-next"),
        ];
        self.must_have(item, "imagestream", hints);
        Some(place)
    }
}
