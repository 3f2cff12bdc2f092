//! Gates about the new name: name-free, next-name, latest-flag.

use super::{Facts, Ruling, Taken, is_ours};
use crate::channel::Way;
use crate::promoted::PromotedName;
use crate::release::Phase;

pub(super) fn free(facts: &Facts) -> Ruling {
    let Some(name) = &facts.name else {
        return Ruling::block("there is no new name");
    };
    if facts.way == Way::RegistryTag {
        return moved(facts, name);
    }
    let channel = &facts.channel;
    let (source, digest) = match (&facts.payload, &facts.digest) {
        (Ok(source), Ok(digest)) => (source, digest),
        (Err(why), _) | (_, Err(why)) => return Ruling::unknown(format!("the source cannot be read: {why}")),
    };
    let places = &facts.places;
    let mut lines = Vec::new();
    let mut unknown = None;
    let mut taken = None;
    let mut ours = false;
    match &places.repository {
        Err(why) => unknown = Some(format!("{}: {why}", channel.release_repository)),
        Ok(None) => lines.push(format!("{}: free", channel.release_repository)),
        Ok(Some(there)) => {
            let fits = there
                .payload
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|payload| is_ours(payload, name, &facts.pull_spec, digest, source));
            match fits {
                Ok(()) => {
                    ours = true;
                    lines.push(format!("{}: ours, {}", channel.release_repository, there.digest));
                }
                Err(why) => {
                    lines.extend(there.history.iter().cloned());
                    taken = Some(format!("{} has {name}, {}: {why}", channel.release_repository, there.digest.short()))
                }
            }
        }
    }
    let mut look = |place: String, found: &super::Fact<Option<String>>| match found {
        Err(why) => {
            unknown.get_or_insert(format!("{place}: {why}"));
        }
        Ok(None) => lines.push(format!("{place}: free")),
        // What is public there cannot be told from another's; the Pipeline would stop at it.
        Ok(Some(what)) if facts.way == Way::ImagestreamTag && place.starts_with("GitHub") => {
            lines.push(format!("{place}: there ({what})"));
        }
        Ok(Some(what)) => {
            taken.get_or_insert(format!("{place} has {name} already ({what})"));
        }
    };
    look(format!("GitHub {}", channel.github), &places.github);
    let stream = channel.imagestream.as_ref().map_or_else(String::new, |s| format!("{}/{}", s.namespace, s.name));
    look(format!("ImageStream {stream}"), &places.imagestream);
    let phase = places.stream.clone().map(|found| found.map(|phase| phase.word().to_string()));
    look(format!("stream {}", channel.name), &phase);
    if let Some(taken) = taken {
        return Ruling::block(taken).with(lines);
    }
    if let Some(unknown) = unknown {
        return Ruling::unknown(format!("cannot tell whether {name} is free at {unknown}")).with(lines);
    }
    match (facts.way, ours) {
        (Way::ImagestreamTag, false) => {
            Ruling::block(format!("{} has no {name} that is ours: it was not mirrored", channel.release_repository))
                .with(lines)
        }
        (_, true) => {
            Ruling::pass(format!("{name} is ours in {}: it goes on from there", channel.release_repository)).with(lines)
        }
        (_, false) => Ruling::pass(format!("{name} is free in all four places")).with(lines),
    }
}

/// A tag that moves: the plan shows from where to where, so that another move is drift.
fn moved(facts: &Facts, name: &str) -> Ruling {
    let repository = &facts.channel.release_repository;
    let digest = match &facts.digest {
        Ok(digest) => digest,
        Err(why) => return Ruling::unknown(format!("the source cannot be read: {why}")),
    };
    match &facts.places.repository {
        Err(why) => Ruling::unknown(format!("cannot read {repository}:{name}: {why}")),
        Ok(None) => Ruling::pass(format!("{repository}:{name} is free")),
        Ok(Some(there)) if there.digest == *digest => {
            Ruling::pass(format!("{repository}:{name} is that digest already"))
        }
        Ok(Some(there)) => match &there.payload {
            Ok(old) => Ruling::pass(format!("{repository}:{name} moves from {} to {digest}", there.digest))
                .with(vec![format!("it holds {} now", old.name)]),
            Err(why) => Ruling::block(format!("{repository}:{name} holds something that is no release: {why}")),
        },
    }
}

