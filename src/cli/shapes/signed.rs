//! What an image's signatures say: `verify`.

use jiff::Timestamp;
use serde::Serialize;
use weir_domain::signature::{Signature, SignatureVerdict};

/// `verdict` is `good`, `bad` or `none`; `key`, `fingerprint` and `reference` are those of the first good signature.
#[derive(Debug, Serialize)]
pub struct Signed<'a> {
    /// As it was asked for.
    pub image: String,
    pub digest: &'a str,
    pub verdict: &'static str,
    /// The same in words.
    pub why: String,
    pub key: Option<&'a str>,
    pub fingerprint: Option<&'a str>,
    /// What the signed JSON calls the image.
    pub reference: Option<&'a str>,
    /// Where signatures were looked for.
    pub store: &'a str,
    pub signatures: Vec<One<'a>>,
}

/// `verdict` is `good`, `other-digest`, `stranger` or `broken`.
#[derive(Debug, Serialize)]
pub struct One<'a> {
    /// Of `signature-N`.
    pub number: u8,
    pub verdict: &'static str,
    pub key: Option<&'a str>,
    /// Of a pinned key; of a stranger as far as the file tells.
    pub fingerprint: Option<&'a str>,
    pub reference: Option<&'a str>,
    /// The digest inside; `null` where nothing inside was read.
    pub digest: Option<&'a str>,
    pub made: Option<Timestamp>,
    pub why: Option<&'a str>,
}

impl<'a> Signed<'a> {
    pub fn of(signed: &'a weir_domain::signature::Signed, image: &weir_domain::ImageRef) -> Signed<'a> {
        let good = signed.good();
        Signed {
            image: image.to_string(),
            digest: signed.digest.as_str(),
            verdict: match (good.is_some(), signed.signatures.is_empty()) {
                (true, _) => "good",
                (false, true) => "none",
                (false, false) => "bad",
            },
            why: signed.sentence(),
            key: good.map(|(key, _)| &*key.name),
            fingerprint: good.map(|(key, _)| &*key.fingerprint),
            reference: good.map(|(_, reference)| reference),
            store: &signed.store,
            signatures: signed.signatures.iter().map(|signature| One::of(signature, signed.digest.as_str())).collect(),
        }
    }
}

impl<'a> One<'a> {
    /// `asked`: the digest that a good one is for.
    fn of(signature: &'a Signature, asked: &'a str) -> One<'a> {
        let blank = One {
            number: signature.number,
            verdict: "",
            key: None,
            fingerprint: None,
            reference: None,
            digest: None,
            made: None,
            why: None,
        };
        match &signature.verdict {
            SignatureVerdict::Good { key, reference, made } => One {
                verdict: "good",
                key: Some(&key.name),
                fingerprint: Some(&key.fingerprint),
                reference: Some(reference),
                digest: Some(asked),
                made: *made,
                ..blank
            },
            SignatureVerdict::OtherDigest { key, digest } => One {
                verdict: "other-digest",
                key: Some(&key.name),
                fingerprint: Some(&key.fingerprint),
                digest: Some(digest.as_str()),
                ..blank
            },
            SignatureVerdict::Stranger { key } => One { verdict: "stranger", fingerprint: Some(key), ..blank },
            SignatureVerdict::Broken { why } => One { verdict: "broken", why: Some(why), ..blank },
        }
    }
}
