//! Words to verbs, and the exit codes of what cannot be one.

use crate::arguments::{ConfigVerb, DemoVerb};
use crate::{Arguments, ColorChoice, Config, Output, Verb, World, parse};
use clap::CommandFactory;
use std::ffi::OsString;
use weir_domain::cancel::Grace;
use weir_domain::{GateId, Way};

fn parsed(line: &str) -> Arguments {
    parse(line.split(' ').map(OsString::from)).unwrap_or_else(|(text, _)| panic!("{line}: {text}"))
}

fn refused(line: &str) -> (String, i32) {
    match parse(line.split(' ').map(OsString::from)) {
        Ok(arguments) => panic!("{line} is taken as {arguments:?}"),
        Err(refused) => refused,
    }
}

#[test]
fn the_definition_is_whole() {
    Arguments::command().debug_assert();
}

#[test]
fn global_options_stand_before_or_after_the_verb() {
    for line in ["weir --demo=huge -n a -n b -o json runs", "weir runs --demo=huge -n a -n b -o json"] {
        let arguments = parsed(line);
        assert_eq!(arguments.verb, Some(Verb::Runs), "{line}");
        assert_eq!(arguments.global.demo, Some(World::Huge), "{line}");
        assert_eq!(arguments.global.namespaces, ["a", "b"], "{line}");
        assert_eq!(arguments.global.output, Output::Json, "{line}");
    }
    assert_eq!(parsed("weir --context a --context b").global.contexts, ["a", "b"]);
    assert_eq!(parsed("weir --color 256 runs").global.color, ColorChoice::TwoHundredFiftySix);
    assert_eq!(parsed("weir").global.output, Output::Table);
}

#[test]
fn a_demo_without_a_name_is_the_typical_one() {
    assert_eq!(parsed("weir --demo").global.demo, Some(World::Typical));
    assert_eq!(parsed("weir --demo run x").verb, Some(Verb::Run { name: "x".into() }));
    assert_eq!(parsed("weir").world(), None);
    assert_eq!(parsed("weir demo serve --world broken").world(), Some(World::Broken));
    assert_eq!(parsed("weir demo serve").verb, Some(Verb::Demo { verb: DemoVerb::Serve { world: World::Typical } }));
    assert_eq!(refused("weir --demo=nowhere").1, 2);
}

#[test]
fn neither_the_demo_nor_the_writing_of_a_config_reads_one() {
    for line in ["weir --demo --config /nowhere/c.toml runs", "weir config init --config /nowhere/c.toml"] {
        assert_eq!(parsed(line).config(), Ok(Config::default()), "{line}");
    }
    assert_eq!(
        parsed("weir --config /nowhere/c.toml runs").config().expect_err("missing").why,
        "there is no such file"
    );
}

#[test]
fn what_a_run_is_started_with_is_read() {
    let Some(Verb::Start(start)) =
        parsed("weir start build -p version=4.22 -p x=a=b -w data=pvc:scos --reason why --timeout 4h --wait").verb
    else {
        panic!("not a start");
    };
    assert_eq!(start.fields.params, [("version".into(), "4.22".into()), ("x".into(), "a=b".into())]);
    assert_eq!(start.fields.workspaces, [("data".into(), "pvc:scos".into())]);
    assert_eq!(start.yes.reason.as_deref(), Some("why"));
    assert!(start.wait && start.yes.confirm.is_none());
    assert_eq!(refused("weir start build -p version").1, 2);
    assert_eq!(refused("weir start build -p =4.22").1, 2);
}

#[test]
fn a_cancel_says_how() {
    let Some(Verb::Cancel(cancel)) = parsed("weir cancel x --how stoppedrunfinally --save-log --confirm x").verb else {
        panic!("not a cancel");
    };
    assert_eq!(cancel.how, Grace::StoppedRunFinally);
    assert_eq!(cancel.save_log.as_deref(), Some(""));
    assert_eq!(cancel.yes.confirm.as_deref(), Some("x"));
    let (text, code) = refused("weir cancel x");
    assert_eq!(code, 2);
    assert!(text.contains("--how"), "{text}");
    let (text, code) = refused("weir cancel x --how softly");
    assert_eq!(code, 2);
    assert!(text.contains("StoppedRunFinally"), "{text}");
}

