//! The release images behind the recorded exchanges: commits, components and digests a registry would have held.
//!
//! A digest no exchange shows is made up; what was merged is told per repository, oldest commit first.

use weir_sim::releases::{Component, Image, Images, Merged, Packages};

/// What every repository began with.
const FIRST: &str = "2cf38a642ada0e94e8efea470dc49a804691bc49";
const OC: [&str; 2] = ["59a9734351b542470a0e6698557be25dcaa8061c", "d6c06c5f4d6922c38c02989950dd242f68705eaf"];
const CVO: [&str; 3] = [
    "8a4aa231b75c728275e82b79d76c1f151e3b5d28",
    "148cdb554b077cd2c1c954c60850a9f422424b29",
    "913b63e3aae7c61c7ed2dd491183d05238d486e3",
];
const HYPERKUBE: &str = "aa639f146cc2ff65fd47b7e2ee38ad318566ed18";
const MCO: [&str; 2] = ["8a22ac495a6a41e87e73c137a4d02189f73e80c6", "9754ecfc336202b7190a492e3dee42cfd0145850"];
const OS: &str = "fa0ae58ed357609e80e9ea6c9734113ae7598fa1";
const CONSOLE: &str = "c5479d501e293db11f9b93b7eec3d43677687b52";

/// Repository, commit, issue or nothing, subject, pull request; each after its repository's earlier ones.
const MERGED: [(&str, &str, &str, &str, u64); 9] = [
    ("oc", OC[0], "OCPBUGS-61001", "Print release digests in full", 2201),
    ("oc", OC[1], "", "NO-JIRA: Bump golang.org/x/net", 2215),
    ("cluster-version-operator", CVO[0], "OTA-1588", "Report accepted risks in status", 1241),
    ("cluster-version-operator", CVO[1], "OCPBUGS-62010", "Fix nil condition on partial updates", 1249),
    ("cluster-version-operator", CVO[2], "OTA-1602", "Wait for node rollout", 1255),
    ("kubernetes", HYPERKUBE, "", "UPSTREAM: 130001: Fix watch cache resume", 2410),
    ("machine-config-operator", MCO[0], "MCO-1900", "Retry image pulls on 502", 5401),
    ("machine-config-operator", MCO[1], "OCPBUGS-62333", "Quote kernel arguments", 5433),
    ("os", OS, "OKD-311", "Rebase to CentOS Stream CoreOS 9.0.20261114", 1790),
];

/// Tag and the digest of its top manifest.
const DIGESTS: [(&str, &str); 16] = [
    ("4.21.0-okd-scos.ec.1", "57f118fb0f0b12e5bd9ac076efbfb15931c79298c0ddb0b6524885b8eb9a6398"),
    ("4.21.0-okd-scos.10", "7b3c3d0b7a31226faa40a9beb650a39c7fc7fc68edeb0426108fa008cc240f58"),
    ("4.21.0-okd-scos.2", "c45871b92e8434747dfa1234f57be5c8031f81b7cdf7bdffe6d60618dd84365f"),
    ("4.21.0-okd-scos.1", "257cfd49ed837ab34502ccb5e9558c17c480a6af71ee9a4666d52530e7ae1e49"),
    ("4.21.0-okd-scos.0", "41aa9a96ebde997cd853c4fd075e0084d627771b88c8fda19c7e302aa2c927c7"),
    ("4.20.0-okd-scos.15", "3bf58a0a1254b17ccfc9364110853ea287da0e626e8e85c4ab7a5ff99d350d9d"),
    ("4.19.0-0.okd-scos-2025-10-01-010101", "cd30078ae2b40da05d9a4e84ec343f024690c5b933ef71c200ce27ce8230ff69"),
    ("4.21.0-0.okd-scos-2026-11-20-151502", "4895a7c5f2495c229886aa9fc429edfe7b5defeeef388478c71c3cafd506f0b0"),
    ("4.21.0-0.okd-scos-2026-11-20-031502", "92b6d2ec054f88ddecab8719a04332f9befc604b782a60083f20bd9a5f796663"),
    ("4.21.0-0.okd-scos-2026-11-19-031502", "929c5231bf5b29a0bec24042c678fc37808dd3dbb0e389578466510032033e4e"),
    ("4.21.0-0.okd-scos-2026-11-18-151502", "2d669a2d84c6eaf49dbc0d745bbf28211d88a6d23a3d64a8e862af6412da914c"),
    ("4.21.0-0.okd-scos-2026-11-17-031502", "541bf0a2a873cfe315d64892f0bdb0ef753dd508d32d3b6c84fbe65299ea10a5"),
    ("4.21.0-0.okd-scos-2026-11-15-031502", "8cb11a47286e7ede7201a2a4c44f0dc241151fe55d8a2ea1d5b128722e748e2c"),
    ("5.0.0-0.okd-scos-nightly-2026-11-20-210000", "4380dc0ffa536e5cc0df254cd03ff103db1239e07c2f8d9b59c2e0b1e6c81c5f"),
    ("5.0.0-0.okd-scos-nightly-2026-11-20-090000", "f6528dc374ec763a133e05d976ba39a8405c285a448a2afe5f77e45a8b15cd63"),
    ("5.0.0-0.okd-scos-nightly-2026-11-19-090000", "6edcc6cf150e64554210bc6c551d3259483cd3f3eb766749cc4186ce1883365a"),
];

