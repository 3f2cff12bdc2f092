//! weir's own log: every record is cleaned and redacted before it reaches the messages' widget or the log file.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use weir_domain::secret;

static RECORDS: AtomicU64 = AtomicU64::new(0);

/// How many records there have been.
pub fn records() -> u64 {
    RECORDS.load(Ordering::Relaxed)
}

struct Redacting {
    file: Option<Mutex<File>>,
}

#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            // What a `log` record brings along says nothing to an operator.
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

impl<S: Subscriber> Layer<S> for Redacting {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let line = secret::line(&words.0);
        let level = *event.metadata().level();
        let target = event.metadata().target();
        tui_logger::Drain::new()
            .log(&log::Record::builder().args(format_args!("{line}")).level(log_level(level)).target(target).build());
        RECORDS.fetch_add(1, Ordering::Relaxed);
        if let Some(Ok(mut file)) = self.file.as_ref().map(|f| f.lock()) {
            // A full disk must not stop the program, and there is nobody else to tell.
            let _ = writeln!(file, "{} {level} {target}: {line}", jiff::Timestamp::now());
        }
    }
}

fn log_level(level: Level) -> log::Level {
    match level {
        Level::ERROR => log::Level::Error,
        Level::WARN => log::Level::Warn,
        Level::INFO => log::Level::Info,
        Level::DEBUG => log::Level::Debug,
        Level::TRACE => log::Level::Trace,
    }
}

/// The file for [`start`], kept and added to; only its owner may read it.
pub fn file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Starts recording. kube's client writes whole bodies into its warnings, so only its errors are taken.
pub fn start(file: Option<File>) {
    tui_logger::set_default_level(log::LevelFilter::Trace);
    let filter =
        EnvFilter::new("warn,weir=info,weir_client=info,weir_runtime=info,kube_client=error,hyper=error,rustls=error");
    let layer = Redacting { file: file.map(Mutex::new) }.with_filter(filter);
    // A second start (in a test) changes nothing.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}
