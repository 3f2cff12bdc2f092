//! Runs the cases: side by side, those that must be alone after the others, and cleans up behind each.

use crate::place::Place;
use crate::stage::Stage;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub type Work = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

pub struct Case {
    pub name: &'static str,
    /// Runs when nothing else does.
    pub alone: bool,
    pub work: fn(Arc<Stage>) -> Work,
}

/// Cases from the names of their functions, `async fn(Arc<Stage>)`.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        vec![$($crate::suite::Case { name: stringify!($name), alone: false, work: |stage| Box::pin($name(stage)) }),*]
    };
}

/// How many cases run at once: most of them wait for a server most of the time.
const BESIDE: usize = 10;
/// A case that takes longer is lost.
const LIMIT: Duration = Duration::from_secs(300);

tokio::task_local! {
    static WHOSE: &'static str;
}

pub fn run(cases: Vec<Case>) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |case: &Case| words.is_empty() || words.iter().any(|word| case.name.contains(word.as_str()));
    let cases: Vec<Case> = cases.into_iter().filter(wanted).collect();
    if std::env::args().any(|word| word == "--list") {
        cases.iter().for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    if cases.is_empty() {
        return ExitCode::SUCCESS;
    }
    // A panic belongs to the case whose task it stops, whatever thread that runs on.
    std::panic::set_hook(Box::new(|panic| {
        let whose = WHOSE.try_with(|name| *name).unwrap_or("outside of any case");
        eprintln!("{whose}: {panic}");
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(all(cases))
}

async fn all(cases: Vec<Case>) -> ExitCode {
    let place = Arc::new(Place::open().await);
    println!("contract: {} cases on {}", cases.len(), place.words());
    let (begun, count) = (Instant::now(), cases.len());
    let (alone, beside): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(|case| case.alone);
    let gate = Arc::new(Semaphore::new(BESIDE));
    let mut running = JoinSet::new();
    for case in beside {
        let (gate, place) = (gate.clone(), place.clone());
        running.spawn(async move {
            let _permit = gate.acquire_owned().await;
            one(case, place).await
        });
    }
    let mut failed = Vec::new();
    while let Some(result) = running.join_next().await {
        failed.extend(result.ok().flatten());
    }
    for case in alone {
        failed.extend(one(case, place.clone()).await);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("contract: {} of {count} cases ok in {seconds:.1} s", count - failed.len());
    failed.iter().for_each(|name| println!("  failed: {name}"));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The case's name if it failed.
async fn one(case: Case, place: Arc<Place>) -> Option<&'static str> {
    let stage = Arc::new(Stage::new(place));
    let begun = Instant::now();
    let task = tokio::spawn(WHOSE.scope(case.name, tokio::time::timeout(LIMIT, (case.work)(stage.clone()))));
    let words = match task.await {
        Ok(Ok(())) => None,
        Ok(Err(_)) => Some(format!("not done after {} s", LIMIT.as_secs())),
        Err(_) => Some("see above".to_string()),
    };
    let left = stage.sweep().await;
    let seconds = begun.elapsed().as_secs_f64();
    match &words {
        None => println!("ok      {} ({seconds:.1} s)", case.name),
        Some(words) => println!("FAILED  {} ({seconds:.1} s): {words}", case.name),
    }
    left.iter().for_each(|left| println!("        left behind: {left}"));
    words.map(|_| case.name)
}
