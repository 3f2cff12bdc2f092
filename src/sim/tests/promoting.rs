//! Promotions in the embedded world: what each step leaves behind outside its cluster.

use std::time::Duration;

use serde_json::{Value, json};

use super::typical;
use super::wire::{Caller, told};
use crate::World;

const RUNS: &str = "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns";
const TASK_RUNS: &str = "/apis/tekton.dev/v1/namespaces/okd-coreos/taskruns";
const SOURCE: &str = "4.21.0-0.okd-scos-nightly";

/// The run upstream's manifest makes for the stable channel, at the test's pace.
fn unpinned(name: &str, seconds: &str) -> Value {
    let mut run = crate::story::promotion_by_cron(name, SOURCE, "4-scos-stable");
    run["metadata"]["annotations"] = json!({"testbed/step-seconds": seconds});
    run
}

/// The same without its two picking tasks: chosen beforehand, by digest.
async fn pinned(admin: &Caller<'_>, name: &str, chosen: [&str; 4]) -> Value {
    let [release, pull_spec, digest, target] = chosen;
    let live = admin.get("/apis/tekton.dev/v1/namespaces/okd-coreos/pipelines/okd-release-pipeline").await.json();
    let mut spec = live["spec"].clone();
    let tasks = spec["tasks"].as_array_mut().unwrap();
    tasks.retain(|task| !task["name"].as_str().unwrap().starts_with("pick-"));
    for task in tasks {
        if let Some(after) = task["runAfter"].as_array_mut() {
            after.retain(|name| !name.as_str().unwrap().starts_with("pick-"));
        }
    }
    let text = spec.to_string();
    let text = text
        .replace("$(tasks.pick-release.results.release-name)", release)
        .replace("$(tasks.pick-release.results.release-pullspec)", pull_spec)
        .replace("$(tasks.pick-release.results.release-digest)", digest)
        .replace("$(tasks.pick-target-release-name.results.target-release-name)", target);
    let mut run = unpinned(name, "0");
    run["spec"]["pipelineSpec"] = serde_json::from_str(&text).unwrap();
    run["spec"].as_object_mut().unwrap().shift_remove("pipelineRef");
    run["metadata"].as_object_mut().unwrap().shift_remove("labels");
    run
}

/// Moves the world's time on until the run is over; its condition.
async fn ended(world: &World, admin: &Caller<'_>, name: &str) -> Value {
    let path = format!("{RUNS}/{name}");
    admin.until(&path, |run| run["status"]["startTime"].is_string()).await;
    world.control().hold();
    for _ in 0..1500 {
        world.control().step(Duration::from_secs(2));
        tokio::time::sleep(Duration::from_millis(10)).await;
        let run = admin.get(&path).await.json();
        if run["status"]["completionTime"].is_string() {
            return run["status"]["conditions"][0].clone();
        }
    }
    panic!("{name} does not end: {}", admin.get(&path).await.body);
}

fn latest_name(value: &Value) -> String {
    value["name"].as_str().unwrap().to_owned()
}

async fn latest(world: &World, stream: &str) -> Value {
    told(world, &format!("/api/v1/releasestream/{stream}/latest")).await.json()
}

async fn result(admin: &Caller<'_>, task_run: &str, name: &str) -> String {
    let task = admin.get(&format!("{TASK_RUNS}/{task_run}")).await.json();
    let results = task["status"]["results"].as_array().unwrap_or_else(|| panic!("{task}")).clone();
    results.iter().find(|one| one["name"] == name).unwrap()["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_unpinned_run_promotes_what_is_latest_and_its_channel_gains_the_tag() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let source = latest(&world, SOURCE).await;
    assert_eq!(admin.create(RUNS, &unpinned("by-upstream", "0")).await.code, 201);
    assert_eq!(ended(&world, &admin, "by-upstream").await["reason"], "Succeeded");
    assert_eq!(result(&admin, "by-upstream-pick-release", "release-name").await, latest_name(&source));
    let name = result(&admin, "by-upstream-pick-target-release-name", "target-release-name").await;
    assert_eq!(name, "4.21.0-okd-scos.8");
    let pull_spec = format!("quay.io/okd/scos-release:{name}");
    assert_eq!(result(&admin, "by-upstream-mirror", "mirrored-pullspec").await, pull_spec);
    assert!(world.registry().digest("quay.io/okd/scos-release", &name).is_some());
    let tags = told(&world, "/api/v1/releasestream/4-scos-stable/tags").await.body;
    assert!(tags.contains(&name), "{tags}");
    world.control().step(Duration::from_secs(10));
    let made = told(&world, &format!("/releasetag/{name}/json")).await.json();
    let from = &made["references"]["metadata"]["annotations"]["release.openshift.io/from-release"];
    assert_eq!(*from, source["pullSpec"]);
    assert!(made["metadata"]["previous"].as_array().unwrap().contains(&json!("4.20.0-okd-scos.15")));
}

#[tokio::test]
async fn a_run_of_the_past_has_the_digest_the_registry_has() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let task = format!("{TASK_RUNS}/okd-release-stable-pipelinerun-w4bnz-pick-release");
    let result = |task: &Value, name: &str| -> String {
        let results = task["status"]["results"].as_array().unwrap();
        results.iter().find(|one| one["name"] == name).unwrap()["value"].as_str().unwrap().to_owned()
    };
    let task = admin.until(&task, |task| !result(task, "release-digest").is_empty()).await;
    let pull_spec = result(&task, "release-pullspec");
    let (repository, tag) = pull_spec.rsplit_once(':').unwrap();
    assert_eq!(world.registry().digest(repository, tag), Some(result(&task, "release-digest")));
    let verify = format!("{TASK_RUNS}/okd-release-stable-pipelinerun-w4bnz-verify-release");
    let verify = admin.get(&verify).await.json();
    assert_eq!(verify["spec"]["params"][0]["value"], json!(result(&task, "release-digest")));
    let made = told(&world, "/releasetag/4.21.0-okd-scos.7/json").await.json();
    let from = &made["references"]["metadata"]["annotations"]["release.openshift.io/from-release"];
    assert_eq!(*from, json!(pull_spec));
}

