//! A log as a whole: how many lines, and which of its three parts each line belongs to.

use jiff::SignedDuration;

use super::Voice;
use super::body::{self, Manner};
use super::words::{head, tail};

/// The lines of one container, made when asked for.
pub(crate) struct Script<'a> {
    voice: &'a Voice,
    head: Vec<String>,
    tail: Vec<String>,
    manner: Manner,
}

impl<'a> Script<'a> {
    pub(crate) fn new(voice: &'a Voice) -> Script<'a> {
        let (head, tail) = if voice.style.is_some() { (Vec::new(), Vec::new()) } else { (head(voice), tail(voice)) };
        let manner = match voice.step.as_str() {
            "fetch-and-build-baseos" | "build-extensions-container" => Manner::Compose,
            "buildextend" | "build-and-test-qemu" => Manner::Extend,
            "upload-image" | "push" => Manner::Upload,
            "mirror-release-to-quay" | "new-release" => Manner::Mirror,
            "builds" | "build" | "build-image" | "bundle" | "deploy" => Manner::Builds,
            "test" => Manner::Tests,
            "prepare-release-binaries" | "create-github-release" => Manner::Archives,
            _ => Manner::Silent,
        };
        Script { voice, head, tail, manner }
    }

    /// How many lines the step writes in that time when nobody says anything about it.
    pub(super) fn usual(&self, lasts: SignedDuration) -> u64 {
        if self.voice.style.is_some() {
            return 40;
        }
        let seconds = u64::try_from(lasts.as_secs()).unwrap_or(0);
        let ends = (self.head.len() + self.tail.len()) as u64;
        let middle = match self.manner {
            Manner::Silent => 0,
            Manner::Compose => (seconds / 2).clamp(200, 1800),
            Manner::Extend | Manner::Mirror => (seconds / 4).clamp(120, 600),
            Manner::Builds => (seconds / 4).clamp(60, 700),
            Manner::Upload | Manner::Tests => (seconds / 4).clamp(30, 200),
            Manner::Archives => 24,
        };
        ends + middle
    }

    /// How many lines are its first and its last words.
    pub(super) fn ends_of(&self) -> (u64, u64) {
        (self.head.len() as u64, self.tail.len() as u64)
    }

    /// Line `at`, counted from 0, without its end.
    pub(crate) fn line(&self, at: u64) -> String {
        let voice = self.voice;
        let last = voice.lines.saturating_sub(self.tail.len() as u64);
        // A build that fails while it resolves dependencies has installed nothing.
        let of = if voice.fails { voice.lines * 4 } else { voice.lines };
        let part = |list: &[String], at: u64| usize::try_from(at).ok().and_then(|at| list.get(at)).cloned();
        let mut line = match &voice.style {
            Some(style) => body::styled(style, voice.seed, at),
            None => (at >= last)
                .then(|| part(&self.tail, at - last))
                .flatten()
                .or_else(|| part(&self.head, at))
                .unwrap_or_else(|| body::line(self.manner, voice.seed, at, of)),
        };
        if voice.width > 0 {
            line.push(' ');
            line.push_str(&body::filler(voice.seed, at, voice.width.saturating_sub(1)));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample;

    #[test]
    fn a_styled_log_numbers_its_lines() {
        let voice = Voice { style: Some("plain".into()), width: 20, ..sample("s", 3) };
        let line = Script::new(&voice).line(2);
        assert!(line.starts_with("line 0000003 "), "{line}");
    }

    #[test]
    fn a_short_step_says_no_more_than_its_words() {
        let voice = sample("pick-release", 0);
        let script = Script::new(&voice);
        assert_eq!(script.usual(SignedDuration::from_secs(20)), (script.head.len() + script.tail.len()) as u64);
    }
}
