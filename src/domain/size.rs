//! Sizes in words, the same on the screens and in the verbs.

/// "812 kB", "96 MB", "1.9 GB": powers of 1000, rounded, at most seven columns.
pub fn size_text(bytes: u64) -> String {
    let of = |unit: u64| (bytes + unit / 2) / unit;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", of(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", of(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::size_text;

    #[test]
    fn a_size_is_rounded_and_takes_at_most_seven_columns() {
        assert_eq!([118_400, 118_600, 96_400_000].map(size_text), ["118 kB", "119 kB", "96 MB"]);
        assert_eq!(size_text(1_940_000_000), "1.9 GB");
        assert!([0, 999, 999_999, 999_999_999, 99_900_000_000].map(size_text).iter().all(|text| text.len() <= 7));
    }
}
