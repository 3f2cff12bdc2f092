//! An embedded world whose servers leak: each place of [`super::planted::PLACES`] holds its canary and secrets.

use super::meddler::{self, Reply};
use super::planted::Shape::{self, *};
use super::planted::{bare, canary, one, text};
use crate::promotion::SUSPENDED;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::runtime::Runtime;
use weir_cli::Config;
use weir_client::{ClusterSettings, Places, RegistrySettings, SigningKeySettings};
use weir_domain::channel::known_channels;
use weir_sim::{World, WorldKind};
use weir_testing::{Home, clean_home};

/// The stream of the newest rejected nightly, and of the one that is promoted.
pub const REJECTING: &str = "4.22.0-0.okd-scos-nightly";
pub const SOURCE: &str = "5.0.0-0.okd-scos-nightly";
pub const CHANNEL: &str = "5-scos-stable";
/// A stream with a release that nobody made.
pub const CI: &str = "4.21.0-0.okd-scos";
/// A stream that cannot be read.
pub const UNREADABLE: &str = "5.1.0-0.okd-scos-nightly";
pub const FAILED: &str = "okd-coreos-4.18-prod-pipelinerun-x2g7d";
pub const PROMOTED: &str = "okd-release-next-pipelinerun-5v9wt";

pub struct Site {
    /// kubeconfigs, the config and docker's files: they hold secrets by their nature.
    pub sources: Home,
    pub rejected: String,
    pub accepted: String,
    /// From when it is set, GitHub and the signature store are out of order.
    pub ill: Arc<AtomicBool>,
    /// Places that have given their answer.
    given: Arc<Mutex<BTreeSet<&'static str>>>,
    _world: World,
    _runtime: Runtime,
}

impl Site {
    pub fn new() -> Site {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads can be started");
        let (world, addresses, given, ill) = runtime.block_on(servers());
        let sources = clean_home();
        write_sources(sources.path(), &world, &addresses);
        let (rejected, accepted) = runtime.block_on(async {
            (newest(&world, REJECTING, "Rejected").await, newest(&world, SOURCE, "Accepted").await)
        });
        plant(&world, &rejected, &accepted);
        Site { sources, rejected, accepted, ill, given, _world: world, _runtime: runtime }
    }

    pub fn fall_ill(&self) {
        self.ill.store(true, Ordering::SeqCst);
    }

    pub fn gave(&self, place: &str) -> bool {
        self.given.lock().expect("no answer panics").contains(place)
    }

    pub fn config(&self) -> PathBuf {
        self.sources.path().join("config.toml")
    }

    /// What the program is started with: where docker's files are, and where its helpers.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = self.sources.path().display();
        let path = std::env::var("PATH").unwrap_or_default();
        vec![
            ("DOCKER_CONFIG", format!("{folder}/{}", canary("docker-config"))),
            ("PATH", format!("{folder}/bin:{path}")),
            ("GH_TOKEN", one("docker-config", GitHub)),
        ]
    }
}

/// The newest release of a stream in this phase.
async fn newest(world: &World, stream: &str, phase: &str) -> String {
    let reply = meddler::get(&world.releases_url(), &format!("/api/v1/releasestream/{stream}/tags")).await;
    let body: Value = serde_json::from_slice(&reply.expect("it answers").body).expect("JSON");
    let mut tags = body["tags"].as_array().into_iter().flatten();
    let found = tags.find(|tag| tag["phase"] == phase).and_then(|tag| tag["name"].as_str());
    found.expect("the story has one").to_string()
}

struct Addresses {
    registry: String,
    releases: SocketAddr,
    web: SocketAddr,
    errors: SocketAddr,
    challenge: SocketAddr,
    payload: SocketAddr,
    cluster: SocketAddr,
}

type Given = Arc<Mutex<BTreeSet<&'static str>>>;

