//! The embedded cluster from outside: everything here goes over TLS, as a client's requests do.

mod promoting;
mod releasing;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{World, WorldKind};
use wire::{Caller, RUNS};

async fn typical() -> World {
    World::start(WorldKind::Typical).await.unwrap()
}

/// A run of two tasks and a final one, each step as long as said.
fn run(name: &str, seconds: u32, annotations: &[(&str, &str)]) -> Value {
    let step = |name: &str| json!({"steps": [{"name": name, "image": "example.com/tool", "script": "true"}]});
    let mut run = json!({
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": {"name": name, "annotations": {"testbed/step-seconds": seconds.to_string()}},
        "spec": {"pipelineSpec": {
            "tasks": [
                {"name": "first", "taskSpec": step("one")},
                {"name": "second", "runAfter": ["first"], "taskSpec": step("two")},
            ],
            "finally": [{"name": "last", "taskSpec": step("three")}],
        }},
    });
    for (key, value) in annotations {
        run["metadata"]["annotations"][format!("testbed/{key}")] = (*value).into();
    }
    run
}

fn reason(run: &Value) -> &str {
    run["status"]["conditions"][0]["reason"].as_str().unwrap_or_default()
}

fn done(run: &Value) -> bool {
    run["status"]["completionTime"].is_string()
}

#[tokio::test]
async fn the_story_has_a_run_of_every_fate() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let list = admin.get("/apis/tekton.dev/v1/pipelineruns").await.json();
    let reasons: Vec<_> = list["items"].as_array().unwrap().iter().map(reason).collect();
    for wanted in [
        "Succeeded",
        "Completed",
        "Failed",
        "Running",
        "Cancelled",
        "PipelineRunPending",
        "PipelineRunTimeout",
        "CouldntGetPipeline",
        "InvalidWorkspaceBindings",
    ] {
        assert!(reasons.contains(&wanted), "{wanted} is not among {reasons:?}");
    }
    assert!((25..=60).contains(&reasons.len()), "{}", reasons.len());
    let task =
        admin.get("/apis/tekton.dev/v1/namespaces/okd-team/taskruns/image-build-retries-image-push").await.json();
    assert_eq!(task["status"]["retriesStatus"].as_array().map(Vec::len), Some(3));
    let stuck = "/api/v1/namespaces/okd-coreos/pods/okd-coreos-4.22-prod-pipelinerun-b6zqf-cosa-init-pod";
    let stuck = admin.get(stuck).await.json();
    let why = stuck["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(why.contains("Insufficient devices.kubevirt.io/kvm"), "{why}");
}

#[tokio::test]
async fn the_failed_build_shows_its_error_at_the_end_of_its_log() {
    let world = typical().await;
    let pod = "/api/v1/namespaces/okd-coreos/pods/okd-coreos-4.18-prod-pipelinerun-x2g7d-cosa-build-baseos-pod";
    let log = Caller::new(&world, "moc", "admin")
        .get(&format!("{pod}/log?container=step-fetch-and-build-baseos&tailLines=4"))
        .await;
    assert_eq!(log.body.lines().count(), 4);
    assert!(log.body.contains("requires conmon"), "{}", log.body);
}

#[tokio::test]
async fn two_worlds_have_the_same_names_and_uids() {
    let (one, two) = (typical().await, typical().await);
    let identities = async |world: &World| {
        let list = Caller::new(world, "moc", "admin").get("/apis/tekton.dev/v1/taskruns").await.json();
        let id = |item: &Value| (item["metadata"]["name"].to_string(), item["metadata"]["uid"].to_string());
        list["items"].as_array().unwrap().iter().map(id).collect::<BTreeMap<_, _>>()
    };
    let (one, two) = (identities(&one).await, identities(&two).await);
    // The world that is asked later may be further.
    let both: Vec<_> = one.iter().filter(|(name, _)| two.contains_key(*name)).collect();
    assert!(both.len() > 150 && both.len() + 20 > two.len(), "{} of {}", both.len(), two.len());
    for (name, uid) in both {
        assert_eq!(uid, &two[name], "{name}");
    }
}

#[tokio::test]
async fn pages_hold_together_the_whole_list() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let names = |list: &Value| {
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].to_string()).collect::<Vec<_>>()
    };
    let whole = names(&admin.get("/api/v1/pods").await.json());
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/v1/pods?limit=37&continue={token}")).await.json();
        pages.extend(names(&page));
        token = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, whole);
}

