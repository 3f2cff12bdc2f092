//! Ages and durations in words. Coarse on purpose: an age changes rarely, so an idle screen sends no bytes.

use jiff::Timestamp;

/// "12s" (in steps of 10 s above 20 s), "4m", "3h", "6d". A time in the future (a skewed clock) is "0s".
pub fn age_text(since: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - since.as_second()).max(0);
    match seconds {
        0..20 => format!("{}s", seconds / 5 * 5),
        20..60 => format!("{}s", seconds / 10 * 10),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// "4s", "45m", "1h03", "2d04h": exact enough to compare, at most six characters.
pub fn duration_text(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..600 => format!("{}m{:02}", seconds / 60, seconds % 60),
        600..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h{:02}", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Go's duration form that Tekton takes: "1h30m", "90s", "0". `None` when it is not one.
pub fn parse_go_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut total = 0f64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let unit = ["ms", "h", "m", "s"].into_iter().find(|unit| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        total += number
            * match unit {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                _ => 0.001,
            };
    }
    if text.is_empty() || !total.is_finite() { None } else { Some(total as i64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_coarse_and_never_negative() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("time");
        let ago = |seconds: i64| age_text(Timestamp::from_second(now.as_second() - seconds).expect("time"), now);
        assert_eq!(ago(-60), "0s");
        assert_eq!(ago(59), "50s");
        assert_eq!(ago(3 * 3600 + 100), "3h");
        assert_eq!(ago(9 * 86_400), "9d");
    }

    #[test]
    fn go_durations_are_read() {
        assert_eq!(parse_go_duration("4h0m0s"), Some(14_400));
        assert_eq!(parse_go_duration("1.5h"), Some(5400));
        assert_eq!(parse_go_duration("4 hours"), None);
        assert_eq!(parse_go_duration(""), None);
        assert_eq!(parse_go_duration("0"), Some(0));
    }
}
