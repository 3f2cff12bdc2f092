//! A minute of doing nothing with ten thousand rows on screen, and what a key costs on the wire.
//!
//! To count requests and to have nothing happen, the embedded world is served from here with its time held; weir is
//! still another process.

use crate::paper::{figure, figures};
use crate::place::Place;
use crate::program::{PATIENCE, Program};
use std::time::{Duration, Instant};
use weir_sim::{World, WorldKind};

const MINUTE: Duration = Duration::from_secs(60);
const SIZE: (u16, u16) = (120, 40);

pub fn measure(place: &Place) {
    if place.real() {
        let mut program = Program::on(place, SIZE);
        program.runs_live();
        keys(&mut program);
        minute(&mut program);
        return figure("idle 60 s: requests", "counted on the embedded world only", "");
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::start(WorldKind::Huge)).expect("the embedded world starts");
    world.control().hold();
    let mut program = Program::with(world.kubeconfig(), "demo-moc", &[], SIZE);
    program.runs_live();
    keys(&mut program);
    let asked =
        || world.clusters().iter().flat_map(|cluster| world.control().requests(&cluster.name)).collect::<Vec<_>>();
    program.pty.wait_quiet(Duration::from_secs(3), PATIENCE);
    let before = asked().len();
    minute(&mut program);
    let after = asked();
    let (watches, others): (Vec<_>, Vec<_>) =
        after[before..].iter().partition(|asked| asked.path.contains("watch=true"));
    let first = others.first().map(|asked| format!(", first: {} {}", asked.method, asked.path)).unwrap_or_default();
    let words = format!("{} ({} watches opened{first})", others.len(), watches.len());
    figure("idle 60 s: requests to the clusters, watches aside", &words, "0");
}

/// `j` moves the selection by one row.
fn keys(program: &mut Program) {
    program.pty.wait_quiet(Duration::from_secs(3), PATIENCE);
    let mut bytes = Vec::new();
    for _ in 0..crate::TIMES {
        program.pty.send("j");
        bytes.push(program.pty.bytes_during(Duration::from_millis(400)) as f64);
    }
    figures("bytes for `j` in Runs at 120×40", bytes, "bytes", "≤ 50");
}

fn minute(program: &mut Program) {
    program.pty.wait_quiet(Duration::from_secs(5), PATIENCE);
    let (cpu, written, begun) = (program.cpu(), program.pty.bytes_written(), Instant::now());
    let screen = program.pty.screen();
    std::thread::sleep(MINUTE);
    let share = (program.cpu() - cpu) / begun.elapsed().as_secs_f64() * 100.0;
    let bytes = program.pty.bytes_written() - written;
    let after = program.pty.screen();
    let turned = screen.lines().zip(after.lines()).filter(|(before, after)| before != after).count();
    figure("idle 60 s: CPU", &format!("{share:.2} %"), "< 0.5 %");
    let words = format!("{bytes} ({turned} lines show another age)");
    figure("idle 60 s: bytes to the terminal", &words, "0 when no coarse age turned");
}
