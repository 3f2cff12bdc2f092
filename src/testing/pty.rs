//! A program in a pseudo-terminal, and what its screen shows. It is waited for by what it writes, never by time alone.
//!
//! A synchronized update (mode 2026) is shown when it is complete, as terminals do that know it: a test never reads half
//! a frame.
//!
//! The terminal is a silent one: it answers no query. The program is the leader of its own session, so the kernel
//! ignores a Ctrl-Z for it; to see it suspended, start an interactive shell and type its name.

mod launch;

#[cfg(test)]
mod tests;

pub use launch::Launch;

use portable_pty::{MasterPty, PtySize};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What keys send.
pub mod key {
    pub const ENTER: &str = "\r";
    pub const ESCAPE: &str = "\x1b";
    pub const TAB: &str = "\t";
    pub const BACKSPACE: &str = "\x7f";
    pub const UP: &str = "\x1b[A";
    pub const DOWN: &str = "\x1b[B";
    pub const RIGHT: &str = "\x1b[C";
    pub const LEFT: &str = "\x1b[D";

    /// Ctrl with a lower-case letter.
    pub fn ctrl(letter: char) -> String {
        char::from(letter as u8 & 0x1f).to_string()
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// 1 when a signal ended it.
    pub code: u32,
    /// The system's word for the signal, such as `Terminated`.
    pub signal: Option<String>,
}

/// What the terminal has been told to do, and the line discipline beneath it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// The alternate screen was entered at some time.
    pub entered: bool,
    pub alternate: bool,
    pub cursor_hidden: bool,
    pub bracketed_paste: bool,
    pub mouse: bool,
    /// Echo, line editing and signal keys are not as they were before the program started.
    pub raw: bool,
}

impl Modes {
    /// Whether the terminal is as a shell needs it.
    pub fn given_back(self) -> bool {
        !(self.alternate || self.cursor_hidden || self.bracketed_paste || self.mouse || self.raw)
    }
}

const BEGIN_UPDATE: &[u8] = b"\x1b[?2026h";
const END_UPDATE: &[u8] = b"\x1b[?2026l";

struct State {
    parser: vt100::Parser,
    /// What the screen has shown, oldest first; the last is what it shows now.
    passed: Vec<String>,
    output: Vec<u8>,
    /// How much of the output the screen shows.
    shown: usize,
    /// Rows and columns, each with how much had been written when they began to hold.
    sizes: Vec<(usize, NonZeroU16, NonZeroU16)>,
    closed: bool,
    exit: Option<Exit>,
}

impl State {
    fn new(rows: NonZeroU16, columns: NonZeroU16) -> State {
        State {
            parser: vt100::Parser::new(rows, columns, 0),
            passed: vec![String::new()],
            output: Vec::new(),
            shown: 0,
            sizes: vec![(0, rows, columns)],
            closed: false,
            exit: None,
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        // A mark may have come in two pieces.
        let from = self.shown.saturating_sub(BEGIN_UPDATE.len() - 1);
        let last = |mark| ends(&self.output[from..], mark).last().map(|at| from + at);
        let open = last(BEGIN_UPDATE).filter(|begin| last(END_UPDATE).is_none_or(|end| end < *begin));
        let until = open.map_or(self.output.len(), |begin| begin - BEGIN_UPDATE.len());
        // Each update that is complete was on the screen, however many of them were read at once.
        for end in ends(&self.output[from..until], END_UPDATE) {
            self.show(from + end);
        }
        self.show(until);
    }

    fn show(&mut self, until: usize) {
        if until > self.shown {
            self.parser.process(&self.output[self.shown..until]);
            self.shown = until;
            self.look();
        }
    }

    fn look(&mut self) {
        let now = text(&self.parser);
        if self.passed.last() != Some(&now) {
            self.passed.push(now);
        }
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until `done` answers, at most until `end`.
    fn until<T>(&self, end: Instant, mut done: impl FnMut(&State) -> Option<T>) -> Result<T, MutexGuard<'_, State>> {
        let mut state = self.lock();
        loop {
            if let Some(answer) = done(&state) {
                return Ok(answer);
            }
            let Some(left) = end.checked_duration_since(Instant::now()) else { return Err(state) };
            let woken = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
            state = woken.0;
        }
    }
}

/// A running program; dropped, it is killed.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    shared: Arc<Shared>,
    process: u32,
    /// The line discipline before the program started.
    before: Option<[u64; 3]>,
}