#[test]
fn a_promotion_is_a_plan_or_a_yes_to_one() {
    let line =
        "weir promote x --to next --way imagestream-tag --waive jobs --reason flaky --waive accepted --reason phone";
    let Some(Verb::Promote(promote)) = parsed(line).verb else { panic!("not a promotion") };
    assert_eq!((promote.release.as_str(), promote.to.as_str(), promote.plan), ("x", "next", false));
    assert_eq!(promote.way, Some(Way::ImagestreamTag));
    assert_eq!(promote.waive, [GateId::Jobs, GateId::Accepted]);
    assert_eq!(promote.reasons, ["flaky", "phone"]);
    let Some(Verb::Promote(yes)) = parsed("weir promote x --to next --confirm n --plan-id 3f").verb else {
        panic!("not a promotion")
    };
    assert_eq!((yes.confirm.as_deref(), yes.plan_id.as_deref()), (Some("n"), Some("3f")));
    for line in [
        "weir promote x",
        "weir promote x --to next --confirm n",
        "weir promote x --to next --plan-id 3f",
        "weir promote x --to next --plan --confirm n --plan-id 3f",
        "weir promote x --to next --way cron",
        "weir accept x",
    ] {
        assert_eq!(refused(line).1, 2, "{line}");
    }
    let (text, code) = refused("weir promote x --to next --waive all --reason y");
    assert_eq!(code, 2);
    assert!(text.contains("there is no gate `all`") && text.contains("latest-flag"), "{text}");
}

#[test]
fn every_verb_of_the_list_is_there() {
    for line in [
        "weir streams",
        "weir releases 4.22.0-0.okd-scos",
        "weir release 4.22.0-0.okd-scos-2026-11-21-051233",
        "weir payload quay.io/okd/scos-release:x --sizes",
        "weir diff a b --changelog",
        "weir verify x",
        "weir promote x --to 4-scos-next --plan",
        "weir accept x --reason why --confirm x",
        "weir reject x --reason why",
        "weir take-back x",
        "weir ledger",
        "weir runs",
        "weir run x",
        "weir logs x -f --task t --step s --times",
        "weir start p -p k=v --confirm p",
        "weir rerun x -p k=v",
        "weir cancel x --how Cancelled --wait",
        "weir pipelines",
        "weir delete x --confirm x",
        "weir journal",
        "weir health",
        "weir info",
        "weir config init",
        "weir config check",
        "weir completions bash",
        "weir man",
        "weir demo serve",
    ] {
        assert!(parsed(line).verb.is_some(), "{line}");
    }
    assert_eq!(parsed("weir config check").verb, Some(Verb::Config { verb: ConfigVerb::Check }));
}

#[test]
fn a_mistake_is_2_and_help_is_0() {
    assert_eq!(refused("weir rnus").1, 2);
    assert!(refused("weir rnus").0.contains("runs"));
    assert_eq!(refused("weir run").1, 2);
    assert_eq!(refused("weir runs --nonsense").1, 2);
    assert_eq!(refused("weir runs -o xml").1, 2);
    let (help, code) = refused("weir --help");
    assert_eq!(code, 0);
    for words in ["Exit codes:", "--demo", "--read-only", "streams", "cancel"] {
        assert!(help.contains(words), "{words}");
    }
    let (version, code) = refused("weir --version");
    assert_eq!((version.as_str(), code), (concat!("weir ", env!("CARGO_PKG_VERSION"), "\n"), 0));
    assert_eq!(refused("weir logs --help").1, 0);
}

#[test]
fn the_manual_page_names_every_verb_and_option() {
    let page = String::from_utf8(crate::manual::page(Arguments::command()).expect("a page")).expect("text");
    for words in [".SH NAME", ".SS \"weir start <PIPELINE>\"", "demo serve", ".SH \"EXIT STATUS\"", "no such thing"] {
        assert!(page.contains(words), "{words}");
    }
    let plain = page.replace("\\-", "-");
    for command in Arguments::command().get_subcommands() {
        assert!(plain.contains(command.get_name()), "{}", command.get_name());
        for option in command.get_arguments().filter_map(|arg| arg.get_long()) {
            assert!(plain.contains(&format!("--{option}")), "--{option} of {}", command.get_name());
        }
    }
}
