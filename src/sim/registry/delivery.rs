//! The network some blobs lie with: it takes a signed address and nothing else.

use http::header;

use super::reply::{Reply, parameter};
use super::{Registry, route};

impl Registry {
    /// Refuses a token, as S3 does, and an address it did not sign.
    pub(crate) fn delivered(&self, path: &str, query: &[(String, String)], has_token: bool) -> Reply {
        let refused = |status, code: &str, message: &str| {
            let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
            Reply::new(status, "application/xml", text)
        };
        if has_token {
            return refused(400, "InvalidArgument", "Only one auth mechanism allowed");
        }
        let hex = path.rsplit('/').nth(1).unwrap_or_default();
        let digest = format!("sha256:{hex}");
        let signed = route::signed_path(&digest);
        let signature = parameter(query, "X-Amz-Signature").unwrap_or_default();
        if signature.is_empty() || !signed.ends_with(signature) || !signed.starts_with(path) {
            return refused(403, "SignatureDoesNotMatch", "The request signature does not match");
        }
        match self.holdings().blob_anywhere(&digest) {
            Some((blob, served)) => route::bytes_of(&blob, served, false).with(header::ACCEPT_RANGES, "bytes"),
            None => refused(404, "NoSuchKey", "The specified key does not exist."),
        }
    }
}
