//! One embedded world with weir beside it: what an operator does, and what the world shows of it.
//!
//! Every case has a world of its own. Its time stands still unless a case moves it, so that nothing happens behind its back.

use crate::proxy::Proxy;
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use weir_client::{Client, Settings};
use weir_domain::journal::Entry;
use weir_domain::{
    Answer, Command, Confirmed, Consent, Failure, Loaded, News, Plan, PlanRequest, Promotion, Query, Receipt,
    ReleaseId, RunId, Watch, Way,
};
use weir_sim::{Control, World, WorldKind};
use weir_testing::embedded_settings;
pub use weir_testing::timeless_channels as channels;

pub const SOURCE: &str = "5.0.0-0.okd-scos-nightly";
pub const CHANNEL: &str = "5-scos-stable";
pub const NAMESPACE: &str = "okd-coreos";
/// The host and repository of the nightlies, and of promoted releases.
pub const NIGHTLIES: &str = "registry.ci.openshift.org/origin/release-scos";
pub const RELEASES: &str = "quay.io/okd/scos-release";

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Stage {
    pub world: World,
    pub folder: TempDir,
}

impl Stage {
    pub async fn new() -> Stage {
        let world = World::start(WorldKind::Typical).await.expect("the world starts");
        world.web().faults(|faults| faults.github_limit = 10_000);
        let stage = Stage { world, folder: TempDir::with_prefix("weir-promotion-").expect("a temporary folder") };
        // Steps take three seconds of a time that the case moves.
        for task in weir_domain::pinned::task_names() {
            stage.annotate(task, "testbed/step-seconds", "3");
        }
        // A case that steps until `mirror` has ended must not find GitHub's release there, however late the world's own
        // controller gets its turn.
        stage.annotate("prepare-release-binaries", "testbed/step-seconds", "20");
        stage.control().hold();
        stage
    }

    pub fn control(&self) -> Control {
        self.world.control()
    }

    pub fn annotate(&self, task: &str, key: &str, value: &str) {
        let done = self.control().edit("moc", "tasks", NAMESPACE, task, |object| {
            object["metadata"]["annotations"][key] = value.into();
        });
        assert!(done, "there is a Task {task}");
    }

    /// As `weir --demo` has it.
    pub fn settings(&self) -> Settings {
        embedded_settings(&self.world, self.folder.path().join("state"))
    }

    pub fn client(&self) -> Client {
        Client::new(self.settings())
    }

    /// Settings whose cluster `moc` is reached through a proxy.
    pub fn through(&self, proxy: &Proxy) -> Settings {
        self.past(proxy, 0, "moc-admin-demo")
    }

    /// Settings whose cluster `app.ci` is reached through a proxy.
    pub fn tagging_through(&self, proxy: &Proxy) -> Settings {
        self.past(proxy, 1, "app.ci-operator-demo")
    }

