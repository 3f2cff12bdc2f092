//! A home directory of the test's own. What is started with it inherits no variable besides `PATH`, so that it reads no
//! file of the user and behaves alike on every machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
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
