//! The story as all parts of a world share it: who changes it wakes those who show it.
//!
//! Invariant: its lock is the innermost one; nobody takes another while holding it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::story::Story;

#[derive(Debug)]
pub struct Shared {
    story: RwLock<Story>,
    changed: watch::Sender<u64>,
}

impl Shared {
    pub fn new(story: Story) -> Shared {
        Shared { story: RwLock::new(story), changed: watch::Sender::new(0) }
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Story> {
        self.story.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the story and tells everybody who waits for that.
    pub fn change<T>(&self, act: impl FnOnce(&mut Story) -> T) -> T {
        let done = act(&mut self.story.write().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|count| *count += 1);
        done
    }

    /// How often the story was changed.
    pub fn count(&self) -> u64 {
        *self.changed.borrow()
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
