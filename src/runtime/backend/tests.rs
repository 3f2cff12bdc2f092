//! What the backend writes is read back by a terminal emulator and compared cell by cell with what was to be shown.

use super::{ColorLevel, Lean, color_level};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use std::io::{self, Write};
use std::num::NonZeroU16;

#[derive(Default)]
struct Wire {
    bytes: Vec<u8>,
    writes: usize,
    broken: bool,
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.bytes.extend_from_slice(bytes);
        self.writes += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn size(width: u16, height: u16) -> Size {
    Size { width, height }
}

fn lean(width: u16, height: u16) -> Lean<Wire> {
    Lean::new(Wire::default(), size(width, height), ColorLevel::True)
}

fn parser(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(height).unwrap(), NonZeroU16::new(width).unwrap(), 0)
}

/// The bytes of one frame.
fn frame(lean: &mut Lean<Wire>, buffer: &Buffer) -> Vec<u8> {
    lean.present(buffer);
    lean.flush().unwrap();
    std::mem::take(&mut lean.writer_mut().bytes)
}

fn color(color: Color) -> vt100::Color {
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        other => panic!("{other} is not among the test's colours"),
    }
}

/// Every difference that can be seen between the terminal and the buffer.
fn differences(screen: &vt100::Screen, buffer: &Buffer) -> Vec<String> {
    let mut found = Vec::new();
    for y in 0..buffer.area.height {
        let mut covered = false;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let got = screen.cell(y, x).unwrap();
            if std::mem::take(&mut covered) {
                if !got.is_wide_continuation() {
                    found.push(format!("{x},{y}: not covered, {:?}", got.contents()));
                }
                continue;
            }
            let wide = cell.cell_width() > 1;
            let symbol = if wide && x + 1 == buffer.area.width { " " } else { cell.symbol() };
            covered = wide && symbol != " ";
            let text = if got.contents().is_empty() { " " } else { got.contents() };
            let blank = symbol == " ";
            let has = |modifier| cell.modifier.contains(modifier);
            let reversed = has(Modifier::REVERSED);
            let same = text == symbol
                && got.is_wide() == covered
                && got.bgcolor() == color(cell.bg)
                && got.inverse() == reversed
                && got.underline() == has(Modifier::UNDERLINED)
                && (blank || got.bold() == has(Modifier::BOLD))
                && (blank && !reversed || got.fgcolor() == color(cell.fg));
            if !same {
                found.push(format!("{x},{y}: {cell:?} shown as {got:?}"));
            }
        }
    }
    found
}

