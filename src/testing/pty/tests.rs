//! The harness on programs that every system has.

use super::{Pty, State, key};
use crate::clean_home;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Pty {
    Pty::launch("/bin/sh").args(["-c", script]).spawn().unwrap()
}

#[test]
fn what_is_typed_comes_back_on_the_screen() {
    let mut pty = Pty::launch("cat").size(40, 5).spawn().unwrap();
    pty.send("hello there\r");
    // Once echoed by the terminal, once written by the program.
    pty.wait_until("two lines", SOON, |screen| screen == "hello there\nhello there").unwrap();
    assert_eq!(pty.cursor(), (0, 2));
    assert!(pty.bytes_written() >= 2 * "hello there".len() as u64);
    pty.send(key::ctrl('d'));
    assert_eq!(pty.exit_status(SOON).unwrap().code, 0);
}

#[test]
fn a_wait_in_vain_shows_the_last_screen() {
    let pty = shell("echo nearly; read line");
    pty.wait_for("nearly", SOON).unwrap();
    let error = pty.wait_for("quite", Duration::from_millis(50)).unwrap_err();
    assert!(error.contains("waited for `quite`") && error.contains("│nearly"), "{error}");
}

#[test]
fn half_a_synchronized_update_is_not_on_the_screen_until_it_is_complete_or_the_program_ends() {
    let script = r"stty -echo; printf 'before\033[?20'; printf '26h half'; read line
        printf ' whole\033[?2026l'; read line; printf ' and\033[?2026h the end'";
    let mut pty = shell(script);
    pty.wait_for("before", SOON).unwrap();
    assert!(pty.wait_for("half", Duration::from_millis(300)).is_err(), "{}", pty.screen());
    pty.send(key::ENTER);
    pty.wait_until("the whole frame", SOON, |screen| screen == "before half whole").unwrap();
    pty.send(key::ENTER);
    pty.exit_status(SOON).unwrap();
    assert_eq!(pty.screen(), "before half whole and the end");
}

#[test]
fn updates_that_are_read_at_once_are_each_seen() {
    let size = std::num::NonZeroU16::new(24).unwrap();
    let mut state = State::new(size, size);
    let update = |text: &str| format!("\x1b[?2026h\x1b[H{text}\x1b[K\x1b[?2026l");
    let all = [update("one"), update("two"), update("two"), update("three")].concat();
    let half = all.len() - 4;
    state.written(&all.as_bytes()[..half]);
    assert_eq!(state.passed, ["", "one", "two"], "half an update is none");
    state.written(&all.as_bytes()[half..]);
    assert_eq!(state.passed, ["", "one", "two", "three"]);
}

#[test]
fn a_program_that_ended_is_not_waited_for() {
    let pty = shell("echo last words; exit 3");
    let error = pty.wait_for("more", Duration::from_secs(60)).unwrap_err();
    assert!(error.contains("the program ended") && error.contains("│last words"), "{error}");
    let exit = pty.exit_status(SOON).unwrap();
    assert_eq!((exit.code, exit.signal), (3, None));
    assert!(!pty.signal("TERM"));
}

#[test]
fn a_signal_reaches_the_program() {
    let pty = shell("trap 'echo caught; exit 7' TERM; echo ready; while :; do read line; done");
    pty.wait_for("ready", SOON).unwrap();
    assert!(pty.signal("TERM"));
    assert_eq!(pty.exit_status(SOON).unwrap().code, 7);
    assert!(pty.screen().contains("caught"));
    let pty = shell("echo ready; exec cat");
    pty.wait_for("ready", SOON).unwrap();
    assert!(pty.signal("KILL"));
    assert!(pty.exit_status(SOON).unwrap().signal.is_some());
}

#[test]
fn the_program_learns_its_size_and_another_one() {
    let mut pty =
        Pty::launch("/bin/sh").args(["-c", "stty size; read line; stty size; read line"]).size(70, 9).spawn().unwrap();
    pty.wait_for("9 70", SOON).unwrap();
    pty.resize(50, 20);
    pty.send(key::ENTER);
    pty.wait_for("20 50", SOON).unwrap();
}

