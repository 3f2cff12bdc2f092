//! Does what the interface asks for: each effect is a task that sends one message back.

use crate::clipboard;
use std::collections::BTreeMap;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use weir_client::Client;
use weir_domain::log::{LogId, LogPart};
use weir_domain::{Command, Confirmed, Failure, FailureKind, Query, RunId, secret};
use weir_log::{Pattern, Snapshot};
use weir_ui::{Message, SearchHits};

pub struct Effects {
    inbox: mpsc::Sender<Message>,
    /// Where files are saved.
    folder: PathBuf,
    searches: BTreeMap<LogId, Arc<AtomicBool>>,
    sifts: BTreeMap<LogId, Arc<AtomicBool>>,
}

impl Effects {
    pub fn new(inbox: mpsc::Sender<Message>, folder: PathBuf) -> Effects {
        Effects { inbox, folder, searches: BTreeMap::new(), sifts: BTreeMap::new() }
    }

    fn send(&self, work: impl Future<Output = Message> + Send + 'static) {
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            let message = work.await;
            // Nobody is there any more when this fails.
            let _ = inbox.send(message).await;
        });
    }

    pub fn fetch(&self, client: &Client, query: Query) {
        let client = client.clone();
        self.send(async move {
            let answer = client.fetch(query.clone()).await;
            Message::Answered(query, answer)
        });
    }

    pub fn execute(&self, client: &Client, confirmed: Confirmed<Command>) {
        let client = client.clone();
        self.send(async move {
            let command = confirmed.command().clone();
            Message::Done(command, client.execute(confirmed).await)
        });
    }

    /// The text itself comes back when there is no way to the clipboard.
    pub fn copy(&self, text: String, queue: impl FnOnce(&[u8])) {
        // The last gate: whatever a screen hands over, no secret goes to a clipboard.
        let text = text.lines().map(secret::redact).collect::<Vec<_>>().join("\n");
        let copied = match clipboard::sequence(&text, |name| std::env::var(name).ok()) {
            Some(sequence) => {
                queue(&sequence);
                Ok(text.len())
            }
            None => Err(text),
        };
        self.send(async move { Message::Copied(copied) });
    }

    /// What is held is written; when nothing is held or lines were dropped, the server is asked.
    pub fn save_log(&self, client: &Client, id: LogId, held: Option<Snapshot>, dropped: bool) {
        let (client, path) = (client.clone(), self.path(&name_of(&id)));
        self.send(async move {
            Message::Saved(match held {
                Some(snapshot) if !dropped && snapshot.lines() > 0 => write_held(snapshot, path).await,
                _ => save(&client, id, &path).await,
            })
        });
    }

    pub fn save_then(&self, client: &Client, run: RunId, confirmed: Confirmed<Command>) {
        let id = LogId { run, part: LogPart::Whole };
        let (client, path, inbox) = (client.clone(), self.path(&name_of(&id)), self.inbox.clone());
        tokio::spawn(async move {
            let command = confirmed.command().clone();
            let saved = save(&client, id, &path).await;
            let done = match &saved {
                Ok(_) => client.execute(confirmed).await,
                Err(failure) => Err(Failure::new(
                    failure.kind,
                    "nothing was sent: the log could not be saved",
                    failure.sentence(),
                    "try again, or leave out saving the log",
                )),
            };
            let _ = inbox.send(Message::Saved(saved)).await;
            let _ = inbox.send(Message::Done(command, done)).await;
        });
    }

    pub fn save_text(&self, name: String, text: String) {
        let path = self.path(&name);
        self.send(async move {
            let shown = path.display().to_string();
            let written = tokio::task::spawn_blocking(move || {
                let mut file = new_file(&path)?;
                std::io::Write::write_all(&mut file, text.as_bytes())
            });
            Message::Saved(match written.await {
                Ok(Ok(())) => Ok(shown),
                Ok(Err(error)) => Err(unsaved(&shown, &error)),
                Err(_) => Err(unsaved(&shown, &std::io::Error::other("the writer stopped"))),
            })
        });
    }

    pub fn search(&mut self, id: LogId, snapshot: Option<Snapshot>, pattern: String) {
        let stop = replace(&mut self.searches, &id);
        let (Some(snapshot), Ok(regex)) = (snapshot, Pattern::new(&pattern)) else { return };
        let inbox = self.inbox.clone();
        tokio::task::spawn_blocking(move || {
            let piece = |lines, whole| {
                let hits = SearchHits { pattern: pattern.clone(), lines, whole };
                // Blocks while the interface is busy; that slows the search, not the keyboard.
                let _ = inbox.blocking_send(Message::Found(id.clone(), hits));
            };
            snapshot.search_ids(&regex, 0, &stop, |lines| piece(lines, false));
            if !stop.load(Ordering::Relaxed) {
                piece(Vec::new(), true);
            }
        });
    }

    pub fn sift(&mut self, id: LogId, snapshot: Option<Snapshot>, pattern: String) {
        let stop = replace(&mut self.sifts, &id);
        let (Some(snapshot), Ok(regex)) = (snapshot, Pattern::new(&pattern)) else { return };
        let inbox = self.inbox.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(sifted) = snapshot.sift(&regex, &stop) {
                let _ = inbox.blocking_send(Message::Sifted(id, sifted));
            }
        });
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Ends the search that goes on for this log and gives the new one's stop.
fn replace(running: &mut BTreeMap<LogId, Arc<AtomicBool>>, id: &LogId) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    if let Some(old) = running.insert(id.clone(), stop.clone()) {
        old.store(true, Ordering::Relaxed);
    }
    stop
}

/// `weir-RUN[-TASK[-STEP]]-TIME.log`, without anything a file name should not have.
fn name_of(id: &LogId) -> String {
    let part = match &id.part {
        LogPart::Whole => String::new(),
        LogPart::Task(task) => format!("-{task}"),
        LogPart::Step(task, step) => format!("-{task}-{step}"),
    };
    let time = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let name = format!("weir-{}{part}-{time}.log", id.run.name);
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect()
}

fn new_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn unsaved(path: &str, error: &std::io::Error) -> Failure {
    let hint = "start weir in a folder that can be written to";
    Failure::new(FailureKind::Refused, format!("cannot save to {path}"), error.to_string(), hint)
}

async fn save(client: &Client, id: LogId, path: &Path) -> Result<String, Failure> {
    let lines = client.save_log(id, path).await?;
    Ok(format!("{} ({lines} lines)", path.display()))
}

async fn write_held(snapshot: Snapshot, path: PathBuf) -> Result<String, Failure> {
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::new(new_file(&path)?);
        let lines = snapshot.write_to(&mut out, true)?;
        std::io::Write::flush(&mut out)?;
        Ok(lines)
    });
    match written.await {
        Ok(Ok(lines)) => Ok(format!("{shown} ({lines} lines)")),
        Ok(Err(error)) => Err(unsaved(&shown, &error)),
        Err(_) => Err(unsaved(&shown, &std::io::Error::other("the writer stopped"))),
    }
}
