//! What a watch brings. A watch never ends and never errs: it says `Lost`, backs off, and says `Begin` again.

use crate::detail::Detail;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::journal::Entry;
use crate::log::{LogId, LogNews};
use crate::names::{ClusterName, Namespace, PipelineId, RunId, StreamName};
use crate::pipeline::Pipeline;
use crate::promotion::Promotion;
use crate::release::Stream;
use crate::release::detail::{ReleaseDetail, ReleaseId};
use crate::run::Run;
use crate::task::TaskRun;
use jiff::Timestamp;

/// A keyed collection in motion. Between `Begin` and `Complete` old rows stay; `Complete` removes those not seen again.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<K, T> {
    Begin,
    Upsert(Vec<(K, T)>),
    Remove(Vec<K>),
    /// Objects read so far, and how many there are when the server says.
    Progress {
        have: u64,
        of: Option<u64>,
    },
    Complete,
    /// Nothing new arrived, and all that is there still holds.
    Alive,
    /// Lost; weir tries again at `retry`, if a retry can help.
    Lost {
        failure: Failure,
        retry: Option<Timestamp>,
    },
}

/// A single thing in motion.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded<T> {
    Known(T),
    /// There is none (any more).
    Missing(Failure),
    Lost {
        failure: Failure,
        retry: Option<Timestamp>,
    },
}

/// A CronJob that deletes runs: name and when it last ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUp {
    pub namespace: Namespace,
    pub name: String,
    pub last: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Endpoints(Vec<Endpoint>),
    /// The part is one namespace of several, or `None` when the whole cluster is one list. `Begin` and `Complete` count for their part.
    Runs(ClusterName, Option<Namespace>, Change<RunId, Run>),
    Tasks(RunId, Loaded<Vec<TaskRun>>),
    Detail(RunId, Loaded<Box<Detail>>),
    Streams(Change<StreamName, Stream>),
    Releases(StreamName, Loaded<Stream>),
    Release(ReleaseId, Loaded<Box<ReleaseDetail>>),
    Promotion(RunId, Loaded<Box<Promotion>>),
    Log(LogId, LogNews),
    /// The newest entries, oldest first.
    Journal(Loaded<Vec<Entry>>),
    /// What of the journal is not among the entries of the next [`News::Journal`], a sentence each.
    Unread(Vec<String>),
    Pipelines(ClusterName, Option<Namespace>, Change<PipelineId, Pipeline>),
    CleanUps(ClusterName, Vec<CleanUp>),
}
