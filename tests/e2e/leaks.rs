//! The embedded world's logs and results leak tokens as the real pipelines do. They are hidden wherever they would show.

use crate::command::demo;
use crate::screens::Screens;
use std::fs;
use std::time::Duration;
use weir_testing::key;

const RUN: &str = "okd-release-next-pipelinerun-5v9wt";

#[test]
fn no_token_of_a_log_or_a_result_reaches_screen_file_or_clipboard() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.go("r", "STATUS");
    weir.press("/");
    weir.press("5v9wt");
    weir.press(key::ENTER);
    weir.see("1 of ");
    weir.select("5v9wt");
    weir.go(key::ENTER, "10/10");
    weir.press(key::TAB);
    weir.see("PARAMETERS");
    weir.go("G", "-token  ‹hidden›");
    weir.press("Y");
    weir.see("copied");
    weir.go("y", "kind: PipelineRun");
    weir.press("Y");
    weir.see("copied");
    weir.escape("kind: PipelineRun");
    weir.go("l", "complete");
    weir.press("/");
    weir.press("oc login");
    weir.press(key::ENTER);
    weir.see("oc login --token=‹hidden›");
    weir.press("Y");
    weir.see("copied");
    weir.press(&key::ctrl('s'));
    weir.see("saved to");
    assert!(weir.pty.wait_quiet(Duration::from_millis(50), crate::PATIENCE));
    let saved = fs::read_dir(weir.home.path()).unwrap().map(|entry| entry.unwrap().path());
    let logs: Vec<_> = saved.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect();
    assert!(fs::read_to_string(&logs[0]).unwrap().contains("oc login --token=‹hidden›"));
    assert_eq!(weir.copied().len(), 3);
    // The end searches every frame, file and copy.
    weir.quit();
}

#[test]
fn the_verbs_hide_them_too() {
    let logs = demo(&["logs", RUN]).ends(0, &["hidden"]);
    assert!(logs.out.contains("oc login --token=‹hidden›"), "{}", logs.out);
    let run = demo(&["run", RUN, "-o", "json"]).ends(0, &[]);
    assert!(run.out.contains("\"githubapp-token\": \"‹hidden›\""), "{}", run.out);
    demo(&["info"]).ends(0, &[]);
    demo(&["health", "-o", "json"]).ends(0, &[]);
}
