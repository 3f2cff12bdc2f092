//! A frame as an SVG picture. Deterministic: the same frame gives the same bytes.

use crate::frame::Frame;
use ratatui_core::style::{Color, Modifier, Style};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The size of one cell, in pixels.
const CELL: (u32, u32) = (9, 19);
const MARGIN: u32 = 12;

/// What stands for the terminal's own colours in a picture.
const PLAIN: (&str, &str) = ("#c8ccd4", "#1c2026");
const SIXTEEN: [&str; 16] = [
    "#1c2026", "#cf5b62", "#7fae6f", "#c9a35c", "#5c9fd6", "#997fb9", "#63aaa3", "#c8ccd4", "#5a6472", "#f07178",
    "#8fbf7f", "#e8c07c", "#6cb6ff", "#b9a3d9", "#7fc8c0", "#eceff4",
];

fn hex(colour: Color, plain: &str) -> String {
    let named = |index: usize| SIXTEEN[index].to_string();
    match colour {
        Color::Reset => plain.to_string(),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(index @ 0..16) => named(usize::from(index)),
        Color::Indexed(index @ 16..232) => {
            let index = index - 16;
            let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
            format!("#{:02x}{:02x}{:02x}", level(index / 36), level(index / 6 % 6), level(index % 6))
        }
        Color::Indexed(index) => {
            let grey = 8 + (index - 232) * 10;
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The picture. `paper` is the colour behind the text where a theme does not say, e.g. `#ffffff` for a light one.
pub fn svg(frame: &Frame, paper: Option<&str>) -> String {
    let paper = paper.unwrap_or(PLAIN.1);
    let (columns, rows) = frame.size();
    let (width, height) = (u32::from(columns) * CELL.0 + 2 * MARGIN, u32::from(rows) * CELL.1 + 2 * MARGIN);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    );
    let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{paper}\"/>");
    let _ = writeln!(
        out,
        "<g font-family=\"ui-monospace,SFMono-Regular,Menlo,DejaVu Sans Mono,monospace\" font-size=\"15\" xml:space=\"preserve\">"
    );
    let buffer = frame.buffer();
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let cell = &buffer[(x, y)];
            let style = cell.style();
            let start = x;
            let mut text = String::new();
            while x < columns && buffer[(x, y)].style() == style {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += symbol.width().max(1) as u16;
            }
            run(&mut out, (start, x, y), &text, style, paper);
        }
    }
    if let Some(at) = frame.cursor() {
        let (x, y) = place(at.x, at.y);
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"2\" height=\"{}\" fill=\"{}\"/>", CELL.1, PLAIN.0);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn place(x: u16, y: u16) -> (u32, u32) {
    (MARGIN + u32::from(x) * CELL.0, MARGIN + u32::from(y) * CELL.1)
}

/// Cells of one style side by side.
fn run(out: &mut String, (from, to, row): (u16, u16, u16), text: &str, style: Style, paper: &str) {
    let (x, y) = place(from, row);
    let wide = u32::from(to - from) * CELL.0;
    let mut ink = hex(style.fg.unwrap_or(Color::Reset), PLAIN.0);
    let mut ground = hex(style.bg.unwrap_or(Color::Reset), paper);
    let has = |modifier| style.add_modifier.contains(modifier);
    if has(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    if ground != paper {
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{}\" fill=\"{ground}\"/>", CELL.1);
    }
    if text.trim().is_empty() {
        return;
    }
    let mut look = String::new();
    if has(Modifier::BOLD) {
        look.push_str(" font-weight=\"bold\"");
    }
    if has(Modifier::ITALIC) {
        look.push_str(" font-style=\"italic\"");
    }
    if has(Modifier::UNDERLINED) {
        look.push_str(" text-decoration=\"underline\"");
    }
    if has(Modifier::DIM) {
        look.push_str(" opacity=\"0.6\"");
    }
    let shown = text.trim_end();
    let lead = shown.len() - shown.trim_start().len();
    let (x, wide) = (x + lead as u32 * CELL.0, shown.trim_start().width() as u32 * CELL.0);
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{look}>{}</text>",
        y + 14,
        escaped(shown.trim_start())
    );
}
