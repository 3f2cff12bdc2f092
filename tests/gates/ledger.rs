//! The ledger: journal, runs and servers joined, each *who* with its source, each disagreement said.

use crate::facts::{NAME, NIGHTLY, at, digest, facts, pull_spec, source};
use crate::plan::{plan, planned};
use crate::proposal;
use std::sync::Arc;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::ledger::{self, Held, LedgerRow, Who};
use weir_domain::plan::Plan;
use weir_domain::{Depth, Run, RunId, Starter, Status, Way};

const CHANNEL: &str = "4-scos-stable";

/// A line of the journal. Only an answer tells the uid.
fn entry(plan: &Plan, outcome: Outcome) -> Entry {
    let mut entry = proposal::entry(plan, outcome);
    if matches!(outcome, Outcome::Sending | Outcome::Refused | Outcome::Unknown) {
        entry.uid.clear();
    }
    entry
}

/// A promotion in the journal: the line before and the line after.
fn journal(outcome: Outcome) -> Vec<Entry> {
    vec![entry(&plan(), Outcome::Sending), entry(&plan(), outcome)]
}

fn run(status: Status, starter: Starter) -> Run {
    let labels = [("weir/channel", CHANNEL), ("weir/name", NAME), ("weir/plan-id", "3fa2c1d0b9e8")];
    Run {
        id: plan().object,
        uid: entry(&plan(), Outcome::Accepted).uid.into(),
        depth: Depth::Whole,
        status,
        reason: "".into(),
        message: "".into(),
        pipeline: None,
        params: vec![("target-release-stream".into(), CHANNEL.into())],
        created: Some(at("2026-11-21T12:02:01Z")),
        started: None,
        finished: None,
        progress: None,
        starter,
        asked: None,
        labels: labels.map(|(key, value)| (Arc::from(key), Arc::from(value))).into(),
    }
}

fn says(operator: &str) -> Starter {
    Starter::Says { operator: operator.into(), host: None, reason: None }
}

/// A run that cron made: generated name, no label of weir's.
fn cron_run() -> Run {
    let owner = Starter::Owner { kind: "CronJob".into(), name: "cron-trigger-cluster-command".into() };
    Run {
        id: RunId::new("moc", "okd-coreos", "okd-release-stable-pipelinerun-x7k2p"),
        uid: "b".into(),
        labels: Vec::new(),
        ..run(Status::Ok, owner)
    }
}

fn held() -> Held {
    Held {
        channel: CHANNEL.into(),
        name: NAME.into(),
        created: Some(at("2026-11-21T13:20:00Z")),
        from: Some(NIGHTLY.into()),
        tag: Some(digest('d')),
        imported: Some(digest('d')),
    }
}

/// As when those channels were read that hold something.
fn rows(entries: &[Entry], runs: &[Run], held: &[Held]) -> Vec<LedgerRow> {
    let read: Vec<Arc<str>> = held.iter().map(|release| release.channel.clone()).collect();
    ledger::rows(entries, runs, held, &read)
}

fn outcomes(rows: &[LedgerRow]) -> Vec<(&str, String)> {
    let mut outcomes: Vec<_> = rows.iter().map(|row| (row.outcome, row.who.words())).collect();
    outcomes.sort_unstable();
    outcomes
}

