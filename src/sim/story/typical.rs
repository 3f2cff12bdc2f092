//! The usual days: daily SCOS builds, promotions, operators, each fate a run can have, and some at work right now.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::ambient::{self, Cron};
use super::{coreos, promotion, team};
use crate::core::State;
use crate::kind::Kind;

const COREOS: &str = "okd-coreos";
const TEAM: &str = "okd-team";

/// One run of the story.
struct Told {
    value: Value,
    /// Minutes before now.
    ago: i64,
    /// As the test bed's annotations, but on no object.
    wishes: &'static [(&'static str, &'static str)],
    /// Asked to stop that way, that many minutes before now.
    stopped: Option<(&'static str, i64)>,
}

fn told(value: Value, ago: i64) -> Told {
    Told { value, ago, wishes: &[], stopped: None }
}

impl Told {
    fn wishing(self, wishes: &'static [(&'static str, &'static str)]) -> Told {
        Told { wishes, ..self }
    }

    fn stopped(self, how: &'static str, ago: i64) -> Told {
        Told { stopped: Some((how, ago)), ..self }
    }

    /// Started by OKD's EventListener, as the CronJobs do.
    fn by_listener(mut self) -> Told {
        let name = self.value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        for (key, value) in
            ambient::triggered("okd-coreos-prod", "okd-coreos-prod-trigger", &name).as_object().into_iter().flatten()
        {
            self.value["metadata"]["labels"][key] = value.clone();
        }
        for (key, value) in
            [("skip", "false"), ("resources", "taskrun, pipelinerun"), ("keep", "1"), ("strategy", "keep")]
        {
            self.value["metadata"]["annotations"][format!("operator.tekton.dev/prune.{key}")] = value.into();
        }
        self
    }

    /// Started by a person with weir.
    fn by_operator(mut self, operator: &str, reason: &str) -> Told {
        let annotations =
            json!({"weir/operator": operator, "weir/host": "bastion-2.massopen.cloud", "weir/reason": reason});
        self.value["metadata"]["annotations"] = annotations;
        self
    }

