//! The columns and cells of `as=Table` answers, kind by kind as the real server has them.
//!
//! Cells are worked out when an object is stored; ages among them become words when somebody asks.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::human;
use crate::kind::Kind;
use crate::object::Cell;

/// Name, type, format, priority (0 is always shown, 1 only in wide output).
type Column = (&'static str, &'static str, &'static str, u8);

const NAME: Column = ("Name", "string", "name", 0);
const AGE: Column = ("Age", "string", "", 0);

pub(crate) fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::PipelineRun | Kind::TaskRun => &[
            NAME,
            ("Succeeded", "string", "", 0),
            ("Reason", "string", "", 0),
            ("StartTime", "date", "", 0),
            ("CompletionTime", "date", "", 0),
        ],
        Kind::ReleasePayload => &[
            NAME,
            ("Payload Created", "string", "", 0),
            ("Payload Accepted", "string", "", 0),
            ("Payload Rejected", "string", "", 0),
            ("Age", "date", "", 0),
        ],
        Kind::ImageStream => {
            &[NAME, ("Image Repository", "string", "", 0), ("Tags", "string", "", 0), ("Updated", "string", "", 0)]
        }
        Kind::ImageStreamTag => &[NAME, ("Image Reference", "string", "", 0), ("Updated", "string", "", 0)],
        Kind::Pipeline | Kind::Task => &[NAME, ("Age", "date", "", 0)],
        Kind::Definition => &[NAME, ("Created At", "date", "", 0)],
        Kind::Namespace => &[NAME, ("Status", "string", "", 0), AGE],
        Kind::Node => &[
            NAME,
            ("Status", "string", "", 0),
            ("Roles", "string", "", 0),
            AGE,
            ("Version", "string", "", 0),
            ("Internal-IP", "string", "", 1),
            ("External-IP", "string", "", 1),
            ("OS-Image", "string", "", 1),
            ("Kernel-Version", "string", "", 1),
            ("Container-Runtime", "string", "", 1),
        ],
        Kind::Pod => &[
            NAME,
            ("Ready", "string", "", 0),
            ("Status", "string", "", 0),
            ("Restarts", "string", "", 0),
            AGE,
            ("IP", "string", "", 1),
            ("Node", "string", "", 1),
            ("Nominated Node", "string", "", 1),
            ("Readiness Gates", "string", "", 1),
        ],
        Kind::Event => &[
            ("Last Seen", "string", "", 0),
            ("Type", "string", "", 0),
            ("Reason", "string", "", 0),
            ("Object", "string", "", 0),
            ("Subobject", "string", "", 1),
            ("Source", "string", "", 1),
            ("Message", "string", "", 0),
            ("First Seen", "string", "", 1),
            ("Count", "string", "", 1),
            ("Name", "string", "name", 1),
        ],
        Kind::ConfigMap => &[NAME, ("Data", "string", "", 0), AGE],
        Kind::ServiceAccount => &[NAME, ("Secrets", "string", "", 0), AGE],
        Kind::Secret => &[NAME, ("Type", "string", "", 0), ("Data", "string", "", 0), AGE],
        Kind::Claim => &[
            NAME,
            ("Status", "string", "", 0),
            ("Volume", "string", "", 0),
            ("Capacity", "string", "", 0),
            ("Access Modes", "string", "", 0),
            ("StorageClass", "string", "", 0),
            ("VolumeAttributesClass", "string", "", 0),
            AGE,
            ("VolumeMode", "string", "", 1),
        ],
        Kind::CronJob => &[
            NAME,
            ("Schedule", "string", "", 0),
            ("Timezone", "string", "", 0),
            ("Suspend", "boolean", "", 0),
            ("Active", "integer", "", 0),
            ("Last Schedule", "string", "", 0),
            AGE,
            ("Containers", "string", "", 1),
            ("Images", "string", "", 1),
            ("Selector", "string", "", 1),
        ],
    }
}