/// Where the amd64 manifest is not the top one.
const CHILDREN: [(&str, &str); 2] = [
    ("5.0.0-0.okd-scos-nightly-2026-11-20-210000", "888553eeaa1fad25b20f1d56be66a3baf62acb7b10d30c12953608303c53ad21"),
    ("5.0.0-0.okd-scos-nightly-2026-11-19-090000", "9638797f115566002c5429df498b02d8d70ae0d14883e7dc240e4a2538d51174"),
];

/// Digests of component images that an exchange shows, by component and what tells its builds apart.
const SHOWN: [(&str, &str, &str); 15] = [
    ("cli", OC[0], "71d92573df888cffaf073ce72228b2f9ac750ddd01357ac6f8267e83575d2080"),
    ("cli", OC[1], "6048fbb77c0be78b05ee806f404affdc6d2d2952f983c41885ff910d3c0a4922"),
    ("cluster-version-operator", CVO[0], "f23c2c2eb47cd8ccdf3c09834e6775142ec3c2f1a0a54e9729969b02ce042c4c"),
    ("cluster-version-operator", CVO[1], "2980eb2d4f4358584f30743db2a6c30b621668dd39f3be8c1e0cc20d92a0ad20"),
    ("console", CONSOLE, "775c33e2d916179ae3ae2119d916f95cd02c41c02ea0c794cc264aff7e6eb402"),
    ("hyperkube", HYPERKUBE, "beb43c5d9e9ac6d3e94157c0efd69ccca4e976beae701c2f5cae80d3366d5aff"),
    ("machine-config-operator", FIRST, "043a0d16afffcd123c24046dace3068597e168d7b31d10460896f2564cd3cc07"),
    ("machine-config-operator", MCO[0], "c8e67b76c0b66094f17e3205f2145edb22a2536fa7bfccf229dd86be79408dd1"),
    ("stream-coreos", "10", "a4a5cc602a6a4cdd7cf6b0d5ffafd78f20c6fcb8e9454f4cacc4929de4fd720d"),
    ("stream-coreos", "17", "4152b0ac3289a26aa96a5f88b6298fb593be89beefc2e990503d6797c712d6ea"),
    ("stream-coreos", "19", "f437c657249f1dc46be7f247d925f605d99f11e42abfa91406fca767b66762f7"),
    ("stream-coreos", "20", "99de6bad77681a789a1149027e3a0dfb387d34c6252debec316e872dcb8b5c34"),
    ("stream-coreos", "50", "7352e3a43bbd189ce554d400419037033b3805e034b430a08ae4b74b2211be7e"),
    ("stream-coreos-extensions", FIRST, "606d64c5f13fb54249271618d7fe9267fb0dd100af7ca05443038409b25b5081"),
    ("stream-coreos-extensions", OS, "ac5541d1066fc157b703d23b886b313b2d6d04b93ccc34a0c136c65899482e22"),
];

pub struct Recorded;

