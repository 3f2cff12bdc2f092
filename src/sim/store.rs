//! All objects of one cluster, their one resource version, and the recent changes a watch may ask for.
//!
//! Invariant: versions only grow; a change is in the history of its kind exactly once, in the order of versions.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::kind::{FACTS, Kind};
use crate::object::{Filling, Form, Object};

/// How many changes of one kind are kept for watches that come back.
const HISTORY: usize = 8_192;

#[derive(Debug)]
pub(crate) struct Store {
    version: u64,
    kinds: Vec<Shelf>,
    tick: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<(Box<str>, Box<str>), Arc<Object>>,
    changes: VecDeque<Change>,
    /// A watch from an older version than this cannot be served.
    floor: u64,
}

/// One change: what the object was and what it became; `now` is `None` for a deletion.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) before: Option<Arc<Object>>,
    pub(crate) now: Option<Arc<Object>>,
}

impl Store {
    pub(crate) fn new() -> Store {
        Store {
            version: 1_000,
            kinds: FACTS.iter().map(|_| Shelf { floor: 1_000, ..Shelf::default() }).collect(),
            tick: watch::Sender::new(1_000),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Tells of each new version.
    pub(crate) fn ticks(&self) -> watch::Receiver<u64> {
        self.tick.subscribe()
    }

    /// Adds the object or replaces the one of the same name.
    pub(crate) fn put(&mut self, kind: Kind, value: Value) -> Arc<Object> {
        let version = self.version + 1;
        self.place(kind, Object::new(kind, value, version))
    }

    pub(crate) fn fill(&mut self, kind: Kind, form: &Arc<Form>, filling: Filling) -> Arc<Object> {
        let version = self.version + 1;
        self.place(kind, Object::filled(form, filling, version))
    }

    fn place(&mut self, kind: Kind, object: Object) -> Arc<Object> {
        let object = Arc::new(object);
        let key = (object.namespace.clone(), object.name.clone());
        let before = self.kinds[kind as usize].objects.insert(key, object.clone());
        self.record(kind, Change { version: object.version, before, now: Some(object.clone()) });
        object
    }

    pub(crate) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Object>> {
        self.kinds[kind as usize].objects.get(&(namespace.into(), name.into())).cloned()
    }

    /// Removes the object and everything it owns, the owned first.
    pub(crate) fn remove(&mut self, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let object = self.get(kind, namespace, name)?;
        let owned: Vec<_> = [Kind::TaskRun, Kind::Pod]
            .into_iter()
            .flat_map(|kind| {
                self.list(kind, Some(namespace))
                    .into_iter()
                    .filter(|child| child.owners.iter().any(|owner| *owner == object.uid))
                    .map(move |child| (kind, child.name.clone()))
            })
            .collect();
        for (kind, name) in owned {
            self.remove(kind, namespace, &name);
        }
        self.kinds[kind as usize].objects.remove(&(namespace.into(), name.into()));
        self.record(kind, Change { version: self.version + 1, before: Some(object.clone()), now: None });
        Some(object)
    }

    /// In the order of namespace and name.
    pub(crate) fn list(&self, kind: Kind, namespace: Option<&str>) -> Vec<Arc<Object>> {
        let objects = &self.kinds[kind as usize].objects;
        match namespace {
            None => objects.values().cloned().collect(),
            Some(namespace) => objects
                .range((namespace.into(), "".into())..)
                .take_while(|((at, _), _)| at.as_ref() == namespace)
                .map(|(_, object)| object.clone())
                .collect(),
        }
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.kinds[kind as usize].objects.len()
    }

    /// The changes after `version`, or `Err(floor)` when they are no longer all known.
    pub(crate) fn since(&self, kind: Kind, version: u64) -> Result<Vec<Change>, u64> {
        let shelf = &self.kinds[kind as usize];
        if version < shelf.floor {
            return Err(shelf.floor);
        }
        let start = shelf.changes.partition_point(|change| change.version <= version);
        Ok(shelf.changes.range(start..).cloned().collect())
    }

    /// The oldest version that a list or a watch of the kind can still be continued from.
    pub(crate) fn floor(&self, kind: Kind) -> u64 {
        self.kinds[kind as usize].floor
    }

    /// Forgets all changes, also for those who have read everything up to now.
    pub(crate) fn expire(&mut self) {
        self.version += 1;
        for shelf in &mut self.kinds {
            shelf.changes.clear();
            shelf.floor = self.version;
        }
        self.tick.send_replace(self.version);
    }

    /// Forgets the changes that made the beginning of the story: nobody has watched them.
    pub(crate) fn settle(&mut self) {
        for shelf in &mut self.kinds {
            shelf.changes = VecDeque::new();
            shelf.floor = self.version;
        }
    }

    fn record(&mut self, kind: Kind, change: Change) {
        self.version = change.version;
        let shelf = &mut self.kinds[kind as usize];
        if shelf.changes.len() == HISTORY
            && let Some(oldest) = shelf.changes.pop_front()
        {
            shelf.floor = oldest.version;
        }
        shelf.changes.push_back(change);
        self.tick.send_replace(self.version);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str, uid: &str, owner: Option<&str>) -> Value {
        let owners: Vec<_> = owner.into_iter().map(|uid| json!({"uid": uid})).collect();
        json!({"metadata": {"namespace": "n", "name": name, "uid": uid, "ownerReferences": owners}})
    }

    #[test]
    fn deleting_a_run_takes_its_task_runs_and_their_pods_along() {
        let mut store = Store::new();
        store.put(Kind::PipelineRun, object("run", "1", None));
        store.put(Kind::TaskRun, object("task", "2", Some("1")));
        store.put(Kind::Pod, object("pod", "3", Some("2")));
        store.put(Kind::Pod, object("other", "4", None));
        store.remove(Kind::PipelineRun, "n", "run");
        assert_eq!(store.count(Kind::TaskRun), 0);
        let left: Vec<_> = store.list(Kind::Pod, Some("n")).iter().map(|pod| pod.name.to_string()).collect();
        assert_eq!(left, ["other"]);
    }

    #[test]
    fn a_watch_from_a_version_that_was_forgotten_is_told_so() {
        let mut store = Store::new();
        let first = store.put(Kind::Pod, object("a", "1", None)).version;
        store.put(Kind::Pod, object("b", "2", None));
        assert_eq!(store.since(Kind::Pod, first).unwrap().len(), 1);
        store.expire();
        assert_eq!(store.since(Kind::Pod, store.version() - 1).unwrap_err(), store.version());
    }
}
