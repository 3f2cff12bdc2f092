//! A client's settings for an embedded world, as `weir --demo` has them.

use std::path::PathBuf;
use weir_client::{ClusterSettings, Places, RegistrySettings, Settings, SigningKeySettings};
use weir_domain::Channel;
use weir_domain::channel::known_channels;
use weir_sim::World;

/// Two clusters, two registries, the release-controller and everything on the web, each the world's. The channels are OKD's
/// own without their CronJobs, so that no gate depends on the hour of the day. `state` is where the journal goes.
pub fn embedded_settings(world: &World, state: PathBuf) -> Settings {
    let cluster = |name: &str| ClusterSettings {
        name: name.into(),
        context: format!("demo-{name}"),
        kubeconfig: None,
        namespaces: Vec::new(),
        read_only: false,
        production: false,
    };
    let registry =
        |host: &str| RegistrySettings { host: host.into(), address: Some(world.registry_url()), cluster: None };
    let key = |(name, fingerprint, _)| SigningKeySettings { name, fingerprint, file: None };
    let web = world.web_url();
    Settings {
        kubeconfig: Some(vec![world.kubeconfig().to_path_buf()]),
        clusters: vec![cluster("moc"), cluster("app.ci")],
        releases: Some(world.releases_url()),
        payloads: Some(("app.ci".into(), "origin".into())),
        registries: vec![registry("quay.io"), registry("registry.ci.openshift.org")],
        signing_keys: world.signing_keys().into_iter().map(key).collect(),
        only_these_keys: true,
        places: Places {
            signatures: format!("{web}/openshift-ci-release/releases/signatures/openshift/release"),
            keys: format!("{web}/keys"),
            github: format!("{web}/github"),
            graph: format!("{web}/api/updates/graph"),
        },
        channels: timeless_channels(),
        state,
        closed: true,
        ..Settings::default()
    }
}

/// OKD's channels without their CronJobs: the embedded ones fire at their hour.
pub fn timeless_channels() -> Vec<Channel> {
    let mut channels = known_channels(&"moc".into(), &"app.ci".into());
    for channel in &mut channels {
        channel.promoter.clear();
        channel.clean_up.clear();
    }
    channels
}