/// One release: what it was built from.
struct Built {
    created: &'static str,
    size: u64,
    base: &'static str,
    layer: &'static str,
    previous: &'static [&'static str],
    from_image_stream: Option<&'static str>,
    from_release: Option<&'static str>,
    repository: &'static str,
    oc: &'static str,
    cvo: &'static str,
    hyperkube: &'static str,
    mco: &'static str,
    os: &'static str,
    extensions: &'static str,
    /// Which build of stream-coreos.
    coreos: &'static str,
    machine_os: &'static str,
    console: bool,
}

const NIGHTLY_19: Built = Built {
    created: "2026-11-19T03:15:02Z",
    size: 1261,
    base: "099e732579887ac15e6d59dd60d01d8d402a2836c6d92fe513fbb999b3d0cf1e",
    layer: "9f142fc792beb5b6ff00d763b1ed376b73bfd61877a1fb6b140913aba4564a99",
    previous: &["4.20.0-okd-scos.15", "4.21.0-okd-scos.1"],
    from_image_stream: Some("origin/4.21-okd-scos-2026-11-19-031502"),
    from_release: None,
    repository: "scos-4.21",
    oc: OC[1],
    cvo: CVO[1],
    hyperkube: HYPERKUBE,
    mco: MCO[0],
    os: OS,
    extensions: OS,
    coreos: "19",
    machine_os: "9.0.20261114-0",
    console: false,
};

const STABLE_2: Built = Built {
    created: "2026-11-18T10:00:00Z",
    size: 1238,
    base: "7102e589a126cd4271354457e22db9e6308ac1d7929569012f7fd6806e40232a",
    layer: "c7f54b17f7e08d150d10be2a0a6eb8b97b51efd73b87eef855773a45d9a658a3",
    previous: &["4.20.0-okd-scos.15"],
    from_image_stream: Some("origin/4.21-okd-scos-2026-11-17-031502"),
    from_release: Some("registry.ci.openshift.org/origin/release-scos:4.21.0-0.okd-scos-2026-11-17-031502"),
    oc: OC[0],
    cvo: CVO[0],
    mco: FIRST,
    os: FIRST,
    extensions: FIRST,
    coreos: "17",
    machine_os: "9.0.20261110-0",
    ..NIGHTLY_19
};

const FIVE: Built = Built {
    created: "2026-11-20T21:00:00Z",
    size: 1238,
    base: "07e7441f6f38ef5b9339c6bea6ac58174a4514876e4d44d60bcf41de5470cd8f",
    layer: "5ef00b998f7322a977f0e3aee4a3f401f46ee383d07685cdbf492ce22d7c0365",
    previous: &["4.21.0-okd-scos.2"],
    from_image_stream: None,
    repository: "scos-5.0-art",
    os: FIRST,
    extensions: FIRST,
    coreos: "50",
    machine_os: "10.0.20261116-0",
    ..NIGHTLY_19
};

fn built(tag: &str) -> Option<Built> {
    Some(match tag {
        "4.21.0-okd-scos.1" => Built {
            created: "2026-10-20T10:00:00Z",
            from_release: None,
            oc: FIRST,
            cvo: FIRST,
            hyperkube: FIRST,
            coreos: "1",
            ..STABLE_2
        },
        "4.21.0-okd-scos.2" => STABLE_2,
        "4.21.0-okd-scos.10" => Built {
            created: "2026-11-20T12:00:00Z",
            from_release: Some("registry.ci.openshift.org/origin/release-scos:4.21.0-0.okd-scos-2026-11-19-031502"),
            coreos: "10",
            machine_os: "9.0.20261110-0",
            ..NIGHTLY_19
        },
        "4.21.0-0.okd-scos-2026-11-17-031502" => {
            Built { created: "2026-11-17T03:15:02Z", from_release: None, ..STABLE_2 }
        }
        "4.21.0-0.okd-scos-2026-11-19-031502" => NIGHTLY_19,
        "4.21.0-0.okd-scos-2026-11-20-151502" => Built {
            created: "2026-11-20T15:15:02Z",
            cvo: CVO[2],
            mco: MCO[1],
            coreos: "20",
            console: true,
            ..NIGHTLY_19
        },
        "5.0.0-0.okd-scos-nightly-2026-11-19-090000" => {
            Built { created: "2026-11-19T09:00:00Z", oc: OC[0], coreos: "49", ..FIVE }
        }
        "5.0.0-0.okd-scos-nightly-2026-11-20-210000" => FIVE,
        _ => return None,
    })
}

