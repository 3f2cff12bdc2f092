//! What of promotions needs a person: a channel that nobody fills while releases wait, and a promotion that raised an alarm.

use super::{Item, Subject, Urgency};
use crate::age::age_text;
use crate::channel::Channel;
use crate::names::StreamName;
use crate::promotion::Promotion;
use crate::release::{Phase, Stream};
use crate::status::Status;
use jiff::Timestamp;

/// OKD promotes weekly; a day later a promotion did not happen.
const OVERDUE: i64 = 8 * 86_400;

/// Channels whose newest release is older than that while accepted releases of their sources wait. Where a time or a
/// stream is not known nothing is said.
pub fn overdue<'a>(
    channels: &[Channel],
    stream: impl Fn(&StreamName) -> Option<&'a Stream>,
    now: Timestamp,
) -> Vec<Item> {
    let one = |channel: &Channel| {
        let last = stream(&channel.name)?.newest()?.created?;
        if now.as_second() - last.as_second() <= OVERDUE {
            return None;
        }
        let releases = channel.sources.iter().filter_map(&stream).flat_map(|source| &source.releases);
        let waiting = releases.filter(|r| r.phase == Phase::Accepted && r.created.is_some_and(|at| at > last)).count();
        let (noun, verb) = if waiting == 1 { ("release", "waits") } else { ("releases", "wait") };
        (waiting > 0).then(|| Item {
            urgency: Urgency::Stale,
            subject: Subject::Stream(channel.name.clone()),
            title: channel.name.to_string(),
            words: format!("nothing promoted for {}; {waiting} accepted {noun} {verb}", age_text(last, now)),
            status: Status::Unknown,
        })
    };
    channels.iter().filter_map(one).collect()
}

/// Promotions with an alarm: a person must act.
pub fn alarmed<'a>(promotions: impl Iterator<Item = &'a Promotion>) -> Vec<Item> {
    let one = |promotion: &Promotion| {
        let alarm = promotion.alarm.as_ref()?;
        Some(Item {
            urgency: Urgency::Release,
            subject: Subject::Run(promotion.object.clone()),
            title: format!("{} in {}", promotion.name, promotion.channel),
            words: alarm.clone(),
            status: Status::Failed,
        })
    };
    promotions.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::known_channels;
    use crate::release::Release;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + days * 86_400).expect("a time")
    }

    fn stream(name: &str, phase: Phase, days: &[i64]) -> Stream {
        let release = |day: &i64| Release {
            name: format!("r{day}").into(),
            phase,
            pull_spec: "".into(),
            created: Some(at(*day)),
            verdict: None,
        };
        Stream { name: name.into(), releases: days.iter().map(release).collect(), as_of: None }
    }

    fn words(held: i64, phase: Phase, built: &[i64]) -> Vec<String> {
        let channels = known_channels(&"moc".into(), &"app.ci".into());
        let all = [
            stream("4-scos-next", Phase::Accepted, &[held]),
            stream("4.22.0-0.okd-scos-nightly", phase, built),
            stream("4-scos-stable", Phase::Accepted, &[]),
        ];
        let find = |name: &StreamName| all.iter().find(|stream| stream.name == *name);
        overdue(&channels, find, at(10)).into_iter().map(|item| item.words).collect()
    }

    #[test]
    fn a_channel_is_overdue_only_while_newer_accepted_releases_wait() {
        assert_eq!(words(1, Phase::Accepted, &[9, 5, 0]), ["nothing promoted for 9d; 2 accepted releases wait"]);
        assert_eq!(words(1, Phase::Accepted, &[0]), Vec::<String>::new());
        assert_eq!(words(1, Phase::Rejected, &[9, 5]), Vec::<String>::new());
        assert_eq!(words(3, Phase::Accepted, &[9, 5]), Vec::<String>::new());
    }
}
