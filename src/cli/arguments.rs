//! The command line, defined once: parsing, `--help`, the manual page and the completions are derived from it.

pub mod release;

use crate::config::Config;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use weir_domain::Failure;
use weir_domain::cancel::Grace;

/// Stands below `--help` and in the manual page.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  yes
  1  the thing asked about failed, timed out, was cancelled or rejected; a bad signature or none
  2  usage: a wrong argument, a broken config, a name that is found twice
  3  refused: no confirmation, read-only, a gate that blocks, or a check before the start that said no
  4  unreachable, denied or expired; only a part could be read; the outcome is unknown
  5  no such thing

Data goes to stdout, words to stderr. A NAME may be given as NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME.
Clusters come from the config file, else from KUBECONFIG. Without a verb, weir opens its screens.";

/// The terminal UI for the people who run OKD streams
///
/// Shows what is broken, reads the failing step's log, starts a corrected run and cancels a wrong one.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "weir",
    bin_name = "weir",
    version,
    after_help = EXIT_CODES,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl Arguments {
    /// The embedded world to start, by `--demo` or by `demo serve`.
    pub fn world(&self) -> Option<World> {
        match &self.verb {
            Some(Verb::Demo { verb: DemoVerb::Serve { world } }) => Some(self.global.demo.unwrap_or(*world)),
            _ => self.global.demo,
        }
    }

    /// The config to go by. The embedded world reads none, and `config init` must not stumble over the file it is to write.
    pub fn config(&self) -> Result<Config, Failure> {
        let init = matches!(self.verb, Some(Verb::Config { verb: ConfigVerb::Init }));
        if init || self.world().is_some() { Ok(Config::default()) } else { Config::read(self.global.config.as_deref()) }
    }
}

/// What every verb and the screens take.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use the embedded world; no cluster, credential or config of yours is touched
    #[arg(long, global = true, value_name = "WORLD", num_args = 0..=1, require_equals = true, default_missing_value = "typical")]
    pub demo: Option<World>,
    /// Connect to this kubeconfig context; may be repeated
    #[arg(long = "context", global = true, value_name = "CONTEXT", value_parser = NonEmptyStringValueParser::new())]
    pub contexts: Vec<String>,
    /// Look only into this namespace; may be repeated
    #[arg(short = 'n', long = "namespace", global = true, value_name = "NAMESPACE", value_parser = NonEmptyStringValueParser::new())]
    pub namespaces: Vec<String>,
    /// Read this config file instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change nothing, whatever is asked for
    #[arg(long, global = true)]
    pub read_only: bool,
    /// The look of the screens
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub theme: Option<String>,
    /// How many colours to use
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Write weir's own log to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// How data is printed
    #[arg(short = 'o', long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Output,
}

/// The embedded worlds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum World {
    /// Green, failed, waiting and running runs; a rejected nightly
    #[default]
    Typical,
    /// 10,000 runs, a log of 1,000,000 lines, 60 streams
    Huge,
    /// An unreachable cluster, an expired token, a missing right, a release-controller in trouble
    Broken,
}

