//! Words that thousands of runs repeat (label keys, pipelines, reasons), each cleaned and kept once.
//!
//! Invariant: what is shared is exactly what `clean` gives; only how often it lies in memory differs.

use super::clean;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use weir_domain::{ClusterName, Namespace};

/// Longer texts, and more of them than this, are unlikely to come again.
const LONGEST: usize = 96;
const MOST: usize = 16_384;

/// The words of one cluster's lists.
pub struct Words {
    pub cluster: ClusterName,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    texts: HashMap<Box<str>, Arc<str>>,
    namespaces: HashMap<Box<str>, Namespace>,
}

impl Words {
    pub fn new(cluster: ClusterName) -> Words {
        Words { cluster, known: Mutex::default() }
    }

    pub fn clean(&self, raw: &str) -> Arc<str> {
        if raw.len() > LONGEST {
            return clean(raw);
        }
        let texts = &mut self.known.lock().unwrap_or_else(PoisonError::into_inner).texts;
        if let Some(known) = texts.get(raw) {
            return known.clone();
        }
        let cleaned = clean(raw);
        if texts.len() < MOST {
            texts.insert(raw.into(), cleaned.clone());
        }
        cleaned
    }

    pub fn namespace(&self, raw: &str) -> Namespace {
        let namespaces = &mut self.known.lock().unwrap_or_else(PoisonError::into_inner).namespaces;
        if let Some(known) = namespaces.get(raw) {
            return known.clone();
        }
        let namespace = Namespace::new(raw);
        namespaces.insert(raw.into(), namespace.clone());
        namespace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_cleaned_as_ever_and_lies_in_memory_once() {
        let words = Words::new(ClusterName::new("moc"));
        let (one, two) = (words.clean("tekton.dev/\u{1b}[2Jpipeline"), words.clean("tekton.dev/\u{1b}[2Jpipeline"));
        assert_eq!(&*one, "tekton.dev/pipeline");
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(&*words.clean("ghs_16C7e42F292c6912E7710c838347Ae178B4a"), weir_domain::secret::HIDDEN);
        assert_eq!(words.namespace("okd-coreos"), Namespace::new("okd-coreos"));
    }
}
