//! Layers: gzip'ed tar archives whose bytes follow from a seed, and the digests of bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `sha256:…`.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex_digest(bytes))
}

/// A layer that is made when it is read: one file, packed without making it smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(super) seed: String,
    pub(super) path: String,
    pub(super) size: usize,
}

impl Layer {
    /// Mostly some kilobytes, one in twenty-four up to 200.
    pub(super) fn of(seed: &str, path: String) -> Layer {
        let hex = hex_digest(seed.as_bytes());
        let chance = usize::from_str_radix(&hex[..6], 16).unwrap_or_default();
        let size = if chance.is_multiple_of(24) { 20_000 + chance % 178_000 } else { 2_000 + chance % 6_000 };
        Layer { seed: seed.to_owned(), path, size }
    }

    pub(super) fn tar(&self) -> Vec<u8> {
        let line = hex_digest(self.seed.as_bytes()) + "\n";
        let mut content = line.repeat(self.size / line.len() + 1).into_bytes();
        content.truncate(self.size);
        let mut archive = Archive::default();
        archive.add(&self.path, &content);
        archive.end()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        Layer::packed(&self.tar())
    }

    /// A gzip file of stored blocks: packing thousands of layers for real takes longer than anything else here.
    pub(super) fn packed(tar: &[u8]) -> Vec<u8> {
        let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let blocks = tar.chunks(usize::from(u16::MAX));
        let last = blocks.len() - 1;
        for (at, block) in blocks.enumerate() {
            let length = block.len() as u16;
            file.push(u8::from(at == last));
            file.extend(length.to_le_bytes());
            file.extend((!length).to_le_bytes());
            file.extend_from_slice(block);
        }
        let mut crc = flate2::Crc::new();
        crc.update(tar);
        file.extend(crc.sum().to_le_bytes());
        file.extend(crc.amount().to_le_bytes());
        file
    }
}

pub(super) fn gzip(plain: &[u8], level: Compression) -> Vec<u8> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), level);
    writer.write_all(plain).and_then(|()| writer.finish()).expect("a vector takes every byte")
}

/// A tar archive of files of 1970, with any path, also one that leads out of it.
#[derive(Default)]
pub(super) struct Archive(Vec<u8>);

impl Archive {
    pub(super) fn add(&mut self, path: &str, content: &[u8]) {
        self.begin(path, content.len() as u64);
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
    }

    /// The header alone.
    pub(super) fn begin(&mut self, path: &str, size: u64) {
        let mut header = tar::Header::new_ustar();
        let name = &mut header.as_old_mut().name;
        let kept = path.len().min(name.len());
        name[..kept].copy_from_slice(&path.as_bytes()[..kept]);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
    }

    pub(super) fn so_far(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_layer_is_the_same_tar_in_every_process() {
        let layer = Layer::of("4.22/etcd", "usr/bin/etcd".into());
        let packed = layer.bytes();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed[..]));
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some("usr/bin/etcd"));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content.len(), layer.size);
        assert_eq!(digest_of(&layer.bytes()), digest_of(&Layer::of("4.22/etcd", "usr/bin/etcd".into()).bytes()));
    }

    #[test]
    fn a_digest_is_sha256_in_hexadecimal() {
        assert_eq!(digest_of(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
