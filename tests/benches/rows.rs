//! Ten thousand rows in the model: what news cost, what a frame costs, and how many bytes a key and a log line are.
//! No process and no network: the model, the page and the terminal's backend alone.

use crate::paper::{figure, figures};
use crate::place::Place;
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Rect, Size};
use std::sync::Arc;
use std::time::Instant;
use weir_domain::log::{LogId, LogNews, LogPart, Source};
use weir_domain::{Change, ClusterName, Depth, News, Run, RunId, Starter, Status};
use weir_frames::Story;
use weir_runtime::backend::{ColorLevel, Lean};
use weir_ui::Settings;

const MANY: usize = 10_000;
const SIZE: (u16, u16) = (120, 40);

struct Terminal {
    lean: Lean<Vec<u8>>,
    buffer: Buffer,
}

impl Terminal {
    fn new(colors: ColorLevel) -> Terminal {
        let (width, height) = SIZE;
        let lean = Lean::new(Vec::new(), Size::new(width, height), colors);
        Terminal { lean, buffer: Buffer::empty(Rect::new(0, 0, width, height)) }
    }

    /// Draws as the runtime does; the milliseconds it took and the bytes it wrote.
    fn draw(&mut self, story: &Story) -> (f64, f64) {
        let begun = Instant::now();
        let area = self.buffer.area;
        self.buffer.reset();
        weir_ui::page(story.model(), area, &mut self.buffer);
        weir_ui::overlays(story.model(), area, &mut self.buffer);
        self.lean.writer_mut().clear();
        self.lean.present(&self.buffer);
        ratatui::backend::Backend::flush(&mut self.lean).expect("a vector takes all");
        (begun.elapsed().as_secs_f64() * 1e3, self.lean.writer_mut().len() as f64)
    }
}

pub fn measure(_: &Place) {
    let mut terminal = Terminal::new(ColorLevel::True);
    let theme = weir_ui::Theme::named("dark").expect("weir's own theme");
    let mut story = Story::with_theme(Settings::default(), theme, at(0), SIZE);
    story.press("r");
    let (mut batches, mut taken) = (Vec::new(), 0.0);
    story.news([told(Change::Begin)]);
    for first in (0..MANY).step_by(500) {
        let page = (first..first + 500).map(|number| run(number, Status::Ok)).collect();
        let begun = Instant::now();
        story.news([upsert(page)]);
        let took = begun.elapsed().as_secs_f64() * 1e3;
        taken += took;
        batches.push(took);
    }
    story.news([told(Change::Complete)]);
    figures("rows: one page of 500 runs into the model", batches, "ms", "");
    figure("rows: all twenty pages", &format!("{taken:.1} ms"), "");
    let (mut whole, mut key, mut key_bytes, mut live) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..40 {
        terminal.lean.repaint();
        whole.push(terminal.draw(&story).0);
        let begun = Instant::now();
        story.press("j");
        let moved = begun.elapsed().as_secs_f64() * 1e3;
        let (drawn, bytes) = terminal.draw(&story);
        key.push(moved + drawn);
        key_bytes.push(bytes);
        let begun = Instant::now();
        let status = if round % 2 == 0 { Status::Running } else { Status::Ok };
        story.news([upsert(vec![run(MANY - 1, status)])]);
        let folded = begun.elapsed().as_secs_f64() * 1e3;
        live.push(folded + terminal.draw(&story).0);
    }
    figures("a whole frame with 10,000 rows, 120×40", whole, "ms", "≤ 2 ms");
    figures("`j` with 10,000 rows: update and frame", key, "ms", "≤ 2 ms");
    figures("a changed run among 10,000: update and frame", live, "ms", "≤ 2 ms");
    figures("bytes for `j`, model and backend alone", key_bytes, "bytes", "≤ 50");
    log_line("16-colour", ColorLevel::Ansi16, "16 colours");
    log_line("dark", ColorLevel::True, "true colour");
}

/// A followed log on a full screen: one more line scrolls it.
fn log_line(theme: &str, colors: ColorLevel, words: &str) {
    let mut terminal = Terminal::new(colors);
    let theme = weir_ui::Theme::named(theme).expect("weir's own theme");
    let mut story = Story::with_theme(Settings::default(), theme, at(0), SIZE);
    story.news([told(Change::Begin), upsert(vec![run(0, Status::Running)]), told(Change::Complete)]);
    story.press("r l");
    let id = LogId { run: run(0, Status::Running).id, part: LogPart::Whole };
    let source = Source { order: 0, task: "build".into(), attempt: 0, step: "cosa".into() };
    let line = |number: usize| {
        let packages =
            ["kernel-core", "glibc-common", "podman", "ostree", "ignition", "systemd-udev", "NetworkManager"];
        let verb = ["installing", "verifying", "fetched", "Writing object"][number % 4];
        let package = packages[number % 7];
        let text =
            format!("{verb} {package}-{}.{number}.el9.x86_64 (fedora-coreos-pool) {}", number * 37 % 19, number * 7919);
        let text = format!("{text:.<75}");
        let stamps = vec![at(number as i64).as_nanosecond() as i64];
        News::Log(id.clone(), LogNews::Lines { source: source.clone(), text, stamps, hidden: 0 })
    };
    for number in 0..200 {
        story.news([line(number)]);
    }
    terminal.draw(&story);
    let mut bytes = Vec::new();
    for number in 200..240 {
        story.news([line(number)]);
        bytes.push(terminal.draw(&story).1);
    }
    figures(&format!("bytes for one more log line of 75 characters, 120×40, {words}"), bytes, "bytes", "≤ 200");
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

fn told(change: Change<RunId, Run>) -> News {
    News::Runs(ClusterName::new("moc"), None, change)
}

fn upsert(runs: Vec<Run>) -> News {
    told(Change::Upsert(runs.into_iter().map(|run| (run.id.clone(), run)).collect()))
}

fn run(number: usize, status: Status) -> Run {
    let back = 600 * (MANY - number) as i64;
    let label = |key: &str, value: &str| (Arc::from(key), Arc::from(value));
    Run {
        id: RunId::new(
            "moc",
            ["okd-coreos", "okd-team"][number % 2],
            format!("okd-coreos-4.{}-prod-{number:05}", number % 23),
        ),
        uid: format!("{number:08}-0000-4000-a000-000000000000").into(),
        depth: Depth::Whole,
        status: if number % 7 == 3 { Status::Failed } else { status },
        reason: "Succeeded".into(),
        message: "Tasks Completed: 9 (Failed: 0, Cancelled 0), Skipped: 1".into(),
        pipeline: Some("okd-coreos-all".into()),
        params: vec![label("version", "4.22"), label("release-stream", "next"), label("variant", "okd-c9s")],
        created: Some(at(-back)),
        started: Some(at(-back)),
        finished: status.finished().then(|| at(-back + 3000)),
        progress: weir_domain::Progress::parse("Tasks Completed: 9 (Failed: 0, Cancelled 0), Skipped: 1"),
        starter: Starter::NotRecorded,
        asked: None,
        labels: (0..8).map(|n| label(&format!("tekton.dev/label-{n}"), "okd-coreos-all")).collect(),
    }
}