/// The `columnDefinitions` member.
pub(crate) fn definitions(kind: Kind) -> Value {
    columns(kind)
        .iter()
        .map(|(name, cell, format, priority)| {
            json!({"name": name, "type": cell, "format": format, "description": "", "priority": priority})
        })
        .collect()
}

pub(crate) fn cells(kind: Kind, value: &Value) -> Box<[Cell]> {
    let meta = &value["metadata"];
    let name = text(&meta["name"]);
    let age = since(&meta["creationTimestamp"]);
    let cells = match kind {
        Kind::PipelineRun | Kind::TaskRun => {
            let status = &value["status"];
            let succeeded = condition(status, "Succeeded");
            vec![
                name,
                text(&succeeded["status"]),
                text(&succeeded["reason"]),
                since(&status["startTime"]),
                since(&status["completionTime"]),
            ]
        }
        Kind::ReleasePayload => {
            let status = |kind: &str| text(&condition(&value["status"], kind)["status"]);
            vec![name, status("PayloadCreated"), status("PayloadAccepted"), status("PayloadRejected"), age]
        }
        Kind::ImageStream => {
            let tags = value["status"]["tags"].as_array().map_or(&[][..], Vec::as_slice);
            let newest = tags.iter().filter_map(|tag| tag["items"][0]["created"].as_str()).max();
            let first: Vec<_> = tags.iter().take(3).filter_map(|tag| tag["tag"].as_str()).collect();
            let more = tags.len().saturating_sub(3);
            let more = if more > 0 { format!(" + {more} more...") } else { String::new() };
            vec![
                name,
                text(&value["status"]["dockerImageRepository"]),
                word(&format!("{}{more}", first.join(","))),
                newest.and_then(|at| at.parse().ok()).map_or(Cell::Nothing, Cell::Since),
            ]
        }
        Kind::ImageStreamTag => vec![name, text(&value["image"]["dockerImageReference"]), age],
        Kind::Pipeline | Kind::Task => vec![name, age],
        Kind::Definition => vec![name, text(&meta["creationTimestamp"])],
        Kind::Namespace => vec![name, text(&value["status"]["phase"]), age],
        Kind::Node => {
            let info = &value["status"]["nodeInfo"];
            let ready = condition(&value["status"], "Ready")["status"] == "True";
            let mut cells = vec![name, word(if ready { "Ready" } else { "NotReady" }), word("worker"), age];
            cells.push(text(&info["kubeletVersion"]));
            cells.push(text(&value["status"]["addresses"][0]["address"]));
            cells.push(word("<none>"));
            cells.extend([
                text(&info["osImage"]),
                text(&info["kernelVersion"]),
                text(&info["containerRuntimeVersion"]),
            ]);
            cells
        }
        Kind::Pod => {
            let mut cells = vec![name, ready(value), word(&pod_state(value)), word("0"), age];
            cells.push(or(&value["status"]["podIP"], "<none>"));
            cells.push(or(&value["spec"]["nodeName"], "<none>"));
            cells.extend([word("<none>"), word("<none>")]);
            cells
        }
        Kind::Event => {
            let about = &value["involvedObject"];
            let object = format!(
                "{}/{}",
                about["kind"].as_str().unwrap_or_default().to_lowercase(),
                about["name"].as_str().unwrap_or_default()
            );
            vec![
                since(&value["lastTimestamp"]),
                text(&value["type"]),
                text(&value["reason"]),
                word(&object),
                or(&about["fieldPath"], ""),
                or(&value["source"]["component"], ""),
                text(&value["message"]),
                since(&value["firstTimestamp"]),
                Cell::Number(value["count"].as_i64().unwrap_or(1)),
                name,
            ]
        }
        Kind::ConfigMap => vec![name, size(&value["data"]), age],
        Kind::ServiceAccount => vec![name, Cell::Number(0), age],
        Kind::Secret => vec![name, text(&value["type"]), size(&value["data"]), age],
        Kind::Claim => {
            let spec = &value["spec"];
            vec![
                name,
                text(&value["status"]["phase"]),
                or(&spec["volumeName"], ""),
                or(&value["status"]["capacity"]["storage"], ""),
                word(if spec["accessModes"][0] == "ReadWriteMany" { "RWX" } else { "RWO" }),
                or(&spec["storageClassName"], "<unset>"),
                word("<unset>"),
                age,
                or(&spec["volumeMode"], "Filesystem"),
            ]
        }
        Kind::CronJob => {
            let spec = &value["spec"];
            let container = &spec["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
            let last = &value["status"]["lastScheduleTime"];
            vec![
                name,
                text(&spec["schedule"]),
                or(&spec["timeZone"], "<none>"),
                Cell::Flag(spec["suspend"] == true),
                Cell::Number(value["status"]["active"].as_array().map_or(0, |jobs| jobs.len() as i64)),
                if last.is_string() { since(last) } else { word("<none>") },
                age,
                text(&container["name"]),
                text(&container["image"]),
                word("<none>"),
            ]
        }
    };
    cells.into()
}

/// A row's cells at the time of asking.
pub(crate) fn row(cells: &[Cell], now: Timestamp) -> Value {
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => Value::from(text.as_ref()),
            Cell::Number(number) => Value::from(*number),
            Cell::Flag(flag) => Value::from(if *flag { "True" } else { "False" }),
            Cell::Since(at) => Value::from(human(*at, now)),
            Cell::Nothing => Value::Null,
        })
        .collect()
}

