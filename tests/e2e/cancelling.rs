//! A wrong run cancelled: what each way means for it, the logs saved first, the run ended.

use crate::screens::Screens;
use std::fs;
use weir_testing::key;

#[test]
fn a_run_is_cut_after_its_logs_are_saved() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.go("r", "pk8wn");
    weir.select("pk8wn");
    weir.go("X", "let it end");
    weir.see_all(&["StoppedRunFinally", "CancelledRunFinally", "cosa-buildextend", "all logs stay"]);
    // The way that cuts names what goes, and ticks the saving by itself.
    weir.press(key::DOWN);
    weir.press(key::DOWN);
    weir.see_all(&["does not run", "[x] save the logs first", "goes away with its log"]);
    weir.press(key::ENTER);
    weir.see_gone("let it end");
    weir.see_when("the run as cancelled", |screen| {
        screen.lines().any(|line| line.contains("cancelled") && line.contains("pk8wn"))
    });
    let saved: Vec<_> = fs::read_dir(weir.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    let [path] = saved.as_slice() else { panic!("{saved:?}") };
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("cosa-init") && text.lines().count() > 100, "{}", text.lines().count());
    weir.go("J", "  sent");
    weir.quit();
}

#[test]
fn a_run_that_has_ended_says_so_and_is_not_asked_about() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.select("x2g7d");
    weir.go(key::ENTER, "WHY");
    weir.press("X");
    weir.see("cancel: it has ended: failed");
    weir.quit();
}
