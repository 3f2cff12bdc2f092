//! One file of the store against the pinned keys: who signed, what exactly, and whether that key could then.

use super::keys::{Keys, fingerprint};
use pgp::composed::{Message, SignedPublicKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{RevocationCode, Signature, SignatureType};
use pgp::types::{KeyDetails, Tag, VerifyingKey};
use serde::Deserialize;
use std::io::Read;
use std::sync::Arc;
use weir_domain::Digest;
use weir_domain::secret;
use weir_domain::signature::{PinnedKey, SignatureVerdict};

/// The largest signed text, in bytes; a real one has some 300.
const TEXT_LIMIT: u64 = 64 << 10;
/// Packings within each other that are opened.
const DEPTH: usize = 3;

pub enum Checked {
    Verdict(SignatureVerdict),
    /// None of the keys that are here made it. `wanted`: the pinned key that the file names as its signer.
    NoKey {
        issuer: Arc<str>,
        wanted: Option<PinnedKey>,
    },
}

#[derive(Deserialize)]
struct Signed {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    #[serde(rename = "type")]
    kind: String,
    image: Image,
    identity: Identity,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

/// The verdict on one file, with the keys that are here.
pub fn check(bytes: &[u8], digest: &Digest, keys: &Keys) -> Checked {
    match read(bytes, keys) {
        Ok(Opened { text, made_by, signature }) => Checked::Verdict(match made_by.holds(&signature) {
            Ok(()) => verdict(&text, digest, made_by.pinned, &signature),
            Err(why) => SignatureVerdict::Broken { why },
        }),
        Err(Unread::Broken(why)) => Checked::Verdict(SignatureVerdict::Broken { why }),
        Err(Unread::NoKey { issuer, wanted }) => Checked::NoKey { issuer, wanted },
    }
}

struct Opened {
    text: Vec<u8>,
    made_by: Signer,
    signature: Signature,
}

enum Unread {
    Broken(String),
    NoKey { issuer: Arc<str>, wanted: Option<PinnedKey> },
}

struct Signer {
    pinned: PinnedKey,
    key: Arc<SignedPublicKey>,
}

fn read(bytes: &[u8], keys: &Keys) -> Result<Opened, Unread> {
    let no_message = |_| Unread::Broken("it is no OpenPGP message".into());
    let (mut message, _) = Message::from_reader(bytes).map_err(no_message)?;
    for _ in 0..DEPTH {
        if message.is_compressed() {
            message = message.decompress().map_err(no_message)?;
        }
    }
    if !message.is_signed() {
        return Err(Unread::Broken("it is not signed".into()));
    }
    // Signed around a packing: only the packing is opened, the signature stays where it is.
    message = message.decompress().map_err(no_message)?;
    let mut text = Vec::new();
    let ended = message.by_ref().take(TEXT_LIMIT + 1).read_to_end(&mut text);
    ended.map_err(|_| Unread::Broken("it ends early or is not whole".into()))?;
    if text.len() as u64 > TEXT_LIMIT {
        return Err(Unread::Broken(format!("its text is larger than {} KiB", TEXT_LIMIT >> 10)));
    }
    let Message::Signed { reader, .. } = &message else {
        return Err(Unread::Broken("it is not signed".into()));
    };
    let mut nobody = Unread::Broken("it holds no signature".into());
    for index in 0..reader.num_signatures() {
        let Some(signature) = reader.signature(index) else { continue };
        if let Err(why) = sound(signature) {
            nobody = Unread::Broken(why);
            continue;
        }
        let mut best: Option<Signer> = None;
        for (pinned, key) in keys.all() {
            let fits = |candidate: &dyn VerifyingKey| message.verify_nested_explicit(index, candidate).is_ok();
            let made = fits(&key.primary_key) || signing_subkeys(&key).any(|subkey| fits(subkey));
            if !made {
                continue;
            }
            let signer = Signer { pinned, key };
            // Of several copies of a key, the one under which the signature holds.
            let holds = signer.holds(signature).is_ok();
            if holds || best.is_none() {
                best = Some(signer);
            }
            if holds {
                break;
            }
        }
        if let Some(made_by) = best {
            return Ok(Opened { text, made_by, signature: signature.clone() });
        }
        nobody = unknown(signature, keys);
    }
    Err(nobody)
}

/// Kinds and hashes that a signature of a text may have. A certificate over somebody's key is no signature of a text.
fn sound(signature: &Signature) -> Result<(), String> {
    if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
        return Err("it is a signature of another kind, not of a text".into());
    }
    let strong = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
        .into_iter()
        .chain([HashAlgorithm::Sha3_256, HashAlgorithm::Sha3_512]);
    match signature.hash_alg() {
        Some(hash) if strong.into_iter().any(|known| known == hash) => Ok(()),
        Some(hash) => Err(format!("it is made with {hash}, which proves nothing any more")),
        None => Err("it does not say which hash it is made with".into()),
    }
}

/// Subkeys that the primary key bound to itself for signing, and that agreed to it.
fn signing_subkeys(key: &SignedPublicKey) -> impl Iterator<Item = &pgp::packet::PublicSubkey> {
    key.public_subkeys.iter().filter_map(|subkey| {
        let signs = subkey.signatures.iter().any(|binding| binding.key_flags().sign());
        let revoked = subkey.signatures.iter().any(|s| s.typ() == Some(SignatureType::SubkeyRevocation));
        (signs && !revoked && subkey.verify_bindings(&key.primary_key).is_ok()).then_some(&subkey.key)
    })
}

/// No key that is here made it: it does not fit, or that key is not here.
fn unknown(signature: &Signature, keys: &Keys) -> Unread {
    let named = signature.issuer_fingerprint().into_iter().map(|f| format!("{f:X}"));
    let issuers: Vec<String> =
        named.chain(signature.issuer_key_id().into_iter().map(|id| format!("{id}").to_ascii_uppercase())).collect();
    let here = keys.all();
    let made_here = |issuer: &String| {
        here.iter().any(|(_, key)| {
            fingerprint(&**key).ends_with(issuer.as_str())
                || key.public_subkeys.iter().any(|s| fingerprint(&s.key).ends_with(issuer.as_str()))
        })
    };
    if issuers.iter().any(made_here) {
        return Unread::Broken("the signature does not fit the text".into());
    }
    let wanted = issuers.iter().find_map(|issuer| keys.of(issuer));
    let issuer = issuers.first().map_or("which it does not name", String::as_str);
    Unread::NoKey { issuer: issuer.into(), wanted }
}

impl Signer {
    /// Whether this key could make this signature when it was made: not before the key, not after its time, not after it
    /// was revoked. A key whose time is over now does not unsign what it signed then.
    fn holds(&self, signature: &Signature) -> Result<(), String> {
        let name = &self.pinned.name;
        let Some(made) = signature.created().map(|t| u64::from(t.as_secs())) else {
            return Err("it does not say when it was made".into());
        };
        let born = u64::from(self.key.primary_key.created_at().as_secs());
        if made < born {
            return Err(format!("it is older than the key {name}"));
        }
        if let Some(time) = self.time().filter(|time| *time > 0)
            && made >= born + time
        {
            return Err(format!("it was made after the time of the key {name} was over"));
        }
        if let Some(time) = signature.signature_expiration_time().map(|d| u64::from(d.as_secs())).filter(|t| *t > 0) {
            let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
            if now >= made + time {
                return Err("its own time is over".into());
            }
        }
        let details = &self.key.details;
        for revocation in &details.revocation_signatures {
            if revocation.verify_key(&self.key.primary_key).is_err() {
                continue;
            }
            let at = revocation.created().map_or(0, |t| u64::from(t.as_secs()));
            let retired = [RevocationCode::KeySuperseded, RevocationCode::KeyRetired];
            let gentle = revocation.revocation_reason_code().is_some_and(|code| retired.contains(code));
            if !gentle || made >= at {
                return Err(format!("the key {name} was revoked"));
            }
        }
        Ok(())
    }

    /// Seconds from the key's making for which it says it holds, by its newest valid signature on itself; `None`: for ever.
    fn time(&self) -> Option<u64> {
        let primary = &self.key.primary_key;
        let details = &self.key.details;
        let direct = details.direct_signatures.iter().filter(|s| s.verify_key(primary).is_ok());
        let users = details.users.iter().flat_map(|user| {
            let own = |s: &&Signature| {
                s.typ() != Some(SignatureType::CertRevocation)
                    && s.verify_certification(primary, Tag::UserId, &user.id).is_ok()
            };
            user.signatures.iter().filter(own)
        });
        let newest = direct.chain(users).max_by_key(|s| s.created().map_or(0, |t| t.as_secs()))?;
        newest.key_expiration_time().map(|d| u64::from(d.as_secs()))
    }
}

fn verdict(text: &[u8], digest: &Digest, key: PinnedKey, signature: &Signature) -> SignatureVerdict {
    let broken = |why: &str| SignatureVerdict::Broken { why: why.into() };
    let Ok(signed) = serde_json::from_slice::<Signed>(text) else {
        return broken("what is signed is not about an image");
    };
    if signed.critical.kind != "atomic container signature" {
        return broken("what is signed is not a container signature");
    }
    match signed.critical.image.digest.parse::<Digest>() {
        Err(_) => broken("the digest inside is none"),
        Ok(inside) if inside != *digest => SignatureVerdict::OtherDigest { key, digest: inside },
        Ok(_) => {
            let reference: String = secret::line(&signed.critical.identity.reference).chars().take(300).collect();
            let made = signature.created().and_then(|t| jiff::Timestamp::from_second(i64::from(t.as_secs())).ok());
            SignatureVerdict::Good { key, reference: reference.into(), made }
        }
    }
}