impl Pty {
    /// To be started with the program at this path.
    pub fn launch(program: impl AsRef<OsStr>) -> Launch {
        Launch::new(program.as_ref())
    }

    /// Types: see [`key`] for what is not a character.
    pub fn send(&mut self, keys: impl AsRef<str>) {
        // A program that is gone reads no keys; what the test waits for next says so with the last screen.
        let _ = self.writer.write_all(keys.as_ref().as_bytes()).and_then(|()| self.writer.flush());
    }

    /// The text on the screen, without blanks at line ends.
    pub fn screen(&self) -> String {
        text(&self.shared.lock().parser)
    }

    /// The cell's text and looks, from column and row 0.
    pub fn cell(&self, column: u16, row: u16) -> Option<vt100::Cell> {
        self.shared.lock().parser.screen().cell(row, column).cloned()
    }

    /// The cursor's column and row, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        let (row, column) = self.shared.lock().parser.screen().cursor_position();
        (column, row)
    }

    /// Waits until the screen has the text on one line, if only for a moment. The error names it and shows the last screen.
    pub fn wait_for(&self, wanted: &str, timeout: Duration) -> Result<(), String> {
        self.wait_until(&format!("`{wanted}`"), timeout, |screen| screen.contains(wanted))
    }

    /// Waits until the screen no longer has the text.
    pub fn wait_gone(&self, unwanted: &str, timeout: Duration) -> Result<(), String> {
        self.wait_until(&format!("`{unwanted}` to go"), timeout, |screen| !screen.contains(unwanted))
    }

    /// Waits until the screen is, or for a moment was, as it should be; `what` completes "waited for". Ends early when the
    /// program has ended and all it wrote is shown.
    pub fn wait_until(&self, what: &str, timeout: Duration, mut is: impl FnMut(&str) -> bool) -> Result<(), String> {
        let mut next = None;
        let waited = self.shared.until(Instant::now() + timeout, |state| {
            let over = state.closed && state.exit.is_some();
            // From what it shows at the call on, each once: what came and went while nobody looked counts too.
            let from = next.unwrap_or(state.passed.len().saturating_sub(1));
            next = Some(state.passed.len());
            if state.passed[from..].iter().any(|screen| is(screen)) {
                return Some(true);
            }
            over.then_some(false)
        });
        match waited {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.complaint(&self.shared.lock(), what, "the program ended")),
            Err(state) => Err(self.complaint(&state, what, &format!("{timeout:?} passed"))),
        }
    }

    fn complaint(&self, state: &State, what: &str, why: &str) -> String {
        let screen: String = text(&state.parser).lines().map(|line| format!("  │{line}\n")).collect();
        format!("waited for {what}, but {why}; exit: {:?}; the screen:\n{screen}", state.exit)
    }

    /// Waits until nothing was written for `quiet`; says whether that came within `timeout`.
    pub fn wait_quiet(&self, quiet: Duration, timeout: Duration) -> bool {
        let end = Instant::now() + timeout;
        while Instant::now() < end {
            if self.written_within(quiet) == 0 {
                return true;
            }
        }
        false
    }

    /// Waits for the first bytes, at most this long, and counts them.
    fn written_within(&self, time: Duration) -> u64 {
        let start = self.bytes_written();
        let grown = |state: &State| (state.output.len() as u64 > start).then_some(state.output.len() as u64 - start);
        self.shared.until(Instant::now() + time, grown).unwrap_or(0)
    }

    /// How many bytes come within the whole of this time: what an idle program costs.
    pub fn bytes_during(&self, time: Duration) -> u64 {
        let start = self.bytes_written();
        let _ = self.shared.until(Instant::now() + time, |_| None::<()>);
        self.bytes_written() - start
    }

    /// All bytes the program has written so far.
    pub fn bytes_written(&self) -> u64 {
        self.shared.lock().output.len() as u64
    }

    /// All that the program has written so far, as it was written.
    pub fn output(&self) -> Vec<u8> {
        self.shared.lock().output.clone()
    }

    /// The text of the screen at the end of each synchronized update (mode 2026), oldest first. Across a change of size the
    /// first frame may still be of the old one.
    pub fn frames(&self) -> Vec<String> {
        let state = self.shared.lock();
        let (_, rows, columns) = state.sizes[0];
        let mut parser = vt100::Parser::new(rows, columns, 0);
        let mut sizes = state.sizes[1..].iter().peekable();
        let (mut at, mut frames) = (0, Vec::new());
        for end in ends(&state.output, END_UPDATE) {
            while let Some((_, rows, columns)) = sizes.next_if(|(since, _, _)| *since < end) {
                parser.set_size(*rows, *columns);
            }
            parser.process(&state.output[at..end]);
            frames.push(text(&parser));
            at = end;
        }
        frames
    }

    /// Gives the terminal another size, which the program is told by a signal. What it writes then is never shown in the
    /// size before.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let (Some(some_rows), Some(some_columns)) = (NonZeroU16::new(rows), NonZeroU16::new(columns)) else {
            return self.master.resize(size).expect("a pseudo-terminal takes any size");
        };
        self.shared.change(|state| {
            state.sizes.push((state.output.len(), some_rows, some_columns));
            state.parser.set_size(some_rows, some_columns);
            state.look();
            self.master.resize(size).expect("a pseudo-terminal takes any size");
        });
    }

    pub fn process(&self) -> u32 {
        self.process
    }

    /// Sends a signal by its name without `SIG`; says whether the process was still there.
    pub fn signal(&self, name: &str) -> bool {
        if self.shared.lock().exit.is_some() {
            return false;
        }
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.process.to_string()).output();
        sent.is_ok_and(|output| output.status.success())
    }

    /// Waits for the end of the program and of its output.
    pub fn exit_status(&self, timeout: Duration) -> Result<Exit, String> {
        let end = Instant::now() + timeout;
        let ended = |state: &State| state.exit.clone().filter(|_| state.closed);
        self.shared
            .until(end, ended)
            .map_err(|state| self.complaint(&state, "the program's end", &format!("{timeout:?} passed")))
    }

    /// What the program has done to the terminal, and not undone.
    pub fn modes(&self) -> Modes {
        let now = flags(self.master.as_ref());
        let state = self.shared.lock();
        let screen = state.parser.screen();
        let enter = b"\x1b[?1049h";
        Modes {
            entered: state.output.windows(enter.len()).any(|bytes| bytes == enter),
            alternate: screen.alternate_screen(),
            cursor_hidden: screen.hide_cursor(),
            bracketed_paste: screen.bracketed_paste(),
            mouse: screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
            raw: now != self.before,
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// Where each occurrence of the sequence ends.
fn ends(bytes: &[u8], sequence: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(sequence.len()).enumerate();
    windows.filter(|(_, window)| *window == sequence).map(|(at, _)| at + sequence.len()).collect()
}

fn text(parser: &vt100::Parser) -> String {
    let screen = parser.screen();
    let (_, columns) = screen.size();
    let rows: Vec<_> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

/// The input, output and local flags of the line discipline, to compare.
fn flags(master: &(dyn MasterPty + Send)) -> Option<[u64; 3]> {
    let termios = master.get_termios()?;
    let bits = [termios.input_flags.bits(), termios.output_flags.bits(), termios.local_flags.bits()];
    Some(bits.map(u64::from))
}

/// Feeds the screen until the program's side is closed.
fn read(mut from: Box<dyn Read + Send>, shared: &Shared) {
    let mut bytes = [0; 16 * 1024];
    // Linux ends a pseudo-terminal with an error, others with nothing more to read.
    while let Ok(size @ 1..) = from.read(&mut bytes) {
        shared.change(|state| state.written(&bytes[..size]));
    }
    shared.change(|state| {
        state.show(state.output.len());
        state.closed = true;
    });
}
