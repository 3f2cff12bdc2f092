//! The verbs that look: exit codes, data on stdout, words on stderr, the documented names of the JSON.

use crate::WEIR;
use crate::command::{Server, demo, finished, told};
use serde_json::Value;
use std::collections::BTreeSet;
use weir_testing::clean_home;

const FAILED: &str = "okd-coreos-4.18-prod-pipelinerun-x2g7d";
const WELL: &str = "okd-coreos-4.19-prod-pipelinerun-v5kqn";
const STATUSES: [&str; 6] = ["ok", "failed", "running", "pending", "cancelled", "timed-out"];

fn has(value: &Value, names: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    for name in names {
        assert!(object.contains_key(*name), "`{name}` is missing: {value}");
    }
    let snake = |name: &String| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let fixed: Vec<_> = object.keys().filter(|name| !snake(name)).collect();
    assert!(fixed.is_empty(), "not in snake case: {fixed:?}");
}

/// `2026-11-21T10:00:00Z`, or nothing.
fn time(value: &Value) -> bool {
    value.is_null()
        || value.as_str().is_some_and(|text| text.len() >= 20 && text.ends_with('Z') && &text[10..11] == "T")
}

fn words(rows: &[Value], name: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn runs_are_an_array_with_the_documented_names() {
    let told = demo(&["runs", "-o", "json"]).ends(0, &[]);
    assert_eq!(told.err, "");
    let rows = told.list();
    assert!(rows.len() > 40);
    for row in &rows {
        has(row, &["name", "namespace", "cluster", "status", "reason", "pipeline", "started", "finished"]);
        has(row, &["duration_seconds", "tasks_done", "tasks_total", "started_by", "params", "what", "uid", "message"]);
        assert!(STATUSES.contains(&row["status"].as_str().unwrap()), "{row}");
        assert!(time(&row["started"]) && time(&row["finished"]) && time(&row["created"]), "{row}");
    }
    assert_eq!(words(&rows, "status"), STATUSES.map(String::from).into());
    assert_eq!(words(&rows, "cluster"), ["app.ci".to_string(), "moc".into()].into());
    // The same for people: a table with one line a run.
    let table = demo(&["runs"]).ends(0, &[]);
    assert!(table.out.starts_with("STATUS") && table.out.lines().count() == rows.len() + 1, "{}", table.out);
    let some = demo(&["runs", "-n", "okd-team", "-o", "json"]).ends(0, &[]).list();
    assert_eq!(words(&some, "namespace"), ["okd-team".to_string()].into());
    let some = demo(&["runs", "--context", "demo-app.ci", "-o", "json"]).ends(0, &[]).list();
    for verb in [&["runs"][..], &["streams"], &["ledger"], &["promote", "5.0.0", "--to", "5-scos-stable", "--plan"]] {
        demo(&[verb, &["--context", "nonsense"]].concat()).ends(2, &["nonsense", "demo-moc"]);
    }
    assert_eq!(words(&some, "cluster"), ["app.ci".to_string()].into());
}

#[test]
fn a_run_is_one_object_and_its_end_is_the_code() {
    let run = demo(&["run", FAILED, "-o", "json"]).ends(1, &[]).json();
    has(&run, &["name", "status", "why", "tasks", "skipped", "results", "workspaces", "events", "service_account"]);
    assert_eq!((run["status"].as_str(), run["why"]["task"].as_str()), (Some("failed"), Some("cosa-build-baseos")));
    let tasks = run["tasks"].as_array().unwrap();
    has(&tasks[0], &["name", "task_run", "status", "attempts", "steps", "finally", "pod", "duration_seconds"]);
    has(&tasks[0]["steps"][0], &["name", "status", "exit_code", "reason", "tolerated", "started", "finished"]);
    assert_eq!(run["params"]["version"], "4.18");
    let well = demo(&["run", WELL]).ends(0, &[]);
    assert!(well.out.contains("10 of 10 done"), "{}", well.out);
    // One that goes on is no failure.
    demo(&["run", "moc/okd-coreos/okd-coreos-4.20-prod-pipelinerun-pk8wn"]).ends(0, &[]);
    demo(&["run", "operand-slow"]).ends(1, &[]);
    demo(&["run", "operand-stopped"]).ends(1, &[]);
}

#[test]
fn logs_are_data_on_stdout_and_end_as_asked() {
    let step = ["--task", "cosa-build-baseos", "--step", "fetch-and-build-baseos"];
    let log = demo(&[&["logs", FAILED][..], &step].concat()).ends(0, &[]);
    assert!(log.out.contains("error: Could not depsolve transaction"), "{}", log.out);
    assert!(!log.out.contains("cosa init"), "only that step was asked for");
    let whole = demo(&["logs", FAILED]).ends(0, &[]);
    assert!(whole.out.lines().count() > log.out.lines().count());
    assert!(whole.out.lines().all(|line| line.starts_with('[')), "each line says whose it is");
    let timed = demo(&["logs", FAILED, "--times", "--task", "cosa-init"]).ends(0, &[]);
    assert!(timed.out.lines().all(|line| line.contains("T") && line.contains('Z')), "{}", timed.out);
    // Followed, it ends as the run did.
    demo(&["logs", "-f", FAILED, "--task", "cosa-init"]).ends(1, &[]);
    demo(&["logs", "-f", WELL, "--task", "cosa-init"]).ends(0, &[]);
    demo(&["logs", FAILED, "--task", "nobody"]).ends(5, &["nobody"]);
}

#[test]
fn streams_releases_and_pipelines_are_arrays() {
    let streams = demo(&["streams", "-o", "json"]).ends(0, &[]).list();
    assert_eq!(streams.len(), 10);
    for stream in &streams {
        has(stream, &["name", "channel", "newest", "newest_accepted", "as_of"]);
    }
    let releases = demo(&["releases", "4.22.0-0.okd-scos-nightly", "-o", "json"]).ends(0, &[]).list();
    for release in &releases {
        has(release, &["name", "stream", "phase", "pull_spec", "created", "decided", "why"]);
        assert!(
            ["accepted", "rejected", "failed", "ready", "pending", "testing"]
                .contains(&release["phase"].as_str().unwrap())
        );
    }
    assert!(releases[0]["why"].as_str().unwrap().contains("aws-upgrade failed 3 times"), "{}", releases[0]);
    let pipelines = demo(&["pipelines", "-o", "json"]).ends(0, &[]).list();
    for pipeline in &pipelines {
        has(pipeline, &["name", "namespace", "cluster", "publishes", "params", "workspaces", "tasks", "description"]);
    }
    let release = pipelines.iter().find(|p| p["name"] == "okd-release-pipeline").unwrap();
    assert_eq!(release["publishes"], true);
}

#[test]
fn health_info_and_journal_answer_in_both_forms() {
    let health = demo(&["health", "-o", "json"]).ends(0, &[]).list();
    for endpoint in &health {
        has(endpoint, &["name", "kind", "server", "state", "latency_ms", "as_of", "rights", "unseen", "why", "hint"]);
    }
    assert!(demo(&["health"]).ends(0, &[]).out.contains("live"));
    let info = demo(&["info", "-o", "json"]).ends(0, &[]).json();
    has(&info, &["version", "system", "config", "journal", "log_file", "kubeconfig", "demo", "terminal", "endpoints"]);
    assert_eq!((info["demo"].as_str(), info["config"].as_str()), (Some("typical"), None));
    assert_eq!(demo(&["journal", "-o", "json"]).ends(0, &[]).list(), Vec::<Value>::new());
}

#[test]
fn names_that_are_missing_or_found_twice() {
    demo(&["run", "nobody"]).ends(5, &["there is no run `nobody`", "weir runs"]);
    demo(&["logs", "nobody"]).ends(5, &["nobody"]);
    demo(&["start", "nobody"]).ends(5, &["there is no Pipeline `nobody`"]);
    demo(&["releases", "nobody"]).ends(5, &["nobody"]);
    demo(&["run", "elsewhere/okd-coreos/x"]).ends(5, &["there is no cluster `elsewhere`"]);
    let twice = ["moc/okd-coreos/okd-release-pipeline", "app.ci/origin/okd-release-pipeline"];
    let said = demo(&["start", "okd-release-pipeline"]).ends(2, &twice);
    assert_eq!(said.out, "");
    let long = "x".repeat(253);
    demo(&["run", &long]).ends(5, &["there is no run"]);
}

#[test]
fn usage_is_2_and_help_is_data() {
    for wrong in [
        &["nonsense"][..],
        &["run"],
        &["cancel", "x"],
        &["cancel", "x", "--how", "Softly"],
        &["runs", "-o", "xml"],
        &["start", "x", "-p", "novalue"],
    ] {
        let said = demo(wrong);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{wrong:?}: {said:?}");
        assert!(!said.err.is_empty());
    }
    let home = clean_home();
    let help = told(&home, &["--help"]).ends(0, &[]);
    assert!(help.out.contains("Exit codes:") && help.err.is_empty());
    assert!(told(&home, &["--version"]).ends(0, &[]).out.starts_with("weir "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(told(&home, &["completions", shell]).ends(0, &[]).out.contains("weir"));
    }
    assert!(told(&home, &["man"]).ends(0, &[]).out.contains(".TH"));
}

#[test]
fn a_broken_world_gives_what_there_is_names_who_is_silent_and_ends_with_4() {
    let said = finished_with(&["--demo=broken", "runs", "-o", "json"]).ends(4, &["moc", "app.ci", "log in again"]);
    assert_eq!(words(&said.list(), "cluster"), ["kind".to_string()].into());
    assert!(said.err.contains("okd-team"), "the namespace without rights is named: {}", said.err);
    finished_with(&["--demo=broken", "streams"]).ends(4, &[]);
    let health = finished_with(&["--demo=broken", "health", "-o", "json"]).ends(4, &[]).list();
    let state = |name: &str| health.iter().find(|row| row["name"] == name).map(|row| row["state"].clone());
    assert_eq!((state("moc"), state("kind")), (Some("lost".into()), Some("live".into())));
    // Found where there is an answer; whether there is another of the name is not known.
    finished_with(&["--demo=broken", "run", FAILED]).ends(4, &["app.ci"]);
    finished_with(&["--demo=broken", "run", &format!("kind/okd-coreos/{FAILED}")]).ends(1, &[]);
    finished_with(&["--demo=broken", "delete", &format!("kind/okd-coreos/{FAILED}")])
        .ends(4, &["viewer may not delete"]);
}

fn finished_with(arguments: &[&str]) -> crate::command::Told {
    told(&clean_home(), arguments)
}

/// A script that reads the first line and goes away is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    let home = clean_home();
    let mut shell = home.command("/bin/sh");
    let server = Server::start("huge");
    shell
        .args(["-c", &format!("{{ {WEIR} runs; echo code-$? >&2; }} | head -1")])
        .env("KUBECONFIG", &server.kubeconfig);
    let said = finished(shell);
    assert!(said.out.starts_with("STATUS"), "{said:?}");
    // A slow machine may not have read ten thousand runs in the time a verb takes for it.
    assert!(["code-0", "code-4"].iter().any(|code| said.err.contains(code)), "{said:?}");
}