    fn past(&self, proxy: &Proxy, at: usize, token: &str) -> Settings {
        let mut settings = self.settings();
        let (name, context) = (settings.clusters[at].name.clone(), settings.clusters[at].context.clone());
        let file = self.folder.path().join(format!("kubeconfig-{}", proxy.address.port()));
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": context,
            "clusters": [{"name": name, "cluster": {"server": format!("http://{}", proxy.address)}}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": context, "context": {"cluster": name, "user": name, "namespace": NAMESPACE}}],
        });
        std::fs::write(&file, config.to_string()).expect("the kubeconfig can be written");
        settings.clusters[at].kubeconfig = Some(file);
        settings
    }

    /// The newest accepted release of the source stream.
    pub async fn newest(&self, client: &Client) -> ReleaseId {
        let mut live = client.watch(Watch::Releases(SOURCE.into()));
        let stream = until(&mut live, "the stream's releases", |news| match news {
            News::Releases(_, Loaded::Known(stream)) => Some(stream),
            _ => None,
        })
        .await;
        let accepted = stream.releases.iter().filter(|r| r.phase == weir_domain::Phase::Accepted);
        let newest = accepted.max_by_key(|r| r.name.clone()).expect("one is accepted");
        ReleaseId::new(SOURCE, &newest.name)
    }

    /// The digest of another release: a new one of the next stream.
    pub fn another(&self) -> String {
        let name = self.control().accept_new("4.22.0-0.okd-scos-nightly").expect("a new one");
        self.world.registry().digest(NIGHTLIES, &name).expect("its image")
    }

    /// Somebody pushes another release under a promoted name; its digest.
    pub fn pushed_over(&self, name: &str) -> String {
        let digest = self.another();
        self.world.registry().tag(RELEASES, name, &digest);
        digest
    }

    pub fn journal(&self) -> Vec<Entry> {
        journal(&self.settings().state)
    }

    /// Bodies and paths of what was created on a cluster, dry runs left out.
    pub fn creates(&self, cluster: &str) -> Vec<String> {
        let made = |path: &str| ["pipelineruns", "imagestreamtags", "taskruns"].iter().any(|kind| path.contains(kind));
        let all = self.control().requests(cluster).into_iter();
        all.filter(|asked| asked.method == "POST" && made(&asked.path) && !asked.path.contains("dryRun"))
            .map(|asked| asked.path)
            .collect()
    }

    pub fn run(&self, name: &str) -> Option<Value> {
        self.control().object("moc", "pipelineruns", NAMESPACE, name)
    }

    /// The TaskRun of one of its tasks.
    pub fn task(&self, run: &str, task: &str) -> Option<Value> {
        let run = self.run(run)?;
        let children = run["status"]["childReferences"].as_array()?;
        let name = children.iter().find(|child| child["pipelineTaskName"] == task)?["name"].as_str()?;
        self.control().object("moc", "taskruns", NAMESPACE, name)
    }

    /// Moves the world's time on until something is so.
    pub async fn step_until(&self, what: &str, wanted: impl Fn(&Stage) -> bool) {
        for _ in 0..1500 {
            if wanted(self) {
                return;
            }
            self.control().step(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it never came to this: {what}");
    }

    pub async fn mirrored(&self, run: &str) {
        self.step_until("mirror has ended", |stage| {
            stage.task(run, "mirror").is_some_and(|task| task["status"]["completionTime"].is_string())
        })
        .await;
    }

    pub async fn ended(&self, run: &str) -> String {
        self.step_until("the run has ended", |stage| {
            stage.run(run).is_none_or(|run| run["status"]["completionTime"].is_string())
        })
        .await;
        let run = self.run(run).expect("it is there");
        run["status"]["conditions"][0]["reason"].as_str().unwrap_or_default().to_string()
    }
}

/// What was sent and what came of it; not what the journal keeps of a promotion beside that.
pub fn journal(state: &std::path::Path) -> Vec<Entry> {
    whole_journal(state).into_iter().filter(|line| line.verb != "promote" || line.plan.is_some()).collect()
}

pub fn whole_journal(state: &std::path::Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(journal_file(state)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of the journal")).collect()
}

pub fn journal_file(state: &std::path::Path) -> PathBuf {
    state.join("journal.jsonl")
}

pub fn request(release: &ReleaseId) -> PlanRequest {
    PlanRequest::new(release.clone(), CHANNEL)
}

pub fn by(way: Way, release: &ReleaseId) -> PlanRequest {
    PlanRequest { way: Some(way), ..request(release) }
}

pub async fn plan(client: &Client, request: PlanRequest) -> Result<Plan, Failure> {
    match client.fetch(Query::Plan(request)).await? {
        Answer::Plan(plan) => Ok(*plan),
        other => panic!("a plan was asked for: {other:?}"),
    }
}

/// A plan that can be sent.
pub async fn good(client: &Client, request: PlanRequest) -> Plan {
    let plan = plan(client, request).await.expect("it can be planned");
    let blocking: Vec<String> = plan.blocking().map(|g| format!("{}: {}", g.id, g.evidence)).collect();
    assert!(plan.goes(), "{blocking:?} {:?}", plan.obstacles);
    plan
}

/// The operator's yes: the new name, typed.
pub async fn yes(client: &Client, plan: &Plan) -> Confirmed<Command> {
    let command = Command::Promote(Box::new(plan.clone()));
    let proposal = client.propose(command, None).await.expect("it may be sent");
    proposal.answer(Consent::Typed(&plan.name)).expect("the name is the yes")
}

pub async fn send(client: &Client, plan: &Plan) -> Result<Receipt, Failure> {
    let yes = yes(client, plan).await;
    client.execute(yes).await
}

/// Reads on until something is picked; fails with what was seen last.
pub async fn until<T>(live: &mut BoxStream<'static, News>, what: &str, mut pick: impl FnMut(News) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut last = String::from("nothing came");
    loop {
        match tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), live.next()).await {
            Ok(Some(news)) => {
                last = format!("{news:?}").chars().take(4000).collect();
                if let Some(found) = pick(news) {
                    return found;
                }
            }
            Ok(None) => panic!("{what}: the watch ended; last: {last}"),
            Err(_) => panic!("{what}: not in time; last: {last}"),
        }
    }
}

/// A promotion as soon as it is as wanted.
pub async fn promotion(client: &Client, object: &RunId, what: &str, wanted: impl Fn(&Promotion) -> bool) -> Promotion {
    let mut live = client.watch(Watch::Promotion(object.clone()));
    until(&mut live, what, |news| match news {
        News::Promotion(_, Loaded::Known(promotion)) if wanted(&promotion) => Some(*promotion),
        _ => None,
    })
    .await
}

/// The same when it has ended, however it did.
pub async fn settled(client: &Client, object: &RunId) -> Promotion {
    promotion(client, object, "an ended promotion", |p| p.ending.is_some()).await
}

pub async fn payload(client: &Client, repository: &str, tag: &str) -> weir_domain::Payload {
    let image = format!("{repository}:{tag}").parse().expect("an image");
    match client.fetch(Query::Payload(image)).await.expect("it is read") {
        Answer::Payload(payload) => *payload,
        other => panic!("a payload was asked for: {other:?}"),
    }
}

/// Runs something as a process of its own would, and ends all it has begun as soon as it is done.
pub async fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let done = runtime.block_on(async { tokio::spawn(work).await.expect("it works") });
        runtime.shutdown_background();
        done
    });
    done.await.expect("it works")
}

/// A plan that a weir of its own has sent, which is gone then.
pub async fn sent_elsewhere(settings: Settings, release: ReleaseId) -> (Plan, Receipt) {
    elsewhere(async move {
        let client = Client::new(settings);
        let plan = good(&client, request(&release)).await;
        let receipt = send(&client, &plan).await.expect("it goes");
        (plan, receipt)
    })
    .await
}
