//! A rejected nightly in detail, and payloads with what signs, weighs and changes them.

use super::releases::{job, release};
use super::{DAY, HOUR, MINUTE, ago, now};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::channel::known_channels;
use weir_domain::payload::{ChangedImages, Changelog, KeyRing, Merged, Weight};
use weir_domain::release::Verdict;
use weir_domain::release::detail::{Insight, ReleasePayload, Strip, StripLine, Upgrade};
use weir_domain::signature::{Signature, SignatureVerdict, Signed, known_keys};
use weir_domain::{Channel, Component, Digest, ImageRef, Loaded, News, Payload, Phase, ReleaseDetail, ReleaseId};

pub const NIGHTLY: &str = "4.22.0-0.okd-scos-nightly-2026-11-21-081233";
pub const BEFORE: &str = "4.22.0-0.okd-scos-nightly-2026-11-19-220144";
pub const STREAM: &str = "4.22.0-0.okd-scos-nightly";

pub fn channels() -> Vec<Channel> {
    known_channels(&"moc".into(), &"app.ci".into())
}

pub fn nightly() -> ReleaseId {
    ReleaseId::new(STREAM, NIGHTLY)
}

/// The tag of a release of the nightlies' repository.
pub fn image(name: &str) -> ImageRef {
    format!("registry.ci.openshift.org/origin/release-scos:{name}").parse().expect("an image")
}

/// A digest of one hex digit, told from others by it.
pub fn digest(of: u64) -> Digest {
    let mut state = of.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut hex = String::new();
    while hex.len() < 64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        hex.push_str(&format!("{:08x}", state >> 32));
    }
    format!("sha256:{hex}").parse().expect("a digest")
}

fn prow(job: &str, number: u64) -> Arc<str> {
    let name = format!("periodic-ci-openshift-release-main-okd-scos-4.22-{job}");
    format!("https://prow.ci.openshift.org/view/gs/test-platform-results/logs/{name}/{number}").into()
}

fn strip() -> Strip {
    let names = [
        ("2026-11-21-081233", Phase::Rejected),
        ("2026-11-20-081501", Phase::Rejected),
        ("2026-11-19-231907", Phase::Rejected),
        ("2026-11-19-220144", Phase::Accepted),
        ("2026-11-18-174512", Phase::Accepted),
        ("2026-11-17-093310", Phase::Failed),
        ("2026-11-16-211200", Phase::Accepted),
        ("2026-11-15-101045", Phase::Accepted),
        ("2026-11-14-084431", Phase::Accepted),
        ("2026-11-13-190202", Phase::Accepted),
    ];
    let line = |job: &str, blocking, states: &str| StripLine {
        job: job.into(),
        blocking,
        states: states
            .chars()
            .map(|c| match c {
                's' => Some("Succeeded".into()),
                'f' => Some("Failed".into()),
                'p' => Some("Pending".into()),
                _ => None,
            })
            .collect(),
    };
    Strip {
        releases: names.iter().map(|(name, phase)| (format!("{STREAM}-{name}").into(), *phase)).collect(),
        lines: vec![
            line("aws", true, "sssss-sfss"),
            line("aws-upgrade", true, "fffss-ssss"),
            line("aws-techpreview", false, "sssss-ssss"),
            line("gcp", false, "pssfs-ssss"),
            line("vsphere", false, "fffff-ffff"),
        ],
    }
}

fn jobs() -> Vec<weir_domain::release::Job> {
    let with = |name: &str, state: &str, blocking, attempts: u32, decided: Option<i64>| {
        let mut job = job(name, state, blocking, attempts, decided);
        let page = |attempt: u32| prow(name, 1_991_830_461_275_000_000 + u64::from(attempt) * 7_311);
        let mut pages: Vec<_> = (1..=attempts).map(page).collect();
        job.url = pages.pop().unwrap_or_default();
        job.earlier = pages;
        job
    };
    vec![
        with("aws-upgrade", "Failed", true, 3, Some(3 * HOUR)),
        with("aws", "Succeeded", true, 1, Some(4 * HOUR)),
        with("aws-techpreview", "Succeeded", false, 1, Some(4 * HOUR)),
        with("gcp", "Pending", false, 1, None),
        with("vsphere", "Failed", false, 1, Some(3 * HOUR)),
    ]
}