async fn servers() -> (World, Addresses, Given, Arc<AtomicBool>) {
    let world = World::start(WorldKind::Typical).await.expect("the world starts");
    world.web().faults(|faults| faults.github_limit = 100_000);
    let given = Given::default();
    let ill = Arc::new(AtomicBool::new(false));
    let giving = |place: &'static str| {
        let given = given.clone();
        move || {
            given.lock().expect("no answer panics").insert(place);
        }
    };
    let same = |_: &str, reply| reply;

    let unreadable = giving("controller-body");
    let releases = meddler::before(
        Some(&world.releases_url()),
        move |_, path| {
            let broken = path.contains(&format!("/releasestream/{UNREADABLE}/"));
            broken.then(|| {
                unreadable();
                Reply::text(500, "text/plain", text("controller-body", &[Flag, OpenShift, Address]))
            })
        },
        tell_of_releases,
    )
    .await;

    let (sick, signature, github) = (ill.clone(), giving("signature-body"), giving("github-body"));
    let web = meddler::before(
        Some(&world.web_url()),
        move |_, path| {
            if !sick.load(Ordering::SeqCst) {
                return None;
            }
            if path.starts_with("/github") {
                github();
                let message = text("github-body", &[Header, GitHub, Jwt]);
                return Some(Reply::text(403, "application/json", json!({"message": message}).to_string()));
            }
            path.contains("/signatures/").then(|| {
                signature();
                Reply::text(500, "text/plain", text("signature-body", &[Matrix, Flag]))
            })
        },
        same,
    )
    .await;

    let errors = meddler::before(
        None,
        |_, path| {
            if path == "/v2/" {
                let value = "Basic realm=\"errors\"";
                return Some(Reply::text(401, "application/json", "{}").with("WWW-Authenticate", value));
            }
            let message = text("registry-body", &[Flag, GitHub, Address]);
            let body =
                json!({"errors": [{"code": "DENIED", "message": message, "detail": text("registry-body", &[Docker])}]});
            Some(Reply::text(403, "application/json", body.to_string()))
        },
        same,
    )
    .await;
    let challenging = giving("registry-challenge");
    let challenge = meddler::before(
        None,
        move |_, path| {
            if path.starts_with("/token") {
                challenging();
                let message = text("registry-challenge", &[Matrix, Flag]);
                let body = json!({"errors": [{"code": "UNAUTHORIZED", "message": message}]});
                return Some(Reply::text(401, "application/json", body.to_string()));
            }
            // A realm that is no whole address is the registry's own.
            let token = one("registry-challenge", GitHub);
            let (realm, error) = (format!("/token?account={token}"), one("registry-challenge", OpenShift));
            let value = format!("Bearer realm=\"{realm}\",service=\"{token}\",error=\"{error}\"");
            Some(Reply::text(401, "application/json", "{}").with("WWW-Authenticate", value))
        },
        same,
    )
    .await;
    let image = Image::new();
    let payload = meddler::before(None, move |_, path| image.answer(path), same).await;
    let cluster = meddler::before(
        None,
        |_, _| {
            let message = text("status-message", &[Flag, Header, OpenShift, Jwt, Address]);
            let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden", "message": message});
            Some(Reply::text(403, "application/json", body.to_string()))
        },
        same,
    )
    .await;
    let registry = world.registry_url();
    (world, Addresses { registry, releases, web, errors, challenge, payload, cluster }, given, ill)
}

/// The release-controller's answers with what nobody should ever have put there.
fn tell_of_releases(path: &str, mut reply: Reply) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    if path.ends_with(&format!("/releasestream/{CI}/tags")) {
        let tags = body["tags"].as_array_mut().expect("a list of tags");
        tags.insert(
            0,
            json!({"name": strange_release(), "phase": "Accepted", "pullSpec": strange_image(), "downloadURL": ""}),
        );
    }
    if path.contains(&format!("/releasestream/{CI}/release/")) && path.contains("canary") {
        body = json!({"name": strange_release(), "phase": "Accepted", "results": {}});
        reply.status = 200;
    }
    if path.ends_with(&format!("/releasestream/{REJECTING}/tags"))
        && let Some(tag) =
            body["tags"].as_array_mut().and_then(|tags| tags.iter_mut().find(|t| t["phase"] == "Rejected"))
    {
        tag["pullSpec"] =
            format!("{} {}", tag["pullSpec"].as_str().unwrap_or_default(), text("pull-spec", &[Address, GitHub]))
                .into();
    }
    if path.contains(&format!("/releasestream/{REJECTING}/release/")) {
        for job in body["results"]["blockingJobs"].as_object_mut().into_iter().flat_map(|jobs| jobs.values_mut()) {
            if job["state"] == "Failed" {
                job["url"] = job_url().into();
            }
        }
    }
    reply.body = body.to_string().into_bytes();
    reply
}