#[tokio::test]
async fn a_watch_tells_what_happens_after_the_list() {
    let world = typical().await;
    let team = Caller::new(&world, "moc", "team");
    let version = team.get(RUNS).await.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    assert_eq!(team.create(RUNS, &run("watched", 0, &[])).await.code, 201);
    team.until(&format!("{RUNS}/watched"), done).await;
    let path =
        format!("{RUNS}?watch=1&timeoutSeconds=1&resourceVersion={version}&fieldSelector=metadata.name%3Dwatched");
    let events = team.get(&path).await.events();
    assert_eq!(events[0]["type"], "ADDED");
    assert_eq!(events[0]["object"]["status"], Value::Null);
    let last = events.last().unwrap();
    assert_eq!((&last["type"], reason(&last["object"])), (&json!("MODIFIED"), "Succeeded"));
    let versions: Vec<u64> = events
        .iter()
        .map(|event| event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(versions.is_sorted());
}

#[tokio::test]
async fn a_watch_from_forgotten_history_is_told_410_as_an_event() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let version = admin.get(RUNS).await.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    world.control().expire_history("moc");
    let events = admin.get(&format!("{RUNS}?watch=1&resourceVersion={version}")).await.events();
    assert_eq!((&events[0]["type"], &events[0]["object"]["code"]), (&json!("ERROR"), &json!(410)));
}

