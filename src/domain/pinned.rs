//! The pinned run: the live Pipeline with the choosing taken out, and the check that nothing in it is unknown.
//!
//! Source of what is known: okd-project/okd-release-pipeline, `base/tekton.dev`. Tekton admits parameters that nobody declared,
//! so a Pipeline or Task that is not exactly the known one is an obstacle, and no reason waives that.

use crate::tree::Tree;
use std::collections::BTreeMap;

/// The tasks that choose, and what they would answer.
const CHOOSERS: [&str; 2] = ["pick-release", "pick-target-release-name"];

const NEW_NAME: &str = "$(tasks.pick-target-release-name.results.target-release-name)";
const MIRRORED: &str = "$(tasks.mirror.results.mirrored-pullspec)";

/// A parameter a task is given, and the values it may have; none: any, because nothing is published by it.
type Given = (&'static str, &'static [&'static str]);

/// A task of the Pipeline: its name, its Task, what it is given and what it waits for.
struct Known {
    name: &'static str,
    task: &'static str,
    given: &'static [Given],
    after: &'static [&'static str],
}

const TASKS: [Known; 10] = [
    Known {
        name: "pick-release",
        task: "pick-release",
        given: &[("release-controller", &[]), ("release-stream", &[])],
        after: &[],
    },
    Known {
        name: "pick-target-release-name",
        task: "pick-target-release-name",
        given: &[
            ("release-imagestream", &[]),
            ("ci-cluster-secret-name", &[]),
            ("target-release-stream", &[]),
            ("picked-release-name", &[]),
        ],
        after: &["pick-release"],
    },
    Known {
        name: "verify-release",
        task: "gpg-verify-release",
        given: &[("release-digest", &["$(tasks.pick-release.results.release-digest)"])],
        after: &["pick-release"],
    },
    Known {
        name: "mirror",
        task: "mirror-release",
        given: &[
            ("release-name", &[NEW_NAME]),
            ("release-pullspec", &["$(tasks.pick-release.results.release-pullspec)"]),
            ("image-push-secret-name", &[]),
            ("release-mirror-pushspec", &["$(params.release-mirror-pushspec)"]),
            ("content-mirror-pushspec", &["$(params.content-mirror-pushspec)"]),
            // Which stream `previous` is made of; newer Pipelines take the target's.
            ("release-stream", &["$(params.release-stream)", "$(params.target-release-stream)"]),
        ],
        after: &["verify-release"],
    },
    Known {
        name: "prepare-binaries",
        task: "prepare-release-binaries",
        given: &[
            ("release-name", &[NEW_NAME]),
            ("release-pullspec", &[MIRRORED]),
            ("gpg-signing-key", &[]),
            ("gpg-key-id", &[]),
        ],
        after: &["mirror"],
    },
    Known {
        name: "prepare-release-notes",
        task: "prepare-release-notes",
        given: &[("release-name", &[NEW_NAME]), ("mirrored-release-pullspec", &[MIRRORED])],
        after: &["mirror"],
    },
    Known {
        name: "get-github-access-token",
        task: "get-github-access-token",
        given: &[("github-app-id", &[]), ("github-app-installation-id", &[]), ("githubapp-secret-name", &[])],
        after: &["mirror", "prepare-binaries", "prepare-release-notes"],
    },
    Known {
        name: "create-github-release",
        task: "create-github-release",
        given: &[
            ("token", &["$(tasks.get-github-access-token.results.githubapp-token)"]),
            ("release-name", &[NEW_NAME]),
            ("github-org-repo", &["$(params.github-org-repo)"]),
            ("is-latest", &["$(params.is-release-latest)"]),
        ],
        after: &["get-github-access-token"],
    },
    Known {
        name: "update-release-channel",
        task: "update-release-channel",
        given: &[
            ("release-name", &[NEW_NAME]),
            ("mirrored-release-pullspec", &[MIRRORED]),
            ("release-imagestream", &["$(params.release-imagestream)"]),
            ("ci-cluster-secret-name", &[]),
        ],
        after: &["create-github-release"],
    },
    Known {
        name: "notify-matrix",
        task: "notify-matrix",
        given: &[("matrix-secret", &[]), ("endpoint", &[]), ("room", &[]), ("message", &[])],
        after: &[],
    },
];

/// Task, parameters it declares, results. The choosers are not needed: their Tasks are not run.
const DEFINITIONS: [(&str, &[&str], &[&str]); 8] = [
    ("gpg-verify-release", &["release-digest", "gpg-public-key-url"], &[]),
    (
        "mirror-release",
        &[
            "release-name",
            "release-pullspec",
            "release-stream",
            "image-push-secret-name",
            "gpg-public-key-url",
            "content-mirror-pushspec",
            "release-mirror-pushspec",
        ],
        &["mirrored-pullspec"],
    ),
    ("prepare-release-binaries", &["release-name", "release-pullspec", "gpg-key-id", "gpg-signing-key"], &[]),
    ("prepare-release-notes", &["release-name", "mirrored-release-pullspec"], &[]),
    (
        "get-github-access-token",
        &["github-app-id", "github-app-installation-id", "githubapp-secret-name"],
        &["githubapp-token"],
    ),
    ("create-github-release", &["token", "release-name", "github-org-repo", "is-latest"], &[]),
    (
        "update-release-channel",
        &[
            "release-name",
            "mirrored-release-pullspec",
            "oc-project",
            "ci-cluster",
            "ci-cluster-secret-name",
            "release-imagestream",
        ],
        &[],
    ),
    ("notify-matrix", &["matrix-secret", "room", "endpoint", "message"], &[]),
];

/// The Tasks a pinned run uses; all of them are read before it is sent.
pub fn task_names() -> impl Iterator<Item = &'static str> {
    DEFINITIONS.iter().map(|(name, _, _)| *name)
}

