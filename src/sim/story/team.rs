//! What runs in `okd-team`: payload builds from source, and the community operators' pipelines.

use serde_json::{Value, json};

use super::recipe::{claim, only_when, pipeline, run, step, task, uses};

const NS: &str = "okd-team";
const CLI: &str = "image-registry.openshift-image-registry.svc:5000/openshift/cli:latest";
const TOOLS: &str = "quay.io/okderators/bundle-tools:vdev";

pub(super) fn tasks() -> Vec<Value> {
    let made =
        ["repo-url", "image-name", "image-version", "make-image=quay.io/okderators/bundle-tools:vdev", "env-map[]="];
    let mut operator = vec![
        step("install", TOOLS, "make install"),
        step("lint", TOOLS, "make lint").tolerated(),
        step("build", TOOLS, "make build"),
        step("test", TOOLS, "make test"),
        step("deploy", TOOLS, "make docker-build docker-push"),
    ];
    let operand = task("make-operand", NS, &made, &[], &["workspace"], &operator);
    operator.push(step("bundle", TOOLS, "make bundle bundle-build bundle-push"));
    vec![
        task(
            "batch-build",
            NS,
            &["build_configs[]", "max_concurrent_builds=8"],
            &[],
            &[],
            &[step("builds", CLI, "oc start-build -w")],
        ),
        task(
            "new-release",
            NS,
            &["release-mirror-location", "release-image", "release-image-name"],
            &[],
            &["credentials"],
            &[step("new-release", CLI, "oc adm release new --from-image-stream release")],
        ),
        task(
            "git-clone",
            NS,
            &["url", "revision="],
            &["commit", "url", "committer-date"],
            &["output"],
            &[
                step("clone", "ghcr.io/tektoncd-catalog/git-clone:v1", "git clone $(params.url)"),
                step("patch", "ghcr.io/tektoncd-catalog/git-clone:v1", "git apply patches/*"),
            ],
        ),
        task("make-operator", NS, &made, &[], &["workspace"], &operator),
        operand,
        task(
            "buildah-build",
            NS,
            &["image", "dockerfile=Dockerfile"],
            &["image-digest"],
            &["source"],
            &[step("build-image", "quay.io/buildah/stable:latest", "buildah bud -f $(params.dockerfile)")],
        ),
        task(
            "buildah-push",
            NS,
            &["image"],
            &["image-url"],
            &["source"],
            &[step("push", "quay.io/buildah/stable:latest", "buildah push $(params.image)")],
        ),
    ]
}

