//! What is broken, why, and the line that says so.

use crate::screens::Screens;
use weir_testing::key;

#[test]
fn from_the_overview_to_the_first_error_of_the_failed_step() {
    let mut weir = Screens::demo("--demo");
    weir.see_all(&["NEEDS YOU", "rejected", "x2g7d"]);
    weir.select("x2g7d");
    weir.go(key::ENTER, "WHY");
    // Why, where, and the last words of the step, before anything was pressed.
    weir.see_all(&["cosa-build-baseos", "exited 1", "error: Could not depsolve transaction"]);
    weir.select("fetch-and-build-baseos");
    weir.press(key::ENTER);
    weir.see_all(&["etch-and-build-baseos", "lines", "complete", "step ended"]);
    weir.press("g");
    weir.see_gone("step ended");
    weir.press("e");
    weir.see_when("the first error under the bar", |screen| {
        screen.lines().any(|line| line.contains('▌') && line.contains("error: Could not depsolve"))
    });
    // A search goes on from there and says how many.
    weir.go("/", "/");
    weir.press("nothing provides");
    weir.press(key::ENTER);
    weir.see_when("the match under the bar", |screen| {
        screen.lines().any(|line| line.contains('▌') && line.contains("nothing provides conmon"))
    });
    // Back the way that one came.
    weir.go("q", "WHY");
    weir.press("q");
    weir.see("NEEDS YOU");
    weir.press("q");
    assert_eq!(weir.ended().code, 0);
}

#[test]
fn why_a_run_waits_is_said_where_it_is_opened() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.go("r", "b6zqf");
    weir.go("/", "/");
    weir.press("b6zqf");
    weir.press(key::ENTER);
    weir.see("1 of ");
    weir.select("b6zqf");
    weir.go(key::ENTER, "WAITS");
    weir.see("devices.kubevirt.io/kvm");
    weir.quit();
}
