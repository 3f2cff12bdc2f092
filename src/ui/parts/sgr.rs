//! Colour inside a log line: SGR sequences (ECMA-48 §8.3.117, with the 256 and the direct colours of xterm) become styles.
//!
//! Every line starts plain, whatever the line before it left switched on. A sequence that is broken off or is not SGR
//! is not shown and changes nothing.

use ratatui_core::style::{Color, Modifier, Style};
use std::ops::Range;

/// The parts of a line that are shown, in order: bytes of the line, and their look beyond the line's own.
pub(crate) fn runs(text: &str) -> Runs<'_> {
    Runs { text, at: 0, style: Style::new() }
}

#[derive(Clone, Debug)]
pub(crate) struct Runs<'a> {
    text: &'a str,
    at: usize,
    style: Style,
}

impl Iterator for Runs<'_> {
    type Item = (Range<usize>, Style);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let from = self.at;
            match rest.find('\x1b') {
                None => {
                    self.at = self.text.len();
                    return Some((from..self.at, self.style));
                }
                Some(0) => self.at += self.sequence(rest),
                Some(plain) => {
                    self.at += plain;
                    return Some((from..self.at, self.style));
                }
            }
        }
        None
    }
}

impl Runs<'_> {
    /// Applies the sequence `rest` starts with and says how many bytes it has.
    fn sequence(&mut self, rest: &str) -> usize {
        let Some(body) = rest.strip_prefix("\x1b[") else { return 1 };
        let Some(end) = body.find(|c: char| ('\x40'..='\x7e').contains(&c)) else { return rest.len() };
        if body.as_bytes()[end] == b'm' {
            self.style = applied(self.style, &body[..end]);
        }
        2 + end + 1
    }
}

fn applied(mut style: Style, parameters: &str) -> Style {
    // A colon separates the parts of one colour, a semicolon the attributes; terminals take either for colours.
    let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u16>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        style = match number {
            0 => Style::new(),
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            22 => without(style, Modifier::BOLD | Modifier::DIM),
            23 => without(style, Modifier::ITALIC),
            24 => without(style, Modifier::UNDERLINED),
            27 => without(style, Modifier::REVERSED),
            30..=37 => style.fg(Color::Indexed((number - 30) as u8)),
            90..=97 => style.fg(Color::Indexed((number - 90 + 8) as u8)),
            40..=47 => style.bg(Color::Indexed((number - 40) as u8)),
            100..=107 => style.bg(Color::Indexed((number - 100 + 8) as u8)),
            38 => colour(&mut numbers).map_or(style, |colour| style.fg(colour)),
            48 => colour(&mut numbers).map_or(style, |colour| style.bg(colour)),
            39 => Style { fg: None, ..style },
            49 => Style { bg: None, ..style },
            _ => style,
        };
    }
    style
}

fn without(mut style: Style, modifier: Modifier) -> Style {
    style.add_modifier.remove(modifier);
    style
}

fn colour(numbers: &mut impl Iterator<Item = u16>) -> Option<Color> {
    match numbers.next()? {
        5 => u8::try_from(numbers.next()?).ok().map(Color::Indexed),
        2 => {
            let mut part = || numbers.next().and_then(|number| u8::try_from(number).ok());
            Some(Color::Rgb(part()?, part()?, part()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(&str, Style)> {
        runs(text).map(|(range, style)| (&text[range], style)).collect()
    }

    #[test]
    fn colour_and_bold_begin_and_end_where_the_line_says() {
        let red = Style::new().fg(Color::Indexed(1));
        assert_eq!(
            seen("a\x1b[31mb\x1b[1mc\x1b[0md"),
            [("a", Style::new()), ("b", red), ("c", red.add_modifier(Modifier::BOLD)), ("d", Style::new())]
        );
        assert_eq!(
            seen("\x1b[1;92mok\x1b[22;39m."),
            [("ok", Style::new().fg(Color::Indexed(10)).add_modifier(Modifier::BOLD)), (".", Style::new())]
        );
    }

    #[test]
    fn the_wide_colours_are_read_with_semicolons_and_colons() {
        assert_eq!(seen("\x1b[38;5;208mx"), [("x", Style::new().fg(Color::Indexed(208)))]);
        assert_eq!(seen("\x1b[48:2:1:2:3mx"), [("x", Style::new().bg(Color::Rgb(1, 2, 3)))]);
        assert_eq!(seen("\x1b[38;5;999mx"), [("x", Style::new())]);
    }

    #[test]
    fn what_is_not_colour_is_not_shown() {
        assert_eq!(seen("a\x1b[2Kb\x1b[31"), [("a", Style::new()), ("b", Style::new())]);
        assert_eq!(seen("a\x1bb"), [("a", Style::new()), ("b", Style::new())]);
        assert_eq!(seen(""), []);
    }
}
