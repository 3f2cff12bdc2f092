//! A plain HTTP server before another, or before none: what it passes on, a test may change.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: vec![("Content-Type".into(), kind.into())], body: body.into() }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Told of method and path with its query; `Some` is the answer, `None` lets the server behind give it.
type Own = dyn Fn(&str, &str) -> Option<Reply> + Send + Sync;
/// Changes an answer of the server behind.
type Change = dyn Fn(&str, Reply) -> Reply + Send + Sync;

struct Meddler {
    upstream: Option<String>,
    own: Box<Own>,
    change: Box<Change>,
}

/// Listens until the runtime ends.
pub async fn before(
    upstream: Option<&str>,
    own: impl Fn(&str, &str) -> Option<Reply> + Send + Sync + 'static,
    change: impl Fn(&str, Reply) -> Reply + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
    let address = listener.local_addr().expect("it has an address");
    let upstream = upstream.map(|url| url.trim_start_matches("http://").to_string());
    let meddler = Arc::new(Meddler { upstream, own: Box::new(own), change: Box::new(change) });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let meddler = meddler.clone();
            tokio::spawn(async move { meddler.serve(stream).await });
        }
    });
    address
}

impl Meddler {
    /// One request a connection.
    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let mut first = text.lines().next()?.split(' ');
        let (method, path) = (first.next()?.to_string(), first.next()?.to_string());
        let length = header(&text, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        while bytes.len() < head + length {
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        let reply = match ((self.own)(&method, &path), &self.upstream) {
            (Some(reply), _) => reply,
            (None, None) => Reply::text(404, "text/plain", "nothing here"),
            (None, Some(upstream)) => (self.change)(&path, pass(upstream, &text, &bytes[head..]).await?),
        };
        let mut out = format!("HTTP/1.1 {} x\r\nConnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            out += &format!("{name}: {value}\r\n");
        }
        // The length of what a HEAD asks about is the server's own.
        if !(method == "HEAD" && header(&out, "content-length").is_some()) {
            out += &format!("Content-Length: {}\r\n", reply.body.len());
        }
        stream.write_all((out + "\r\n").as_bytes()).await.ok()?;
        if method != "HEAD" {
            stream.write_all(&reply.body).await.ok()?;
        }
        stream.shutdown().await.ok()
    }
}

fn header(head: &str, wanted: &str) -> Option<String> {
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_string())
}

/// What a server says by itself.
pub async fn get(url: &str, path: &str) -> Option<Reply> {
    let upstream = url.trim_start_matches("http://");
    pass(upstream, &format!("GET {path} HTTP/1.1\r\nHost: {upstream}\r\n\r\n"), &[]).await
}

async fn pass(upstream: &str, head: &str, body: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(upstream).await.ok()?;
    let dropped = ["connection:", "accept-encoding:"];
    let kept = head.trim_end().lines().filter(|line| {
        let line = line.to_lowercase();
        !dropped.iter().any(|name| line.starts_with(name))
    });
    let asked = kept.collect::<Vec<_>>().join("\r\n") + "\r\nConnection: close\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut bytes = Vec::new();
    // A server that is asked about a body it does not send closes all the same.
    let _ = stream.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let chunked = header(&head, "transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let rest = &bytes[end + 4..];
    let body = if chunked { whole(rest)? } else { rest.to_vec() };
    let ours = ["connection", "transfer-encoding"];
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers = pairs
        .map(|(name, value)| (name.to_string(), value.trim().to_string()))
        .filter(|(name, _)| !ours.contains(&name.to_lowercase().as_str()))
        .filter(|(name, _)| body.is_empty() || !name.eq_ignore_ascii_case("content-length"))
        .collect();
    Some(Reply { status, headers, body })
}

fn whole(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
        rest = rest.get(line + 4 + size..)?;
    }
}