#[test]
fn modes_tell_a_terminal_given_back_from_one_that_is_not() {
    let leave = r"printf '\033[?1049l\033[?25h\033[?2004l\033[?1000l'; stty sane";
    let enter = r"stty raw -echo; printf '\033[?1049h\033[?25l\033[?2004h\033[?1000hin'";
    let kept = shell(&format!("{enter}; exit 0"));
    kept.exit_status(SOON).unwrap();
    let modes = kept.modes();
    assert!(modes.alternate && modes.cursor_hidden && modes.bracketed_paste && modes.mouse && modes.raw, "{modes:?}");
    assert!(modes.entered && !modes.given_back());

    let mut back = shell(&format!("before=$(stty -g); {enter}; head -c 1 >/dev/null; {leave}; stty \"$before\""));
    back.wait_for("in", SOON).unwrap();
    assert!(!back.modes().given_back());
    back.send("x");
    assert_eq!(back.exit_status(SOON).unwrap().code, 0);
    let modes = back.modes();
    assert!(modes.entered && modes.given_back(), "{modes:?}");
}

#[test]
fn a_program_in_a_shell_can_be_suspended() {
    let home = clean_home();
    let mut pty = Pty::launch("/bin/sh").arg("-i").env("PS1", "$ ").home(&home).spawn().unwrap();
    pty.wait_for("$", SOON).unwrap();
    pty.send("cat\r");
    pty.send("ping\r");
    pty.wait_until("the echo", SOON, |screen| screen.matches("ping").count() == 2).unwrap();
    pty.send(key::ctrl('z'));
    pty.wait_for("Stopped", SOON).unwrap();
    pty.send("fg\r");
    pty.send("pong\r");
    pty.wait_until("the second echo", SOON, |screen| screen.matches("pong").count() == 2).unwrap();
}

#[test]
fn frames_are_what_stands_at_the_end_of_each_synchronized_update() {
    let pty = shell(r"printf 'a\033[?2026hb\033[?2026lc\033[?2026h\033[Hdd\033[?2026le'");
    pty.exit_status(SOON).unwrap();
    assert_eq!(pty.frames(), ["ab", "ddc"]);
    assert_eq!(pty.screen(), "dde");
}

#[test]
fn quiet_is_noticed_and_noise_is_counted() {
    let mut pty = shell("stty -echo; echo ready; read line; echo noise; read line");
    pty.wait_for("ready", SOON).unwrap();
    assert!(pty.wait_quiet(Duration::from_millis(50), SOON));
    assert_eq!(pty.bytes_during(Duration::from_millis(50)), 0);
    let before = pty.bytes_written();
    pty.send(key::ENTER);
    pty.wait_for("noise", SOON).unwrap();
    assert_eq!(pty.bytes_written() - before, "noise\r\n".len() as u64);
    assert!(pty.output().ends_with(b"noise\r\n"));
}

#[test]
fn a_clean_home_is_all_that_a_program_inherits() {
    let home = clean_home();
    assert!(home.state().is_dir() && home.config().starts_with(home.path()));
    let output = home.command("env").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    for name in names {
        let expected = ["HOME", "PATH", "LANG", "TMPDIR"].contains(&name) || name.starts_with("XDG_");
        assert!(expected, "`{name}` is inherited");
    }
    assert!(text.contains(&format!("HOME={}\n", home.path().display())));

    let pty = Pty::launch("/bin/sh").args(["-c", "echo $HOME; echo [$CARGO_MANIFEST_DIR]"]).size(200, 5).home(&home);
    let pty = pty.spawn().unwrap();
    pty.wait_for("[]", SOON).unwrap();
    assert!(pty.screen().contains(&home.path().display().to_string()));
}

#[test]
fn a_program_that_does_not_exist_is_one_sentence() {
    let error = Pty::launch("/nonexistent/weir").spawn().err().unwrap();
    assert!(error.contains("/nonexistent/weir"), "{error}");
}
