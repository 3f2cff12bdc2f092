//! weir in a pseudo-terminal, with a home of its own.

use crate::place::Place;
use std::path::Path;
use std::time::Duration;
use weir_testing::{Home, Pty, clean_home};

pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Program {
    pub pty: Pty,
    _home: Home,
}

impl Program {
    /// On the place's cluster; `size` is columns and rows.
    pub fn on(place: &Place, size: (u16, u16)) -> Program {
        Program::with(&place.kubeconfig, place.context, &[], size)
    }

    pub fn with(kubeconfig: &Path, context: &str, arguments: &[&str], size: (u16, u16)) -> Program {
        let home = clean_home();
        let launch = Pty::launch(crate::WEIR).env("COLORTERM", "truecolor").home(&home);
        let launch = launch.env("KUBECONFIG", kubeconfig).args(["--context", context]).args(arguments);
        let pty = launch.size(size.0, size.1).spawn().expect("the program starts");
        Program { pty, _home: home }
    }

    pub fn demo(size: (u16, u16)) -> Program {
        let home = clean_home();
        let launch = Pty::launch(crate::WEIR).env("COLORTERM", "truecolor").home(&home).arg("--demo");
        let pty = launch.size(size.0, size.1).spawn().expect("the program starts");
        Program { pty, _home: home }
    }

    pub fn see(&self, text: &str) {
        if let Err(why) = self.pty.wait_for(text, PATIENCE) {
            panic!("{why}");
        }
    }

    /// Goes to Runs and waits until the list is whole and live.
    pub fn runs_live(&mut self) {
        self.see("Overview");
        self.pty.send("r");
        let whole = self.pty.wait_until("the whole list, live", PATIENCE, |screen| {
            let caption = screen.lines().find(|line| line.contains(" runs")).unwrap_or_default();
            caption.trim_end().ends_with("live") && !caption.contains(" read")
        });
        if let Err(why) = whole {
            panic!("{why}");
        }
    }

    pub fn cpu(&self) -> f64 {
        crate::cost::cpu(self.pty.process())
    }

    pub fn peak(&self) -> f64 {
        crate::cost::peak(self.pty.process())
    }
}
