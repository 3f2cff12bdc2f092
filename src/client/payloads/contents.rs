//! A payload from the files in its layers. Names from it are cleaned; what does not fit is left out and told.
//!
//! Sources of the formats: openshift/oc `adm release new` (image-references is an ImageStream), openshift/cincinnati
//! (release-metadata), openshift/library-go (the ConfigMap for verification).

use super::layer::{Files, VERIFICATION};
use crate::signatures::keys;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::payload::KeyRing;
use weir_domain::secret;
use weir_domain::{Component, ImageRef, Payload};

/// What the manifest tells, before the layers are read.
pub struct Cover {
    pub image: ImageRef,
    pub digest: weir_domain::Digest,
    pub list: bool,
    pub architectures: Vec<Arc<str>>,
}

type Annotations = Option<BTreeMap<String, Option<String>>>;

#[derive(Deserialize)]
struct References {
    #[serde(default)]
    kind: String,
    metadata: Option<Meta>,
    spec: Option<Spec>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    name: Option<String>,
    creation_timestamp: Option<String>,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Spec {
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default)]
    name: String,
    from: Option<From>,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    version: String,
    previous: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ConfigMap {
    metadata: Option<Meta>,
    data: Option<BTreeMap<String, Option<String>>>,
}

/// The payload, and the key rings' bytes. The error says what is missing or wrong.
pub fn payload(cover: Cover, files: Files) -> Result<(Payload, Vec<String>), String> {
    let mut odd = files.oddities;
    let references = files.references.ok_or("it is no release payload: its layers have no image-references")?;
    let references: References = json(&references, "image-references")?;
    if references.kind != "ImageStream" {
        return Err(format!("its image-references is a `{}`, not an ImageStream", short(&references.kind)));
    }
    let metadata: Option<Metadata> = match &files.metadata {
        Some(bytes) => Some(json(bytes, "release-metadata")?),
        None => {
            odd.push("it has no release-metadata".into());
            None
        }
    };
    let meta = references.metadata.unwrap_or_default();
    let inner = meta.name.as_deref().map(short).unwrap_or_default();
    let version = metadata.as_ref().map(|m| short(&m.version)).filter(|v| !v.is_empty());
    if let Some(metadata) = &metadata
        && metadata.kind != "cincinnati-metadata-v0"
    {
        odd.push(format!("its release-metadata is of the kind `{}`", short(&metadata.kind)));
    }
    if let Some(version) = &version
        && *version != inner
    {
        odd.push(format!("it is {version} in release-metadata and {inner} in image-references"));
    }
    let name = version.unwrap_or(inner);
    if name.is_empty() {
        return Err("it has no name, neither in release-metadata nor in image-references".into());
    }
    let mut versions = BTreeMap::new();
    let components = components(references.spec.and_then(|s| s.tags).unwrap_or_default(), &mut versions, &mut odd);
    let (rings, stores, bytes) = verification(files.verification, &mut odd);
    let from_release =
        annotation(&meta.annotations, "release.openshift.io/from-release").map(|text| short(text).into());
    let created = meta.creation_timestamp.and_then(|text| text.parse().ok());
    let previous = metadata.and_then(|m| m.previous).unwrap_or_default();
    let payload = Payload {
        image: cover.image,
        digest: cover.digest,
        list: cover.list,
        architectures: cover.architectures,
        name: name.into(),
        created,
        previous: previous.iter().map(|name| short(name).into()).collect(),
        from_release,
        components,
        versions,
        rings,
        stores,
        oddities: odd,
    };
    Ok((payload, bytes))
}

fn json<T: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("its {name}: {}", crate::registry::manifest::place(&error)))
}

fn annotation<'a>(annotations: &'a Annotations, key: &str) -> Option<&'a str> {
    annotations.as_ref()?.get(key)?.as_deref().filter(|text| !text.is_empty())
}

/// One line, without control characters and secrets, of bounded length.
fn short(text: &str) -> String {
    secret::line(text).trim().chars().take(200).collect()
}

