//! Lists of tags: over all streams, of one stream, its latest accepted one, and approvals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::answer::{Answer, TEXT};
use super::route::Query;
use super::story::{Phase, Story, Stream, Tag};
use super::version::{Range, Version};

pub const NO_STREAM: &str = "no release configuration exists with the requested name";
const BAD_FORMAT: &str = "error: Must specify one of '', 'json', 'pullSpec', 'name', or 'downloadURL";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiTag<'a> {
    name: &'a str,
    phase: &'static str,
    pull_spec: String,
    /// Always empty: OKD's server runs without an artifacts host.
    #[serde(rename = "downloadURL")]
    download_url: &'static str,
}

#[derive(Serialize)]
struct ApiRelease<'a> {
    name: &'a str,
    tags: Option<Vec<ApiTag<'a>>>,
}

fn api_tag<'a>(stream: &Stream, tag: &'a Tag, now: Timestamp) -> ApiTag<'a> {
    ApiTag { name: &tag.name, phase: tag.phase_at(now).word(), pull_spec: stream.pull_spec(tag, now), download_url: "" }
}

/// A Go slice nothing was added to prints as null.
fn or_null<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// `releasestreams/all|accepted|rejected|ready`; streams past their life are left out.
pub fn all_streams(story: &Story, which: Option<Phase>, now: Timestamp) -> Answer {
    let wanted = |tag: &&Tag| which.is_none_or(|phase| tag.phase_at(now) == phase);
    let streams: BTreeMap<&str, Option<Vec<&str>>> = story
        .streams
        .iter()
        .filter(|stream| !stream.config.end_of_life)
        .map(|stream| {
            let names = stream.listed(now).into_iter().filter(wanted).map(|tag| tag.name.as_str());
            (stream.config.name.as_str(), or_null(names.collect()))
        })
        .collect();
    Answer::json_list(&streams)
}

pub fn approvals(story: &Story, query: &Query, now: Timestamp) -> Answer {
    let team = query.first("team").to_lowercase();
    let prefix = query.first("prefix");
    let mut found: Vec<(&Stream, &Tag)> = story
        .streams
        .iter()
        .flat_map(|stream| stream.tags_at(now).map(move |tag| (stream, tag)))
        .filter(|(_, tag)| tag.name.starts_with(prefix))
        .filter(|(_, tag)| match team.as_str() {
            "" => !tag.approvals.is_empty(),
            team => tag.approvals.iter().any(|name| name == team),
        })
        .collect();
    found.sort_by_cached_key(|(_, tag)| std::cmp::Reverse(Version::parse(&tag.name).ok()));
    let tags: Vec<ApiTag> = found.into_iter().map(|(stream, tag)| api_tag(stream, tag, now)).collect();
    match whole_number(query.first("index")) {
        Err(why) => Answer::error(400, format_args!("error: ?index must be non-negative integer{why}")),
        Ok(None) => Answer::json_list(&tags),
        Ok(Some(index)) => match tags.get(index) {
            Some(tag) => Answer::json_list(tag),
            None => {
                let highest = tags.len() as i64 - 1;
                Answer::error(400, format_args!("error: ?index value must be between 0-{highest}"))
            }
        },
    }
}

/// `None` for no text; the error is what follows "must be non-negative integer".
fn whole_number(text: &str) -> Result<Option<usize>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(number) => usize::try_from(number).map(Some).map_err(|_| String::new()),
        Err(_) => Err(format!(": strconv.Atoi: parsing {text:?}: invalid syntax")),
    }
}

pub fn tags(story: &Story, stream: &str, query: &Query, now: Timestamp) -> Answer {
    let Some(stream) = story.stream(stream) else {
        return Answer::error(404, format_args!("Unable to find release {stream}"));
    };
    if !matches!(query.first("format"), "" | "json") {
        return Answer::error(400, BAD_FORMAT);
    }
    let phases = query.all("phase");
    let tags = stream
        .by_version(now)
        .into_iter()
        .filter(|tag| phases.is_empty() || phases.contains(&tag.phase_at(now).word()))
        .map(|tag| api_tag(stream, tag, now));
    Answer::json(&ApiRelease { name: &stream.config.name, tags: or_null(tags.collect()) })
}

pub fn latest(story: &Story, stream: &str, query: &Query, now: Timestamp) -> Answer {
    let (stream, tag) = match find_latest(story, stream, query, now) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let shown = api_tag(stream, tag, now);
    let line = |text: &str| Answer::new(200, TEXT, format!("{text}\n"));
    match query.first("format") {
        "" | "json" => Answer::json(&shown),
        "pullSpec" => line(&shown.pull_spec),
        "name" => line(shown.name),
        "downloadURL" => line(shown.download_url),
        _ => Answer::error(400, BAD_FORMAT),
    }
}

/// What `S/latest` answers: the highest accepted version.
pub(crate) fn newest_accepted(stream: &Stream, now: Timestamp) -> Option<&Tag> {
    stream.by_version(now).into_iter().find(|tag| tag.counts_as_accepted(now))
}

/// The highest accepted version within `in` and `prefix`, `rel` steps down; the error is the answer to give.
pub fn find_latest<'a>(
    story: &'a Story,
    stream: &str,
    query: &Query,
    now: Timestamp,
) -> Result<(&'a Stream, &'a Tag), Answer> {
    let range = match query.first("in") {
        "" => None,
        text => Some(Range::parse(text).map_err(|why| {
            Answer::error(400, format_args!("error: ?in must be a valid semantic version range: {why}"))
        })?),
    };
    let steps = whole_number(query.first("rel"))
        .map_err(|why| Answer::error(400, format_args!("error: ?rel must be non-negative integer{why}")))?;
    let stream = story.stream(stream).ok_or_else(|| Answer::error(404, NO_STREAM))?;
    let within = |tag: &&Tag| {
        let version = Version::parse(&tag.name);
        range.as_ref().is_none_or(|range| version.is_ok_and(|version| range.holds(&version)))
    };
    let mut fitting = stream
        .by_version(now)
        .into_iter()
        .filter(|tag| tag.counts_as_accepted(now) && tag.name.starts_with(query.first("prefix")))
        .filter(within);
    match fitting.nth(steps.unwrap_or(0)) {
        Some(tag) => Ok((stream, tag)),
        None => Err(Answer::error(404, "no tags exist within the release that satisfy the request")),
    }
}
