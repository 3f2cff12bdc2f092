//! weir in a pseudo-terminal with a home of its own. Whatever a journey does, its end checks every frame it has seen.

use crate::{PATIENCE, WEIR, secrets};
use base64::Engine;
use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_testing::{Exit, Home, Launch, Pty, clean_home, key};

/// A row that does not move within this time is the last one.
const STEP: Duration = Duration::from_secs(4);

pub struct Screens {
    pub pty: Pty,
    pub home: Home,
    demo: bool,
}

impl Screens {
    /// At 80×24, with true colour, on an embedded world: `--demo` or `--demo=WORLD`.
    pub fn demo(world: &str) -> Screens {
        Screens::open(&[world], |launch| launch)
    }

    pub fn open(arguments: &[&str], more: impl FnOnce(Launch) -> Launch) -> Screens {
        Screens::at(clean_home(), arguments, more)
    }

    pub fn at(home: Home, arguments: &[&str], more: impl FnOnce(Launch) -> Launch) -> Screens {
        let launch = Pty::launch(WEIR).args(arguments).env("COLORTERM", "truecolor").home(&home);
        let pty = more(launch).spawn().unwrap();
        let demo = arguments.iter().any(|argument| argument.starts_with("--demo"));
        Screens { pty, home, demo }
    }

    /// Waits for a text on one line of the screen.
    #[track_caller]
    pub fn see(&self, text: &str) {
        if let Err(why) = self.pty.wait_for(text, PATIENCE) {
            panic!("{why}");
        }
    }

    #[track_caller]
    pub fn see_all(&self, texts: &[&str]) {
        self.see_when(&format!("all of {texts:?}"), |screen| texts.iter().all(|text| screen.contains(text)));
    }

    #[track_caller]
    pub fn see_gone(&self, text: &str) {
        if let Err(why) = self.pty.wait_gone(text, PATIENCE) {
            panic!("{why}");
        }
    }

    #[track_caller]
    pub fn see_when(&self, what: &str, is: impl FnMut(&str) -> bool) {
        if let Err(why) = self.pty.wait_until(what, PATIENCE, is) {
            panic!("{why}");
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.pty.send(keys);
    }

    /// Keys, and what the screen must show after them.
    #[track_caller]
    pub fn go(&mut self, keys: &str, text: &str) {
        self.press(keys);
        self.see(text);
    }

    /// Escape, and what must go with it: a key that follows at once would be taken for an Alt with that key.
    #[track_caller]
    pub fn escape(&mut self, unwanted: &str) {
        self.see(unwanted);
        self.press(key::ESCAPE);
        self.see_gone(unwanted);
    }

    /// An action by its name in the palette.
    #[track_caller]
    pub fn command(&mut self, name: &str, text: &str) {
        self.go(":", "Command");
        self.see_when("the palette's first choice", |screen| screen.contains("overview"));
        self.press(name);
        self.see_when(name, |screen| screen.lines().any(|line| line.contains(':') && line.contains(name)));
        self.go(key::ENTER, text);
    }

    /// Moves down until the bar stands before a row with the text.
    #[track_caller]
    pub fn select(&mut self, text: &str) {
        self.see_when("a selected row", |screen| screen.contains('▌'));
        let bar = |screen: &str| screen.lines().find(|line| line.contains('▌')).unwrap_or_default().to_string();
        let (mut step, mut ends) = ("j", 0);
        for _ in 0..120 {
            let row = bar(&self.pty.screen());
            if row.contains(text) {
                // A step may still be on its way, and a list that loads may put another row under the bar.
                self.pty.wait_quiet(Duration::from_millis(200), PATIENCE);
                if bar(&self.pty.screen()).contains(text) {
                    return;
                }
                step = "k";
                continue;
            }
            self.press(step);
            // A row's own news look like a step, so one too many may be taken: what was passed is met on the way back.
            let moved = |screen: &str| bar(screen) != row;
            if self.pty.wait_until("the next row", STEP, moved).is_err() {
                step = if step == "j" { "k" } else { "j" };
                ends += 1;
            }
            if ends > 3 {
                break;
            }
        }
        panic!("no row with `{text}` could be selected:\n{}", self.pty.screen());
    }

    /// Leaves from anywhere.
    #[track_caller]
    pub fn quit(mut self) {
        self.press(&key::ctrl('c'));
        let exit = self.ended();
        assert_eq!((exit.code, exit.signal), (0, None), "{}", self.pty.screen());
    }

    /// Waits for the end, then checks what holds for every end: the terminal given back, no secret, no folder left.
    #[track_caller]
    pub fn ended(&self) -> Exit {
        let exit = self.pty.exit_status(PATIENCE).unwrap_or_else(|why| panic!("{why}"));
        let modes = self.pty.modes();
        assert!(modes.entered, "the screens were never shown");
        assert!(modes.given_back(), "{modes:?}");
        self.check_frames();
        assert_eq!(self.folders(), Vec::<PathBuf>::new(), "the embedded world's folder is left");
        exit
    }

    fn check_frames(&self) {
        let frames = self.pty.frames();
        assert!(!frames.is_empty(), "no frame was marked as one");
        for frame in &frames {
            assert_eq!(secrets::found(frame), None, "a frame shows a secret:\n{frame}");
            let header = frame.lines().next().unwrap_or_default();
            let wide = frame.lines().any(|line| line.chars().count() > 20);
            assert!(!self.demo || !wide || header.contains("DEMO"), "a frame does not say DEMO:\n{frame}");
        }
        let output = String::from_utf8_lossy(&self.pty.output()).into_owned();
        assert_eq!(secrets::found(&output), None, "a secret was written to the terminal");
        for copied in copies(&output) {
            assert_eq!(secrets::found(&copied), None, "a secret was copied: {copied}");
        }
        secrets::none_in_files(self.home.path());
    }

    /// The temporary folders of embedded worlds in this home.
    pub fn folders(&self) -> Vec<PathBuf> {
        worlds(&self.home)
    }

    /// What was copied to the terminal's clipboard, oldest first.
    pub fn copied(&self) -> Vec<String> {
        copies(&String::from_utf8_lossy(&self.pty.output()))
    }
}

pub fn worlds(home: &Home) -> Vec<PathBuf> {
    let folder: &Path = &home.path().join("tmp");
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn copies(output: &str) -> Vec<String> {
    let pieces = output.split("\x1b]52;c;").skip(1).filter_map(|rest| rest.split_once('\x07'));
    let decoded = pieces.filter_map(|(text, _)| base64::engine::general_purpose::STANDARD.decode(text).ok());
    decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}
