//! Pipelines `okd-release-pipeline` and `cluster-command-pipeline`: promotion, as okd-release-pipeline defines it.

use serde_json::Value;

use super::recipe::{WORKER, claim, only_when, pipeline, run, step, task, uses};

const CONTROLLER: &str = "release-controller=https://origin-release.ci.openshift.org";
const CI_CLUSTER: &str = "ci-cluster=https://api.ci.l2s4.p1.openshiftapps.com:6443";
const KEY: &str = "gpg-public-key-url=https://raw.githubusercontent.com/openshift/cluster-update-keys/master/keys/verifier-public-key-openshift-ci-4";

pub(super) fn tasks(ns: &str) -> Vec<Value> {
    let token = &[("CI_CLUSTER_TOKEN", "okd-prow-sa-auth", "ci-prow-token")];
    vec![
        task(
            "pick-release",
            ns,
            &[CONTROLLER, "release-stream"],
            &["release-name", "release-pullspec", "release-digest"],
            &[],
            &[step("pick-release", WORKER, "curl $(params.release-controller)/api/v1/releasestream/$(params.release-stream)/latest")],
        ),
        task(
            "pick-target-release-name",
            ns,
            &[CONTROLLER, CI_CLUSTER, "ci-cluster-secret-name", "release-imagestream=release-scos", "oc-project=origin", "target-release-stream", "picked-release-name"],
            &["target-release-name"],
            &[],
            &[step("pick-target-release-name", WORKER, "set -xuo pipefail\noc project $(params.oc-project)").env(token)],
        ),
        task("gpg-verify-release", ns, &["release-digest", KEY], &[], &[], &[step("gpg-verify", WORKER, "gpg -d signature-1")]),
        task(
            "mirror-release",
            ns,
            &["release-name", "release-pullspec", "release-stream", "image-push-secret-name", KEY, "content-mirror-pushspec", "release-mirror-pushspec"],
            &["mirrored-pullspec"],
            &[],
            &[step("mirror-release-to-quay", WORKER, "oc adm release new --from-release $(params.release-pullspec) --mirror $(params.content-mirror-pushspec)")],
        ),
        task(
            "prepare-release-binaries",
            ns,
            &["release-name", "release-pullspec", "gpg-key-id=okd@not.real.go.away", "gpg-signing-key=okd-release-gpg-signing-key"],
            &[],
            &["release-binaries"],
            &[step("prepare-release-binaries", WORKER, "oc adm release extract --command-os='*' --tools $(params.release-pullspec)")],
        ),
        task("prepare-release-notes", ns, &["release-name", "mirrored-release-pullspec"], &[], &["release-binaries"], &[step("prepare-release-notes", WORKER, "oc adm release info --pullspecs $(params.mirrored-release-pullspec)")]),
        task(
            "get-github-access-token",
            ns,
            &["github-app-id", "github-app-installation-id", "githubapp-secret-name"],
            &["githubapp-token"],
            &[],
            &[step("get-token", WORKER, "curl -X POST https://api.github.com/app/installations/$(params.github-app-installation-id)/access_tokens").env(&[("PRIVATE_KEY", "okd-githubapp-auth", "private-key")])],
        ),
        task("create-github-release", ns, &["token", "release-name", "github-org-repo=cheesesashimi/okd-release-test", "is-latest=false"], &[], &["release-binaries"], &[step("create-github-release", WORKER, "gh release create $(params.release-name) --repo $(params.github-org-repo)")]),
        task(
            "update-release-channel",
            ns,
            &["release-name", "mirrored-release-pullspec", "oc-project=origin", CI_CLUSTER, "ci-cluster-secret-name", "release-imagestream=release-scos"],
            &[],
            &[],
            &[step("update-release-channel", WORKER, "oc tag $(params.mirrored-release-pullspec) $(params.release-imagestream):$(params.release-name)").env(token)],
        ),
        task(
            "cluster-command-task",
            ns,
            &["next # Promote next release", "stable # Promote stable release", "next-yaml", "stable-yaml"],
            &[],
            &[],
            &[step("run-cluster-command", "quay.io/openshift/origin-cli:latest", "oc create -f $(params.next-yaml)")],
        ),
    ]
}

