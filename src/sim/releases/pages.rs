//! The web pages people are sent to, plain, and the redirects beside them.

use jiff::Timestamp;

use super::answer::{Answer, PAGE, html};
use super::route::Query;
use super::story::{Job, Story, Stream, Tag};
use super::{detail, lists};

const NO_ARTIFACTS: &str = "No artifacts download URL is configured, cannot show download link";

fn page(title: &str, body: &str) -> Answer {
    let title = html(title);
    Answer::new(
        200,
        PAGE,
        format!(
            "<!DOCTYPE html>\n<html>\n<head><meta charset=\"UTF-8\"><title>{title}</title></head>\n\
             <body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
        ),
    )
}

pub fn index(story: &Story) -> Answer {
    let mut body = String::from("<ul>\n");
    for stream in story.streams.iter().filter(|stream| !stream.config.end_of_life) {
        let name = html(&stream.config.name);
        body += &format!("<li><a href=\"/releasestream/{name}\">{name}</a></li>\n");
    }
    page("Release Status", &(body + "</ul>\n"))
}

/// An unknown stream is 200 with nothing in it, as on the real server.
pub fn stream(story: &Story, name: &str, now: Timestamp) -> Answer {
    let Some(stream) = story.stream(name) else {
        return Answer::empty();
    };
    let mut body = String::from("<table>\n");
    for tag in stream.listed(now) {
        let (stream, name) = (html(&stream.config.name), html(&tag.name));
        let phase = tag.phase_at(now).word();
        body += &format!(
            "<tr><td><a href=\"/releasestream/{stream}/release/{name}\">{name}</a></td><td>{phase}</td></tr>\n"
        );
    }
    page(name, &(body + "</table>\n"))
}

pub fn release(story: &Story, stream: &str, tag: &str, query: &Query, now: Timestamp) -> Answer {
    detail::find(story, stream, tag, query, now)
        .map_or_else(|error| error, |(stream, tag)| detail_page(stream, tag, now))
}

pub fn tag(story: &Story, tag: &str, query: &Query, now: Timestamp) -> Answer {
    let owner = story.tag(tag, now).map_or("", |(stream, _)| &stream.config.name);
    release(story, owner, tag, query, now)
}

fn detail_page(stream: &Stream, tag: &Tag, now: Timestamp) -> Answer {
    let mut body = format!(
        "<p>{}</p>\n<p><code>{}</code></p>\n<ul>\n",
        tag.phase_at(now).word(),
        html(&stream.pull_spec(tag, now))
    );
    for job in tag.payload_at(now).into_iter().flat_map(|payload| &payload.jobs) {
        body += &job_line(job);
    }
    body.push_str("</ul>\n");
    if let Some(by_hand) = tag.by_hand.as_ref().filter(|_| tag.overridden() == Some(tag.phase_at(now))) {
        body += &format!("<p>by hand: {}</p>\n", html(&by_hand.reason));
    }
    page(&tag.name, &body)
}

fn job_line(job: &Job) -> String {
    let (name, state) = (html(&job.name), job.state);
    match job.builds.last() {
        Some(build) => format!("<li><a href=\"{}\">{name}</a> {state:?}</li>\n", html(&job.url_of(*build))),
        None => format!("<li>{name} {state:?}</li>\n"),
    }
}

pub fn latest(story: &Story, stream: &str, query: &Query, now: Timestamp) -> Answer {
    match lists::find_latest(story, stream, query, now) {
        Ok((stream, tag)) => {
            Answer::redirect(302, "Found", format!("/releasestream/{}/release/{}", stream.config.name, tag.name))
        }
        Err(error) => error,
    }
}

pub fn latest_download(story: &Story, stream: &str, query: &Query, now: Timestamp) -> Answer {
    match lists::find_latest(story, stream, query, now) {
        Ok(_) => Answer::error(404, NO_ARTIFACTS),
        Err(error) => error,
    }
}

pub fn release_download(story: &Story, stream: &str, tag: &str, query: &Query, now: Timestamp) -> Answer {
    match detail::find(story, stream, tag, query, now) {
        Ok(_) => Answer::error(404, NO_ARTIFACTS),
        Err(error) => error,
    }
}
