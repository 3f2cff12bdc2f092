//! What a log promises, one sentence a test; `model` compares it with a plain list of strings.

mod figures;
mod model;

use crate::{Item, Kind, Line, LineId, Log, Pattern, Row, View};
use std::sync::atomic::AtomicBool;

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn found(log: &Log, pattern: &str) -> Vec<u64> {
    let mut all = Vec::new();
    let pattern = Pattern::new(pattern).unwrap();
    log.snapshot().search(&pattern, 0, &AtomicBool::new(false), |hits| all.extend(hits));
    all
}

fn small() -> Log {
    Log::with_block(usize::MAX, 64)
}

#[test]
fn sections_read_in_their_order_however_their_lines_arrive() {
    let mut log = small();
    let build = log.section("build › compile");
    let push = log.section("push › push");
    log.append(push, "pushing\n", &[]);
    log.append(build, "one\ntwo\n", &[]);
    log.append(push, "pushed\n", &[]);
    log.append(build, "three\n", &[]);
    assert_eq!(texts(&log.window(0, 10)), ["one", "two", "three", "pushing", "pushed"]);
    log.arrange(&[push]);
    assert_eq!(texts(&log.window(1, 2)), ["pushed", "one"]);
    assert_eq!(log.number(LineId { section: build, index: 2 }), Some(4));
    assert_eq!(&*log.sections()[0].title, "push › push");
}

#[test]
fn a_newline_at_the_end_closes_the_last_line_and_the_times_decide_about_an_empty_one() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, "", &[]);
    assert_eq!(log.lines(), 0);
    log.append(step, "a", &[]);
    log.append(step, "b\n", &[]);
    log.append(step, "\n", &[]);
    log.append(step, "c\n", &[1, 2]);
    log.append(step, "", &[3]);
    assert_eq!(texts(&log.window(0, 10)), ["a", "b", "", "c", "", ""]);
    let stamps: Vec<_> = log.window(3, 3).iter().map(|line| line.stamp.unwrap().as_nanosecond()).collect();
    assert_eq!(stamps, [1, 2, 3]);
    assert_eq!(log.bytes(), 2 + 2 + 1 + 2 + 1 + 1);
}

#[test]
fn any_time_comes_back_as_it_was() {
    let mut log = small();
    let step = log.section("step");
    let times = [0, 1_700_000_000_123_456_789, -1, i64::MAX, i64::MIN, 7];
    log.append(step, "a\nb\nc\nd\ne\nf", &times);
    log.note(step, "a gap");
    log.append(step, "g\nh", &[8]);
    let read: Vec<_> = log.window(0, 9).iter().map(|line| line.stamp.map(|at| at.as_nanosecond() as i64)).collect();
    let mut wanted: Vec<_> = times.iter().copied().map(Some).collect();
    wanted.extend([None, Some(8), None]);
    assert_eq!(read, wanted);
}

#[test]
fn a_note_is_a_line_of_its_own_kind_and_never_an_error() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, "error: no\n", &[]);
    log.note(step, "── error:\nlost ──");
    assert_eq!(log.window(0, 5).iter().map(|line| line.kind).collect::<Vec<_>>(), [Kind::Text, Kind::Note]);
    assert_eq!(log.window(1, 1)[0].text, "── error: lost ──");
    assert_eq!(log.first_error(None), Some(0));
    assert_eq!(log.first_error(Some(0)), None);
}

#[test]
fn over_the_budget_the_oldest_lines_go_and_the_gap_is_a_line() {
    let mut log = Log::with_block(6_000, 64);
    let one = log.section("one");
    let two = log.section("two");
    log.append(one, "error: first\n", &[]);
    for turn in 0..2_000 {
        log.append(if turn % 2 == 0 { one } else { two }, &format!("line {turn}\n"), &[]);
        assert!(log.held() <= 6_000);
    }
    let gone = log.sections()[0].dropped;
    assert!(gone > 500 && log.dropped() == gone + log.sections()[1].dropped);
    assert_eq!(log.lines(), 2_001);
    let start = log.window(0, 2);
    assert_eq!(start[0].kind, Kind::Note);
    assert_eq!(start[0].text, format!("── {gone} lines dropped: the log outgrew its memory ──"));
    assert_eq!(start[1].number, gone);
    assert_eq!(start[1].text, format!("line {}", (gone - 1) * 2));
    assert_eq!(log.sections()[0].first_error, None);
    assert_eq!(log.window(2_000, 5)[0].text, "line 1999");
}

#[test]
fn a_budget_of_nothing_still_counts_what_it_dropped() {
    let mut log = Log::new(0);
    let step = log.section("step");
    log.append(step, "a\nb\n", &[]);
    assert_eq!((log.lines(), log.dropped(), log.held()), (2, 2, 0));
    assert_eq!(texts(&log.window(0, 9)), ["── 2 lines dropped: the log outgrew its memory ──"]);
}

#[test]
fn anchors_mean_lines_and_no_match_spans_two() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, "doing\nfoo bar\n\nbeing done\nxy", &[]);
    assert_eq!(found(&log, r"ing\s+\w+$"), [3]);
    assert_eq!(found(&log, "^foo"), [1]);
    assert_eq!(found(&log, r"\Abeing"), [3]);
    assert_eq!(found(&log, r"(?-m)^xy\z"), [4]);
    assert_eq!(found(&log, "^$"), [2]);
    assert_eq!(found(&log, "(?s)doing.foo"), [0_u64; 0]);
    assert_eq!(found(&log, "doing\nfoo"), [0_u64; 0]);
    assert_eq!(found(&log, "[^a]*r"), [1]);
    assert_eq!(found(&log, "!o"), [2, 4]);
    assert_eq!(found(&log, r"\!"), [0_u64; 0]);
}

