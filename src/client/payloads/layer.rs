//! One layer of an image, read as it arrives: never unpacked to disk, bounded in every direction.
//!
//! Only files of `release-manifests/` are kept. A path that leaves its folder is not read, a header that would fill the
//! memory ends the reading, and what the layer unpacks to is counted against one budget for the whole payload.

use super::zstd::Frames;
use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};
use tokio::sync::mpsc::Receiver;

pub const REFERENCES: &str = "image-references";
pub const METADATA: &str = "release-metadata";
/// What marks the ConfigMap with the keys and stores for later releases.
pub const VERIFICATION: &str = "release.openshift.io/verification-config-map";

/// The largest `image-references`, in bytes. A real one has some 200 kB.
const REFERENCES_LIMIT: u64 = 32 << 20;
/// The largest other file that is read.
const FILE_LIMIT: u64 = 4 << 20;
/// The largest header that stands for a long name.
const NAME_LIMIT: u64 = 64 << 10;
/// Odd paths that are told.
const ODDITIES: usize = 8;

/// What a payload's layers hold, gathered from the last one upwards.
#[derive(Default)]
pub struct Files {
    pub references: Option<Vec<u8>>,
    pub metadata: Option<Vec<u8>>,
    /// Manifests that name [`VERIFICATION`], by file name.
    pub verification: BTreeMap<String, Vec<u8>>,
    pub oddities: Vec<String>,
    /// Deleted by a later layer.
    pub(super) hidden: BTreeSet<String>,
    /// A later layer replaced the whole folder.
    pub(super) opaque: bool,
}

impl Files {
    /// Whether earlier layers need not be read.
    pub fn complete(&self) -> bool {
        self.opaque || self.references.is_some() && self.metadata.is_some()
    }

    /// What an earlier layer adds: what a later one has, or deleted, stays as that has it.
    pub fn below(&mut self, earlier: Files) {
        let shown = |name: &str, hidden: &BTreeSet<String>| !hidden.contains(name);
        if self.references.is_none() && shown(REFERENCES, &self.hidden) {
            self.references = earlier.references;
        }
        if self.metadata.is_none() && shown(METADATA, &self.hidden) {
            self.metadata = earlier.metadata;
        }
        for (name, bytes) in earlier.verification {
            if shown(&name, &self.hidden) {
                self.verification.entry(name).or_insert(bytes);
            }
        }
        self.oddities.extend(earlier.oddities);
        self.hidden.extend(earlier.hidden);
        self.opaque |= earlier.opaque;
    }

    fn odd(&mut self, sentence: String) {
        if self.oddities.len() < ODDITIES && !self.oddities.contains(&sentence) {
            self.oddities.push(sentence);
        }
    }
}

/// Bytes that another task sends.
struct Arriving<'a> {
    pieces: &'a mut Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Arriving<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(into.len());
        into[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Arriving<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => break,
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        self.piece.advance(count);
    }
}

/// Ends with an error when more comes than the budget has.
struct Counted<'a, R> {
    inner: R,
    budget: &'a mut u64,
}

const OVER_BUDGET: &str = "it unpacks to more than weir reads of one payload";

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        *self.budget = self.budget.checked_sub(count as u64).ok_or_else(|| io::Error::other(OVER_BUDGET))?;
        Ok(count)
    }
}

#[derive(Debug)]
pub enum Packing {
    Gzip,
    Zstd,
    Plain,
}

/// How layers of a media type are packed: OCI's `tar`, `tar+gzip`, `tar+zstd`, docker's `tar.gzip`.
pub fn packing(media_type: &str) -> Result<Packing, String> {
    let is_tar = media_type.split(['.', '+']).any(|part| part == "tar");
    match media_type.rsplit(['.', '+']).next() {
        Some("gzip") if is_tar => Ok(Packing::Gzip),
        Some("zstd") if is_tar => Ok(Packing::Zstd),
        Some("tar") => Ok(Packing::Plain),
        _ => Err(format!("weir does not know layers of the type `{media_type}`")),
    }
}

