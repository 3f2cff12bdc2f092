//! Prints what a log of a million lines costs: `cargo test -p weir-log --release -- --ignored --nocapture`.

use crate::{Log, Pattern, View};
use std::fmt::Write;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A build log of a million lines, about 52 MB, with words that repeat as such logs' do.
fn million() -> (String, Vec<i64>) {
    let words =
        ["fetching", "compiling", "linking", "copying", "checking", "package", "layer", "module", "index", "proxy"];
    let mut text = String::with_capacity(56_000_000);
    let mut stamps = Vec::with_capacity(1_000_000);
    let mut seed: u64 = 88_172_645_463_325_252;
    for line in 0..1_000_000_u64 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let word = words[(seed % 10) as usize];
        let other = words[(seed / 10 % 10) as usize];
        if line % 50_000 == 49_999 {
            writeln!(text, "error: {word} {other} failed after {line} lines, retried").unwrap();
        } else {
            writeln!(text, "[{:>7}] {word} {other} lib-{:08x} step {}", line, seed >> 32, seed % 97).unwrap();
        }
        stamps.push(1_700_000_000_000_000_000 + line as i64 * 1_000_000 + (seed % 1_000_000) as i64);
    }
    (text, stamps)
}

#[test]
#[ignore = "prints times, asserts nothing about them"]
fn a_million_lines() {
    let (text, stamps) = million();
    let start = Instant::now();
    let mut log = Log::new(256 << 20);
    let step = log.section("step");
    // As they come from a socket: some hundred lines at a time.
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    for (lines, stamps) in lines.chunks(300).zip(stamps.chunks(300)) {
        log.append(step, &lines.concat(), stamps);
    }
    println!("append, 300 lines at a time: {:?}", start.elapsed());
    let start = Instant::now();
    let mut log = Log::new(256 << 20);
    let step = log.section("step");
    log.append(step, &text, &stamps);
    println!("append: {:?}; {log:?}", start.elapsed());
    assert_eq!(log.lines(), 1_000_000);

    let start = Instant::now();
    for turn in 0..100 {
        assert_eq!(log.window(turn * 9_900, 48).len(), 48);
    }
    println!("window of 48 lines: {:?}", start.elapsed() / 100);
    let start = Instant::now();
    let snapshot = log.snapshot();
    println!("snapshot: {:?}", start.elapsed());
    let start = Instant::now();
    log.append(step, "one more", &[]);
    println!("first append after a snapshot: {:?}", start.elapsed());

    for text in ["error", "(?i)error", "error|failed|panic", r"[a-z]+ing\s+\w+$", r"[a-z]+ing\s+\w+", ".*x.*y", "!e"] {
        let pattern = Pattern::new(text).unwrap();
        let start = Instant::now();
        let mut count = 0;
        snapshot.search(&pattern, 0, &AtomicBool::new(false), |hits| count += hits.len());
        println!("search {text}: {:?}, {count} lines", start.elapsed());
    }
    let start = Instant::now();
    let mut errors = 0;
    let mut after = None;
    while let Some(line) = log.first_error(after) {
        errors += 1;
        after = Some(line);
    }
    println!("every likely error, {errors}: {:?}", start.elapsed());

    let start = Instant::now();
    let mut view = View::new();
    view.filter(&log, Some(Pattern::new("x").unwrap()));
    println!("filter on one thread: {:?}, {} rows", start.elapsed(), view.rows());
    view.filter(&log, Some(Pattern::new("error:").unwrap()));
    let start = Instant::now();
    let items = view.window(&log, 0, 48);
    println!("window of {} rows, each in another block: {:?}", items.len(), start.elapsed());
    let start = Instant::now();
    let written = snapshot.write_to(&mut std::io::sink(), true).unwrap();
    println!("save with times: {:?}, {written} bytes", start.elapsed());
}
