//! The times of a block's lines, packed: a zero byte for a line without one, else the zigzag difference to the
//! time before it, plus one, in groups of seven bits. Lossless for every `i64`; about three bytes a line.

#[derive(Clone, Debug, Default)]
pub(crate) struct Stamps {
    bytes: Vec<u8>,
    last: i64,
    any: bool,
}

impl Stamps {
    pub(crate) fn push(&mut self, stamp: Option<i64>) {
        let Some(stamp) = stamp else {
            self.bytes.push(0);
            return;
        };
        let step = stamp.wrapping_sub(self.last);
        self.last = stamp;
        self.any = true;
        // One more than the zigzag value, which may itself be u64::MAX.
        let mut rest = u128::from(((step << 1) ^ (step >> 63)) as u64) + 1;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Nothing at all when no line has a time.
    pub(crate) fn seal(self) -> Box<[u8]> {
        if self.any { self.bytes.into_boxed_slice() } else { Box::default() }
    }
}

/// Reads packed times in line order; past the end every line is without a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    last: i64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, last: 0 }
    }

    pub(crate) fn take(&mut self) -> Option<i64> {
        let mut value: u128 = 0;
        let mut shift = 0;
        loop {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        let zigzag = value.checked_sub(1)? as u64;
        let step = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        self.last = self.last.wrapping_add(step);
        Some(self.last)
    }
}
