//! What a verb is told about where it runs. Gathered once by `main`.

use crate::arguments::{ColorChoice, World};
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub struct Surroundings {
    /// weir's version, with the commit where known.
    pub version: String,
    /// The config file's path, whether it is there or not; `None` in the embedded world, which reads none.
    pub config: Option<PathBuf>,
    /// weir's own log.
    pub log_file: Option<PathBuf>,
    pub terminal: Terminal,
    /// The embedded world that runs in this process.
    pub demo: Option<Demo>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    pub world: World,
    /// The kubeconfig in its temporary folder.
    pub kubeconfig: PathBuf,
}

/// Facts of the terminal, as the environment gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// Columns and rows, where there is a terminal.
    pub size: Option<(u16, u16)>,
    /// `TERM`
    pub term: String,
    /// `COLORTERM`
    pub colorterm: String,
    /// `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: String,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Over ssh, by `SSH_CONNECTION`.
    pub ssh: bool,
    /// Inside tmux or screen, by `TMUX` and `STY`.
    pub multiplexer: Option<&'static str>,
}

impl Terminal {
    /// Reads the environment and asks which of the three streams are terminals.
    pub fn here(size: Option<(u16, u16)>) -> Terminal {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let set = |name: &str| !variable(name).is_empty();
        Terminal {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            size,
            term: variable("TERM"),
            colorterm: variable("COLORTERM"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"]
                .map(variable)
                .into_iter()
                .find(|v| !v.is_empty())
                .unwrap_or_default(),
            no_color: set("NO_COLOR"),
            ssh: set("SSH_CONNECTION"),
            multiplexer: if set("TMUX") {
                Some("tmux")
            } else if set("STY") {
                Some("screen")
            } else {
                None
            },
        }
    }

    /// Whether a verb's output may carry colour.
    pub fn coloured(&self, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Never => false,
            ColorChoice::Auto => self.stdout && !self.no_color && self.term != "dumb",
            ColorChoice::Always | ColorChoice::Sixteen | ColorChoice::TwoHundredFiftySix | ColorChoice::True => true,
        }
    }
}
