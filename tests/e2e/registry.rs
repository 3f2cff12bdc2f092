//! A registry as Debian ships it: read, compared, and tagged by the way `registry-tag`.

use crate::command::{Told, told};
use crate::registry_releases::Releases;
use crate::registry_server::{HOST, Part, Registry};
use serde_json::Value;
use weir_testing::{Home, clean_home};

const REPOSITORY: &str = "team/release";
const STREAM: &str = "5.0.0-0.team";
const OLD: &str = "5.0.0-0.team-2026-11-19-031502";
const NEW: &str = "5.0.0-0.team-2026-11-20-031502";

/// Nothing beyond loopback is named in it.
fn config(home: &Home, registry: &Registry, releases: &Releases) {
    let folder = home.config().join("weir");
    std::fs::create_dir_all(&folder).expect("a new home can be written");
    let text = format!(
        r#"releases = "{releases}"

[places]
signatures = "http://127.0.0.1:9/signatures"
keys = "http://127.0.0.1:9/keys"
github = "http://127.0.0.1:9/github"
graph = "http://127.0.0.1:9/graph"

[[registry]]
host = "{HOST}"
address = "{registry}"

[[channel]]
name = "team-stable"
way = "registry-tag"
sources = "{STREAM}"
release-repository = "{HOST}/{REPOSITORY}"
tag = "stable"
"#,
        releases = releases.url,
        registry = registry.address()
    );
    std::fs::write(folder.join("config.toml"), text).expect("a new home can be written");
}

fn image(tag: &str) -> String {
    format!("{HOST}/{REPOSITORY}:{tag}")
}

fn gate(plan: &Value, id: &str) -> String {
    let gate = plan["gates"].as_array().expect("gates").iter().find(|gate| gate["id"] == id);
    let gate = gate.unwrap_or_else(|| panic!("no gate {id}: {plan}"));
    format!("{} {}", gate["verdict"].as_str().unwrap_or_default(), gate["evidence"].as_str().unwrap_or_default())
}

/// Plans and sends exactly that plan; the plan and what was told of it.
fn promoted(home: &Home, release: &str) -> (Value, Told) {
    let planned = told(home, &["promote", release, "--to", "team-stable", "--plan", "-o", "json"]).ends(0, &[]);
    let plan = planned.json();
    let id = plan["id"].as_str().expect("an id").to_string();
    let sent =
        told(home, &["promote", release, "--to", "team-stable", "--confirm", "stable", "--plan-id", &id, "-o", "json"]);
    (plan, sent)
}

#[test]
fn a_registry_of_ones_own_is_read_compared_and_tagged() {
    let Some(registry) = Registry::start() else { return };
    let (first, second, third) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
    let part = |name, commit: &str| Part { name, commit: commit.to_string().leak() };
    let old = registry.push_payload(REPOSITORY, OLD, &[part("console", &first), part("installer", &first)]);
    let new = registry.push_payload(
        REPOSITORY,
        NEW,
        &[part("console", &second), part("installer", &first), part("oauth", &third)],
    );
    let releases = Releases::serve(STREAM, &[NEW, OLD].map(|tag| (tag.to_string(), image(tag))));
    let home = clean_home();
    config(&home, &registry, &releases);

    let payload = told(&home, &["payload", &image(NEW), "-o", "json"]).ends(0, &[]).json();
    let components = payload["components"].as_array().expect("components");
    let names: Vec<&str> = components.iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(names, ["console", "installer", "oauth"], "{payload}");
    assert_eq!(components[0]["commit"], second.as_str());
    assert_eq!(components[0]["repository"], "https://github.com/example/console");

    let diff = told(&home, &["diff", &image(OLD), &image(NEW), "-o", "json"]).ends(0, &[]).json();
    let names = |kind: &str| -> Vec<&str> {
        diff[kind].as_array().expect("rows").iter().filter_map(|row| row["name"].as_str()).collect()
    };
    assert_eq!((names("changed"), names("added"), names("removed")), (vec!["console"], vec!["oauth"], vec![]));
    let compare = format!("https://github.com/example/console/compare/{first}...{second}");
    assert_eq!(diff["changed"][0]["compare"], compare.as_str());

    // A free tag, then the same tag with another release: from which digest to which, and nothing else moves.
    let (plan, sent) = promoted(&home, OLD);
    println!("{}\n{}", gate(&plan, "name-free"), sent.err);
    assert_eq!((plan["digest"].as_str(), plan["name"].as_str()), (Some(&*old), Some("stable")));
    assert!(gate(&plan, "name-free").starts_with("pass") && gate(&plan, "name-free").ends_with("is free"));
    sent.ends(0, &[]);
    assert_eq!(registry.digest(REPOSITORY, "stable").as_deref(), Some(&*old));

    let (plan, sent) = promoted(&home, NEW);
    println!("{}\n{}", gate(&plan, "name-free"), sent.err);
    let evidence = gate(&plan, "name-free");
    let short = |digest: &str| digest["sha256:".len()..][..8].to_string();
    let (from, to) = (evidence.find(&short(&old)), evidence.find(&short(&new)));
    assert!(from.is_some() && from < to, "from the old one to the new one: {evidence}");
    sent.ends(0, &[]);
    assert_eq!(registry.digest(REPOSITORY, "stable").as_deref(), Some(&*new));
    for (tag, digest) in [(OLD, old), (NEW, new)] {
        assert_eq!(registry.digest(REPOSITORY, tag).as_deref(), Some(&*digest), "{tag} is as it was");
    }
    let stable = told(&home, &["payload", &image("stable"), "-o", "json"]).ends(0, &[]).json();
    assert_eq!(stable["components"].as_array().map(Vec::len), Some(3));
}
