//! Text from outside, made safe for a terminal: no control sequence passes. Colour (SGR) may stay where a log wants it.

use std::borrow::Cow;

/// One line: control characters, escape sequences and bidirectional overrides go; tabs and line breaks become a space.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    clean(text, false)
}

/// One line of a log: as [`clean_line`], but SGR colour stays, a tab becomes spaces to the next multiple of 8,
/// and a carriage return starts the line over, as a terminal would show it (progress bars).
pub fn clean_log_line(text: &str) -> Cow<'_, str> {
    clean(text, true)
}

fn needs_cleaning(text: &str) -> bool {
    text.bytes().any(|b| b < 0x20 || b == 0x7f || b == 0xc2 || b == 0xe2 || b == 0xef)
}

fn clean(text: &str, log: bool) -> Cow<'_, str> {
    if !needs_cleaning(text) {
        return Cow::Borrowed(text);
    }
    let text = if log { text.trim_end_matches('\r').rsplit('\r').next().unwrap_or(text) } else { text };
    let mut out = String::with_capacity(text.len());
    let mut column = 0usize;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                let Some(introducer) = rest.next() else { break };
                match introducer {
                    '[' => {
                        let mut sequence = String::new();
                        let mut end = None;
                        for c in rest.by_ref() {
                            if ('\x40'..='\x7e').contains(&c) {
                                end = Some(c);
                                break;
                            }
                            sequence.push(c);
                        }
                        let colour = sequence.bytes().all(|b| b.is_ascii_digit() || b == b';' || b == b':')
                            && sequence.len() <= 32;
                        if log && end == Some('m') && colour {
                            out.push_str("\x1b[");
                            out.push_str(&sequence);
                            out.push('m');
                        }
                    }
                    // OSC, DCS, SOS, PM, APC: all up to BEL or ST.
                    ']' | 'P' | 'X' | '^' | '_' => skip_string(&mut rest),
                    // Two- and three-character sequences.
                    ' '..='/' => {
                        rest.next();
                    }
                    _ => {}
                }
            }
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut rest),
            '\u{9b}' => {
                for c in rest.by_ref() {
                    if ('\x40'..='\x7e').contains(&c) {
                        break;
                    }
                }
            }
            '\t' if log => {
                let wide = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', wide));
                column += wide;
            }
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() => {}
            // Marks that turn the direction of text, and invisible ones that could hide it.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => {}
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    Cow::Owned(out)
}

fn skip_string(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = rest.next() {
        match c {
            '\x07' | '\u{9c}' => return,
            '\x1b' if rest.peek() == Some(&'\\') => {
                rest.next();
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_sequence_passes() {
        assert_eq!(clean_line("a\x1b]52;c;ZXZpbA==\x07b"), "ab");
        assert_eq!(clean_line("a\x1b[2Jb\x1b[31mc"), "abc");
        assert_eq!(clean_line("a\u{9b}2Jb\u{202e}c\x00\x7fd"), "abcd");
        assert_eq!(clean_line("a\x1bPq#0;2\x1b\\b"), "ab");
        assert_eq!(clean_line("one\ntwo"), "one two");
    }

    #[test]
    fn colour_stays_in_a_log_and_progress_bars_end_as_their_last_state() {
        assert_eq!(clean_log_line("\x1b[31mred\x1b[0m\x1b[2K"), "\x1b[31mred\x1b[0m");
        assert_eq!(clean_log_line("10%\r50%\r100%\r"), "100%");
        assert_eq!(clean_log_line("a\tb"), "a       b");
        assert_eq!(clean_log_line("\x1b[?1049h\x1b[>4;2mx"), "x");
    }
}