#[tokio::test]
async fn a_pinned_run_promotes_its_digest_though_latest_moved() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let source = latest(&world, SOURCE).await;
    let (repository, tag) = source["pullSpec"].as_str().unwrap().rsplit_once(':').unwrap();
    let digest = world.registry().digest(repository, tag).unwrap();
    let by_digest = format!("{repository}@{digest}");
    let moved = world.control().accept_new(SOURCE).unwrap();
    assert_eq!(latest_name(&latest(&world, SOURCE).await), moved);
    let run = pinned(&admin, "pinned", [tag, &by_digest, &digest, "4.21.0-okd-scos.8"]).await;
    let created = admin.create(RUNS, &run).await;
    assert_eq!(created.code, 201, "{}", created.body);
    assert_eq!(ended(&world, &admin, "pinned").await["reason"], "Succeeded");
    world.control().step(Duration::from_secs(10));
    let made = told(&world, "/releasetag/4.21.0-okd-scos.8/json").await.json();
    let from = &made["references"]["metadata"]["annotations"]["release.openshift.io/from-release"];
    assert_eq!(*from, json!(by_digest));
}

#[tokio::test]
async fn finished_task_runs_that_are_deleted_are_run_again_and_pick_anew() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    world.control().hold();
    assert_eq!(admin.create(RUNS, &unpinned("cleaned", "4")).await.code, 201);
    let picked = format!("{TASK_RUNS}/cleaned-pick-release");
    admin.until(&picked, |task| task["metadata"]["uid"].is_string()).await;
    world.control().step(Duration::from_secs(6));
    let first = admin.until(&picked, |task| task["status"]["completionTime"].is_string()).await;
    let moved = world.control().accept_new(SOURCE).unwrap();
    assert!(world.control().clean_up("moc", "okd-coreos") > 0);
    let again = admin.until(&picked, |task| task["metadata"]["uid"] != first["metadata"]["uid"]).await;
    assert!(again["status"]["completionTime"].is_null());
    assert_eq!(ended(&world, &admin, "cleaned").await["reason"], "Succeeded");
    assert_eq!(result(&admin, "cleaned-pick-release", "release-name").await, moved);
}

#[tokio::test]
async fn a_release_that_is_on_github_already_fails_the_step_with_a_line() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let source = latest(&world, SOURCE).await;
    let (repository, tag) = source["pullSpec"].as_str().unwrap().rsplit_once(':').unwrap();
    let digest = world.registry().digest(repository, tag).unwrap();
    let by_digest = format!("{repository}@{digest}");
    let run = pinned(&admin, "twice", [tag, &by_digest, &digest, "4.21.0-okd-scos.7"]).await;
    admin.create(RUNS, &run).await;
    assert_eq!(ended(&world, &admin, "twice").await["reason"], "Failed");
    let task = admin.get(&format!("{TASK_RUNS}/twice-create-github-release")).await.json();
    let step = &task["status"]["steps"][0]["terminated"];
    assert_eq!((&step["exitCode"], &step["reason"]), (&json!(1), &json!("Error")));
    let pod = "/api/v1/namespaces/okd-coreos/pods/twice-create-github-release-pod";
    let log = admin.get(&format!("{pod}/log?container=step-create-github-release")).await.body;
    assert!(log.contains("already exists"), "{log}");
    let channel = admin.get(&format!("{TASK_RUNS}/twice-update-release-channel")).await;
    assert_eq!(channel.code, 404);
}

#[tokio::test]
async fn a_source_that_is_nowhere_fails_the_mirror() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let good = latest(&world, SOURCE).await;
    let (repository, tag) = good["pullSpec"].as_str().unwrap().rsplit_once(':').unwrap();
    let digest = world.registry().digest(repository, tag).unwrap();
    let nowhere = format!("{repository}@sha256:{}", "0".repeat(64));
    let run = pinned(&admin, "nowhere", [tag, &nowhere, &digest, "4.21.0-okd-scos.8"]).await;
    admin.create(RUNS, &run).await;
    assert_eq!(ended(&world, &admin, "nowhere").await["reason"], "Failed");
    let pod = "/api/v1/namespaces/okd-coreos/pods/nowhere-mirror-pod";
    let log = admin.get(&format!("{pod}/log?container=step-mirror-release-to-quay")).await.body;
    assert!(log.trim_end().ends_with("manifest unknown"), "{log}");
    assert_eq!(world.registry().digest("quay.io/okd/scos-release", "4.21.0-okd-scos.8"), None);
}

#[tokio::test]
async fn a_run_made_by_cron_has_a_name_of_its_own_and_nobodys_annotations() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let name = world.control().start_by_cron("moc", SOURCE, "4-scos-stable").unwrap();
    let run = admin.until(&format!("{RUNS}/{name}"), |run| run["status"]["startTime"].is_string()).await;
    assert!(name.starts_with("okd-release-stable-pipelinerun-"), "{name}");
    assert!(run["metadata"]["annotations"].is_null());
    assert_eq!(run["spec"]["taskRunTemplate"]["serviceAccountName"], "tekton-cluster-access");
}
