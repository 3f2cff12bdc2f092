//! `$EDITOR` on a manifest: a private file, secrets hidden, read back and parsed.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use weir_client::Client;
use weir_domain::{Failure, FailureKind, Tree, yaml};

/// Blocks until the editor ends; the terminal is the editor's meanwhile.
pub fn edit(tree: &Tree) -> Result<Tree, Failure> {
    let failed =
        |why: String| Failure::new(FailureKind::Usage, "cannot edit it", why, "set EDITOR to an editor that runs here");
    let words = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()));
    let words = words.unwrap_or_else(|| "vi".into());
    let mut parts = words.split_whitespace();
    let program = parts.next().unwrap_or("vi");
    let folder = tempfile::Builder::new().prefix("weir-").tempdir().map_err(|error| failed(error.to_string()))?;
    let path = folder.path().join("run.yaml");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed(error.to_string()))?;
    let written = writeln!(file, "{}", yaml::text(tree));
    written.map_err(|error| failed(error.to_string()))?;
    drop(file);
    let status = Command::new(program).args(parts).arg(&path).status();
    let status = status.map_err(|error| failed(format!("`{program}`: {error}")))?;
    if !status.success() {
        return Err(failed(format!("`{program}` ended with {status}; nothing was taken over")));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    Client::parse_yaml(&text)
}