pub(super) fn pipelines() -> Vec<Value> {
    let batch = |name: &str, after: &[&str], timeout: &str, configs: &[&str], at_once: &str| {
        let mut value = uses(name, "batch-build", after, &[("max_concurrent_builds", at_once)], &[]);
        if let Some(params) = value["params"].as_array_mut() {
            params.push(json!({"name": "build_configs", "value": configs}));
        }
        value["timeout"] = timeout.into();
        value
    };
    let mut released = uses(
        "new-release",
        "new-release",
        &["batch-03"],
        &[
            ("release-mirror-location", "$(params.result-mirror-location)"),
            ("release-image", "$(params.result-image)"),
            ("release-image-name", "$(params.result-image-name)"),
        ],
        &[("credentials", "push-credentials")],
    );
    released["timeout"] = "2h0m0s".into();
    let scratch = vec![
        batch("prepare-build-images", &[], "1h0m0s", &["builder", "forked-dockerfiles", "base", "cli"], "1"),
        batch(
            "batch-01",
            &["prepare-build-images"],
            "4h0m0s",
            &[
                "etcd",
                "coredns",
                "console-operator",
                "cluster-version-operator",
                "machine-config-operator",
                "hyperkube",
            ],
            "$(params.max_concurrent_builds)",
        ),
        batch(
            "batch-02",
            &["batch-01"],
            "2h0m0s",
            &["ironic", "sdn", "console", "operator-registry"],
            "$(params.max_concurrent_builds)",
        ),
        batch(
            "batch-03",
            &["batch-02"],
            "1h0m0s",
            &["baremetal-installer", "installer-artifacts", "installer"],
            "$(params.max_concurrent_builds)",
        ),
        released,
    ];
    let source = ["repo-url", "repo-ref", "base-image-registry", "image-name", "image-version"];
    let clone = || {
        uses(
            "clone-and-patch",
            "git-clone",
            &[],
            &[("url", "$(params.repo-url)"), ("revision", "$(params.repo-ref)")],
            &[("output", "workspace")],
        )
    };
    let made = |task: &str| {
        uses(
            "build",
            task,
            &["clone-and-patch"],
            &[
                ("repo-url", "$(params.repo-url)"),
                ("image-name", "$(params.image-name)"),
                ("image-version", "$(params.image-version)"),
                ("make-image", "$(params.make-image)"),
            ],
            &[("workspace", "workspace")],
        )
    };
    let image = [("image", "$(params.base-image-registry)/$(params.image-name):$(params.image-version)")];
    let bound = [("source", "workspace")];
    let mut push = uses("image-push", "buildah-push", &["image-build"], &image, &bound);
    push["retries"] = 3.into();
    let images = vec![clone(), uses("image-build", "buildah-build", &["clone-and-patch"], &image, &bound), push];
    let make = "make-image=quay.io/okderators/bundle-tools:vdev";
    let operator = [&source[..], &[make, "channel=alpha", "default-channel=alpha", "env-map[]="]].concat();
    let operand = [&source[..], &[make, "env-map[]="]].concat();
    let tidy = only_when(
        uses("report", "git-clone", &[], &[("url", "$(params.repo-url)")], &[("output", "workspace")]),
        &[("$(tasks.status)", "Failed")],
    );
    vec![
        pipeline(
            "build-from-scratch",
            NS,
            &[
                "result-mirror-location=quay.io/okd-team/okd-release # Location to mirror resulting images",
                "result-image=quay.io/okd-team/okd-release:4.22.0-0.okd-scos-build-from-scratch # Resulting release location",
                "result-image-name=4.22.0-0.okd-scos-build-from-scratch # Internal release name",
                "max_concurrent_builds=8",
            ],
            &["push-credentials"],
            scratch,
            Vec::new(),
        ),
        pipeline(
            "operator",
            NS,
            &operator,
            &["workspace", "patches"],
            vec![clone(), made("make-operator")],
            vec![tidy],
        ),
        pipeline("operand", NS, &operand, &["workspace", "patches"], vec![clone(), made("make-operand")], Vec::new()),
        pipeline(
            "image-build",
            NS,
            &[&source[..], &["Dockerfile=Dockerfile"]].concat(),
            &["workspace", "patches"],
            images,
            Vec::new(),
        ),
    ]
}

/// A run of `operator`, `operand` or `image-build` for one repository.
pub(super) fn make(name: &str, which: &str, image: &str, version: &str) -> Value {
    let url = format!("https://github.com/okd-project/{image}.git");
    let given = [
        ("repo-url", url.as_str()),
        ("repo-ref", "main"),
        ("base-image-registry", "quay.io/okderators"),
        ("image-name", image),
        ("image-version", version),
    ];
    let bound = vec![
        claim("workspace", &format!("{image}-volume")),
        json!({"name": "patches", "configMap": {"name": format!("{image}-patch")}}),
    ];
    run(name, NS, which, &given, bound, "1h0m0s")
}

pub(super) fn scratch(name: &str, timeout: &str) -> Value {
    let bound = vec![json!({"name": "push-credentials", "secret": {"secretName": "okd-team-push-secret"}})];
    run(name, NS, "build-from-scratch", &[("max_concurrent_builds", "8")], bound, timeout)
}