/// What takes the place of the choosers' results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The source release's name.
    pub release: String,
    /// Its pull spec by digest.
    pub pull_spec: String,
    /// Its list's digest.
    pub digest: String,
    /// The new name.
    pub name: String,
}

/// The embedded spec, or each thing that is not as known. `spec` is the live Pipeline's, in tekton.dev/v1.
pub fn pin(spec: &Tree, chosen: &Chosen) -> Result<Tree, Vec<String>> {
    let mut wrong = strangers(spec);
    let mut pinned = spec.clone();
    for part in ["tasks", "finally"] {
        let Some(tasks) = spec.key(part) else { continue };
        let mut kept: Vec<Tree> = tasks
            .items()
            .iter()
            .filter(|t| t.text_at(&["name"]).is_none_or(|name| !CHOOSERS.contains(&name)))
            .cloned()
            .collect();
        for task in &mut kept {
            let after = task.key("runAfter").map(Tree::items).unwrap_or(&[]);
            let rest: Vec<Tree> =
                after.iter().filter(|t| t.text().is_none_or(|name| !CHOOSERS.contains(&name))).cloned().collect();
            if rest.len() != after.len() {
                if rest.is_empty() {
                    task.remove(&["runAfter"]);
                } else {
                    task.set(&["runAfter"], Tree::List(rest));
                }
            }
            replace(task, chosen);
        }
        pinned.set(&[part], Tree::List(kept));
    }
    replace_results(&mut pinned, chosen);
    if let Some(left) = mention(&pinned) {
        wrong.push(format!("something chosen in a pod is left: `{left}`"));
    }
    if wrong.is_empty() { Ok(pinned) } else { Err(wrong) }
}

