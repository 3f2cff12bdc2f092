//! A release-controller of one stream whose releases lie in a registry of the team's own. It answers what weir asks for
//! before a promotion, and 404 to the rest.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Serves until the test's process ends.
pub struct Releases {
    pub url: String,
}

impl Releases {
    /// `releases`: name and pull spec, newest first; all are accepted.
    pub fn serve(stream: &str, releases: &[(String, String)]) -> Releases {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let base = format!("/api/v1/releasestream/{stream}");
        let tags: Vec<Value> = releases
            .iter()
            .map(|(name, image)| json!({"name": name, "phase": "Accepted", "pullSpec": image, "downloadURL": ""}))
            .collect();
        let mut pages = vec![
            (format!("{base}/tags"), json!({"name": stream, "tags": tags})),
            (
                "/api/v1/releasestreams/all".to_string(),
                json!({stream: releases.iter().map(|(n, _)| n).collect::<Vec<_>>()}),
            ),
        ];
        for (name, _) in releases {
            let job = json!({"state": "Succeeded", "url": "https://example.org/job", "retries": 0});
            let detail = json!({"name": name, "phase": "Accepted", "results": {"blockingJobs": {"install": job}}});
            pages.push((format!("{base}/release/{name}"), detail));
        }
        let pages = Arc::new(pages);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let pages = pages.clone();
                std::thread::spawn(move || answer(stream, &pages));
            }
        });
        Releases { url }
    }
}

fn answer(mut stream: TcpStream, pages: &[(String, Value)]) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    // The head is read to its end: a connection closed before that would be reset.
    lines.find(String::is_empty);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let found = pages.iter().find(|(page, _)| page == path).map(|(_, body)| body.to_string());
    let (line, body) = match found {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", "no such page".to_string()),
    };
    let head = format!("HTTP/1.1 {line}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
}