#[track_caller]
fn only(entries: &[Entry], runs: &[Run], held: &[Held]) -> LedgerRow {
    let mut rows = rows(entries, runs, held);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

fn other() -> Held {
    Held { name: "4.21.0-okd-scos.6".into(), created: Some(at("2026-11-11T08:00:00Z")), ..held() }
}

#[test]
fn journal_run_and_servers_make_one_row() {
    let row = only(&journal(Outcome::Done), &[run(Status::Ok, says("jane"))], &[held()]);
    assert_eq!((&*row.channel, &*row.name, row.from.as_deref()), (CHANNEL, NAME, Some(NIGHTLY)));
    assert_eq!(row.who, Who::Journal { operator: "jane".into(), host: "bastion-2".into() });
    assert_eq!(row.who.words(), "jane (journal)");
    assert_eq!((row.outcome, row.digest, row.run), ("held", Some(digest('d')), Some(plan().object)));
    assert_eq!(row.plan.as_deref(), Some("3fa2c1d0b9e8"));
    assert_eq!(row.disagreements, Vec::<String>::new());
}

#[test]
fn the_source_by_tag_or_by_digest_is_the_planned_one() {
    for from in [pull_spec(NIGHTLY).to_string(), pull_spec(NIGHTLY).with_digest(source()).to_string()] {
        let release = Held { from: Some(from.as_str().into()), ..held() };
        let row = only(&journal(Outcome::Done), &[], &[release]);
        assert_eq!(row.disagreements, Vec::<String>::new(), "{from}");
    }
}

#[test]
fn a_source_is_its_releases_name_whether_it_is_told_so_or_as_an_image() {
    let tag = pull_spec(NIGHTLY).to_string();
    let digest = pull_spec(NIGHTLY).with_digest(source()).to_string();
    let facts = |row: &LedgerRow| (row.from.as_deref().map(String::from), row.pull_spec.as_deref().map(String::from));
    let name = || Some(NIGHTLY.to_string());
    for (told, from, image) in
        [(NIGHTLY, name(), None), (&tag, name(), Some(tag.clone())), (&digest, None, Some(digest.clone()))]
    {
        let release = Held { from: Some(told.into()), ..held() };
        assert_eq!(facts(&only(&[], &[], &[release])), (from.clone(), image.clone()), "held, {told}");
        let mut run = run(Status::Ok, says("kim"));
        run.params.push(("release-name".into(), told.into()));
        assert_eq!(facts(&only(&[], &[run], &[])), (from, image), "run, {told}");
    }
    assert_eq!(facts(&only(&journal(Outcome::Done), &[], &[])), (name(), Some(tag)), "the plan has both");
    // The plan of the first attempt knows the name of the digest that another release tells.
    let elsewhere = Held { from: Some(digest.as_str().into()), ..other() };
    let rows = rows(&journal(Outcome::Done), &[], &[held(), elsewhere]);
    assert_eq!(facts(&rows[1]), (name(), Some(digest)), "{rows:#?}");
}

#[test]
fn each_ending_has_its_word() {
    let no_runs: &[Run] = &[];
    for (after, runs, word) in [
        (Some(Outcome::Done), no_runs, "ended well"),
        (Some(Outcome::Failed), no_runs, "failed"),
        (Some(Outcome::Refused), no_runs, "refused"),
        (Some(Outcome::Unknown), no_runs, "unknown"),
        (Some(Outcome::Accepted), no_runs, "gone"),
        (None, no_runs, "unknown"),
        (Some(Outcome::Accepted), &[run(Status::Running, says("jane"))], "running"),
        (Some(Outcome::Accepted), &[run(Status::Pending, says("jane"))], "running"),
        (Some(Outcome::Accepted), &[run(Status::Failed, says("jane"))], "failed"),
        (Some(Outcome::Accepted), &[run(Status::TimedOut, says("jane"))], "failed"),
        (Some(Outcome::Accepted), &[run(Status::Cancelled, says("jane"))], "cancelled"),
        (Some(Outcome::Accepted), &[run(Status::Ok, says("jane"))], "ended well"),
        (Some(Outcome::Unknown), &[run(Status::Ok, says("jane"))], "ended well"),
        (None, &[run(Status::Running, says("jane"))], "running"),
    ] {
        let mut entries = vec![entry(&plan(), Outcome::Sending)];
        entries.extend(after.map(|outcome| entry(&plan(), outcome)));
        assert_eq!(only(&entries, runs, &[]).outcome, word, "{after:?}, {} runs", runs.len());
    }
}

#[test]
fn the_last_line_of_a_promotion_decides() {
    let mut entries = journal(Outcome::Accepted);
    entries.push(entry(&plan(), Outcome::Failed));
    assert_eq!(only(&entries, &[run(Status::Ok, says("jane"))], &[]).outcome, "failed");
}

#[test]
fn a_later_run_of_the_same_name_is_not_that_of_the_journal() {
    let stranger = Run { uid: "another".into(), ..run(Status::Running, says("jane")) };
    let rows = rows(&journal(Outcome::Accepted), &[stranger], &[]);
    let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome).collect();
    assert!(outcomes.contains(&"gone") && outcomes.contains(&"running"), "{outcomes:?}");
}

/// A run of the same name that another plan made.
fn of_another_plan(status: Status, operator: &str) -> Run {
    let mut run = Run { uid: "another".into(), ..run(status, says(operator)) };
    run.labels.iter_mut().filter(|(key, _)| &**key == "weir/plan-id").for_each(|(_, id)| *id = "a11ce".into());
    run
}

#[test]
fn a_refused_attempt_has_no_run_whoever_made_the_one_of_that_name() {
    for (run, who) in [
        (of_another_plan(Status::Ok, "alice"), "says alice"),
        (run(Status::Ok, says("alice")), "says alice"),
        (run(Status::Ok, says("jane")), "says jane"),
    ] {
        let rows = rows(&journal(Outcome::Refused), &[run], &[held()]);
        assert_eq!(outcomes(&rows), [("held", who.into()), ("refused", "jane (journal)".into())]);
        assert!(rows.iter().all(|row| row.disagreements.is_empty()), "{rows:#?}");
    }
}