/// Reads a layer of this media type from what arrives, all of it, so that whoever sends can check the digest.
/// `budget`: how many unpacked bytes may still come; what was read is taken from it. Blocks its thread.
pub fn scan(media_type: &str, pieces: &mut Receiver<Bytes>, budget: &mut u64) -> Result<Files, String> {
    let mut arriving = Arriving { pieces, piece: Bytes::new() };
    let result = match packing(media_type) {
        Ok(Packing::Gzip) => entries(Counted { inner: MultiGzDecoder::new(&mut arriving), budget }),
        Ok(Packing::Zstd) => entries(Counted { inner: Frames::new(&mut arriving), budget }),
        Ok(Packing::Plain) => entries(Counted { inner: &mut arriving, budget }),
        Err(why) => Err(why),
    };
    while arriving.pieces.blocking_recv().is_some() {}
    result
}

fn entries(packed: impl Read) -> Result<Files, String> {
    let mut archive = tar::Archive::new(packed);
    let mut files = Files::default();
    let mut long: Option<Vec<u8>> = None;
    // Raw: tar itself would read a header of any length into memory.
    for entry in archive.entries().map_err(|error| words(&error))?.raw(true) {
        let mut entry = entry.map_err(|error| words(&error))?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            let mut name = header(&mut entry)?;
            name.truncate(name.iter().position(|b| *b == 0).unwrap_or(name.len()));
            long = Some(name);
        } else if kind.is_pax_local_extensions() {
            let records = header(&mut entry)?;
            if pax(&records, "size").is_some() {
                return Err("a file of it has its size in an extension, which weir does not read".into());
            }
            long = pax(&records, "path").map(<[u8]>::to_vec).or(long);
        } else if !kind.is_gnu_longlink() && !kind.is_pax_global_extensions() {
            let path = long.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
            let size = entry.size();
            files.take(&String::from_utf8_lossy(&path), kind.is_file(), size, &mut entry)?;
        }
    }
    // Behind the archive stands what closes the packing: where that is missing, the layer ended early.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| words(&error))?;
    Ok(files)
}

fn header(entry: &mut (impl Read + Sized)) -> Result<Vec<u8>, String> {
    exact(entry, NAME_LIMIT, None, "a header of it")
}

/// All of a file; `size` is what its header says.
fn exact(entry: &mut impl Read, limit: u64, size: Option<u64>, what: &str) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    entry.take(limit + 1).read_to_end(&mut all).map_err(|error| words(&error))?;
    if all.len() as u64 > limit {
        return Err(too_large(what, None, limit));
    }
    match size {
        Some(size) if all.len() as u64 != size => Err("it ends early".into()),
        _ => Ok(all),
    }
}

fn too_large(what: &str, size: Option<u64>, limit: u64) -> String {
    let at_most = if limit >= 1 << 20 { format!("{} MB", limit >> 20) } else { format!("{} KiB", limit >> 10) };
    match size {
        Some(size) => format!("{what} has {} MB, and at most {at_most} are read", size >> 20),
        None => format!("{what} has more than {at_most}"),
    }
}

/// The value of a record in a pax header: lines of `length key=value`.
fn pax<'a>(mut records: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut found = None;
    while !records.is_empty() {
        let blank = records.iter().position(|b| *b == b' ')?;
        let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|b| *b == b'=')?;
        if &record[..equals] == key.as_bytes() {
            found = Some(&record[equals + 1..]);
        }
        records = &records[length..];
    }
    found
}

