//! What the interface costs: taking in runs, one change among them, a frame. Printed, not asserted; medians.
//!
//! `cargo bench -p weir-ui --bench interface`

use std::hint::black_box;
use std::time::{Duration, Instant};
use weir_domain::{Change, ClusterName, News, Run, Status};
use weir_frames::Story;
use weir_frames::world::*;

fn runs(many: usize) -> Vec<Run> {
    (0..many)
        .map(|n| {
            let name = format!("okd-coreos-4.{}-prod-pipelinerun-{n:05}", 16 + n % 7);
            let status = if n % 50 == 0 { Status::Running } else { Status::Ok };
            let version = format!("4.{}", 16 + n % 7);
            let params = [("version", version.as_str()), ("release-stream", "next")];
            timed(run(&name, "okd-coreos", status, &params), 60 * n as i64, (status == Status::Ok).then_some(30))
        })
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn measure(what: &str, times: usize, mut work: impl FnMut()) {
    let times = (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    println!("{what:<56} {:>12.1?}", median(times));
}

fn loaded(all: &[Run], size: (u16, u16)) -> Story {
    let mut story = blank(size);
    story.news([News::Endpoints(endpoints())]).press("r");
    let moc = ClusterName::new("moc");
    story.news([News::Runs(moc.clone(), None, Change::Begin)]);
    for page in all.chunks(500) {
        let rows = page.iter().map(|run| (run.id.clone(), run.clone())).collect();
        story.news([News::Runs(moc.clone(), None, Change::Upsert(rows))]);
    }
    story.news([News::Runs(moc, None, Change::Complete)]);
    story
}

fn main() {
    let all = runs(10_000);
    measure("10,000 runs taken in, in pages of 500", 5, || {
        black_box(loaded(&all, SMALL));
    });
    for (size, name) in [(SMALL, "80x24"), (WIDE, "160x48")] {
        let mut story = loaded(&all, size);
        measure(&format!("a frame with 10,000 runs, {name}"), 200, || {
            black_box(story.frame());
        });
        let mut down = true;
        measure(&format!("a key and its frame with 10,000 runs, {name}"), 200, || {
            story.press(if down { "j" } else { "k" });
            down = !down;
            black_box(story.frame());
        });
        let mut turn = 0;
        measure(&format!("one changed run and its frame with 10,000 runs, {name}"), 200, || {
            turn += 37;
            let mut changed = all[turn % all.len()].clone();
            changed.status = Status::Failed;
            let news = Change::Upsert(vec![(changed.id.clone(), changed)]);
            story.news([News::Runs(ClusterName::new("moc"), None, news)]);
            black_box(story.frame());
        });
    }
    let mut story = loaded(&all, SMALL);
    story.press("/");
    measure("a key in the filter with 10,000 runs", 20, || {
        story.type_text("4").press("Backspace");
    });
}
