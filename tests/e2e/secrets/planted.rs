//! Secrets made for one test and the words that stand beside them.
//!
//! Each secret is put together here, in a shape that weir must know; none is one. Beside each stands its place's canary:
//! where that was seen, the place was reached, and its secret could have been.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::BTreeMap;

/// Every place where something is planted, in the order of their canaries.
pub const PLACES: [&str; 24] = [
    "step-log",
    "run-result",
    "task-result",
    "condition",
    "parameter",
    "annotation",
    "status-message",
    "exec-stderr",
    "kubeconfig",
    "proxy-url",
    "registry-body",
    "registry-challenge",
    "helper-stderr",
    "docker-config",
    "release-name",
    "pull-spec",
    "job-url",
    "controller-body",
    "references",
    "signature-reference",
    "signature-body",
    "github-body",
    "override-reason",
    "reason",
];

/// How a secret looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Flag,
    Header,
    OpenShift,
    GitHub,
    Jwt,
    Matrix,
    Address,
    Docker,
}

use Shape::*;

pub const ALL: [Shape; 8] = [Flag, Header, OpenShift, GitHub, Jwt, Matrix, Address, Docker];

/// The ordinary word beside the secrets of a place.
pub fn canary(place: &str) -> String {
    assert!(PLACES.contains(&place), "{place} is a place");
    format!("canary-{place}")
}

/// What of a secret gives it away: letters and digits only, so that no encoding of an address changes them.
fn body(place: &str, shape: Shape) -> String {
    let mut state = format!("{place}/{shape:?}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let letters = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(letters[(state >> 20) as usize % letters.len()])
    };
    (0..40).map(letter).collect()
}

/// The secret as a program would leak it, with what stands around it.
pub fn one(place: &str, shape: Shape) -> String {
    let body = body(place, shape);
    match shape {
        Flag => format!("oc login --token={body}"),
        Header => format!("Authorization: Bearer {body}"),
        OpenShift => ["sha256", "~", &body].concat(),
        GitHub => ["ghs", "_", &body].concat(),
        Jwt => ["ey", "J", &body[..20], ".", "ey", "J", &body[20..], ".", "c2ln"].concat(),
        Matrix => ["syt", "_", &body].concat(),
        Address => format!("https://robot:{body}@host.example/path"),
        Docker => {
            let auth = STANDARD.encode(format!("robot:{body}"));
            format!("{{\"auths\":{{\"quay.io\":{{\"auth\":\"{auth}\"}}}}}}")
        }
    }
}

/// The bare secret: a token, a password.
pub fn bare(place: &str, shape: Shape) -> String {
    body(place, shape)
}

/// The canary and secrets of these shapes, in one line.
pub fn text(place: &str, shapes: &[Shape]) -> String {
    let secrets: Vec<String> = shapes.iter().map(|shape| one(place, *shape)).collect();
    format!("{} {}", canary(place), secrets.join(" "))
}

/// How long a part of a secret gives it away. Twice that fits into a body, so that the fold of a line hides no more than one.
const PART: usize = 10;

/// What no capture may contain, each with the place and shape it belongs to.
pub fn needles() -> BTreeMap<String, (&'static str, Shape)> {
    let mut all = BTreeMap::new();
    for place in PLACES {
        for shape in ALL {
            let body = body(place, shape);
            let middle = (body.len() - PART) / 2;
            for from in [0, middle, body.len() - PART] {
                all.insert(body[from..from + PART].to_string(), (place, shape));
            }
            for shift in 0..3 {
                // The same bytes at each place of a group of three; what neighbours touch is left out.
                let shifted = ["robot:user", &body].concat();
                let text = &shifted[10 - shift..];
                for encoded in [STANDARD.encode(text), URL_SAFE_NO_PAD.encode(text)] {
                    all.insert(encoded[8..8 + 14].to_string(), (place, shape));
                    all.insert(encoded[30..30 + 14].to_string(), (place, shape));
                }
            }
        }
    }
    all
}

/// What a test has seen of the program, by where.
#[derive(Default)]
pub struct Haul {
    all: Vec<(String, String)>,
}

impl Haul {
    pub fn add(&mut self, from: impl Into<String>, text: impl Into<String>) {
        self.all.push((from.into(), text.into()));
    }

    /// Every secret in it, with where and what stands around.
    pub fn leaks(&self) -> Vec<String> {
        let needles = needles();
        let mut told = Vec::new();
        for (from, text) in &self.all {
            for (needle, (place, shape)) in &needles {
                if let Some(at) = text.find(needle.as_str()) {
                    let around: String =
                        text[..at].chars().rev().take(90).collect::<Vec<_>>().into_iter().rev().collect();
                    let after: String = text[at..].chars().take(60).collect();
                    told.push(format!("{place} {shape:?} in {from}: {around}⟦{after}"));
                }
            }
        }
        told.sort();
        told.dedup_by_key(|line| line.split(": ").next().unwrap_or_default().to_string());
        told
    }

    /// The places whose canary is in none of it. Lines may be folded.
    pub fn missed(&self) -> Vec<&'static str> {
        PLACES.into_iter().filter(|place| !self.has(&canary(place))).collect()
    }

    /// Whether a place's canary is in what came from there, or stands beside the word.
    pub fn reached(&self, place: &str, from: &str) -> bool {
        let word = canary(place);
        self.all.iter().any(|(whence, text)| text.contains(&word) && (whence.contains(from) || text.contains(from)))
    }

    fn has(&self, word: &str) -> bool {
        self.all.iter().any(|(_, text)| text.contains(word))
    }
}

#[test]
fn a_planted_secret_is_found_raw_encoded_and_in_part() {
    for shape in ALL {
        let secret = one("step-log", shape);
        let bare = bare("step-log", shape);
        for leak in [secret.clone(), STANDARD.encode(&bare), bare[..12].to_string(), bare[28..].to_string()] {
            let mut haul = Haul::default();
            haul.add("a frame", format!("canary-step-log {leak}"));
            assert_eq!(haul.leaks().len(), 1, "{shape:?} {leak}: {:?}", haul.leaks());
            assert!(!haul.missed().contains(&"step-log") && haul.missed().contains(&"reason"));
        }
        let mut haul = Haul::default();
        haul.add("a frame", weir_domain::secret::redact(&text("step-log", &[shape])));
        assert_eq!(haul.leaks(), Vec::<String>::new(), "what is hidden is no leak");
    }
}
