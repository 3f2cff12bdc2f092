//! A stream's configuration, in the shape and field order the real server prints.
//!
//! Maps are optional because null and `{}` are both seen; `expires` is integer nanoseconds.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::route::Query;
use super::story::Story;

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseConfig {
    pub name: String,
    /// HTML.
    pub message: String,
    pub hide: bool,
    pub end_of_life: bool,
    /// `Stable`, or empty for Integration.
    #[serde(rename = "as")]
    pub mode: String,
    pub to: String,
    pub max_unready_releases: u32,
    pub min_creation_interval_seconds: u32,
    pub reference_mode: String,
    pub pull_secret_name: String,
    pub mirror_prefix: String,
    #[serde(rename = "overrideCLIImage")]
    pub override_cli_image: String,
    pub expires: u64,
    pub verify: Option<BTreeMap<String, VerifyJob>>,
    pub periodic: Option<BTreeMap<String, PeriodicJob>>,
    pub publish: Option<Map<String, Value>>,
    pub check: Option<Map<String, Value>>,
    pub upgrade: Option<Map<String, Value>>,
    pub alternate_image_repository: String,
    pub alternate_image_repository_secret_name: String,
    pub reference_release: Option<Value>,
    pub disable_manifest_list_mode: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyJob {
    pub disabled: bool,
    pub optional: bool,
    #[serde(rename = "async", skip_serializing_if = "is_false")]
    pub detached: bool,
    pub upgrade: bool,
    pub upgrade_from: String,
    pub upgrade_from_release: Option<Value>,
    pub prow_job: ProwJob,
    #[serde(skip_serializing_if = "is_zero")]
    pub max_retries: u32,
    pub multi_job_analysis: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifiers: Option<Value>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodicJob {
    pub cron: String,
    pub upgrade: bool,
    pub upgrade_from: String,
    pub upgrade_from_release: Option<Value>,
    pub prow_job: ProwJob,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct ProwJob {
    pub name: String,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl VerifyJob {
    pub fn is_blocking(&self) -> bool {
        !self.optional && !self.disabled && !self.detached
    }
}

/// `S/config`: 400, not 404, for an unknown stream; `{}` for one with nothing to verify, whatever was asked.
pub fn answer(story: &Story, stream: &str, query: &Query) -> Answer {
    let Some(stream) = story.stream(stream) else {
        return Answer::error(400, format_args!("error: unknown release stream specified: {stream}"));
    };
    let config = &stream.config;
    let Some(verify) = config.verify.as_ref().filter(|verify| !verify.is_empty()) else {
        return Answer::json(&Map::new());
    };
    let only = |wanted: fn(&VerifyJob) -> bool| {
        let jobs: BTreeMap<_, _> = verify.iter().filter(|(_, job)| wanted(job)).collect();
        Answer::json(&jobs)
    };
    match query.first("jobType") {
        "" => Answer::json(config),
        "informing" => only(|job| job.optional),
        "blocking" => only(VerifyJob::is_blocking),
        "disabled" => only(|job| job.disabled),
        "periodic" => Answer::json(&config.periodic),
        _ => Answer::error(400, "error: jobType must be one of '', 'informing', 'blocking', 'disabled' or 'periodic'"),
    }
}