fn components(tags: Vec<Tag>, versions: &mut BTreeMap<Arc<str>, Arc<str>>, odd: &mut Vec<String>) -> Vec<Component> {
    let mut all: BTreeMap<Arc<str>, Component> = BTreeMap::new();
    for tag in tags {
        let name: Arc<str> = short(&tag.name).into();
        if name.is_empty() {
            odd.push("a component without a name is left out".into());
            continue;
        }
        if *name != *tag.name {
            odd.push(format!("the name of {name} had characters that no name has"));
        }
        let from = tag.from.map(|from| from.name).unwrap_or_default();
        let image = from.parse::<ImageRef>().ok();
        let Some((image, digest)) = image.and_then(|image| Some((image.clone(), image.digest?))) else {
            odd.push(format!("{name} is left out: `{}` is no image by digest", short(&from)));
            continue;
        };
        if all.contains_key(&name) {
            odd.push(format!("{name} is in it twice; the second, {}, is not used", digest.short()));
            continue;
        }
        let mut own: Vec<String> = Vec::new();
        for (key, version) in pairs(annotation(&tag.annotations, "io.openshift.build.versions").unwrap_or_default()) {
            own.push(version.clone());
            match versions.get(&*key) {
                Some(known) if **known != *version => {
                    odd.push(format!("its components name two versions of {key}: {known} and {version} ({name})"));
                }
                Some(_) => {}
                None => {
                    versions.insert(key.into(), version.into());
                }
            }
        }
        let commit = annotation(&tag.annotations, "io.openshift.build.commit.id").map(short);
        let repository = annotation(&tag.annotations, "io.openshift.build.source-location").map(short);
        let component = Component {
            name: name.clone(),
            version: (!own.is_empty()).then(|| own.join(", ").into()),
            commit: commit.filter(|c| c.len() == 40 && c.bytes().all(|b| b.is_ascii_hexdigit())).map(Arc::from),
            repository: repository.filter(|r| https(r)).map(Arc::from),
            image,
            digest,
        };
        all.insert(name, component);
    }
    all.into_values().collect()
}

/// An address that may be shown and opened: https, no login in it, no blank.
fn https(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '"' | '<' | '>' | '\\'))
    })
}

/// `kubernetes=1.34.1,machine-os=9.22…`, cleaned.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (key, version) = part.split_once('=')?;
        let (key, version) = (short(key), short(version));
        (!key.is_empty() && !version.is_empty()).then_some((key, version))
    };
    text.split(',').filter_map(pair).collect()
}