fn find<'a>(table: &[(&str, &'a str)], tag: &str) -> Option<&'a str> {
    table.iter().find(|(name, _)| *name == tag).map(|(_, digest)| *digest)
}

/// The tag of a pull spec.
fn tag_of(pull_spec: &str) -> &str {
    pull_spec.rsplit(':').next().unwrap()
}

impl Built {
    fn component(&self, name: &str, repository: &str, commit: &str, build: &str) -> Component {
        let told = SHOWN.iter().find(|(shown, which, _)| (*shown, *which) == (name, build));
        let digest = told.map_or_else(|| format!("{name}-{build}"), |(_, _, digest)| (*digest).to_owned());
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let (versions, display_names) = match name {
            "cli" => (pairs(&[("kubectl", "1.34.2")]), Vec::new()),
            "hyperkube" => (pairs(&[("kubernetes", "1.34.2")]), Vec::new()),
            "stream-coreos" => {
                (pairs(&[("machine-os", self.machine_os)]), pairs(&[("machine-os", "CentOS Stream CoreOS")]))
            }
            _ => (Vec::new(), Vec::new()),
        };
        Component {
            name: name.into(),
            image: format!("registry.ci.openshift.org/origin/{}@sha256:{digest}", self.repository),
            repository: format!("https://github.com/openshift/{repository}"),
            branch: "main".into(),
            commit: commit.into(),
            versions,
            display_names,
        }
    }
}

impl Images for Recorded {
    fn digest(&self, pull_spec: &str) -> Option<String> {
        find(&DIGESTS, tag_of(pull_spec)).map(|digest| format!("sha256:{digest}"))
    }

    fn image(&self, pull_spec: &str) -> Option<Image> {
        let tag = tag_of(pull_spec);
        let built = built(tag)?;
        let digest = find(&CHILDREN, tag).or_else(|| find(&DIGESTS, tag))?;
        let mut components = vec![
            built.component("cli", "oc", built.oc, built.oc),
            built.component("cluster-version-operator", "cluster-version-operator", built.cvo, built.cvo),
            built.component("hyperkube", "kubernetes", built.hyperkube, built.hyperkube),
            built.component("machine-config-operator", "machine-config-operator", built.mco, built.mco),
            built.component("stream-coreos", "os", built.os, built.coreos),
            built.component("stream-coreos-extensions", "os", built.extensions, built.extensions),
        ];
        if built.console {
            components.insert(2, built.component("console", "console", CONSOLE, CONSOLE));
        }
        Some(Image {
            digest: format!("sha256:{digest}"),
            created: built.created.parse().unwrap(),
            size: built.size,
            base: format!("sha256:{}", built.base),
            layer: format!("sha256:{}", built.layer),
            version: tag.into(),
            previous: built.previous.iter().map(|name| (*name).into()).collect(),
            from_image_stream: built.from_image_stream.map(Into::into),
            from_release: built.from_release.map(Into::into),
            components,
        })
    }

    fn merged(&self, repository: &str, from: &str, to: &str) -> Vec<Merged> {
        let name = repository.rsplit('/').next().unwrap();
        let history: Vec<_> = MERGED.iter().filter(|(known, ..)| *known == name).collect();
        let place = |commit: &str| match history.iter().position(|(_, known, ..)| *known == commit) {
            Some(at) => at + 1,
            None => 0,
        };
        let new = history.get(place(from)..place(to)).unwrap_or_default();
        let merged = |(_, _, issue, subject, pull): &&(&str, &str, &str, &str, u64)| Merged {
            issues: Some(*issue).filter(|issue| !issue.is_empty()).map(Into::into).into_iter().collect(),
            subject: (*subject).into(),
            pull: *pull,
        };
        new.iter().rev().map(merged).collect()
    }

    fn packages(&self, from: &str, to: &str) -> Packages {
        if from == to {
            return Packages::default();
        }
        Packages {
            changed: vec![("kernel".into(), "5.14.0-640.el9".into(), "5.14.0-645.el9".into())],
            added: vec![("podman".into(), "5.6.0-3.el9".into())],
            removed: vec![("toolbox".into(), "0.1.2-1.el9".into())],
        }
    }
}
