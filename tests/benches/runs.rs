//! Ten thousand runs: how soon all names and states are there, how soon the list is whole and live, at what cost,
//! beside a bare download of the same pages that decodes nothing.

use crate::child::{self, Told};
use crate::paper::{figure, figures, median};
use crate::place::{NAMESPACE, Place};
use crate::program::Program;
use std::time::Instant;

pub fn measure(place: &Place) {
    let all = Scope::new(place, "", "all namespaces", "≤ 1200 ms");
    let one = Scope::new(place, NAMESPACE, "one namespace", "≤ 500 ms");
    let mut scopes = [one, all];
    let (mut cpu, mut peak, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..crate::TIMES {
        scopes.iter_mut().for_each(|scope| scope.take(place));
        let begun = Instant::now();
        let mut program = Program::on(place, (120, 40));
        program.runs_live();
        shown.push(begun.elapsed().as_secs_f64() * 1e3);
        cpu.push(program.cpu());
        peak.push(program.peak());
    }
    for scope in scopes {
        scope.print();
    }
    figures("the whole program: exec → list on screen whole and live", shown, "ms", "");
    figures("the whole program: own CPU until then", cpu, "s", "≤ 1.0 s");
    figures("the whole program: peak resident", peak, "MB", "≤ 80 MB");
}

struct Scope {
    namespace: &'static str,
    words: &'static str,
    aim: &'static str,
    bare: Vec<Told>,
    runs: Vec<Told>,
}

impl Scope {
    /// The first, cold round does not count.
    fn new(place: &Place, namespace: &'static str, words: &'static str, aim: &'static str) -> Scope {
        let mut scope = Scope { namespace, words, aim, bare: Vec::new(), runs: Vec::new() };
        scope.take(place);
        scope.bare.clear();
        scope.runs.clear();
        scope
    }

    fn take(&mut self, place: &Place) {
        let kubeconfig = place.kubeconfig.display().to_string();
        let task = |what| child::told(&[what, &kubeconfig, place.context, self.namespace]);
        self.bare.push(task("download"));
        self.runs.push(task("runs"));
    }

    fn print(&self) {
        let of = |told: &[Told], what: &str| told.iter().map(|told| told.value(what)).collect::<Vec<f64>>();
        let words = self.words;
        let (bare, whole) = (of(&self.bare, "millis"), of(&self.runs, "whole"));
        let (runs, bytes) = (median(&of(&self.runs, "runs")), median(&of(&self.bare, "bytes")));
        figure(&format!("{words}: runs, and MB of their pages"), &format!("{runs:.0}, {:.0} MB", bytes / 1e6), "");
        figures(&format!("{words}: all names and states"), of(&self.runs, "names"), "ms", self.aim);
        let ratio = median(&whole) / median(&bare).max(1.0);
        figures(&format!("{words}: a bare download of its pages"), bare, "ms", "");
        figures(&format!("{words}: its CPU"), of(&self.bare, "cpu"), "s", "");
        figures(&format!("{words}: whole and live"), whole, "ms", "");
        figure(&format!("{words}: whole and live, beside the bare download"), &format!("{ratio:.2}×"), "≤ 1.2×");
        figures(&format!("{words}: the client's CPU"), of(&self.runs, "cpu"), "s", "≤ 1.0 s");
        figures(&format!("{words}: the client's peak resident"), of(&self.runs, "peak"), "MB", "≤ 80 MB");
    }
}
