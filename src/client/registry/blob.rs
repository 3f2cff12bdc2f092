//! A blob as it arrives: what has been taken is to be believed only when `piece` has said `None`.

use super::manifest::{Descriptor, digest_from};
use super::wire::{self, Miss};
use bytes::Bytes;
use reqwest::Response;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use weir_domain::{Failure, FailureKind};

pub struct Blob {
    what: String,
    wanted: Descriptor,
    seen: u64,
    hash: Sha256,
    response: Response,
    _permit: OwnedSemaphorePermit,
}

impl Blob {
    pub(super) fn new(
        what: String,
        wanted: Descriptor,
        response: Response,
        permit: OwnedSemaphorePermit,
    ) -> Result<Blob, Failure> {
        if let Some(announced) = wire::announced(&response)
            && announced != wanted.size
        {
            let why = format!("it has {announced} bytes, and the manifest says {}", wanted.size);
            return Err(Failure::new(FailureKind::Broken, what, why, ""));
        }
        Ok(Blob { what, wanted, seen: 0, hash: Sha256::new(), response, _permit: permit })
    }

    /// The next bytes; `None` once all have come and are the ones the digest stands for.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        let wrong = |why: String| Miss::new(FailureKind::Broken, why).failure(&self.what);
        let size = self.wanted.size;
        match self.response.chunk().await {
            Ok(Some(piece)) => {
                self.seen += piece.len() as u64;
                if self.seen > size {
                    return Err(wrong(format!("more comes than the {size} bytes of its manifest")));
                }
                self.hash.update(&piece);
                Ok(Some(piece))
            }
            Ok(None) if self.seen < size => Err(wrong(format!("it ends early, after {} of {size} bytes", self.seen))),
            Ok(None) => {
                let found = digest_from(std::mem::take(&mut self.hash).finalize().as_slice());
                if found != self.wanted.digest {
                    let (found, wanted) = (found.short(), self.wanted.digest.short());
                    return Err(wrong(format!("its bytes are {found}, and {wanted} was asked for")));
                }
                Ok(None)
            }
            Err(error) => {
                let miss = wire::broke_off(error);
                let why = format!("{}, after {} of {size} bytes", miss.why, self.seen);
                Err(Miss { why, ..miss }.failure(&self.what))
            }
        }
    }

    /// All of it.
    pub async fn whole(mut self) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(piece) = self.piece().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}
