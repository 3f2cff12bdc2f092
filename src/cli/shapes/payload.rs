//! A payload ([`Payload`]: `payload`) and how two differ ([`Diff`]: `diff`).

use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::payload::{Changed, Changelog, Difference, KeyRing, Weight};
use weir_domain::{Component, PayloadDiff};

#[derive(Debug, Serialize)]
pub struct Payload<'a> {
    pub name: &'a str,
    /// As it was asked for.
    pub image: String,
    /// Of the top manifest: the list's, where there is one.
    pub digest: &'a str,
    pub list: bool,
    pub architectures: &'a [Arc<str>],
    pub created: Option<Timestamp>,
    pub coreos: Option<&'a str>,
    pub from_release: Option<&'a str>,
    /// Releases that can be upgraded to this one.
    pub previous: &'a [Arc<str>],
    pub components: Vec<Row<'a>>,
    pub versions: &'a BTreeMap<Arc<str>, Arc<str>>,
    pub rings: &'a [KeyRing],
    pub stores: &'a [Arc<str>],
    pub oddities: &'a [String],
}

/// `size` (bytes) and `architectures` are `null` without `--sizes`, and where they could not be read; then `refused` says why.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    pub name: &'a str,
    pub version: Option<&'a str>,
    pub commit: Option<&'a str>,
    pub repository: Option<&'a str>,
    pub digest: &'a str,
    pub image: String,
    pub size: Option<u64>,
    pub architectures: Option<&'a [Arc<str>]>,
    pub refused: Option<&'a str>,
}

impl<'a> Payload<'a> {
    /// `weights` sorted by component; empty when they were not asked for.
    pub fn of(payload: &'a weir_domain::Payload, weights: &'a [Weight]) -> Payload<'a> {
        Payload {
            name: &payload.name,
            image: payload.image.to_string(),
            digest: payload.digest.as_str(),
            list: payload.list,
            architectures: &payload.architectures,
            created: payload.created,
            coreos: payload.coreos(),
            from_release: payload.from_release.as_deref(),
            previous: &payload.previous,
            components: payload.components.iter().map(|c| Row::of(c, weight(weights, &c.name))).collect(),
            versions: &payload.versions,
            rings: &payload.rings,
            stores: &payload.stores,
            oddities: &payload.oddities,
        }
    }
}

/// A component's weight among those sorted by name.
pub(crate) fn weight<'a>(weights: &'a [Weight], name: &str) -> Option<&'a Weight> {
    weights.binary_search_by(|w| (*w.component).cmp(name)).ok().map(|at| &weights[at])
}

impl<'a> Row<'a> {
    fn of(component: &'a Component, weight: Option<&'a Weight>) -> Row<'a> {
        Row {
            name: &component.name,
            version: component.version.as_deref(),
            commit: component.commit.as_deref(),
            repository: component.repository.as_deref(),
            digest: component.digest.as_str(),
            image: component.image.to_string(),
            size: weight.and_then(|w| w.size),
            architectures: weight.filter(|w| w.refused.is_none()).map(|w| w.architectures.as_slice()),
            refused: weight.and_then(|w| w.refused.as_deref()),
        }
    }
}

/// All lists are sorted by name. A component stands in exactly one of the four.
#[derive(Debug, Serialize)]
pub struct Diff<'a> {
    pub from: Side<'a>,
    pub to: Side<'a>,
    /// How many components are the same.
    pub same: usize,
    pub added: Vec<Change<'a>>,
    pub removed: Vec<Change<'a>>,
    /// Another commit.
    pub changed: Vec<Change<'a>>,
    /// The same commit, or an unknown one, and another digest.
    pub rebuilt: Vec<Change<'a>>,
    /// What the release-controller says was merged in between; `null` when it was not asked.
    pub changelog: Option<&'a Changelog>,
}

#[derive(Debug, Serialize)]
pub struct Side<'a> {
    pub name: &'a str,
    pub digest: &'a str,
    pub coreos: Option<&'a str>,
}

/// `from` is `null` for what was added, `to` for what was removed.
#[derive(Debug, Serialize)]
pub struct Change<'a> {
    pub name: &'a str,
    pub repository: Option<&'a str>,
    pub from: Option<At<'a>>,
    pub to: Option<At<'a>>,
    /// The forge's page with the commits between.
    pub compare: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct At<'a> {
    pub version: Option<&'a str>,
    pub commit: Option<&'a str>,
    pub digest: &'a str,
}

impl<'a> Diff<'a> {
    pub fn of(
        diff: &'a PayloadDiff,
        coreos: (Option<&'a str>, Option<&'a str>),
        changelog: Option<&'a Changelog>,
    ) -> Diff<'a> {
        let of = |kind: Difference| diff.changes.iter().filter(|c| c.kind == kind).map(Change::of).collect();
        Diff {
            from: Side { name: &diff.from, digest: diff.from_digest.as_str(), coreos: coreos.0 },
            to: Side { name: &diff.to, digest: diff.to_digest.as_str(), coreos: coreos.1 },
            same: diff.same,
            added: of(Difference::Added),
            removed: of(Difference::Removed),
            changed: of(Difference::Changed),
            rebuilt: of(Difference::Rebuilt),
            changelog,
        }
    }
}

impl<'a> Change<'a> {
    fn of(changed: &'a Changed) -> Change<'a> {
        let at = |component: &'a Component| At {
            version: component.version.as_deref(),
            commit: component.commit.as_deref(),
            digest: component.digest.as_str(),
        };
        let newest = changed.to.as_ref().or(changed.from.as_ref());
        Change {
            name: &changed.name,
            repository: newest.and_then(|c| c.repository.as_deref()),
            from: changed.from.as_ref().map(at),
            to: changed.to.as_ref().map(at),
            compare: changed.compare_page(),
        }
    }
}
