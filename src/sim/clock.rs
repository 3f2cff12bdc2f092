//! The world's time: the wall's, unless a test holds it and steps it by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    held: Mutex<Option<Timestamp>>,
    turned: Notify,
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        self.held().unwrap_or_else(Timestamp::now)
    }

    pub(crate) fn hold(&self) {
        let now = self.now();
        self.set(Some(now));
    }

    /// Moves a held clock on; a clock that runs is held first.
    pub(crate) fn step(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
        let next = self.now().saturating_add(by).unwrap_or(Timestamp::MAX);
        self.set(Some(next));
    }

    pub(crate) fn release(&self) {
        self.set(None);
    }

    /// Returns when the world's time has reached `at`.
    pub(crate) async fn reach(&self, at: Timestamp) {
        loop {
            let turned = self.shared.turned.notified();
            let (now, held) = (self.now(), self.held().is_some());
            if now >= at {
                return;
            }
            let left = Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
            if held {
                turned.await;
            } else {
                tokio::select! {
                    () = turned => {}
                    () = tokio::time::sleep(left) => {}
                }
            }
        }
    }

    fn held(&self) -> Option<Timestamp> {
        *self.shared.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, held: Option<Timestamp>) {
        *self.shared.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
        self.shared.turned.notify_waiters();
    }
}

/// Whole seconds in UTC, as Kubernetes writes times.
pub(crate) fn stamp(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// How long ago, as `kubectl` shows it: `45s`, `5m16s`, `17m`, `3h5m`, `4d2h`.
pub(crate) fn human(from: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - from.as_second();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let pair = |big: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    match seconds {
        ..-1 => "<invalid>".into(),
        -1..0 => "0s".into(),
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(hours / 24, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        _ => pair(hours / 24 / 365, "y", hours / 24 % 365, "d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_kubectl_writes_them() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        let ago = |seconds: i64| human(Timestamp::from_second(1_000_000_000 - seconds).unwrap(), now);
        assert_eq!(
            [ago(119), ago(316), ago(600), ago(10_800 + 300), ago(172_800 + 7_200), ago(700_000), ago(-5)],
            ["119s", "5m16s", "10m", "3h5m", "2d2h", "8d", "<invalid>"]
        );
    }

    #[tokio::test]
    async fn a_held_clock_moves_only_when_stepped() {
        let clock = Clock::default();
        clock.hold();
        let start = clock.now();
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(clock.now(), start);
        clock.step(Duration::from_secs(60));
        clock.reach(start + SignedDuration::from_secs(60)).await;
        assert_eq!(clock.now(), start + SignedDuration::from_secs(60));
    }
}
