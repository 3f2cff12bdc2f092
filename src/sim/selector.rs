//! Label and field selectors, as query parameters carry them.

use crate::kind::Kind;
use crate::object::{Object, selectable_fields};
use crate::refusal::Refusal;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Requirement {
    key: String,
    rule: Rule,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Selector {
    pub(crate) fn parse(kind: Kind, labels: &str, fields: &str) -> Result<Selector, Refusal> {
        let labels =
            requirements(labels).map_err(|why| Refusal::bad_request(format!("unable to parse requirement: {why}")))?;
        let mut wanted = Vec::new();
        for term in fields.split(',').filter(|term| !term.is_empty()) {
            let (path, equal, value) = match (term.split_once("!="), term.split_once("==").or(term.split_once('='))) {
                (Some((path, value)), _) => (path, false, value),
                (None, Some((path, value))) => (path, true, value),
                (None, None) => {
                    return Err(Refusal::bad_request(format!(
                        "invalid selector: '{fields}'; can't understand '{term}'"
                    )));
                }
            };
            let known =
                ["metadata.name", "metadata.namespace"].contains(&path) || selectable_fields(kind).contains(&path);
            if !known {
                return Err(Refusal::bad_request(format!("field label not supported: {path}")));
            }
            wanted.push((path.to_owned(), equal, value.to_owned()));
        }
        Ok(Selector { labels, fields: wanted })
    }

    pub(crate) fn matches(&self, object: &Object) -> bool {
        let labels = self.labels.iter().all(|wanted| {
            let held = object.label(&wanted.key);
            match &wanted.rule {
                Rule::In(values) => held.is_some_and(|held| values.iter().any(|value| value == held)),
                Rule::NotIn(values) => held.is_none_or(|held| !values.iter().any(|value| value == held)),
                Rule::Exists => held.is_some(),
                Rule::Absent => held.is_none(),
            }
        });
        labels && self.fields.iter().all(|(path, equal, value)| (object.field(path) == Some(value)) == *equal)
    }
}

/// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = term_end(rest);
        found.push(requirement(rest[..end].trim())?);
        rest = rest[end..].strip_prefix(',').unwrap_or_default().trim_start();
    }
    Ok(found)
}

/// Where the first term ends: the first comma outside parentheses.
fn term_end(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn requirement(term: &str) -> Result<Requirement, String> {
    let made = |key: &str, rule| {
        let key = key.trim();
        let fine =
            !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter));
        if fine {
            Ok(Requirement { key: key.to_owned(), rule })
        } else {
            Err(format!("found '{key}', expected: identifier"))
        }
    };
    let one = |value: &str| {
        let value = value.trim();
        if value.contains(['=', '!', '(']) {
            Err(format!("found '{}', expected: identifier", &value[..1]))
        } else {
            Ok(vec![value.to_owned()])
        }
    };
    if let Some((key, list)) = term.split_once('(') {
        let values = list
            .strip_suffix(')')
            .ok_or_else(|| "found '', expected: ',' or ')'".to_owned())?
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        return match key.trim().rsplit_once(' ') {
            Some((key, "in")) => made(key, Rule::In(values)),
            Some((key, "notin")) => made(key, Rule::NotIn(values)),
            _ => Err(format!("found '(', expected: in, notin after '{}'", key.trim())),
        };
    }
    if let Some((key, value)) = term.split_once("!=") {
        return made(key, Rule::NotIn(one(value)?));
    }
    if let Some((key, value)) = term.split_once("==").or(term.split_once('=')) {
        return made(key, Rule::In(one(value)?));
    }
    match term.strip_prefix('!') {
        Some(key) => made(key, Rule::Absent),
        None => made(term, Rule::Exists),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(labels: &str, fields: &str) -> bool {
        let value = json!({"metadata": {"name": "a", "namespace": "n", "labels": {"app": "weir", "tier": "ui"}}});
        let object = Object::new(Kind::Pod, value, 1);
        Selector::parse(Kind::Pod, labels, fields).unwrap().matches(&object)
    }

    #[test]
    fn labels_choose_by_equality_sets_and_presence() {
        for yes in
            ["app=weir", "app==weir,tier!=db", "app in (weir, x)", "app notin (x,y)", "app", "!gone", "gone!=x", ""]
        {
            assert!(chosen(yes, ""), "{yes}");
        }
        for no in ["app=x", "app!=weir", "app in (x)", "app notin (weir)", "gone", "!app"] {
            assert!(!chosen(no, ""), "{no}");
        }
    }

    #[test]
    fn fields_choose_by_name_and_namespace() {
        assert!(chosen("", "metadata.name=a,metadata.namespace!=x"));
        assert!(!chosen("", "metadata.name==b"));
    }

    #[test]
    fn nonsense_is_refused_with_the_servers_words() {
        let refused = |labels, fields| Selector::parse(Kind::Pod, labels, fields).unwrap_err().message;
        assert_eq!(refused("a===b", ""), "unable to parse requirement: found '=', expected: identifier");
        assert_eq!(refused("", "spec.foo=b"), "field label not supported: spec.foo");
    }
}
