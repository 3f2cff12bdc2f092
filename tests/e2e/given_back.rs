//! However weir ends or pauses, the terminal is as the shell needs it.

use crate::screens::{Screens, worlds};
use crate::{PATIENCE, WEIR};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};
use weir_testing::{Pty, clean_home, key};

#[test]
fn quitting_at_the_first_screen_gives_the_terminal_back() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    assert!(!weir.pty.modes().given_back());
    weir.press("q");
    assert_eq!(weir.ended().code, 0);
}

#[test]
fn a_signal_ends_it_with_a_sentence_and_code_0() {
    for (signal, words) in [("TERM", "terminated"), ("HUP", "the terminal is gone"), ("INT", "interrupted")] {
        let weir = Screens::demo("--demo");
        weir.see("releases ✓");
        assert!(weir.pty.signal(signal));
        let exit = weir.ended();
        assert_eq!((exit.code, exit.signal), (0, None), "SIG{signal}");
        assert!(weir.pty.screen().contains(&format!("weir: {words}")), "{}", weir.pty.screen());
    }
}

#[test]
fn a_signal_before_the_world_is_there_ends_it_too() {
    let weir = Screens::demo("--demo=huge");
    weir.see("weir ›");
    assert!(weir.pty.signal("TERM"));
    assert_eq!(weir.ended().code, 0);
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let home = clean_home();
    let mut shell = Pty::launch("/bin/sh").arg("-i").env("PS1", "sh$ ").home(&home).spawn().unwrap();
    shell.wait_for("sh$", PATIENCE).unwrap();
    let process = home.path().join("process");
    shell.send(format!("sh -c 'echo $$ >{}; exec {WEIR} --demo'\r", process.display()));
    shell.wait_for("releases ✓", PATIENCE).unwrap();
    let id = fs::read_to_string(&process).unwrap().trim().to_string();
    // What a closed window or a lost ssh is: the terminal's other side goes away.
    drop(shell);
    let end = Instant::now() + PATIENCE;
    while Command::new("kill").args(["-0", &id]).output().unwrap().status.success() {
        assert!(Instant::now() < end, "weir outlives its terminal");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(worlds(&home), Vec::<PathBuf>::new());
}

#[test]
fn suspended_it_gives_the_terminal_back_and_fg_draws_it_anew() {
    let home = clean_home();
    let mut shell = Pty::launch("/bin/sh").arg("-i").env("PS1", "sh$ ").home(&home).spawn().unwrap();
    shell.wait_for("sh$", PATIENCE).unwrap();
    let before = shell.modes();
    shell.send(format!("{WEIR} --demo\r"));
    shell.wait_for("releases ✓", PATIENCE).unwrap();
    for round in [1, 2] {
        shell.send("r");
        shell.wait_for("weir › Runs", PATIENCE).unwrap();
        shell.send(key::ctrl('z'));
        // The words of the round before are on the screen, too; only after the prompt it is the shell that reads.
        shell
            .wait_until("the prompt", PATIENCE, |screen| {
                screen.matches("Stopped").count() == round && screen.ends_with("sh$")
            })
            .unwrap();
        let modes = shell.modes();
        assert!(!modes.alternate && !modes.cursor_hidden && !modes.bracketed_paste, "{modes:?}");
        // The shell reads lines again.
        shell.send(format!("echo round-{round}-$((20 + 3))\r"));
        shell.wait_for(&format!("round-{round}-23"), PATIENCE).unwrap();
        shell.send("fg\r");
        shell.wait_for("weir › Runs", PATIENCE).unwrap();
        assert!(shell.modes().alternate);
        shell.send(key::ESCAPE);
        shell.wait_for("weir › Overview", PATIENCE).unwrap();
    }
    shell.send("q");
    shell.wait_until("the prompt", PATIENCE, |screen| screen.ends_with("sh$")).unwrap();
    shell.send("echo code-$?\r");
    shell.wait_for("code-0", PATIENCE).unwrap();
    let after = shell.modes();
    assert_eq!(
        (after.alternate, after.cursor_hidden, after.bracketed_paste),
        (before.alternate, before.cursor_hidden, before.bracketed_paste)
    );
}