/// The newest nightly of 4.22, rejected by its blocking upgrade job.
pub fn release_detail() -> ReleaseDetail {
    let mut own = release(NIGHTLY, Phase::Rejected, 5 * HOUR + 50 * MINUTE);
    own.verdict = Some(Verdict { jobs: jobs() });
    let upgrade = |from: &str, to: &str, succeeded, failed| Upgrade {
        from: from.into(),
        to: to.into(),
        succeeded,
        failed,
        total: succeeded + failed,
        pages: (0..u64::from(succeeded + failed)).map(|n| prow("upgrade", 1_991_830_470_000_000_000 + n)).collect(),
    };
    ReleaseDetail {
        id: nightly(),
        release: own,
        insight: Insight::Object(Box::new(ReleasePayload {
            cluster: "app.ci".into(),
            namespace: "origin".into(),
            name: NIGHTLY.into(),
            resource_version: "911".into(),
            phase: Phase::Rejected,
            by_hand: None,
            wish: None,
            created: true,
            jobs: Vec::new(),
            may_decide: Some(false),
        })),
        upgrades_to: vec![
            upgrade("4.21.0-0.okd-scos-nightly-2026-11-21-064455", NIGHTLY, 2, 0),
            upgrade(BEFORE, NIGHTLY, 0, 3),
        ],
        upgrades_from: Vec::new(),
        promoted_from: None,
        promoted_as: Vec::new(),
        changes: Some((BEFORE.into(), changelog())),
        accepted_before: Some(BEFORE.into()),
        strip: strip(),
        page: format!("https://origin-release.ci.openshift.org/releasestream/{STREAM}/release/{NIGHTLY}"),
        unseen: Vec::new(),
        as_of: now(),
    }
}

pub fn release_news(detail: ReleaseDetail) -> News {
    News::Release(detail.id.clone(), Loaded::Known(Box::new(detail)))
}

pub fn changelog() -> Changelog {
    let merged = |subject: &str, pull: u64, repository: &str, issues: &[&str]| Merged {
        subject: subject.into(),
        pull: Some(pull),
        page: Some(format!("https://github.com/openshift/{repository}/pull/{pull}").into()),
        issues: issues.iter().map(|issue| Arc::from(*issue)).collect(),
    };
    let images = |names: &[&str], repository: &str, commits: Vec<Merged>| ChangedImages {
        names: names.iter().map(|name| Arc::from(*name)).collect(),
        page: Some(format!("https://github.com/openshift/{repository}/compare/a1b2c3d...9f8e7d6").into()),
        commits,
    };
    Changelog {
        images: vec![
            images(
                &["cluster-network-operator"],
                "cluster-network-operator",
                vec![
                    merged("OKD-311: bump ovn-kubernetes", 2841, "cluster-network-operator", &["OKD-311"]),
                    merged("NO-JIRA: owners", 2838, "cluster-network-operator", &[]),
                ],
            ),
            images(
                &["machine-config-operator"],
                "machine-config-operator",
                vec![merged(
                    "OCPBUGS-5123: wait for the node before the next one drains",
                    5017,
                    "machine-config-operator",
                    &["OCPBUGS-5123"],
                )],
            ),
            images(
                &["oauth-apiserver", "oauth-server"],
                "oauth-server",
                vec![merged("OCPBUGS-6001: keep sessions over a rollout", 188, "oauth-server", &["OCPBUGS-6001"])],
            ),
        ],
    }
}

const NAMES: [&str; 36] = [
    "agent-installer-api-server",
    "agent-installer-utils",
    "aws-ebs-csi-driver",
    "aws-ebs-csi-driver-operator",
    "baremetal-installer",
    "cli",
    "cli-artifacts",
    "cloud-credential-operator",
    "cluster-authentication-operator",
    "cluster-autoscaler",
    "cluster-config-operator",
    "cluster-dns-operator",
    "cluster-etcd-operator",
    "cluster-ingress-operator",
    "cluster-kube-apiserver-operator",
    "cluster-monitoring-operator",
    "cluster-network-operator",
    "cluster-node-tuning-operator",
    "cluster-version-operator",
    "console",
    "console-operator",
    "coredns",
    "docker-builder",
    "etcd",
    "haproxy-router",
    "hyperkube",
    "installer",
    "machine-api-operator",
    "machine-config-operator",
    "must-gather",
    "oauth-apiserver",
    "oauth-server",
    "ovn-kubernetes",
    "prometheus",
    "stream-coreos",
    "stream-coreos-extensions",
];

fn component(at: usize, name: &str) -> Component {
    let digest = digest(at as u64 + 1);
    let coreos = name.starts_with("stream-coreos");
    let commit = format!("{}", self::digest(at as u64 + 1000))["sha256:".len()..][..40].to_string();
    Component {
        name: name.into(),
        version: match name {
            "hyperkube" | "etcd" => Some("1.35.2".into()),
            _ if coreos => Some("9.22.20261120-0".into()),
            _ => None,
        },
        commit: (!coreos).then(|| commit.as_str().into()),
        repository: (!coreos).then(|| format!("https://github.com/openshift/{name}").into()),
        image: "quay.io/okd/scos-content".parse::<ImageRef>().expect("an image").with_digest(digest.clone()),
        digest,
    }
}

