//! What a program is started with: arguments, environment, size. It inherits no variable besides `PATH`.

use super::{Exit, Pty, Shared, State, flags, read};
use crate::Home;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::ffi::{OsStr, OsString};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::{env, thread};

pub struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    columns: u16,
    rows: u16,
}

impl Launch {
    /// 80×24, `TERM=xterm-256color`, a UTF-8 locale.
    pub(super) fn new(program: &OsStr) -> Launch {
        let path = env::var_os("PATH").unwrap_or_default();
        Launch {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: vec![
                ("PATH".into(), path),
                ("TERM".into(), "xterm-256color".into()),
                ("LANG".into(), "C.UTF-8".into()),
            ],
            directory: None,
            columns: 80,
            rows: 24,
        }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Launch {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Launch {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable; the last one of a name counts.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Launch {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Lives in this home and starts there. The home must outlive the program.
    pub fn home(mut self, home: &Home) -> Launch {
        self.environment.extend(home.environment());
        self.directory = Some(home.path().to_owned());
        self
    }

    pub fn directory(mut self, path: impl Into<PathBuf>) -> Launch {
        self.directory = Some(path.into());
        self
    }

    /// At least 1×1.
    pub fn size(mut self, columns: u16, rows: u16) -> Launch {
        self.columns = columns.max(1);
        self.rows = rows.max(1);
        self
    }

    /// Starts it. The error says what the system says.
    pub fn spawn(self) -> Result<Pty, String> {
        let size = PtySize { rows: self.rows, cols: self.columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).map_err(|error| format!("no pseudo-terminal: {error:#}"))?;
        let mut command = CommandBuilder::new(&self.program);
        command.env_clear();
        command.args(&self.arguments);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        if let Some(directory) = &self.directory {
            command.cwd(directory);
        }
        let before = flags(pair.master.as_ref());
        let reader = pair.master.try_clone_reader().map_err(|error| format!("no reader: {error:#}"))?;
        let writer = pair.master.take_writer().map_err(|error| format!("no writer: {error:#}"))?;
        let program = self.program.to_string_lossy();
        let mut child =
            pair.slave.spawn_command(command).map_err(|error| format!("`{program}` does not start: {error:#}"))?;
        // With the own copy open, the end of the program would not end its output.
        drop(pair.slave);
        let rows = NonZeroU16::new(self.rows).unwrap_or(NonZeroU16::MIN);
        let columns = NonZeroU16::new(self.columns).unwrap_or(NonZeroU16::MIN);
        let shared = Arc::new(Shared { state: Mutex::new(State::new(rows, columns)), changed: Condvar::new() });
        let process = child.process_id().unwrap_or_default();
        let reading = Arc::clone(&shared);
        thread::spawn(move || read(reader, &reading));
        let waiting = Arc::clone(&shared);
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let exit = Exit { code: status.exit_code(), signal: status.signal().map(str::to_owned) };
                waiting.change(|state| state.exit = Some(exit));
            }
        });
        Ok(Pty { master: pair.master, writer, shared, process, before })
    }
}