/// Key rings, stores and the rings' bytes from the ConfigMaps that are marked as such; a file may hold several objects.
fn verification(files: BTreeMap<String, Vec<u8>>, odd: &mut Vec<String>) -> (Vec<KeyRing>, Vec<Arc<str>>, Vec<String>) {
    let (mut rings, mut stores, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for (file, text) in files {
        let text = String::from_utf8_lossy(&text);
        let maps: Vec<ConfigMap> = match serde_saphyr::from_multiple(&text) {
            Ok(maps) => maps,
            Err(_) => {
                odd.push(format!("its {}, which should hold key rings, cannot be read", short(&file)));
                continue;
            }
        };
        for map in maps {
            let marked =
                map.metadata.is_some_and(|meta| meta.annotations.is_some_and(|a| a.contains_key(VERIFICATION)));
            let data = if marked { map.data.unwrap_or_default() } else { BTreeMap::new() };
            for (key, value) in data {
                let value = value.unwrap_or_default();
                if key.starts_with("verifier-public-key") {
                    let fingerprints = keys::fingerprints(&value);
                    if fingerprints.is_empty() {
                        odd.push(format!("its key ring {} holds no key", short(&key)));
                    }
                    rings.push(KeyRing { name: short(&key).into(), fingerprints });
                    bytes.push(value);
                } else if key.starts_with("store") {
                    stores.push(short(&value).into());
                }
            }
        }
    }
    (rings, stores, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tag(name: &str, digit: char, annotations: Value) -> Value {
        let digest = digit.to_string().repeat(64);
        json!({"name": name, "annotations": annotations,
            "from": {"kind": "DockerImage", "name": format!("quay.io/okd/scos-content@sha256:{digest}")}})
    }

    fn read(references: &Value, metadata: Option<&Value>) -> Result<Payload, String> {
        let files = Files {
            references: Some(references.to_string().into_bytes()),
            metadata: metadata.map(|m| m.to_string().into_bytes()),
            ..Files::default()
        };
        let cover = Cover {
            image: "quay.io/okd/scos-release:x".parse().expect("image"),
            digest: format!("sha256:{}", "0".repeat(64)).parse().expect("digest"),
            list: false,
            architectures: Vec::new(),
        };
        payload(cover, files).map(|(payload, _)| payload)
    }

    #[test]
    fn a_payload_says_what_it_is_made_of() {
        let references = json!({"kind": "ImageStream", "metadata": {"name": "4.22.0", "creationTimestamp": "2026-11-20T10:00:00Z",
            "annotations": {"release.openshift.io/from-release": "registry.ci/origin/release@sha256:1"}},
        "spec": {"tags": [
            tag("b", '2', json!({"io.openshift.build.versions": "kubernetes=1.34.1,kubectl=1.34.1",
                "io.openshift.build.commit.id": "a".repeat(40), "io.openshift.build.source-location": "https://github.com/openshift/b"})),
            tag("a", '1', json!({"io.openshift.build.versions": "machine-os=9.22",
                "io.openshift.build.source-location": "javascript:alert(1)", "io.openshift.build.commit.id": "xyz"})),
            tag("a", '3', Value::Null), tag("c\u{1b}[31m\u{7}", '4', json!({"io.openshift.build.versions": "kubernetes=1.34.2"})),
            {"name": "tagged", "from": {"kind": "DockerImage", "name": "quay.io/okd/x:latest"}},
        ]}});
        let metadata = json!({"kind": "cincinnati-metadata-v0", "version": "4.22.0", "previous": ["4.21.9"]});
        let payload = read(&references, Some(&metadata)).expect("it is read");
        assert_eq!(payload.components.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["a", "b", "c"]);
        let b = payload.component("b").expect("b");
        assert_eq!(b.version.as_deref(), Some("1.34.1, 1.34.1"));
        assert_eq!(
            b.commit_page().expect("a page"),
            format!("https://github.com/openshift/b/commit/{}", "a".repeat(40))
        );
        let a = payload.component("a").expect("a");
        assert_eq!((a.repository.clone(), a.commit.clone(), &a.digest.hex()[..1]), (None, None, "1"));
        assert_eq!(payload.coreos(), Some("9.22"));
        assert_eq!(payload.previous, [Arc::from("4.21.9")]);
        assert!(payload.created.is_some() && payload.from_release.is_some());
        let odd = payload.oddities.join("\n");
        for sentence in ["a is in it twice", "no name has", "tagged is left out", "two versions of kubernetes"] {
            assert!(odd.contains(sentence), "{sentence}: {odd}");
        }
        assert!(!odd.contains('\u{1b}'));
    }

    #[test]
    fn what_is_no_payload_says_so() {
        let fine = json!({"kind": "ImageStream", "metadata": {"name": "4.22.0"}, "spec": null});
        let unlike = json!({"kind": "other", "version": "4.23.0"});
        let payload = read(&fine, Some(&unlike)).expect("read");
        assert_eq!((&*payload.name, payload.oddities.len()), ("4.23.0", 2), "{:?}", payload.oddities);
        assert_eq!(read(&fine, None).expect("read").oddities, ["it has no release-metadata"]);
        for (references, word) in [
            (json!({"kind": "Secret"}), "not an ImageStream"),
            (json!([]), "image-references"),
            (json!({"kind": "ImageStream"}), "no name"),
        ] {
            let why = read(&references, None).expect_err(word);
            assert!(why.contains(word), "{why}");
        }
    }
}