impl Files {
    fn take(&mut self, path: &str, regular: bool, size: u64, entry: &mut impl Read) -> Result<(), String> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if path.starts_with('/') || parts.contains(&"..") {
            let shown: String = weir_domain::secret::line(path).chars().take(80).collect();
            self.odd(format!("a path in it leaves its folder and is not read: {shown}"));
            return Ok(());
        }
        let name = match parts[..] {
            [".wh.release-manifests"] => {
                self.opaque = true;
                return Ok(());
            }
            ["release-manifests", name] => name,
            _ => return Ok(()),
        };
        if name == ".wh..wh..opq" {
            self.opaque = true;
        } else if let Some(gone) = name.strip_prefix(".wh.") {
            self.hidden.insert(gone.to_string());
        } else if name == REFERENCES || name == METADATA {
            if !regular {
                return Err(format!("its {name} is no ordinary file"));
            }
            let limit = if name == REFERENCES { REFERENCES_LIMIT } else { FILE_LIMIT };
            if size > limit {
                return Err(too_large(&format!("its {name}"), Some(size), limit));
            }
            let bytes = exact(entry, limit, Some(size), name)?;
            let place = if name == REFERENCES { &mut self.references } else { &mut self.metadata };
            // Two of them would be read differently by different programs.
            if place.replace(bytes).is_some() {
                return Err(format!("it has {name} twice in one layer"));
            }
        } else if regular && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            if size > FILE_LIMIT {
                let shown: String = weir_domain::secret::line(name).chars().take(80).collect();
                self.odd(too_large(&format!("its {shown}"), Some(size), FILE_LIMIT));
                return Ok(());
            }
            let bytes = exact(entry, FILE_LIMIT, Some(size), name)?;
            if memchr::memmem::find(&bytes, VERIFICATION.as_bytes()).is_some() {
                self.verification.insert(name.to_string(), bytes);
            }
        }
        Ok(())
    }
}

