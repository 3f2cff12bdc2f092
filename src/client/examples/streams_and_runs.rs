//! Lists streams and runs with the shared core alone: no user interface, no weir binary.
//!
//! `cargo run -p weir-client --example streams_and_runs [CONTEXT] [RELEASE-CONTROLLER]`

use futures::StreamExt;
use weir_client::{Client, Settings};
use weir_domain::{Change, News, Watch};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let contexts = arguments.next().into_iter().collect();
    let client = Client::new(Settings { contexts, releases: arguments.next(), ..Settings::default() });
    if let Some(failure) = client.trouble() {
        eprintln!("{failure}");
        std::process::exit(4);
    }
    for endpoint in client.endpoints().into_iter().filter(|e| !e.contexts.is_empty()).take(1) {
        let mut runs = client.watch(Watch::Runs(endpoint.cluster()));
        while let Some(News::Runs(cluster, _, change)) = runs.next().await {
            match change {
                Change::Upsert(rows) => {
                    for (id, run) in rows {
                        println!("{id}  {}  {}  {}", run.status.word(), run.pipeline_name(), run.what());
                    }
                }
                Change::Complete => break,
                Change::Lost { failure, .. } => {
                    eprintln!("{cluster}: {failure}");
                    break;
                }
                _ => {}
            }
        }
    }
    if client.endpoints().iter().any(|e| e.name == "releases") {
        let mut streams = client.watch(Watch::Streams);
        while let Some(News::Streams(change)) = streams.next().await {
            match change {
                Change::Upsert(rows) => {
                    for (name, stream) in rows {
                        let newest = stream.newest().map(|r| format!("{} {}", r.phase.word(), r.name));
                        println!("{name}  {}", newest.unwrap_or_default());
                    }
                }
                Change::Complete | Change::Lost { .. } => break,
                _ => {}
            }
        }
    }
}
