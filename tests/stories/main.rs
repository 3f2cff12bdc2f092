//! Golden frames: every screen in every state it can be in. One file a screen; the frames lie in `golden/`.
//!
//! Frames are drawn with the probe theme, so each shows text and, below it, the role of every cell.

mod cancel;
mod checklist;
mod decide;
mod diff;
mod first;
mod health;
mod help;
mod journal;
mod ledger;
mod log;
mod messages;
mod overview;
mod palette;
mod payload;
mod pictures;
mod pipelines;
mod promote;
mod release;
mod releases;
mod run;
mod runs;
mod start;
mod stream;
mod yaml;

use std::collections::BTreeSet;
use weir_frames::{Story, problems, world};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/stories/golden");

/// Compares with the golden file of this name; `INSTA_UPDATE=always` writes it.
pub fn golden(name: &str, story: &Story) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(GOLDEN);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, story.frame().golden()));
}

/// The lines whose last column, or the one before a dialog's border, holds a letter or digit: their last words.
/// All other words of the frame go to `words`.
fn at_the_edge(body: &str, words: &mut BTreeSet<String>) -> Vec<(String, String)> {
    let mut lines = body.lines();
    let width = lines.next().and_then(|size| size.split_once('x')).and_then(|(width, _)| width.parse::<usize>().ok());
    let mut found = Vec::new();
    for line in lines.take_while(|line| *line != "── roles ──") {
        let inside = line.trim_end_matches(['│', '|']);
        let mut parts: Vec<&str> = inside.split(' ').filter(|part| !part.is_empty()).collect();
        let full = inside.len() < line.len() || Some(line.chars().count()) >= width;
        if full && inside.ends_with(|c: char| c.is_alphanumeric()) {
            found.extend(parts.pop().map(|last| (last.to_string(), line.to_string())));
        }
        words.extend(parts.into_iter().map(str::to_string));
    }
    found
}

#[test]
fn in_every_golden_frame_no_line_is_too_wide_no_word_is_cut_and_no_border_is_broken() {
    let mut frames = 0;
    let mut wrong = Vec::new();
    let mut edges = Vec::new();
    let mut words = BTreeSet::new();
    for entry in std::fs::read_dir(GOLDEN).expect("the folder of golden files") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "snap") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a golden file");
        let body = text.splitn(3, "---\n").nth(2).expect("a header and a frame");
        frames += 1;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        wrong.extend(problems(body).into_iter().map(|problem| format!("{name}: {problem}")));
        for line in at_the_edge(body, &mut words) {
            edges.push((name.clone(), line));
        }
    }
    // A word that ends with its line may have been cut there: it is whole when it stands whole somewhere else.
    for (name, (word, line)) in edges {
        let number = word.trim_end_matches(char::is_alphabetic);
        let age = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && word.len() <= number.len() + 1;
        if !age && !words.contains(&word) && !words.contains(&word.to_lowercase()) {
            wrong.push(format!("{name}: `{word}` may be cut at the edge: {line}"));
        }
    }
    assert!(frames > 20, "only {frames} golden frames");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
