//! What happens to a story while it is served: tags are adopted and withdrawn, people decide, builds are accepted.
//!
//! Invariant: nothing here waits; what comes later is written into the tag as moments.

use jiff::{SignedDuration, Timestamp};

use super::history::{Fate, jobs, timed_name};
use super::story::{ByHand, Job, JobState, Payload, Phase, Story, Stream, Tag};

/// How long an adopted tag is imported before its jobs start.
const IMPORT: SignedDuration = SignedDuration::from_secs(4);
/// How long the jobs of an adopted tag run, where the channel asks for any.
const JOBS: SignedDuration = SignedDuration::from_secs(75);
/// Without jobs the next look at the tag accepts it.
const LOOK: SignedDuration = SignedDuration::from_secs(2);

impl Story {
    /// A tag was made in an ImageStream and its image imported, if there is one: the channel that watches the stream
    /// adopts it, Pending first.
    pub fn adopt(&mut self, image_stream: &str, name: &str, image: &str, digest: Option<String>, now: Timestamp) {
        let made = Tag { imported: digest, ..plain(name, image, now) };
        let Some(at) = self.watcher(image_stream, name) else {
            self.strays.retain(|(place, tag)| (place.as_str(), tag.name.as_str()) != (image_stream, name));
            self.strays.push((image_stream.to_owned(), made));
            return;
        };
        let stream = &mut self.streams[at];
        if let Some(known) = stream.tags.iter_mut().find(|tag| tag.name == name) {
            // Decided once, decided for good: the real controller does not look again.
            (known.image, known.imported) = (made.image, made.imported);
            return;
        }
        let tag = adopted(stream, made, now);
        stream.tags.push(tag);
    }

    /// A tag's maker wrote these annotations on it.
    pub fn annotate(&mut self, image_stream: &str, name: &str, annotations: &[(String, String)]) {
        let strays = self.strays.iter_mut().filter(|(place, _)| place == image_stream).map(|(_, tag)| tag);
        let held = self.streams.iter_mut().filter(|stream| stream.image_stream() == image_stream);
        for tag in held.flat_map(|stream| &mut stream.tags).chain(strays).filter(|tag| tag.name == name) {
            tag.annotations = annotations.to_vec();
        }
    }

    /// The tags of the channels of an ImageStream, or of all, that were there before the world began are imported.
    pub fn import(&mut self, image_stream: Option<&str>, digest: impl Fn(&str) -> Option<String>) {
        let channels = self.streams.iter_mut().filter(|stream| stream.is_stable());
        let channels = channels.filter(|stream| image_stream.is_none_or(|name| stream.image_stream() == name));
        for tag in channels.flat_map(|stream| &mut stream.tags).filter(|tag| tag.imported.is_none()) {
            tag.imported = tag.image.as_deref().and_then(&digest);
        }
    }

    /// The tag is gone from its ImageStream.
    pub fn withdraw(&mut self, image_stream: &str, name: &str) {
        self.strays.retain(|(place, tag)| (place.as_str(), tag.name.as_str()) != (image_stream, name));
        for stream in self.streams.iter_mut().filter(|stream| stream.image_stream() == image_stream) {
            stream.tags.retain(|tag| tag.name != name);
        }
    }

    /// Somebody wrote `spec.payloadOverride`; `None` takes the decision back.
    pub fn decide(&mut self, name: &str, by_hand: Option<ByHand>) {
        for tag in self.streams.iter_mut().flat_map(|stream| &mut stream.tags).filter(|tag| tag.name == name) {
            tag.by_hand = by_hand.clone();
        }
    }

    /// A new build of the stream is there and accepted; its name.
    pub fn accept_new(&mut self, stream: &str, now: Timestamp) -> Option<String> {
        let stream = self.streams.iter_mut().find(|known| known.config.name == stream)?;
        let mut created = now;
        let mut name = timed_name(&stream.config.name, created);
        while stream.tags.iter().any(|tag| tag.name == name) {
            created += SignedDuration::from_secs(1);
            name = timed_name(&stream.config.name, created);
        }
        let jobs = jobs(&stream.config, &name, now, Fate::Accepted, previous(stream, now).as_deref(), None);
        let done = jobs.into_iter().map(|job| Job { finished: job.finished.map(|_| now), ..job }).map(passed).collect();
        let payload = Payload { phase: Phase::Accepted, jobs: done };
        stream.tags.push(Tag { payload: Some(payload), image: None, ..plain(&name, "", created) });
        Some(name)
    }

