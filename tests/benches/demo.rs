//! The embedded world `typical`, served by another process, with the config it writes for any weir.

use futures::StreamExt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use weir_client::{Client, Settings};
use weir_domain::{ImageRef, Loaded, News, Phase, Release, Watch};

pub const STREAM: &str = "5.0.0-0.okd-scos-nightly";
pub const CHANNEL: &str = "5-scos-stable";

pub struct Demo {
    pub config: PathBuf,
    server: Child,
}

impl Demo {
    pub fn open() -> Demo {
        let mut serve = Command::new(crate::WEIR);
        serve.args(["demo", "serve", "--world", "typical"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = serve.spawn().expect("the program starts");
        let mut first = String::new();
        let out = server.stdout.take().expect("its output is a pipe");
        BufReader::new(out).read_line(&mut first).expect("it prints the kubeconfig's path");
        let config = Path::new(first.trim()).with_file_name("config.toml");
        let end = Instant::now() + Duration::from_secs(10);
        // It is written after the path is printed.
        while weir_cli::Config::read(Some(&config)).is_err() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        Demo { config, server }
    }

    /// Where the registry answers: host and port.
    pub fn registry(&self) -> String {
        let config = weir_cli::Config::read(Some(&self.config)).expect("the world wrote its config");
        let address = config.registries.first().and_then(|registry| registry.address.clone());
        address.expect("the world has a registry").replace("http://", "")
    }

    /// The newest accepted releases of the stream, newest first.
    pub async fn accepted(&self) -> Vec<(Release, ImageRef)> {
        let mut live = client(&self.config).watch(Watch::Releases(STREAM.into()));
        loop {
            let news = live.next().await.expect("a watch does not end");
            let News::Releases(_, Loaded::Known(stream)) = news else { continue };
            let mut accepted: Vec<Release> =
                stream.releases.iter().filter(|r| r.phase == Phase::Accepted).cloned().collect();
            accepted.sort_by(|a, b| b.name.cmp(&a.name));
            let image = |release: &Release| release.pull_spec.parse().expect("a pull spec of the world");
            return accepted.into_iter().map(|release| (release.clone(), image(&release))).collect();
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // SIGTERM, so that it removes its folder.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

/// A client that has asked nothing yet.
pub fn client(config: &Path) -> Client {
    let config = weir_cli::Config::read(Some(config)).expect("the world wrote its config");
    Client::new(Settings {
        clusters: config.clusters,
        releases: config.releases,
        payloads: config.payloads,
        registries: config.registries,
        signing_keys: config.signing_keys,
        only_these_keys: config.only_these_keys,
        places: config.places,
        channels: config.channels,
        state: std::env::temp_dir(),
        closed: true,
        ..Settings::default()
    })
}
