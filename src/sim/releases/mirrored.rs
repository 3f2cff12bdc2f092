//! The release-controller at work in its cluster: the story's tags as ReleasePayloads and ImageStreams.
//!
//! Invariant: the story is the truth; objects are written from it and only when what they show has changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::json;

use super::image_object::{self, Held};
use super::payload_object::{self, NAMESPACE};
use super::story::{ByHand, Phase, Story};
use crate::core::State;
use crate::kind::Kind;

/// ImageStreams that are there also without a tag.
const KEPT: [&str; 3] = ["release", "release-scos", "release-scos-next"];

/// What was written last.
#[derive(Debug, Default)]
pub(crate) struct Mirrored {
    /// How often the story had been changed then; `None` before the first time.
    count: Option<u64>,
    /// When the next tag changes by itself.
    due: Option<Timestamp>,
    payloads: BTreeMap<String, Print>,
    streams: BTreeMap<String, Vec<(String, Print)>>,
    /// ImageStreams somebody has asked for: only theirs are written, for the images of all tags must be made first.
    wanted: BTreeSet<String>,
    all_wanted: bool,
}

/// All that an object of a tag follows from.
#[derive(Debug, Clone, PartialEq)]
struct Print {
    /// How many of the moments of the tag have passed.
    passed: usize,
    shown: Phase,
    by_hand: Option<ByHand>,
    image: Option<String>,
    imported: Option<String>,
}

impl State {
    /// Whether the ImageStream, or all of them, is written already.
    pub(crate) fn shows_streams(&self, name: Option<&str>) -> bool {
        let Some(mirrored) = &self.mirrored else { return true };
        mirrored.all_wanted || name.is_some_and(|name| mirrored.wanted.contains(name))
    }

    /// Somebody asks for an ImageStream, or for all of them.
    pub(crate) fn want_streams(&mut self, name: Option<&str>, now: Timestamp) {
        let Some(mirrored) = &mut self.mirrored else { return };
        let new = match name {
            Some(name) => !mirrored.all_wanted && mirrored.wanted.insert(name.to_owned()),
            None => !std::mem::replace(&mut mirrored.all_wanted, true),
        };
        if new {
            mirrored.count = None;
            let outside = self.outside.clone();
            self.releases.change(|story| story.import(name, |image| outside.digest(image)));
            self.reconcile(now);
        }
    }

    /// Writes what has changed up to `now`; the next moment something will change by itself.
    pub(crate) fn reconcile(&mut self, now: Timestamp) -> Option<Timestamp> {
        let mut mirrored = self.mirrored.take()?;
        let count = self.releases.count();
        if mirrored.count != Some(count) || mirrored.due.is_some_and(|due| due <= now) {
            let releases = self.releases.clone();
            let story = releases.read();
            mirrored.write(self, &story, now);
            mirrored.count = Some(count);
        }
        let due = mirrored.due;
        self.mirrored = Some(mirrored);
        due
    }
}

impl Mirrored {
    fn write(&mut self, state: &mut State, story: &Story, now: Timestamp) {
        let tags = || story.streams.iter().flat_map(|stream| stream.tags.iter().map(move |tag| (stream, tag)));
        self.due = tags().filter_map(|(_, tag)| tag.next(now)).min();
        let mut payloads = BTreeMap::new();
        let mut streams: BTreeMap<String, Vec<(Held<'_>, Print)>> =
            KEPT.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
        for (stream, tag) in tags().filter(|(_, tag)| tag.is_there(now)) {
            let own = tag.phase_at(now);
            let print = Print {
                passed: tag.later.iter().filter(|(moment, _)| *moment <= now).count(),
                shown: story.disagreeing.get(&tag.name).copied().unwrap_or(own),
                by_hand: tag.by_hand.clone(),
                image: tag.image.clone(),
                imported: tag.imported.clone(),
            };
            let held = Held { stream: Some(stream), tag };
            streams.entry(stream.image_stream().to_owned()).or_default().push((held, print.clone()));
            if tag.payload.is_none() {
                continue;
            }
            if self.payloads.get(&tag.name) != Some(&print) {
                write_payload(state, stream, tag, print.shown, now);
            }
            payloads.insert(tag.name.clone(), print);
        }
        for (place, tag) in &story.strays {
            let (image, imported) = (tag.image.clone(), tag.imported.clone());
            let print = Print { passed: 0, shown: Phase::Unknown, by_hand: None, image, imported };
            streams.entry(place.clone()).or_default().push((Held { stream: None, tag }, print));
        }
        for gone in self.payloads.keys().filter(|name| !payloads.contains_key(*name)) {
            state.store.remove(Kind::ReleasePayload, NAMESPACE, gone);
        }
        self.payloads = payloads;
        for name in self.streams.keys().filter(|name| !streams.contains_key(*name)) {
            state.store.remove(Kind::ImageStream, NAMESPACE, name);
        }
        let mut prints = BTreeMap::new();
        for (name, mut held) in streams {
            if !self.all_wanted && !self.wanted.contains(&name) {
                continue;
            }
            held.sort_by(|(a, _), (b, _)| a.tag.name.cmp(&b.tag.name));
            let (held, seen): (Vec<_>, Vec<_>) =
                held.into_iter().map(|(held, print)| (held, (held.tag.name.clone(), print))).unzip();
            if self.streams.get(&name) != Some(&seen) {
                write_stream(state, &name, &held, now);
            }
            prints.insert(name, seen);
        }
        self.streams = prints;
    }
}

fn write_payload(
    state: &mut State,
    stream: &super::story::Stream,
    tag: &super::story::Tag,
    shown: Phase,
    now: Timestamp,
) {
    match state.store.get(Kind::ReleasePayload, NAMESPACE, &tag.name) {
        Some(held) => {
            let mut value = held.value(Kind::ReleasePayload);
            value["status"] = payload_object::status(stream, tag, shown, now);
            state.store.put(Kind::ReleasePayload, value);
        }
        None => {
            let value = payload_object::object(stream, tag, shown, now);
            state.create(Kind::ReleasePayload, value, tag.created);
        }
    }
}

fn write_stream(state: &mut State, name: &str, held: &[Held<'_>], now: Timestamp) {
    let outside = state.outside.clone();
    let mut value = image_object::image_stream(name, held, outside.as_ref(), now);
    match state.store.get(Kind::ImageStream, NAMESPACE, name) {
        Some(before) => {
            let before = before.value(Kind::ImageStream);
            let generation = before["metadata"]["generation"].as_i64().unwrap_or(1) + 1;
            value["metadata"] = before["metadata"].clone();
            value["metadata"]["generation"] = json!(generation);
            state.store.put(Kind::ImageStream, value);
        }
        None => {
            let oldest = held.iter().map(|one| one.tag.created).min().unwrap_or(now);
            value["metadata"]["generation"] = json!(1);
            state.create(Kind::ImageStream, value, oldest);
        }
    }
}
