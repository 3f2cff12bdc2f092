//! The changelog as the release-controller's JSON has it. One that was not made, because there is nothing to compare with or
//! because the server gave up silently, has empty names and Go's zero time: it counts as none.

use super::wire::{clean, instant, lax, page};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::payload::{ChangedImages, Changelog, Merged};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLog {
    #[serde(default, deserialize_with = "lax")]
    from: End,
    #[serde(default, deserialize_with = "lax")]
    to: End,
    #[serde(default, deserialize_with = "lax")]
    updated_images: Vec<Image>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    #[serde(default, deserialize_with = "lax")]
    name: String,
    #[serde(default, deserialize_with = "lax")]
    created: String,
    #[serde(default, deserialize_with = "lax")]
    promoted_from: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    /// All images of the repository, joined.
    #[serde(default, deserialize_with = "lax")]
    name: String,
    #[serde(default, deserialize_with = "lax")]
    path: String,
    #[serde(default, deserialize_with = "lax")]
    commits: Vec<Commit>,
    #[serde(default, deserialize_with = "lax")]
    full_change_log: String,
}

#[derive(Deserialize)]
struct Commit {
    #[serde(default, deserialize_with = "lax")]
    bugs: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lax")]
    issues: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lax")]
    subject: String,
    #[serde(default, rename = "pullID", deserialize_with = "lax")]
    pull: i64,
    #[serde(default, rename = "pullURL", deserialize_with = "lax")]
    pull_page: String,
    #[serde(default, rename = "commitURL", deserialize_with = "lax")]
    commit_page: String,
}

impl Commit {
    fn merged(&self) -> Merged {
        let mut issues: Vec<Arc<str>> = self.bugs.keys().chain(self.issues.keys()).map(|key| clean(key)).collect();
        issues.sort();
        issues.dedup();
        Merged {
            subject: clean(&self.subject).to_string(),
            pull: u64::try_from(self.pull).ok().filter(|number| *number > 0),
            page: page(&self.pull_page).or_else(|| page(&self.commit_page)),
            issues,
        }
    }
}

impl ChangeLog {
    /// What it compares with; `None` when it was not made.
    pub fn from(&self) -> Option<Arc<str>> {
        (!self.from.name.is_empty() && !self.to.name.is_empty()).then(|| clean(&self.from.name))
    }

    /// When the newer release was created.
    pub fn created(&self) -> Option<Timestamp> {
        instant(&self.to.created)
    }

    /// The pull spec the newer release was made from.
    pub fn promoted_from(&self) -> Option<Arc<str>> {
        (!self.to.promoted_from.is_empty()).then(|| clean(&self.to.promoted_from))
    }

    /// What changed, sorted by the images' names.
    pub fn changelog(&self) -> Changelog {
        let mut images: Vec<ChangedImages> = self
            .updated_images
            .iter()
            .map(|image| ChangedImages {
                names: image.name.split(',').map(str::trim).filter(|n| !n.is_empty()).map(clean).collect(),
                page: page(&image.full_change_log).or_else(|| page(&image.path)),
                commits: image.commits.iter().map(Commit::merged).collect(),
            })
            .collect();
        images.sort_by(|a, b| a.names.cmp(&b.names));
        Changelog { images }
    }
}