/// Everything about a Pipeline's spec that weir does not know.
fn strangers(spec: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for part in ["tasks", "finally"] {
        for task in spec.key(part).map(Tree::items).unwrap_or(&[]) {
            let name = task.text_at(&["name"]).unwrap_or_default();
            let Some(known) = TASKS.iter().find(|known| known.name == name) else {
                wrong.push(format!("the Pipeline has a task that weir does not know: `{name}`"));
                continue;
            };
            seen.push(name.to_string());
            if (name == "notify-matrix") != (part == "finally") {
                wrong.push(format!("`{name}` stands among the {part}"));
            }
            let kind = task.text_at(&["taskRef", "kind"]).unwrap_or("Task");
            let task_ref = task.text_at(&["taskRef", "name"]).unwrap_or("(none)");
            if task_ref != known.task
                || kind != "Task"
                || task.at(&["taskRef", "resolver"]).is_some()
                || task.key("taskSpec").is_some()
            {
                wrong.push(format!("`{name}` uses {kind} `{task_ref}`, not Task `{}`", known.task));
            }
            let given = names(task.key("params"));
            let mut wanted: Vec<&str> = known.given.iter().map(|(name, _)| *name).collect();
            wanted.sort_unstable();
            if given != wanted {
                wrong.push(format!("`{name}` is given {}, not {}", given.join(", "), wanted.join(", ")));
            }
            for param in task.key("params").map(Tree::items).unwrap_or(&[]) {
                let key = param.text_at(&["name"]).unwrap_or_default();
                let allowed = known.given.iter().find(|(known, _)| *known == key).map_or(&[][..], |(_, values)| values);
                let value = param.text_at(&["value"]).unwrap_or("(no text)");
                if !allowed.is_empty() && !allowed.contains(&value) {
                    wrong.push(format!("`{name}` is given the {key} `{value}`, not `{}`", allowed.join("` or `")));
                }
            }
            let mut after: Vec<&str> =
                task.key("runAfter").map(Tree::items).unwrap_or(&[]).iter().filter_map(Tree::text).collect();
            after.sort_unstable();
            if after != known.after {
                let words = |list: &[&str]| if list.is_empty() { "nothing".to_string() } else { list.join(", ") };
                wrong.push(format!("`{name}` waits for {}, not for {}", words(&after), words(known.after)));
            }
            let members = ["name", "displayName", "description", "taskRef", "params", "runAfter", "workspaces", "when"];
            for (key, value) in task.entries() {
                if !members.contains(&key.as_str()) && *value != Tree::Null {
                    wrong.push(format!("`{name}` has `{key}`, which weir does not know there"));
                }
            }
            if task.key("when").is_some() && name != "notify-matrix" {
                wrong.push(format!("`{name}` runs only under a condition, which weir does not know there"));
            }
        }
    }
    for known in TASKS.iter().filter(|known| !seen.iter().any(|s| s == known.name)) {
        wrong.push(format!("the Pipeline lacks the task `{}`", known.name));
    }
    for name in seen.iter().enumerate().filter(|(at, name)| seen[..*at].contains(name)).map(|(_, name)| name) {
        wrong.push(format!("the Pipeline has the task `{name}` twice"));
    }
    let known = ["params", "tasks", "finally", "workspaces", "description", "displayName"];
    for (key, _) in spec.entries().iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        wrong.push(format!("the Pipeline has `{key}`, which weir does not know"));
    }
    wrong
}

/// What is not as known about a Task; `object` is the live one.
pub fn task_strangers(name: &str, object: &Tree) -> Vec<String> {
    let Some((_, params, results)) = DEFINITIONS.iter().find(|(known, _, _)| *known == name) else {
        return vec![format!("weir does not know the Task `{name}`")];
    };
    let mut wrong = Vec::new();
    for (what, key, known) in [("parameters", "params", params), ("results", "results", results)] {
        let there = names(object.at(&["spec", key]));
        let mut known: Vec<&str> = known.to_vec();
        known.sort_unstable();
        if there != known {
            let words = |list: &[&str]| if list.is_empty() { "none".to_string() } else { list.join(", ") };
            wrong.push(format!("the Task `{name}` has the {what} {}, not {}", words(&there), words(&known)));
        }
    }
    wrong
}

fn names(list: Option<&Tree>) -> Vec<&str> {
    let mut names: Vec<&str> =
        list.map(Tree::items).unwrap_or(&[]).iter().filter_map(|item| item.text_at(&["name"])).collect();
    names.sort_unstable();
    names
}

fn replace_results(spec: &mut Tree, chosen: &Chosen) {
    if let Tree::Map(entries) = spec {
        for (key, value) in entries {
            if key != "tasks" && key != "finally" && key != "params" {
                replace(value, chosen);
            }
        }
    }
}

