//! A failed run started again with one parameter changed, and the run that comes of it followed.

use crate::screens::Screens;
use std::fs;
use weir_testing::key;

#[test]
fn a_failed_run_is_started_again_with_one_parameter_changed() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.select("x2g7d");
    weir.go(key::ENTER, "WHY");
    weir.go("R", "PARAMETER");
    weir.see("nothing changed");
    weir.select("branch");
    weir.press(key::ENTER);
    weir.see("Enter done");
    weir.press(&key::ctrl('u'));
    weir.press("release-4.18-conmon");
    weir.press(key::ENTER);
    weir.see_all(&["* release-4.18-conmon", "was release-4.18", "1 changed"]);
    weir.go("D", "+     value: release-4.18-conmon");
    weir.escape("+     value:");
    // The yes stands before the exact call.
    weir.go("s", "Sends");
    weir.see_all(&["1 value changed", "cluster    moc  https://127.0.0.1:", "namespace  okd-coreos", "Esc no"]);
    weir.escape("Sends");
    weir.see("nothing was sent");
    assert!(!journal(&weir).contains("rerun"), "a no is not journaled as a command");
    weir.go("s", "Sends");
    weir.press(key::ENTER);
    weir.see_all(&["weir › Runs", "says it was started by admin"]);
    weir.see("cosa-init");
    let journal = journal(&weir);
    assert!(journal.lines().count() == 2 && journal.contains("release-4.18-conmon"), "{journal}");
    // Its parameters are what was typed.
    weir.press(key::TAB);
    weir.see("release-4.18-conmon");
    weir.go("J", "rerun");
    weir.see("  sent");
    weir.quit();
}

/// The journal of the demo lies in the embedded world's own folder.
fn journal(weir: &Screens) -> String {
    let folders = weir.folders();
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    fs::read_to_string(folder.join("journal.jsonl")).unwrap_or_default()
}