/// A job's address, as the page and the ReleasePayload have it.
fn job_url() -> String {
    let (password, token) = (bare("job-url", Address), bare("job-url", Flag));
    format!("https://robot:{password}@prow.example/{}?access_token={token}", canary("job-url"))
}

/// A name that no release-controller would give.
pub fn strange_release() -> String {
    format!("{CI}-{}-{}", canary("release-name"), one("release-name", GitHub))
}

/// The image of [`strange_release`].
pub fn strange_image() -> &'static str {
    "payload.example/planted/references:1"
}

/// A payload whose manifests hold secrets, and whose digests are right.
struct Image {
    manifest: Vec<u8>,
    blobs: Vec<(String, Vec<u8>)>,
}

fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().fold("sha256:".to_string(), |hex, byte| hex + &format!("{byte:02x}"))
}

impl Image {
    fn new() -> Image {
        let said = |shapes: &[Shape]| text("references", shapes);
        let component = json!({
            "name": "planted",
            "annotations": {
                "io.openshift.build.commit.id": said(&[GitHub]),
                "io.openshift.build.commit.ref": said(&[Matrix]),
                "io.openshift.build.source-location": format!("https://robot:{}@github.com/okd/{}", bare("references", Address), canary("references")),
                "io.openshift.build.versions": format!("kubernetes={}", one("references", OpenShift)),
                "io.openshift.build.version-display-names": format!("kubernetes={}", one("references", Jwt)),
            },
            "from": {"kind": "DockerImage", "name": format!("payload.example/planted/content@{}", digest(b"content"))},
        });
        let odd = json!({"name": said(&[Flag]), "from": {"name": said(&[Address, Header])}});
        let references = json!({
            "kind": "ImageStream", "apiVersion": "image.openshift.io/v1",
            "metadata": {"name": "4.21.0-planted", "annotations": {"release.openshift.io/from-release": said(&[Docker])}},
            "spec": {"tags": [component, odd]},
        });
        let metadata = json!({"kind": "cincinnati-metadata-v0", "version": one("references", GitHub), "previous": [said(&[Header])]});
        let mut archive = tar::Builder::new(Vec::new());
        for (name, value) in [("image-references", references), ("release-metadata", metadata)] {
            let bytes = serde_json::to_vec(&value).expect("JSON");
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive
                .append_data(&mut header, format!("release-manifests/{name}"), &*bytes)
                .expect("memory can be written");
        }
        let tar = archive.into_inner().expect("memory can be written");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &tar).expect("memory can be written");
        let layer = packed.finish().expect("memory can be written");
        let config = json!({"architecture": one("references", GitHub), "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(&tar)]}});
        let config = config.to_string().into_bytes();
        let kind = "application/vnd.docker";
        let manifest = json!({
            "schemaVersion": 2, "mediaType": format!("{kind}.distribution.manifest.v2+json"),
            "config": {"mediaType": format!("{kind}.container.image.v1+json"), "size": config.len(), "digest": digest(&config)},
            "layers": [{"mediaType": format!("{kind}.image.rootfs.diff.tar.gzip"), "size": layer.len(), "digest": digest(&layer)}],
        });
        let blobs = vec![(digest(&config), config), (digest(&layer), layer)];
        Image { manifest: manifest.to_string().into_bytes(), blobs }
    }

    fn answer(&self, path: &str) -> std::option::Option<Reply> {
        if path == "/v2/" {
            return Some(Reply::text(200, "application/json", "{}"));
        }
        if path.contains("/planted/references/manifests/") {
            let kind = "application/vnd.docker.distribution.manifest.v2+json";
            let name = digest(&self.manifest);
            return Some(Reply::text(200, kind, self.manifest.clone()).with("Docker-Content-Digest", name));
        }
        let blob = self.blobs.iter().find(|(digest, _)| path.ends_with(digest.as_str()))?;
        Some(Reply::text(200, "application/octet-stream", blob.1.clone()))
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be written");
    fs::write(path, text).expect("the folder can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the file is ours");
}

fn write_sources(folder: &Path, world: &World, at: &Addresses) {
    let plugin = folder.join("bin/log-in");
    write(&plugin, &format!("#!/bin/sh\necho '{}' >&2\nexit 3\n", text("exec-stderr", &[Flag, Header, Jwt])), 0o700);
    let helper = folder.join(format!("bin/docker-credential-{}", canary("helper-stderr")));
    write(
        &helper,
        &format!("#!/bin/sh\necho '{}' | tee /dev/stderr\nexit 3\n", text("helper-stderr", &[Flag, GitHub])),
        0o700,
    );
    let auth = STANDARD.encode(format!("robot:{}", bare("docker-config", Docker)));
    let docker = json!({
        "auths": {"error.example": {"auth": auth}, "challenge.example": {"identitytoken": bare("docker-config", Jwt)}},
        "credHelpers": {"helper.example": canary("helper-stderr")},
    });
    write(&folder.join(canary("docker-config")).join("config.json"), &docker.to_string(), 0o600);

    let here = |name: &str| canary(name);
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "refuses",
        "clusters": [
            {"name": "refuses", "cluster": {"server": format!("http://robot:{}@{}", bare("kubeconfig", Address), at.cluster)}},
            {"name": "proxied", "cluster": {"server": "https://api.proxied.invalid:6443", "proxy-url": format!("http://robot:{}@127.0.0.1:9/", bare("proxy-url", Address))}},
            {"name": "plugged", "cluster": {"server": "https://api.plugged.invalid:6443"}},
        ],
        "users": [
            {"name": "token", "user": {"token": one("kubeconfig", OpenShift)}},
            {"name": "word", "user": {"username": "robot", "password": bare("kubeconfig", Flag)}},
            {"name": "plugin", "user": {"exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "command": plugin, "interactiveMode": "IfAvailable",
                "args": [format!("--token={}", bare("kubeconfig", Header)), bare("kubeconfig", Matrix)],
                "env": [{"name": "LOG_IN_SECRET", "value": bare("kubeconfig", Jwt)}],
            }}},
        ],
        "contexts": [
            {"name": "refuses", "context": {"cluster": "refuses", "user": "token", "namespace": "okd"}},
            {"name": "proxied", "context": {"cluster": "proxied", "user": "word", "namespace": "okd"}},
            {"name": "plugged", "context": {"cluster": "plugged", "user": "plugin", "namespace": "okd"}},
        ],
    });
    let own = folder.join("kubeconfig");
    write(&own, &kubeconfig.to_string(), 0o600);

    let cluster = |name: &str, context: &str, kubeconfig: &Path| ClusterSettings {
        name: name.into(),
        context: context.into(),
        kubeconfig: Some(kubeconfig.to_path_buf()),
        namespaces: Vec::new(),
        read_only: false,
        production: false,
    };
    let registry =
        |host: &str, address: String| RegistrySettings { host: host.into(), address: Some(address), cluster: None };
    let web = format!("http://{}", at.web);
    let mut channels = known_channels(&"moc".into(), &"app.ci".into());
    for channel in &mut channels {
        // No gate depends on the hour of the day.
        channel.promoter = SUSPENDED.into();
        channel.clean_up = SUSPENDED.into();
    }
    let config = Config {
        clusters: vec![
            cluster("moc", "demo-moc", world.kubeconfig()),
            cluster("app.ci", "demo-app.ci", world.kubeconfig()),
            cluster(&here("kubeconfig"), "refuses", &own),
            cluster(&here("proxy-url"), "proxied", &own),
            cluster("plugged", "plugged", &own),
        ],
        releases: Some(format!("http://{}", at.releases)),
        payloads: Some(("app.ci".into(), "origin".into())),
        registries: vec![
            registry("quay.io", at.registry.clone()),
            registry("registry.ci.openshift.org", at.registry.clone()),
            registry("error.example", format!("http://{}", at.errors)),
            registry("challenge.example", format!("http://{}", at.challenge)),
            registry("helper.example", format!("http://{}", at.errors)),
            registry("payload.example", format!("http://{}", at.payload)),
        ],
        signing_keys: world
            .signing_keys()
            .into_iter()
            .map(|(name, fingerprint, _)| SigningKeySettings { name, fingerprint, file: None })
            .collect(),
        only_these_keys: true,
        places: Places {
            signatures: format!("{web}/openshift-ci-release/releases/signatures/openshift/release"),
            keys: format!("{web}/keys"),
            github: format!("{web}/github"),
            graph: format!("{web}/api/updates/graph"),
        },
        channels,
        ..Config::default()
    };
    write(&folder.join("config.toml"), &config.to_toml(), 0o600);
}

