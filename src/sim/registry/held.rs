//! What the registry holds: bytes by digest, repositories with their tags and the tags' history.
//!
//! Releases of the story are made when somebody first asks for them; a digest nobody has made yet makes the newest ones
//! once, so a digest kept from another process is found too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::outside::Promotion;
use crate::payload::{
    Blob, Build, Component, Origin, PRIVATE, PRIVATE_COMPONENT, Release, Shelf, Twin, components, digest_of,
    image_stream, minor_of,
};
use crate::releases::{Phase, Story, Stream, Tag};
use crate::web::keys;

const QUAY: &str = "quay.io/";
/// Releases that were promoted.
pub(crate) const RELEASES: &str = "okd/scos-release";
/// Their components.
pub(crate) const CONTENT: &str = "okd/scos-content";
/// The twins.
pub(crate) const BAD: &str = "origin/bad";

/// The newest releases of a stream that are made when a digest is asked for that nobody made yet.
const SEARCHED: usize = 4;

/// A digest under a tag, from and to.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) digest: String,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

/// A payload that is on the shelf.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) release: Arc<Release>,
    /// The pull spec that its signature names.
    pub(crate) reference: String,
    pub(crate) digest: String,
    /// Of the amd64 image, or of the only one.
    pub(crate) child: String,
    layer: String,
    parts: Vec<String>,
}

#[derive(Default)]
struct Repository {
    /// Oldest first; a tag that was removed has an end.
    tags: BTreeMap<String, Vec<Held>>,
    holds: HashSet<String>,
}

/// Everything by its digest, and the components that were made by their seed.
#[derive(Default)]
struct Stock {
    blobs: HashMap<String, Blob>,
    /// Media type and bytes.
    manifests: HashMap<String, (String, Bytes)>,
    components: HashMap<String, Arc<Component>>,
}

impl Shelf for Stock {
    fn blob(&mut self, digest: &str, blob: Blob) {
        self.blobs.insert(digest.to_owned(), blob);
    }

    fn manifest(&mut self, media_type: &str, bytes: Vec<u8>) -> String {
        let digest = digest_of(&bytes);
        self.manifests.insert(digest.clone(), (media_type.to_owned(), bytes.into()));
        digest
    }

    fn component(&self, seed: &str) -> Option<Arc<Component>> {
        self.components.get(seed).cloned()
    }

    fn keep(&mut self, seed: String, component: Arc<Component>) {
        self.components.insert(seed, component);
    }
}

pub(crate) struct Holdings {
    story: Arc<Story>,
    clock: Clock,
    shelf: Stock,
    repositories: HashMap<String, Repository>,
    /// By the digest of the top manifest.
    made: HashMap<String, Made>,
    /// How the last layers of some payloads are served.
    served: HashMap<String, Twin>,
    newest_made: bool,
}

/// `okd/scos-release` of `quay.io/okd/scos-release`.
pub(crate) fn path_of(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) => path,
        _ => repository,
    }
}

