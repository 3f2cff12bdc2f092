//! What was seen of a promotion's run. It is kept when tasks are deleted, so that what has happened stays known.

use weir_domain::{Status, Tree};

#[derive(Default)]
pub struct Seen {
    pub status: Option<Status>,
    pub why: String,
    pub skipped: Vec<String>,
    pub gone: bool,
    /// Somebody, weir too, has asked it to end.
    pub stopping: bool,
    /// Tasks of the Pipeline that have ended well at some time.
    done: Vec<String>,
    /// All TaskRuns that were ever seen, by task and uid: a short one may end and be deleted between two looks.
    known: Vec<(String, String)>,
    /// Those whose TaskRun was deleted while the run went on: Tekton runs them again, or waits for them for ever.
    deleted: Vec<String>,
}

impl Seen {
    pub fn did(&self, task: &str) -> bool {
        self.done.iter().any(|done| done == task)
    }

    /// Whether it ended well, or was deleted before that could be seen.
    pub fn may_have(&self, task: &str) -> bool {
        self.did(task) || self.ran_again(task)
    }

    pub fn ran_again(&self, task: &str) -> bool {
        self.deleted.iter().any(|deleted| deleted == task)
    }

    /// What to add to a sentence about the run; empty when nothing was deleted.
    pub fn again(&self) -> String {
        if self.deleted.is_empty() {
            return String::new();
        }
        format!(
            "; finished tasks were deleted meanwhile, Tekton runs them again or waits for them for ever: {}",
            self.deleted.join(", ")
        )
    }

    /// Takes in all TaskRuns there are now.
    pub fn tasks(&mut self, list: &Tree) {
        let there: Vec<(&str, &str, bool)> = list
            .key("items")
            .map(Tree::items)
            .unwrap_or(&[])
            .iter()
            .filter_map(|task| {
                let conditions = task.at(&["status", "conditions"]).map(Tree::items).unwrap_or(&[]);
                let good = conditions
                    .iter()
                    .any(|c| c.text_at(&["type"]) == Some("Succeeded") && c.text_at(&["status"]) == Some("True"));
                let name = task.text_at(&["metadata", "labels", "tekton.dev/pipelineTask"])?;
                Some((name, task.text_at(&["metadata", "uid"])?, good))
            })
            .collect();
        let over = self.status.is_some_and(Status::finished);
        for (name, uid) in &self.known {
            let is_there = there.iter().any(|(_, other, _)| other == uid);
            // What is deleted behind the run's end was not run again.
            let ran_again = there.iter().any(|(task, _, _)| task == name);
            if !is_there && (!over || ran_again) && !self.deleted.contains(name) {
                self.deleted.push(name.clone());
            }
        }
        for (name, uid, _) in &there {
            if !self.known.iter().any(|(_, known)| known == uid) {
                self.known.push(((*name).to_string(), (*uid).to_string()));
            }
        }
        for (name, _, _) in there.iter().filter(|(_, _, good)| *good) {
            if !self.did(name) {
                self.done.push((*name).to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(tasks: &[(&str, &str, &str)]) -> Tree {
        let item = |(name, uid, status): &(&str, &str, &str)| {
            Tree::map([
                (
                    "metadata",
                    Tree::map([
                        ("uid", (*uid).into()),
                        ("labels", Tree::map([("tekton.dev/pipelineTask", (*name).into())])),
                    ]),
                ),
                (
                    "status",
                    Tree::map([(
                        "conditions",
                        Tree::List(vec![Tree::map([("type", "Succeeded".into()), ("status", (*status).into())])]),
                    )]),
                ),
            ])
        };
        Tree::map([("items", Tree::List(tasks.iter().map(item).collect()))])
    }

    #[test]
    fn a_finished_task_that_was_deleted_stays_done_and_is_told() {
        let mut seen = Seen::default();
        seen.tasks(&list(&[("verify-release", "1", "True"), ("mirror", "2", "Unknown")]));
        assert!(seen.did("verify-release") && !seen.did("mirror") && seen.again().is_empty());
        seen.tasks(&list(&[("mirror", "2", "True")]));
        assert!(seen.did("verify-release") && seen.ran_again("verify-release") && !seen.ran_again("mirror"));
        seen.tasks(&list(&[("verify-release", "3", "True"), ("mirror", "4", "True")]));
        assert!(seen.ran_again("mirror"), "another TaskRun of the same task");
        assert!(seen.again().ends_with("verify-release, mirror"), "{}", seen.again());
    }

    #[test]
    fn a_task_that_ended_and_was_deleted_between_two_looks_may_have_done_its_work() {
        let mut seen = Seen::default();
        seen.tasks(&list(&[("mirror", "1", "Unknown")]));
        seen.tasks(&list(&[("prepare-binaries", "2", "Unknown")]));
        assert!(!seen.did("mirror") && seen.may_have("mirror") && seen.again().ends_with(": mirror"));
        let mut seen = Seen::default();
        seen.tasks(&list(&[("mirror", "1", "True")]));
        seen.status = Some(Status::Ok);
        seen.tasks(&list(&[]));
        assert!(seen.again().is_empty(), "what goes after the run's end is no harm");
    }
}