impl World {
    pub fn name(self) -> &'static str {
        match self {
            World::Typical => "typical",
            World::Huge => "huge",
            World::Broken => "broken",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// What the terminal can; none without one or with NO_COLOR
    #[default]
    Auto,
    Always,
    Never,
    #[value(name = "16")]
    Sixteen,
    #[value(name = "256")]
    TwoHundredFiftySix,
    /// 24-bit colour
    True,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Verb {
    /// List the release-controller's streams with their newest releases
    Streams,
    /// List the releases of a stream, newest first
    Releases {
        /// The stream's name, see `weir streams`
        stream: String,
    },
    /// Show one release: why it stands where it does, its jobs and their attempts, upgrades, promotions
    Release {
        /// The release: TAG or STREAM/TAG, see `weir releases`
        #[arg(value_name = "TAG")]
        name: String,
    },
    /// Show what a release is made of, from its image
    Payload(release::Payload),
    /// Compare two releases' payloads
    Diff(release::Diff),
    /// Check a release's signatures: 0 when a pinned key signed exactly this digest
    Verify {
        /// HOST/REPOSITORY:TAG, HOST/REPOSITORY@sha256:…, or a release's name
        image: String,
    },
    /// Promote a release to a channel, exactly as its plan says, and stay until the run ends
    Promote(release::Promote),
    /// Accept a payload over its jobs
    Accept(release::Decide),
    /// Reject a payload over its jobs
    Reject(release::Decide),
    /// Take back a decision over a payload: its jobs decide again
    TakeBack(release::TakeBack),
    /// Show who promoted what to where, from the journal and the servers, newest first
    Ledger,
    /// List the runs of all clusters, newest first
    Runs,
    /// Show one run: why it failed or waits, its tasks and steps, parameters and events
    Run {
        /// The run: NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME
        #[arg(value_name = "RUN")]
        name: String,
    },
    /// Print a run's log in the order of its tasks, retries and finally included
    Logs(Logs),
    /// Start a run of a Pipeline
    Start(Start),
    /// Start a run again, with changes if you like
    Rerun(Rerun),
    /// Cancel a run in one of Tekton's three ways
    Cancel(Cancel),
    /// List the Pipelines with their parameters
    Pipelines,
    /// Delete a run, its pods and their logs
    Delete {
        /// The run: NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME
        run: String,
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what was sent and what came of it, newest first
    Journal,
    /// Ask every cluster, the release-controller and the registries of the config how they stand; 4 when one does not answer
    Health,
    /// Show versions, paths, terminal and endpoints; no secrets
    Info,
    /// Write or check the config file
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// Print the completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, e.g. `weir man | man -l -`
    Man,
    /// The embedded world on its own
    Demo {
        #[command(subcommand)]
        verb: DemoVerb,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Logs {
    /// The run: NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME
    pub run: String,
    /// Follow until the run is done; then end as the run did
    #[arg(short, long)]
    pub follow: bool,
    /// Only this task
    #[arg(long)]
    pub task: Option<String>,
    /// Only this step
    #[arg(long)]
    pub step: Option<String>,
    /// Begin each line with its time (UTC)
    #[arg(long)]
    pub times: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Start {
    /// The Pipeline, see `weir pipelines`
    pub pipeline: String,
    #[command(flatten)]
    pub fields: Fields,
    #[command(flatten)]
    pub yes: Yes,
    /// Wait until the run is done; then end as the run did
    #[arg(long)]
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Rerun {
    /// The run: NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME
    pub run: String,
    #[command(flatten)]
    pub fields: Fields,
    #[command(flatten)]
    pub yes: Yes,
    /// Wait until the new run is done; then end as it did
    #[arg(long)]
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Cancel {
    /// The run: NAME, NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME
    pub run: String,
    /// Cancelled cuts running tasks; CancelledRunFinally cuts them, then runs finally; StoppedRunFinally lets them end, then runs finally
    #[arg(long, value_name = "HOW", value_parser = grace)]
    pub how: Grace,
    /// Save the whole log to this file first (RUN.log when no name is given)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub save_log: Option<String>,
    #[command(flatten)]
    pub yes: Yes,
    /// Wait until the run is done; then end as the run did
    #[arg(long)]
    pub wait: bool,
}

/// What a run to be made is filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Fields {
    /// A parameter; an array as a,b,c, an object as key=value,key=value
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub params: Vec<(String, String)>,
    /// A workspace; BINDING is pvc:NAME, secret:NAME, configmap:NAME, emptydir or a size such as 10Gi
    #[arg(short = 'w', long = "workspace", value_name = "NAME=BINDING", value_parser = pair)]
    pub workspaces: Vec<(String, String)>,
    /// Run as this service account
    #[arg(long, value_name = "NAME")]
    pub service_account: Option<String>,
    /// The run's limit, e.g. 4h or 1h30m
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
}

/// The yes. Without it, what would be sent is printed, and nothing is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Yes {
    /// Do it; NAME is what the print-out without it asks for
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Why; kept in the journal, and on a run that is made
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigVerb {
    /// Write a commented example with the clusters found; never over an existing file
    Init,
    /// Read the config file and say what weir makes of it
    Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum DemoVerb {
    /// Serve the embedded world until interrupted; the first line printed is its kubeconfig's path
    Serve {
        #[arg(long, value_enum, default_value_t)]
        world: World,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_string(), value.to_string())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

fn grace(text: &str) -> Result<Grace, String> {
    Grace::parse(text).ok_or_else(|| "write Cancelled, CancelledRunFinally or StoppedRunFinally".into())
}
