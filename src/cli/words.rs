//! Words for mistakes: the nearest known key, sizes, and the system's errors.

use std::io::{Error, ErrorKind};

/// The known word that was probably meant; `None` when nothing is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = word.to_ascii_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|candidate| (distance(&plain, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(4) / 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters to put in, take out, change or swap with the next one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Bytes of a size such as `256MB` or `1GiB`: kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024.
pub fn size(text: &str) -> Option<usize> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number: usize = text[..end].parse().ok()?;
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(unit)
}

pub fn of_io(error: &Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "you may not read it".into(),
        ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named_and_nothing_far_off() {
        let known = ["context", "kubeconfig", "namespaces", "read-only"];
        assert_eq!(nearest("conetxt", known), Some("context"));
        assert_eq!(nearest("read_only", known), Some("read-only"));
        assert_eq!(nearest("namespace", known), Some("namespaces"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_size_needs_a_unit() {
        assert_eq!(size("256MB"), Some(256_000_000));
        assert_eq!(size("2 GiB"), Some(2 << 30));
        assert_eq!(size("256"), None);
        assert_eq!(size("99999999999999999999GB"), None);
    }
}