#[test]
fn an_attempt_without_an_answer_has_only_the_run_that_carries_its_plans_id() {
    for entries in [vec![entry(&plan(), Outcome::Sending)], journal(Outcome::Unknown)] {
        for operator in ["alice", "jane"] {
            let rows = rows(&entries, &[of_another_plan(Status::Running, operator)], &[]);
            let says = format!("says {operator}");
            assert_eq!(outcomes(&rows), [("running", says), ("unknown", "jane (journal)".into())]);
        }
        assert_eq!(only(&entries, &[run(Status::Running, says("jane"))], &[]).outcome, "running");
    }
}

#[test]
fn an_attempt_without_an_answer_has_no_run_that_another_made_from_the_same_plan() {
    let elsewhere = Starter::Says { operator: "jane".into(), host: Some("laptop".into()), reason: None };
    for starter in [says("alice"), elsewhere] {
        let rows = rows(&journal(Outcome::Unknown), &[run(Status::Running, starter.clone())], &[]);
        let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome).collect();
        assert!(outcomes.contains(&"unknown") && outcomes.contains(&"running"), "{starter:?}: {outcomes:?}");
    }
}

#[test]
fn a_run_of_the_second_attempt_is_not_that_of_the_first_whose_answer_was_lost() {
    let mut entries = journal(Outcome::Unknown);
    entries.extend([Outcome::Sending, Outcome::Accepted].map(|outcome| Entry {
        id: "20261121T150000-2".into(),
        time: at("2026-11-21T15:00:00Z"),
        ..entry(&plan(), outcome)
    }));
    let rows = rows(&entries, &[run(Status::Running, says("jane"))], &[]);
    assert_eq!(rows.iter().map(|row| row.outcome).collect::<Vec<_>>(), ["running", "unknown"], "newest first");
}

#[test]
fn nobody_is_guessed() {
    let trigger = Starter::Trigger { listener: "cluster-command-listener".into(), trigger: None };
    for (starter, who, words) in [
        (says("kim"), Who::Says("kim".into()), "says kim"),
        (trigger, Who::Made("EventListener cluster-command-listener".into()), "EventListener cluster-command-listener"),
        (
            cron_run().starter,
            Who::Made("CronJob cron-trigger-cluster-command".into()),
            "CronJob cron-trigger-cluster-command",
        ),
        (Starter::NotRecorded, Who::NotRecorded, "not recorded"),
    ] {
        let row = only(&[], &[run(Status::Ok, starter)], &[]);
        assert_eq!((row.who.words().as_str(), row.who), (words, who));
    }
    let row = only(&[], &[], &[held()]);
    assert_eq!((row.who, row.run, row.plan, row.outcome), (Who::NotRecorded, None, None, "held"));
    assert_eq!((row.from.as_deref(), row.time), (Some(NIGHTLY), Some(at("2026-11-21T13:20:00Z"))));
}

#[test]
fn a_run_of_cron_keeps_a_row_of_its_own_because_nothing_says_which_name_it_made() {
    let rows = rows(&[], &[cron_run()], &[held()]);
    assert_eq!(rows.len(), 2);
    let made = rows.iter().find(|row| row.run.is_some()).expect("the run's");
    assert_eq!((&*made.name, made.who.words().as_str()), ("", "CronJob cron-trigger-cluster-command"));
    assert_eq!(made.outcome, "ended well", "nothing that is held is without a name");
    let there = rows.iter().find(|row| row.run.is_none()).expect("the release's");
    assert_eq!(there.who, Who::NotRecorded);
    assert!(rows.iter().all(|row| row.disagreements.is_empty()), "{rows:?}");
}

#[test]
fn a_run_whose_parameter_tells_the_name_is_that_of_the_release() {
    let mut told = cron_run();
    told.params.push(("target-release-name".into(), NAME.into()));
    let row = only(&[], &[told], &[held()]);
    assert_eq!((&*row.name, row.outcome), (NAME, "held"));
    assert_eq!(row.who.words(), "CronJob cron-trigger-cluster-command");
}

#[test]
fn a_run_of_another_pipeline_is_no_promotion() {
    let mut build = cron_run();
    build.params.clear();
    assert_eq!(rows(&[], &[build], &[]), Vec::new());
}

