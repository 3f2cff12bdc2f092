//! Credential helpers, `docker-credential-<name> get`: run without a terminal, for ten seconds and 64 KiB at most.
//!
//! Source of the protocol: docker/docker-credential-helpers. A helper is looked for by its name in the given folders only.

use super::credentials::{Credential, password_of};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How long a helper may take.
pub const HELPER_LIMIT: Duration = Duration::from_secs(10);
const OUTPUT_LIMIT: u64 = 64 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// `None`: the helper knows of nothing for this server. The error names the helper.
pub async fn ask(name: &str, server: &str, folders: &[PathBuf]) -> Result<Option<Credential>, String> {
    let called = format!("docker-credential-{name}");
    let fine = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let program = folders.iter().map(|folder| folder.join(&called)).find(|path| fine && path.is_file());
    let program = program.ok_or_else(|| format!("{called} is not there"))?;
    let mut command = tokio::process::Command::new(program);
    // A group of its own, so that what it started ends with it.
    command.arg("get").process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{called} cannot be run: {error}"))?;
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    let work = async {
        let (mut input, output) = (child.stdin.take(), child.stdout.take());
        if let Some(input) = input.as_mut() {
            // One that does not read its input may have ended already; what it printed decides.
            let _ = input.write_all(server.as_bytes()).await;
        }
        drop(input);
        let mut said = Vec::new();
        if let Some(output) = output {
            output.take(OUTPUT_LIMIT + 1).read_to_end(&mut said).await.map_err(|error| error.to_string())?;
        }
        if said.len() as u64 > OUTPUT_LIMIT {
            return Err(format!("it printed more than {} KiB", OUTPUT_LIMIT >> 10));
        }
        let status = child.wait().await.map_err(|error| error.to_string())?;
        Ok((status, said))
    };
    let result = tokio::time::timeout(HELPER_LIMIT, work).await;
    if !matches!(result, Ok(Ok(_)))
        && let Some(group) = group
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let (status, said) = result
        .map_err(|_| format!("{called} gave no answer in {} s", HELPER_LIMIT.as_secs()))?
        .map_err(|why| format!("{called}: {why}"))?;
    let text = String::from_utf8_lossy(&said);
    if text.contains("credentials not found") {
        return Ok(None);
    }
    if !status.success() {
        return Err(format!("{called} failed ({status})"));
    }
    let said: Said = serde_json::from_slice(&said).map_err(|_| format!("{called} did not print a credential"))?;
    Ok((!said.secret.is_empty()).then(|| password_of(&said.username, &said.secret)))
}
