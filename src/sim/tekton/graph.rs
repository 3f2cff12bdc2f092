//! Which pipeline task waits for which: `runAfter`, and every result of another task that is mentioned.

use serde_json::Value;

use super::substitute::{mentioned, result_of};

/// Why one task waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// Only the order matters (`runAfter`).
    Order,
    /// A result of the other is used.
    Result,
}

/// The tasks each task waits for, by index. `Err` is the webhook's sentence about what is wrong.
pub(crate) fn ties(tasks: &[Value]) -> Result<Vec<Vec<(usize, Tie)>>, String> {
    let name = |at: usize| tasks[at]["name"].as_str().unwrap_or_default();
    let find = |wanted: &str| (0..tasks.len()).find(|at| name(*at) == wanted);
    let mut all = Vec::with_capacity(tasks.len());
    for (at, task) in tasks.iter().enumerate() {
        let mut ties = Vec::new();
        let mut names = Vec::new();
        for part in ["params", "when"] {
            mentioned(&task[part], &mut names);
        }
        let results = names.iter().filter_map(|name| result_of(name)).map(|(task, _)| (task, Tie::Result));
        let after = task["runAfter"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (other, tie) in results.chain(after.map(|name| (name, Tie::Order))) {
            let me = name(at);
            let parent = find(other).ok_or_else(|| {
                format!(
                    "invalid value: couldn't add link between {me} and {other}: task {me} depends on {other} but {other} wasn't present in Pipeline: spec.pipelineSpec.tasks"
                )
            })?;
            if !ties.iter().any(|(known, _)| *known == parent) {
                ties.push((parent, tie));
            }
        }
        all.push(ties);
    }
    if let Some((at, parent)) = cycle(&all) {
        return Err(format!(
            "invalid value: cycle detected; task \"{}\" depends on \"{}\": spec.pipelineSpec.tasks",
            name(at),
            name(parent)
        ));
    }
    Ok(all)
}

/// A task of a cycle and one it waits for.
fn cycle(ties: &[Vec<(usize, Tie)>]) -> Option<(usize, usize)> {
    let mut done = vec![false; ties.len()];
    loop {
        let free = (0..ties.len()).find(|at| !done[*at] && ties[*at].iter().all(|(parent, _)| done[*parent]));
        match free {
            Some(at) => done[at] = true,
            None => {
                let at = done.iter().position(|done| !done)?;
                let parent = ties[at].iter().find(|(parent, _)| !done[*parent])?.0;
                return Some((at, parent));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_comes_from_run_after_and_from_results() {
        let tasks = [
            json!({"name": "a"}),
            json!({"name": "b", "params": [{"name": "p", "value": "$(tasks.a.results.r)"}]}),
            json!({"name": "c", "runAfter": ["a", "b"]}),
        ];
        let ties = ties(&tasks).unwrap();
        assert_eq!(ties, [vec![], vec![(0, Tie::Result)], vec![(0, Tie::Order), (1, Tie::Order)]]);
    }

    #[test]
    fn a_cycle_and_a_missing_task_are_told_in_the_webhooks_words() {
        let cycle = [json!({"name": "a", "runAfter": ["b"]}), json!({"name": "b", "runAfter": ["a"]})];
        assert!(ties(&cycle).unwrap_err().contains("cycle detected; task \"a\" depends on \"b\""));
        assert!(ties(&cycle[..1]).unwrap_err().contains("b wasn't present in Pipeline"));
    }
}
