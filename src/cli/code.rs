//! Exit codes, and the ways a verb can end. Every end has exactly one code.

use std::io;
use weir_domain::{Failure, FailureKind, Status};

pub const YES: i32 = 0;
/// The thing asked about failed, timed out or was cancelled.
pub const FAILED: i32 = 1;
pub const USAGE: i32 = 2;
/// No confirmation, read-only, or a check before the start said no.
pub const REFUSED: i32 = 3;
/// Unreachable, denied or expired.
pub const UNREACHABLE: i32 = 4;
pub const MISSING: i32 = 5;

/// Why a verb did not come to its own end.
#[derive(Debug)]
pub(crate) enum End {
    Failure(Failure),
    /// What to say is said; only the code is left.
    Code(i32),
    /// The output could not be written.
    Output(io::Error),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> End {
        End::Failure(failure)
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Output(error)
    }
}

/// The verdict of what was printed: a reader that went away before the end does not turn it into a yes.
pub(crate) fn keeping(printed: Result<(), End>, code: i32) -> Result<i32, End> {
    match printed {
        Ok(()) => Ok(code),
        Err(End::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Err(End::Code(code)),
        Err(end) => Err(end),
    }
}

pub fn of_failure(failure: &Failure) -> i32 {
    match failure.kind {
        FailureKind::Usage => USAGE,
        FailureKind::Refused | FailureKind::Conflict => REFUSED,
        FailureKind::Missing => MISSING,
        FailureKind::Offline
        | FailureKind::Denied
        | FailureKind::Expired
        | FailureKind::Throttled
        | FailureKind::Broken
        | FailureKind::Unknown => UNREACHABLE,
    }
}

/// Of those that did not answer: 0 when all did, 2 when only wrong names are at fault.
pub fn of_silence(silent: &[Failure]) -> i32 {
    match silent {
        [] => YES,
        all if all.iter().all(|failure| failure.kind == FailureKind::Usage) => USAGE,
        _ => UNREACHABLE,
    }
}

/// A run's own code: 0 while it goes and when it ended well.
pub fn of_run(status: Status) -> i32 {
    match status {
        Status::Failed | Status::TimedOut | Status::Cancelled => FAILED,
        Status::Ok | Status::Running | Status::Pending | Status::Skipped | Status::Unknown => YES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_does_not_turn_a_no_into_a_yes() {
        let gone = || Err(End::Output(io::ErrorKind::BrokenPipe.into()));
        assert!(matches!(keeping(gone(), REFUSED), Err(End::Code(REFUSED))));
        assert!(matches!(keeping(Ok(()), FAILED), Ok(FAILED)));
        let full = Err(End::Output(io::ErrorKind::StorageFull.into()));
        assert!(matches!(keeping(full, YES), Err(End::Output(_))));
    }
}
