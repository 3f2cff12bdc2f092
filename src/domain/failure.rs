//! What went wrong, by what the operator can do about it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Not reachable; weir tries again.
    Offline,
    /// The right is missing; ask for it.
    Denied,
    /// The credential ended; log in again.
    Expired,
    /// There is no such thing.
    Missing,
    /// It changed meanwhile; look again.
    Conflict,
    /// The server, or weir, said no.
    Refused,
    /// Asked to wait.
    Throttled,
    /// The answer is not what the protocol says.
    Broken,
    /// The answer to a command was lost: it may or may not have happened.
    Unknown,
    /// What the operator typed or wrote is not right.
    Usage,
}

/// One sentence of what and why, and a hint of what to do. All three are already clean and redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// e.g. "cannot list runs on `moc`".
    pub what: String,
    /// e.g. "connection refused (127.0.0.1:6443)".
    pub why: String,
    /// e.g. "weir tries again in 8 s"; empty when there is nothing to do.
    pub hint: String,
}

impl Failure {
    /// `what`, `why` and `hint` come from anywhere: control characters and secrets are taken out here, once.
    pub fn new(kind: FailureKind, what: impl AsRef<str>, why: impl AsRef<str>, hint: impl AsRef<str>) -> Self {
        let tidy = crate::secret::line;
        Self { kind, what: tidy(what.as_ref()), why: tidy(why.as_ref()), hint: tidy(hint.as_ref()) }
    }

    /// "what: why"
    pub fn sentence(&self) -> String {
        if self.why.is_empty() { self.what.clone() } else { format!("{}: {}", self.what, self.why) }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence())?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, ". {}", self.hint) }
    }
}

impl std::error::Error for Failure {}
