//! What the interface wants done. Plain data: tests compare it.

use weir_domain::log::LogId;
use weir_domain::{Command, Confirmed, Query, RunId, Tree, Watch};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Fetch(Query),
    /// Only what a proposal was answered with can be executed.
    Execute(Confirmed<Command>),
    Copy(String),
    /// Shown to the operator and copied: a bastion has no browser.
    Open(String),
    /// All of the log that is held and what is still on the server.
    SaveLog(LogId),
    /// Saves the whole run's log first, then executes; when saving fails, nothing is executed and the
    /// command is done with that failure.
    SaveLogThen(RunId, Box<Confirmed<Command>>),
    SaveText {
        name: String,
        text: String,
    },
    /// Finds a pattern in a log; a newer search of the same log ends this one.
    Search(LogId, String),
    /// Finds which lines a filter keeps.
    Sift(LogId, String),
    /// Opens `$EDITOR` on it.
    Edit(Tree),
    /// Closes these streams and opens them again.
    Refresh(Vec<Watch>),
    Redraw,
    Suspend,
    Quit,
    Logger(LoggerKey),
}

/// What the messages' widget understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggerKey {
    Up,
    Down,
    PageUp,
    PageDown,
    /// Back to the newest records.
    Newest,
    /// Fewer or more of the selected target.
    Less,
    More,
    /// Hides or shows the list of targets.
    Targets,
}