/// What clusters and the signature store hold before weir comes.
fn plant(world: &World, rejected: &str, accepted: &str) {
    let control = world.control();
    let run = |name: &str, change: &dyn Fn(&mut Value)| {
        assert!(
            control.edit("moc", "pipelineruns", "okd-coreos", name, |object| change(object)),
            "there is a run {name}"
        );
    };
    run(PROMOTED, &|object| {
        let results = &mut object["status"]["results"];
        let mut all = results.as_array().cloned().unwrap_or_default();
        for shape in super::planted::ALL {
            all.push(json!({"name": format!("r-{shape:?}").to_lowercase(), "value": text("run-result", &[shape])}));
        }
        *results = all.into();
        let params = object["spec"]["params"].as_array_mut().expect("it has parameters");
        for shape in super::planted::ALL {
            params.push(json!({"name": format!("p-{shape:?}").to_lowercase(), "value": text("parameter", &[shape])}));
        }
        params.push(json!({"name": "api-token", "value": bare("parameter", Flag)}));
        for shape in super::planted::ALL {
            object["metadata"]["annotations"][format!("planted/{shape:?}").to_lowercase()] =
                text("annotation", &[shape]).into();
        }
    });
    run(FAILED, &|object| {
        let condition = &mut object["status"]["conditions"][0];
        condition["message"] = text("condition", &[Flag, OpenShift, Address]).into();
    });
    let task = format!("{PROMOTED}-pick-target-release-name");
    let planted = control.edit("moc", "taskruns", "okd-coreos", &task, |object| {
        let result = |shape| json!({"name": format!("t-{shape:?}").to_lowercase(), "type": "string", "value": text("task-result", &[shape])});
        object["status"]["results"] = super::planted::ALL.map(result).to_vec().into();
    });
    assert!(planted, "there is a TaskRun {task}");
    for task in weir_domain::pinned::task_names() {
        control.edit("moc", "tasks", "okd-coreos", task, |object| {
            object["metadata"]["annotations"]["testbed/step-seconds"] = "1".into();
        });
    }
    control.decide("app.ci", rejected, Some(("Rejected", &text("override-reason", &[Flag, GitHub, Header]))));
    let planted = control.edit("app.ci", "releasepayloads", "origin", rejected, |object| {
        for job in object["status"]["blockingJobResults"].as_array_mut().into_iter().flatten() {
            for run in job["results"].as_array_mut().into_iter().flatten().filter(|run| run["state"] == "Failure") {
                run["humanProwResultsURL"] = job_url().into();
            }
        }
    });
    assert!(planted, "there is a ReleasePayload {rejected}");
    let digest = world.registry().digest("origin/release-scos", accepted).expect("it has an image");
    world.web().sign(&digest, &text("signature-reference", &[Address, GitHub, Flag]));
}
