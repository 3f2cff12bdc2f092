//! Splits a byte stream into lines without copying whole chunks, bounded in the length of one line.

/// Collects what is left of a chunk until its line ends.
pub struct Lines {
    left: Vec<u8>,
    limit: usize,
    /// Bytes of the current line beyond the limit.
    over: usize,
}

impl Lines {
    /// A line longer than `limit` bytes is cut there.
    pub fn new(limit: usize) -> Lines {
        Lines { left: Vec::new(), limit, over: 0 }
    }

    /// Calls `each` for every line that ends in this chunk, without its `\n`.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8])) {
        self.feed_cut(chunk, |line, _| each(line));
    }

    /// As [`Lines::feed`]; the second argument is how many bytes were cut off.
    pub fn feed_cut(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8], usize)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.left.is_empty() && self.over == 0 && line.len() <= self.limit {
                each(line, 0);
            } else {
                self.keep(line);
                each(&self.left, self.over);
                self.left.clear();
                self.over = 0;
            }
            rest = after;
        }
        self.keep(rest);
    }

    /// What stands after the last line break, if anything.
    pub fn rest(&mut self) -> Option<(Vec<u8>, usize)> {
        if self.left.is_empty() {
            return None;
        }
        Some((std::mem::take(&mut self.left), std::mem::take(&mut self.over)))
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = self.limit.saturating_sub(self.left.len());
        self.left.extend_from_slice(&piece[..piece.len().min(room)]);
        self.over += piece.len().saturating_sub(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_stream_is_cut() {
        let text = b"one\ntwo\n\nthree and more\nrest";
        for size in 1..text.len() {
            let mut lines = Lines::new(100);
            let mut seen: Vec<String> = Vec::new();
            for chunk in text.chunks(size) {
                lines.feed(chunk, |line| seen.push(String::from_utf8_lossy(line).into_owned()));
            }
            assert_eq!(seen, ["one", "two", "", "three and more"]);
            assert_eq!(lines.rest().map(|(rest, _)| rest), Some(b"rest".to_vec()));
        }
    }

    #[test]
    fn a_line_over_the_limit_is_cut_and_the_next_is_whole() {
        let mut lines = Lines::new(4);
        let mut seen = Vec::new();
        for chunk in [&b"abc"[..], b"defgh\nxy\n"] {
            lines.feed_cut(chunk, |line, cut| seen.push((line.to_vec(), cut)));
        }
        assert_eq!(seen, vec![(b"abcd".to_vec(), 4), (b"xy".to_vec(), 0)]);
    }
}
