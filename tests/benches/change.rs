//! From a change on the server to the screen, with ten thousand rows on it: a run is made elsewhere, and its row appears.

use crate::paper::figures;
use crate::place::{Api, NAMESPACE, Place, runtime};
use crate::program::{PATIENCE, Program};
use serde_json::{Value, json};
use std::time::Instant;

pub fn measure(place: &Place) {
    let runtime = runtime();
    let api = runtime.block_on(Api::connect(&place.kubeconfig, place.context));
    let mut program = Program::on(place, (120, 40));
    program.runs_live();
    // New rows stand on top, above a selection that stays where it is; filtered, they are in sight.
    program.pty.send("/bench-\r");
    program.pty.wait_quiet(std::time::Duration::from_secs(2), PATIENCE);
    let path = format!("/apis/tekton.dev/v1/namespaces/{NAMESPACE}/pipelineruns");
    let (mut sent, mut answered) = (Vec::new(), Vec::new());
    for number in 0..crate::TIMES {
        let name = format!("bench-{}-{number}", std::process::id());
        let begun = Instant::now();
        let made = runtime.block_on(api.text("POST", &path, &held_run(&name)));
        let accepted = begun.elapsed();
        if let Err(error) = made {
            return crate::paper::figure("change on the server → on screen", &format!("{error}"), "≤ 100 ms");
        }
        program.see(&name);
        let shown = begun.elapsed();
        sent.push(shown.as_secs_f64() * 1e3);
        answered.push(shown.saturating_sub(accepted).as_secs_f64() * 1e3);
        let _ = runtime.block_on(api.text("DELETE", &format!("{path}/{name}"), &Value::Null));
    }
    figures("change accepted by the server → on screen", answered, "ms", "≤ 100 ms");
    figures("  the same from the request that changes", sent, "ms", "");
}

/// Held, so that it stays as it is.
fn held_run(name: &str) -> Value {
    json!({"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"status": "PipelineRunPending", "pipelineSpec": {"tasks": [{"name": "one", "taskSpec": {"steps": [
            {"name": "only", "image": "quay.io/fedora/fedora:latest", "command": ["true"]}]}}]}}})
}
