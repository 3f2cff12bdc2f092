//! `journal`: what was sent and what came of it, newest first.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::list;
use crate::shapes::journal::Entry as Shape;
use crate::table::Table;
use jiff::Timestamp;
use std::collections::BTreeSet;
use weir_domain::journal::Entry;
use weir_domain::{News, Watch, age_text};

pub(super) async fn journal(desk: &mut Desk<'_>) -> Result<i32, End> {
    let mut unread = Vec::new();
    let mut entries = list::first(desk.client, Watch::Journal, "cannot read the journal", |news| match news {
        News::Journal(loaded) => Some(loaded),
        News::Unread(lines) => {
            unread = lines;
            None
        }
        _ => None,
    })
    .await?;
    unread.iter().for_each(|line| desk.paper.note(&format!("not seen: {line}")));
    entries.reverse();
    if desk.paper.json {
        let shapes: Vec<Shape<'_>> = entries.iter().map(Shape::of).collect();
        desk.paper.object(&shapes)?;
        return Ok(code::YES);
    }
    let now = Timestamp::now();
    let mut table = Table::new([">AGE", "OUTCOME", "VERB", "OBJECT", "CLUSTER", "NAMESPACE", "BY", "REASON"]);
    for entry in latest(&entries) {
        table.row([
            age_text(entry.time, now),
            entry.outcome.word().into(),
            entry.verb.clone(),
            entry.object.clone(),
            entry.cluster.clone(),
            entry.namespace.clone(),
            entry.operator.clone(),
            entry.reason.clone().unwrap_or_default(),
        ]);
    }
    if table.is_empty() {
        desk.paper.note(&format!("nothing was sent yet: {}", desk.client.journal_path().display()));
    } else {
        table.print(&mut desk.paper)?;
    }
    Ok(code::YES)
}

/// One line a command: the one after, or the one before where no outcome was written.
fn latest(newest_first: &[Entry]) -> impl Iterator<Item = &Entry> {
    let mut seen = BTreeSet::new();
    newest_first.iter().filter(move |entry| seen.insert(&entry.id))
}
