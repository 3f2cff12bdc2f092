//! What must never be seen: tokens as the embedded world's logs, results and kubeconfig hold them.

mod journeys;
mod meddler;
mod planted;
mod site;
mod verbs;

use std::fs;
use std::path::Path;

/// How a secret begins, and how many more characters of its alphabet make it one.
const SHAPES: [(&str, usize); 6] =
    [("sha256~", 20), ("ghs_", 16), ("ghp_", 16), ("eyJ", 30), ("Bearer ", 16), ("Basic ", 16)];

/// The first secret in the text.
pub fn found(text: &str) -> Option<String> {
    for (begin, least) in SHAPES {
        for (at, _) in text.match_indices(begin) {
            let rest = &text[at + begin.len()..];
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.+/=".contains(c)).unwrap_or(rest.len());
            if length >= least {
                return Some(text[at..at + begin.len() + length].to_string());
            }
        }
    }
    // The users' tokens of the embedded world are `CLUSTER-USER-demo`.
    let token = ["moc-admin-demo", "moc-viewer-demo", "moc-team-demo", "app.ci-admin-demo"];
    token.into_iter().find(|token| text.contains(token)).map(str::to_string)
}

/// Every file below the folder but kubeconfigs, whose business it is to hold tokens.
pub fn none_in_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            none_in_files(&path);
        } else if path.is_file()
            && !path.ends_with("kubeconfig")
            && path.extension().is_none_or(|extension| extension != "yaml")
        {
            let text = fs::read(&path).unwrap_or_default();
            let secret = found(&String::from_utf8_lossy(&text));
            assert_eq!(secret, None, "{} holds a secret", path.display());
        }
    }
}

#[test]
fn a_planted_secret_is_found_and_a_hidden_one_is_not() {
    assert!(found("+ oc login --token=sha256~Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4 --server=https://api").is_some());
    assert!(found("githubapp-token: ghs_16C7e42F292c6912E7710c838347Ae178B4a").is_some());
    assert_eq!(found("+ oc login --token=[hidden] --server=https://api sha256:4b1f"), None);
}