/// Puts the chosen values where a chooser's result is referred to.
fn replace(tree: &mut Tree, chosen: &Chosen) {
    match tree {
        Tree::Text(text) if text.contains("$(tasks.pick-") => {
            for (reference, value) in [
                ("$(tasks.pick-release.results.release-name)", &chosen.release),
                ("$(tasks.pick-release.results.release-pullspec)", &chosen.pull_spec),
                ("$(tasks.pick-release.results.release-digest)", &chosen.digest),
                ("$(tasks.pick-target-release-name.results.target-release-name)", &chosen.name),
            ] {
                *text = text.replace(reference, value);
            }
        }
        Tree::List(items) => items.iter_mut().for_each(|item| replace(item, chosen)),
        Tree::Map(entries) => entries.iter_mut().for_each(|(_, value)| replace(value, chosen)),
        _ => {}
    }
}

/// The first text that still refers to a chooser.
fn mention(tree: &Tree) -> Option<String> {
    match tree {
        Tree::Text(text) => CHOOSERS.iter().any(|name| text.contains(&format!("tasks.{name}."))).then(|| text.clone()),
        Tree::List(items) => items.iter().find_map(mention),
        Tree::Map(entries) => entries.iter().find_map(|(_, value)| mention(value)),
        _ => None,
    }
}

