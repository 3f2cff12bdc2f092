//! The words of weir: what streams, runs, releases and commands *are*.
//!
//! Pure: no IO, no clock, no UI. Time comes in as an argument. Parsing is the only thing that can fail.
//! Together with `weir-client` this is the shared core; a bot or a web page can be built on the two.
//!
//! One word a thing:
//! *cluster* (an API server as one user) · *pipeline*, *run*, *task*, *step* (Tekton's, `PipelineRun` is a run) ·
//! *stream*, *release*, *phase* (the release-controller's) · *endpoint* (a cluster or a release-controller weir talks to) ·
//! *watch*, *query*, *command* (the three verbs) · *proposal* (a command with all an operator must see before the yes).

pub mod age;
pub mod attention;
pub mod cancel;
pub mod channel;
pub mod command;
pub mod detail;
pub mod endpoint;
pub mod failure;
pub mod form;
pub mod gate;
pub mod gates;
pub mod image;
pub mod journal;
pub mod ledger;
pub mod log;
pub mod names;
pub mod news;
pub mod payload;
pub mod pinned;
pub mod pipeline;
pub mod plan;
pub mod promoted;
pub mod promotion;
pub mod proposal;
pub mod query;
pub mod release;
pub mod run;
pub mod secret;
pub mod signature;
mod size;
pub mod status;
pub mod task;
pub mod text;
pub mod tree;
pub mod watch;
pub mod why;
pub mod yaml;

pub use age::{age_text, duration_text};
pub use channel::{Channel, Way};
pub use command::{Command, Receipt};
pub use detail::{Detail, Event, PodState};
pub use endpoint::{Endpoint, EndpointKind, EndpointState, Rights};
pub use failure::{Failure, FailureKind};
pub use gate::{Gate, GateId, Severity, Verdict};
pub use image::{Digest, ImageRef};
pub use names::{ClusterName, Namespace, PipelineId, RunId, StreamName};
pub use news::{Change, Loaded, News};
pub use payload::{Component, Payload, PayloadDiff};
pub use pipeline::{ParamKind, ParamSpec, ParamValue, Pipeline, PipelineTask, WorkspaceSpec};
pub use plan::{Plan, PlanRequest};
pub use promotion::Promotion;
pub use proposal::{Confirmed, Consent, Proposal};
pub use query::{Answer, Query};
pub use release::detail::{ReleaseDetail, ReleaseId};
pub use release::{Phase, Release, Stream};
pub use run::{Depth, Progress, Run, Starter};
pub use size::size_text;
pub use status::Status;
pub use task::{Attempt, Step, StepState, TaskRun};
pub use tree::Tree;
pub use watch::Watch;
