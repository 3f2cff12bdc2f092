//! A server-side Table of runs: names, status and reason thirty times sooner than the objects. Its times are rendered ages.
//! Source of the format: meta.k8s.io/v1 Table; the columns are those of Tekton's CRD.

use super::wire::{Time, nullable};
use super::words::Words;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::Arc;
use weir_domain::run::{Run, Starter};
use weir_domain::{Depth, RunId, Status};

pub const ACCEPT: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    #[serde(default, deserialize_with = "nullable")]
    column_definitions: Vec<Column>,
    #[serde(default, deserialize_with = "nullable")]
    rows: Vec<Row>,
}

#[derive(Default, Deserialize)]
struct Column {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "nullable")]
    cells: Vec<Cell>,
    #[serde(default)]
    object: Option<Object>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Text(String),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Object {
    #[serde(default, deserialize_with = "nullable")]
    metadata: Place,
}

/// What a sketch needs of an object's metadata: of labels and managed fields there are megabytes.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(default, deserialize_with = "nullable")]
    namespace: String,
    #[serde(default, deserialize_with = "nullable")]
    uid: String,
    #[serde(default)]
    creation_timestamp: Option<Time>,
}

/// Sketches of all rows. `namespace` is that of a Table without metadata; rows that name none are left out.
pub fn sketches(
    body: &[u8],
    words: &Words,
    namespace: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Run>, serde_json::Error> {
    let table: Table = serde_json::from_slice(body)?;
    let column = |name: &str| table.column_definitions.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    let (name, succeeded, reason, started, finished) =
        (column("Name"), column("Succeeded"), column("Reason"), column("StartTime"), column("CompletionTime"));
    let sketch = |row: &Row| -> Option<Run> {
        let cell = |index: Option<usize>| match row.cells.get(index?)? {
            Cell::Text(text) => Some(text.as_str()),
            Cell::Other(_) => None,
        };
        let meta = row.object.as_ref().map(|o| &o.metadata);
        let namespace = meta.map(|m| m.namespace.as_str()).filter(|n| !n.is_empty()).or(namespace)?;
        let condition =
            cell(succeeded).filter(|c| !c.is_empty()).map(|status| (status, cell(reason).unwrap_or_default()));
        let ago = |index| cell(index).and_then(age).map(|seconds| now - SignedDuration::from_secs(seconds));
        let started = ago(started);
        Some(Run {
            id: RunId {
                cluster: words.cluster.clone(),
                namespace: words.namespace(namespace),
                name: Arc::from(cell(name)?),
            },
            uid: meta.map(|m| super::clean(&m.uid)).unwrap_or_default(),
            depth: Depth::Sketch,
            status: Status::of_condition(condition, started.is_some()),
            reason: words.clean(cell(reason).unwrap_or_default()),
            message: words.clean(""),
            pipeline: None,
            params: Vec::new(),
            created: meta.and_then(|m| m.creation_timestamp).and_then(|t| t.0).or(started),
            started,
            finished: ago(finished),
            progress: None,
            starter: Starter::NotRecorded,
            asked: None,
            labels: Vec::new(),
        })
    };
    Ok(table.rows.iter().filter_map(sketch).collect())
}

/// "3d4h", "5m10s", "47s" → seconds.
fn age(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0i64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..end].parse().ok()?;
        let unit = match rest.as_bytes()[end] {
            b'y' => 365 * 86_400,
            b'd' => 86_400,
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    (total < 100 * 365 * 86_400 && !text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_sketch_with_a_coarse_time() {
        let body = br#"{"columnDefinitions":[{"name":"Name"},{"name":"Succeeded"},{"name":"Reason"},{"name":"StartTime"},{"name":"CompletionTime"}],
            "rows":[{"cells":["a","False","Failed","5m10s","1m"]},{"cells":["b",null,null,null,null]},{"cells":[1,2]}]}"#;
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("time");
        let runs = sketches(body, &Words::new("moc".into()), Some("okd"), now).expect("a table");
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].status, Status::Failed);
        assert_eq!(runs[0].seconds(now), Some(250));
        assert_eq!(runs[1].status, Status::Pending);
        assert_eq!(age("<unknown>"), None);
    }
}
