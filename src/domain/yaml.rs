//! A [`Tree`] as YAML text for people, secrets hidden. What is sent to a server never goes through here.

use crate::secret;
use crate::tree::Tree;

/// Two blanks a level, lists at the level of their key, texts of several lines as blocks. Ends without a line break.
pub fn text(tree: &Tree) -> String {
    let mut out = String::new();
    write(tree, 0, "", &mut out);
    while out.ends_with('\n') {
        out.pop();
    }
    out
}

fn write(tree: &Tree, depth: usize, key: &str, out: &mut String) {
    match tree {
        Tree::Map(entries) if entries.is_empty() => out.push_str("{}\n"),
        Tree::Map(entries) => {
            let named = entries.iter().find(|(name, _)| name == "name").and_then(|(_, v)| v.text()).unwrap_or(key);
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    indent(depth, out);
                }
                out.push_str(&scalar(key));
                out.push(':');
                // A parameter or result keeps its name beside its value.
                below(value, depth, if key == "value" { named } else { key }, out);
            }
        }
        Tree::List(items) if items.is_empty() => out.push_str("[]\n"),
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    indent(depth, out);
                }
                out.push_str("- ");
                write(item, depth + 1, key, out);
            }
        }
        Tree::Text(value) => {
            let value = secret::shown(key, value);
            out.push_str(&scalar(&value));
            out.push('\n');
        }
        Tree::Null => out.push_str("null\n"),
        Tree::Bool(value) => {
            out.push_str(if *value { "true" } else { "false" });
            out.push('\n');
        }
        Tree::Int(value) => {
            out.push_str(&value.to_string());
            out.push('\n');
        }
        Tree::Float(value) => {
            out.push_str(&value.to_string());
            out.push('\n');
        }
    }
}

fn below(value: &Tree, depth: usize, key: &str, out: &mut String) {
    match value {
        Tree::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            indent(depth + 1, out);
            write(value, depth + 1, key, out);
        }
        Tree::List(items) if !items.is_empty() => {
            out.push('\n');
            indent(depth, out);
            write(value, depth, key, out);
        }
        Tree::Text(text) if block(text) => {
            let shown: Vec<String> = text.split('\n').map(|line| secret::redact(line).into_owned()).collect();
            let (chomp, lines) = match shown.split_last() {
                Some((last, lines)) if last.is_empty() => ("|", lines),
                _ => ("|-", &shown[..]),
            };
            out.push(' ');
            out.push_str(chomp);
            out.push('\n');
            for line in lines {
                if !line.is_empty() {
                    indent(depth + 1, out);
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        _ => {
            out.push(' ');
            write(value, depth, key, out);
        }
    }
}

/// Whether a text can stand as a block: several lines, none of which a block would change.
fn block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control())
}

fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Plain where YAML reads it back as the same text, else in double quotes.
fn scalar(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.starts_with([
            ' ', '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '=',
            '~', '.', '+',
        ])
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|c| !c.is_control() && c != '\u{feff}')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    if plain {
        return text.to_string();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_keeps_order_quotes_what_must_be_and_hides_secrets() {
        let tree = Tree::map([
            ("kind", "PipelineRun".into()),
            (
                "spec",
                Tree::map([
                    (
                        "params",
                        Tree::List(vec![
                            Tree::map([("name", "version".into()), ("value", "4.19".into())]),
                            Tree::map([("name", "githubapp-token".into()), ("value", "plain-secret".into())]),
                        ]),
                    ),
                    ("script", "#!/bin/sh\necho hi\n".into()),
                ]),
            ),
        ]);
        let shown = text(&tree);
        assert_eq!(
            shown,
            "kind: PipelineRun\nspec:\n  params:\n  - name: version\n    value: \"4.19\"\n  - name: githubapp-token\n    value: ‹hidden›\n  script: |\n    #!/bin/sh\n    echo hi"
        );
        assert!(!format!("{tree:?}").contains("plain-secret"));
    }

    #[test]
    fn what_was_hidden_is_put_back_by_name() {
        let original =
            Tree::map([("params", Tree::List(vec![Tree::map([("name", "token".into()), ("value", "abc".into())])]))]);
        let mut edited = Tree::map([(
            "params",
            Tree::List(vec![
                Tree::map([("name", "version".into()), ("value", "5.0".into())]),
                Tree::map([("name", "token".into()), ("value", secret::HIDDEN.into())]),
            ]),
        )]);
        edited.restore(&original).expect("restores");
        assert_eq!(edited.at(&["params"]).expect("params").items()[1].text_at(&["value"]), Some("abc"));
        let mut stray = Tree::map([("x", secret::HIDDEN.into())]);
        assert!(stray.restore(&original).is_err());
    }
}
