//! What of promotions needs a person: a channel that nobody fills while releases wait, and a promotion that
//! raised an alarm or failed.

use super::{Item, Subject, Urgency};
use crate::age::age_text;
use crate::channel::Channel;
use crate::names::StreamName;
use crate::promotion::{Ending, Promotion};
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

/// Promotions that raised an alarm, failed, or ended unseen: a person must look, until a later one fills the channel.
pub fn alarmed<'a>(promotions: impl Iterator<Item = &'a Promotion> + Clone) -> Vec<Item> {
    let filled = promotions.clone().filter(|promotion| promotion.ending == Some(Ending::Good));
    let filled: Vec<(&str, Timestamp)> = filled.map(|promotion| (&*promotion.channel, promotion.sent)).collect();
    let one = |promotion: &Promotion| {
        let (words, status) = match (&promotion.alarm, &promotion.ending) {
            (Some(alarm), _) => (alarm.clone(), Status::Failed),
            (None, Some(Ending::Failed(why))) => (format!("failed: {why}"), Status::Failed),
            (None, Some(Ending::Unknown(why))) => (format!("outcome unknown: {why}"), Status::Unknown),
            (None, None | Some(Ending::Good)) => return None,
        };
        let later = filled.iter().any(|(channel, at)| *channel == promotion.channel && *at > promotion.sent);
        (!later).then(|| Item {
            urgency: Urgency::Release,
            subject: Subject::Run(promotion.object.clone()),
            title: promotion.name.clone(),
            words,
            status,
        })
    };
    promotions.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::known_channels;
    use crate::names::RunId;
    use crate::plan::Source;
    use crate::release::Release;
    use crate::release::detail::ReleaseId;

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

    fn promotion(name: &str, sent: i64, ending: Option<Ending>) -> Promotion {
        let image: crate::image::ImageRef = "quay.io/okd/scos-release:x".parse().expect("an image");
        Promotion {
            object: RunId::new("moc", "okd-coreos", name),
            uid: "u".into(),
            plan: "p".into(),
            channel: "4-scos-next".into(),
            name: name.into(),
            from: Source {
                release: ReleaseId::new("4.22.0-0.okd-scos-nightly", "x"),
                pull_spec: image,
                digest: format!("sha256:{}", "a".repeat(64)).parse().expect("a digest"),
            },
            sent: at(sent),
            status: None,
            expected: None,
            checks: Vec::new(),
            public: Vec::new(),
            alarm: None,
            looks_only: false,
            ending,
            as_of: at(sent),
        }
    }

    #[test]
    fn a_failed_promotion_is_told_until_a_later_one_fills_the_channel() {
        let failed = promotion("ec.7", 1, Some(Ending::Failed("mirror failed".into())));
        let words = |all: &[Promotion]| alarmed(all.iter()).into_iter().map(|item| item.words).collect::<Vec<_>>();
        assert_eq!(words(std::slice::from_ref(&failed)), ["failed: mirror failed"]);
        assert_eq!(words(&[failed.clone(), promotion("ec.8", 2, Some(Ending::Good))]), Vec::<String>::new());
        assert_eq!(words(&[failed, promotion("ec.6", 0, Some(Ending::Good))]).len(), 1);
        let alarm = Promotion { alarm: Some("the tag moved".into()), ..promotion("ec.9", 3, None) };
        assert_eq!(words(&[alarm, promotion("ec.10", 4, None)]), ["the tag moved"]);
    }
}
