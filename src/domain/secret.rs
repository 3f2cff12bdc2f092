//! Secrets are taken out of text where it enters: tokens, JWTs, `Authorization`, passwords in URLs, dockerconfig `auth`.
//!
//! The patterns are those the real pipelines leak (`oc login --token=…` under xtrace, a GitHub token as a Tekton result).
//! A line is scanned once for a few rare bytes; most lines are returned as they are.

use std::borrow::Cow;

/// What stands in place of a secret.
pub const HIDDEN: &str = "‹hidden›";

/// Prefixes of tokens that are secret wherever they stand, and how long what follows must be.
const PREFIXES: [(&str, usize); 12] = [
    ("sha256~", 20),
    ("ghs_", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghr_", 16),
    ("github_pat_", 20),
    ("syt_", 10),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("AKIA", 16),
];

/// Words whose value after `=`, `:` or a blank is secret. Compared without case, at the end of the word before the sign.
const KEYS: [&str; 16] = [
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "password",
    "passwd",
    "passphrase",
    "client_secret",
    "api_key",
    "apikey",
    "authorization",
    "identitytoken",
    "registrytoken",
    "aws_secret_access_key",
    "private_key",
    "x-amz-signature",
];

/// The text without its secrets. Borrowed when there was none.
pub fn redact(text: &str) -> Cow<'_, str> {
    count(text).0
}

/// As [`redact`], with how many were hidden.
pub fn count(text: &str) -> (Cow<'_, str>, u32) {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let span = match byte {
            b'_' | b'~' | b'-' | b'A' => prefixed(text, at),
            b'=' | b':' => keyed(text, at),
            b'.' => jwt(text, at),
            b'@' => url_password(text, at),
            b' ' => bearer(text, at).or_else(|| flag(text, at)),
            _ => None,
        };
        if let Some(span) = span
            && span.0 < span.1
        {
            spans.push(span);
        }
    }
    if spans.is_empty() {
        return (Cow::Borrowed(text), 0);
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    let mut hidden = 0;
    for (from, to) in spans {
        if to <= end {
            continue;
        }
        if from >= end {
            out.push_str(&text[end..from]);
            out.push_str(HIDDEN);
            hidden += 1;
        }
        end = to;
    }
    out.push_str(&text[end..]);
    (Cow::Owned(out), hidden)
}

/// One line of foreign text as it may be shown and kept: cleaned, then redacted. What is cut short is cut after this, as
/// a piece of a secret is not known for one.
pub fn line(text: &str) -> String {
    redact(&crate::text::clean_line(text)).into_owned()
}

/// Whether a parameter, result or key of this name holds something secret by its name alone.
pub fn secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('-', "_");
    ["token", "password", "passwd", "private_key", "signing_key", "api_key", "client_secret", "dockerconfigjson"]
        .iter()
        .any(|word| lower.ends_with(word) || lower == *word)
}

/// A value shown under its name: hidden when the name says so, else redacted.
pub fn shown<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if secret_name(name) && !value.is_empty() && !value.starts_with("$(") && !names_a_key(name, value) {
        Cow::Borrowed(HIDDEN)
    } else {
        redact(value)
    }
}

/// A key is a block of PEM or base64; short words in lower case with hyphens between them name the Secret that holds it.
fn names_a_key(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('-', "_");
    (lower.ends_with("signing_key") || lower.ends_with("private_key"))
        && value.len() <= 63
        && value.contains('-')
        && value.split('-').all(|word| (1..=12).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()))
}

fn token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=' | b'%')
}

fn token_end(text: &str, from: usize) -> usize {
    text.as_bytes()[from..].iter().position(|b| !token_byte(*b)).map_or(text.len(), |n| from + n)
}

fn prefixed(text: &str, at: usize) -> Option<(usize, usize)> {
    PREFIXES.iter().find_map(|(prefix, least)| {
        let from = if *prefix == "AKIA" { at } else { (at + 1).checked_sub(prefix.len())? };
        if !text.is_char_boundary(from) || !text[from..].starts_with(prefix) {
            return None;
        }
        if from > 0 && text.as_bytes()[from - 1].is_ascii_alphanumeric() {
            return None;
        }
        let body = from + prefix.len();
        let end = token_end(text, body);
        (end - body >= *least).then_some((from, end))
    })
}

/// The word just before `at`, through which an escape or a quote may stand.
fn word_before(text: &str, at: usize) -> &str {
    let head = text[..at].trim_end_matches(['"', '\'', '\\', ' ']);
    let from = head.bytes().rposition(|b| !(b.is_ascii_alphanumeric() || b == b'_' || b == b'-')).map_or(0, |n| n + 1);
    if head.is_char_boundary(from) { &head[from..] } else { "" }
}

fn is_key(word: &str) -> bool {
    let word = word.trim_start_matches('-');
    KEYS.iter().any(|key| {
        word.len() >= key.len() && {
            let tail = word.len() - key.len();
            word.is_char_boundary(tail)
                && word[tail..].eq_ignore_ascii_case(key)
                && (tail == 0 || matches!(word.as_bytes()[tail - 1], b'_' | b'-'))
        }
    })
}

