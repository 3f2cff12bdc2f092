//! What is written stands whole or not at all, and what is read back says what it leaves out.

use super::*;
use weir_domain::channel::known_channels;
use weir_domain::plan::{PlanRecord, Source};
use weir_domain::{Digest, Gate, GateId, ReleaseId, RunId, Severity, Verdict, Way};

fn entry(object: &str) -> Entry {
    Entry {
        time: jiff::Timestamp::UNIX_EPOCH,
        id: "1".into(),
        outcome: Outcome::Sending,
        verb: "cancel".into(),
        cluster: "moc".into(),
        server: "https://moc".into(),
        namespace: "okd".into(),
        object: object.into(),
        uid: "u".into(),
        operator: "jane".into(),
        host: "bastion".into(),
        reason: None,
        call: "PATCH /x".into(),
        body: String::new(),
        answer: String::new(),
        plan: None,
    }
}

fn promotion(id: &str, outcome: Outcome) -> Entry {
    let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().expect("a digest");
    let gate = Gate {
        id: GateId::Pullable,
        severity: Severity::Warn,
        verdict: Verdict::Pass,
        evidence: "190 components can be pulled".into(),
        details: Vec::new(),
        checked: jiff::Timestamp::UNIX_EPOCH,
        waived: None,
    };
    let plan = PlanRecord {
        id: "3fa2c1d0b9e8".into(),
        way: Way::Pinned,
        channel: known_channels(&"moc".into(), &"app.ci".into()).remove(0),
        from: Source {
            release: ReleaseId::new("4.21.0-0.okd-scos-nightly", "4.21.0-0.okd-scos-nightly-2026-11-20-221504"),
            pull_spec: "registry.ci.openshift.org/origin/release-scos:x".parse().expect("a reference"),
            digest,
        },
        name: "4.21.0-okd-scos.7".into(),
        digest: None,
        holds: None,
        previous: Vec::new(),
        gates: vec![gate],
        object: RunId::new("moc", "okd-coreos", "okd-release-4-scos-stable-4.21.0-okd-scos.7"),
        made: jiff::Timestamp::UNIX_EPOCH,
    };
    let body = "kind: PipelineRun".into();
    Entry { id: id.into(), outcome, verb: "promote".into(), body, plan: Some(Box::new(plan)), ..entry("a-run") }
}

fn empty() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::new(folder.path().join("state/journal.jsonl"));
    (folder, journal)
}

fn write(journal: &Journal, text: &[u8]) {
    let file = OpenOptions::new().append(true).open(journal.path());
    file.expect("opens").write_all(text).expect("writes");
}

#[test]
fn what_was_written_is_read_back_and_only_the_owner_may_read_it() {
    let (_folder, journal) = empty();
    assert_eq!(journal.read().expect("empty").entries, Vec::new());
    assert_eq!(journal.promotions().expect("empty").entries, Vec::new());
    journal.append(&entry("a")).expect("writes");
    write(&journal, b"{broken\n");
    journal.append(&entry("b")).expect("writes");
    let reading = journal.read().expect("reads");
    assert_eq!((reading.entries.len(), reading.unread()), (2, vec!["1 line cannot be read".to_string()]));
    assert_eq!(journal.path().metadata().expect("meta").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_journal_that_cannot_be_written_says_that_nothing_was_sent() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::new(folder.path().join("journal.jsonl"));
    std::fs::create_dir(journal.path()).expect("a folder in its place");
    let failure = journal.append(&entry("a")).expect_err("cannot write");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.contains("nothing was sent"));
}

#[test]
fn a_line_that_a_full_disk_cuts_short_is_taken_back() {
    let (_folder, journal) = empty();
    journal.append(&entry("a")).expect("writes");
    let before = std::fs::read(journal.path()).expect("reads");
    let full = |mut file: &File, line: &[u8]| {
        file.write_all(&line[..line.len() / 2])?;
        Err(std::io::ErrorKind::StorageFull.into())
    };
    let file = journal.open().expect("opens");
    add(&file, b"{\"time\":\"2026-11-21T12:02:00Z\"}\n", full).expect_err("the disk is full");
    assert_eq!(std::fs::read(journal.path()).expect("reads"), before);
    journal.append(&entry("b")).expect("writes");
    let reading = journal.read().expect("reads");
    assert_eq!((reading.entries.len(), reading.bad), (2, 0));
}

#[test]
fn a_file_that_ends_within_a_line_loses_that_line_and_not_the_next() {
    let (_folder, journal) = empty();
    journal.append(&entry("a")).expect("writes");
    write(&journal, b"{\"time\":\"2026");
    journal.append(&entry("b")).expect("writes");
    let reading = journal.read().expect("reads");
    assert_eq!(reading.entries.iter().map(|entry| entry.object.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(reading.bad, 1);
}

#[test]
fn older_lines_that_are_not_read_are_told() {
    let (_folder, journal) = empty();
    for object in ["a", "b", "c"] {
        journal.append(&entry(object)).expect("writes");
    }
    let length = journal.path().metadata().expect("meta").len();
    let reading = journal.tail(length).expect("reads");
    assert_eq!((reading.entries.len(), reading.unread()), (3, Vec::new()));
    let reading = journal.tail(length / 2).expect("reads");
    assert_eq!((reading.entries.len(), reading.bad), (1, 0), "half a line is no broken one");
    assert_eq!(reading.unread(), ["older lines are not read"]);
}

#[test]
fn a_promotion_is_found_however_much_was_written_after_it() {
    let (_folder, journal) = empty();
    journal.append(&promotion("p", Outcome::Sending)).expect("writes");
    journal.append(&promotion("p", Outcome::Accepted)).expect("writes");
    let long = Entry { body: "x".repeat(1 << 20), ..entry("b") };
    for _ in 0..5 {
        journal.append(&long).expect("writes");
    }
    let tail = journal.read().expect("reads");
    assert!(tail.cut && tail.entries.iter().all(|entry| entry.verb == "cancel"));
    let whole = journal.promotions().expect("reads");
    assert_eq!(whole.unread(), Vec::<String>::new());
    let lines: Vec<_> = whole.entries.iter().map(|line| (line.outcome, line.body.as_str())).collect();
    assert_eq!(lines, [(Outcome::Sending, ""), (Outcome::Accepted, "")], "what was sent is not kept in memory");
}

#[test]
fn a_line_too_long_to_be_read_is_told_and_the_next_one_is_read() {
    let (_folder, journal) = empty();
    journal.append(&entry("a")).expect("writes");
    write(&journal, &[b'x'; (LONGEST as usize) * 2 + 7]);
    write(&journal, b"\n");
    journal.append(&promotion("p", Outcome::Sending)).expect("writes");
    let whole = journal.promotions().expect("reads");
    assert_eq!((whole.entries.len(), whole.bad), (1, 1));
}

#[test]
fn a_plans_evidence_is_kept_until_the_promotion_has_ended() {
    let (_folder, journal) = empty();
    let lines = [("p", Outcome::Sending), ("q", Outcome::Sending), ("p", Outcome::Accepted), ("q", Outcome::Accepted)];
    for (id, outcome) in lines {
        journal.append(&promotion(id, outcome)).expect("writes");
    }
    journal.append(&promotion("p", Outcome::Done)).expect("writes");
    for line in journal.promotions().expect("reads").entries {
        let plan = line.plan.expect("a plan");
        assert_eq!(plan.gates.is_empty(), line.id == "p", "{} {:?}", line.id, line.outcome);
        assert_eq!(plan.name, "4.21.0-okd-scos.7");
    }
}