/// The value of every parameter the Pipeline declares, in its order; or each one that would be left to a default, and each
/// that nobody declared.
pub fn parameters(spec: &Tree, given: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, Vec<String>> {
    let declared = spec.key("params").map(Tree::items).unwrap_or(&[]);
    let mut wrong = Vec::new();
    let mut values = Vec::new();
    for param in declared {
        let name = param.text_at(&["name"]).unwrap_or_default();
        match given.get(name) {
            Some(value) => values.push((name.to_string(), value.clone())),
            None => wrong
                .push(format!("the parameter `{name}` would be left to the Pipeline's default; set it in the channel")),
        }
    }
    for name in given.keys().filter(|name| !declared.iter().any(|p| p.text_at(&["name"]) == Some(name))) {
        wrong.push(format!("the Pipeline declares no parameter `{name}`"));
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

/// The stream whose accepted releases `mirror` takes for `previous`, as the Pipeline hands it on.
pub fn previous_stream(spec: &Tree, values: &[(String, String)]) -> Option<String> {
    let mirror = spec.key("tasks")?.items().iter().find(|t| t.text_at(&["name"]) == Some("mirror"))?;
    let param = mirror.key("params")?.items().iter().find(|p| p.text_at(&["name"]) == Some("release-stream"))?;
    let mut text = param.text_at(&["value"])?.to_string();
    for (name, value) in values {
        text = text.replace(&format!("$(params.{name})"), value);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(known: &Known) -> Tree {
        let given = |(name, values): &Given| {
            let value = values.first().map_or_else(|| format!("$(params.{name})"), |value| value.to_string());
            Tree::map([("name", (*name).into()), ("value", value.into())])
        };
        Tree::map([
            ("name", known.name.into()),
            ("taskRef", Tree::map([("name", known.task.into()), ("kind", "Task".into())])),
            ("params", Tree::List(known.given.iter().map(given).collect())),
            ("runAfter", Tree::List(known.after.iter().map(|name| (*name).into()).collect())),
        ])
    }

    fn spec() -> Tree {
        let all = |finally: bool| {
            let part = TASKS.iter().filter(|known| (known.name == "notify-matrix") == finally);
            Tree::List(part.map(task).collect())
        };
        Tree::map([
            ("params", Tree::List(vec![Tree::map([("name", "release-stream".into())])])),
            ("tasks", all(false)),
            ("finally", all(true)),
        ])
    }

    fn chosen() -> Chosen {
        Chosen {
            release: "nightly".into(),
            pull_spec: "r/x@sha256:1".into(),
            digest: "sha256:1".into(),
            name: "ec.7".into(),
        }
    }

    #[test]
    fn nothing_is_chosen_in_a_pod_any_more() {
        let pinned = pin(&spec(), &chosen()).expect("the known Pipeline");
        let tasks = pinned.key("tasks").expect("tasks").items();
        assert_eq!(tasks.len(), 7);
        let text = crate::yaml::text(&pinned);
        assert!(!text.contains("pick-"), "{text}");
        assert!(text.contains("r/x@sha256:1") && text.contains("ec.7") && text.contains("value: sha256:1"));
        assert_eq!(tasks[0].key("runAfter"), None);
        assert_eq!(tasks[1].key("runAfter").map(Tree::items), Some(&["verify-release".into()][..]));
    }

    #[test]
    fn a_task_a_parameter_or_a_key_that_nobody_knows_is_an_obstacle() {
        let change = |change: &dyn Fn(&mut Vec<Tree>)| {
            let mut other = spec();
            let mut tasks = other.key("tasks").expect("tasks").items().to_vec();
            change(&mut tasks);
            other.set(&["tasks"], Tree::List(tasks));
            pin(&other, &chosen()).expect_err("an obstacle").join("; ")
        };
        assert!(change(&|tasks| tasks.push(Tree::map([("name", "extra".into())]))).contains("`extra`"));
        assert!(change(&|tasks| tasks[3].remove(&["params"])).contains("`mirror` is given"));
        assert!(
            change(&|tasks| tasks[3].set(&["taskRef", "name"], "other".into())).contains("not Task `mirror-release`")
        );
        assert!(change(&|tasks| tasks[3].set(&["retries"], Tree::Int(2))).contains("`retries`"));
        assert!(
            change(&|tasks| {
                tasks.remove(6);
            })
            .contains("lacks the task")
        );
        let mut odd = spec();
        odd.set(&["results"], Tree::List(Vec::new()));
        assert!(pin(&odd, &chosen()).is_err());
    }

    #[test]
    fn a_value_or_an_order_that_would_publish_something_else_is_an_obstacle() {
        for (at, key, value) in [
            (3, "release-pullspec", "quay.io/evil/release@sha256:0"),
            (3, "release-mirror-pushspec", "quay.io/evil/release"),
            (7, "release-name", "$(tasks.prepare-release-notes.results.name)"),
            (7, "github-org-repo", "evil/okd"),
            (8, "release-imagestream", "release-scos"),
        ] {
            let mut other = spec();
            let mut tasks = other.key("tasks").expect("tasks").items().to_vec();
            let mut params = tasks[at].key("params").expect("params").items().to_vec();
            let param = params.iter_mut().find(|p| p.text_at(&["name"]) == Some(key)).expect("the parameter");
            param.set(&["value"], value.into());
            tasks[at].set(&["params"], Tree::List(params));
            other.set(&["tasks"], Tree::List(tasks));
            let why = pin(&other, &chosen()).expect_err("an obstacle").join("; ");
            assert!(why.contains(key) && why.contains(value), "{why}");
        }
        let mut other = spec();
        let mut tasks = other.key("tasks").expect("tasks").items().to_vec();
        tasks[3].remove(&["runAfter"]);
        other.set(&["tasks"], Tree::List(tasks));
        assert!(pin(&other, &chosen()).is_err_and(|why| why[0].contains("waits for nothing")));
    }

    #[test]
    fn a_parameter_left_to_a_default_is_an_obstacle_and_so_is_one_nobody_declared() {
        let given = BTreeMap::from([("release-stream".to_string(), "s".to_string())]);
        assert_eq!(parameters(&spec(), &given), Ok(vec![("release-stream".into(), "s".into())]));
        assert!(parameters(&spec(), &BTreeMap::new()).is_err());
        let more =
            BTreeMap::from([("release-stream".to_string(), "s".to_string()), ("x".to_string(), "y".to_string())]);
        assert!(parameters(&spec(), &more).is_err_and(|why| why[0].contains("`x`")));
    }

    #[test]
    fn a_task_with_another_result_is_not_the_known_one() {
        let object = |results: &[&str]| {
            let list = |names: &[&str]| Tree::List(names.iter().map(|n| Tree::map([("name", (*n).into())])).collect());
            let (_, params, _) = DEFINITIONS[1];
            Tree::map([("spec", Tree::map([("params", list(params)), ("results", list(results))]))])
        };
        assert!(task_strangers("mirror-release", &object(&["mirrored-pullspec"])).is_empty());
        assert_eq!(task_strangers("mirror-release", &object(&["mirrored-pullspec", "more"])).len(), 1);
    }
}