    /// The channel that adopts tags of that name from that ImageStream.
    fn watcher(&self, image_stream: &str, name: &str) -> Option<usize> {
        let major = name.split('.').next().unwrap_or_default();
        let mut channels = self
            .streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| stream.is_stable() && stream.image_stream() == image_stream);
        let own = channels.clone().find(|(_, stream)| stream.config.name.split('-').next() == Some(major));
        own.or_else(|| channels.next()).map(|(at, _)| at)
    }
}

fn passed(job: Job) -> Job {
    let blocks = job.kind == super::story::JobKind::Blocking;
    if blocks { Job { state: JobState::Succeeded, ..job } } else { job }
}

fn plain(name: &str, image: &str, created: Timestamp) -> Tag {
    Tag {
        name: name.to_owned(),
        created,
        appears: None,
        image: Some(image.to_owned()),
        imported: None,
        annotated: None,
        approvals: Vec::new(),
        payload: None,
        later: Vec::new(),
        by_hand: None,
        annotations: Vec::new(),
    }
}

fn adopted(stream: &Stream, made: Tag, now: Timestamp) -> Tag {
    let ready = now + IMPORT;
    let told = jobs(&stream.config, &made.name, now, Fate::Ready, previous(stream, now).as_deref(), None);
    let waiting = |started: bool| -> Vec<Job> {
        told.iter()
            .map(|job| {
                let mut job = Job { state: JobState::Pending, finished: None, ..job.clone() };
                job.builds.truncate(usize::from(started));
                job
            })
            .collect()
    };
    let ends = ready + if told.is_empty() { LOOK } else { JOBS };
    let passed = |job: Job| Job { state: JobState::Succeeded, finished: Some(ends), ..job };
    let done = waiting(true).into_iter().map(passed).collect();
    Tag {
        payload: Some(Payload { phase: Phase::Pending, jobs: waiting(false) }),
        later: vec![
            (ready, Payload { phase: Phase::Ready, jobs: waiting(true) }),
            (ends, Payload { phase: Phase::Accepted, jobs: done }),
        ],
        ..made
    }
}

fn previous(stream: &Stream, now: Timestamp) -> Option<String> {
    let accepted = |tag: &&&Tag| tag.phase_at(now) == Phase::Accepted;
    stream.by_version(now).iter().find(accepted).map(|tag| tag.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::typical;

    fn now() -> Timestamp {
        "2026-11-21T08:40:00Z".parse().expect("a moment")
    }

    fn phase(story: &Story, tag: &str, seconds: i64) -> Phase {
        let then = now() + SignedDuration::from_secs(seconds);
        story.tag(tag, then).map_or(Phase::Unknown, |(_, tag)| tag.phase_at(then))
    }

    #[test]
    fn a_channel_without_jobs_accepts_in_seconds_and_one_with_jobs_waits_for_them() {
        let mut story = typical(now());
        story.adopt("release-scos-next", "4.22.0-okd-scos.ec.9", "quay.io/okd/scos-release:x", None, now());
        story.adopt("release-scos", "5.0.0-okd-scos.1", "quay.io/okd/scos-release:y", None, now());
        let both = |at| [phase(&story, "4.22.0-okd-scos.ec.9", at), phase(&story, "5.0.0-okd-scos.1", at)];
        assert_eq!(both(0), [Phase::Pending, Phase::Pending]);
        assert_eq!(both(10), [Phase::Accepted, Phase::Ready]);
        assert_eq!(both(200), [Phase::Accepted, Phase::Accepted]);
        assert_eq!(
            story.tag("5.0.0-okd-scos.1", now()).map(|(stream, _)| stream.config.name.as_str()),
            Some("5-scos-stable")
        );
    }

    #[test]
    fn a_tag_nobody_watches_is_in_its_image_stream_and_in_no_channel() {
        let mut story = typical(now());
        story.adopt("somewhere", "1.0", "quay.io/x/y:1", None, now());
        assert_eq!(story.strays.len(), 1);
        assert!(story.tag("1.0", now()).is_none());
        story.withdraw("somewhere", "1.0");
        assert!(story.strays.is_empty());
    }

    #[test]
    fn a_new_accepted_build_is_what_latest_answers() {
        let mut story = typical(now());
        let name = story.accept_new("4.21.0-0.okd-scos-nightly", now()).expect("a known stream");
        let stream = story.stream("4.21.0-0.okd-scos-nightly").expect("a known stream");
        assert_eq!(super::super::newest_accepted(stream, now()).map(|tag| tag.name.as_str()), Some(name.as_str()));
    }
}
