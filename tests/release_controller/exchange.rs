//! Recorded exchanges as files, and a client that shows a reply exactly as it came over the wire.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[derive(Debug)]
pub struct Exchange {
    pub name: String,
    /// The head as it was sent, without the blank line.
    pub request: Vec<String>,
    pub reply: Reply,
}

#[derive(Clone, Debug)]
pub struct Reply {
    /// The whole status line.
    pub status: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Exchange {
    /// All of them, by number.
    pub fn recorded() -> Vec<Exchange> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/release_controller/recorded");
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let mut requests: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "request")).collect();
        requests.sort();
        requests.iter().map(|path| Exchange::read(path)).collect()
    }

    fn read(request: &Path) -> Exchange {
        let text = |end: &str| std::fs::read_to_string(request.with_extension(end)).unwrap();
        let head = text("headers");
        let (status, headers) = head.split_once('\n').unwrap_or((&head, ""));
        Exchange {
            name: request.file_stem().unwrap().to_string_lossy().into_owned(),
            request: text("request").lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect(),
            reply: Reply {
                status: status.to_owned(),
                headers: headers.lines().filter_map(header).collect(),
                body: std::fs::read(request.with_extension("body")).unwrap(),
            },
        }
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.to_owned(), value.trim_end().to_owned()))
}

/// One connection, used for every request: a server that closed it early would be noticed.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    pub async fn send(&mut self, request: &[String]) -> Reply {
        let head = request.join("\r\n") + "\r\n\r\n";
        self.0.get_mut().write_all(head.as_bytes()).await.unwrap();
        let status = self.line().await;
        let mut headers = BTreeMap::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = header(&line) else { break };
            headers.insert(name, value);
        }
        let mut body = Vec::new();
        if !head.starts_with("HEAD ") {
            match headers.get("Content-Length") {
                Some(length) => self.take(length.parse().unwrap(), &mut body).await,
                None => loop {
                    let size = usize::from_str_radix(&self.line().await, 16).unwrap();
                    self.take(size, &mut body).await;
                    assert_eq!(self.line().await, "");
                    if size == 0 {
                        break;
                    }
                },
            }
        }
        Reply { status, headers, body }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    async fn take(&mut self, size: usize, body: &mut Vec<u8>) {
        let start = body.len();
        body.resize(start + size, 0);
        self.0.read_exact(&mut body[start..]).await.unwrap();
    }
}