pub fn payload() -> Payload {
    let versions: BTreeMap<Arc<str>, Arc<str>> =
        [("kubernetes", "1.35.2"), ("machine-os", "9.22.20261120-0"), ("kernel", "5.14.0-611")]
            .map(|(name, version)| (Arc::from(name), Arc::from(version)))
            .into();
    Payload {
        image: image(NIGHTLY),
        digest: digest(77),
        list: true,
        architectures: vec!["amd64".into(), "arm64".into()],
        name: NIGHTLY.into(),
        created: Some(ago(5 * HOUR + 50 * MINUTE)),
        previous: Vec::new(),
        from_release: Some("registry.ci.openshift.org/origin/release-scos:4.22.0-0.okd-scos-2026-11-21-065001".into()),
        components: NAMES.iter().enumerate().map(|(at, name)| component(at, name)).collect(),
        versions,
        rings: vec![
            KeyRing { name: "verifier-public-key-ci".into(), fingerprints: vec!["A".repeat(40).into()] },
            KeyRing {
                name: "verifier-public-key-openshift-ci-4".into(),
                fingerprints: vec!["6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4".into()],
            },
        ],
        stores: vec!["https://storage.googleapis.com/openshift-ci-release/releases/signatures".into()],
        oddities: Vec::new(),
    }
}

/// The payload that was accepted before: some components differ.
pub fn earlier_payload() -> Payload {
    let mut payload = payload();
    payload.image = image(BEFORE);
    payload.name = BEFORE.into();
    payload.digest = digest(78);
    payload.created = Some(ago(40 * HOUR));
    payload.versions.insert("machine-os".into(), "9.22.20261118-1".into());
    for (number, name) in
        ["cluster-network-operator", "machine-config-operator", "oauth-server", "prometheus"].iter().enumerate()
    {
        let at = payload.components.iter().position(|c| &*c.name == *name).expect("a component");
        let component = &mut payload.components[at];
        component.digest = digest(500 + number as u64);
        component.image = component.image.with_digest(component.digest.clone());
        component.commit = Some(digest(600 + number as u64).hex()[..40].into());
    }
    for name in ["stream-coreos", "stream-coreos-extensions"] {
        let at = payload.components.iter().position(|c| &*c.name == name).expect("a component");
        payload.components[at].digest = digest(700 + at as u64);
    }
    payload.components.retain(|component| &*component.name != "agent-installer-utils");
    let mut gone = component(900, "cluster-bootstrap");
    gone.repository = Some("https://github.com/openshift/cluster-bootstrap".into());
    payload.components.push(gone);
    payload.components.sort_by(|a, b| a.name.cmp(&b.name));
    payload
}

pub fn signed() -> Signed {
    let key = known_keys().remove(3);
    let made: Option<Timestamp> = Some(ago(5 * HOUR));
    Signed {
        digest: digest(77),
        store: "https://storage.googleapis.com/openshift-ci-release/releases/signatures".into(),
        signatures: vec![Signature {
            number: 1,
            verdict: SignatureVerdict::Good {
                key,
                reference: "registry.ci.openshift.org/origin/release-scos".into(),
                made,
            },
        }],
    }
}

pub fn weights() -> Vec<Weight> {
    let mut weights: Vec<Weight> = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| Weight {
            component: (*name).into(),
            size: Some(match *name {
                "stream-coreos" => 1_912_000_000,
                _ => 48_000_000 + (at as u64 * 7_919_113) % 400_000_000,
            }),
            architectures: vec!["amd64".into(), "arm64".into()],
            refused: None,
        })
        .collect();
    let refused = weights.iter_mut().find(|weight| &*weight.component == "must-gather").expect("a component");
    refused.size = None;
    refused.architectures.clear();
    refused.refused = Some("401 Unauthorized (quay.io)".into());
    weights
}

/// A nightly that became a candidate nine days ago.
pub fn promoted_detail() -> ReleaseDetail {
    let name = "4.22.0-okd-scos.ec.6";
    let mut detail = release_detail();
    detail.id = ReleaseId::new("4-scos-next", name);
    detail.release = release(name, Phase::Accepted, 9 * DAY);
    detail.release.pull_spec = format!("quay.io/okd/scos-release:{name}").into();
    detail.insight = Insight::Unseen { why: "denied: `get releasepayloads` in app.ci/origin".into() };
    detail.promoted_from = Some("4.22.0-0.okd-scos-nightly-2026-11-11-174512".into());
    detail.accepted_before = Some("4.22.0-okd-scos.ec.5".into());
    detail.upgrades_to = Vec::new();
    detail.changes = None;
    detail.strip = Strip::default();
    detail
}
