//! `pipelines`: what can be started.

use crate::code::End;
use crate::desk::Desk;
use crate::list::{self, Listed};
use crate::shapes::pipeline::Pipeline as Shape;
use crate::table::Table;
use weir_domain::Pipeline;

pub(super) async fn pipelines(desk: &mut Desk<'_>) -> Result<i32, End> {
    let clusters = desk.clusters()?;
    let Listed { rows, silent } = list::pipelines(desk.client, &clusters).await;
    if desk.paper.json {
        let shapes: Vec<Shape<'_>> = rows.iter().map(Shape::of).collect();
        desk.paper.object(&shapes)?;
        return Ok(super::silence(desk, &clusters, &silent));
    }
    let mut table = Table::new(["PIPELINE", "CLUSTER", "NAMESPACE", ">TASKS", "PUBLISHES", "MUST BE GIVEN"]);
    for pipeline in &rows {
        table.row([
            pipeline.id.name.to_string(),
            pipeline.id.cluster.to_string(),
            pipeline.id.namespace.to_string(),
            pipeline.tasks.len().to_string(),
            if pipeline.publishes() { "yes".into() } else { String::new() },
            required(pipeline),
        ]);
    }
    if !table.is_empty() {
        table.print(&mut desk.paper)?;
    } else if silent.is_empty() {
        desk.paper.note("no Pipelines");
    }
    Ok(super::silence(desk, &clusters, &silent))
}

/// Parameters without a default, and workspaces, as `start` takes them.
fn required(pipeline: &Pipeline) -> String {
    let params = pipeline.params.iter().filter(|p| p.default.is_none()).map(|p| format!("-p {}", p.name));
    let workspaces = pipeline.workspaces.iter().filter(|w| !w.optional).map(|w| format!("-w {}", w.name));
    params.chain(workspaces).collect::<Vec<_>>().join(" ")
}