pub(super) fn pipelines(ns: &str) -> Vec<Value> {
    let name = ("release-name", "$(tasks.pick-target-release-name.results.target-release-name)");
    let mirrored = ("mirrored-release-pullspec", "$(tasks.mirror.results.mirrored-pullspec)");
    let binaries = [("release-binaries", "release-binaries")];
    let tasks = vec![
        uses(
            "pick-release",
            "pick-release",
            &[],
            &[("release-controller", "$(params.release-controller)"), ("release-stream", "$(params.release-stream)")],
            &[],
        ),
        uses(
            "pick-target-release-name",
            "pick-target-release-name",
            &["pick-release"],
            &[
                ("release-imagestream", "$(params.release-imagestream)"),
                ("ci-cluster-secret-name", "okd-prow-sa-auth"),
                ("target-release-stream", "$(params.target-release-stream)"),
                ("picked-release-name", "$(tasks.pick-release.results.release-name)"),
            ],
            &[],
        ),
        uses(
            "verify-release",
            "gpg-verify-release",
            &["pick-release"],
            &[("release-digest", "$(tasks.pick-release.results.release-digest)")],
            &[],
        ),
        uses(
            "mirror",
            "mirror-release",
            &["verify-release"],
            &[
                name,
                ("release-pullspec", "$(tasks.pick-release.results.release-pullspec)"),
                ("image-push-secret-name", "okd-quay-pull-secret"),
                ("release-mirror-pushspec", "$(params.release-mirror-pushspec)"),
                ("content-mirror-pushspec", "$(params.content-mirror-pushspec)"),
                ("release-stream", "$(params.release-stream)"),
            ],
            &[],
        ),
        uses(
            "prepare-binaries",
            "prepare-release-binaries",
            &["mirror"],
            &[
                name,
                ("release-pullspec", mirrored.1),
                ("gpg-signing-key", "okd-release-gpg-signing-key"),
                ("gpg-key-id", "maintainers@okd.io"),
            ],
            &binaries,
        ),
        uses("prepare-release-notes", "prepare-release-notes", &["mirror"], &[name, mirrored], &binaries),
        uses(
            "get-github-access-token",
            "get-github-access-token",
            &["prepare-binaries", "prepare-release-notes", "mirror"],
            &[
                ("github-app-id", "309584"),
                ("github-app-installation-id", "35633111"),
                ("githubapp-secret-name", "okd-githubapp-auth"),
            ],
            &[],
        ),
        uses(
            "create-github-release",
            "create-github-release",
            &["get-github-access-token"],
            &[
                ("token", "$(tasks.get-github-access-token.results.githubapp-token)"),
                name,
                ("github-org-repo", "$(params.github-org-repo)"),
                ("is-latest", "$(params.is-release-latest)"),
            ],
            &binaries,
        ),
        uses(
            "update-release-channel",
            "update-release-channel",
            &["create-github-release"],
            &[
                name,
                mirrored,
                ("release-imagestream", "$(params.release-imagestream)"),
                ("ci-cluster-secret-name", "okd-prow-sa-auth"),
            ],
            &[],
        ),
    ];
    let told = uses(
        "notify-matrix",
        "notify-matrix",
        &[],
        &[
            ("matrix-secret", "$(params.matrix-secret)"),
            ("endpoint", "$(params.matrix-endpoint)"),
            ("room", "$(params.matrix-room)"),
            ("message", "PipelineRun $(context.pipelineRun.name) - $(params.release-stream): $(tasks.status)"),
        ],
        &[],
    );
    let given = [
        "release-controller=https://origin-release.ci.openshift.org # The URL for the release controller to use",
        "release-stream # The release stream to use (e.g., 4.12.0-0.okd, 4.12.0-0.okd-scos)",
        "target-release-stream # The release stream to target (e.g., 4-scos-stable, 4-scos-next)",
        "release-imagestream # The app.ci imagestream to use for tagging (e.g., release or release-scos)",
        "content-mirror-pushspec=quay.io/zzlotnik/scos-content # The content mirror destination",
        "release-mirror-pushspec=quay.io/zzlotnik/scos-release # The release mirror destination",
        "github-org-repo=cheesesashimi/okd-release-test # The GitHub org/repo to release to",
        "is-release-latest=false # Determines if the release should be tagged latest",
        "enable-notifications=false",
        "matrix-room=!nStsazaBvZCZQHPWTY:fedoraproject.org # room id (in the format !<ROOM_ID>:<SERVER_NAME>)",
        "matrix-endpoint=matrix.org # endpoint to connect to",
        "matrix-secret=okd-matrix-bot-auth # kubernetes secret containing the token to post messages",
    ];
    let told = only_when(told, &[("$(params.enable-notifications)", "true")]);
    let yaml = [
        ("next", "$(params.next)"),
        ("stable", "$(params.stable)"),
        ("next-yaml", "$(params.next-yaml)"),
        ("stable-yaml", "$(params.stable-yaml)"),
    ];
    let commands = [
        "next # Promote next release",
        "stable # Promote stable release",
        "next-yaml # URL or path to the next release pipeline YAML",
        "stable-yaml # URL or path to the stable release pipeline YAML",
    ];
    vec![
        pipeline("okd-release-pipeline", ns, &given, &["release-binaries"], tasks, vec![told]),
        pipeline(
            "cluster-command-pipeline",
            ns,
            &commands,
            &[],
            vec![uses("run-command", "cluster-command-task", &[], &yaml, &[])],
            Vec::new(),
        ),
    ]
}

/// A promotion into `4-scos-next`, `4-scos-stable` or `5-scos-next`.
pub(super) fn promote(name: &str, ns: &str, source: &str, target: &str) -> Value {
    let stable = target.ends_with("stable");
    let given = [
        ("content-mirror-pushspec", "quay.io/okd/scos-content"),
        ("enable-notifications", "true"),
        ("github-org-repo", "okd-project/okd"),
        ("is-release-latest", if stable { "true" } else { "false" }),
        ("matrix-endpoint", "matrix.org"),
        ("matrix-room", "!nStsazaBvZCZQHPWTY:fedoraproject.org"),
        ("matrix-secret", "okd-matrix-bot-auth"),
        ("release-controller", "https://origin-release.ci.openshift.org"),
        ("release-imagestream", if stable { "release-scos" } else { "release-scos-next" }),
        ("release-mirror-pushspec", "quay.io/okd/scos-release"),
        ("release-stream", source),
        ("target-release-stream", target),
    ];
    let volume = if stable { "pipeline-release-stable-pvc" } else { "pipeline-release-next-pvc" };
    run(name, ns, "okd-release-pipeline", &given, vec![claim("release-binaries", volume)], "4h0m0s")
}

pub(super) fn command(name: &str, ns: &str) -> Value {
    let yaml = "https://raw.githubusercontent.com/okd-project/okd-release-pipeline/main/environments/moc/pipelineruns";
    let (next, stable) =
        (format!("{yaml}/okd-release-next-pipelinerun.yaml"), format!("{yaml}/okd-release-stable-pipelinerun.yaml"));
    let given = [("next", "true"), ("stable", "true"), ("next-yaml", next.as_str()), ("stable-yaml", stable.as_str())];
    run(name, ns, "cluster-command-pipeline", &given, Vec::new(), "4h0m0s")
}
