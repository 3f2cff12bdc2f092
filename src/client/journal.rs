//! The journal: JSON lines, one before a command is sent and one after. Append only, locked, fsynced, 0600.
//! If it cannot be written, nothing is sent.

use fs4::FileExt;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use weir_domain::journal::Entry;
use weir_domain::{Failure, FailureKind};

/// How much of the end of the file is read back, in bytes.
const TAIL: u64 = 4 << 20;

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
        let mut file = self.open().map_err(failed)?;
        FileExt::lock(&file).map_err(failed)?;
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        let unlocked = FileExt::unlock(&file);
        written.and(unlocked).map_err(failed)
    }

    fn open(&self) -> std::io::Result<File> {
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }

    /// The newest entries, oldest first; lines that cannot be read are passed over and counted.
    pub fn read(&self) -> Result<(Vec<Entry>, usize), Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                FailureKind::Broken,
                format!("cannot read the journal {}", self.path.display()),
                error.to_string(),
                "",
            )
        };
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_err(failed)?.len();
        let cut = length > TAIL;
        if cut {
            file.seek(SeekFrom::Start(length - TAIL)).map_err(failed)?;
        }
        let mut reader = BufReader::new(file.take(TAIL + (1 << 20)));
        let (mut entries, mut bad, mut line) = (Vec::new(), 0, Vec::new());
        let mut first = cut;
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            match serde_json::from_slice::<Entry>(&line) {
                Ok(entry) => entries.push(entry),
                Err(_) if first || line.iter().all(u8::is_ascii_whitespace) => {}
                Err(_) => bad += 1,
            }
            first = false;
            line.clear();
        }
        Ok((entries, bad))
    }

    /// Changes when the file does.
    pub fn stamp(&self) -> Option<(std::time::SystemTime, u64)> {
        let meta = self.path.metadata().ok()?;
        Some((meta.modified().ok()?, meta.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::journal::Outcome;

    fn entry(object: &str) -> Entry {
        Entry {
            time: jiff::Timestamp::UNIX_EPOCH,
            id: "1".into(),
            outcome: Outcome::Sending,
            verb: "cancel".into(),
            cluster: "moc".into(),
            server: "https://moc".into(),
            namespace: "okd".into(),
            object: object.into(),
            uid: "u".into(),
            operator: "jane".into(),
            host: "bastion".into(),
            reason: None,
            call: "PATCH /x".into(),
            body: String::new(),
            answer: String::new(),
            plan: None,
        }
    }

    #[test]
    fn what_was_written_is_read_back_and_only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("folder");
        let journal = Journal::new(folder.path().join("state/journal.jsonl"));
        assert_eq!(journal.read().expect("empty").0, Vec::new());
        journal.append(&entry("a")).expect("writes");
        std::fs::OpenOptions::new()
            .append(true)
            .open(journal.path())
            .expect("opens")
            .write_all(b"{broken\n")
            .expect("writes");
        journal.append(&entry("b")).expect("writes");
        let (entries, bad) = journal.read().expect("reads");
        assert_eq!((entries.len(), bad), (2, 1));
        assert_eq!(journal.path().metadata().expect("meta").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_that_nothing_was_sent() {
        let folder = tempfile::tempdir().expect("folder");
        let journal = Journal::new(folder.path().join("journal.jsonl"));
        std::fs::create_dir(journal.path()).expect("a folder in its place");
        let failure = journal.append(&entry("a")).expect_err("cannot write");
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.hint.contains("nothing was sent"));
    }
}
