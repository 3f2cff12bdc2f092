//! `runs`: all runs of all clusters, newest first.

use crate::code::End;
use crate::desk::Desk;
use crate::list::{self, Listed};
use crate::shapes::run::Row;
use crate::table::Table;
use jiff::Timestamp;
use weir_domain::{age_text, duration_text};

pub(super) async fn runs(desk: &mut Desk<'_>) -> Result<i32, End> {
    let clusters = desk.clusters()?;
    let Listed { rows, silent } = list::runs(desk.client, &clusters).await;
    let now = Timestamp::now();
    if desk.paper.json {
        let shapes: Vec<Row<'_>> = rows.iter().map(|run| Row::of(run, now)).collect();
        desk.paper.object(&shapes)?;
        return Ok(super::silence(desk, &clusters, &silent));
    }
    let mut table = Table::new([
        "STATUS",
        "NAME",
        "CLUSTER",
        "NAMESPACE",
        "PIPELINE",
        "BUILDS",
        ">AGE",
        ">TOOK",
        ">TASKS",
        "STARTED BY",
    ]);
    for run in &rows {
        table.row([
            desk.paper.status(run.status),
            run.id.name.to_string(),
            run.id.cluster.to_string(),
            run.id.namespace.to_string(),
            run.pipeline_name().to_string(),
            run.what(),
            run.since().map(|at| age_text(at, now)).unwrap_or_default(),
            run.seconds(now).map(duration_text).unwrap_or_default(),
            run.progress.map(|p| format!("{}/{}", p.done, p.total())).unwrap_or_default(),
            run.starter.words(),
        ]);
    }
    if !table.is_empty() {
        table.print(&mut desk.paper)?;
    } else if silent.is_empty() {
        let names: Vec<&str> = clusters.iter().map(|c| c.name.as_str()).collect();
        desk.paper.note(&format!("no runs on {}", names.join(", ")));
    }
    Ok(super::silence(desk, &clusters, &silent))
}
