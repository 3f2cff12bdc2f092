//! The rules of the design that a compiler does not hold: edges between crates, forbidden names, file sizes and headers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["src", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    found.sort();
    assert!(found.len() > 50, "the sources are found");
    found
}

fn tree(package: &str) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "-p", package])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn names(package: &str) -> BTreeSet<String> {
    tree(package).lines().filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect()
}

/// The direct dependencies on weir's own crates, as the manifests name them under `[dependencies]`.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let mut edges = BTreeMap::new();
    let mut manifests = vec![("weir".to_string(), root().join("Cargo.toml"))];
    for entry in std::fs::read_dir(root().join("src")).expect("src").flatten() {
        let manifest = entry.path().join("Cargo.toml");
        if manifest.exists() {
            manifests.push((format!("weir-{}", entry.file_name().to_string_lossy()), manifest));
        }
    }
    for (name, path) in manifests {
        let text = std::fs::read_to_string(&path).expect("a manifest");
        let mut inside = false;
        let mut needs = BTreeSet::new();
        for line in text.lines() {
            if line.starts_with('[') {
                inside = line == "[dependencies]";
            } else if inside
                && line.starts_with("weir-")
                && let Some(end) = line.find(['.', ' ', '='])
            {
                needs.insert(line[..end].to_string());
            }
        }
        edges.insert(name, needs);
    }
    edges
}

#[test]
fn crates_know_only_what_the_design_lets_them_know() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("weir-domain", &[][..]),
        ("weir-log", &[]),
        ("weir-sim", &[]),
        ("weir-client", &["weir-domain", "weir-log"]),
        ("weir-ui", &["weir-domain", "weir-log"]),
        ("weir-runtime", &["weir-client", "weir-domain", "weir-log", "weir-ui"]),
        ("weir-cli", &["weir-client", "weir-domain", "weir-log"]),
        ("weir-frames", &["weir-domain", "weir-log", "weir-ui"]),
        ("weir", &["weir-cli", "weir-client", "weir-domain", "weir-runtime", "weir-sim", "weir-ui"]),
    ]);
    for (name, needs) in edges() {
        if name == "weir-testing" {
            continue;
        }
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the design"));
        for need in needs {
            assert!(allowed.contains(&need.as_str()), "{name} must not know {need}");
        }
    }
}

#[test]
fn the_interface_cannot_name_a_terminal_or_a_client_and_the_client_no_widget() {
    let ui = names("weir-ui");
    for forbidden in ["tokio", "kube", "reqwest", "crossterm", "ratatui", "hyper", "weir-client"] {
        assert!(!ui.contains(forbidden), "weir-ui reaches {forbidden}");
    }
    let client = names("weir-client");
    for forbidden in ["ratatui", "ratatui-core", "crossterm", "weir-ui"] {
        assert!(!client.contains(forbidden), "weir-client reaches {forbidden}");
    }
    let domain = names("weir-domain");
    for forbidden in ["tokio", "kube", "reqwest", "regex", "serde_json"] {
        assert!(!domain.contains(forbidden), "weir-domain reaches {forbidden}");
    }
    assert!(!names("weir").contains("aws-lc-rs"), "one TLS provider only");
}

#[test]
fn no_file_is_long_and_every_file_says_what_it_is() {
    let mut lengths = Vec::new();
    for path in all_sources() {
        let text = std::fs::read_to_string(&path).expect("a source");
        let lines = text.lines().count();
        lengths.push(lines);
        assert!(lines <= 600, "{} has {lines} lines", path.display());
        assert!(lines <= 30 || text.starts_with("//!"), "{} does not say what it is", path.display());
        assert!(!path.ends_with("mod.rs"), "{}", path.display());
        let markers = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X:"].concat()];
        assert!(!markers.iter().any(|m| text.contains(m)), "{} has work left in it", path.display());
    }
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] <= 180, "the median file has {} lines", lengths[lengths.len() / 2]);
}

#[test]
fn the_pure_crates_read_no_clock_file_socket_or_environment() {
    for path in all_sources() {
        let place = path.strip_prefix(root()).expect("inside").to_string_lossy().into_owned();
        let pure = ["src/ui/", "src/domain/", "src/log/"].iter().any(|folder| place.starts_with(folder));
        if !pure || place.contains("/tests/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for forbidden in
            ["Timestamp::now", "Instant::now", "SystemTime", "std::fs", "std::env", "std::net", "static mut"]
        {
            assert!(!code.contains(forbidden), "{place} names {forbidden}");
        }
    }
}

#[test]
fn every_screen_has_its_stories() {
    let screens = root().join("src/ui/screens");
    for entry in std::fs::read_dir(&screens).expect("screens").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "rs") {
            let stories = root().join("tests/stories").join(entry.file_name());
            assert!(stories.exists(), "{} has no stories", path.display());
        }
    }
}

#[test]
fn nothing_outside_tests_unwraps() {
    for path in all_sources() {
        let place = path.strip_prefix(root()).expect("inside").to_string_lossy().into_owned();
        let test = place.starts_with("tests/")
            || place.starts_with("src/testing/")
            || place.contains("tests.rs")
            || place.contains("/tests/");
        if test || place.contains("/examples/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(!code.contains(".unwrap()"), "{place} unwraps");
    }
}
