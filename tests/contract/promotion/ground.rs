//! Where a promotion is tried: the cluster of the Pipeline is the suite's place, all else is a world of the case's own.
//!
//! On a real control plane nothing but the Tasks' annotations steers the run, the Secrets the gates look for are made up,
//! and both are as before when the case is over, however it ends.

use super::pods::Pods;
use super::raw::Raw;
use crate::place::Role;
use crate::stage::Stage;
use futures::FutureExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weir_client::Client;
use weir_domain::channel::known_channels;
use weir_domain::{Channel, Loaded, News, Phase, ReleaseId, Watch};
use weir_sim::{World, WorldKind};
use weir_testing::{embedded_settings, timeless_channels};

pub const SOURCE: &str = "5.0.0-0.okd-scos-nightly";
pub const CHANNEL: &str = "5-scos-stable";
pub const RUNS: &str = "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns";
pub const TASK_RUNS: &str = "/apis/tekton.dev/v1/namespaces/okd-coreos/taskruns";
const TASKS: &str = "/apis/tekton.dev/v1/namespaces/okd-coreos/tasks";
const SECRETS: &str = "/api/v1/namespaces/okd-coreos/secrets";
/// Less than the suite gives a case: what was changed must be put back.
const LIMIT: Duration = Duration::from_secs(240);

pub struct Ground {
    pub world: World,
    /// The cluster of the Pipeline, as its administrator.
    pub moc: Raw,
    /// The Pipeline's cluster is a real one, whose pods do nothing.
    pub real: bool,
    kubeconfig: PathBuf,
    context: &'static str,
    folder: PathBuf,
    /// Tasks and the annotations they had under the keys that were changed.
    steered: Mutex<Vec<(String, String, Value)>>,
    secrets: Mutex<Vec<String>>,
}

/// Runs the work on new ground and leaves the place as it was.
pub async fn on<W: Future<Output = ()> + Send>(stage: &Stage, work: impl FnOnce(Arc<Ground>) -> W) {
    let ground = Arc::new(Ground::open(stage).await);
    let end = AssertUnwindSafe(tokio::time::timeout(LIMIT, work(ground.clone()))).catch_unwind().await;
    ground.restore().await;
    match end {
        Err(panic) => std::panic::resume_unwind(panic),
        Ok(done) => done.unwrap_or_else(|_| panic!("not done after {} s", LIMIT.as_secs())),
    }
}

impl Ground {
    async fn open(stage: &Stage) -> Ground {
        let world = World::start(WorldKind::Typical).await.expect("the embedded world starts");
        world.web().faults(|faults| faults.github_limit = 10_000);
        let real = stage.place.real();
        let (kubeconfig, context) = match real {
            true => (stage.place.kubeconfig().to_path_buf(), stage.place.context(Role::Admin)),
            false => (world.kubeconfig().to_path_buf(), "demo-moc"),
        };
        let moc = Raw::of(&kubeconfig, context).await;
        let ground = Ground {
            world,
            moc,
            real,
            kubeconfig,
            context,
            folder: stage.folder.path().to_path_buf(),
            steered: Mutex::default(),
            secrets: Mutex::default(),
        };
        if !real {
            for task in weir_domain::pinned::task_names() {
                ground.steer(task, "step-seconds", "1").await;
            }
        } else {
            ground.forget_runs().await;
            for name in ground.channel().pipeline.expect("the channel has a Pipeline").secrets {
                let secret = json!({"metadata": {"name": name}, "stringData": {"made-for": "the contract suite"}});
                match ground.moc.create(SECRETS, &secret).await {
                    Ok(_) => ground.secrets.lock().expect("unpoisoned").push(name),
                    Err(code) => assert_eq!(code, 409, "the Secret {name}"),
                }
            }
        }
        ground
    }

