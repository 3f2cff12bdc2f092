//! The kubelet's line stamp, RFC 3339 with nanoseconds, read a million times: the second is parsed once for all its lines.

#[derive(Default)]
pub struct Stamps {
    head: Vec<u8>,
    second: i64,
}

impl Stamps {
    /// Splits "2026-11-21T10:00:00.123456789Z text" into Unix nanoseconds and the text. A line without a stamp is all text.
    pub fn split<'a>(&mut self, line: &'a [u8]) -> (Option<i64>, &'a [u8]) {
        let Some(space) =
            memchr::memchr(b' ', &line[..line.len().min(40)]).or((line.len() <= 40).then_some(line.len()))
        else {
            return (None, line);
        };
        match self.read(&line[..space]) {
            Some(at) => (Some(at), &line[(space + 1).min(line.len())..]),
            None => (None, line),
        }
    }

    fn read(&mut self, stamp: &[u8]) -> Option<i64> {
        if stamp.len() < 20 || stamp[10] != b'T' {
            return None;
        }
        let (head, tail) = stamp.split_at(19);
        let (fraction, zone) = match tail.strip_prefix(b".") {
            Some(rest) => rest.split_at(rest.iter().position(|b| !b.is_ascii_digit())?),
            None => (&b""[..], tail),
        };
        if fraction.len() > 9 {
            return None;
        }
        if zone != b"Z" {
            let text = std::str::from_utf8(stamp).ok()?;
            return i64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok();
        }
        if head != self.head {
            let text = std::str::from_utf8(head).ok()?;
            let at: jiff::Timestamp = format!("{text}Z").parse().ok()?;
            self.second = at.as_second();
            self.head = head.to_vec();
        }
        let mut nanos = 0i64;
        for place in 0..9 {
            nanos = nanos * 10 + fraction.get(place).map_or(0, |b| i64::from(b - b'0'));
        }
        self.second.checked_mul(1_000_000_000)?.checked_add(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_to_the_nanosecond_and_a_line_without_one_stays_whole() {
        let mut stamps = Stamps::default();
        let (at, text) = stamps.split(b"2026-11-21T10:00:00.5Z hello world");
        let expected: jiff::Timestamp = "2026-11-21T10:00:00.5Z".parse().expect("time");
        assert_eq!((at, text), (i64::try_from(expected.as_nanosecond()).ok(), &b"hello world"[..]));
        assert_eq!(stamps.split(b"2026-11-21T10:00:00.5+01:00 x").0, at.map(|n| n - 3_600_000_000_000));
        assert_eq!(stamps.split(b"no stamp here"), (None, &b"no stamp here"[..]));
        assert_eq!(stamps.split(b"2026-11-21T10:00:01Z").1, b"");
        assert_eq!(stamps.split(b""), (None, &b""[..]));
    }
}
