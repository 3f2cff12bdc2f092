//! The verbs that change the world: nothing without `--confirm`, then one request, journaled before and after.

use crate::command::{Server, demo};
use std::io::Read;
use std::process::Stdio;
use weir_testing::clean_home;

const FAILED: &str = "okd-coreos-4.18-prod-pipelinerun-x2g7d";
const GOES_ON: &str = "okd-coreos-4.20-prod-pipelinerun-pk8wn";

#[test]
fn without_confirmation_the_exact_call_is_printed_and_nothing_is_sent() {
    let cancel = ["cancel", GOES_ON, "--how", "StoppedRunFinally"];
    let said = demo(&cancel).ends(3, &["nothing was sent", &format!("--confirm {GOES_ON}")]);
    for text in
        ["PATCH /apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns/", "uid:", "StoppedRunFinally", "moc (https://"]
    {
        assert!(said.out.contains(text), "no `{text}`: {}", said.out);
    }
    let plan = demo(&[&cancel[..], &["-o", "json"]].concat()).ends(3, &[]).json();
    assert_eq!((plan["verb"].as_str(), plan["confirm"].as_str()), (Some("cancel"), Some(GOES_ON)));
    assert_eq!(plan["calls"][0]["method"], "PATCH");
    let rerun = demo(&["rerun", FAILED, "-p", "branch=release-4.18-conmon"]).ends(3, &["nothing was sent"]);
    assert!(rerun.out.contains("branch: release-4.18 → release-4.18-conmon"), "{}", rerun.out);
    demo(&["delete", FAILED]).ends(3, &[&format!("--confirm {FAILED}")]);
    demo(&["delete", FAILED, "--confirm", "another"]).ends(3, &["--confirm says `another`"]);
    demo(&["--read-only", "delete", FAILED, "--confirm", FAILED]).ends(3, &["read-only"]);
    // A form that is not complete is told field by field.
    demo(&["start", "build-from-scratch"]).ends(3, &["push-credentials: must be bound", "nothing was sent"]);
    demo(&["start", "build-from-scratch", "-p", "nothing=1"]).ends(2, &["nothing"]);
    demo(&["start", "build-from-scratch", "-w", "push-credentials=secret:nobody"]).ends(3, &["nobody"]);
    // What publishes has one door.
    demo(&["rerun", "okd-release-next-pipelinerun-k7x2p"]).ends(3, &["publishes", "weir promote"]);
}

#[test]
fn what_is_confirmed_is_done_journaled_and_seen_by_the_next_process() {
    let server = Server::start("typical");
    let pipeline = ["start", "build-from-scratch", "-w", "push-credentials=secret:okd-team-push-secret"];
    let yes = ["--confirm", "build-from-scratch", "--reason", "to see", "-o", "json"];
    let done = server.told(&[&pipeline[..], &yes].concat()).ends(0, &["started"]).json();
    let name = done["name"].as_str().unwrap().to_string();
    let run = server.told(&["run", &name, "-o", "json"]).ends(0, &[]).json();
    assert_eq!(
        (run["started_by"]["source"].as_str(), run["started_by"]["reason"].as_str()),
        (Some("weir"), Some("to see"))
    );
    // Cancelled and waited for, it ends as the run does.
    let cut = ["cancel", &name, "--how", "Cancelled", "--confirm", &name, "--wait", "--save-log"];
    server.told(&cut).ends(1, &["cancelled"]);
    assert!(server.home.path().join(format!("{name}.log")).is_file());
    server.told(&["delete", &name, "--confirm", &name]).ends(0, &["deleted"]);
    server.told(&["run", &name]).ends(5, &["there is no run"]);
    let again = server.told(&["rerun", FAILED, "-p", "branch=b2", "--confirm", "okd-coreos"]).ends(0, &["a rerun"]);
    let new = again.out.trim();
    assert!(new.starts_with("demo-moc/okd-coreos/okd-coreos-4.18-"), "{again:?}");
    assert_eq!(server.told(&["run", new, "-o", "json"]).ends(0, &[]).json()["params"]["branch"], "b2");
    // Two lines a command, before and after it; the newest first; the file is only the owner's.
    let journal = server.told(&["journal", "-o", "json"]).ends(0, &[]).list();
    let told: Vec<_> =
        journal.iter().map(|entry| (entry["verb"].as_str().unwrap(), entry["outcome"].to_string())).collect();
    let verbs: Vec<_> = told.iter().map(|(verb, _)| *verb).collect();
    assert_eq!(verbs, ["rerun", "rerun", "delete", "delete", "cancel", "cancel", "start", "start"]);
    for pair in told.chunks(2) {
        assert!(pair[0].1.contains("accepted") && pair[1].1.contains("sending"), "{pair:?}");
    }
    assert!(journal.iter().all(|entry| entry["operator"] == "admin"), "{journal:?}");
    let file = server.home.state().join("weir/journal.jsonl");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 8);
    crate::secrets::none_in_files(server.home.path());
}

#[test]
fn a_followed_log_ends_with_the_run_that_somebody_else_cancels() {
    let server = Server::start("typical");
    let home = clean_home();
    let mut follow = home.command(crate::WEIR);
    follow.args(["logs", "-f", GOES_ON]).env("KUBECONFIG", &server.kubeconfig);
    let mut child = follow.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 64];
    stdout.read_exact(&mut first).unwrap();
    server.told(&["cancel", GOES_ON, "--how", "CancelledRunFinally", "--confirm", GOES_ON]).ends(0, &[]);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(rest.contains("notify-matrix"), "finally is in the log: {}", rest.len());
}

#[test]
fn if_the_journal_cannot_be_written_nothing_is_sent() {
    let server = Server::start("typical");
    // A file stands where the folder should be.
    std::fs::write(server.home.state().join("weir"), "in the way").unwrap();
    server.told(&["delete", FAILED, "--confirm", FAILED]).ends(3, &["journal"]);
    server.told(&["run", FAILED]).ends(1, &[]);
}
