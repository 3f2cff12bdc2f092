//! Durations as Go writes them: `1h30m0s`, `90s`, `500ms`.

use jiff::SignedDuration;

/// `Err` is the sentence Go's parser has for it.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, String> {
    let invalid = || format!("time: invalid duration \"{text}\"");
    if text == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let (mut rest, sign) = text.strip_prefix('-').map_or((text, 1.0), |rest| (rest, -1.0));
    let mut total = 0.0;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let value: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        total += value
            * match unit {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                "" => return Err(format!("time: missing unit in duration \"{text}\"")),
                other => return Err(format!("time: unknown unit \"{other}\" in duration \"{text}\"")),
            };
        rest = &rest[letters..];
    }
    SignedDuration::try_from_secs_f64(total * sign).map_err(|_| invalid())
}

pub(crate) fn format(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => "0s".into(),
        1..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ => format!("{}h{}m{}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, back) in [("1h", "1h0m0s"), ("90s", "1m30s"), ("2h30m", "2h30m0s"), ("0", "0s"), ("10s", "10s")] {
            assert_eq!(format(parse(text).unwrap()), back);
        }
        assert_eq!(parse("1x").unwrap_err(), "time: unknown unit \"x\" in duration \"1x\"");
        assert_eq!(parse("-1m").unwrap().as_secs(), -60);
        assert!(parse("later").is_err());
    }
}
