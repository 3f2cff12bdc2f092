//! Two objects compared as the YAML an operator reads, and what may come back from an editor. Secrets stay hidden;
//! where only a hidden value differs, that is said instead of shown.

use similar::{ChangeTag, TextDiff};
use weir_domain::form::NewRun;
use weir_domain::secret;
use weir_domain::{Tree, yaml};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Same,
    Gone,
    New,
    /// Lines left out, or something said about the rest.
    Note,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) side: Side,
    pub(super) text: String,
}

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// Empty when the two are the same.
pub(super) fn changes(old: &Tree, new: &Tree) -> Vec<Line> {
    // With a line break at the end, or the last line would differ as soon as one follows.
    let (before, after) = (yaml::text(old) + "\n", yaml::text(new) + "\n");
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(Line { side: Side::Note, text: "…".into() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let side = match change.tag() {
                ChangeTag::Equal => Side::Same,
                ChangeTag::Delete => Side::Gone,
                ChangeTag::Insert => Side::New,
            };
            lines.push(Line { side, text: change.value().trim_end_matches('\n').to_string() });
        }
    }
    let mut hidden = Vec::new();
    unseen(old, new, "", &mut hidden);
    for place in hidden {
        lines.push(Line { side: Side::Note, text: format!("the hidden value of `{place}` differs") });
    }
    lines
}

/// Places whose texts differ although both are shown alike.
fn unseen(old: &Tree, new: &Tree, place: &str, found: &mut Vec<String>) {
    match (old, new) {
        (Tree::Text(a), Tree::Text(b)) if a != b && secret::shown(place, a) == secret::shown(place, b) => {
            found.push(place.to_string());
        }
        (Tree::Map(entries), Tree::Map(_)) => {
            let named = new.text_at(&["name"]).unwrap_or(place);
            for (key, value) in entries {
                if let Some(other) = new.key(key) {
                    unseen(value, other, if key == "value" { named } else { key }, found);
                }
            }
        }
        (Tree::List(a), Tree::List(b)) => {
            for (index, value) in a.iter().enumerate() {
                let other = match value.text_at(&["name"]) {
                    Some(name) => b.iter().find(|item| item.text_at(&["name"]) == Some(name)),
                    None => b.get(index),
                };
                if let Some(other) = other {
                    unseen(value, other, place, found);
                }
            }
        }
        _ => {}
    }
}

/// What came back from the editor as a new run: hidden values are put back, and what makes it another thing is refused.
pub(super) fn accepted(current: &NewRun, mut edited: Tree) -> Result<NewRun, String> {
    edited.restore(&current.manifest)?;
    let fixed: [(&str, &[&str]); 4] = [
        ("kind", &["kind"]),
        ("apiVersion", &["apiVersion"]),
        ("namespace", &["metadata", "namespace"]),
        ("Pipeline", &["spec", "pipelineRef"]),
    ];
    for (word, path) in fixed {
        if edited.at(path) != current.manifest.at(path) {
            return Err(format!("the {word} cannot be changed here; nothing of the edit was taken"));
        }
    }
    if edited.at(&["spec"]).is_none() {
        return Err("the object has no spec; nothing of the edit was taken".into());
    }
    edited.remove(&["status"]);
    let mut new = NewRun { manifest: edited, ..current.clone() };
    // An embedded pipeline may have gained a task that publishes.
    let id =
        weir_domain::RunId::new(new.pipeline.cluster.as_str(), new.pipeline.namespace.as_str(), &new.pipeline.name);
    new.publishes = NewRun::again(&id, &new.manifest, current.publishes)?.publishes;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::{ParamValue, PipelineId};

    fn run(values: &[(&str, &str)]) -> NewRun {
        let mut new = NewRun {
            pipeline: PipelineId::new("moc", "okd-coreos", "okd-coreos"),
            manifest: Tree::map([
                ("apiVersion", "tekton.dev/v1".into()),
                ("kind", "PipelineRun".into()),
                ("metadata", Tree::map([("namespace", "okd-coreos".into())])),
                ("spec", Tree::map([("pipelineRef", Tree::map([("name", "okd-coreos".into())]))])),
            ]),
            rerun_of: None,
            publishes: false,
        };
        for (name, value) in values {
            new.set_param(name, Some(&ParamValue::Text((*value).into())));
        }
        new
    }

    #[test]
    fn a_change_shows_both_sides_and_the_same_shows_nothing() {
        let (old, new) = (run(&[("version", "4.19")]), run(&[("version", "5.0")]));
        assert!(changes(&old.manifest, &old.manifest).is_empty());
        let lines = changes(&old.manifest, &new.manifest);
        let of = |side| lines.iter().filter(|l| l.side == side).map(|l| l.text.trim()).collect::<Vec<_>>();
        assert_eq!(of(Side::Gone), ["value: \"4.19\""]);
        assert_eq!(of(Side::New), ["value: \"5.0\""]);
    }

    #[test]
    fn a_secret_that_differs_is_told_and_not_shown() {
        let (old, new) = (run(&[("api-token", "one")]), run(&[("api-token", "two")]));
        let lines = changes(&old.manifest, &new.manifest);
        assert_eq!(lines, [Line { side: Side::Note, text: "the hidden value of `api-token` differs".into() }]);
    }

    #[test]
    fn an_edit_puts_hidden_values_back_and_may_not_become_another_thing() {
        let current = run(&[("api-token", "one"), ("version", "4.19")]);
        let mut edited = run(&[("api-token", secret::HIDDEN), ("version", "5.0")]).manifest;
        let new = accepted(&current, edited.clone()).expect("an edit of a value is taken");
        assert_eq!(new.params()[0].1, ParamValue::Text("one".into()));
        assert_eq!(new.params()[1].1, ParamValue::Text("5.0".into()));
        for (path, value) in [
            (&["kind"][..], "TaskRun"),
            (&["apiVersion"], "v1"),
            (&["metadata", "namespace"], "okd-team"),
            (&["spec", "pipelineRef", "name"], "okd-release-pipeline"),
        ] {
            let mut other = edited.clone();
            other.set(path, value.into());
            assert!(accepted(&current, other).expect_err("refused").contains("cannot be changed"));
        }
        edited.set(
            &["spec", "pipelineSpec", "tasks"],
            Tree::List(vec![Tree::map([("taskRef", Tree::map([("name", "mirror-release".into())]))])]),
        );
        assert!(accepted(&current, edited).expect("taken").publishes);
    }
}
