//! Few colours, none, ASCII only, no terminal at all.

use crate::command::{demo, told};
use crate::screens::Screens;
use crate::{PATIENCE, WEIR};
use weir_testing::{Launch, Pty, clean_home, key};

/// The numbers of every SGR sequence.
fn looks(output: &[u8]) -> Vec<Vec<u32>> {
    let text = String::from_utf8_lossy(output);
    let mut found = Vec::new();
    for rest in text.split("\x1b[").skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap_or(rest.len());
        if rest[end..].starts_with('m') {
            found.push(rest[..end].split([';', ':']).map(|number| number.parse().unwrap_or(0)).collect());
        }
    }
    assert!(found.len() > 20, "looks are found");
    found
}

fn coloured(numbers: &[u32]) -> bool {
    numbers.iter().any(|number| matches!(number, 30..=38 | 40..=48 | 90..=97 | 100..=107))
}

fn beyond_16(numbers: &[u32]) -> bool {
    numbers.iter().any(|number| matches!(number, 38 | 48))
}

/// Through the busiest screens; what was written.
fn shown(arguments: &[&str], more: impl FnOnce(Launch) -> Launch) -> Vec<u8> {
    let home = clean_home();
    let launch = Pty::launch(WEIR).args(["--demo"]).args(arguments).home(&home);
    let mut pty = more(launch).spawn().unwrap();
    let see = |pty: &Pty, text: &str| pty.wait_for(text, PATIENCE).unwrap_or_else(|why| panic!("{why}"));
    see(&pty, "x2g7d");
    pty.send("r");
    see(&pty, "STATUS");
    pty.send(key::ENTER);
    see(&pty, "parameters");
    pty.send(key::ctrl('c'));
    assert_eq!(pty.exit_status(PATIENCE).unwrap().code, 0);
    assert!(pty.modes().given_back());
    pty.output()
}

#[test]
fn no_color_writes_no_colour_and_keeps_bold() {
    let looks = looks(&shown(&[], |launch| launch.env("NO_COLOR", "1").env("COLORTERM", "truecolor")));
    assert_eq!(looks.iter().find(|numbers| coloured(numbers)), None);
    assert!(looks.iter().any(|numbers| numbers.contains(&1)), "nothing is bold");
}

#[test]
fn sixteen_colours_are_the_terminals_own() {
    for arguments in [&["--color", "16"][..], &["--color=16", "--theme=dark"]] {
        let looks = looks(&shown(arguments, |launch| launch.env("COLORTERM", "truecolor")));
        assert_eq!(looks.iter().find(|numbers| beyond_16(numbers)), None, "{arguments:?}");
        assert!(looks.iter().any(|numbers| coloured(numbers)), "{arguments:?}: nothing is coloured");
    }
}

#[test]
fn a_terminal_of_sixteen_colours_without_unicode_gets_just_that() {
    let output = shown(&[], |launch| launch.env("TERM", "linux"));
    assert_eq!(looks(&output).iter().find(|numbers| beyond_16(numbers)), None);
    let text = String::from_utf8_lossy(&output);
    assert!(text.is_ascii(), "{:?}", text.chars().find(|c| !c.is_ascii()));
}

#[test]
fn true_colour_is_used_where_it_is_offered() {
    let looks = looks(&shown(&[], |launch| launch.env("COLORTERM", "truecolor")));
    assert!(looks.iter().any(|numbers| numbers.windows(2).any(|pair| pair == [38, 2])));
}

#[test]
fn with_ascii_no_frame_has_another_sign() {
    let mut weir = Screens::open(&["--demo", "--ascii"], |launch| launch);
    weir.see("x2g7d");
    weir.go("?", "Keys");
    weir.escape("Keys");
    weir.go("r", "weir > Runs");
    // The newest run soon ends; this one is at work for another quarter of an hour.
    weir.press("/pk8wn");
    weir.press(key::ENTER);
    weir.see("1 of ");
    weir.go("X", "let it end");
    weir.escape("let it end");
    weir.go(key::ENTER, "parameters");
    weir.go("R", "PARAMETER");
    weir.escape("PARAMETER");
    weir.go("L", "weir > Releases");
    weir.go("J", "weir > Journal");
    weir.go("H", "weir > Health");
    weir.go(":", "Command");
    weir.escape("Command");
    for frame in weir.pty.frames() {
        let other = frame.chars().find(|c| !c.is_ascii());
        assert_eq!(other, None, "{frame}");
    }
    weir.quit();
}

#[test]
fn without_a_terminal_it_says_so_and_ends_with_2() {
    let said = demo(&[]).ends(2, &["weir: the screens need a terminal", "weir runs"]);
    assert_eq!(said.out, "");
    told(&clean_home(), &[]).ends(2, &["the screens need a terminal"]);
    // A terminal to look at is not enough: somebody must be able to press keys.
    let home = clean_home();
    let script = format!("{WEIR} --demo </dev/null; echo code-$?");
    let pty = Pty::launch("/bin/sh").args(["-c", &script]).home(&home).spawn().unwrap();
    pty.wait_for("code-2", PATIENCE).unwrap();
    assert!(!pty.modes().entered && pty.screen().contains("need a terminal"));
}
