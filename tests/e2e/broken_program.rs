//! A panic: the terminal is given back before the report is written to a file, and the file's path is all that is said.
//!
//! weir has no key that breaks it, so this very test is started again in a pseudo-terminal, installs the program's own
//! hook, takes the terminal as the program does, and panics.

#[path = "../../src/report.rs"]
mod report;

use crate::{PATIENCE, secrets};
use std::{env, fs, thread};
use weir_testing::{Pty, clean_home};

const BREAKS: &str = "WEIR_E2E_BREAKS";
const SECRET: &str = "sha256~Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4";

/// In a thread of the name that the hook goes by, as the harness has its own for each test.
fn breaks() -> ! {
    report::install();
    let main = thread::Builder::new().name("main".into()).spawn(|| {
        let _taken = weir_runtime::terminal::Taken::take().expect("there is a terminal");
        print!("half a frame");
        panic!("an invariant does not hold: --token={SECRET}");
    });
    let ended = main.expect("a thread can be started").join();
    std::process::exit(if ended.is_err() { 101 } else { 0 });
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_which_file_has_the_report() {
    if env::var_os(BREAKS).is_some() {
        breaks();
    }
    let home = clean_home();
    let name = "broken_program::a_panic_gives_the_terminal_back_and_says_which_file_has_the_report";
    let pty = Pty::launch(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(BREAKS, "yes")
        .size(200, 24)
        .home(&home)
        .spawn()
        .unwrap();
    let exit = pty.exit_status(PATIENCE).unwrap();
    assert_eq!(exit.code, 101, "{}", pty.screen());
    let modes = pty.modes();
    assert!(modes.entered && modes.given_back(), "{modes:?}");
    let screen = pty.screen();
    assert!(screen.contains("weir broke. What happened is in "), "{screen}");
    assert!(!screen.contains("invariant"), "the report itself is not for the screen:\n{screen}");
    let reports: Vec<_> = fs::read_dir(home.state().join("weir")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [path] = reports.as_slice() else { panic!("{reports:?}") };
    assert!(screen.contains(&path.display().to_string()), "{screen}");
    let report = fs::read_to_string(path).unwrap();
    assert!(report.contains("an invariant does not hold") && report.contains("broken_program.rs"), "{report}");
    assert_eq!(secrets::found(&report), None);
}
