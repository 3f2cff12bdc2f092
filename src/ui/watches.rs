//! What is to be kept live: a baseline, what the pages on the way here name, and what was left less than a minute ago.

use crate::model::Model;
use std::collections::BTreeSet;
use weir_domain::{EndpointKind, EndpointState, News, Watch};

/// What was left stays live so long, in seconds.
const LINGER: i64 = 60;
/// And never more of it than this.
const LINGERING: usize = 48;

pub fn watches(model: &Model) -> BTreeSet<Watch> {
    let mut watches = model.named.clone();
    watches.extend(model.left.keys().cloned());
    watches
}

impl Model {
    /// What the baseline, the pages up to this one and the dialogs name. A log that has ended and is held whole needs no stream.
    pub(crate) fn names(&self) -> BTreeSet<Watch> {
        let world = &self.around.world;
        let mut names = BTreeSet::from([Watch::Endpoints]);
        for endpoint in world.endpoints.iter().filter(|e| e.state != EndpointState::NotConnected) {
            names.extend(match endpoint.kind {
                EndpointKind::Cluster => Some(Watch::Runs(endpoint.cluster())),
                EndpointKind::Releases => Some(Watch::Streams),
                EndpointKind::Registry => None,
            });
        }
        for page in &self.pages[..=self.at] {
            names.extend(page.screen.watches(world));
        }
        for overlay in &self.overlays {
            names.extend(overlay.watches());
        }
        names.retain(|watch| !self.ended(watch));
        names
    }

    fn ended(&self, watch: &Watch) -> bool {
        match watch {
            Watch::Log(id) => self.around.world.logs.get(id).is_some_and(|slice| slice.complete.is_some()),
            _ => false,
        }
    }

    /// After each message: notes what is no longer named, and forgets what has lingered long enough.
    pub(crate) fn reconcile(&mut self) {
        let now = self.around.now;
        let names = self.names();
        if names != self.named {
            for gone in self.named.difference(&names) {
                self.left.insert(gone.clone(), now);
            }
            self.named = names;
        }
        if !self.left.is_empty() {
            self.close_lingering();
        }
        self.forget();
    }

    fn close_lingering(&mut self) {
        let now = self.around.now;
        let mut due: Vec<Watch> = self
            .left
            .iter()
            .filter(|(watch, since)| {
                self.named.contains(watch) || self.ended(watch) || now.as_second() - since.as_second() >= LINGER
            })
            .map(|(watch, _)| watch.clone())
            .collect();
        if self.left.len() - due.len() > LINGERING {
            let mut rest: Vec<_> = self.left.iter().filter(|(watch, _)| !due.contains(watch)).collect();
            rest.sort_by_key(|(_, since)| **since);
            let over = rest.len() - LINGERING;
            due.extend(rest[..over].iter().map(|(watch, _)| (*watch).clone()));
        }
        for watch in due {
            self.left.remove(&watch);
            if let Watch::Log(id) = &watch
                && !self.named.contains(&watch)
                && !self.ended(&watch)
            {
                // A stream that is opened again brings all lines again.
                self.around.world.logs.remove(id);
            }
        }
    }

    /// Whether news of it are welcome. A closed log's late lines are not: the log would be read again from its start.
    pub(crate) fn welcome(&self, news: &News) -> bool {
        match news {
            News::Log(id, _) => {
                let watch = Watch::Log(id.clone());
                self.named.contains(&watch) || self.left.contains_key(&watch)
            }
            _ => true,
        }
    }
}