fn value_span(text: &str, from: usize) -> Option<(usize, usize)> {
    let skipped = text[from..].len() - text[from..].trim_start_matches([' ', '"', '\'', '\\', '=']).len();
    let from = from + skipped;
    let rest = &text[from..];
    for scheme in ["Bearer ", "bearer ", "Basic ", "basic ", "token "] {
        if rest.starts_with(scheme) {
            let start = from + scheme.len();
            return Some((start, token_end(text, start)));
        }
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '&' | ')' | '}' | '\\' | '<'))
        .map_or(text.len(), |n| from + n);
    let value = &text[from..end];
    // References, empty and redacted values are no secrets.
    let harmless = value.len() < 4
        || value.starts_with('$')
        || value.starts_with(HIDDEN)
        || value.starts_with("***")
        || matches!(value, "null" | "true" | "false" | "none" | "None");
    (!harmless).then_some((from, end))
}

fn keyed(text: &str, at: usize) -> Option<(usize, usize)> {
    if text.as_bytes()[at] == b':' && text[at..].starts_with("://") {
        return None;
    }
    let word = word_before(text, at);
    let after = text.as_bytes().get(at + 1).copied();
    // dockerconfig: "auth":"base64"
    if word == "auth" && text[at + 1..].trim_start().starts_with(['"', '\\']) {
        return value_span(text, at + 1);
    }
    if word.is_empty() || after.is_none() || !is_key(word) {
        return None;
    }
    value_span(text, at + 1)
}

fn flag(text: &str, at: usize) -> Option<(usize, usize)> {
    let head = &text[..at];
    let word = head.rsplit(' ').next()?;
    if !word.starts_with("--") || !is_key(word) || text[at + 1..].starts_with('-') {
        return None;
    }
    value_span(text, at + 1)
}

fn bearer(text: &str, at: usize) -> Option<(usize, usize)> {
    let head = text.as_bytes().get(at.checked_sub(6)?..at)?;
    if !head.eq_ignore_ascii_case(b"bearer") {
        return None;
    }
    let end = token_end(text, at + 1);
    (end - at > 12).then_some((at + 1, end))
}

/// A JSON web token: `eyJ….eyJ….…`, found at its first dot.
fn jwt(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let body = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let from = bytes[..at].iter().rposition(|b| !body(*b)).map_or(0, |n| n + 1);
    if !text.is_char_boundary(from) || !text[from..at].starts_with("eyJ") {
        return None;
    }
    let end = token_end(text, at + 1);
    (end - from >= 20).then_some((from, end))
}

/// `scheme://user:password@host`: the password, found at the `@`.
fn url_password(text: &str, at: usize) -> Option<(usize, usize)> {
    let head = &text[..at];
    let scheme = head.rfind("://")? + 3;
    let login = &head[scheme..];
    if login.contains(['/', ' ', '"', '\'']) {
        return None;
    }
    let colon = scheme + login.find(':')?;
    Some((colon + 1, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_real_pipelines_leak_is_hidden() {
        for (leak, secret) in [
            ("+ oc login --token=sha256~Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4 --server=https://api", "Zm9vYmFy"),
            ("+ oc login --token Zm9vYmFyYmF6cXV4 https://api", "Zm9vYmFy"),
            ("githubapp-token: ghs_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F"),
            ("curl -H 'Authorization: Bearer abcdefghijklmnop'", "abcdefgh"),
            ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpw"),
            ("{\"auths\":{\"quay.io\":{\"auth\":\"dXNlcjpwYXNzd29yZA==\"}}}", "dXNlcjpw"),
            ("https://robot:hunter2@quay.io/v2/", "hunter2"),
            ("id eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "eyJhbGci"),
            ("PASSWORD=hunter22 ./run", "hunter22"),
            ("?access_token=syt_bWF0cml4_abcdefghij", "bWF0cml4"),
            ("{\"token\": \"abcd1234efgh\"}", "abcd1234"),
            ("{\\\"access_token\\\":\\\"abcd1234efgh\\\"}", "abcd1234"),
        ] {
            let (shown, hidden) = count(leak);
            assert!(!shown.contains(secret), "{leak} → {shown}");
            assert!(hidden >= 1 && shown.contains(HIDDEN), "{leak} → {shown}");
        }
    }

    #[test]
    fn ordinary_lines_stay_as_they_are() {
        for line in [
            "Tokens: 12 of 14 used",
            "sha256:4b1f0000000000000000000000000000000000000000000000000000000009ac",
            "https://quay.io/okd/scos-release:4.21.0-okd-scos.7",
            "user@example.com wrote: hello",
            "--token=$(cat /run/token)",
            "step cosa-build-baseos: ok",
            "secret:okd-quay-pull-secret",
        ] {
            assert_eq!(redact(line), line);
        }
    }

    #[test]
    fn a_key_is_hidden_by_its_name_and_the_name_of_its_secret_is_not() {
        assert_eq!(shown("gpg-signing-key", "okd-release-gpg-signing-key"), "okd-release-gpg-signing-key");
        for key in ["-----BEGIN PGP PRIVATE KEY BLOCK-----", "abcdefghijklmnop-qrstuvwxyz", "bg7-x9", "hunter", "a--b"]
        {
            assert_eq!(shown("gpg-signing-key", key), HIDDEN, "{key}");
        }
        assert_eq!(shown("api-token", "okd-release-token"), HIDDEN, "a token may be any word");
    }

    #[test]
    fn a_line_is_clean_before_its_secrets_are_looked_for() {
        let split = ["ghs", "_16C7e42F29\u{1b}[0m2c6912E7710c8"].concat();
        assert_eq!(line(&split), HIDDEN);
    }

    #[test]
    fn redacting_twice_changes_nothing() {
        let once = redact("--token=abcdefgh password: hunter22").into_owned();
        assert_eq!(redact(&once), once);
    }
}