    /// Started by a CronJob's Job.
    fn by_job(mut self, job: &str) -> Told {
        let uid = crate::core::digest(job);
        let uid = format!("{}-{}-4{}-9{}-{}", &uid[..8], &uid[8..12], &uid[12..15], &uid[15..18], &uid[18..30]);
        self.value["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "batch/v1", "kind": "Job", "name": job, "uid": uid, "controller": true}]);
        self
    }

    fn service_account(mut self, name: &str) -> Told {
        self.value["spec"]["taskRunTemplate"]["serviceAccountName"] = name.into();
        self
    }

    fn on_node(mut self, host: &str) -> Told {
        let selector = json!({"nodeSelector": {"kubernetes.io/hostname": host}});
        self.value["spec"]["taskRunTemplate"]["podTemplate"] = selector;
        self
    }
}

pub(super) fn moc(state: &mut State, now: Timestamp) {
    surroundings(state, now);
    for Told { value, ago, wishes, stopped } in coreos_runs().into_iter().chain(team_runs()) {
        let at = minutes(now, ago);
        match stopped {
            None => state.tell_run(value, wishes, at, now),
            Some((how, asked)) => state.tell_stopped(value, wishes, at, (how, minutes(now, asked)), now),
        }
    }
}

/// Minutes since it was last that hour in UTC.
fn since(now: Timestamp, hour: i64) -> i64 {
    (now.as_second() / 60 - hour * 60).rem_euclid(1440)
}

/// Minutes since it was last that hour of a Monday in UTC.
fn since_monday(now: Timestamp, hour: i64) -> i64 {
    let days = i64::from(now.to_zoned(TimeZone::UTC).weekday().since(Weekday::Monday));
    let minute = now.as_second().div_euclid(60).rem_euclid(1440);
    (days * 1440 + minute - hour * 60).rem_euclid(7 * 1440)
}

/// A command that promotes the stable channel only.
fn stable_alone(mut told: Told) -> Told {
    for param in told.value["spec"]["params"].as_array_mut().into_iter().flatten() {
        if param["name"] == "next" {
            param["value"] = "false".into();
        }
    }
    told
}

fn minutes(now: Timestamp, ago: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_mins(ago)).unwrap_or(now)
}

fn surroundings(state: &mut State, now: Timestamp) {
    ambient::definitions(state, now);
    ambient::namespaces(state, now, &["default", "kvm-device-plugin", COREOS, "okd-images", "okd-operators", TEAM]);
    ambient::account(state, now, COREOS, "tekton-cluster-access");
    // The device plugin runs on the first host only.
    ambient::node(state, now, "host-192-168-111-72", 110);
    ambient::node(state, now, "host-192-168-111-73", 0);
    let secrets = [
        "okd-githubapp-auth",
        "okd-matrix-bot-auth",
        "okd-prow-sa-auth",
        "okd-quay-pull-secret",
        "okd-release-gpg-signing-key",
        "okd-s3-config",
        "ose-mirror-secret",
    ];
    ambient::secrets(state, now, COREOS, &secrets);
    ambient::secrets(state, now, TEAM, &["okd-team-push-secret"]);
    let versions = ["4.16", "4.17", "4.18", "4.19", "4.20", "4.21", "4.22", "5.0"];
    for version in versions {
        ambient::claims(state, now, COREOS, &[&format!("pipeline-scos-{version}-pvc")], "40Gi");
    }
    ambient::claims(state, now, COREOS, &["pipeline-release-next-pvc", "pipeline-release-stable-pvc"], "40Gi");
    let templates =
        json!({"scos-release-notes-template.txt": "# OKD SCOS", "fcos-release-notes-template.txt": "# OKD"});
    ambient::config_map(state, now, COREOS, "release-notes-template", templates);
    for image in ["gitlab-runner-operator", "pipelines-operator", "node-observability", "serverless-operand"] {
        ambient::claims(state, now, TEAM, &[&format!("{image}-volume")], "8Gi");
        ambient::config_map(state, now, TEAM, &format!("{image}-patch"), json!({"0001-build-on-okd.patch": ""}));
    }
    let listener = "http://el-okd-coreos-prod.okd-coreos.svc.cluster.local:8080";
    let crons = [
        ("okd-coreos-4.16-prod-create-daily", "30 10 * * *", "release-4.16", "stable", "c9s", "4.16", 820),
        ("okd-coreos-4.17-prod-create-daily", "30 20 * * *", "release-4.17", "next", "okd-c9s", "4.17", 1310),
        ("okd-coreos-4.18-prod-create-daily", "30 6 * * *", "release-4.18", "next", "okd-c9s", "4.18", 300),
        ("okd-coreos-4.19-prod-create-daily", "30 14 * * *", "master", "next", "okd-c9s", "4.19", 560),
    ];
    for (name, schedule, branch, stream, variant, version, minutes_ago) in crons {
        let params = json!({"params": {
            "branch": branch, "version": version, "release-stream": stream, "tag-latest": "true",
            "claimname": format!("pipeline-scos-{version}-pvc"), "variant": variant,
        }});
        let job = Cron { name, schedule, suspended: false, url: listener, body: params.to_string(), minutes_ago };
        ambient::cron(state, now, COREOS, &job);
    }
    let cleanup = json!({"trigger-template": "tekton-cleanup", "params": {"keep": "0", "namespace": COREOS}});
    let cleanup = Cron {
        name: "tekton-cleanup-daily",
        schedule: "0 4 * * *",
        // Somebody wanted to keep the history for once.
        suspended: true,
        url: "http://el-tekton-cleanup.okd-coreos.svc.cluster.local:8080",
        body: cleanup.to_string(),
        minutes_ago: 9 * 1440 + since(now, 4),
    };
    ambient::cron(state, now, COREOS, &cleanup);
    let trigger = Cron {
        name: "cron-trigger-cluster-command",
        schedule: "0 5 * * 1",
        suspended: false,
        url: "http://el-cluster-command-listener.okd-coreos.svc.cluster.local:8080",
        body: json!({"message": "scheduled", "next": "true", "stable": "true"}).to_string(),
        minutes_ago: since_monday(now, 5),
    };
    ambient::cron(state, now, COREOS, &trigger);
    for value in coreos::tasks().into_iter().chain(promotion::tasks(COREOS)).chain(team::tasks()) {
        state.create(Kind::Task, value, ambient::old(now));
    }
    for value in coreos::pipelines().into_iter().chain(promotion::pipelines(COREOS)).chain(team::pipelines()) {
        state.create(Kind::Pipeline, value, ambient::old(now));
    }
}

/// `okd-coreos-4.19-prod-pipelinerun-` and five letters that follow from the number.
fn daily(version: &str, tag: &str) -> Value {
    coreos::build(&format!("okd-coreos-{version}-prod-pipelinerun-{tag}"), version, true)
}

fn coreos_runs() -> Vec<Told> {
    const DAY: i64 = 1440;
    let mut runs = Vec::new();
    // The days before: mostly green, as they are.
    let green = [
        ("4.16", 820, ["4h2vd", "w9xkz", "b7qsc"]),
        ("4.17", 1310, ["mx5tz", "zz8rk", "n4wcp"]),
        ("4.18", 300 + DAY, ["q6jbl", "t2mvh", "f8dzs"]),
        ("4.19", 560, ["v5kqn", "c9rtw", "h7xgb"]),
    ];
    for (version, ago, tags) in green {
        for (day, tag) in (0..).zip(tags) {
            let one = told(daily(version, tag), ago + day * DAY).by_listener().on_node("host-192-168-111-72");
            runs.push(match (version, day) {
                ("4.17", 1) => one.wishing(&[("fail-step", "cosa-upload-baseos.upload-image")]),
                ("4.16", 2) => one.stopped("Cancelled", 820 + 2 * DAY - 31),
                _ => one,
            });
        }
    }
    let broken = told(daily("4.18", "x2g7d"), 300).by_listener().on_node("host-192-168-111-72");
    runs.push(
        broken.wishing(&[("fail-step", "fetch-and-build-baseos"), ("step-seconds.fetch-and-build-baseos", "1471")]),
    );
    const LONG: &[(&str, &str)] = &[
        ("step-seconds.fetch-and-build-baseos", "5040"),
        ("step-seconds.build-and-test-qemu", "1710"),
        ("step-seconds.buildextend", "3420"),
    ];
    runs.push(
        told(daily("4.20", "pk8wn"), 151)
            .by_operator("agreene@massopen.cloud", "rebuild with the fixed cri-o")
            .wishing(LONG),
    );
    runs.push(told(daily("4.20", "s3vdq"), 2 * DAY + 75));
    runs.push(told(daily("4.21", "l6ctj"), DAY + 205).by_operator("zzlotnik", "nightly needs a newer kernel"));
    runs.push(told(daily("5.0", "d4nhx"), 3 * DAY + 20).by_operator("zzlotnik", "first 5.0 image"));
    runs.push(told(daily("5.0", "r8kbm"), 12).by_operator("zzlotnik", "5.0 with stream 10 kernel"));
    // Started a moment ago: to be watched from the first task to the last.
    let dev = coreos::build("okd-coreos-4.21-dev-pipelinerun-g5twz", "4.21", false);
    runs.push(
        told(dev, 1)
            .by_operator("agreene@massopen.cloud", "try the new treefile")
            .wishing(&[("step-seconds.prepare-repo", "66")]),
    );
    let dev = coreos::build("okd-coreos-4.19-dev-pipelinerun-j2pvs", "4.19", false);
    runs.push(told(dev, 30 * 60));
    // No kvm device on that host, so this one waits.
    runs.push(told(daily("4.22", "b6zqf"), 47).on_node("host-192-168-111-73"));
    runs.extend(promotions());
    runs
}

fn promotions() -> Vec<Told> {
    const DAY: i64 = 1440;
    let next = |name: &str| promotion::promote(name, COREOS, "4.22.0-0.okd-scos-nightly", "4-scos-next");
    let stable = |name: &str| promotion::promote(name, COREOS, "4.21.0-0.okd-scos-nightly", "4-scos-stable");
    let command = |name: &str, ago: i64| {
        let mut one = told(promotion::command(name, COREOS), ago).service_account("tekton-cluster-access");
        for (key, value) in
            ambient::triggered("cluster-command-listener", "trigger-on-cron", name).as_object().into_iter().flatten()
        {
            one.value["metadata"]["labels"][key] = value.clone();
        }
        one
    };
    let five =
        promotion::promote("okd-release-next-pipelinerun-5v9wt", COREOS, "5.1.0-0.okd-scos-nightly", "5-scos-next");
    // Each ends when the release-controller's channel shows its release.
    vec![
        command("cluster-command-run-c2xmv", 4 * DAY + 560).wishing(&[("step-seconds.run-cluster-command", "1822")]),
        told(next("okd-release-next-pipelinerun-h8qds"), 4 * DAY + 559)
            .service_account("tekton-cluster-access")
            .wishing(&[("fail-step", "mirror-release-to-quay")]),
        told(next("okd-release-next-pipelinerun-m3kfx"), 4 * DAY + 175)
            .by_operator("zzlotnik", "again after the 502 of quay.io"),
        told(five, 3 * DAY + 175).by_operator("zzlotnik", "first engineering candidate of 5.1"),
        stable_alone(command("cluster-command-run-t7vcl", 3 * DAY + 176)),
        told(stable("okd-release-stable-pipelinerun-w4bnz"), 3 * DAY + 175).service_account("tekton-cluster-access"),
        // Its channel is busy for the first minutes of the world.
        told(next("okd-release-next-pipelinerun-k7x2p"), 37)
            .by_operator("zzlotnik", "engineering candidate of the week")
            .wishing(&[("step-seconds.mirror-release-to-quay", "2260")]),
    ]
}

fn team_runs() -> Vec<Told> {
    const DAY: i64 = 1440;
    let make = |name: &str, which: &str, image: &str| team::make(name, which, image, "v0.9.2");
    let mut gone = make("operator-no-such-pipeline", "operator", "pipelines-operator");
    gone["spec"]["pipelineRef"]["name"] = "operator-v2".into();
    let mut held = make("operand-held", "operand", "serverless-operand");
    held["spec"]["status"] = "PipelineRunPending".into();
    let mut unbound = make("image-build-unbound", "image-build", "node-observability");
    unbound["spec"]["workspaces"] = json!([]);
    let mut slow = make("operand-slow", "operand", "serverless-operand");
    slow["spec"]["timeouts"]["pipeline"] = "20m0s".into();
    let mut unclaimed = make("image-build-unclaimed", "image-build", "web-terminal");
    unclaimed["spec"]["workspaces"][1] = json!({"name": "patches", "emptyDir": {}});
    vec![
        told(make("operator-gitlab-runner-4pxzc", "operator", "gitlab-runner-operator"), 95)
            .by_job("operator-nightly-29384710"),
        told(make("operator-gitlab-runner-9kbwd", "operator", "gitlab-runner-operator"), DAY + 95)
            .by_job("operator-nightly-29383270"),
        told(make("operator-pipelines-7hvst", "operator", "pipelines-operator"), 4 * 60 + 12)
            .wishing(&[("fail-step", "test")]),
        // The step fails, its Task lets it pass.
        told(make("operator-lint-tolerated", "operator", "pipelines-operator"), 6 * 60)
            .wishing(&[("fail-step", "lint")]),
        told(make("operator-out-of-memory", "operator", "node-observability"), 8 * 60 + 25).wishing(&[
            ("fail-step", "build.build"),
            ("fail-code", "137"),
            ("fail-reason", "OOMKilled"),
        ]),
        told(make("image-build-retries", "image-build", "node-observability"), 11 * 60)
            .wishing(&[("fail-step", "push")]),
        told(make("image-build-image-missing", "image-build", "gitlab-runner-operator"), 13 * 60 + 40)
            .wishing(&[("image-error", "build-image")]),
        told(slow, 19 * 60).wishing(&[("step-seconds.build", "2400")]),
        told(gone, 22 * 60),
        told(unbound, 23 * 60),
        told(held, 3 * 60 + 30),
        told(unclaimed, 16),
        told(make("operand-stopped", "operand", "serverless-operand"), 27 * 60)
            .stopped("StoppedRunFinally", 27 * 60 - 1),
        told(make("operator-cancelled-finally", "operator", "pipelines-operator"), 29 * 60)
            .stopped("CancelledRunFinally", 29 * 60 - 4),
        told(make("operand-serverless-x6dqm", "operand", "serverless-operand"), 2 * DAY + 30),
        told(make("image-build-observability-2wjtn", "image-build", "node-observability"), 2 * DAY + 90),
        told(team::scratch("build-from-scratch-zq5vk", "12h0m0s"), 3 * DAY),
        told(team::scratch("build-from-scratch-n8ltb", "12h0m0s"), 64).wishing(&[("step-seconds.builds", "2640")]),
    ]
}

/// The CI cluster: a promotion somebody tried by hand, and a namespace that is cleaned every night.
pub(super) fn app_ci(state: &mut State, now: Timestamp) {
    ambient::definitions(state, now);
    ambient::namespaces(state, now, &["ci", "default", "origin"]);
    ambient::node(state, now, "ip-10-0-140-12", 0);
    ambient::claims(state, now, "origin", &["pipeline-release-next-pvc", "pipeline-release-stable-pvc"], "40Gi");
    ambient::secrets(
        state,
        now,
        "origin",
        &["okd-githubapp-auth", "okd-prow-sa-auth", "okd-quay-pull-secret", "okd-release-gpg-signing-key"],
    );
    let cleanup = json!({"trigger-template": "tekton-cleanup", "params": {"keep": "0", "namespace": "ci"}});
    let cleanup = Cron {
        name: "tekton-cleanup-daily",
        schedule: "0 4 * * *",
        suspended: false,
        url: "http://el-tekton-cleanup.ci.svc.cluster.local:8080",
        body: cleanup.to_string(),
        minutes_ago: since(now, 4),
    };
    ambient::cron(state, now, "ci", &cleanup);
    for value in promotion::tasks("origin").into_iter().chain([coreos::notify("origin")]) {
        state.create(Kind::Task, value, ambient::old(now));
    }
    for value in promotion::pipelines("origin") {
        state.create(Kind::Pipeline, value, ambient::old(now));
    }
    let next = promotion::promote("okd-release-next-trial-6zqvw", "origin", "4.22.0-0.okd-scos-nightly", "4-scos-next");
    state.tell_run(next, &[("fail-step", "gpg-verify")], minutes(now, 26 * 60), now);
    let again =
        promotion::promote("okd-release-next-trial-p9hdk", "origin", "4.22.0-0.okd-scos-nightly", "4-scos-next");
    state.tell_run(again, &[], minutes(now, 25 * 60), now);
}
