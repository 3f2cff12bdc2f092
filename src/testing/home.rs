//! A home directory of the test's own. What is started with it inherits no variable besides `PATH`, so that it reads no
//! file of the user and behaves alike on every machine.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};
use tempfile::TempDir;

/// Removed with all that is in it when dropped.
#[derive(Debug)]
pub struct Home {
    directory: TempDir,
}

/// An empty home with the folders of the XDG base directory specification.
pub fn clean_home() -> Home {
    let directory = TempDir::with_prefix("weir-home-").expect("the temporary folder can be written");
    let home = Home { directory };
    for (_, path) in home.folders() {
        fs::create_dir_all(path).expect("a new home can be written");
    }
    home
}

/// Writes a program of the shell that can be run at once. A process of its own writes it: a child that another thread starts
/// meanwhile would hold the open file, and "text file busy" is what running it says then.
pub fn shell_script(path: &Path, text: &str) {
    let mut writer = Command::new("/bin/sh")
        .args(["-c", "umask 077; { echo '#!/bin/sh'; cat; } > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("every system has a shell");
    writer.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("the shell reads");
    assert!(writer.wait().expect("it ends").success(), "{} cannot be written", path.display());
}

impl Home {
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// `$XDG_CONFIG_HOME`.
    pub fn config(&self) -> PathBuf {
        self.path().join(".config")
    }

    /// `$XDG_STATE_HOME`.
    pub fn state(&self) -> PathBuf {
        self.path().join(".local/state")
    }

    fn folders(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("HOME", self.path().to_owned()),
            ("XDG_CONFIG_HOME", self.config()),
            ("XDG_STATE_HOME", self.state()),
            ("XDG_DATA_HOME", self.path().join(".local/share")),
            ("XDG_CACHE_HOME", self.path().join(".cache")),
            ("XDG_RUNTIME_DIR", self.path().join(".run")),
            ("TMPDIR", self.path().join("tmp")),
        ]
    }

    /// The whole environment: the folders, `PATH`, and a UTF-8 locale.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let folders = self.folders().into_iter().map(|(name, path)| (name.into(), path.into()));
        let path = env::var_os("PATH").unwrap_or_default();
        folders.chain([("PATH".into(), path), ("LANG".into(), "C.UTF-8".into())]).collect()
    }

    /// The program with this environment and no other, started in the home.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.path());
        command
    }
}