#[derive(Clone, Debug)]
enum Edit {
    Text { x: u16, y: u16, text: String, style: Style },
    Symbol { x: u16, y: u16, symbol: &'static str, style: Style },
    Scroll { top: u16, bottom: u16, by: i16 },
    Fill { y: u16, style: Style },
    Blank { x: u16, y: u16, width: u16, height: u16 },
    Resize { width: u16, height: u16 },
    Repaint,
}

fn style() -> impl Strategy<Value = Style> {
    let colors = [Color::Reset, Color::Reset, Color::Red, Color::LightBlue, Color::Indexed(99), Color::Rgb(1, 2, 3)];
    let modifiers = [
        Modifier::empty(),
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::REVERSED,
        Modifier::UNDERLINED,
        Modifier::BOLD | Modifier::REVERSED,
    ];
    (
        prop::sample::select(colors.to_vec()),
        prop::sample::select(colors.to_vec()),
        prop::sample::select(modifiers.to_vec()),
    )
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
        .boxed()
}

fn text() -> impl Strategy<Value = String> {
    let words = ["run ", "日本", "x", " ", "        ", "größe", "e\u{301}", "failed", "🚀", "│", "한", "12:04 "];
    prop::collection::vec(prop::sample::select(words.to_vec()), 1..7).prop_map(|words| words.concat())
}

fn edit() -> impl Strategy<Value = Edit> {
    let symbols = ["日", "x", "🚀", " "];
    prop_oneof![
        8 => (0_u16..40, 0_u16..14, text(), style()).prop_map(|(x, y, text, style)| Edit::Text { x, y, text, style }),
        3 => (0_u16..40, 0_u16..14, prop::sample::select(symbols.to_vec()), style())
            .prop_map(|(x, y, symbol, style)| Edit::Symbol { x, y, symbol, style }),
        4 => (0_u16..14, 0_u16..14, -8_i16..9).prop_map(|(top, bottom, by)| Edit::Scroll { top, bottom, by }),
        1 => (0_u16..14, style()).prop_map(|(y, style)| Edit::Fill { y, style }),
        2 => (0_u16..40, 0_u16..14, 1_u16..40, 1_u16..9)
            .prop_map(|(x, y, width, height)| Edit::Blank { x, y, width, height }),
        1 => (1_u16..40, 1_u16..14).prop_map(|(width, height)| Edit::Resize { width, height }),
        1 => Just(Edit::Repaint),
    ]
}

/// Draws the edit into the buffer; resizing and repainting are the caller's.
fn apply(edit: &Edit, buffer: &mut Buffer) {
    let area = buffer.area;
    match edit {
        Edit::Text { x, y, text, style } if *x < area.width && *y < area.height => {
            buffer.set_string(*x, *y, text, *style);
        }
        Edit::Symbol { x, y, symbol, style } if *x < area.width && *y < area.height => {
            buffer[(*x, *y)].set_symbol(symbol).set_style(*style);
        }
        Edit::Scroll { top, bottom, by } => {
            let (top, bottom) = (*top.min(bottom), (*top.max(bottom)).min(area.height - 1));
            let old = buffer.clone();
            for y in top..=bottom {
                let from = i32::from(y) + i32::from(*by);
                let inside = (i32::from(top)..=i32::from(bottom)).contains(&from);
                for x in 0..area.width {
                    match inside {
                        true => buffer[(x, y)] = old[(x, from as u16)].clone(),
                        false => buffer[(x, y)].reset(),
                    }
                }
            }
        }
        Edit::Fill { y, style } => buffer.set_style(Rect::new(0, *y, area.width, 1).intersection(area), *style),
        Edit::Blank { x, y, width, height } => {
            let part = Rect::new(*x, *y, *width, *height).intersection(area);
            part.positions().for_each(|position| buffer[position].reset());
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_terminal_shows_each_frame_as_it_was_drawn(
        frames in prop::collection::vec(prop::collection::vec(edit(), 1..6), 1..16),
        synchronized in any::<bool>(),
    ) {
        let mut lean = lean(30, 12).synchronized(synchronized);
        let mut parser = parser(30, 12);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 12));
        for y in 0..12 {
            buffer.set_string(0, y, format!("line {y}: {}", "of text".repeat(usize::from(y % 3))), Style::new());
        }
        for edits in &frames {
            for edit in edits {
                apply(edit, &mut buffer);
                match edit {
                    Edit::Resize { width, height } => {
                        buffer.resize(Rect::new(0, 0, *width, *height));
                        lean.resize(size(*width, *height));
                        parser.set_size(NonZeroU16::new(*height).unwrap(), NonZeroU16::new(*width).unwrap());
                    }
                    Edit::Repaint => {
                        parser.process(b"\x1b[7mnoise\x1b[9;3H");
                        lean.repaint();
                    }
                    _ => {}
                }
            }
            parser.process(&frame(&mut lean, &buffer));
            let found = differences(parser.screen(), &buffer);
            prop_assert!(found.is_empty(), "{}", found.join("\n"));
            prop_assert_eq!(parser.screen().fgcolor(), vt100::Color::Default);
            prop_assert!(frame(&mut lean, &buffer).is_empty(), "the same frame was written twice");
        }
    }

    #[test]
    fn ratatui_draws_through_it_as_well(
        frames in prop::collection::vec(
            prop::collection::vec(prop::collection::vec((text(), style()), 0..4), 0..10),
            1..10,
        ),
        cursor in (0_u16..30, 0_u16..10),
    ) {
        let mut terminal = Terminal::new(lean(30, 10)).unwrap();
        let mut parser = parser(30, 10);
        for rows in &frames {
            let mut drawn = Buffer::empty(Rect::new(0, 0, 30, 10));
            terminal.draw(|frame| {
                for (y, spans) in rows.iter().enumerate() {
                    let line: Line<'_> = spans.iter().map(|(text, style)| Span::styled(text, *style)).collect();
                    frame.buffer_mut().set_line(0, y as u16, &line, 30);
                }
                drawn = frame.buffer_mut().clone();
                frame.set_cursor_position(cursor);
            }).unwrap();
            parser.process(&std::mem::take(&mut terminal.backend_mut().writer_mut().bytes));
            let found = differences(parser.screen(), &drawn);
            prop_assert!(found.is_empty(), "{}", found.join("\n"));
            prop_assert_eq!(parser.screen().cursor_position(), (cursor.1, cursor.0));
            prop_assert!(!parser.screen().hide_cursor());
        }
    }
}

/// A table of runs, its selection a coloured bar in the first column.
fn table(selected: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    buffer.set_string(0, 0, " weir › runs                          moc/okd-coreos", Style::new().bold());
    for y in 2..38 {
        let style = Style::new().fg(if y % 3 == 0 { Color::Red } else { Color::Green });
        buffer.set_string(2, y, format!("okd-coreos-all-{:05}", y * 977), Style::new());
        buffer.set_string(40, y, "● running", style);
        buffer.set_string(60, y, format!("4.22.0-okd-scos.{y}  {y}m"), Style::new());
    }
    buffer.set_string(0, selected, "▌", Style::new().fg(Color::Cyan));
    buffer.set_string(1, 39, "Enter open  l log  s start  ? help", Style::new().fg(Color::DarkGray));
    buffer
}

fn log(first: usize) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    buffer.set_string(0, 0, format!(" log · {} lines", first + 37), Style::new().bold());
    for y in 0..37 {
        let line = first + y;
        let text = format!("{line:>7} [{:08x}] fetching layer {} of the machine-os image", line * 7919, line % 13);
        buffer.set_string(0, y as u16 + 2, text, Style::new());
    }
    buffer.set_string(1, 39, "n/N match  & filter  e first error", Style::new().fg(Color::LightBlue));
    buffer
}

