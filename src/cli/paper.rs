//! Where a verb writes: data to stdout, words to stderr. A reader that went away (`| head`) ends it quietly.

use crate::arguments::{Global, Output};
use crate::code::{self, End};
use crate::surroundings::Terminal;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{ErrorKind, Write};
use weir_domain::text::clean_log_line;
use weir_domain::{Failure, FailureKind, Status};

pub(crate) struct Paper<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    pub json: bool,
    pub colour: bool,
    pub ascii: bool,
}

impl<'a> Paper<'a> {
    pub fn new(global: &Global, terminal: &Terminal, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Paper<'a> {
        Paper {
            out,
            err,
            json: global.output == Output::Json,
            colour: terminal.coloured(global.color),
            ascii: global.ascii,
        }
    }

    fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.ascii { ascii(text) } else { Cow::Borrowed(text) }
    }

    /// A line of data, or several. What comes from a server passes without control sequences, whatever it holds.
    pub fn line(&mut self, text: &str) -> Result<(), End> {
        let text = tidy(text);
        let text = self.plain(&text);
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Data as it is, without a line break of ours.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), End> {
        Ok(self.out.write_all(bytes)?)
    }

    pub fn flush(&mut self) -> Result<(), End> {
        Ok(self.out.flush()?)
    }

    pub fn object<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), End> {
        let mut text = serde_json::to_vec_pretty(value).expect("shapes have text keys and nothing that can fail");
        text.push(b'\n');
        self.raw(&text)
    }

    /// Words on stderr. That they cannot be written is no reason to stop.
    pub fn note(&mut self, text: &str) {
        let text = tidy(text);
        let text = self.plain(&text);
        let _ = writeln!(self.err, "{text}");
    }

    pub fn fail(&mut self, failure: &Failure) {
        self.note(&said(failure));
    }

    /// A status in its one word, coloured where colour is wanted.
    pub fn status(&self, status: Status) -> String {
        let sgr = match status {
            Status::Failed | Status::TimedOut => "31",
            Status::Running => "36",
            Status::Pending => "33",
            Status::Cancelled => "35",
            Status::Ok => "32",
            Status::Skipped | Status::Unknown => "2",
        };
        self.tinted(status.word(), sgr)
    }

    pub fn strong(&self, text: &str) -> String {
        self.tinted(text, "1")
    }

    pub fn tinted(&self, text: &str, sgr: &str) -> String {
        if self.colour { format!("\x1b[{sgr}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// Says what is left to say and gives the exit code.
    pub fn close(mut self, ended: Result<i32, End>) -> i32 {
        let ended = ended.and_then(|code| code::keeping(self.flush(), code));
        match ended {
            Ok(code) | Err(End::Code(code)) => {
                let _ = self.out.flush();
                code
            }
            Err(End::Output(error)) if error.kind() == ErrorKind::BrokenPipe => code::YES,
            Err(End::Output(error)) => {
                self.note(&format!("cannot write the output: {error}"));
                code::FAILED
            }
            Err(End::Failure(failure)) => {
                // What came before the failure stands before it.
                let _ = self.out.flush();
                self.fail(&failure);
                code::of_failure(&failure)
            }
        }
    }
}

/// A failure for somebody who is not there any more when weir would try again.
pub(crate) fn said(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Offline => format!("{}. try again, or see `weir health`", failure.sentence()),
        FailureKind::Throttled => format!("{}. ask again then", failure.sentence()),
        _ => failure.to_string(),
    }
}

/// Line by line clean; weir's own colour stays.
fn tidy(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(tidy(&text.replace('\r', " ")).into_owned());
    }
    let mut lines = text.split('\n').map(clean_log_line);
    match (lines.next(), lines.next()) {
        (Some(only), None) => only,
        _ => Cow::Owned(text.split('\n').map(clean_log_line).collect::<Vec<_>>().join("\n")),
    }
}

/// The signs that weir itself writes, in ASCII; other characters stay.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '›' => out.push('>'),
            '‹' => out.push('<'),
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            '·' => out.push('-'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_sequence_of_a_server_reaches_the_terminal_and_lines_stay_lines() {
        assert_eq!(tidy("a\x1b]52;c;ZXZpbA==\x07b\nc\x1b[2Jd"), "ab\ncd");
        assert_eq!(tidy("rejected\raccepted"), "rejected accepted");
        assert_eq!(tidy("\x1b[31mfailed\x1b[0m"), "\x1b[31mfailed\x1b[0m");
        assert!(matches!(tidy("plain"), Cow::Borrowed("plain")));
    }
}
