//! Payloads and plans on the embedded world: read, compared, asked for without credentials, planned; beside skopeo where
//! it is on PATH. The first round, for which the world makes its images, does not count.

use crate::child::{self, Told};
use crate::demo::Demo;
use crate::heavy::Heavy;
use crate::paper::{figure, figures, median};
use crate::place::runtime;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use weir_domain::ImageRef;
use weir_testing::clean_home;

/// Requests at a time, as the client has them.
const AT_ONCE: usize = 16;

pub fn payload(demo: &Demo) {
    let accepted = runtime().block_on(demo.accepted());
    let [(newer, image), (older, _), ..] = &accepted[..] else {
        return figure("payloads", "the stream has no two accepted releases", "");
    };
    let config = demo.config.display().to_string();
    let place = format!("docker://{}/{}:{}", demo.registry(), image.repository, newer.name);
    let (mut lists, mut diffs, mut whole, mut peer) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=crate::TIMES {
        let list = child::told(&["list", &config, &newer.name]);
        let diff = child::told(&["diff", &config, &older.name, &newer.name]);
        let program = by_weir(&config, image);
        let skopeo = by_skopeo(&place);
        if round > 0 {
            lists.push(list);
            diffs.push(diff);
            whole.push(program);
            peer.extend(skopeo);
        }
    }
    let many = median(&of(&lists, "components"));
    figures(&format!("payload of {many:.0} components: key → list on screen"), of(&lists, "millis"), "ms", "≤ 250 ms");
    figures("diff of two such payloads: key → on screen", of(&diffs, "millis"), "ms", "≤ 400 ms");
    figures("`weir payload IMAGE -o json`, exec → exit", whole, "ms", "");
    if peer.is_empty() {
        figure("`skopeo copy` of the same payload to a folder", "no skopeo on PATH", "");
    } else {
        figures("`skopeo copy` of the same payload to a folder", peer, "ms", "");
    }
}

/// With the world's config and a home of its own.
fn by_weir(config: &str, image: &ImageRef) -> f64 {
    let home = clean_home();
    let mut command = home.command(crate::WEIR);
    command.args(["--config", config, "payload", &image.to_string(), "-o", "json"]);
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).status().expect("the program starts");
    assert!(status.success(), "weir payload ended with {status}");
    begun.elapsed().as_secs_f64() * 1e3
}

/// `None`: there is none, or it failed.
fn by_skopeo(place: &str) -> Option<f64> {
    let home = clean_home();
    let folder = format!("dir:{}", home.path().join("payload").display());
    let mut command = Command::new("skopeo");
    command.args(["--insecure-policy", "copy", "--src-tls-verify=false", "--src-no-creds", place, &folder]);
    quiet(command)
}

fn quiet(mut command: Command) -> Option<f64> {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| begun.elapsed().as_secs_f64() * 1e3)
}

pub fn pullable(demo: &Demo) {
    let Some((_, image)) = runtime().block_on(demo.accepted()).into_iter().next() else {
        return figure("pullability", "the stream has no accepted release", "");
    };
    let config = demo.config.display().to_string();
    let mut rounds: Vec<Told> = Vec::new();
    for round in 0..=crate::TIMES {
        let told = child::told(&["weigh", &config, &image.to_string()]);
        if round > 0 {
            rounds.push(told);
        }
    }
    let many = median(&of(&rounds, "components"));
    let name = format!("{many:.0} anonymous pullability checks, {AT_ONCE} at a time: first");
    figures(&name, of(&rounds, "millis"), "ms", "");
    figures("  the same again", of(&rounds, "again"), "ms", "");
    figures("  components that cannot be pulled", of(&rounds, "refused"), "", "");
    match each_by_skopeo(demo, &image) {
        Some(took) => figures("  `skopeo inspect --raw` of each, 16 at a time", vec![took], "ms", ""),
        None => figure("  `skopeo inspect --raw` of each, 16 at a time", "no skopeo on PATH", ""),
    }
}

/// Once: it takes a process for each of them.
fn each_by_skopeo(demo: &Demo, image: &ImageRef) -> Option<f64> {
    let query = weir_domain::Query::Payload(image.clone());
    let answer = runtime().block_on(crate::demo::client(&demo.config).fetch(query));
    let Ok(weir_domain::Answer::Payload(payload)) = answer else { panic!("{answer:?}") };
    let (registry, next) = (demo.registry(), AtomicUsize::new(0));
    let inspect = || -> Option<()> {
        while let Some(component) = payload.components.get(next.fetch_add(1, Ordering::Relaxed)) {
            let place = format!("docker://{registry}/{}@{}", component.image.repository, component.digest);
            let mut command = Command::new("skopeo");
            command.args(["inspect", "--raw", "--tls-verify=false", "--no-creds", &place]);
            quiet(command)?;
        }
        Some(())
    };
    let begun = Instant::now();
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(inspect)).collect();
        threads.into_iter().all(|thread| thread.join().is_ok_and(|done| done.is_some()))
    });
    all.then(|| begun.elapsed().as_secs_f64() * 1e3)
}

pub fn plan(demo: &Demo) {
    let Some((release, _)) = runtime().block_on(demo.accepted()).into_iter().next() else {
        return figure("plan", "the stream has no accepted release", "");
    };
    let config = demo.config.display().to_string();
    let mut rounds: Vec<Told> = Vec::new();
    for round in 0..=crate::TIMES {
        let told = child::told(&["plan", &config, &release.name]);
        if round > 0 {
            rounds.push(told);
        }
    }
    let count = |what: &str| median(&of(&rounds, what));
    let name = format!("plan with all {:.0} gates, a client that has asked nothing", count("gates"));
    figures(&name, of(&rounds, "millis"), "ms", "≤ 2000 ms");
    figures("  the same again", of(&rounds, "again"), "ms", "≤ 2000 ms");
    let words = ["passed", "warned", "blocked", "unknown"].map(|what| format!("{:.0} {what}", count(what)));
    figure("  its gates", &words.join(", "), "0 unknown");
}

pub fn memory(_: &Demo) {
    let heavy = Heavy::open();
    let mut rounds: Vec<Told> = Vec::new();
    for _ in 0..crate::TIMES {
        rounds.push(child::told(&["heavy", &heavy.address, &heavy.image]));
    }
    let name = format!("memory while a layer of {:.0} MB is read, above idle", heavy.size as f64 / 1e6);
    figures(&name, of(&rounds, "above"), "MB", "≤ 40 MB");
    figures("  idle: model and client, nothing asked", of(&rounds, "idle"), "MB", "");
    figures("  how long it took", of(&rounds, "millis"), "ms", "");
}

fn of(told: &[Told], what: &str) -> Vec<f64> {
    told.iter().map(|told| told.value(what)).collect()
}
