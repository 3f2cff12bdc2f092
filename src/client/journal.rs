//! The journal: JSON lines, one before a command is sent and one after. Append only, locked, fsynced, 0600.
//! If it cannot be written, nothing is sent, and a line stands in it whole or not at all.

use fs4::FileExt;
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt as _, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use weir_domain::journal::{Entry, Outcome};
use weir_domain::{Failure, FailureKind};

/// How much of the end of the file is read back, in bytes.
const TAIL: u64 = 4 << 20;
/// A longer line is not read. A promotion's is below 100 kB.
const LONGEST: u64 = 4 << 20;

/// What was read back, oldest first.
#[derive(Debug, Default)]
pub struct Reading {
    pub entries: Vec<Entry>,
    /// Lines that cannot be read.
    pub bad: usize,
    /// Whether the file has older lines, which were not read.
    pub cut: bool,
}

impl Reading {
    /// What of the journal is not among the entries, a sentence each.
    pub fn unread(&self) -> Vec<String> {
        let older = self.cut.then(|| "older lines are not read".to_string());
        let bad = match self.bad {
            0 => None,
            1 => Some("1 line cannot be read".to_string()),
            many => Some(format!("{many} lines cannot be read")),
        };
        older.into_iter().chain(bad).collect()
    }
}

#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    pub fn new(path: PathBuf) -> Journal {
        Journal { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one line; returns when it is on the disk.
    pub fn append(&self, entry: &Entry) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::Refused,
                format!("cannot write the journal {}", self.path.display()),
                error.to_string(),
                "nothing was sent; make it writable, or set XDG_STATE_HOME",
            )
        };
        let mut line = serde_json::to_vec(entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        let file = self.open().map_err(failed)?;
        FileExt::lock(&file).map_err(failed)?;
        let written = add(&file, &line, |mut file, line| file.write_all(line).and_then(|()| file.sync_all()));
        let unlocked = FileExt::unlock(&file);
        written.and(unlocked).map_err(failed)
    }

    fn open(&self) -> std::io::Result<File> {
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&self.path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }

    /// The newest entries: those of the last megabytes.
    pub fn read(&self) -> Result<Reading, Failure> {
        self.tail(TAIL)
    }

    fn tail(&self, most: u64) -> Result<Reading, Failure> {
        let failed = |error| self.unreadable(error);
        let Some(mut file) = self.look()? else { return Ok(Reading::default()) };
        let length = file.metadata().map_err(failed)?.len();
        let mut reading = Reading { cut: length > most, ..Reading::default() };
        if reading.cut {
            file.seek(SeekFrom::Start(length - most)).map_err(failed)?;
        }
        let mut reader = BufReader::new(file.take(most + (1 << 20)));
        let mut line = Vec::new();
        let mut first = reading.cut;
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            match serde_json::from_slice::<Entry>(&line) {
                Ok(entry) => reading.entries.push(entry),
                Err(_) if first || blank(&line) => {}
                Err(_) => reading.bad += 1,
            }
            first = false;
            line.clear();
        }
        Ok(reading)
    }

    /// The lines of all promotions, from the whole file, however old. One line at a time is in memory; what was sent is left
    /// out, and a plan's evidence only where the promotion has ended.
    pub fn promotions(&self) -> Result<Reading, Failure> {
        let failed = |error| self.unreadable(error);
        let Some(file) = self.look()? else { return Ok(Reading::default()) };
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut reading, mut line) = (Reading::default(), Vec::new());
        while (&mut reader).take(LONGEST).read_until(b'\n', &mut line).map_err(failed)? > 0 {
            if line.len() as u64 == LONGEST && line.last() != Some(&b'\n') {
                reader.skip_until(b'\n').map_err(failed)?;
            }
            match serde_json::from_slice::<Entry>(&line) {
                Ok(entry) if entry.verb == "promote" => keep(&mut reading.entries, entry),
                Ok(_) => {}
                Err(_) if blank(&line) => {}
                Err(_) => reading.bad += 1,
            }
            line.clear();
        }
        Ok(reading)
    }

    /// The file, if anything was ever written.
    fn look(&self) -> Result<Option<File>, Failure> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    fn unreadable(&self, error: std::io::Error) -> Failure {
        let what = format!("cannot read the journal {}", self.path.display());
        Failure::new(FailureKind::Broken, what, error.to_string(), "")
    }

    /// Changes when the file does.
    pub fn stamp(&self) -> Option<(std::time::SystemTime, u64)> {
        let meta = self.path.metadata().ok()?;
        Some((meta.modified().ok()?, meta.len()))
    }
}

/// Adds a line to the end, or leaves the file as long as it was. Where the file ends within a line, that one is ended first:
/// it is lost, the new one is not.
fn add(file: &File, line: &[u8], write: impl FnOnce(&File, &[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    let whole = if last == [b'\n'] { Cow::Borrowed(line) } else { Cow::Owned([b"\n", line].concat()) };
    let written = write(file, &whole);
    if written.is_err()
        && let Err(error) = file.set_len(length).and_then(|()| file.sync_all())
    {
        // The next line begins with a line break then.
        tracing::error!("a line of the journal that was cut short stays in it: {error}");
    }
    written
}

fn keep(entries: &mut Vec<Entry>, mut entry: Entry) {
    entry.body = String::new();
    let without_evidence = |entry: &mut Entry| entry.plan.iter_mut().for_each(|plan| plan.gates = Vec::new());
    if matches!(entry.outcome, Outcome::Done | Outcome::Failed | Outcome::Refused) {
        entries.iter_mut().filter(|other| other.id == entry.id).for_each(without_evidence);
        without_evidence(&mut entry);
    }
    entries.push(entry);
}

fn blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests;
