//! Which decisions over payloads were shown on this machine: a `--confirm` never overwrites one that nobody here has seen.
//!
//! Beside the journal. What cannot be read or written counts as not seen.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How many payloads are kept, the last shown ones.
const MOST: usize = 200;
const LIMIT: u64 = 1 << 20;

/// Word and reason of a decision.
type Wish = (String, String);

#[derive(Default, Serialize, Deserialize)]
struct Seen {
    /// Counts up, to tell the oldest.
    turn: u64,
    /// Payload → turn and decision.
    shown: BTreeMap<String, (u64, Wish)>,
}

/// Whether this very decision over the payload was shown.
pub(super) fn seen(journal: &Path, payload: &str, wish: &Wish) -> bool {
    read(&path(journal)).shown.get(payload).is_some_and(|(_, shown)| shown == wish)
}

pub(super) fn keep(journal: &Path, payload: &str, wish: &Wish) -> Result<(), String> {
    let path = path(journal);
    let mut all = read(&path);
    all.turn += 1;
    all.shown.insert(payload.to_string(), (all.turn, wish.clone()));
    while all.shown.len() > MOST {
        let oldest = all.shown.iter().min_by_key(|(_, (turn, _))| *turn).map(|(payload, _)| payload.clone());
        oldest.and_then(|payload| all.shown.remove(&payload));
    }
    let bytes = serde_json::to_vec(&all).map_err(|error| error.to_string())?;
    // Whole or not at all: another weir may read it meanwhile.
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?.write_all(&bytes)?;
        std::fs::rename(&fresh, &path)
    });
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Seen {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
    read.ok().and_then(|_| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn path(journal: &Path) -> PathBuf {
    journal.with_file_name("decisions.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(word: &str) -> Wish {
        (word.into(), "why".into())
    }

    #[test]
    fn only_the_very_decision_that_was_shown_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("state").join("journal.jsonl");
        assert!(!seen(&journal, "a", &wish("Rejected")));
        keep(&journal, "a", &wish("Rejected")).expect("written");
        keep(&journal, "b", &wish("Accepted")).expect("written");
        assert!(seen(&journal, "a", &wish("Rejected")) && seen(&journal, "b", &wish("Accepted")));
        assert!(!seen(&journal, "a", &wish("Accepted")), "somebody decided otherwise meanwhile");
        assert!(!seen(&journal, "a", &("Rejected".into(), "another".into())));
    }

    #[test]
    fn a_broken_file_counts_as_nothing_seen_and_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.jsonl");
        std::fs::write(folder.path().join("decisions.json"), "{").expect("written");
        assert!(!seen(&journal, "a", &wish("Rejected")));
        for number in 0..MOST + 5 {
            keep(&journal, &format!("payload-{number}"), &wish("Rejected")).expect("written");
        }
        assert!(!seen(&journal, "payload-4", &wish("Rejected")), "the oldest are gone");
        assert!(seen(&journal, "payload-5", &wish("Rejected")));
    }
}
