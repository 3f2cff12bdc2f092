//! The journal's lines in pairs: what was sent, and what came of it.

use weir_domain::journal::{Entry, Outcome};

#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub sent: Entry,
    /// `None` when no line says what came of it: weir ended in between.
    pub outcome: Option<Outcome>,
    pub answer: String,
}

impl Pair {
    pub fn word(&self) -> &'static str {
        self.outcome.unwrap_or(Outcome::Sending).word()
    }

    /// The whole of it, a fact a line.
    pub fn facts(&self, time: &str) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let entry = &self.sent;
        let outcome =
            if self.answer.is_empty() { self.word().to_string() } else { format!("{}: {}", self.word(), self.answer) };
        let facts = [
            ("outcome", outcome),
            ("time", time.to_string()),
            ("who", format!("{} on {}", entry.operator, entry.host)),
            ("why", entry.reason.clone().unwrap_or_default()),
            ("server", entry.server.clone()),
            ("call", entry.call.clone()),
            ("body", entry.body.clone()),
        ];
        facts.into_iter().filter(|(_, text)| !text.is_empty())
    }
}

/// Newest first. Entries come oldest first.
pub(super) fn pairs(entries: &[Entry]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for entry in entries {
        let known = pairs.iter_mut().rev().find(|pair| pair.sent.id == entry.id);
        match (&entry.outcome, known) {
            (Outcome::Sending, None) => {
                pairs.push(Pair { sent: entry.clone(), outcome: None, answer: String::new() });
            }
            (outcome, Some(pair)) => {
                pair.outcome = Some(*outcome);
                pair.answer = entry.answer.clone();
                // Only the answer knows the name that the server made for a new run.
                if !entry.object.is_empty() {
                    pair.sent.object.clone_from(&entry.object);
                }
            }
            // The line before is further back than what was read.
            (outcome, None) => {
                let answer = entry.answer.clone();
                pairs.push(Pair { sent: entry.clone(), outcome: Some(*outcome), answer });
            }
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_started_run_is_named_as_the_server_named_it() {
        let sent = Entry {
            time: jiff::Timestamp::UNIX_EPOCH,
            id: "1".into(),
            outcome: Outcome::Sending,
            verb: "start".into(),
            cluster: "moc".into(),
            server: "https://moc".into(),
            namespace: "okd".into(),
            object: "okd-coreos".into(),
            uid: String::new(),
            operator: "jane".into(),
            host: "bastion".into(),
            reason: None,
            call: "POST /x".into(),
            body: String::new(),
            answer: String::new(),
            plan: None,
        };
        let after = Entry { outcome: Outcome::Accepted, object: "okd-coreos-x7k2p".into(), ..sent.clone() };
        let pairs = pairs(&[sent, after]);
        assert_eq!((pairs.len(), &*pairs[0].sent.object, pairs[0].word()), (1, "okd-coreos-x7k2p", "sent"));
    }
}