pub(super) fn next(facts: &Facts) -> Ruling {
    let Taken { repository, github, imagestream, stream } = &facts.taken;
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (place, names) in
        [("the repository", repository), ("GitHub", github), ("the ImageStream", imagestream), ("the stream", stream)]
    {
        match names {
            Ok(names) => all.extend(names.iter().map(|name| (place, name.as_str()))),
            Err(why) => return Ruling::unknown(format!("cannot list the names of {place}: {why}")),
        }
    }
    let Some(version) = PromotedName::version_of(&facts.release.name) else {
        return Ruling::block(format!("{} begins with no X.Y.Z", facts.release));
    };
    let Some(name) = facts.name.as_deref().and_then(|name| name.parse::<PromotedName>().ok()) else {
        return Ruling::block("there is no new name");
    };
    let parsed: Vec<(&str, PromotedName)> =
        all.iter().filter_map(|(place, name)| Some((*place, name.parse::<PromotedName>().ok()?))).collect();
    if name.version != version {
        return Ruling::block(format!("{name} is not of the version of {}", facts.release));
    }
    if name.final_ == facts.channel.candidates {
        let wanted = if facts.channel.candidates { "candidates (ec)" } else { "releases that are no candidates" };
        return Ruling::block(format!("{} takes {wanted}, {name} is none", facts.channel.name));
    }
    if let Some((place, there)) = parsed.iter().find(|(_, n)| !name.final_ && n.final_ && n.version == version) {
        return Ruling::block(format!("{there} is in {place}: there is no candidate after it"));
    }
    let row: Vec<(&str, PromotedName)> =
        parsed.into_iter().filter(|(_, n)| n.version == version && n.final_ == name.final_ && *n != name).collect();
    let highest = row.iter().map(|(_, n)| n.number).max();
    if highest.is_some_and(|highest| highest >= name.number) {
        return Ruling::block(format!("{} is taken already, {name} does not come next", highest.unwrap_or_default()));
    }
    if name.number != highest.map_or(0, |n| n + 1) {
        return Ruling::block(format!(
            "{name} leaves a gap behind number {}",
            highest.map_or_else(|| "none".into(), |n| n.to_string())
        ));
    }
    let mut skipped: Vec<String> = row
        .iter()
        .filter(|(place, n)| *place != "the stream" && !row.iter().any(|(p, other)| *p == "the stream" && other == n))
        .map(|(place, n)| format!("{n} counts as taken: it is in {place} and not in {}", facts.channel.name))
        .collect();
    let ended = facts.promoted.iter().flatten().filter(|p| matches!(p.phase, Phase::Rejected | Phase::Failed));
    skipped.extend(
        ended
            .filter(|p| p.name.parse::<PromotedName>().is_ok_and(|n| row.iter().any(|(_, there)| *there == n)))
            .map(|p| format!("{} counts as taken: it is {} in {}", p.name, p.phase.word(), facts.channel.name)),
    );
    let before = highest.map_or_else(|| "the first of its version".to_string(), |n| format!("after number {n}"));
    Ruling::pass(format!("{name}, {before}")).with(skipped)
}

pub(super) fn latest_flag(facts: &Facts) -> Ruling {
    if !facts.channel.latest {
        return Ruling::new(
            crate::gate::Verdict::NotApplicable,
            format!("{} does not become Latest", facts.channel.name),
        );
    }
    let github = &facts.channel.github;
    let Some(name) = facts.name.as_deref().and_then(|name| name.parse::<PromotedName>().ok()) else {
        return Ruling::block("there is no new name");
    };
    match &facts.latest {
        Err(why) => Ruling::unknown(format!("cannot read the Latest of {github}: {why}")),
        Ok(None) => Ruling::pass(format!("{github} has no Latest")),
        Ok(Some(tag)) => match tag.parse::<PromotedName>() {
            Ok(latest) if latest > name => Ruling::block(format!("the Latest of {github} is {latest}, above {name}")),
            Ok(latest) => Ruling::pass(format!("the Latest of {github} is {latest}")),
            Err(_) => Ruling::unknown(format!("the Latest of {github} is {tag}, which cannot be compared")),
        },
    }
}
