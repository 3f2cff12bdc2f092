//! Every screen is reached by keys at 80×24, on every embedded world.

use crate::screens::Screens;
use weir_testing::key;

#[test]
fn on_the_typical_world() {
    tour("--demo", "x2g7d");
}

#[test]
fn on_the_broken_world() {
    let weir = tour_of("--demo=broken", "x2g7d");
    weir.see("moc ! lost");
    weir.quit();
}

#[test]
fn on_the_huge_world() {
    tour("--demo=huge", "");
}

fn tour(world: &str, run: &str) {
    tour_of(world, run).quit();
}

fn tour_of(world: &str, run: &str) -> Screens {
    let mut weir = Screens::demo(world);
    weir.see("weir › Overview");
    weir.go("r", "weir › Runs");
    weir.see_all(&["STATUS", "✗ failed"]);
    if !run.is_empty() {
        weir.press("/");
        weir.press(run);
        weir.press(key::ENTER);
        weir.see("1 of ");
    }
    weir.select(run);
    weir.go("x", "Actions");
    weir.escape("Actions");
    weir.go(key::ENTER, "tasks   parameters");
    for pane in 0..5 {
        weir.press(key::TAB);
        assert!(weir.pty.wait_quiet(std::time::Duration::from_millis(40), crate::PATIENCE), "pane {pane}");
    }
    weir.see("STATUS");
    weir.go("y", "kind: PipelineRun");
    weir.escape("kind: PipelineRun");
    if world == "--demo=broken" {
        weir.go("l", "log: needs `get pods/log`");
    } else {
        weir.go("l", "whole log");
        weir.see("lines");
        weir.escape("whole log");
    }
    weir.go("L", "weir › Releases");
    weir.go("J", "weir › Journal");
    weir.see("Nothing was sent yet");
    weir.go("H", "weir › Health");
    weir.see("LATENCY");
    weir.command("pipelines", "weir › Pipelines");
    weir.see("okd-coreos");
    weir.select("▌ okd-coreos ");
    weir.go(key::ENTER, "weir › Start okd-coreos");
    weir.see("PARAMETER");
    weir.command("messages", "weir › Messages");
    weir.go("?", "Keys");
    weir.escape("Keys");
    weir.command("overview", "weir › Overview");
    weir
}