#[tokio::test]
async fn a_streaming_list_says_where_it_ends() {
    let world = typical().await;
    let path = "/apis/tekton.dev/v1/pipelines?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let events = Caller::new(&world, "moc", "admin").get(path).await.events();
    let (last, before) = events.split_last().unwrap();
    assert_eq!(last["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    assert!(before.len() > 5 && before.iter().all(|event| event["type"] == "ADDED"));
}

#[tokio::test]
async fn a_table_shows_the_columns_and_nothing_else_when_asked() {
    let world = typical().await;
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let table =
        Caller::new(&world, "moc", "admin").accepting(&format!("{RUNS}?includeObject=None"), accept).await.json();
    let names: Vec<_> = table["columnDefinitions"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
    assert_eq!(names, ["Name", "Succeeded", "Reason", "StartTime", "CompletionTime"]);
    assert!(
        table["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["object"].is_null() && row["cells"].as_array().unwrap().len() == 5)
    );
}

#[tokio::test]
async fn a_run_goes_through_its_tasks_while_the_clock_is_stepped() {
    let world = typical().await;
    let control = world.control();
    control.hold();
    let team = Caller::new(&world, "moc", "team");
    team.create(RUNS, &run("stepped", 10, &[])).await;
    let path = format!("{RUNS}/stepped");
    let message = |run: &Value| run["status"]["conditions"][0]["message"].as_str().unwrap_or_default().to_owned();
    team.until(&path, |run| message(run) == "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0")
        .await;
    let waiting = team.get("/api/v1/namespaces/okd-team/pods/stepped-first-pod/log?container=step-one").await;
    assert_eq!(waiting.code, 400);
    assert!(waiting.body.contains("is waiting to start: PodInitializing"), "{}", waiting.body);
    control.step(Duration::from_secs(11));
    team.until(&path, |run| message(run) == "Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0")
        .await;
    control.step(Duration::from_secs(22));
    let run = team.until(&path, done).await;
    assert_eq!(
        (reason(&run), message(&run).as_str()),
        ("Succeeded", "Tasks Completed: 3 (Failed: 0, Cancelled 0), Skipped: 0")
    );
    let children: Vec<_> =
        run["status"]["childReferences"].as_array().unwrap().iter().map(|child| &child["name"]).collect();
    assert_eq!(children, ["stepped-first", "stepped-second", "stepped-last"]);
}

#[tokio::test]
async fn the_promotion_under_way_comes_to_its_end_and_publishes() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let path = "/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns/okd-release-next-pipelinerun-k7x2p";
    let current = |run: &Value| {
        run["status"]["childReferences"]
            .as_array()
            .and_then(|all| all.last()?["pipelineTaskName"].as_str().map(ToOwned::to_owned))
    };
    assert_eq!(current(&admin.get(path).await.json()).as_deref(), Some("mirror"));
    world.control().hold();
    world.control().step(Duration::from_secs(600));
    let run = admin.until(path, done).await;
    assert_eq!((reason(&run), current(&run).as_deref()), ("Succeeded", Some("notify-matrix")));
}

#[tokio::test]
async fn a_failing_step_stops_the_tasks_after_it_but_not_the_final_one() {
    let world = typical().await;
    let team = Caller::new(&world, "moc", "team");
    team.create(RUNS, &run("broken", 0, &[("fail-step", "first.one"), ("fail-code", "3")])).await;
    let run = team.until(&format!("{RUNS}/broken"), done).await;
    assert_eq!(reason(&run), "Failed");
    assert_eq!(run["status"]["skippedTasks"], json!([{"name": "second", "reason": "PipelineRun was stopping"}]));
    let task = team.get("/apis/tekton.dev/v1/namespaces/okd-team/taskruns/broken-first").await.json();
    assert_eq!(task["status"]["conditions"][0]["message"], "\"step-one\" exited with code 3: Error");
    let last = team.get("/apis/tekton.dev/v1/namespaces/okd-team/taskruns/broken-last").await.json();
    assert_eq!(reason(&last), "Succeeded");
}

#[tokio::test]
async fn each_of_the_three_cancels_does_what_its_name_says() {
    let world = typical().await;
    let team = Caller::new(&world, "moc", "team");
    for (name, how, tasks, skipped) in [
        ("cut", "Cancelled", vec!["cut-first"], Value::Null),
        ("finally", "CancelledRunFinally", vec!["finally-first", "finally-last"], json!("PipelineRun was stopping")),
        (
            "stopped",
            "StoppedRunFinally",
            vec!["stopped-first", "stopped-last"],
            json!("PipelineRun was gracefully stopped"),
        ),
    ] {
        // Cut while its first step runs, or let to the end of it.
        let seconds = if how == "StoppedRunFinally" { "15" } else { "600" };
        team.create(RUNS, &run(name, 1, &[("step-seconds.one", seconds)])).await;
        let path = format!("{RUNS}/{name}");
        team.until(&path, |run| reason(run) == "Running").await;
        let pod = format!("/api/v1/namespaces/okd-team/pods/{name}-first-pod");
        assert_eq!(team.merge(&path, &json!({"spec": {"status": how}})).await.code, 200);
        let run = team.until(&path, done).await;
        assert_eq!(reason(&run), "Cancelled", "{how}");
        let children: Vec<_> =
            run["status"]["childReferences"].as_array().unwrap().iter().map(|child| &child["name"]).collect();
        assert_eq!(children, tasks, "{how}");
        assert_eq!(run["status"]["skippedTasks"][0]["reason"], skipped, "{how}");
        // Only the third way leaves the running task its pod, and with it its log.
        let log = team.get(&format!("{pod}/log?container=step-one")).await;
        assert_eq!(log.code, if how == "StoppedRunFinally" { 200 } else { 404 }, "{how}");
        let again = team.merge(&path, &json!({"spec": {"status": null}})).await;
        assert_eq!(again.code, 400);
        assert!(again.body.contains("Once the PipelineRun is complete"), "{}", again.body);
    }
}

#[tokio::test]
async fn a_followed_log_ends_with_its_container_and_reads_the_same_again() {
    let world = typical().await;
    let team = Caller::new(&world, "moc", "team");
    team.create(RUNS, &run("followed", 1, &[("log-lines", "500")])).await;
    team.until(&format!("{RUNS}/followed"), |run| reason(run) == "Running" || done(run)).await;
    let path = "/api/v1/namespaces/okd-team/pods/followed-first-pod/log?container=step-one&timestamps=true";
    while team.get(path).await.code == 400 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let followed = team.get(&format!("{path}&follow=true")).await;
    assert_eq!(followed.body.lines().count(), 500);
    assert_eq!(team.get(path).await.body, followed.body);
    let since = &followed.body.lines().nth(499).unwrap()[..19];
    let resumed = team.get(&format!("{path}&sinceTime={since}Z")).await.body;
    assert!(followed.body.ends_with(&resumed) && !resumed.is_empty());
    assert_eq!(team.get(&format!("{path}&limitBytes=10")).await.body.len(), 10);
}

#[tokio::test]
async fn a_dry_run_is_checked_and_stores_nothing() {
    let world = typical().await;
    let team = Caller::new(&world, "moc", "team");
    let dry = team.create(&format!("{RUNS}?dryRun=All"), &run("dry", 1, &[])).await;
    assert_eq!((dry.code, &dry.json()["spec"]["timeouts"]["pipeline"]), (201, &json!("1h0m0s")));
    assert_eq!(team.get(&format!("{RUNS}/dry")).await.code, 404);
    let mut odd = run("odd", 1, &[]);
    odd["spec"]["bogus"] = true.into();
    let refused = team.create(&format!("{RUNS}?fieldValidation=Strict"), &odd).await;
    assert!(refused.body.contains("unknown field \\\"spec.bogus\\\""), "{}", refused.body);
}

#[tokio::test]
async fn writes_against_another_version_or_another_object_are_refused() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let path = format!("{RUNS}/operand-held");
    assert_eq!(admin.merge(&path, &json!({"metadata": {"resourceVersion": "1"}})).await.code, 409);
    assert_eq!(admin.merge(&path, &json!({"metadata": {"uid": "another"}})).await.code, 422);
    let delete = |uid: &str| json!({"preconditions": {"uid": uid}}).to_string();
    assert_eq!(admin.ask("DELETE", &path, "application/json", &delete("another")).await.code, 409);
    let uid = admin.get(&path).await.json()["metadata"]["uid"].as_str().unwrap().to_owned();
    assert_eq!(admin.ask("DELETE", &path, "application/json", &delete(&uid)).await.code, 200);
    assert_eq!(admin.get(&path).await.code, 404);
    let missing = r#"[{"op":"replace","path":"/spec/status","value":"Cancelled"}]"#;
    let running = format!("{RUNS}/build-from-scratch-n8ltb");
    assert_eq!(admin.ask("PATCH", &running, "application/json-patch+json", missing).await.code, 200);
}

#[tokio::test]
async fn a_deleted_run_takes_its_tasks_pods_and_logs_along() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    let run = "operator-gitlab-runner-4pxzc";
    assert_eq!(admin.ask("DELETE", &format!("{RUNS}/{run}"), "application/json", "").await.code, 200);
    for path in [
        format!("/apis/tekton.dev/v1/namespaces/okd-team/taskruns/{run}-build"),
        format!("/api/v1/namespaces/okd-team/pods/{run}-build-pod"),
    ] {
        assert_eq!(admin.get(&path).await.code, 404, "{path}");
    }
}

#[tokio::test]
async fn rights_end_at_the_namespace_and_an_unknown_token_opens_nothing() {
    let world = typical().await;
    let viewer = Caller::new(&world, "moc", "viewer");
    assert_eq!(viewer.get("/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns").await.code, 200);
    assert_eq!(viewer.get(RUNS).await.code, 403);
    assert_eq!(Caller::new(&world, "moc", "stranger").get(RUNS).await.code, 401);
    let review = json!({"spec": {"resourceAttributes": {"namespace": "okd-team", "verb": "create", "group": "tekton.dev", "resource": "pipelineruns"}}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    assert_eq!(viewer.create(path, &review).await.json()["status"]["allowed"], false);
    assert_eq!(Caller::new(&world, "moc", "team").create(path, &review).await.json()["status"]["allowed"], true);
}

#[tokio::test]
async fn what_this_world_does_not_have_is_a_status() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    for (method, path, media, code) in [
        ("GET", "/apis/apps/v1/deployments", "", 404),
        ("GET", "/apis/tekton.dev/v1beta1/pipelineruns", "", 404),
        ("DELETE", RUNS, "application/json", 405),
        ("POST", "/api/v1/namespaces/okd-team/pods", "application/json", 405),
        (
            "PATCH",
            "/apis/tekton.dev/v1/namespaces/okd-team/pipelineruns/operand-held",
            "application/apply-patch+yaml",
            415,
        ),
    ] {
        let answer = admin.ask(method, path, media, "").await;
        assert_eq!((answer.code, &answer.json()["kind"]), (code, &json!("Status")), "{method} {path}");
    }
}

#[tokio::test]
async fn a_stopped_cluster_comes_back_at_the_same_address() {
    let world = typical().await;
    let admin = Caller::new(&world, "moc", "admin");
    world.control().stop_cluster("moc");
    let mut refused = false;
    for _ in 0..500 {
        refused = admin.send("GET /version HTTP/1.1\r\n", "").await.is_err();
        if refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refused);
    world.control().start_cluster("moc").await.unwrap();
    assert_eq!(admin.get("/version").await.code, 200);
    assert!(world.control().requests("moc").iter().any(|asked| asked.path == "/version" && asked.user == "admin"));
}

#[tokio::test]
async fn a_broken_world_is_broken_in_three_ways() {
    let world = World::start(WorldKind::Broken).await.unwrap();
    assert!(Caller::new(&world, "moc", "admin").send("GET /version HTTP/1.1\r\n", "").await.is_err());
    let text = std::fs::read_to_string(world.kubeconfig()).unwrap();
    assert!(!text.contains("app.ci-admin-demo"), "the kubeconfig must hold a token the server has forgotten");
    let kind = Caller::new(&world, "kind", "viewer");
    assert_eq!(kind.get(RUNS).await.code, 403);
    assert_eq!(kind.get("/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns").await.code, 200);
}

#[tokio::test]
async fn the_huge_world_has_ten_thousand_runs_and_a_million_lines() {
    let world = World::start(WorldKind::Huge).await.unwrap();
    let admin = Caller::new(&world, "moc", "admin");
    let page = admin.get("/apis/tekton.dev/v1/pipelineruns?limit=1").await.json();
    assert_eq!(page["metadata"]["remainingItemCount"], 9_999);
    let pod = "/api/v1/namespaces/okd-coreos/pods/okd-coreos-4.22-prod-pipelinerun-million-cosa-build-baseos-pod";
    let end = admin.get(&format!("{pod}/log?container=step-fetch-and-build-baseos&tailLines=1")).await;
    assert!(end.body.contains("line 1000000 "), "{}", end.body);
    let copy = admin
        .get("/apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns/okd-coreos-4.19-prod-pipelinerun-h00000")
        .await;
    assert_eq!((copy.code, reason(&copy.json())), (200, "Succeeded"));
}
