//! Signatures that GnuPG made, in a store that is a double: every verdict, and where keys come from.
//!
//! Made once with GnuPG 2.2 (`--faked-system-time`): `good` RSA, `expired` RSA of 2020 for a year (`extended`: the same
//! key with ten more), `subkey` ed25519 with a signing subkey, `revoked` and `stranger` ed25519. The text is about the
//! digest of `weir` except where the name says otherwise; `late` was made in 2022.

use crate::double::{Double, Reply};
use std::path::PathBuf;
use tempfile::TempDir;
use weir_client::{Client, Places, Settings, SigningKeySettings};
use weir_domain::signature::{SignatureVerdict, Signed};
use weir_domain::{Answer, Digest, Failure, FailureKind, Query};

const GOOD: &str = "429627EA8235F5980311E73781632F06A139B788";
const EXPIRED: &str = "C042DAD62FE6E7039D4810E08A927C58598949EA";
const SUBKEY: &str = "BB33FD0B215AEE84DBCC7F872A72417C30E5086D";
const REVOKED: &str = "CCC926969CE9046982CF5C5F679D25B9D406A35D";

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/wire/signed").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).expect("a sample")
}

fn digest() -> Digest {
    "sha256:9e1bd4e58bdc27cb9abf4c558b21963a3f3fb6b08c715e8e2bb6c795162994bc".parse().expect("a digest")
}

fn raw(status: u16, body: Vec<u8>) -> Reply {
    Reply::Text { status, kind: "application/octet-stream", headers: vec![], body }
}

/// A client whose store and keys are at the double.
fn client(double: &Double, keys: &[(&str, &str, Option<&str>)]) -> (Client, TempDir) {
    let folder = crate::registries::folder();
    let key = |(name, fingerprint, file): &(&str, &str, Option<&str>)| SigningKeySettings {
        name: (*name).into(),
        fingerprint: (*fingerprint).into(),
        file: file.map(sample),
    };
    let settings = Settings {
        kubeconfig: Some(vec![folder.path().join("none")]),
        state: folder.path().join("state"),
        signing_keys: keys.iter().map(key).collect(),
        only_these_keys: true,
        places: Places {
            signatures: format!("{}/store", double.url()),
            keys: format!("{}/keys", double.url()),
            ..Places::default()
        },
        closed: true,
        ..Settings::default()
    };
    (Client::new(settings), folder)
}

async fn signed(client: &Client) -> Result<Signed, Failure> {
    let image = format!("quay.io/okd/scos-release@{}", digest()).parse().expect("an image");
    match client.fetch(Query::Signed(image)).await? {
        Answer::Signed(signed) => Ok(*signed),
        other => panic!("signatures were asked for: {other:?}"),
    }
}

/// The verdict on one file of the store.
async fn verdict(file: Vec<u8>, keys: &[(&str, &str, Option<&str>)]) -> SignatureVerdict {
    let double = Double::start(move |asked, _| {
        let first = format!("/store/sha256={}/signature-1", digest().hex());
        if asked.path == first { raw(200, file.clone()) } else { raw(404, vec![]) }
    })
    .await;
    let (client, _folder) = client(&double, keys);
    signed(&client).await.expect("the store answers").signatures.remove(0).verdict
}

const KEYS: [(&str, &str, Option<&str>); 4] = [
    ("good", GOOD, Some("good.asc")),
    ("expired", EXPIRED, Some("expired.asc")),
    ("subkey", SUBKEY, Some("subkey.asc")),
    ("revoked", REVOKED, Some("revoked.asc")),
];

