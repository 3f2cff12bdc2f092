//! Times in words.

use crate::settings::Settings;
use jiff::Timestamp;
use weir_domain::age_text;

/// The age, or `-` when there is no time.
pub(crate) fn age(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| "-".into(), |at| age_text(at, now))
}

/// "14:02", local; with the day before it when that is another one.
pub(crate) fn clock(at: Timestamp, now: Timestamp, settings: &Settings) -> String {
    let local = at.to_zoned(settings.zone.clone());
    let today = now.to_zoned(settings.zone.clone()).date();
    let form = if local.date() == today { "%H:%M" } else { "%m-%d %H:%M" };
    local.strftime(form).to_string()
}

/// "2026-11-21 14:02:11 UTC", and the local time beside it when that differs.
pub(crate) fn exact(at: Timestamp, settings: &Settings) -> String {
    let utc = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let local = at.to_zoned(settings.zone.clone());
    if local.offset().is_zero() { utc } else { format!("{utc} ({})", local.strftime("%H:%M:%S %Z")) }
}

/// "in 8 s", in steps of ten seconds above ten; "now" when it is due.
pub(crate) fn until(at: Timestamp, now: Timestamp) -> String {
    match at.as_second() - now.as_second() {
        ..=0 => "now".into(),
        seconds @ 1..=10 => format!("in {seconds} s"),
        seconds @ 11..=90 => format!("in {} s", seconds / 10 * 10),
        seconds => format!("in {} min", seconds / 60),
    }
}
