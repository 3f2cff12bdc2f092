//! What changed between two release images: as JSON, and as the text and page made of the same facts.
//!
//! An image whose commits cannot be told apart by what was merged between them is left out, as `oc` leaves it out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::answer::{Answer, JSON, PAGE, TEXT, json_text};
use super::images::{Component, Image, Images, Merged};
use super::notes;
use super::route::Query;
use super::story::{Story, Stream, Tag};

const COREOS: &str = "https://releases-rhcos--prod-pipeline.apps.int.prod-stable-spoke1-dc-iad2.itup.redhat.com/";
const ISSUES: &str = "https://issues.redhat.com/browse";
/// The name of CoreOS among a payload's versions.
pub(super) const MACHINE_OS: &str = "machine-os";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLog {
    pub from: End,
    pub to: End,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Versioned>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_images: Vec<Changed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed_images: Vec<Changed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rebuilt_images: Vec<Changed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub updated_images: Vec<Changed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    pub name: String,
    pub created: String,
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promoted_from: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioned {
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_url: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    pub name: String,
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_ref: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<Commit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_change_log: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Commit {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub issues: BTreeMap<String, String>,
    pub subject: String,
    #[serde(rename = "pullID")]
    pub pull: u64,
    #[serde(rename = "pullURL")]
    pub url: String,
}

impl Default for End {
    fn default() -> Self {
        End { name: String::new(), created: "0001-01-01T00:00:00Z".into(), digest: String::new(), promoted_from: None }
    }
}

impl ChangeLog {
    /// What the real server shows when it cannot make one.
    pub fn none() -> ChangeLog {
        ChangeLog {
            from: End::default(),
            to: End::default(),
            components: Vec::new(),
            new_images: Vec::new(),
            removed_images: Vec::new(),
            rebuilt_images: Vec::new(),
            updated_images: Vec::new(),
        }
    }

    pub fn between(images: &dyn Images, from: &Image, to: &Image) -> ChangeLog {
        let promoted_from = to.from_release.clone();
        let mut log = ChangeLog {
            from: End { promoted_from: None, ..end(from) },
            to: End { promoted_from, ..end(to) },
            components: versions(from, to),
            ..ChangeLog::none()
        };
        let mut updated: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
        for new in &to.components {
            let Some(old) = from.components.iter().find(|old| old.name == new.name) else {
                log.new_images.push(told(new));
                continue;
            };
            if old.digest() == new.digest() {
                continue;
            }
            if old.commit == new.commit {
                log.rebuilt_images.push(told(new));
            } else {
                updated.entry((&new.repository, &old.commit, &new.commit)).or_default().push(&new.name);
            }
        }
        let gone = |old: &&Component| to.components.iter().all(|new| new.name != old.name);
        let removed = from.components.iter().filter(gone);
        log.removed_images.extend(removed.map(|old| Changed { name: old.name.clone(), ..Changed::default() }));
        for ((repository, old, new), names) in updated {
            let commits: Vec<Commit> =
                images.merged(repository, old, new).into_iter().map(|merged| commit(repository, merged)).collect();
            if !commits.is_empty() {
                log.updated_images.push(Changed {
                    name: names.join(", "),
                    path: format!("{repository}/tree/{new}"),
                    commits,
                    full_change_log: Some(format!("{repository}/compare/{old}...{new}")),
                    ..Changed::default()
                });
            }
        }
        log.updated_images.sort_by(|a, b| a.name.cmp(&b.name));
        log
    }
}

fn end(image: &Image) -> End {
    End {
        name: image.version.clone(),
        created: stamp(image.created),
        digest: image.digest.clone(),
        promoted_from: None,
    }
}

pub(super) fn stamp(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn told(component: &Component) -> Changed {
    Changed {
        name: component.name.clone(),
        path: component.repository.clone(),
        short_commit: Some(component.commit.chars().take(8).collect()),
        commit: Some(component.commit.clone()),
        image_ref: Some(component.digest().to_owned()),
        ..Changed::default()
    }
}

fn commit(repository: &str, merged: Merged) -> Commit {
    let url = |issue: String| {
        let address = format!("{ISSUES}/{issue}");
        (issue, address)
    };
    Commit {
        issues: merged.issues.into_iter().map(url).collect(),
        subject: merged.subject,
        pull: merged.pull,
        url: format!("{repository}/pull/{}", merged.pull),
    }
}

fn versions(from: &Image, to: &Image) -> Vec<Versioned> {
    let mut keys: Vec<&str> = to.components.iter().flat_map(|one| &one.versions).map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let version = |key: &str| {
        let (_, version, display) = to.version_of(key)?;
        let capital = || {
            let mut letters = key.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        };
        let old = from.version_of(key).map(|(_, old, _)| old).filter(|old| *old != version);
        let linked = key == MACHINE_OS;
        Some(Versioned {
            name: display.map_or_else(capital, str::to_owned),
            version: version.to_owned(),
            version_url: linked.then(|| build_url(version)),
            from: old.map(str::to_owned),
            from_url: old.filter(|_| linked).map(build_url),
            diff_url: old.filter(|_| linked).map(|old| {
                format!(
                    "{COREOS}diff.html?arch=x86_64&first_release={old}&first_stream={}&second_release={version}&second_stream={}",
                    coreos_stream(old),
                    coreos_stream(version)
                )
            }),
        })
    };
    keys.into_iter().filter_map(version).collect()
}

fn build_url(version: &str) -> String {
    format!("{COREOS}?arch=x86_64&release={version}&stream={}#{version}", coreos_stream(version))
}

fn coreos_stream(version: &str) -> String {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("prod%2Fstreams%2Frhel-{major}.{minor}")
}

/// The release a changelog of this one starts from: the next lower accepted one of its stream.
pub fn before<'a>(stream: &'a Stream, tag: &Tag, now: Timestamp) -> Option<&'a Tag> {
    let below = stream.by_version(now).into_iter().skip_while(|one| one.name != tag.name).skip(1);
    below.filter(|one| one.phase_at(now) == super::story::Phase::Accepted).find(|one| one.name != tag.name)
}

/// `/changelog`.
pub fn answer(story: &Story, images: &dyn Images, query: &Query, now: Timestamp) -> Answer {
    let (from, to) = (query.first("from"), query.first("to"));
    if from.is_empty() {
        return Answer::error(400, "from must be set to a valid tag");
    }
    if to.is_empty() {
        return Answer::error(400, "to must be set to a valid tag");
    }
    let format = query.first("format");
    if !matches!(format, "" | "html" | "json" | "markdown") {
        return Answer::error(400, "unrecognized format= string: html, json, markdown, empty accepted");
    }
    let mut ends = Vec::new();
    for name in [from, to] {
        let Some((stream, tag)) = story.tag(name, now) else {
            return Answer::error(400, format_args!("could not find tag: {name}"));
        };
        let pull_spec = stream.pull_spec(tag, now);
        if pull_spec.is_empty() {
            let target = stream.image_stream();
            return Answer::error(400, format_args!("release target {target} does not have a configured registry"));
        }
        ends.push(pull_spec);
    }
    let failed =
        |why: &str| Answer::error(500, format_args!("Internal error\ncould not generate a changelog: error: {why}\n"));
    if from == to {
        return failed("releases are identical");
    }
    let mut found = Vec::new();
    for pull_spec in &ends {
        match images.image(pull_spec) {
            Some(image) => found.push(image),
            None => return failed(&format!("unable to read image {pull_spec}: manifest unknown")),
        }
    }
    let log = ChangeLog::between(images, &found[0], &found[1]);
    let mut answer = match format {
        "json" => Answer::new(200, JSON, json_text(&log, b"  ")),
        "html" => Answer::new(200, PAGE, notes::page(&log)),
        _ => Answer::new(200, TEXT, notes::markdown(&log)),
    };
    answer.headers.push((http::header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".into()));
    answer
}
