//! What one way of cancelling would do to this run, as labelled sentences. Every way answers the same questions,
//! so that the three can be compared line by line.

use weir_domain::Detail;
use weir_domain::cancel::{Consequences, Grace};
use weir_domain::text::clean_line;

/// How strongly a line must be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    /// Something is lost or stays public.
    Heavy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) label: &'static str,
    pub(super) text: String,
    pub(super) weight: Weight,
}

/// One short line beside the way's name.
pub(super) fn summary(consequences: &Consequences, how: Grace) -> String {
    let going = if how.cuts() { &consequences.cut } else { &consequences.ends };
    let now = match (going.as_slice(), how.cuts()) {
        ([], _) => "nothing runs now".to_string(),
        ([one], false) => format!("{} ends", clean_line(one)),
        ([one], true) => format!("{} is cut", clean_line(one)),
        (many, false) => format!("{} tasks end", many.len()),
        (many, true) => format!("{} tasks are cut", many.len()),
    };
    // The names of the other ways say it themselves.
    let then = if !how.cuts() && !consequences.finally.is_empty() { ", then finally" } else { "" };
    let logs = if consequences.pods.is_empty() { "" } else { ", its log goes" };
    let logs = if consequences.pods.len() > 1 { ", their logs go" } else { logs };
    format!("{now}{logs}{then}")
}

/// What the finished publishing tasks have made public, in words.
pub(super) fn public(detail: &Detail, consequences: &Consequences) -> Vec<String> {
    let made = |name: &String| {
        let task = detail.graph.iter().find(|task| *task.name == **name)?.task.as_deref()?;
        Some(match task {
            "mirror-release" => format!("the image ({name} is done)"),
            "create-github-release" => format!("the GitHub release ({name} is done)"),
            "update-release-channel" => format!("the channel's tag ({name} is done)"),
            other => format!("what {other} makes ({name} is done)"),
        })
    };
    consequences.public.iter().filter_map(made).collect()
}

/// All of it, in a fixed order. `torn` are publishing tasks among those that are cut; `public` is what strangers can get.
pub(super) fn effects(consequences: &Consequences, how: Grace, torn: &[String], public: &[String]) -> Vec<Effect> {
    let line = |label, text: String, weight| Effect { label, text, weight };
    let plain = |label, text: String| line(label, text, Weight::Plain);
    let mut lines = Vec::new();
    if how.cuts() {
        lines.push(plain("cut now", list(&consequences.cut, "nothing: no task runs")));
    } else {
        lines.push(plain("runs on", list(&consequences.ends, "nothing: no task runs")));
    }
    lines.push(plain("not started", list(&consequences.unstarted, "every task has begun")));
    lines.push(match (how, consequences.finally.is_empty()) {
        (Grace::Cancelled, _) => plain("finally", "does not run".into()),
        (_, true) => plain("finally", "nothing left to run".into()),
        (_, false) => plain("finally", format!("{} will run", list(&consequences.finally, ""))),
    });
    lines.push(match consequences.pods.as_slice() {
        [] => plain("pods", "none goes away; all logs stay".into()),
        [pod] => line("pods", format!("{} goes away with its log", clean_line(pod)), Weight::Heavy),
        pods => line("pods", format!("{} go away with their logs", list(pods, "")), Weight::Heavy),
    });
    if !torn.is_empty() {
        let text = format!("{} is cut midway: what it has pushed stays public", list(torn, ""));
        lines.push(line("publishes", text, Weight::Heavy));
    }
    if !public.is_empty() {
        lines.push(line("public", format!("already, and it stays so: {}", list(public, "")), Weight::Heavy));
    }
    if !consequences.still_publishing.is_empty() {
        let text =
            format!("{} is publishing and will finish: that stays public", list(&consequences.still_publishing, ""));
        lines.push(line("publishes", text, Weight::Heavy));
    }
    lines
}

/// The names; how many before them where the end may be cut.
fn list(names: &[String], none: &str) -> String {
    let joined = || names.iter().map(|n| clean_line(n).into_owned()).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => none.to_string(),
        1..=3 => joined(),
        many => format!("{many}: {}", joined()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(cut: &[&str], ends: &[&str], pods: &[&str]) -> Consequences {
        let owned = |names: &[&str]| names.iter().map(|n| n.to_string()).collect();
        Consequences {
            cut: owned(cut),
            ends: owned(ends),
            unstarted: owned(&["update-release-channel"]),
            finally: owned(&["notify-matrix"]),
            pods: owned(pods),
            public: Vec::new(),
            still_publishing: owned(ends),
        }
    }

    #[test]
    fn letting_it_end_loses_no_log_and_says_what_stays_public() {
        let consequences = some(&[], &["mirror"], &[]);
        let how = Grace::StoppedRunFinally;
        assert_eq!(summary(&consequences, how), "mirror ends, then finally");
        let lines = effects(&consequences, how, &[], &[]);
        assert!(lines.iter().any(|l| l.label == "pods" && l.text == "none goes away; all logs stay"));
        assert!(lines.iter().any(|l| l.label == "publishes" && l.weight == Weight::Heavy));
    }

    #[test]
    fn cutting_names_the_pods_that_go() {
        let consequences = some(&["a", "b"], &[], &["a-pod", "b-pod"]);
        assert_eq!(summary(&consequences, Grace::CancelledRunFinally), "2 tasks are cut, their logs go");
        let lines = effects(&consequences, Grace::CancelledRunFinally, &["a".to_string()], &["the image".to_string()]);
        assert!(lines.iter().any(|l| l.label == "publishes" && l.text.starts_with("a is cut midway")));
        assert!(
            lines.iter().any(|l| l.label == "public" && l.text.ends_with("the image") && l.weight == Weight::Heavy)
        );
        assert!(lines.iter().any(|l| l.text == "a-pod, b-pod go away with their logs" && l.weight == Weight::Heavy));
    }
}
