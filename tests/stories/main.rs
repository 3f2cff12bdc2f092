//! Golden frames: every screen in every state it can be in. One file a screen; the frames lie in `golden/`.
//!
//! Frames are drawn with the probe theme, so each shows text and, below it, the role of every cell.

mod cancel;
mod first;
mod health;
mod help;
mod journal;
mod log;
mod messages;
mod overview;
mod palette;
mod pictures;
mod pipelines;
mod releases;
mod run;
mod runs;
mod start;
mod stream;
mod yaml;

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

#[test]
fn in_every_golden_frame_no_line_is_too_wide_and_no_border_is_broken() {
    let mut frames = 0;
    let mut wrong = Vec::new();
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
    }
    assert!(frames > 20, "only {frames} golden frames");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
