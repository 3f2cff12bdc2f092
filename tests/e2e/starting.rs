//! A run started by its Pipeline's form: mistakes beside the field, the check, the yes, the run.

use crate::screens::Screens;
use weir_testing::key;

#[test]
fn a_run_is_started_by_its_form_and_mistakes_stand_beside_the_field() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.command("pipelines", "LAST RUN");
    weir.select("build-from-scratch");
    weir.go(key::ENTER, "weir › Start build-from-scratch");
    weir.see_all(&["push-credentials", "1 problem"]);
    // Not complete: the start goes to what is missing and sends nothing.
    weir.go("s", "push-credentials must be bound");
    weir.see_when("the field under the bar", |screen| {
        screen.lines().any(|line| line.contains('▌') && line.contains("push-credentials"))
    });
    bind(&mut weir, "secret:nobody-made-this");
    weir.press("s");
    // What the server's dry run would let pass is found by weir itself.
    weir.see_when("that there is no such Secret", |screen| {
        screen.contains("nobody-made-this") && screen.contains("1 problem")
    });
    bind(&mut weir, "secret:okd-team-push-secret");
    weir.select("reason");
    weir.press(key::ENTER);
    weir.see("Enter done");
    weir.press("a try by form");
    weir.press(key::ENTER);
    weir.see("a try by form");
    weir.go("s", "Sends");
    weir.see_all(&["namespace  okd-team", "POST /apis/tekton.dev/v1/namespaces/okd-team/pipelineruns"]);
    weir.press(key::ENTER);
    weir.see_all(&["weir › Runs", "says it was started by admin", "batch-01"]);
    weir.see_when("its first task at work or done", |screen| {
        screen.contains("▸ running") || (1..=5).any(|done| screen.contains(&format!("{done}/5")))
    });
    weir.quit();
}

#[track_caller]
fn bind(weir: &mut Screens, to: &str) {
    weir.select("push-credentials");
    weir.press(key::ENTER);
    weir.see("Enter done");
    weir.press(&key::ctrl('u'));
    weir.press(to);
    weir.press(key::ENTER);
    weir.see_gone("Enter done");
}

#[test]
fn a_run_that_published_is_not_run_again_but_promoted() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.go("r", "k7x2p");
    weir.select("k7x2p");
    weir.go("R", "it publishes");
    weir.see("promotes");
    weir.go("J", "Nothing was sent yet");
    weir.quit();
}
