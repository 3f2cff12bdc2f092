//! The embedded world: started for `--demo`, served alone by `demo serve`.

use std::io::Write;
use std::path::PathBuf;
use weir_cli::{Arguments, Config, World as Name};
use weir_client::{ClusterSettings, Places, RegistrySettings, Settings, SigningKeySettings};
use weir_domain::Channel;
use weir_domain::channel::known_channels;
use weir_sim::{World, WorldKind};

pub async fn start(name: Name) -> Result<World, String> {
    let kind = match name {
        Name::Typical => WorldKind::Typical,
        Name::Huge => WorldKind::Huge,
        Name::Broken => WorldKind::Broken,
    };
    World::start(kind).await.map_err(|error| format!("cannot start the embedded world: {error}"))
}

/// The client's settings for a world: its own kubeconfig, loopback only, the journal in its temporary folder.
pub fn settings(world: &World, arguments: &Arguments) -> Settings {
    Settings {
        kubeconfig: Some(vec![world.kubeconfig().to_path_buf()]),
        state: world.folder().to_path_buf(),
        closed: true,
        ..crate::settings(&config(world), arguments)
    }
}

/// The config by which any weir finds the world.
fn config(world: &World) -> Config {
    let cluster = |name: &str| ClusterSettings {
        name: name.into(),
        context: format!("demo-{name}"),
        kubeconfig: None,
        namespaces: Vec::new(),
        read_only: false,
        production: false,
    };
    Config {
        clusters: world.clusters().iter().map(|c| cluster(&c.name)).collect(),
        releases: Some(world.releases_url()),
        payloads: Some(("app.ci".into(), "origin".into())),
        registries: ["quay.io", "registry.ci.openshift.org"].map(|host| registry(host, world)).into(),
        signing_keys: world
            .signing_keys()
            .into_iter()
            .map(|(name, fingerprint, _)| SigningKeySettings { name, fingerprint, file: None })
            .collect(),
        only_these_keys: true,
        places: places(&world.web_url()),
        channels: channels(),
        ..Config::default()
    }
}

/// Every registry of the story is the embedded one.
fn registry(host: &str, world: &World) -> RegistrySettings {
    RegistrySettings { host: host.into(), address: Some(world.registry_url()), cluster: None }
}

fn places(web: &str) -> Places {
    Places {
        signatures: format!("{web}/openshift-ci-release/releases/signatures/openshift/release"),
        keys: format!("{web}/keys"),
        github: format!("{web}/github"),
        graph: format!("{web}/api/updates/graph"),
    }
}

/// OKD's channels between the embedded clusters.
pub fn channels() -> Vec<Channel> {
    known_channels(&"moc".into(), &"app.ci".into())
}

/// The config beside the kubeconfig, for `weir --config FILE`. It goes with the world's folder.
fn written(world: &World) -> std::io::Result<PathBuf> {
    let mut config = config(world);
    for cluster in &mut config.clusters {
        cluster.kubeconfig = Some(world.kubeconfig().to_path_buf());
    }
    let path = world.folder().join("config.toml");
    std::fs::write(&path, config.to_toml())?;
    Ok(path)
}

/// Serves until a signal. The first line printed is the kubeconfig's path.
pub async fn serve(name: Name) -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        eprintln!("weir: cannot listen for signals");
        return crate::UNREACHABLE;
    };
    let world = match start(name).await {
        Ok(world) => world,
        Err(why) => {
            eprintln!("weir: {why}");
            return crate::UNREACHABLE;
        }
    };
    let mut out = std::io::stdout();
    let printed = writeln!(out, "{}", world.kubeconfig().display()).and_then(|()| out.flush());
    if printed.is_err() {
        return 1;
    }
    match written(&world) {
        Ok(path) => eprintln!("config at {}", path.display()),
        Err(error) => eprintln!("weir: cannot write the world's config: {error}"),
    }
    for cluster in world.clusters() {
        eprintln!("cluster {} at {}", cluster.name, cluster.server);
    }
    eprintln!("releases at {}", world.releases_url());
    eprintln!("serving the {} world until Ctrl-C", name.name());
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    0
}
