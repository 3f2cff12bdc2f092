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
use super::route;
use super::story::Story;

/// Runs until it is dropped, by the wall's time.
pub async fn serve(story: Story, listener: TcpListener) {
    serve_by(story, listener, Timestamp::now).await;
}

/// As [`serve`], with a clock that a test may hold and step.
pub async fn serve_by(story: Story, listener: TcpListener, clock: impl Fn() -> Timestamp + Send + Sync + 'static) {
    let clock = Arc::new(clock);
    let world = Arc::new(World { story, asked: AtomicU64::new(0) });
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
                let answer = world.answer(request.uri(), clock());
                async move { Ok::<_, Infallible>(answer.into_response()) }
            });
            let connection =
                http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), service);
            // A client that goes away in the middle is its own affair.
            connection.await.ok();
        });
    }
}

struct World {
    story: Story,
    asked: AtomicU64,
}

impl World {
    fn answer(&self, uri: &http::Uri, now: Timestamp) -> Answer {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let faults = &self.story.faults;
        if faults.throttled && path.starts_with("/api/") && self.asked.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
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
        let mut answer = route::answer(&self.story, path, query, now);
        if asks_tags_of(&faults.cut_tags_of) {
            answer.body.truncate(answer.body.len() / 2);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::{broken, typical};

    fn world(story: Story) -> World {
        World { story, asked: AtomicU64::new(0) }
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