fn words(error: &io::Error) -> String {
    let said = error.to_string();
    let early = ["unexpected EOF", "unexpected end", "failed to read entire block", "failed to fill whole buffer"];
    if said.contains(OVER_BUDGET) {
        OVER_BUDGET.into()
    } else if error.kind() == io::ErrorKind::UnexpectedEof || early.iter().any(|sign| said.contains(sign)) {
        "it ends early".into()
    } else {
        format!("it cannot be unpacked ({})", crate::kubeconfig::first_line(&said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut all = Vec::new();
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            // Written by hand: the builder refuses the paths that matter here.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            all.extend_from_slice(header.as_bytes());
            all.extend_from_slice(bytes);
            all.resize(all.len().div_ceil(512) * 512, 0);
        }
        all.resize(all.len() + 1024, 0);
        all
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).expect("memory takes it");
        packed.finish().expect("memory takes it")
    }

    fn read(media_type: &str, bytes: Vec<u8>, mut budget: u64) -> Result<Files, String> {
        let (send, mut arrive) = tokio::sync::mpsc::channel(4);
        let sender = std::thread::spawn(move || {
            for piece in bytes.chunks(1000) {
                send.blocking_send(Bytes::copy_from_slice(piece)).expect("all of it is taken");
            }
        });
        let files = scan(media_type, &mut arrive, &mut budget);
        sender.join().expect("it sent everything");
        files
    }

    const GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    #[test]
    fn files_are_found_in_any_packing_and_paths_that_leave_the_folder_are_not_read() {
        let tar = tar(&[
            ("../release-manifests/image-references", b"evil"),
            ("/release-manifests/image-references", b"evil"),
            ("release-manifests/../release-manifests/image-references", b"evil"),
            ("other/image-references", b"other"),
            ("./release-manifests/image-references", b"good"),
            ("release-manifests/release-metadata", b"meta"),
            ("release-manifests/a.yaml", b"release.openshift.io/verification-config-map"),
            ("release-manifests/b.yaml", b"nothing"),
        ]);
        let zstd = ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
        for (media_type, packed) in [
            (GZIP, gzip(&tar)),
            ("application/vnd.oci.image.layer.v1.tar", tar.clone()),
            ("application/vnd.oci.image.layer.v1.tar+zstd", zstd),
        ] {
            let files = read(media_type, packed, 1 << 20).expect(media_type);
            assert_eq!(files.references.as_deref(), Some(&b"good"[..]), "{media_type}");
            assert_eq!(files.metadata.as_deref(), Some(&b"meta"[..]));
            assert_eq!(files.verification.keys().collect::<Vec<_>>(), ["a.yaml"]);
            assert_eq!(files.oddities.len(), 3, "{:?}", files.oddities);
            assert!(files.complete());
        }
    }

    #[test]
    fn every_broken_layer_has_its_sentence() {
        let whole = gzip(&tar(&[("release-manifests/image-references", &[b'x'; 50_000])]));
        let mut huge = tar::Header::new_gnu();
        huge.set_path("release-manifests/image-references").expect("a path");
        huge.set_size(100 << 20);
        huge.set_cksum();
        let mut name = tar::Header::new_gnu();
        name.set_entry_type(tar::EntryType::GNULongName);
        name.set_size(1 << 30);
        name.set_cksum();
        let zeros = gzip(&vec![0; 8 << 20]);
        let long_name = [name.as_bytes().to_vec(), vec![b'a'; 100_000]].concat();
        let twice = tar(&[("release-manifests/image-references", b"a"), ("release-manifests/image-references", b"b")]);
        for (media_type, bytes, word) in [
            (GZIP, whole[..whole.len() / 2].to_vec(), "it ends early"),
            (GZIP, whole[..whole.len() - 4].to_vec(), "it ends early"),
            (GZIP, b"no gzip at all".to_vec(), "cannot be unpacked"),
            (GZIP, zeros, "unpacks to more"),
            (GZIP, gzip(huge.as_bytes()), "has 100 MB, and at most 32 MB"),
            (GZIP, gzip(&long_name), "more than 64 KiB"),
            (GZIP, gzip(&twice), "twice"),
            (GZIP, gzip(&[7; 2000]), "cannot be unpacked"),
            ("application/vnd.oci.image.layer.v1.tar+xz", whole.clone(), "layers of the type"),
            ("text/html", whole.clone(), "text/html"),
        ] {
            let why = read(media_type, bytes, 2 << 20).err().unwrap_or_else(|| panic!("{word}: it was read"));
            assert!(why.contains(word), "{word}: {why}");
        }
    }

    #[test]
    fn a_later_layer_hides_what_it_deleted() {
        let later = read(GZIP, gzip(&tar(&[("release-manifests/.wh.release-metadata", b"")])), 1 << 20);
        let mut files = later.expect("read");
        assert!(!files.complete());
        let both =
            tar(&[("release-manifests/release-metadata", b"old"), ("release-manifests/image-references", b"new")]);
        files.below(read(GZIP, gzip(&both), 1 << 20).expect("read"));
        assert_eq!((files.references.is_some(), files.metadata.is_some()), (true, false));
        let opaque = read(GZIP, gzip(&tar(&[("release-manifests/.wh..wh..opq", b"")])), 1 << 20).expect("read");
        assert!(opaque.complete());
    }

    #[test]
    fn a_long_name_is_read_as_it_is() {
        let folder = "x/".repeat(100);
        let path = format!("{folder}../image-references");
        let record = |text: &str| {
            let length = text.len() + 5;
            format!("{length} {text}\n")
        };
        let mut pax = tar::Header::new_ustar();
        pax.set_entry_type(tar::EntryType::XHeader);
        let text = record(&format!("path={path}"));
        assert_eq!(text.split(' ').next(), Some(text.len().to_string().as_str()));
        pax.set_size(text.len() as u64);
        pax.set_cksum();
        let mut all = pax.as_bytes().to_vec();
        all.extend_from_slice(text.as_bytes());
        all.resize(all.len().div_ceil(512) * 512, 0);
        all.extend(tar(&[("release-manifests/image-references", b"short name of an evil one")]));
        let files = read(GZIP, gzip(&all), 1 << 20).expect("read");
        assert!(files.references.is_none() && files.oddities.len() == 1, "{:?}", files.oddities);
    }
}
