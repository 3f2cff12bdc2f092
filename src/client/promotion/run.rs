//! The objects a plan would make: the pinned run, the ImageStreamTag, and how they differ from what is live.

use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;
use weir_domain::channel::{Channel, PipelinePlace};
use weir_domain::form::binding;
use weir_domain::pinned::{self, Chosen};
use weir_domain::plan::{DiffLine, Source};
use weir_domain::{Failure, FailureKind, ImageRef, Tree, yaml};

/// Kubernetes allows 63 characters in the labels that carry a run's name.
const NAME_LIMIT: usize = 63;

/// What weir writes on everything it makes.
pub struct Marks<'a> {
    pub operator: &'a str,
    pub host: &'a str,
    pub reason: Option<&'a str>,
}

/// Deterministic: channel and new name, so that a second weir's create fails.
pub fn name(channel: &str, name: &str, attempt: u32) -> Result<String, String> {
    let tail = if attempt > 1 { format!("-{attempt}") } else { String::new() };
    let whole = format!("okd-release-{channel}-{name}{tail}");
    let fits = whole.len() <= NAME_LIMIT
        && whole.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && whole.ends_with(|c: char| c.is_ascii_alphanumeric());
    if fits {
        Ok(whole)
    } else {
        Err(format!("`{whole}` cannot be a run's name (63 characters, a–z, 0–9, - and .)"))
    }
}

/// The values of all parameters the Pipeline is given: those of the channel and those that follow from the plan.
pub fn values(channel: &Channel, place: &PipelinePlace, source: &Source) -> BTreeMap<String, String> {
    let mut values = place.params.clone();
    let stream = channel.imagestream.as_ref().map(|s| s.name.clone()).unwrap_or_default();
    for (key, value) in [
        ("release-stream", source.release.stream.to_string()),
        ("target-release-stream", channel.name.to_string()),
        ("release-imagestream", stream),
        ("content-mirror-pushspec", channel.content_repository.clone()),
        ("release-mirror-pushspec", channel.release_repository.clone()),
        ("github-org-repo", channel.github.clone()),
        ("is-release-latest", channel.latest.to_string()),
    ] {
        values.insert(key.into(), value);
    }
    values
}

/// A pinned run without its plan's id, which is made from it.
pub struct Pinned {
    pub manifest: Tree,
    pub diff: Vec<DiffLine>,
}

/// `spec` is the live Pipeline's.
pub fn pinned(
    channel: &Channel,
    place: &PipelinePlace,
    spec: &Tree,
    source: &Source,
    new: &str,
    object: &str,
    marks: &Marks<'_>,
) -> Result<Pinned, Vec<String>> {
    let chosen = Chosen {
        release: source.release.name.to_string(),
        pull_spec: source.pinned().to_string(),
        digest: source.digest.to_string(),
        name: new.into(),
    };
    let mut wrong = Vec::new();
    let embedded = pinned::pin(spec, &chosen).unwrap_or_else(|why| {
        wrong.extend(why);
        Tree::Null
    });
    let params = pinned::parameters(spec, &values(channel, place, source)).unwrap_or_else(|why| {
        wrong.extend(why);
        Vec::new()
    });
    let mut workspaces = Vec::new();
    for declared in spec.key("workspaces").map(Tree::items).unwrap_or(&[]) {
        let name = declared.text_at(&["name"]).unwrap_or_default();
        match place.workspaces.get(name).map(|typed| binding(typed)) {
            Some(Ok(bound)) => {
                let mut entry = vec![("name".to_string(), Tree::Text(name.into()))];
                entry.extend(bound);
                workspaces.push(Tree::Map(entry));
            }
            Some(Err(why)) => wrong.push(format!("the workspace `{name}` of the channel: {why}")),
            None => wrong.push(format!("the Pipeline wants a workspace `{name}`, and the channel binds none")),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut annotations = annotations(marks);
    annotations.push(("weir/source".into(), source.pinned().to_string().into()));
    let text = |value: &str| Tree::Text(value.to_string());
    let mut body = vec![
        ("pipelineSpec".to_string(), embedded.clone()),
        (
            "params".to_string(),
            Tree::List(
                params.iter().map(|(name, value)| Tree::map([("name", text(name)), ("value", text(value))])).collect(),
            ),
        ),
        ("workspaces".to_string(), Tree::List(workspaces)),
        ("timeouts".to_string(), Tree::map([("pipeline", text(&place.timeout))])),
    ];
    if let Some(account) = &place.service_account {
        body.push(("taskRunTemplate".to_string(), Tree::map([("serviceAccountName", text(account))])));
    }
    let manifest = Tree::map([
        ("apiVersion", "tekton.dev/v1".into()),
        ("kind", "PipelineRun".into()),
        (
            "metadata",
            Tree::map([
                ("name", text(object)),
                ("namespace", text(place.namespace.as_str())),
                (
                    "labels",
                    Tree::map([
                        ("weir/pipeline", text(&place.name)),
                        ("weir/channel", text(channel.name.as_str())),
                        ("weir/name", text(new)),
                    ]),
                ),
                ("annotations", Tree::Map(annotations)),
            ]),
        ),
        ("spec", Tree::Map(body)),
    ]);
    Ok(Pinned { manifest, diff: difference(&yaml::text(spec), &yaml::text(&embedded)) })
}

fn annotations(marks: &Marks<'_>) -> Vec<(String, Tree)> {
    [("weir/operator", Some(marks.operator)), ("weir/host", Some(marks.host)), ("weir/reason", marks.reason)]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_string(), Tree::Text(value.filter(|v| !v.is_empty())?.to_string()))))
        .collect()
}

