//! A log of a million lines: taken in through the model, beside `kubectl logs` to nowhere; then searched whole.

use crate::child::{self, Told};
use crate::paper::{figure, figures, median};
use crate::place::{Api, NAMESPACE, Place, runtime};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Instant;

pub const PATTERNS: [&str; 5] = ["error", "(?i)error", "error|failed|panic", r"[a-z]+ing\s+\w+$", ".*x.*y"];

/// The embedded world has such a run.
const MILLION: &str = "okd-coreos-4.22-prod-pipelinerun-million";
const LINES: u64 = 1_000_000;

struct Container {
    run: String,
    task: String,
    pod: String,
    name: String,
}

pub fn measure(place: &Place) {
    let runtime = runtime();
    let api = runtime.block_on(Api::connect(&place.kubeconfig, place.context));
    let found = runtime.block_on(async { if place.real() { made(&api).await } else { largest(&api, MILLION).await } });
    let Some(container) = found else {
        return figure("a log of 1,000,000 lines", "there is no such run, or it did not end", "");
    };
    let kubeconfig = place.kubeconfig.display().to_string();
    let (mut kubectl, mut bare, mut weir): (Vec<f64>, Vec<Told>, Vec<Told>) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..crate::TIMES {
        kubectl.extend(by_kubectl(place, &container));
        bare.push(child::told(&["log-download", &kubeconfig, place.context, &container.pod, &container.name]));
        weir.push(child::told(&["log", &kubeconfig, place.context, &container.run, &container.task]));
    }
    let of = |told: &[Told], what: &str| told.iter().map(|told| told.value(what)).collect::<Vec<f64>>();
    let took = of(&weir, "millis");
    figure(
        "log: lines taken in, and MB",
        &format!("{:.0}, {:.0} MB", median(&of(&weir, "lines")), median(&of(&weir, "bytes")) / 1e6),
        "",
    );
    if kubectl.is_empty() {
        figure("log: kubectl logs > /dev/null", "no kubectl on PATH", "");
    } else {
        let ratio = median(&took) / median(&kubectl);
        figures("log: kubectl logs > /dev/null", kubectl, "ms", "");
        figure("log: taken in, beside kubectl logs", &format!("{ratio:.2}×"), "≤ 1.5×");
    }
    figures("log: a bare download with timestamps", of(&bare, "millis"), "ms", "");
    figures("log: taken in", took, "ms", "");
    figures("log: CPU", of(&weir, "cpu"), "s", "");
    figures("log: held compressed", of(&weir, "held"), "MB", "≤ 150 MB");
    figures("log: peak resident of the process", of(&weir, "peak"), "MB", "≤ 150 MB");
    figures("log: lines dropped", of(&weir, "dropped"), "", "0");
    for (index, pattern) in PATTERNS.into_iter().enumerate() {
        let hits = median(&of(&weir, &format!("hits{index}")));
        figures(
            &format!("log: search `{pattern}` ({hits:.0} lines)"),
            of(&weir, &format!("search{index}")),
            "ms",
            "≤ 300 ms",
        );
    }
}

fn by_kubectl(place: &Place, container: &Container) -> Option<f64> {
    let mut command = Command::new("kubectl");
    command.arg("--kubeconfig").arg(&place.kubeconfig).args(["--context", place.context, "-n", NAMESPACE]);
    command.args(["logs", &container.pod, "-c", &container.name]).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| begun.elapsed().as_secs_f64() * 1e3)
}

fn tasks(run: &str) -> String {
    format!("/apis/tekton.dev/v1/namespaces/{NAMESPACE}/taskruns?labelSelector=tekton.dev%2FpipelineRun%3D{run}")
}

/// The step of that run whose name its pipeline task has, else the first step of the first task.
async fn largest(api: &Api, run: &str) -> Option<Container> {
    let list = api.json("GET", &tasks(run), &Value::Null).await.ok()?;
    let steps = list["items"].as_array()?.iter().flat_map(|task| {
        let steps = task["status"]["steps"].as_array().cloned().unwrap_or_default();
        steps.into_iter().map(move |step| (task, step))
    });
    let all: Vec<Container> = steps
        .filter_map(|(task, step)| {
            Some(Container {
                run: run.to_string(),
                task: task["metadata"]["labels"]["tekton.dev/pipelineTask"].as_str()?.to_string(),
                pod: task["status"]["podName"].as_str()?.to_string(),
                name: step["container"].as_str()?.to_string(),
            })
        })
        .collect();
    let place = all.iter().position(|found| found.name == "step-fetch-and-build-baseos").unwrap_or(0);
    all.into_iter().nth(place)
}

/// A run with one such step, made now and left there.
async fn made(api: &Api) -> Option<Container> {
    let run = format!("bench-log-{}", std::process::id());
    let object = json!({"apiVersion": "tekton.dev/v1", "kind": "PipelineRun",
        "metadata": {"name": run, "namespace": NAMESPACE,
            "annotations": {"testbed/log-lines": LINES.to_string(), "testbed/step-seconds": "1"}},
        "spec": {"pipelineSpec": {"tasks": [{"name": "one", "taskSpec": {"steps": [
            {"name": "only", "image": "quay.io/fedora/fedora:latest", "command": ["true"]}]}}]}}});
    let path = format!("/apis/tekton.dev/v1/namespaces/{NAMESPACE}/pipelineruns");
    api.json("POST", &path, &object).await.ok()?;
    api.until(&format!("{path}/{run}"), |run| run["status"]["completionTime"].as_str().map(str::to_string)).await?;
    largest(api, &run).await
}
