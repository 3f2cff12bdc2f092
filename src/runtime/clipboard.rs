//! The clipboard over any line: OSC 52, which the terminal itself may refuse or cut.

use base64::Engine;

/// More text than this is cut or ignored by terminals in use, in bytes.
pub const LIMIT: usize = 74_000;

/// The sequence, or `None` where it cannot work: no such terminal, or too long a text.
pub fn sequence(text: &str, env: impl Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let term = env("TERM").unwrap_or_default();
    let deaf = term.is_empty() || ["linux", "dumb", "vt100", "vt220"].contains(&term.as_str());
    if deaf || text.len() > LIMIT {
        return None;
    }
    let osc = format!("\x1b]52;c;{}\x07", base64::engine::general_purpose::STANDARD.encode(text));
    // GNU screen hands on only what is wrapped for it, in pieces.
    let screen = term.starts_with("screen") && env("TMUX").is_none();
    if !screen {
        return Some(osc.into_bytes());
    }
    let mut wrapped = Vec::new();
    for piece in osc.as_bytes().chunks(240) {
        wrapped.extend_from_slice(b"\x1bP");
        wrapped.extend_from_slice(piece);
        wrapped.extend_from_slice(b"\x1b\\");
    }
    Some(wrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_cannot_take_it_gets_nothing() {
        let term = |name: &'static str| move |key: &str| (key == "TERM").then(|| name.to_string());
        assert_eq!(sequence("hi", term("xterm-256color")), Some(b"\x1b]52;c;aGk=\x07".to_vec()));
        assert_eq!(sequence("hi", term("linux")), None);
        assert_eq!(sequence(&"x".repeat(LIMIT + 1), term("xterm")), None);
        assert_eq!(sequence("hi", |_| None), None);
        assert!(sequence("hi", term("screen")).expect("wrapped").starts_with(b"\x1bP"));
    }
}
