//! The terminal, written with few bytes: what it shows is remembered, and a frame becomes the shortest sequence found
//! for the difference: scroll regions, erasing, short moves, merged colours.
//!
//! Invariants: a frame is one write, an unchanged frame none; after each frame the pen is plain and no scroll region is
//! left set; no control character of a cell reaches the terminal; a column never moves, whatever width the terminal
//! gives an unusual character.

mod color;
mod glyph;
mod motion;
mod pen;
mod scroll;

#[cfg(test)]
mod tests;

pub use color::{ColorLevel, color_level};

use glyph::{Glyph, Grid};
use pen::Pen;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};
use std::io::{self, Write};

/// Blanks worth erasing (`CSI n X`, `CSI K`) instead of writing.
const ERASE: usize = 6;
/// A synchronized frame of so many bytes or fewer needs no marks: one write of it is one packet anyway.
const SMALL: usize = 512;
/// Unchanged cells worth writing again instead of moving over them.
const GAP: u16 = 4;

/// A [`Backend`] over any writer. It cannot ask the terminal anything: its size is told by [`Lean::resize`].
pub struct Lean<W: Write> {
    writer: W,
    out: Vec<u8>,
    level: ColorLevel,
    synchronized: bool,
    shown: Grid,
    /// Memory of the frame before, filled anew each time.
    spare: Grid,
    /// What the terminal shows is not known: the next frame starts with an empty screen.
    stale: bool,
    pen: Pen,
    /// Where the terminal's cursor is, when that is certain.
    at: Option<(u16, u16)>,
    cursor: Position,
    hidden: Option<bool>,
    written: u64,
}

impl<W: Write> Lean<W> {
    /// The first frame clears the screen.
    pub fn new(writer: W, size: Size, level: ColorLevel) -> Lean<W> {
        Lean {
            writer,
            out: Vec::with_capacity(16 * 1024),
            level,
            synchronized: false,
            shown: Grid::new(size),
            spare: Grid::new(size),
            stale: true,
            pen: Pen::PLAIN,
            at: None,
            cursor: Position::ORIGIN,
            hidden: None,
            written: 0,
        }
    }

    /// Puts each frame but the small ones between the marks of a synchronized update (mode 2026): 16 bytes a frame.
    pub fn synchronized(mut self, on: bool) -> Lean<W> {
        self.synchronized = on;
        self
    }

    /// The terminal has another size now; the next frame is drawn whole.
    pub fn resize(&mut self, size: Size) {
        self.shown = Grid::new(size);
        self.repaint();
    }

    /// Something else has written to the terminal (a shell, a suspended program): the next frame is drawn whole, and
    /// the cursor's state is sent again.
    pub fn repaint(&mut self) {
        self.stale = true;
        self.hidden = None;
    }

    /// Queues a sequence that neither prints nor moves the cursor (a title, a clipboard) for the next flush.
    pub fn queue(&mut self, sequence: &[u8]) {
        self.out.extend_from_slice(sequence);
    }

    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// Bytes handed to the writer so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Shows a whole buffer. Unlike [`Backend::draw`], which gets ratatui's own difference, it also brings back a cell
    /// that a wide character had covered.
    pub fn present(&mut self, buffer: &Buffer) {
        let mut wanted = std::mem::take(&mut self.spare);
        wanted.load(self.shown.size(), buffer, self.level);
        self.settle(wanted);
    }

    fn settle(&mut self, wanted: Grid) {
        if !self.stale && wanted == self.shown {
            self.spare = wanted;
            return;
        }
        let begun = self.out.len();
        if self.stale {
            self.out.extend_from_slice(b"\x1b[m\x1b[H\x1b[2J");
            self.at = Some((0, 0));
            self.pen = Pen::PLAIN;
            self.shown.clear();
            self.stale = false;
        } else if let Some(scroll) = scroll::find(&self.shown, &wanted) {
            self.at = Some(scroll.write(self.shown.height(), &mut self.out));
            scroll.apply(&mut self.shown);
        }
        for y in 0..wanted.height() {
            self.row(y, &wanted);
        }
        self.ink(Pen::PLAIN);
        if self.synchronized && self.out.len() - begun > SMALL {
            self.out.splice(begun..begun, *b"\x1b[?2026h");
            self.out.extend_from_slice(b"\x1b[?2026l");
        }
        self.spare = std::mem::replace(&mut self.shown, wanted);
    }