#[test]
fn moving_a_bar_takes_at_most_fifty_bytes_and_one_write() {
    let mut lean = lean(120, 40);
    frame(&mut lean, &table(10));
    lean.writer_mut().writes = 0;
    let bytes = frame(&mut lean, &table(11));
    assert!(bytes.len() <= 50, "{} bytes: {:?}", bytes.len(), String::from_utf8_lossy(&bytes));
    assert_eq!(lean.writer_mut().writes, 1);
}

#[test]
fn one_more_log_line_takes_at_most_two_hundred_bytes() {
    let mut lean = lean(120, 40);
    let mut parser = parser(120, 40);
    parser.process(&frame(&mut lean, &log(1_000)));
    let bytes = frame(&mut lean, &log(1_001));
    assert!(bytes.len() <= 200, "{} bytes: {:?}", bytes.len(), String::from_utf8_lossy(&bytes));
    parser.process(&bytes);
    assert_eq!(differences(parser.screen(), &log(1_001)), [""; 0]);
    let back = frame(&mut lean, &log(1_000));
    assert!(back.len() <= 200, "{} bytes backwards", back.len());
}

#[test]
fn no_way_of_scrolling_needs_what_the_linux_console_lacks() {
    let mut lean = lean(120, 40);
    frame(&mut lean, &log(1_000));
    for first in [1_001, 1_010, 1_009, 1_000] {
        let text = String::from_utf8(frame(&mut lean, &log(first))).unwrap();
        let finals: String =
            text.split("\x1b[").skip(1).filter_map(|rest| rest.chars().find(|c| c.is_alphabetic())).collect();
        assert!(finals.contains('r'), "{text:?}");
        assert!(!finals.contains(['S', 'T']), "{text:?}");
    }
}

#[test]
fn nothing_changed_is_nothing_written() {
    let mut lean = lean(120, 40);
    frame(&mut lean, &table(10));
    lean.hide_cursor().unwrap();
    lean.flush().unwrap();
    let (writes, written) = (lean.writer_mut().writes, lean.written());
    lean.present(&table(10));
    lean.hide_cursor().unwrap();
    lean.flush().unwrap();
    assert_eq!((lean.writer_mut().writes, lean.written()), (writes, written));
}

#[test]
fn the_sixteen_colours_are_sent_as_sixteen_colours() {
    let mut lean = Lean::new(Wire::default(), size(4, 1), ColorLevel::Ansi16);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    buffer[(0, 0)].set_symbol("a").fg = Color::Red;
    buffer[(1, 0)].set_symbol("b").fg = Color::LightBlue;
    buffer[(2, 0)].set_symbol("c").set_fg(Color::Rgb(250, 10, 10)).bg = Color::Indexed(16);
    let text = String::from_utf8(frame(&mut lean, &buffer)).unwrap();
    assert_eq!(text, "\x1b[m\x1b[H\x1b[2J\x1b[31ma\x1b[94mb\x1b[91;40mc\x1b[m");
}

#[test]
fn without_colour_bold_and_reverse_stay() {
    let mut lean = Lean::new(Wire::default(), size(4, 1), ColorLevel::Mono);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    let style = Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3)).bold().reversed().italic();
    buffer[(0, 0)].set_symbol("a").set_style(style);
    buffer[(1, 0)].set_symbol("b").set_style(Style::new().fg(Color::Blue));
    let text = String::from_utf8(frame(&mut lean, &buffer)).unwrap();
    assert_eq!(text, "\x1b[m\x1b[H\x1b[2J\x1b[1;7ma\x1b[mb");
}

