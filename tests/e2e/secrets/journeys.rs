//! The journeys through the screens and the verbs of a world that leaks, and the search of all they have shown and kept.

use super::planted::Haul;
use super::site::{CHANNEL, FAILED, PROMOTED, Site};
use super::verbs;
use crate::PATIENCE;
use crate::screens::Screens;
use std::fs;
use std::path::Path;
use weir_testing::{Home, clean_home, key};

fn open(site: &Site, home: Home) -> Screens {
    let config = site.config().display().to_string();
    let log = home.path().join("weir-own.log").display().to_string();
    Screens::at(home, &["--config", &config, "--log-file", &log], |launch| {
        site.environment().into_iter().fold(launch, |launch, (name, value)| launch.env(name, value))
    })
}

/// Every byte, every frame, every copy, every file.
fn take(weir: &Screens, haul: &mut Haul) {
    haul.add("the terminal's bytes", String::from_utf8_lossy(&weir.pty.output()));
    for frame in weir.pty.frames() {
        haul.add("a frame", frame.clone());
        haul.add("a frame's words", frame.split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(""));
    }
    for copied in weir.copied() {
        haul.add("the clipboard", copied);
    }
    files(weir.home.path(), haul);
}

fn files(folder: &Path, haul: &mut Haul) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, haul);
        } else if path.is_file() {
            haul.add(path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()));
        }
    }
}

#[test]
fn no_secret_of_any_place_reaches_what_a_verb_prints_or_writes() {
    let site = Site::new();
    let (home, mut haul) = (clean_home(), Haul::default());
    verbs::a_run_that_leaks(&site, &home, &mut haul);
    verbs::all(&site, &home, &mut haul);
    site.fall_ill();
    verbs::all(&site, &home, &mut haul);
    files(home.path(), &mut haul);
    verbs::broken_files(&clean_home(), &mut haul);
    judge(&site, &haul, &["annotation"]);
}

#[test]
fn no_secret_of_any_place_reaches_the_terminal_the_clipboard_or_a_file() {
    let site = Site::new();
    let (home, mut haul) = (clean_home(), Haul::default());
    let run = verbs::a_run_that_leaks(&site, &home, &mut Haul::default());
    let mut weir = open(&site, home);
    weir.see_all(&["NEEDS YOU", "plugged ✗", "4.22.0-0.okd-scos-nightly"]);
    screens(&mut weir, &run);
    site.fall_ill();
    ill(&mut weir);
    take(&weir, &mut haul);
    weir.press(&key::ctrl('c'));
    weir.pty.exit_status(PATIENCE).unwrap_or_else(|why| panic!("{why}"));
    for (place, from) in [("step-log", ".log"), ("run-result", "the clipboard"), ("annotation", "YAML")] {
        assert!(haul.reached(place, from), "{place} was not seen in {from}");
    }
    judge(&site, &haul, &ONLY_VERBS);
}

fn judge(site: &Site, haul: &Haul, elsewhere: &[&str]) {
    let leaks = haul.leaks();
    let unproven = |place: &&str| !(elsewhere.contains(place) || NEVER_SHOWN.contains(place) && site.gave(place));
    let missed: Vec<_> = haul.missed().into_iter().filter(unproven).collect();
    assert!(
        leaks.is_empty() && missed.is_empty(),
        "nothing of these places was seen: {missed:?}; {} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

/// Images that no release names are asked for by verbs alone.
const ONLY_VERBS: [&str; 4] = ["docker-config", "registry-body", "registry-challenge", "helper-stderr"];

/// Of these weir shows nothing at all; that they gave their answer is asked of the server.
const NEVER_SHOWN: [&str; 2] = ["registry-challenge", "signature-body"];

fn screens(weir: &mut Screens, leaking: &str) {
    // A run: its why, its parameters and results, its YAML, its log kept and copied.
    weir.go("r", "STATUS");
    for run in [FAILED, PROMOTED, leaking] {
        weir.press("/");
        weir.press(&run[run.len() - 5..]);
        weir.press(key::ENTER);
        weir.see("filter: ");
        weir.select(&run[run.len() - 5..]);
        weir.press("Y");
        weir.go(key::ENTER, "tasks   parameters");
        for _ in 0..4 {
            weir.press("G");
            weir.press("Y");
            weir.press("c");
            weir.press(key::TAB);
            assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(60), PATIENCE));
        }
        weir.go("y", "kind: PipelineRun");
        weir.press("Y");
        for _ in 0..20 {
            weir.press(&key::ctrl('f'));
        }
        weir.press(&key::ctrl('s'));
        assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(60), PATIENCE));
        weir.escape("› YAML");
        weir.go("l", "whole log");
        weir.see("complete");
        weir.press("Y");
        weir.press(&key::ctrl('s'));
        weir.see("saved to");
        weir.escape("complete");
        // The form of a new run.
        weir.go("R", "weir › ");
        assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(300), PATIENCE));
        for _ in 0..40 {
            weir.press("j");
        }
        weir.press("y");
        assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(100), PATIENCE));
        for _ in 0..4 {
            left(weir);
        }
        go_to(weir, "runs", "STATUS");
    }
    decided_by_hand(weir);
    strange_release(weir);
    promoted(weir);
    for (screen, shown) in
        [("ledger", "promotions"), ("journal", "WHEN"), ("health", "endpoints"), ("messages", "weir › Messages")]
    {
        go_to(weir, screen, shown);
        settled(weir);
        for _ in 0..6 {
            weir.press("j");
            weir.press("Y");
            settled(weir);
        }
        weir.press(key::ENTER);
        settled(weir);
        weir.press("y");
        settled(weir);
        left(weir);
    }
}

