//! The newest run of every stream in one pass over the runs: 60 streams and 10,000 runs are normal.
//! The rule itself is the domain's (`attention::belongs`); a test holds the two together.

use std::collections::{BTreeMap, HashMap};
use weir_domain::{Run, RunId, Stream, StreamName};

/// `also`: stream name → further parameter values that make a run belong to it.
pub(super) fn newest_runs<'a>(
    streams: impl Iterator<Item = &'a Stream>,
    runs: impl Iterator<Item = &'a Run>,
    also: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<StreamName, RunId> {
    let streams: Vec<&Stream> = streams.collect();
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut minors: HashMap<String, Vec<usize>> = HashMap::new();
    let mut values: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, stream) in streams.iter().enumerate() {
        named.entry(stream.name.as_str()).or_default().push(index);
        if let Some(minor) = stream.minor() {
            minors.entry(minor).or_default().push(index);
        }
        for value in also.get(stream.name.as_str()).into_iter().flatten() {
            values.entry(value).or_default().push(index);
        }
    }
    let mut newest: Vec<Option<&Run>> = vec![None; streams.len()];
    for run in runs {
        for (name, value) in &run.params {
            let by_name = match &**name {
                "release-stream" | "target-release-stream" => named.get(&**value),
                "version" => minors.get(&**value),
                _ => None,
            };
            for &index in by_name.into_iter().chain(values.get(&**value)).flatten() {
                let at = |run: &Run| run.created.or(run.started);
                if newest[index].is_none_or(|other| at(run) >= at(other)) {
                    newest[index] = Some(run);
                }
            }
        }
    }
    streams.iter().zip(newest).filter_map(|(stream, run)| Some((stream.name.clone(), run?.id.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::{Depth, Starter, Status, attention};

    fn run(name: &str, second: i64, params: &[(&str, &str)]) -> Run {
        Run {
            id: RunId::new("moc", "okd-coreos", name),
            uid: "u".into(),
            depth: Depth::Whole,
            status: Status::Ok,
            reason: "".into(),
            message: "".into(),
            pipeline: Some("okd-coreos".into()),
            params: params.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            created: jiff::Timestamp::from_second(second).ok(),
            started: None,
            finished: None,
            progress: None,
            starter: Starter::NotRecorded,
            asked: None,
            labels: Vec::new(),
        }
    }

    #[test]
    fn one_pass_finds_what_the_domain_says_for_each_stream() {
        let stream = |name: &str| Stream { name: name.into(), releases: Vec::new(), as_of: None };
        let streams =
            ["4.19.0-0.okd-scos", "4.22.0-0.okd-scos-nightly", "4-scos-next", "5.0.0-0.okd-scos", "4-scos-stable"]
                .map(stream);
        let also: BTreeMap<String, Vec<String>> = [("4-scos-stable".to_string(), vec!["weekly".to_string()])].into();
        let runs = [
            run("a", 10, &[("version", "4.19"), ("release-stream", "next")]),
            run("b", 30, &[("version", "4.19")]),
            run("c", 20, &[("release-stream", "4.22.0-0.okd-scos-nightly"), ("target-release-stream", "4-scos-next")]),
            run("d", 40, &[("branch", "weekly")]),
            run("e", 50, &[("version", "4.2")]),
        ];
        let found = newest_runs(streams.iter(), runs.iter(), &also);
        for stream in &streams {
            let also = also.get(stream.name.as_str()).map_or(&[][..], |v| v);
            let expected = attention::newest_run(runs.iter(), stream, also).map(|r| r.id.clone());
            assert_eq!(found.get(&stream.name).cloned(), expected, "{}", stream.name);
        }
        assert_eq!(found.len(), 4);
    }
}