#[test]
fn ending_one_of_two_attributes_that_end_together_keeps_the_other() {
    let mut lean = lean(4, 1);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    let style = Style::new().fg(Color::Rgb(1, 2, 3)).bold();
    buffer.set_string(0, 0, "a", style.dim());
    buffer.set_string(1, 0, "b", style);
    let text = String::from_utf8(frame(&mut lean, &buffer)).unwrap();
    assert_eq!(text, "\x1b[m\x1b[H\x1b[2J\x1b[1;2;38;2;1;2;3ma\x1b[22;1mb\x1b[m");
}

#[test]
fn a_control_character_in_a_cell_is_not_sent() {
    let mut lean = lean(6, 1);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
    for (x, symbol) in ["\u{9b}", "a\u{1b}[2J", "\u{7f}\u{7f}", "b"].into_iter().enumerate() {
        buffer[(x as u16, 0)].set_symbol(symbol);
    }
    assert_eq!(String::from_utf8(frame(&mut lean, &buffer)).unwrap(), "\x1b[m\x1b[H\x1b[2J???b");
}

#[test]
fn joined_characters_are_reduced_to_what_every_terminal_measures_alike() {
    let mut lean = lean(12, 1);
    let mut parser = parser(12, 1);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
    buffer.set_string(0, 0, "👨\u{200d}👩\u{200d}👧|❤\u{fe0f}|🇩🇪|👍🏽|", Style::new());
    parser.process(&frame(&mut lean, &buffer));
    assert_eq!(parser.screen().contents(), "👨|❤ |DE|👍|");
    assert_eq!(buffer[(11, 0)].symbol(), "|");
}

#[test]
fn after_a_failed_write_the_next_frame_is_whole() {
    let mut lean = lean(120, 40);
    let mut parser = parser(120, 40);
    parser.process(&frame(&mut lean, &table(10)));
    lean.writer_mut().broken = true;
    lean.present(&table(11));
    assert!(lean.flush().is_err());
    lean.writer_mut().broken = false;
    parser.process(b"half a fra");
    parser.process(&frame(&mut lean, &table(11)));
    assert_eq!(parser.screen().contents().lines().nth(11).unwrap().chars().next(), Some('▌'));
    assert!(!parser.screen().contents().contains("half a fra"));
}

#[test]
fn the_colour_level_is_asked_of_the_flag_then_of_the_environment() {
    let level = |vars: &[(&str, &str)]| {
        color_level(None, |name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(level(&[("TERM", "xterm")]), ColorLevel::Ansi16);
    assert_eq!(level(&[("TERM", "xterm-256color")]), ColorLevel::Indexed256);
    assert_eq!(level(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColorLevel::True);
    assert_eq!(level(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), ColorLevel::Mono);
    assert_eq!(level(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), ColorLevel::Indexed256);
    assert_eq!(level(&[("TERM", "linux"), ("COLORTERM", "truecolor")]), ColorLevel::Ansi16);
    assert_eq!(level(&[("TERM", "screen-256color"), ("COLORTERM", "truecolor")]), ColorLevel::Indexed256);
    assert_eq!(level(&[("TERM", "screen-256color"), ("COLORTERM", "24bit"), ("TMUX", "x")]), ColorLevel::True);
    assert_eq!(level(&[("TERM", "xterm-kitty")]), ColorLevel::True);
    assert_eq!(level(&[("TERM", "dumb")]), ColorLevel::Mono);
    assert_eq!(level(&[("TERM", "vt100")]), ColorLevel::Mono);
    assert_eq!(level(&[]), ColorLevel::Mono);
    let asked = color_level(Some(ColorLevel::True), |name| (name == "NO_COLOR").then(|| "1".to_owned()));
    assert_eq!(asked, ColorLevel::True);
}

#[test]
fn colours_become_the_nearest_of_fewer_and_text_stays_readable() {
    let sixteen = |red, green, blue| ColorLevel::Ansi16.nearest(Color::Rgb(red, green, blue));
    assert_eq!(sixteen(10, 10, 12), Color::Black);
    assert_eq!(sixteen(120, 120, 125), Color::DarkGray);
    assert_eq!(sixteen(250, 250, 245), Color::White);
    assert_eq!(sixteen(200, 60, 60), Color::Red);
    assert_eq!(sixteen(20, 190, 60), Color::Green);
    assert_eq!(sixteen(90, 100, 240), Color::LightBlue);
    let cube = |red, green, blue| ColorLevel::Indexed256.nearest(Color::Rgb(red, green, blue));
    assert_eq!(cube(255, 0, 0), Color::Indexed(196));
    assert_eq!(cube(128, 128, 128), Color::Indexed(244));
    assert_eq!(ColorLevel::True.nearest(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
    let (fg, bg) = ColorLevel::Ansi16.pair(Color::Rgb(40, 40, 40), Color::Rgb(20, 20, 20));
    assert_eq!((fg, bg), (Color::White, Color::Black));
}