    pub fn channel(&self) -> Channel {
        // A real cluster's CronJobs count; on the bed they are suspended.
        let channels = match self.real {
            true => known_channels(&"moc".into(), &"app.ci".into()),
            false => timeless_channels(),
        };
        channels.into_iter().find(|channel| channel.name.as_str() == CHANNEL).expect("weir knows it")
    }

    /// A weir of its own, by the name of its state folder.
    pub fn weir(&self, whose: &str) -> Client {
        let mut settings = embedded_settings(&self.world, self.folder.join(whose));
        let moc = &mut settings.clusters[0];
        (moc.context, moc.kubeconfig) = (self.context.into(), Some(self.kubeconfig.clone()));
        settings.channels = vec![self.channel()];
        Client::new(settings)
    }

    /// The newest accepted release of the source stream.
    pub async fn newest(&self, client: &Client) -> ReleaseId {
        let mut live = client.watch(Watch::Releases(SOURCE.into()));
        let stream = crate::stage::until(&mut live, "the stream's releases", |news| match news {
            News::Releases(_, Loaded::Known(stream)) => Some(stream),
            _ => None,
        })
        .await;
        let accepted = stream.releases.iter().filter(|r| r.phase == Phase::Accepted);
        ReleaseId::new(SOURCE, &accepted.max_by_key(|r| r.name.clone()).expect("one is accepted").name)
    }

    /// An annotation of a Task, as whoever owns the cluster would set it.
    pub async fn steer(&self, task: &str, key: &str, value: &str) {
        let key = format!("testbed/{key}");
        if !self.real {
            let done = self.world.control().edit("moc", "tasks", "okd-coreos", task, |object| {
                object["metadata"]["annotations"][&key] = value.into();
            });
            assert!(done, "there is a Task {task}");
            return;
        }
        let path = format!("{TASKS}/{task}");
        let mut before = self.moc.read(&path).await.expect("the Task is there");
        let was = before["metadata"]["annotations"][&key].take();
        self.steered.lock().expect("unpoisoned").push((path.clone(), key.clone(), was));
        self.moc.merge(&path, &json!({"metadata": {"annotations": {key: value}}})).await.expect("it is annotated");
    }

    /// What the pods of a run would do outside; in the embedded world they do it themselves.
    pub async fn pods(self: &Arc<Ground>, run: &str, mirrored: &str) -> Pods {
        Pods::play(self.clone(), run, mirrored).await
    }

    /// All tags of an embedded repository.
    pub async fn tags(&self, repository: &str) -> BTreeSet<String> {
        let (url, scope) = (self.world.registry_url(), format!("repository:{repository}:pull"));
        let granted = Raw::plain(&url, None).read(&format!("/token?scope={scope}")).await.expect("a token");
        let token = granted["token"].as_str().expect("a token");
        let listed = Raw::plain(&url, Some(token)).read(&format!("/v2/{repository}/tags/list?n=1000")).await;
        serde_json::from_value(listed.expect("the tags")["tags"].take()).expect("names")
    }

    async fn forget_runs(&self) {
        let select = format!("{RUNS}?labelSelector=weir%2Fchannel%3D{CHANNEL}");
        for _ in 0..60 {
            let left = self.moc.items(&select).await;
            if left.is_empty() {
                return;
            }
            for run in left {
                let name = run["metadata"]["name"].as_str().expect("a name");
                let _ = self.moc.delete(&format!("{RUNS}/{name}")).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("the promotions of {CHANNEL} do not go away");
    }

    async fn restore(&self) {
        if !self.real {
            return;
        }
        let steered = std::mem::take(&mut *self.steered.lock().expect("unpoisoned"));
        // The first of a key is what there was before.
        for (path, key, was) in steered.into_iter().rev() {
            self.moc.merge(&path, &json!({"metadata": {"annotations": {key: was}}})).await.expect("it is put back");
        }
        let secrets = std::mem::take(&mut *self.secrets.lock().expect("unpoisoned"));
        for name in secrets {
            self.moc.delete(&format!("{SECRETS}/{name}")).await.expect("it is taken away");
        }
        self.forget_runs().await;
    }
}
