//! Where weir keeps its state, and what it does when it breaks: the terminal is given back, the report goes to a file
//! whose path is printed.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// `$XDG_STATE_HOME/weir`, else `~/.local/state/weir`, else a folder of one's own under the temporary one.
pub fn state() -> PathBuf {
    let given = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || std::env::home_dir().filter(|h| h.is_absolute()).map(|h| h.join(".local/state"));
    given.or_else(home).unwrap_or_else(|| std::env::temp_dir().join("weir-state")).join("weir")
}

/// Installs the panic hook: the terminal first, then the report. A panic of another thread leaves the screens running.
pub fn install() {
    let plain = color_eyre::config::HookBuilder::new()
        .theme(color_eyre::config::Theme::new())
        .panic_section("Please report it with the file named below.")
        .display_env_section(false);
    let (panic, eyre) = plain.into_hooks();
    // A second installation (in a test) changes nothing.
    let _ = eyre.install();
    std::panic::set_hook(Box::new(move |info| {
        let main = std::thread::current().name() == Some("main");
        if main {
            weir_runtime::terminal::leave();
        }
        let text = panic.panic_report(info).to_string();
        let text: Vec<String> = text.lines().map(|line| weir_domain::secret::redact(line).into_owned()).collect();
        match (write(&text.join("\n")), main) {
            (Ok(path), true) => eprintln!("weir broke. What happened is in {}", path.display()),
            (Ok(path), false) => tracing::error!("a task broke; what happened is in {}", path.display()),
            (Err(error), true) => {
                eprintln!("{}\nweir broke, and its report could not be written: {error}", text.join("\n"))
            }
            (Err(error), false) => tracing::error!("a task broke, and its report could not be written: {error}"),
        }
    }));
}

fn write(text: &str) -> std::io::Result<PathBuf> {
    let folder = state();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let time = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let path = folder.join(format!("panic-{time}-{}.txt", std::process::id()));
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
    writeln!(file, "weir {}\n{text}", env!("CARGO_PKG_VERSION"))?;
    Ok(path)
}
