//! Other sizes while it runs: more columns, hardly a cell, and back.

use crate::screens::Screens;
use std::time::Duration;
use weir_testing::key;

#[test]
fn a_key_that_comes_with_a_resize_is_not_lost() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    for round in 0..12 {
        let (keys, text) = if round % 2 == 0 { ("r", "weir › Runs") } else { ("H", "weir › Health") };
        weir.press(keys);
        weir.pty.resize(80 + round, 24);
        weir.see(text);
    }
    weir.quit();
}

#[test]
fn a_wide_screen_shows_more_and_a_tiny_one_breaks_nothing() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.go("r", "weir › Runs");
    weir.see("x2g7d");
    assert!(!weir.pty.screen().contains("STARTED BY"));
    weir.pty.resize(160, 48);
    weir.see_all(&["STARTED BY", "okd-release-next-trial-p9hdk", "? help"]);
    weir.pty.resize(1, 1);
    assert!(weir.pty.wait_quiet(Duration::from_millis(100), crate::PATIENCE));
    // The keys go on meaning something, whatever can be seen of it.
    for keys in ["?", key::ESCAPE, "H", "x", key::ESCAPE, ":", key::ESCAPE, "L", "r"] {
        weir.press(keys);
        // A lone escape must not become the start of a sequence, and hardly anything is written that could be waited for.
        let quiet = if keys == key::ESCAPE { 2000 } else { 100 };
        assert!(weir.pty.wait_quiet(Duration::from_millis(quiet), crate::PATIENCE));
    }
    weir.pty.resize(80, 24);
    weir.see_all(&["weir › Runs", "STATUS", "x2g7d", "? help"]);
    assert!(!weir.pty.screen().contains("STARTED BY"));
    weir.quit();
}
