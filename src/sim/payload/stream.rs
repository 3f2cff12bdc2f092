//! A gzip file of gigabytes made from one packed mebibyte: it is one member, and its checksum is right.
//!
//! Deflate blocks that start on a byte and look at nothing before them may be repeated; the checksum of the whole is
//! combined from those of the parts.

use flate2::{Compress, Compression, Crc, FlushCompress};

pub(super) const CHUNK: usize = 1 << 20;

#[derive(Default)]
pub(super) struct Repeated {
    packed: Vec<u8>,
    crc: Crc,
}

impl Repeated {
    pub(super) fn add(&mut self, plain: &[u8]) {
        self.repeat(plain, 1);
    }

    pub(super) fn repeat(&mut self, plain: &[u8], times: usize) {
        let block = block(plain, FlushCompress::Full);
        let mut crc = Crc::new();
        crc.update(plain);
        for _ in 0..times {
            self.packed.extend_from_slice(&block);
            self.crc.combine(&crc);
        }
    }

    /// The whole file; its length field counts modulo 2^32.
    pub(super) fn end(mut self) -> Vec<u8> {
        let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        file.append(&mut self.packed);
        file.extend(block(&[], FlushCompress::Finish));
        file.extend(self.crc.sum().to_le_bytes());
        file.extend(self.crc.amount().to_le_bytes());
        file
    }
}

fn block(plain: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    let mut packed = Vec::with_capacity(plain.len() / 2 + 1024);
    packer.compress_vec(plain, &mut packed, flush).expect("packing into memory with room to spare");
    packed
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_repeated_unpacks_as_one_sound_member() {
        let mut file = Repeated::default();
        file.add(b"begin ");
        file.repeat(&vec![0; CHUNK], 3);
        file.add(b" end");
        let packed = file.end();
        assert!(packed.len() < 10_000);
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
        assert_eq!(plain.len(), 3 * CHUNK + 10);
        assert!(plain.starts_with(b"begin \0") && plain.ends_with(b"\0 end"));
    }
}
