//! From exec to the first frame: the overview's frame, before any network answer.

use crate::paper::figures;
use crate::place::Place;
use crate::program::Program;
use std::time::Instant;

const AIM: &str = "≤ 20 ms";

pub fn measure(place: &Place) {
    let (mut demo, mut real) = (Vec::new(), Vec::new());
    for _ in 0..crate::TIMES {
        demo.push(until_frame(|| Program::demo((80, 24))));
        real.push(until_frame(|| Program::on(place, (80, 24))));
    }
    figures("exec → first frame, weir --demo", demo, "ms", AIM);
    figures("exec → first frame, with a kubeconfig", real, "ms", AIM);
}

fn until_frame(start: impl FnOnce() -> Program) -> f64 {
    let begun = Instant::now();
    let program = start();
    program.see("Overview");
    begun.elapsed().as_secs_f64() * 1e3
}