/// To a screen by its name, from wherever a journey has come to: sheets and prompts are left first.
#[track_caller]
fn go_to(weir: &mut Screens, name: &str, text: &str) {
    settled(weir);
    for _ in 0..4 {
        let screen = weir.pty.screen();
        if !["Esc close", "Esc other keys"].iter().any(|hint| screen.contains(hint)) {
            break;
        }
        left(weir);
    }
    weir.command(name, text);
}

/// Escape, where what it leaves is not known: a key that follows at once would be taken for an Alt with that key.
#[track_caller]
fn left(weir: &mut Screens) {
    weir.press(key::ESCAPE);
    assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(400), PATIENCE));
}

#[track_caller]
fn settled(weir: &Screens) {
    assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(150), PATIENCE));
}

/// To the row of a stream among the releases.
#[track_caller]
fn on_stream(weir: &mut Screens, name: &str) {
    go_to(weir, "releases", "streams");
    // The bar stays where it was the last time.
    weir.press("g");
    settled(weir);
    weir.select(name);
}

/// Opens and copies each gate of a plan.
#[track_caller]
fn gate_by_gate(weir: &mut Screens) {
    for _ in 0..16 {
        weir.press(key::ENTER);
        settled(weir);
        weir.press("Y");
        left(weir);
        weir.press("j");
    }
}

/// The rejected nightly: the reason of the hand, the failing job's address, its payload, its YAML.
fn decided_by_hand(weir: &mut Screens) {
    go_to(weir, "overview", "NEEDS YOU");
    weir.see("rejected");
    weir.press("g");
    weir.select("4.22.0-0.okd-scos-nightly");
    weir.go(key::ENTER, "aws-upgrade");
    weir.press("Y");
    settled(weir);
    weir.go(key::ENTER, "attempt 3");
    weir.see("prow.example");
    weir.press("Y");
    weir.press("o");
    settled(weir);
    left(weir);
    weir.press("y");
    settled(weir);
    weir.press("Y");
    left(weir);
    weir.press("x");
    settled(weir);
    left(weir);
    go_to(weir, "overview", "NEEDS YOU");
    weir.see_when("the release's row", |screen| {
        screen.lines().any(|line| line.contains('▌') && line.contains("4.22.0-0.okd-scos-nightly"))
    });
    weir.go(key::ENTER, "aws-upgrade  ");
    weir.go(key::TAB, "Payload");
    settled(weir);
}

/// The release that nobody made, and the image whose manifests hold secrets.
fn strange_release(weir: &mut Screens) {
    on_stream(weir, "4.21.0-0.okd-scos ");
    weir.go(key::ENTER, "WHAT THE JOBS SAY");
    // A name without a time stands last.
    weir.go("G", "-name-‹hidden›");
    weir.press("c");
    weir.press("Y");
    weir.press(key::ENTER);
    settled(weir);
    weir.press("Y");
    weir.go(key::TAB, "planted");
    settled(weir);
    weir.press("Y");
    weir.press(key::ENTER);
    settled(weir);
    weir.press("Y");
    weir.press("o");
    settled(weir);
}

/// The plan with its calls, the yes, the checklist.
fn promoted(weir: &mut Screens) {
    on_stream(weir, "5.0.0-0.okd-scos-nightly");
    weir.go("P", "to promote:");
    assert!(
        weir.pty.screen().contains("to 5-scos-stable") || weir.pty.screen().contains(CHANNEL),
        "{}",
        weir.pty.screen()
    );
    // Gate by gate, then the calls.
    left(weir);
    gate_by_gate(weir);
    weir.press("y");
    settled(weir);
    weir.press("Y");
    for _ in 0..12 {
        weir.press(&key::ctrl('f'));
    }
    settled(weir);
    left(weir);
    on_stream(weir, "5.0.0-0.okd-scos-nightly");
    weir.go("P", "Type 5.0.0-okd-scos.1 to promote:");
    weir.press("5.0.0-okd-scos.1");
    weir.go(key::ENTER, "CHECKS");
    weir.see("PUBLIC ALREADY");
    weir.see_when("the mirrored image", |screen| screen.contains("✓ good     mirrored"));
    weir.press("y");
    settled(weir);
    weir.press("Y");
    left(weir);
}

/// The same plan while GitHub and the signature store are out of order.
fn ill(weir: &mut Screens) {
    on_stream(weir, "4.22.0-0.okd-scos-nightly");
    weir.go("P", "GATES");
    weir.see("nothing can be sent.");
    gate_by_gate(weir);
}
