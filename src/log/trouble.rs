//! Which lines look like the error an operator searches for. A guess from the text alone: cheap enough to run
//! on every line as it arrives, and wrong now and then, so it only ever moves the cursor.

use memchr::{memchr, memrchr};
use regex::bytes::Regex;
use std::sync::LazyLock;

static LIKELY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        // Behind a colour the word follows on the `m` that ends the sequence.
        r"(?m-u)(?:\b|\x1b\[[0-9;:]*m)(?:[Ee]rrors?|ERRORS?|[Ff]atal|FATAL|CRITICAL|[Ff]ailed|FAILED|[Ff]ailure|FAILURE)\b",
        r"|\b[A-Z][A-Za-z]*(?:Error|Exception)\b",
        r"|\bpanic:|\bPANIC\b|\bpanicked at\b|^Traceback \(most recent call last\)",
        r"|^E[0-9]{4} [0-9]{2}:|\bOOMKilled\b",
        r"|\b[Cc]ould not\b|\b[Uu]nable to\b|[Pp]ermission denied|[Nn]o such file or directory",
        r"|\bcommand not found\b|[Nn]o space left on device",
        r"|\bexit(?:ed)?(?: with)?(?: the)? (?:status|code):? *[1-9]",
    ))
    .expect("the pattern of likely errors is a regular expression")
});

static CALM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)\b(?:0|no|zero|without|any|ignor(?:e|ed|ing)|on|if)[ _-](?:[a-z]+[ _-])?(?:errors?|failed|failures?)\b",
        r#"|\b(?:errors?|failed|failures?)"?\s*[=:]\s*"?(?:0|none|null|nil|false)\b"#,
    ))
    .expect("the pattern of calm words is a regular expression")
});

/// Where in `text` the first likely error line starts; `text` is whole lines.
pub(crate) fn first(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(hit) = LIKELY.find_at(text, from) {
        let start = memrchr(b'\n', &text[..hit.start()]).map_or(0, |at| at + 1);
        let end = memchr(b'\n', &text[hit.start()..]).map_or(text.len(), |at| hit.start() + at);
        if !is_calm(&text[start..end]) {
            return Some(start);
        }
        from = end + 1;
        if from > text.len() {
            break;
        }
    }
    None
}

/// Says whether one line looks like an error. A traced shell command (`+ …`) never does: it is the question,
/// not the answer.
pub fn is_trouble(line: &str) -> bool {
    LIKELY.is_match(line.as_bytes()) && !is_calm(line.as_bytes())
}

/// For a line that looks like an error: says whether it only speaks of one.
fn is_calm(line: &[u8]) -> bool {
    let traced = line.iter().take_while(|byte| **byte == b'+').count();
    if traced > 0 && line.get(traced) == Some(&b' ') {
        return true;
    }
    CALM.is_match(line) && !LIKELY.is_match(&CALM.replace_all(line, &b" "[..]))
}
