//! Serves a story over plain HTTP/1.1 with connections that are kept.
//!
//! Dropping the future closes every connection; a fault of the story is applied here and nowhere
//! else, so the answers themselves stay those of a sound server.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answer::{Answer, REDIRECT_PAGE};
use super::images::Images;
use super::route;
use super::shared::Shared;
use super::story::Story;

/// Runs until it is dropped, by the wall's time.
pub async fn serve(story: Story, images: Arc<dyn Images>, listener: TcpListener) {
    serve_by(Arc::new(Shared::new(story)), images, listener, Timestamp::now).await;
}

/// As [`serve`], with a story others may change and a clock that a test may hold and step.
pub async fn serve_by(
    story: Arc<Shared>,
    images: Arc<dyn Images>,
    listener: TcpListener,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) {
    let clock = Arc::new(clock);
    let world = Arc::new(World { story, images, asked: AtomicU64::new(0) });
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, mostly: the next connection may end meanwhile.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
        };
        let (world, clock) = (Arc::clone(&world), Arc::clone(&clock));
        connections.spawn(async move {
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let (world, clock) = (Arc::clone(&world), Arc::clone(&clock));
                async move {
                    let delay = world.delay(request.uri());
                    if !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    }
                    Ok::<_, Infallible>(world.answer(request.uri(), clock()).into_response())
                }
            });
            let connection =
                http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), service);
            // A client that goes away in the middle is its own affair.
            connection.await.ok();
        });
    }
}

struct World {
    story: Arc<Shared>,
    images: Arc<dyn Images>,
    asked: AtomicU64,
}

impl World {
    /// How long the answer takes, beside the work.
    fn delay(&self, uri: &http::Uri) -> Duration {
        if full_detail(uri) { self.story.read().faults.slow_detail } else { Duration::ZERO }
    }

    fn answer(&self, uri: &http::Uri, now: Timestamp) -> Answer {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let story = self.story.read();
        let faults = &story.faults;
        let put_off =
            faults.throttled && path.starts_with("/api/") && self.asked.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        if put_off || faults.throttled_detail && full_detail(uri) {
            let mut later = Answer::error(429, "too many requests, please try again later");
            later.headers.push((header::RETRY_AFTER, "60".into()));
            return later;
        }
        let asks_tags_of = |stream: &Option<String>| {
            stream.as_ref().is_some_and(|name| path == format!("/api/v1/releasestream/{name}/tags"))
        };
        if asks_tags_of(&faults.html_tags_of) {
            let sign_in = "<!DOCTYPE html>\n<html><head><title>Log In</title></head>\n\
                           <body><form method=\"post\">Log in with your account to go on.</form></body></html>\n";
            return Answer::new(200, REDIRECT_PAGE, sign_in);
        }
        let mut answer = route::answer(&story, self.images.as_ref(), path, query, now);
        if asks_tags_of(&faults.cut_tags_of) {
            answer.body.truncate(answer.body.len() / 2);
        }
        answer
    }
}

/// Whether a release is asked for with its changelog, which the real server has `oc` make.
fn full_detail(uri: &http::Uri) -> bool {
    let parts: Vec<&str> = uri.path().split('/').collect();
    let short = uri.query().unwrap_or_default().split('&').any(|part| part == "format=short");
    matches!(parts[..], ["", "api", "v1", "releasestream", _, "release", _]) && !short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::{NoImages, broken, typical};

    fn world(story: Story) -> World {
        World { story: Arc::new(Shared::new(story)), images: Arc::new(NoImages), asked: AtomicU64::new(0) }
    }

    fn at(minute: &str) -> Timestamp {
        format!("2026-11-21T08:{minute}:00Z").parse().unwrap()
    }

    fn ask(world: &World, path: &str, now: Timestamp) -> Answer {
        world.answer(&path.parse().unwrap(), now)
    }

    #[test]
    fn every_second_question_to_a_throttled_server_is_put_off_by_a_minute() {
        let world = world(broken(at("10")));
        let statuses: Vec<u16> = (0..4).map(|_| ask(&world, "/api/v1/releasestreams/all", at("10")).status).collect();
        assert_eq!(statuses, [200, 429, 200, 429]);
        ask(&world, "/api/v1/releasestreams/all", at("10"));
        let later = ask(&world, "/api/v1/releasestreams/all", at("10"));
        assert!(later.headers.contains(&(header::RETRY_AFTER, "60".into())));
    }

    #[test]
    fn a_throttled_changelog_puts_off_the_full_detail_only() {
        let mut story = typical(at("10"));
        story.faults.throttled_detail = true;
        let tag = story.stream("4-scos-stable").unwrap().tags[0].name.clone();
        let world = world(story);
        let path = format!("/api/v1/releasestream/4-scos-stable/release/{tag}");
        let full = ask(&world, &path, at("10"));
        assert_eq!(full.status, 429);
        assert!(full.headers.contains(&(header::RETRY_AFTER, "60".into())));
        assert_eq!(ask(&world, &format!("{path}?format=short"), at("10")).status, 200);
    }

    #[test]
    fn one_stream_answers_with_a_page_and_another_with_half_its_json() {
        let mut story = broken(at("10"));
        story.faults.throttled = false;
        let html = story.faults.html_tags_of.clone().unwrap();
        let cut = story.faults.cut_tags_of.clone().unwrap();
        let (whole, world) = (world(typical(at("10"))), world(story));
        let page = ask(&world, &format!("/api/v1/releasestream/{html}/tags"), at("10"));
        assert!(page.status == 200 && page.body.starts_with(b"<!DOCTYPE html>"));
        let path = format!("/api/v1/releasestream/{cut}/tags");
        let half = ask(&world, &path, at("10"));
        assert!(serde_json::from_slice::<serde_json::Value>(&half.body).unwrap_err().is_eof());
        assert!(ask(&whole, &path, at("10")).body.starts_with(&half.body));
    }

    #[test]
    fn a_release_that_waits_for_its_job_is_decided_while_one_watches() {
        let world = world(typical(at("10")));
        let phase = |minute| {
            let path = "/api/v1/releasestream/5.1.0-0.okd-scos-nightly/tags";
            let body: serde_json::Value = serde_json::from_slice(&ask(&world, path, at(minute)).body).unwrap();
            body["tags"][0]["phase"].as_str().unwrap().to_owned()
        };
        assert_eq!((phase("10").as_str(), phase("20").as_str()), ("Ready", "Accepted"));
    }
}