impl Holdings {
    pub(crate) fn new(story: Arc<Story>, clock: Clock) -> Holdings {
        let mut repositories: HashMap<String, Repository> = HashMap::new();
        let streams = story.streams.iter().map(|stream| path_of(&stream.repository).to_owned());
        for name in streams.chain([RELEASES, CONTENT, BAD, path_of(PRIVATE)].map(str::to_owned)) {
            repositories.entry(name).or_default();
        }
        Holdings {
            story,
            clock,
            shelf: Stock::default(),
            repositories,
            made: HashMap::new(),
            served: HashMap::new(),
            newest_made: false,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn knows(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository)
    }

    pub(crate) fn is_held(&self, repository: &str, digest: &str) -> bool {
        self.repositories.get(repository).is_some_and(|repository| repository.holds.contains(digest))
    }

    /// In the order of their bytes; `told` are those the story has.
    pub(crate) fn tags(&self, repository: &str, told: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut names: BTreeSet<String> = told.into_iter().collect();
        if repository == BAD {
            names.extend(Twin::ALL.map(|twin| twin.word().to_owned()));
        }
        for (tag, history) in self.repositories.get(repository).into_iter().flat_map(|found| &found.tags) {
            match history.last() {
                Some(Held { until: None, .. }) => names.insert(tag.clone()),
                _ => names.remove(tag),
            };
        }
        names.into_iter().collect()
    }

    /// Whether somebody made or read the tag before.
    pub(crate) fn has_tag(&self, repository: &str, tag: &str) -> bool {
        self.repositories.get(repository).is_some_and(|found| found.tags.contains_key(tag))
    }

    /// The digest a tag has now.
    pub(crate) fn resolve(&mut self, repository: &str, tag: &str) -> Option<String> {
        let known = self.repositories.get(repository).and_then(|found| found.tags.get(tag));
        if let Some(last) = known.and_then(|history| history.last()) {
            return last.until.is_none().then(|| last.digest.clone());
        }
        let made = if repository == BAD { self.make_twin(tag.parse().ok()?) } else { self.make_tag(repository, tag)? };
        let since = made.release.created;
        let mut history = vec![Held { digest: made.digest.clone(), since, until: None }];
        self.hold(repository, &made);
        if self.mirrored_twice(repository).any(|name| name == tag) {
            let created = since - SignedDuration::from_hours(2);
            let first = self.make(Arc::new(Release { created, ..(*made.release).clone() }), made.reference.clone());
            self.hold(repository, &first);
            history.insert(0, Held { digest: first.digest, since: created, until: Some(since) });
        }
        let found = self.repositories.entry(repository.to_owned()).or_default();
        found.tags.insert(tag.to_owned(), history);
        Some(made.digest)
    }

    /// Digests a tag had and has, oldest first; one that nobody read yet has none.
    pub(crate) fn history(&self, repository: &str, tag: &str) -> Vec<Held> {
        let found = self.repositories.get(repository).and_then(|found| found.tags.get(tag));
        found.cloned().unwrap_or_default()
    }

    /// Promoted releases that were rejected: their name was mirrored to a second time, which moved the tag.
    pub(crate) fn mirrored_twice(&self, repository: &str) -> impl Iterator<Item = String> + use<> {
        let rejected = |tag: &&Tag| tag.payload.as_ref().is_some_and(|payload| payload.phase == Phase::Rejected);
        let streams = self.story.streams.iter().filter(|stream| repository == RELEASES && stream.is_stable());
        let names = streams.flat_map(|stream| stream.tags.iter().filter(rejected)).map(|tag| tag.name.clone());
        names.collect::<Vec<String>>().into_iter()
    }

    /// Tags that were moved or removed, with those that were read.
    pub(crate) fn touched(&self, repository: &str) -> Vec<String> {
        self.repositories.get(repository).into_iter().flat_map(|found| found.tags.keys().cloned()).collect()
    }

    pub(crate) fn manifest(&mut self, repository: &str, digest: &str) -> Option<(String, Bytes)> {
        if !self.is_held(repository, digest) {
            self.make_newest();
        }
        if !self.is_held(repository, digest) {
            return None;
        }
        self.shelf.manifests.get(digest).cloned()
    }

    pub(crate) fn blob(&mut self, repository: &str, digest: &str) -> Option<(Blob, Option<Twin>)> {
        if !self.is_held(repository, digest) {
            self.make_newest();
        }
        if !self.is_held(repository, digest) {
            return None;
        }
        self.blob_anywhere(digest)
    }

    pub(crate) fn blob_anywhere(&self, digest: &str) -> Option<(Blob, Option<Twin>)> {
        Some((self.shelf.blobs.get(digest)?.clone(), self.served.get(digest).copied()))
    }

    /// The payload of that top digest.
    pub(crate) fn made(&mut self, digest: &str) -> Option<Made> {
        if !self.made.contains_key(digest) {
            self.make_newest();
        }
        self.made.get(digest).cloned()
    }

    /// The digest of a tag that was asked for before, without making anything.
    pub(crate) fn known(&self, pull_spec: &str) -> Option<String> {
        let (repository, tag) = pull_spec.rsplit_once(':')?;
        let last = self.repositories.get(path_of(repository))?.tags.get(tag)?.last()?;
        last.until.is_none().then(|| last.digest.clone())
    }

    /// The payload of a pull spec, by tag or digest.
    pub(crate) fn read(&mut self, pull_spec: &str) -> Option<Made> {
        let digest = match pull_spec.split_once('@') {
            Some((_, digest)) => digest.to_owned(),
            None => {
                let (repository, tag) = pull_spec.rsplit_once(':')?;
                self.resolve(path_of(repository), tag)?
            }
        };
        self.made(&digest)
    }

    /// What a digest is the manifest of, wherever it is.
    pub(crate) fn manifest_anywhere(&self, digest: &str) -> Option<(String, Bytes)> {
        self.shelf.manifests.get(digest).cloned()
    }

    /// The repository and the moment of a commit of a component that was made.
    pub(crate) fn commit(&self, commit: &str) -> Option<u64> {
        let mut components = self.shelf.components.values();
        components.find_map(|component| (component.commit == commit).then_some(component.since))
    }

    pub(crate) fn put_blob(&mut self, repository: &str, bytes: Bytes) -> String {
        let digest = digest_of(&bytes);
        self.shelf.blobs.entry(digest.clone()).or_insert(Blob::Bytes(bytes));
        self.mark(repository, &digest);
        digest
    }

    pub(crate) fn put_manifest(&mut self, repository: &str, media_type: &str, bytes: Bytes) -> String {
        let digest = self.shelf.manifest(media_type, bytes.into());
        self.mark(repository, &digest);
        digest
    }

    pub(crate) fn mark(&mut self, repository: &str, digest: &str) {
        self.repositories.entry(repository.to_owned()).or_default().holds.insert(digest.to_owned());
    }

    /// The repository holds what the manifest consists of.
    pub(crate) fn copy(&mut self, repository: &str, digest: &str) {
        match self.made(digest) {
            Some(made) => self.hold(repository, &made),
            None => self.mark(repository, digest),
        }
    }

    /// Moves or makes a tag; its history keeps what it was.
    pub(crate) fn tag(&mut self, repository: &str, tag: &str, digest: &str) {
        if self.resolve(repository, tag).as_deref() == Some(digest) {
            return;
        }
        self.end(repository, tag);
        let since = self.now();
        let history = self.repositories.entry(repository.to_owned()).or_default().tags.entry(tag.to_owned());
        history.or_default().push(Held { digest: digest.to_owned(), since, until: None });
    }

    pub(crate) fn untag(&mut self, repository: &str, tag: &str) -> bool {
        self.resolve(repository, tag).is_some() && self.end(repository, tag)
    }

    fn end(&mut self, repository: &str, tag: &str) -> bool {
        let now = self.now();
        let history = self.repositories.get_mut(repository).and_then(|found| found.tags.get_mut(tag));
        let Some(last) = history.and_then(|history| history.last_mut()) else { return false };
        last.until.get_or_insert(now);
        true
    }

    /// From now on the tag's image is a twin of what it was.
    pub(crate) fn spoil(&mut self, repository: &str, tag: &str, twin: Twin) -> Option<String> {
        let digest = self.resolve(repository, tag)?;
        let made = self.made(&digest)?;
        let release = Release { twin: Some(twin), ..(*made.release).clone() };
        let spoiled = self.make(Arc::new(release), made.reference);
        self.hold(repository, &spoiled);
        let history = self.repositories.get_mut(repository)?.tags.get_mut(tag)?;
        *history = vec![Held { digest: spoiled.digest.clone(), since: spoiled.release.created, until: None }];
        Some(spoiled.digest)
    }

    /// What `oc adm release new --from-release … --mirror … --to-image …` leaves behind.
    pub(crate) fn promote(&mut self, order: &Promotion<'_>) -> Result<String, String> {
        let Promotion { source, name, content_repository: content, release_repository: releases, previous } = *order;
        let from = self.read(source).ok_or(format!("error: unable to read image {source}: manifest unknown"))?;
        let release = Release {
            name: name.to_owned(),
            created: self.now(),
            origin: Origin::Release(source.to_owned()),
            content: content.to_owned(),
            components: from.release.components.clone(),
            previous: previous.to_vec(),
            twin: from.release.twin.filter(|twin| *twin == Twin::WrongRing),
            ..(*from.release).clone()
        };
        let made = self.make(Arc::new(release), format!("{releases}:{name}"));
        self.hold(path_of(releases), &made);
        self.tag(path_of(releases), name, &made.digest);
        Ok(made.digest)
    }

    /// Follows from the name and the story as it began: who asks may hold the story as it is now.
    fn make_tag(&mut self, repository: &str, name: &str) -> Option<Made> {
        let story = self.story.clone();
        let streams = || story.streams.iter().filter(|stream| is_in(stream, repository));
        let known = streams().find_map(|stream| Some((stream, stream.tags.iter().find(|tag| tag.name == name)?)));
        let (stream, created, image) = match known {
            Some((stream, tag)) => (stream, tag.created, tag.image.clone()),
            None => streams().find_map(|stream| Some((stream, moment_in(&stream.config.name, name)?, None)))?,
        };
        let previous = previous(&story, stream, name, created);
        let minor = minor_of(name);
        let blank = Release { previous, ..Release::empty(name, created, keys::good(), keys::stranger()) };
        let release = if stream.is_stable() {
            let (nightly, made) = source_of(&story, name, created);
            Release {
                content: format!("{QUAY}{CONTENT}"),
                origin: Origin::Release(format!("{}:{nightly}", "registry.ci.openshift.org/origin/release-scos")),
                components: components(&mut self.shelf, &minor, Build::Art, made),
                ..blank
            }
        } else {
            let build = Build::of(name);
            Release {
                content: build.repository(&minor),
                origin: image_stream(name),
                components: components(&mut self.shelf, &minor, build, created),
                ..blank
            }
        };
        let reference = image.unwrap_or_else(|| format!("{}:{name}", stream.repository));
        Some(self.make(Arc::new(release), reference))
    }

    /// A twin of a nightly of 4.22.
    fn make_twin(&mut self, twin: Twin) -> Made {
        let created = Timestamp::from_second(1_790_000_000).unwrap_or_default();
        let name = format!("4.22.0-0.okd-scos-{}", twin.word());
        let components = components(&mut self.shelf, "4.22", Build::Art, created);
        let release = Release {
            content: Build::Art.repository("4.22"),
            origin: image_stream(&name),
            components,
            twin: Some(twin),
            ..Release::empty(&name, created, keys::good(), keys::stranger())
        };
        self.make(Arc::new(release), format!("registry.ci.openshift.org/{BAD}:{}", twin.word()))
    }

    fn make(&mut self, release: Arc<Release>, reference: String) -> Made {
        let image = release.make(&mut self.shelf);
        if let Some(twin) = release.twin {
            self.served.insert(image.layer.clone(), twin);
        }
        let (digest, child) = (image.digest.clone(), image.child);
        let made = Made { release, reference, digest, child, layer: image.layer, parts: image.parts };
        self.made.insert(image.digest, made.clone());
        made
    }

    fn hold(&mut self, repository: &str, made: &Made) {
        let content = path_of(&made.release.content).to_owned();
        let is_private = made.release.twin == Some(Twin::PrivateComponent);
        for component in &made.release.components {
            let place = if is_private && component.name == PRIVATE_COMPONENT { path_of(PRIVATE) } else { &content };
            let place = self.repositories.entry(place.to_owned()).or_default();
            place.holds.extend(component.parts().iter().cloned());
        }
        let place = self.repositories.entry(repository.to_owned()).or_default();
        place.holds.extend(made.parts.iter().cloned());
        place.holds.insert(made.layer.clone());
    }

    fn make_newest(&mut self) {
        if std::mem::replace(&mut self.newest_made, true) {
            return;
        }
        let story = self.story.clone();
        let now = self.now();
        let newest = |stream| Stream::listed(stream, now).into_iter().map(move |tag| (stream, tag));
        let built = story.streams.iter().flat_map(|stream| {
            newest(stream).filter(|(stream, tag)| !stream.pull_spec(tag, now).is_empty()).take(SEARCHED)
        });
        for (stream, tag) in built.take(SEARCHED * 12) {
            let repository = if stream.is_stable() { RELEASES } else { path_of(&stream.repository) };
            self.resolve(repository, &tag.name);
        }
    }
}

/// Stable releases are on quay and in their ImageStream.
pub(super) fn is_in(stream: &Stream, repository: &str) -> bool {
    path_of(&stream.repository) == repository || (stream.is_stable() && repository == RELEASES)
}

/// The time in the name of a release of an Integration stream.
fn moment_in(stream: &str, name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(stream)?.strip_prefix('-')?;
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d-%H%M%S", time).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn was_accepted(tag: &Tag) -> bool {
    tag.payload.as_ref().is_some_and(|payload| payload.phase == Phase::Accepted)
}

/// The nightly a promoted release was made of: one that is still there, or one that was pruned since.
fn source_of(story: &Story, promoted: &str, created: Timestamp) -> (String, Timestamp) {
    let stream = format!("{}.0-0.okd-scos-nightly", minor_of(promoted));
    let before = created - SignedDuration::from_hours(1);
    let tags = story.stream(&stream).into_iter().flat_map(|stream| &stream.tags);
    match tags.filter(|tag| tag.created <= before && was_accepted(tag)).max_by_key(|tag| tag.created) {
        Some(tag) => (tag.name.clone(), tag.created),
        None => {
            let made = created - SignedDuration::from_hours(11);
            (format!("{stream}-{}", made.strftime("%Y-%m-%d-%H%M%S")), made)
        }
    }
}

/// All older accepted releases of the same minor in the channel, or in all channels, and the newest of the minor before.
fn previous(story: &Story, stream: &Stream, name: &str, created: Timestamp) -> Vec<String> {
    let minor = minor_of(name);
    let before = minor_before(&minor);
    // A channel goes on from itself, and a minor from every release of the minor before.
    let older = |of: &str| {
        let any = !stream.is_stable() || of == before;
        let streams = story
            .streams
            .iter()
            .filter(move |other| other.is_stable() && (any || other.config.name == stream.config.name));
        let tags = streams.flat_map(|other| &other.tags).filter(|tag| tag.created < created && was_accepted(tag));
        let mut tags: Vec<&Tag> = tags.filter(|tag| minor_of(&tag.name) == of).collect();
        tags.sort_by_key(|tag| tag.created);
        tags
    };
    let last = older(&before).pop();
    last.into_iter().chain(older(&minor)).map(|tag| tag.name.clone()).collect()
}

/// 4.22 comes before 5.0.
fn minor_before(minor: &str) -> String {
    match minor.split_once('.').and_then(|(major, minor)| Some((major, minor.parse::<u32>().ok()?))) {
        Some((major, minor)) if minor > 0 => format!("{major}.{}", minor - 1),
        _ => "4.22".to_owned(),
    }
}
