//! The ReleasePayload object (`release.openshift.io/v1alpha1`), decoded leniently.

use super::super::wire::{clean, count, lax, sort_jobs};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use weir_domain::release::Job;
use weir_domain::release::detail::{ByHand, ReleasePayload};
use weir_domain::{ClusterName, Phase};

#[derive(Deserialize)]
pub struct Object {
    #[serde(default, deserialize_with = "lax")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "lax")]
    spec: Spec,
    #[serde(default, deserialize_with = "lax")]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default, deserialize_with = "lax")]
    name: String,
    #[serde(default, deserialize_with = "lax")]
    resource_version: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default, deserialize_with = "lax")]
    payload_override: Override,
}

#[derive(Default, Deserialize)]
struct Override {
    #[serde(default, rename = "override", deserialize_with = "lax")]
    word: String,
    #[serde(default, deserialize_with = "lax")]
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default, deserialize_with = "lax")]
    conditions: Vec<Condition>,
    #[serde(default, deserialize_with = "lax")]
    blocking_job_results: Vec<JobResult>,
    #[serde(default, deserialize_with = "lax")]
    informing_job_results: Vec<JobResult>,
    #[serde(default, deserialize_with = "lax")]
    upgrade_job_results: Vec<JobResult>,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(default, rename = "type", deserialize_with = "lax")]
    kind: String,
    #[serde(default, deserialize_with = "lax")]
    status: String,
    #[serde(default, deserialize_with = "lax")]
    reason: String,
    #[serde(default, deserialize_with = "lax")]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobResult {
    #[serde(default, deserialize_with = "lax")]
    ci_configuration_name: String,
    /// More than one: each attempt is that many runs, analysed together.
    #[serde(default, deserialize_with = "lax")]
    analysis_job_count: i64,
    #[serde(default, deserialize_with = "lax")]
    state: String,
    #[serde(default, deserialize_with = "lax")]
    results: Vec<Attempt>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    #[serde(default, deserialize_with = "lax")]
    start_time: String,
    #[serde(default, deserialize_with = "lax")]
    completion_time: String,
    #[serde(default, rename = "humanProwResultsURL", deserialize_with = "lax")]
    page: String,
}

impl Attempt {
    fn started(&self) -> Option<Timestamp> {
        self.start_time.parse().ok()
    }
}

impl JobResult {
    fn job(&self, blocking: bool) -> Job {
        let mut attempts: Vec<&Attempt> = self.results.iter().collect();
        // Oldest first; one that has not started is the newest.
        attempts.sort_by_key(|a| (a.started().is_none(), a.started()));
        let state = match self.state.as_str() {
            "Success" => "Succeeded",
            "Failure" => "Failed",
            _ => "Pending",
        };
        let runs = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let pages: Vec<Arc<str>> = attempts.iter().map(|a| clean(&a.page)).collect();
        let (url, earlier) = pages.split_last().map_or((Arc::from(""), Vec::new()), |(last, before)| {
            (last.clone(), before.iter().filter(|page| !page.is_empty()).cloned().collect())
        });
        let done = attempts.iter().filter_map(|a| a.completion_time.parse().ok()).max();
        Job {
            name: clean(&self.ci_configuration_name),
            state: Arc::from(state),
            blocking,
            attempts: runs.div_ceil(count(self.analysis_job_count).max(1)),
            url,
            earlier,
            decided: done.filter(|_| state != "Pending"),
        }
    }
}

impl Object {
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    fn is(&self, kind: &str) -> bool {
        self.status.conditions.iter().any(|c| c.kind == kind && c.status == "True")
    }

    /// The server's own rule: the first that is true, in stored order; a failed payload has PayloadRejected=True as well.
    fn phase(&self) -> Phase {
        let decided =
            self.status.conditions.iter().filter(|c| c.status == "True").find_map(|c| match c.kind.as_str() {
                "PayloadAccepted" => Some(Phase::Accepted),
                "PayloadFailed" => Some(Phase::Failed),
                "PayloadRejected" => Some(Phase::Rejected),
                _ => None,
            });
        decided.unwrap_or(if self.is("PayloadCreated") { Phase::Ready } else { Phase::Pending })
    }

    fn by_hand(&self) -> Option<ByHand> {
        let hands = [
            ("PayloadAccepted", "ReleasePayloadManuallyAccepted", Phase::Accepted),
            ("PayloadRejected", "ReleasePayloadManuallyRejected", Phase::Rejected),
        ];
        hands.into_iter().find_map(|(kind, reason, verdict)| {
            let of = |c: &&Condition| c.kind == kind && c.reason == reason && c.status == "True";
            let condition = self.status.conditions.iter().find(of)?;
            Some(ByHand { verdict, reason: clean(&condition.message).to_string() })
        })
    }

    pub fn payload(&self, cluster: &ClusterName, namespace: &str, may_decide: Option<bool>) -> ReleasePayload {
        let status = &self.status;
        let of = |results: &[JobResult], blocking: bool| results.iter().map(|r| r.job(blocking)).collect::<Vec<_>>();
        let mut jobs = of(&status.blocking_job_results, true);
        jobs.extend(of(&status.informing_job_results, false));
        jobs.extend(of(&status.upgrade_job_results, false));
        jobs.retain(|job| !job.name.is_empty());
        sort_jobs(&mut jobs);
        let wish = &self.spec.payload_override;
        let wished = !wish.word.is_empty() || !wish.reason.is_empty();
        ReleasePayload {
            cluster: cluster.clone(),
            namespace: namespace.to_string(),
            name: clean(&self.metadata.name),
            resource_version: self.metadata.resource_version.clone(),
            phase: self.phase(),
            by_hand: self.by_hand(),
            wish: wished.then(|| (clean(&wish.word).to_string(), clean(&wish.reason).to_string())),
            created: self.is("PayloadCreated"),
            jobs,
            may_decide,
        }
    }
}
