//! What can be kept live. Plain data: a key, comparable and printable.

use crate::log::LogId;
use crate::names::{ClusterName, RunId, StreamName};
use crate::release::detail::ReleaseId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Watch {
    /// Every endpoint and how it stands.
    Endpoints,
    /// All runs of a cluster that can be seen, in every namespace that can be seen.
    Runs(ClusterName),
    /// The TaskRuns of one run.
    Tasks(RunId),
    /// One run whole: object, graph, tasks, pods, events.
    Detail(RunId),
    /// All streams of the release-controller with their newest releases.
    Streams,
    /// One stream with all its releases.
    Releases(StreamName),
    /// One release whole: jobs, attempts, upgrades, hands, the strip.
    Release(ReleaseId),
    /// A promotion that was sent: its run and its checks. Also holds the guard that cancels when the tag moves.
    Promotion(RunId),
    Log(LogId),
    /// The local journal.
    Journal,
    /// The Pipelines of a cluster.
    Pipelines(ClusterName),
    /// The clean-up CronJobs of a cluster: why a namespace may be empty.
    CleanUps(ClusterName),
}
