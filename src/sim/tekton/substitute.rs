//! `$(params.x)`, `$(tasks.t.results.r)` and the like, replaced wherever they stand in a value.
//!
//! What cannot be resolved is left as it stands, as Tekton leaves it.

use serde_json::Value;

/// Answers a variable's name (`params.x`, `context.pipelineRun.name`) with its value.
pub(crate) type Known<'a> = dyn Fn(&str) -> Option<Value> + 'a;

pub(crate) fn replace(value: &Value, known: &Known<'_>) -> Value {
    match value {
        Value::String(text) => in_text(text, known),
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                // "$(params.list[*])" alone in a list stands for all of its members.
                match (item.as_str().is_some_and(|text| text.ends_with("[*])")), replace(item, known)) {
                    (true, Value::Array(all)) => list.extend(all),
                    (_, one) => list.push(one),
                }
            }
            Value::Array(list)
        }
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), replace(value, known))).collect(),
        other => other.clone(),
    }
}

fn in_text(text: &str, known: &Known<'_>) -> Value {
    if let Some(name) = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'))
        && !name.contains("$(")
    {
        return resolve(name, known).unwrap_or_else(|| text.into());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("$(") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find(')') else { break };
        let whole = &rest[start..=start + end];
        match resolve(&whole[2..whole.len() - 1], known) {
            Some(Value::String(value)) => out.push_str(&value),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => out.push_str(&value.to_string()),
            _ => out.push_str(whole),
        }
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out.into()
}

/// Reads `a.b`, `a["b"]`, `a['b']`, a trailing `[*]`, `[2]` or `.key`.
fn resolve(name: &str, known: &Known<'_>) -> Option<Value> {
    let name = dotted(name.trim());
    if let Some(found) = known(&name) {
        return Some(found);
    }
    if let Some(base) = name.strip_suffix("[*]") {
        return known(base);
    }
    if let Some((base, index)) = name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        return known(base)?.get(index.parse::<usize>().ok()?).cloned();
    }
    let (base, key) = name.rsplit_once('.')?;
    known(base)?.get(key).cloned()
}

fn dotted(name: &str) -> String {
    name.replace("[\"", ".").replace("\"]", "").replace("['", ".").replace("']", "")
}

/// All variables named in a value.
pub(crate) fn mentioned(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some(start) = rest.find("$(") {
                let Some(end) = rest[start..].find(')') else { break };
                found.push(dotted(&rest[start + 2..start + end]));
                rest = &rest[start + end..];
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentioned(item, found)),
        Value::Object(members) => members.values().for_each(|value| mentioned(value, found)),
        _ => {}
    }
}

/// The task and result that a variable names: `tasks.T.results.R`.
pub(crate) fn result_of(variable: &str) -> Option<(&str, &str)> {
    let (task, result) = variable.strip_prefix("tasks.")?.split_once(".results.")?;
    Some((task, result.split(['[', '.']).next().unwrap_or(result)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(name: &str) -> Option<Value> {
        match name {
            "params.a" => Some(json!("one")),
            "params.list" => Some(json!(["x", "y"])),
            "params.map" => Some(json!({"key": "value"})),
            "tasks.t.results.r" => Some(json!("done")),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_in_text_lists_and_maps() {
        let value = json!({
            "text": "$(params.a)-$(tasks.t.results.r) $(params.unknown)",
            "list": ["$(params.list[*])", "$(params.list[1])"],
            "map": "$(params.map.key) $(params[\"a\"])",
            "whole": "$(params.list)",
        });
        assert_eq!(
            replace(&value, &known),
            json!({
                "text": "one-done $(params.unknown)",
                "list": ["x", "y", "y"],
                "map": "value one",
                "whole": ["x", "y"],
            })
        );
    }

    #[test]
    fn mentions_name_the_task_and_its_result() {
        let mut found = Vec::new();
        mentioned(&json!(["$(tasks.build.results.image-digest[0]) $(params.x)"]), &mut found);
        assert_eq!(found.iter().find_map(|name| result_of(name)), Some(("build", "image-digest")));
    }
}
