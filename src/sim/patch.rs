//! Merge patch and JSON patch, as the API server applies them.

use serde_json::{Map, Value};

/// RFC 7396: `null` removes, objects merge, everything else replaces.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.shift_remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// RFC 6902, but a `replace` of a missing member adds it: the real server does, and tkn's cancel needs it.
/// `Err` says which operation could not be applied.
pub(crate) fn apply(target: &mut Value, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().ok_or("a JSON patch is a list of operations")?;
    for operation in operations {
        let kind = operation["op"].as_str().unwrap_or_default();
        let path = operation["path"].as_str().unwrap_or_default();
        let value = || operation["value"].clone();
        match kind {
            "add" => put(target, path, value(), true)?,
            "replace" => put(target, path, value(), false)?,
            "remove" => {
                take(target, path)?;
            }
            "test" => {
                if target.pointer(path) != Some(&operation["value"]) {
                    return Err(format!("testing value {path} failed"));
                }
            }
            "move" => {
                let moved = take(target, operation["from"].as_str().unwrap_or_default())?;
                put(target, path, moved, true)?;
            }
            "copy" => {
                let from = operation["from"].as_str().unwrap_or_default();
                let copied = target.pointer(from).cloned().ok_or_else(|| format!("nothing at {from}"))?;
                put(target, path, copied, true)?;
            }
            other => return Err(format!("unknown operation {other:?}")),
        }
    }
    Ok(())
}

fn split(path: &str) -> Result<(&str, String), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| format!("no such path: {path}"))?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn put(target: &mut Value, path: &str, value: Value, insert: bool) -> Result<(), String> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    let (parent, last) = split(path)?;
    match target.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(last, value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let at =
                if last == "-" { items.len() } else { last.parse().map_err(|_| format!("no such index: {path}"))? };
            match (insert, at < items.len()) {
                (true, _) if at <= items.len() => items.insert(at, value),
                (false, true) => items[at] = value,
                _ => return Err(format!("index out of range: {path}")),
            }
            Ok(())
        }
        _ => Err(format!("nothing at {parent}")),
    }
}

fn take(target: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, last) = split(path)?;
    let taken = match target.pointer_mut(parent) {
        Some(Value::Object(members)) => members.shift_remove(&last),
        Some(Value::Array(items)) => last.parse().ok().filter(|at| *at < items.len()).map(|at: usize| items.remove(at)),
        _ => None,
    };
    taken.ok_or_else(|| format!("nothing at {path}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_replaces_removes_and_goes_deep() {
        let mut target = json!({"spec": {"a": 1, "b": {"c": 2, "d": 3}}, "list": [1, 2]});
        merge(&mut target, &json!({"spec": {"a": null, "b": {"c": 9}, "status": "Cancelled"}, "list": [3]}));
        assert_eq!(target, json!({"spec": {"b": {"c": 9, "d": 3}, "status": "Cancelled"}, "list": [3]}));
    }

    #[test]
    fn a_json_patch_may_replace_what_is_not_there() {
        let mut target = json!({"spec": {}});
        apply(&mut target, &json!([{"op": "replace", "path": "/spec/status", "value": "Cancelled"}])).unwrap();
        assert_eq!(target["spec"]["status"], "Cancelled");
    }

    #[test]
    fn a_json_patch_tests_adds_moves_and_removes() {
        let mut target = json!({"a": [1, 3], "b": {"x/y": 1}});
        let patch = json!([
            {"op": "test", "path": "/b/x~1y", "value": 1},
            {"op": "add", "path": "/a/1", "value": 2},
            {"op": "add", "path": "/a/-", "value": 4},
            {"op": "move", "from": "/b/x~1y", "path": "/c"},
            {"op": "copy", "from": "/c", "path": "/d"},
            {"op": "remove", "path": "/a/0"},
        ]);
        apply(&mut target, &patch).unwrap();
        assert_eq!(target, json!({"a": [2, 3, 4], "b": {}, "c": 1, "d": 1}));
    }

    #[test]
    fn a_failed_test_or_a_missing_path_is_an_error() {
        let mut target = json!({"a": 1});
        assert!(apply(&mut target, &json!([{"op": "test", "path": "/a", "value": 2}])).is_err());
        assert!(apply(&mut target, &json!([{"op": "remove", "path": "/x/y"}])).is_err());
    }
}