/// The ImageStreamTag of the last step: by digest, through its own resource, so that no other tag of the stream is touched.
pub fn image_stream_tag(channel: &Channel, new: &str, mirrored: &ImageRef, marks: &Marks<'_>) -> Option<Tree> {
    let stream = channel.imagestream.as_ref()?;
    let text = |value: &str| Tree::Text(value.to_string());
    Some(Tree::map([
        ("apiVersion", "image.openshift.io/v1".into()),
        ("kind", "ImageStreamTag".into()),
        (
            "metadata",
            Tree::map([
                ("name", text(&format!("{}:{new}", stream.name))),
                ("namespace", text(stream.namespace.as_str())),
            ]),
        ),
        (
            "tag",
            Tree::map([
                ("name", text(new)),
                // The server keeps the tag's own annotations, and only those.
                ("annotations", Tree::Map(annotations(marks))),
                ("from", Tree::map([("kind", "DockerImage".into()), ("name", text(&mirrored.to_string()))])),
                ("generation", Tree::Null),
                ("importPolicy", Tree::map([("importMode", "PreserveOriginal".into())])),
                ("referencePolicy", Tree::map([("type", "Source".into())])),
            ]),
        ),
    ]))
}

/// Writes a mark on what is made, where its server keeps it.
pub fn mark(manifest: &mut Tree, key: &str, value: &str) {
    let place = if manifest.text_at(&["kind"]) == Some("ImageStreamTag") { "tag" } else { "metadata" };
    manifest.set(&[place, "annotations", key], value.into());
}

/// Writes a plan's id on what it makes.
pub fn mark_plan(manifest: &mut Tree, id: &str) {
    mark(manifest, "weir/plan-id", id);
    if manifest.text_at(&["kind"]) == Some("PipelineRun") {
        manifest.set(&["metadata", "labels", "weir/plan-id"], id.into());
    }
}

fn difference(old: &str, new: &str) -> Vec<DiffLine> {
    TextDiff::from_lines(old, new)
        .iter_all_changes()
        .map(|change| {
            let text = change.value().trim_end_matches('\n').to_string();
            match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Delete => DiffLine::Out(text),
                ChangeTag::Insert => DiffLine::In(text),
            }
        })
        .collect()
}

/// A repository's setting as an image reference without tag.
pub fn repository(text: &str) -> Result<ImageRef, Failure> {
    text.parse().map_err(|why: String| {
        Failure::new(FailureKind::Usage, "cannot read the channel's repository", why, "mend the config")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_weir_would_make_the_same_name() {
        assert_eq!(
            name("4-scos-next", "4.22.0-okd-scos.ec.7", 1).as_deref(),
            Ok("okd-release-4-scos-next-4.22.0-okd-scos.ec.7")
        );
        assert_eq!(name("c", "4.22.0-okd-scos.7", 2).as_deref(), Ok("okd-release-c-4.22.0-okd-scos.7-2"));
        assert!(name(&"c".repeat(60), "x", 1).is_err());
        assert!(name("4_scos", "x", 1).is_err());
    }
}
