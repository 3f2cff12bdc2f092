//! The keys of the embedded world. Both secret keys are in the sources: they are for tests and protect nothing.

use std::sync::{Arc, LazyLock};

use pgp::composed::{ArmorOptions, Deserializable, MessageBuilder, SignedSecretKey, SubpacketConfig};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Subpacket, SubpacketData};
use pgp::types::{KeyDetails, Password};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The name clients know the good key by.
pub(crate) const GOOD: &str = "verifier-public-key-openshift-ci-4";
const STRANGER: &str = "verifier-public-key-redhat";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Good,
    Stranger,
}

struct Key {
    secret: SignedSecretKey,
    public: Arc<str>,
}

static GOOD_KEY: LazyLock<Key> = LazyLock::new(|| key(include_str!("good-test-key.asc")));
static STRANGER_KEY: LazyLock<Key> = LazyLock::new(|| key(include_str!("stranger-test-key.asc")));

fn key(armored: &str) -> Key {
    let (secret, _) = SignedSecretKey::from_string(armored).expect("the test keys are armored secret keys");
    let public = secret.to_public_key().to_armored_string(ArmorOptions::default());
    Key { secret, public: public.expect("a public key is written to memory").into() }
}

/// Armored.
pub(crate) fn good() -> Arc<str> {
    GOOD_KEY.public.clone()
}

pub(crate) fn stranger() -> Arc<str> {
    STRANGER_KEY.public.clone()
}

pub(crate) fn named(name: &str) -> Option<Arc<str>> {
    match name {
        GOOD | "verifier-public-key-ci" => Some(good()),
        STRANGER => Some(stranger()),
        _ => None,
    }
}

/// Forty upper-case hexadecimal digits.
pub(crate) fn fingerprint() -> String {
    format!("{:X}", GOOD_KEY.secret.fingerprint())
}

/// A signed message that holds the text, made at `seconds`.
pub(super) fn sign(signer: Signer, text: &str, seconds: u32) -> Vec<u8> {
    let key = match signer {
        Signer::Good => &GOOD_KEY.secret,
        Signer::Stranger => &STRANGER_KEY.secret,
    };
    let made = pgp::types::Timestamp::from_secs(seconds);
    let hashed = [SubpacketData::IssuerFingerprint(key.fingerprint()), SubpacketData::SignatureCreationTime(made)];
    let plain = [SubpacketData::IssuerKeyId(key.legacy_key_id())];
    let regular = |data: SubpacketData| Subpacket::regular(data).expect("these subpackets have a fixed length");
    let subpackets = SubpacketConfig::UserDefined {
        hashed: hashed.into_iter().map(regular).collect(),
        unhashed: plain.into_iter().map(regular).collect(),
    };
    let mut message = MessageBuilder::from_bytes("", text.as_bytes().to_vec());
    message.sign_with_subpackets(&key.primary_key, Password::empty(), HashAlgorithm::Sha256, subpackets);
    message.to_vec(StdRng::seed_from_u64(u64::from(seconds))).expect("an unencrypted test key signs")
}
