//! The manual page, from the same definition as `--help`: clap_mangen's sections, with every verb in full on the one page.

use crate::arguments::EXIT_CODES;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use std::io;

pub(crate) fn page(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("weir");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut rest = Roff::new();
    rest.control("SH", ["VERBS"]);
    verbs(&command, "", &mut rest);
    rest.control("SH", ["EXIT STATUS"]);
    // A blank line between paragraphs; lines with a code stay lines.
    for line in EXIT_CODES.lines() {
        match line.strip_prefix("  ").and_then(|line| line.split_once("  ")) {
            Some((code, words)) => {
                rest.control("TP", ["4"]);
                rest.text([bold(code)]);
                rest.text([roman(words)]);
            }
            None if line.is_empty() => {
                rest.control("PP", []);
            }
            None if line.ends_with(':') => {}
            None => {
                rest.text([roman(line)]);
            }
        }
    }
    rest.control("SH", ["FILES"]);
    let files = [
        ("$XDG_CONFIG_HOME/weir/config.toml", "the config, see `weir config init`"),
        ("$XDG_STATE_HOME/weir/journal.jsonl", "what was sent and what came of it"),
    ];
    for (path, words) in files {
        rest.control("TP", []);
        rest.text([italic(path)]);
        rest.text([roman(words)]);
    }
    rest.to_writer(&mut page)?;
    Ok(page)
}

/// Each verb that does something, with its own options; the global ones stand once at the top.
fn verbs(command: &Command, before: &str, page: &mut Roff) {
    for verb in command.get_subcommands() {
        let name = format!("{before}{}", verb.get_name());
        if verb.has_subcommands() {
            verbs(verb, &format!("{name} "), page);
            continue;
        }
        let own: Vec<&Arg> =
            verb.get_arguments().filter(|arg| !arg.is_global_set() && arg.get_id() != "help").collect();
        let places: Vec<String> = own.iter().filter(|arg| arg.is_positional()).map(|arg| arg.to_string()).collect();
        page.control("SS", [format!("weir {name} {}", places.join(" ")).trim_end()]);
        page.text([roman(verb.get_about().map(ToString::to_string).unwrap_or_default())]);
        for arg in own.into_iter().filter(|arg| !arg.is_positional()) {
            page.control("TP", []);
            let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
            page.text([bold(format!("{short}{arg}"))]);
            page.text([roman(arg.get_help().map(ToString::to_string).unwrap_or_default())]);
        }
    }
}
