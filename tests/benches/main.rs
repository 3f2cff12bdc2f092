//! The figures: what weir costs and how quick it is. Printed with the aim beside each, never asserted.
//!
//! `cargo bench --bench figures [-- NAME…]` measures on the embedded world, its server in another process; with
//! WEIR_E2E_KUBECONFIG (context `admin`, ten thousand runs in `okd-coreos`) on a real control plane. What is measured
//! runs in a process of its own too, so that its CPU and memory are its own. Five runs each, in turns; the median is printed.
//! Payloads and promotions are measured on the embedded world in any case: it has a registry and all the rest on loopback.

mod change;
mod child;
mod cost;
mod demo;
mod desk;
mod first_frame;
mod heavy;
mod idle;
mod log;
mod paper;
mod place;
mod program;
mod reading;
mod releases;
mod rows;
mod runs;

/// The program that is measured.
const WEIR: &str = env!("CARGO_BIN_EXE_weir");
/// How often each figure is taken.
const TIMES: usize = 5;

type Figure<On> = (&'static str, fn(&On));

const FIGURES: [Figure<place::Place>; 6] = [
    ("first-frame", first_frame::measure),
    ("rows", rows::measure),
    ("runs", runs::measure),
    ("change", change::measure),
    ("log", log::measure),
    ("idle", idle::measure),
];

const RELEASES: [Figure<demo::Demo>; 4] = [
    ("payload", releases::payload),
    ("pullable", releases::pullable),
    ("plan", releases::plan),
    ("memory", releases::memory),
];

fn main() {
    // One provider for every TLS connection, before the first of them.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some((child::WORD, task)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return child::work(task);
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|wanted| wanted == name);
    if FIGURES.iter().any(|(name, _)| wanted(name)) {
        let place = place::Place::open();
        paper::title(&place.words());
        FIGURES.iter().filter(|(name, _)| wanted(name)).for_each(|(_, measure)| measure(&place));
    }
    if RELEASES.iter().any(|(name, _)| wanted(name)) {
        let demo = demo::Demo::open();
        paper::title("the embedded world `typical`, served by another process");
        RELEASES.iter().filter(|(name, _)| wanted(name)).for_each(|(_, measure)| measure(&demo));
    }
}