pub(crate) fn condition<'a>(status: &'a Value, kind: &str) -> &'a Value {
    status["conditions"].as_array().and_then(|all| all.iter().find(|one| one["type"] == kind)).unwrap_or(&Value::Null)
}

fn word(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn text(value: &Value) -> Cell {
    value.as_str().map_or(Cell::Nothing, word)
}

fn or(value: &Value, otherwise: &str) -> Cell {
    word(value.as_str().unwrap_or(otherwise))
}

fn since(value: &Value) -> Cell {
    value.as_str().and_then(|text| text.parse().ok()).map_or(Cell::Nothing, Cell::Since)
}

fn size(value: &Value) -> Cell {
    Cell::Number(value.as_object().map_or(0, |members| members.len() as i64))
}

fn ready(pod: &Value) -> Cell {
    let statuses = pod["status"]["containerStatuses"].as_array().map_or(&[][..], Vec::as_slice);
    let all = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    word(&format!("{}/{all}", statuses.iter().filter(|status| status["ready"] == true).count()))
}

/// The word kubectl shows for a pod: the first telling container state, else the phase.
fn pod_state(pod: &Value) -> String {
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or("Unknown");
    let states = || status["containerStatuses"].as_array().into_iter().flatten().map(|one| &one["state"]);
    if let Some(reason) = states().find_map(|state| state["waiting"]["reason"].as_str()) {
        return reason.into();
    }
    match phase {
        "Succeeded" => "Completed".into(),
        "Failed" => states()
            .filter(|state| state["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0))
            .find_map(|state| state["terminated"]["reason"].as_str())
            .unwrap_or("Error")
            .into(),
        _ => phase.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_cell_for_each_column_of_the_real_definition() {
        let run = json!({
            "metadata": {"name": "r"},
            "status": {
                "startTime": "2026-11-21T10:00:00Z",
                "conditions": [{"type": "Succeeded", "status": "Unknown", "reason": "Running"}],
            },
        });
        let now = "2026-11-21T10:05:16Z".parse().unwrap();
        assert_eq!(row(&cells(Kind::PipelineRun, &run), now), json!(["r", "Unknown", "Running", "5m16s", null]));
        for facts in &crate::kind::FACTS {
            assert_eq!(cells(facts.kind, &json!({})).len(), columns(facts.kind).len(), "{}", facts.plural);
        }
    }

    #[test]
    fn a_pod_says_why_it_waits() {
        let pod = json!({"status": {"phase": "Pending", "containerStatuses": [
            {"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}});
        assert_eq!(pod_state(&pod), "ImagePullBackOff");
    }
}
