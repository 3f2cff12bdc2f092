//! Takes the terminal and gives it back, in every way a program can end.

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Raw mode, the alternate screen, bracketed paste. Kept in one place so that [`leave`] undoes exactly this.
pub fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// After the program was stopped and goes on: whoever had the terminal may have left it in any mode. It is never given back
/// in between.
pub fn again() -> io::Result<()> {
    disable_raw_mode()?;
    enter()
}

/// Gives the terminal back. Does nothing when it was not taken, so that a plain error prints no control sequence.
pub fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone cannot be told anything.
        let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Gives the terminal back when dropped.
pub struct Taken(());

impl Taken {
    pub fn take() -> io::Result<Taken> {
        let taken = Taken(());
        enter()?;
        Ok(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        leave();
    }
}

/// Columns and rows; `None` without a terminal.
pub fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}