    fn row(&mut self, y: u16, wanted: &Grid) {
        let shown = std::mem::take(&mut self.shown);
        let (old, new) = (shown.row(y), wanted.row(y));
        let differ = |x: usize| old[x] != new[x];
        let width = new.len();
        if let Some(last) = (0..width).rposition(differ) {
            let text = width - new.iter().rev().take_while(|glyph| glyph.is_blank()).count();
            let mut x = 0;
            while x <= last {
                if !differ(x) {
                    x += 1;
                    continue;
                }
                if new[x].is_blank() {
                    let run = new[x..=last].iter().take_while(|glyph| glyph.is_blank()).count();
                    let to_end = x >= text;
                    if run >= ERASE || (to_end && run > 3) {
                        self.go(x as u16, y, new);
                        self.ink(Pen::PLAIN);
                        match to_end {
                            true => self.out.extend_from_slice(b"\x1b[K"),
                            false => self.out.extend_from_slice(format!("\x1b[{run}X").as_bytes()),
                        }
                        x += run;
                        continue;
                    }
                }
                self.go(x as u16, y, new);
                self.put(&new[x]);
                let end = x + new[x].width();
                self.at = (end < width && new[x].is_certain()).then_some((end as u16, y));
                x = end;
            }
        }
        self.shown = shown;
    }

    fn put(&mut self, glyph: &Glyph) {
        self.ink(glyph.pen());
        glyph.write(&mut self.out);
    }

    /// Moves the cursor; over a few unchanged cells of the same pen by writing them again.
    fn go(&mut self, x: u16, y: u16, row: &[Glyph]) {
        if let Some((from, own)) = self.at
            && own == y
            && from < x
            && x - from <= GAP
            && row[from as usize..x as usize].iter().all(|glyph| glyph.is_ascii() && glyph.pen() == self.pen)
        {
            row[from as usize..x as usize].iter().for_each(|glyph| glyph.write(&mut self.out));
            self.at = Some((x, y));
        }
        motion::write(self.at, (x, y), &mut self.out);
        self.at = Some((x, y));
    }

    fn ink(&mut self, pen: Pen) {
        self.pen.change(pen, &mut self.out);
        self.pen = pen;
    }

    fn show(&mut self, hidden: bool) {
        if self.hidden != Some(hidden) {
            self.out.extend_from_slice(if hidden { b"\x1b[?25l" } else { b"\x1b[?25h" });
            self.hidden = Some(hidden);
        }
    }
}

impl<W: Write> Backend for Lean<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut wanted = std::mem::take(&mut self.spare);
        wanted.copy(&self.shown);
        for (x, y, cell) in content {
            wanted.place(x, y, cell, self.level);
        }
        self.settle(wanted);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(true);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(false);
        Ok(())
    }

    /// Where it was last put; the terminal is not asked.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let Size { width, height } = self.shown.size();
        let to = (self.cursor.x.min(width.saturating_sub(1)), self.cursor.y.min(height.saturating_sub(1)));
        if self.at != Some(to) {
            motion::write(self.at, to, &mut self.out);
            self.at = Some(to);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        let mut wanted = std::mem::take(&mut self.spare);
        wanted.copy(&self.shown);
        let row = usize::from(self.cursor.y) * usize::from(wanted.width());
        let cursor = row + usize::from(self.cursor.x);
        let end = row + usize::from(wanted.width());
        match clear_type {
            ClearType::All => {
                self.stale = true;
                self.shown.clear();
                self.spare = wanted;
                return Ok(());
            }
            ClearType::AfterCursor => wanted.blank(cursor..usize::MAX),
            ClearType::BeforeCursor => wanted.blank(0..cursor + 1),
            ClearType::CurrentLine => wanted.blank(row..end),
            ClearType::UntilNewLine => wanted.blank(cursor..end),
        }
        self.settle(wanted);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.shown.size())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.shown.size(), pixels: Size::default() })
    }

    /// One write of all that is queued. After a failed one the next frame is drawn whole.
    fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let sent = self.writer.write_all(&self.out).and_then(|()| self.writer.flush());
        match &sent {
            Ok(()) => self.written += self.out.len() as u64,
            Err(_) => self.repaint(),
        }
        self.out.clear();
        sent
    }
}