#[tokio::test]
async fn every_way_a_pinned_key_signs_is_good() {
    for (file, key) in [
        ("good.gpg", "good"),
        ("plain.gpg", "good"),
        ("armored.gpg", "good"),
        ("subkey.gpg", "subkey"),
        ("in-time.gpg", "expired"),
    ] {
        match verdict(bytes(file), &KEYS).await {
            SignatureVerdict::Good { key: by, reference, made } => {
                assert_eq!((&*by.name, &*reference), (key, "quay.io/okd/scos-release:4.22.0"), "{file}");
                assert!(made.is_some(), "{file}");
            }
            other => panic!("{file}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_not_good_says_why() {
    let whole = bytes("good.gpg");
    let plain = bytes("plain.gpg");
    // One hex digit of the digest in the signed text is another.
    let mut forged = plain.clone();
    let at = forged.windows(8).position(|w| w == b"9e1bd4e5").expect("the digest is in it");
    forged[at] = b'8';
    for (file, word) in [
        (bytes("late.gpg"), "after the time of the key expired was over"),
        (bytes("revoked.gpg"), "the key revoked was revoked"),
        (bytes("sha1.gpg"), "SHA1"),
        (bytes("kind.gpg"), "not a container signature"),
        (bytes("text.gpg"), "not about an image"),
        (bytes("bomb.gpg"), "larger than 64 KiB"),
        (bytes("detached.gpg"), ""),
        (whole[..whole.len() / 2].to_vec(), ""),
        (plain[..plain.len() - 40].to_vec(), ""),
        (forged, "does not fit"),
        (b"<html>no signature</html>".to_vec(), "no OpenPGP message"),
        (Vec::new(), ""),
        (vec![0xff; 40_000], ""),
    ] {
        match verdict(file, &KEYS).await {
            SignatureVerdict::Broken { why } => assert!(why.contains(word), "{word}: {why}"),
            other => panic!("{word}: {other:?}"),
        }
    }
    match verdict(bytes("stranger.gpg"), &KEYS).await {
        SignatureVerdict::Stranger { key } => assert_eq!(&*key, "4FD47C2AB70149DEA53F67F1F1C7A34F0FDE2A2E"),
        other => panic!("{other:?}"),
    }
    match verdict(bytes("other.gpg"), &KEYS).await {
        SignatureVerdict::OtherDigest { key, digest } => {
            assert_eq!((&*key.name, &digest.hex()[..8]), ("good", "d9298a10"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_byte_of_a_signature_can_be_changed_and_none_makes_weir_fall_over() {
    let plain = bytes("plain.gpg");
    let double = Double::start({
        let plain = plain.clone();
        move |asked, before| {
            if !asked.path.ends_with("signature-1") {
                return raw(404, vec![]);
            }
            let mut file = plain.clone();
            let at = before * 3 % file.len();
            file[at] ^= 1 << (before % 8);
            raw(200, file)
        }
    })
    .await;
    let (mut client, mut folder) = self::client(&double, &KEYS);
    let (mut good, mut bad) = (0, 0);
    for round in 0..plain.len() / 3 {
        let signed = signed(&client).await.unwrap_or_else(|failure| panic!("round {round}: {failure}"));
        match &signed.signatures[0].verdict {
            SignatureVerdict::Good { reference, .. } => {
                // Bits that sign nothing (unhashed parts, the name of the packed file) may differ; what is signed may not.
                assert_eq!(&**reference, "quay.io/okd/scos-release:4.22.0");
                good += 1;
                // A good answer is kept: another client asks again.
                (client, folder) = self::client(&double, &KEYS);
            }
            SignatureVerdict::OtherDigest { .. } => panic!("round {round}: another digest was taken as signed"),
            _ => bad += 1,
        }
    }
    drop(folder);
    assert!(good < 25 && bad > 220, "{good} of {} were good", good + bad);
}

#[tokio::test]
async fn a_key_is_fetched_where_keys_lie_and_counts_by_its_fingerprint() {
    let serve = |key: Option<Vec<u8>>, status: u16| {
        Double::start(move |asked, _| match asked.path.as_str() {
            path if path.ends_with("signature-1") => raw(200, bytes("good.gpg")),
            "/keys/good" => key.clone().map_or_else(|| raw(status, vec![]), |key| raw(200, key)),
            _ => raw(404, vec![]),
        })
    };
    let pinned = [("good", GOOD, None)];
    let double = serve(Some(bytes("good.asc")), 200).await;
    let (client, _folder) = client(&double, &pinned);
    assert!(signed(&client).await.expect("asked").good().is_some());
    signed(&client).await.expect("asked");
    assert_eq!(double.count(|asked| asked.path.starts_with("/store")), 2, "a good answer is kept");

    let wrong = serve(Some(bytes("stranger.asc")), 200).await;
    let (client, _folder) = self::client(&wrong, &pinned);
    let sentence = signed(&client).await.expect("asked").sentence();
    assert!(sentence.contains("nowhere to be found"), "{sentence}");

    let down = serve(None, 500).await;
    let (client, _folder) = self::client(&down, &pinned);
    let failure = signed(&client).await.expect_err("nothing can be said without the key");
    assert_eq!(failure.kind, FailureKind::Offline);
    assert!(failure.why.contains("good signed it"), "{failure}");
}

#[tokio::test]
async fn a_newer_copy_of_a_key_may_hold_longer() {
    let keys = [("expired", EXPIRED, Some("expired.asc")), ("extended", EXPIRED, Some("extended.asc"))];
    assert!(matches!(verdict(bytes("late.gpg"), &keys).await, SignatureVerdict::Good { .. }));
}

#[tokio::test]
async fn up_to_nine_signatures_are_tried_and_a_gap_ends_them() {
    let double = Double::start(|asked, _| match asked.path.rsplit('-').next() {
        Some("1") => raw(200, bytes("stranger.gpg")),
        Some("2") => raw(200, vec![b'x'; 60 << 10]),
        Some("3") => raw(200, bytes("good.gpg")),
        Some("5") => raw(200, bytes("good.gpg")),
        _ => raw(404, vec![]),
    })
    .await;
    let (client, _folder) = client(&double, &KEYS);
    let signed = signed(&client).await.expect("asked");
    assert_eq!(signed.signatures.iter().map(|s| s.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(&signed.signatures[1].verdict, SignatureVerdict::Broken { why } if why.contains("50 KiB")));
    assert!(signed.good().is_some());
    let endless = Double::start(|_, _| raw(200, bytes("stranger.gpg"))).await;
    let (client, _folder) = self::client(&endless, &[("good", GOOD, None)]);
    assert_eq!(self::signed(&client).await.expect("asked").signatures.len(), 9);
}
