//! Payloads with one thing wrong each, by the name of what is wrong.

use std::str::FromStr;

/// What is wrong with a payload, its signature or the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Twin {
    /// No signature in the store.
    Unsigned,
    /// Signed, by a key nobody knows.
    Stranger,
    /// The stranger's signature first, the good one second.
    SecondSignature,
    /// The signed JSON holds the digest of something else.
    OtherDigest,
    /// The signed JSON names another image.
    OtherReference,
    /// One component is in a repository that anonymous users cannot read.
    PrivateComponent,
    /// Ships the key ring of another product.
    WrongRing,
    /// The bytes of the last layer end before the announced length.
    Truncated,
    /// The last layer has its digest, and is half an archive.
    CutLayer,
    /// The bytes of the last layer are not those of its digest.
    DigestMismatch,
    /// `image-references` has one component twice.
    DuplicateComponent,
    /// The archive has an entry that leads out of it.
    DotDot,
    /// The last layer unpacks to four gigabytes.
    Bomb,
    /// `image-references` is longer than 100 MB.
    HugeReferences,
    /// The manifest is of a type nobody knows.
    OddManifest,
    /// The last layer's address redirects to itself.
    Loop,
    /// An image, not a list.
    Single,
}

impl Twin {
    pub const ALL: [Twin; 17] = [
        Twin::Unsigned,
        Twin::Stranger,
        Twin::SecondSignature,
        Twin::OtherDigest,
        Twin::OtherReference,
        Twin::PrivateComponent,
        Twin::WrongRing,
        Twin::Truncated,
        Twin::CutLayer,
        Twin::DigestMismatch,
        Twin::DuplicateComponent,
        Twin::DotDot,
        Twin::Bomb,
        Twin::HugeReferences,
        Twin::OddManifest,
        Twin::Loop,
        Twin::Single,
    ];

    /// Its tag in `origin/bad`.
    pub fn word(self) -> &'static str {
        match self {
            Twin::Unsigned => "unsigned",
            Twin::Stranger => "stranger",
            Twin::SecondSignature => "second-signature",
            Twin::OtherDigest => "other-digest",
            Twin::OtherReference => "other-reference",
            Twin::PrivateComponent => "private-component",
            Twin::WrongRing => "wrong-ring",
            Twin::Truncated => "truncated",
            Twin::CutLayer => "cut-layer",
            Twin::DigestMismatch => "digest-mismatch",
            Twin::DuplicateComponent => "duplicate-component",
            Twin::DotDot => "dotdot",
            Twin::Bomb => "bomb",
            Twin::HugeReferences => "huge-references",
            Twin::OddManifest => "odd-manifest",
            Twin::Loop => "loop",
            Twin::Single => "single",
        }
    }
}

impl FromStr for Twin {
    type Err = ();

    fn from_str(text: &str) -> Result<Twin, ()> {
        Twin::ALL.into_iter().find(|twin| twin.word() == text).ok_or(())
    }
}
