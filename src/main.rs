//! weir: the terminal UI for the people who run OKD streams. This file is the map:
//! arguments → config → client → a verb, or the screens. color-eyre is installed here and nowhere else.

mod report;
mod screens;
mod world;

use std::io::Write;
use std::process::ExitCode;
use weir_cli::{Arguments, Config, DemoVerb, Surroundings, Terminal, Verb};
use weir_client::{Client, Settings};
use weir_domain::Failure;

/// The exit codes that `main` itself gives; the verbs' are weir-cli's.
const USAGE: i32 = 2;
const UNREACHABLE: i32 = 4;

fn main() -> ExitCode {
    // One provider for every TLS connection, before the first of them.
    let _ = rustls::crypto::ring::default_provider().install_default();
    report::install();
    let arguments = match weir_cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err((text, 0)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err((text, code)) => {
            eprint!("{text}");
            return exit(code);
        }
    };
    exit(run(arguments))
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Says a failure on stderr: the sentence, then what to do.
fn tell(failure: &Failure) {
    eprintln!("weir: {}", failure.sentence());
    if !failure.hint.is_empty() {
        eprintln!("  {}", failure.hint);
    }
}

fn run(arguments: Arguments) -> i32 {
    let demo = arguments.world();
    let surroundings = Surroundings {
        version: env!("CARGO_PKG_VERSION").into(),
        config: if demo.is_some() { None } else { Config::path(arguments.global.config.as_deref()) },
        log_file: arguments.global.log_file.clone(),
        terminal: Terminal::here(crossterm_size()),
        demo: None,
    };
    if let Some(verb) = &arguments.verb {
        let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
        if let Some(code) = weir_cli::without_client(verb, &arguments.global, &surroundings, &mut out, &mut err) {
            return code;
        }
    }
    let config = match arguments.config() {
        Ok(config) => config,
        Err(failure) => {
            tell(&failure);
            return USAGE;
        }
    };
    let log = match &arguments.global.log_file {
        Some(path) => match weir_runtime::logger::file(path) {
            Ok(file) => Some(file),
            Err(error) => {
                eprintln!("weir: cannot write the log file {}: {error}", path.display());
                return USAGE;
            }
        },
        None => None,
    };
    weir_runtime::logger::start(log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("weir: cannot start its threads: {error}");
            return UNREACHABLE;
        }
    };
    let code = match &arguments.verb {
        Some(Verb::Demo { verb: DemoVerb::Serve { .. } }) => runtime.block_on(world::serve(demo.unwrap_or_default())),
        Some(verb) => runtime.block_on(async {
            let alone = verb_alone(verb.clone(), &arguments, config, surroundings);
            tokio::select! {
                code = alone => code,
                // Not by the signal itself: the embedded world's folder must go with the program.
                code = asked_to_end(), if demo.is_some() => code,
            }
        }),
        None => runtime.block_on(screens::show(&arguments, config, &surroundings)),
    };
    // A log-in command that hangs must not hold the program.
    runtime.shutdown_timeout(std::time::Duration::from_millis(100));
    code
}

/// Until a signal asks for the end; then the shell's code for that signal.
async fn asked_to_end() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let asked = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        };
        128 + kind.as_raw_value()
    };
    tokio::select! {
        code = asked(SignalKind::interrupt()) => code,
        code = asked(SignalKind::terminate()) => code,
        code = asked(SignalKind::hangup()) => code,
    }
}

fn crossterm_size() -> Option<(u16, u16)> {
    weir_runtime::terminal::size()
}

async fn verb_alone(verb: Verb, arguments: &Arguments, config: Config, mut surroundings: Surroundings) -> i32 {
    let started = match arguments.world() {
        Some(kind) => match world::start(kind).await {
            Ok(world) => Some((kind, world)),
            Err(why) => {
                eprintln!("weir: {why}");
                return UNREACHABLE;
            }
        },
        None => None,
    };
    let settings = match &started {
        Some((kind, world)) => {
            let kubeconfig = world.kubeconfig().to_path_buf();
            surroundings.demo = Some(weir_cli::Demo { world: *kind, kubeconfig });
            world::settings(world, arguments)
        }
        None => settings(&config, arguments),
    };
    let client = Client::new(settings);
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    weir_cli::run(verb, &arguments.global, &client, surroundings, &mut out, &mut err).await
}

/// What the client is told for real clusters.
fn settings(config: &Config, arguments: &Arguments) -> Settings {
    let global = &arguments.global;
    Settings {
        kubeconfig: None,
        contexts: global.contexts.clone(),
        clusters: config.clusters.clone(),
        releases: config.releases.clone(),
        releases_every: config.releases_every,
        payloads: config.payloads.clone(),
        registries: config.registries.clone(),
        logins: None,
        signing_keys: config.signing_keys.clone(),
        only_these_keys: config.only_these_keys,
        places: config.places.clone(),
        channels: config.channels.clone(),
        namespaces: global.namespaces.clone(),
        read_only: global.read_only || config.read_only,
        state: report::state(),
        closed: false,
    }
}