#[test]
fn two_operators_for_one_run_are_a_disagreement() {
    let row = only(&journal(Outcome::Done), &[run(Status::Ok, says("kim"))], &[held()]);
    assert_eq!(row.disagreements, ["the journal says jane, the run says kim"]);
    assert_eq!(row.who.words(), "jane (journal)");
}

#[test]
fn another_source_than_planned_is_a_disagreement() {
    let foreign = Held { from: Some("4.21.0-0.okd-scos-nightly-2026-11-21-091144".into()), ..held() };
    let row = only(&journal(Outcome::Done), &[], &[foreign]);
    assert_eq!(row.disagreements.len(), 1);
    assert!(row.disagreements[0].contains(NIGHTLY) && row.disagreements[0].contains("2026-11-21-091144"));
}

#[test]
fn a_tag_that_holds_another_digest_than_was_imported_is_a_disagreement() {
    let moved = Held { tag: Some(digest('e')), ..held() };
    for entries in [journal(Outcome::Done), Vec::new()] {
        let row = only(&entries, &[], std::slice::from_ref(&moved));
        let both = [digest('e').short(), digest('d').short()];
        assert_eq!(row.disagreements.len(), 1);
        assert!(both.iter().all(|digest| row.disagreements[0].contains(digest)), "{:?}", row.disagreements);
    }
}

#[test]
fn a_release_that_is_held_although_its_run_failed_is_a_disagreement() {
    for status in [Status::Failed, Status::Cancelled] {
        let row = only(&journal(Outcome::Accepted), &[run(status, says("jane"))], &[held()]);
        assert_eq!(row.disagreements.len(), 1, "{:?}", row.disagreements);
        assert!(row.disagreements[0].contains("all the same"));
        assert_ne!(row.outcome, "held", "the run's end is not hidden");
    }
}

#[test]
fn a_promotion_that_no_server_knows_is_a_disagreement() {
    let rows = rows(&journal(Outcome::Done), &[], &[other()]);
    let ours = rows.iter().find(|row| &*row.name == NAME).expect("the journal's");
    assert_eq!(ours.disagreements.len(), 1);
    assert!(ours.disagreements[0].contains("the channel does not hold it"));
    assert!(only(&journal(Outcome::Done), &[], &[]).disagreements.is_empty(), "nothing was asked");
}

#[test]
fn a_channel_that_was_read_and_holds_nothing_disagrees_too() {
    let ran = [run(Status::Ok, says("jane"))];
    for (entries, runs) in
        [(journal(Outcome::Done), &ran[..0]), (journal(Outcome::Accepted), &ran[..]), (Vec::new(), &ran[..])]
    {
        let unread = ledger::rows(&entries, runs, &[], &["4-scos-next".into()]);
        assert_eq!((unread[0].outcome, unread[0].disagreements.len()), ("ended well", 0));
        let read = ledger::rows(&entries, runs, &[], &[CHANNEL.into()]);
        let said = "it ended well, and the channel does not hold it".to_string();
        assert_eq!((read[0].outcome, &read[0].disagreements), ("ended well", &vec![said]));
    }
}

#[test]
fn a_lost_answer_is_found_in_what_the_channel_holds() {
    let row = only(&journal(Outcome::Unknown), &[], &[held()]);
    assert_eq!((row.outcome, row.disagreements.len()), ("held", 0));
}

#[test]
fn a_refused_promotion_has_nothing_to_do_with_what_the_channel_holds() {
    let rows = rows(&journal(Outcome::Refused), &[], &[held()]);
    assert_eq!(outcomes(&rows), [("held", "not recorded".into()), ("refused", "jane (journal)".into())]);
}

#[test]
fn a_second_attempt_stands_beside_the_first_and_holds_the_release() {
    let mut again = planned(&facts(Way::Pinned), &[]);
    again.object.name = "weir-4-scos-stable-4.21.0-okd-scos.7-2".into();
    let mut entries = journal(Outcome::Failed);
    entries.extend([Outcome::Sending, Outcome::Done].map(|outcome| Entry {
        id: "20261121T150000-2".into(),
        time: at("2026-11-21T15:00:00Z"),
        ..entry(&again, outcome)
    }));
    let rows = rows(&entries, &[], &[held()]);
    let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, ["held", "failed"], "newest first");
    assert!(rows.iter().all(|row| row.disagreements.is_empty()), "{rows:#?}");
}

#[test]
fn the_newest_stands_first() {
    let rows = rows(&journal(Outcome::Done), &[], &[other(), held()]);
    let names: Vec<&str> = rows.iter().map(|row| &*row.name).collect();
    assert_eq!(names, [NAME, "4.21.0-okd-scos.6"]);
}
