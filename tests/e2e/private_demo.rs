//! `--demo` is by itself: it reads nothing of the user's, and leaves nothing behind.

use crate::WEIR;
use crate::command::{finished, told};
use crate::screens::Screens;
use std::fs;
use std::path::Path;
use std::process::Command;
use weir_testing::{Home, clean_home, key};

/// Whoever opens the pipe waits forever, whoever reads the files stumbles.
fn trapped() -> Home {
    let home = clean_home();
    fs::create_dir_all(home.config().join("weir")).unwrap();
    fs::write(home.config().join("weir/config.toml"), "this is = no [config").unwrap();
    fs::create_dir_all(home.path().join(".kube")).unwrap();
    fs::write(home.path().join(".kube/config"), "{{{ no: kubeconfig").unwrap();
    let made = Command::new("mkfifo").arg(pipe(&home)).status().unwrap();
    assert!(made.success());
    home
}

fn pipe(home: &Home) -> std::path::PathBuf {
    home.path().join("pipe")
}

#[test]
fn the_traps_catch_whoever_reads_them() {
    let home = trapped();
    let said = told(&home, &["runs"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("config.toml"), "{said:?}");
}

#[test]
fn the_demo_reads_no_kubeconfig_no_config_and_no_proxy_and_leaves_nothing() {
    let home = trapped();
    let pipe = pipe(&home);
    let mut weir = Screens::at(home, &["--demo"], |launch| {
        // A proxy that is not there: only loopback is ever asked.
        let proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];
        let launch = launch.env("KUBECONFIG", &pipe);
        proxies.into_iter().fold(launch, |launch, name| launch.env(name, "http://192.0.2.1:9"))
    });
    weir.see("releases ✓");
    weir.go("r", "pk8wn");
    weir.select("pk8wn");
    weir.go("X", "let it end");
    weir.press(key::ENTER);
    weir.see_gone("let it end");
    weir.go("J", "  sent");
    let folders = weir.folders();
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    assert!(folder.join("journal.jsonl").is_file());
    assert!(!weir.home.state().join("weir").exists(), "the demo wrote into the user's state");
    let held = fs::metadata(folder.join("journal.jsonl")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&held.permissions()) & 0o777, 0o600);
    let state = weir.home.state();
    weir.quit();
    assert_eq!(entries(&state), 0);
}

#[test]
fn a_verb_of_the_demo_reads_nothing_either() {
    let home = trapped();
    let mut command = home.command(WEIR);
    command.args(["--demo", "runs"]).env("KUBECONFIG", pipe(&home));
    let said = finished(command);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(entries(&home.state()), 0);
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).map(Iterator::count).unwrap_or_default()
}
