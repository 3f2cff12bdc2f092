//! How a run is steered: `testbed/…` annotations on it, and for the story what is not written on the object.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::effects::STEPS;
use crate::core::number;

#[derive(Debug, Clone, Default)]
pub(crate) struct Steer {
    wishes: BTreeMap<String, String>,
    pub(crate) pace: Pace,
}

/// How long a step takes that nobody says anything about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// 2 to 30 seconds, mostly short.
    #[default]
    Live,
    /// As long as such a step takes in real life.
    Real,
}

/// What a step does instead of going well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: i64,
    pub(crate) reason: String,
}

const PREFIX: &str = "testbed/";

impl Steer {
    pub(crate) fn of(annotations: &Value) -> Steer {
        let wishes = annotations
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?.to_owned(), value.as_str()?.to_owned())))
            .collect();
        Steer { wishes, pace: Pace::Live }
    }

    /// Adds wishes that stand on no object, as `name=value`.
    pub(crate) fn with(mut self, wishes: &[(&str, &str)]) -> Steer {
        self.wishes.extend(wishes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self
    }

    /// Adds what stands on the Task or Pipeline, where the run itself says nothing.
    pub(crate) fn beneath(mut self, annotations: &Value) -> Steer {
        for (name, value) in Steer::of(annotations).wishes {
            self.wishes.entry(name).or_insert(value);
        }
        self
    }

    /// `NAME.STEP`, else `NAME`.
    fn wish(&self, name: &str, step: &str) -> Option<&str> {
        self.wishes.get(&format!("{name}.{step}")).or_else(|| self.wishes.get(name)).map(String::as_str)
    }

    pub(crate) fn seconds(&self, task: &str, step: &str, seed: &str) -> SignedDuration {
        let wished = self.wish("step-seconds", step);
        let seconds = wished.and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            let dice = i64::try_from(number(&format!("{seed}/{task}/{step}")) % 1000).unwrap_or(0);
            match self.pace {
                Pace::Live if dice % 10 < 7 || STEPS.contains(&step) => 2 + dice % 5,
                Pace::Live => 6 + dice % 25,
                Pace::Real => {
                    let usual = usual(step);
                    usual * 3 / 4 + usual * dice / 2000
                }
            }
        });
        SignedDuration::from_secs(seconds.max(0))
    }

    pub(crate) fn failure(&self, task: &str, step: &str) -> Option<Failure> {
        self.names("fail-step", task, step).then(|| Failure {
            code: self.wish("fail-code", step).and_then(|code| code.parse().ok()).unwrap_or(1),
            reason: self.wish("fail-reason", step).unwrap_or("Error").to_owned(),
        })
    }

    pub(crate) fn image_error(&self, task: &str, step: &str) -> bool {
        self.names("image-error", task, step)
    }

    fn names(&self, fate: &str, task: &str, step: &str) -> bool {
        self.wishes.get(fate).is_some_and(|named| *named == step || *named == format!("{task}.{step}"))
    }

    /// The wished value of a result; arrays and objects are written as JSON.
    pub(crate) fn result(&self, name: &str, kind: &str) -> Option<Value> {
        let text = self.wishes.get(&format!("result.{name}"))?;
        if kind == "string" { Some(text.as_str().into()) } else { serde_json::from_str(text).ok() }
    }

    /// How many lines a step writes, when somebody says so.
    pub(crate) fn lines(&self, step: &str) -> Option<u64> {
        self.wish("log-lines", step)?.parse().ok()
    }

    pub(crate) fn log_seconds(&self, step: &str) -> Option<i64> {
        self.wish("log-seconds", step)?.parse().ok()
    }

    pub(crate) fn width(&self, step: &str) -> usize {
        self.wish("log-width", step).and_then(|width| width.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn style(&self, step: &str) -> Option<&str> {
        self.wish("log-style", step)
    }
}

/// Seconds a step of OKD's pipelines usually takes.
fn usual(step: &str) -> i64 {
    match step {
        "fetch-and-build-baseos" => 44 * 60,
        "build-and-test-qemu" => 9 * 60,
        "build-extensions-container" => 12 * 60,
        "buildextend" => 26 * 60,
        "upload-image" => 4 * 60,
        "prepare-repo" => 50,
        "mirror-release-to-quay" => 31 * 60,
        "prepare-release-binaries" => 7 * 60,
        "create-github-release" => 3 * 60,
        "builds" => 38 * 60,
        "build" | "deploy" => 5 * 60,
        "post" => 3,
        _ => 25,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steer() -> Steer {
        Steer::of(&json!({
            "testbed/step-seconds": "1",
            "testbed/step-seconds.build": "9",
            "testbed/fail-step": "image.build",
            "testbed/fail-code": "137",
            "testbed/fail-reason": "OOMKilled",
            "testbed/result.images": "[\"a\"]",
            "other": "x",
        }))
    }

    #[test]
    fn the_more_special_wish_wins() {
        let steer = steer();
        assert_eq!(steer.seconds("image", "build", "").as_secs(), 9);
        assert_eq!(steer.seconds("image", "push", "").as_secs(), 1);
    }

    #[test]
    fn a_failure_may_name_one_of_several_steps_of_that_name() {
        let steer = steer();
        assert_eq!(steer.failure("image", "build"), Some(Failure { code: 137, reason: "OOMKilled".into() }));
        assert_eq!(steer.failure("other", "build"), None);
    }

    #[test]
    fn what_stands_on_the_task_counts_where_the_run_says_nothing() {
        let task = json!({"testbed/step-seconds": "7", "testbed/result.name": "from the task"});
        let steer = steer().beneath(&task);
        assert_eq!(steer.seconds("image", "push", "").as_secs(), 1);
        assert_eq!(steer.result("name", "string"), Some(json!("from the task")));
    }

    #[test]
    fn an_array_result_is_read_as_json() {
        assert_eq!(steer().result("images", "array"), Some(json!(["a"])));
        assert_eq!(steer().result("more", "array"), None);
    }

    #[test]
    fn a_live_step_takes_two_to_thirty_seconds() {
        for at in 0..200 {
            let seconds = Steer::default().seconds("t", "s", &at.to_string()).as_secs();
            assert!((2..=30).contains(&seconds), "{seconds}");
        }
    }
}
