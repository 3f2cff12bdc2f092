//! weir without a screen: the command line, the config file, and the verbs scripts use.
//!
//! Data goes to stdout, words to stderr. Exit codes are [`code`]'s; what the JSON looks like is [`shapes`]'.
//! Nothing here draws, and nothing changes the world without `--confirm` and the phrase of its proposal.
//!
//! Three doors for `main`: [`parse`], then [`without_client`] for what needs no cluster, then [`run`].

pub mod arguments;
pub mod code;
pub mod config;
mod desk;
mod find;
mod list;
mod manual;
mod paper;
pub mod shapes;
mod surroundings;
mod table;
mod verbs;
mod wait;
mod words;

#[cfg(test)]
mod tests;

pub use arguments::{Arguments, ColorChoice, ConfigVerb, DemoVerb, Global, Output, Verb, World};
pub use config::Config;
pub use surroundings::{Demo, Surroundings, Terminal};

use crate::desk::Desk;
use crate::paper::Paper;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::io::Write;
use weir_client::Client;

/// The first of `arguments` is the program's name. `Err` is a text and the exit code:
/// 0 for help and version (the text is for stdout), 2 for a mistake (for stderr).
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, (String, i32)> {
    Arguments::try_parse_from(arguments).map_err(|error| (error.render().to_string(), error.exit_code()))
}

/// Verbs that need no cluster: `completions`, `man`, `config check`. `None`: the verb is [`run`]'s.
/// To be asked before the config is read, so that `config check` can say what is wrong with it.
pub fn without_client(
    verb: &Verb,
    global: &Global,
    surroundings: &Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Option<i32> {
    let mut paper = Paper::new(global, &surroundings.terminal, out, err);
    let ended = match verb {
        Verb::Completions { shell } => verbs::setup::completions(*shell, Arguments::command(), &mut paper),
        Verb::Man => verbs::setup::man(Arguments::command(), &mut paper),
        Verb::Config { verb: ConfigVerb::Check } => verbs::setup::check(global, surroundings, &mut paper),
        _ => return None,
    };
    Some(paper.close(ended))
}

/// Runs a verb to its end and gives the exit code.
pub async fn run(
    verb: Verb,
    global: &Global,
    client: &Client,
    surroundings: Surroundings,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> i32 {
    if let Some(code) = without_client(&verb, global, &surroundings, out, err) {
        return code;
    }
    let paper = Paper::new(global, &surroundings.terminal, out, err);
    let mut desk = Desk { client, global, surroundings: &surroundings, paper };
    let ended = verbs::run(verb, &mut desk).await;
    desk.paper.close(ended)
}
