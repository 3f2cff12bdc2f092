//! Plans that were shown, kept beside the journal for one purpose: so that a later `--confirm` can say what differs.
//! They are never sent: what is sent is always planned anew.

use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use weir_domain::Plan;
use weir_domain::plan::{DiffLine, PlanRecord};

/// How many are kept.
const MOST: usize = 50;
/// A plan's file is far smaller.
const LIMIT: u64 = 8 << 20;

#[derive(Serialize, Deserialize)]
struct Kept {
    plan: PlanRecord,
    pipeline_diff: Vec<DiffLine>,
    obstacles: Vec<String>,
}

/// Writes the plan beside the journal and takes the oldest away.
pub(super) fn keep(journal: &Path, plan: &Plan) -> Result<(), String> {
    let Some(path) = path(journal, &plan.id) else { return Err("its id is odd".into()) };
    let kept =
        Kept { plan: plan.record(), pipeline_diff: plan.pipeline_diff.clone(), obstacles: plan.obstacles.clone() };
    let bytes = serde_json::to_vec(&kept).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let written = DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(&bytes)
    });
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    thin_out(folder);
    Ok(())
}

/// The plan of that id as far as it was kept; what was not kept is as in `now`.
pub(super) fn old(journal: &Path, id: &str, now: &Plan) -> Option<Plan> {
    let file = std::fs::File::open(path(journal, id)?).ok()?;
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).ok()?;
    let Kept { plan, pipeline_diff, obstacles } = serde_json::from_slice(&bytes).ok()?;
    Some(Plan {
        id: plan.id,
        way: plan.way,
        channel: plan.channel,
        from: plan.from,
        name: plan.name,
        digest: plan.digest,
        holds: plan.holds,
        previous: plan.previous,
        gates: plan.gates,
        object: plan.object,
        made: plan.made,
        pipeline_diff,
        obstacles,
        ..now.clone()
    })
}

/// Only hex digits name a file: an id comes from the command line.
fn path(journal: &Path, id: &str) -> Option<PathBuf> {
    let fine = !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    fine.then(|| journal.with_file_name("plans").join(format!("{id}.json")))
}

/// A plan that cannot be taken away stays.
fn thin_out(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut all: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    all.sort();
    let surplus = all.len().saturating_sub(MOST);
    for (_, path) in all.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::plan;

    #[test]
    fn a_kept_plan_says_what_differs_from_the_one_of_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("state").join("journal.jsonl");
        let before = plan();
        keep(&journal, &before).expect("written");
        let mut now = before.clone();
        now.id = "0000000000ff".into();
        now.name = "4.22.0-okd-scos.ec.9".into();
        let old = old(&journal, &before.id, &now).expect("kept");
        assert_eq!(old.drift(&now), [format!("the next name is 4.22.0-okd-scos.ec.9 now, it was {}", before.name)]);
    }

    #[test]
    fn an_id_that_is_a_path_reads_and_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.jsonl");
        std::fs::write(folder.path().join("x.json"), "{}").expect("written");
        let mut odd = plan();
        assert!(old(&journal, "../x", &odd).is_none());
        odd.id = "../y".into();
        assert!(keep(&journal, &odd).is_err());
        assert!(!folder.path().join("y.json").exists());
    }

    #[test]
    fn only_the_newest_plans_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.jsonl");
        for number in 0..MOST + 3 {
            let plan = Plan { id: format!("{number:012x}"), ..plan() };
            keep(&journal, &plan).expect("written");
        }
        let left = std::fs::read_dir(folder.path().join("plans")).expect("a folder").count();
        assert_eq!(left, MOST);
    }
}