#[test]
fn a_pattern_says_in_one_sentence_what_is_wrong_with_it() {
    let error = Pattern::new("a(b").unwrap_err();
    assert_eq!(error, "The pattern has an error at character 2: unclosed group.");
    assert_eq!(Pattern::new("!").unwrap_err(), "There is nothing to search for.");
    assert!(Pattern::new(r"(\w{500}){500}").unwrap_err().starts_with("The pattern is too large"));
}

#[test]
fn a_pattern_shows_where_it_matches_in_a_line() {
    let pattern = Pattern::new("(?i)err|ö").unwrap();
    assert_eq!(pattern.ranges("Err: größe"), [0..3, 7..9]);
    assert!(Pattern::new("x*").unwrap().ranges("abc").is_empty());
    assert!(Pattern::new("!a").unwrap().ranges("abc").is_empty());
}

#[test]
fn a_stopped_search_says_nothing_more() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, &"x\n".repeat(20_000), &[]);
    let stop = AtomicBool::new(false);
    let mut calls = 0;
    log.snapshot().search(&Pattern::new("x").unwrap(), 0, &stop, |_| {
        calls += 1;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(calls, 1);
    assert_eq!(log.snapshot().sift(&Pattern::new("x").unwrap(), &stop), None);
}

#[test]
fn likely_errors_are_told_from_lines_that_speak_of_none() {
    for line in [
        "error: Could not depsolve transaction; 1 problem detected:",
        "Error from server (NotFound): pods \"x\" not found",
        "ERROR    build failed",
        "FATAL unable to start",
        "thread 'main' panicked at src/main.rs:3:5:",
        "panic: runtime error: index out of range",
        "failed to execute cmd-fetch: exit status 1",
        "\x1b[0m\x1b[31merror: \x1b[0mno space",
        "Traceback (most recent call last):",
        "KeyError: 'x'",
        "12 tests, 0 errors, 1 failed",
        "bash: cosa: command not found",
        "write /srv: no space left on device",
    ] {
        assert!(crate::is_trouble(line), "{line}");
    }
    for line in [
        "finished with 0 errors",
        "no errors found",
        "failed=0 errors: 0",
        "\"error\": null",
        "+ echo 'error: usage'",
        "++ grep -c failed log",
        "compiling error_chain v0.12",
        "--ignore-errors given",
        "all is well",
    ] {
        assert!(!crate::is_trouble(line), "{line}");
    }
}

#[test]
fn a_snapshot_keeps_its_moment_while_the_log_goes_on() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, "a\nb\n", &[]);
    let then = log.snapshot();
    log.append(step, "c\n", &[]);
    assert_eq!(texts(&then.window(0, 9)), ["a", "b"]);
    assert_eq!(texts(&log.window(0, 9)), ["a", "b", "c"]);
}

#[test]
fn a_saved_log_names_its_sections_and_can_carry_the_times() {
    let mut log = small();
    let one = log.section("build › compile");
    let two = log.section("push › push");
    log.append(one, "a\n", &[1_700_000_000_000_000_000]);
    log.note(two, "── gap ──");
    let mut plain = Vec::new();
    let written = log.snapshot().write_to(&mut plain, false).unwrap();
    assert_eq!(written, plain.len() as u64);
    let plain = String::from_utf8(plain).unwrap();
    assert_eq!(plain, "── build › compile ──\na\n── push › push ──\n── gap ──\n");
    let mut timed = Vec::new();
    log.snapshot().write_to(&mut timed, true).unwrap();
    assert!(String::from_utf8(timed).unwrap().contains("\n2023-11-14T22:13:20Z a\n"));
}

#[test]
fn a_fold_hides_the_lines_and_says_how_many() {
    let mut log = small();
    let one = log.section("one");
    let two = log.section("two");
    log.append(one, "a\nb\n", &[]);
    log.append(two, "c\n", &[]);
    let mut view = View::new();
    view.follow(&log);
    assert_eq!(view.rows(), 5);
    view.fold(one, true);
    let items = view.window(&log, 0, 10);
    assert_eq!(items[0], Item::Heading { section: one, title: "one".into(), hidden: 2 });
    assert_eq!(items.len(), 3);
    assert_eq!(view.row_of(LineId { section: one, index: 1 }), Some(0));
    assert_eq!(view.row(2), Some(Row::Line(LineId { section: two, index: 0 })));
}

#[test]
fn a_filtered_view_takes_in_new_lines_and_points_a_hidden_line_at_the_next() {
    let mut log = small();
    let step = log.section("step");
    log.append(step, "keep 1\ndrop\nkeep 2\n", &[]);
    let mut view = View::new();
    view.filter(&log, Some(Pattern::new("keep").unwrap()));
    log.append(step, "keep 3\ndrop\n", &[]);
    assert_eq!(view.rows(), 2);
    view.follow(&log);
    assert_eq!(view.rows(), 3);
    assert_eq!(view.row_of(LineId { section: step, index: 1 }), Some(1));
    view.filter(&log, None);
    assert_eq!(view.rows(), 5);
}
