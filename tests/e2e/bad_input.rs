//! What is broken around weir: one sentence with what, where and what to do; the rest goes on.

use crate::command::{Server, Told, finished, told};
use crate::screens::Screens;
use crate::{PATIENCE, WEIR};
use std::fs;
use weir_testing::{Home, Pty, clean_home};

fn with_kubeconfig(text: &str, arguments: &[&str]) -> Told {
    let home = clean_home();
    let path = home.path().join("some-kubeconfig");
    fs::write(&path, text).unwrap();
    let mut command = home.command(WEIR);
    command.args(arguments).env("KUBECONFIG", &path);
    finished(command)
}

/// The sentence is one, and names the file.
fn one_sentence(said: &Told) {
    assert_eq!(said.out, "");
    assert!(said.err.trim_end().lines().count() <= 2, "{}", said.err);
}

#[test]
fn without_a_kubeconfig_a_verb_says_the_ways_on() {
    let said = told(&clean_home(), &["runs"]).ends(2, &["there is no kubeconfig", "weir --demo", "KUBECONFIG"]);
    one_sentence(&said);
}

#[test]
fn without_a_kubeconfig_the_screens_show_the_three_ways_on() {
    let mut weir = Screens::open(&[], |launch| launch);
    weir.see_all(&["Three ways on", "weir --demo", "KUBECONFIG=FILE weir", "weir config init"]);
    weir.go("c", "copied");
    assert_eq!(weir.copied(), ["weir --demo"]);
    weir.go("H", "weir › Health");
    weir.press("q");
    weir.see("Three ways on");
    weir.press("q");
    assert_eq!(weir.ended().code, 0);
}

#[test]
fn a_broken_kubeconfig_is_named() {
    for text in ["{{{ no: yaml", "just words", "clusters: 7", "apiVersion: v1\nkind: Config\nclusters:\n- name: [\n"] {
        let said = with_kubeconfig(text, &["runs"]).ends(2, &["some-kubeconfig"]);
        one_sentence(&said);
    }
}

#[test]
fn an_unknown_context_is_told_with_those_there_are() {
    let server = Server::start("typical");
    let said = server.told(&["runs", "--context", "nowhere"]).ends(2, &["nowhere"]);
    one_sentence(&said);
    // The screens say it before they take the terminal or on their first screen, and do not end in silence.
    let home = clean_home();
    let pty = Pty::launch(WEIR).args(["--context", "nowhere"]).env("KUBECONFIG", &server.kubeconfig).home(&home);
    pty.spawn().unwrap().wait_for("nowhere", PATIENCE).unwrap();
}

#[test]
fn a_config_with_a_wrong_type_is_told_with_its_line() {
    let home = clean_home();
    fs::create_dir_all(home.config().join("weir")).unwrap();
    fs::write(home.config().join("weir/config.toml"), "\nread-only = \"perhaps\"\n").unwrap();
    let said = told(&home, &["runs"]).ends(2, &["config.toml:2", "read-only"]);
    one_sentence(&said);
    told(&home, &["config", "check"]).ends(2, &["config.toml:2"]);
    // The screens say the same and leave the terminal alone.
    let pty = Pty::launch(WEIR).home(&home).spawn().unwrap();
    assert_eq!(pty.exit_status(PATIENCE).unwrap().code, 2);
    assert!(pty.screen().contains("config.toml:2") && !pty.modes().entered, "{}", pty.screen());
    told(&home, &["--config", "/nonexistent/config.toml", "runs"]).ends(2, &["/nonexistent/config.toml"]);
}

#[test]
fn a_written_config_is_a_right_one_and_is_not_written_over() {
    let home = clean_home();
    let path = home.config().join("weir/config.toml");
    told(&home, &["config", "init"]).ends(0, &[]);
    assert!(path.is_file());
    told(&home, &["config", "check"]).ends(0, &[]);
    told(&home, &["config", "init"]).ends(3, &["is there already"]);
}

/// A kubeconfig whose user is whoever the command says.
fn plugin(home: &Home, script: &str) -> String {
    let path = home.path().join("plugin");
    weir_testing::shell_script(&path, script);
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:9'}}}}]\n\
         contexts: [{{name: here, context: {{cluster: c, user: u}}}}]\n\
         users:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      \
         command: {}\n      interactiveMode: IfAvailable\n",
        path.display()
    )
}

fn with_plugin(script: &str) -> Told {
    let home = clean_home();
    let path = home.path().join("exec-kubeconfig");
    fs::write(&path, plugin(&home, script)).unwrap();
    let mut command = home.command(WEIR);
    command.args(["runs"]).env("KUBECONFIG", &path);
    finished(command)
}

#[test]
fn a_log_in_command_that_prints_garbage_or_fails_is_one_sentence() {
    for script in ["echo garbage", "echo '<html>'", "echo sorry >&2; exit 3", "true"] {
        let said = with_plugin(script);
        assert_eq!(said.code, 4, "{script}: {said:?}");
        one_sentence(&said);
        assert!(said.err.contains("plugin") || said.err.contains("log in"), "{script}: {said:?}");
    }
}

#[test]
fn a_log_in_command_that_asks_gets_no_answer_and_one_that_hangs_holds_nothing() {
    let said = with_plugin("printf 'Password: ' >&2; read answer || exit 1; echo $answer");
    assert_eq!(said.code, 4, "{said:?}");
    let home = clean_home();
    let path = home.path().join("exec-kubeconfig");
    fs::write(&path, plugin(&home, "sleep 600")).unwrap();
    let mut weir = Screens::at(home, &[], |launch| launch.env("KUBECONFIG", &path));
    // It hangs for ten minutes, and the screens are there in the meantime.
    weir.see("weir › Overview");
    weir.press("H");
    weir.see_when("the cluster's state", |screen| screen.contains("connecting") || screen.contains("gave no answer"));
    weir.go("r", "weir › Runs");
    weir.quit();
}
