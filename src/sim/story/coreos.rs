//! Pipeline `okd-coreos` with its Tasks: the SCOS node image, as okd-coreos-pipeline defines it.

use serde_json::Value;

use super::recipe::{COSA, claim, only_when, pipeline, run, secret, step, task, uses};

const NS: &str = "okd-coreos";

pub(super) fn tasks() -> Vec<Value> {
    let stored = ["release-stream=", "bucket-name=", "endpoint-url=", "aws-config-file=credentials"];
    vec![
        task(
            "cosa-init",
            NS,
            &[
                "repo # The manifest repo URL",
                "branch # The manifest repo branch",
                "variant # The CoreOS variant",
                "version # The OKD version",
            ],
            &[],
            &["ws"],
            &[step(
                "prepare-repo",
                COSA,
                "cosa init --branch $(params.branch) --variant $(params.variant) $(params.repo)",
            )
            .kvm("4Gi")
            .env(&[
                ("MIRROR_USER", "ose-mirror-secret", "mirror-user"),
                ("MIRROR_PASS", "ose-mirror-secret", "mirror-pass"),
            ])],
        ),
        task(
            "cosa-build-baseos",
            NS,
            &stored,
            &[],
            &["ws", "s3creds"],
            &[step("fetch-and-build-baseos", COSA, "cosa fetch\ncosa build container --force-nocache").kvm("12Gi")],
        ),
        task(
            "cosa-test",
            NS,
            &[],
            &[],
            &["ws"],
            &[step("build-and-test-qemu", COSA, "cosa buildextend-qemu").kvm("16Gi")],
        ),
        task(
            "cosa-build-extensions",
            NS,
            &["variant"],
            &["output"],
            &["ws"],
            &[step("build-extensions-container", COSA, "cosa buildextend-extensions-container").kvm("12Gi")],
        ),
        task(
            "cosa-buildextend",
            NS,
            &[],
            &["output"],
            &["ws"],
            &[step(
                "buildextend",
                COSA,
                "cosa buildextend-metal4k\ncosa buildextend-metal\ncosa buildextend-live\ncosa buildextend-openstack",
            )
            .kvm("16Gi")],
        ),
        task(
            "cosa-generate-release-meta",
            NS,
            &stored[..3],
            &[],
            &["ws"],
            &[step("generate-release-meta", COSA, "cosa generate-release-meta")],
        ),
        task(
            "cosa-push-container",
            NS,
            &[
                "target-registry=quay.io/okd",
                "container-image-name=centos-stream-coreos-9",
                "image=ostree",
                "tag=4.13",
                "tag-latest=false",
            ],
            &[],
            &["regcred", "ws"],
            &[step(
                "upload-image",
                COSA,
                "cosa push-container $(params.image) $(params.target-registry)/$(params.container-image-name)",
            )],
        ),
        task(
            "cosa-upload-s3",
            NS,
            &stored,
            &[],
            &["s3creds", "ws"],
            &[step("upload-image", COSA, "cosa buildupload s3 $(params.bucket-name)/$(params.release-stream)/builds")],
        ),
        notify(NS),
    ]
}

/// Shared with the promotion: both pipelines tell a Matrix room.
pub(super) fn notify(ns: &str) -> Value {
    let curl = "docker.io/curlimages/curl:7.70.0";
    let post = step(
        "post",
        curl,
        "curl -X PUT https://$(params.endpoint)/_matrix/client/r0/rooms/$(params.room)/send/m.room.message",
    )
    .env(&[("TOKEN", "okd-matrix-bot-auth", "token")]);
    task("notify-matrix", ns, &["matrix-secret", "room", "endpoint", "message"], &[], &[], &[post])
}

pub(super) fn pipelines() -> Vec<Value> {
    let mut baseos = uses(
        "cosa-build-baseos",
        "cosa-build-baseos",
        &["cosa-init"],
        &[
            ("release-stream", "$(params.release-stream)"),
            ("bucket-name", "$(params.s3-bucket-name)"),
            ("endpoint-url", "$(params.s3-endpoint-url)"),
            ("aws-config-file", "$(params.s3-aws-config-file)"),
        ],
        &[("s3creds", "s3-credentials"), ("ws", "shared-workspace")],
    );
    baseos["timeout"] = "1h30m0s".into();
    let shared = [("ws", "shared-workspace")];
    let variant = [("variant", "$(params.variant)")];
    let built =
        [("$(tasks.cosa-buildextend.results.output)", "OK"), ("$(tasks.cosa-build-extensions.results.output)", "OK")];
    let upload = |name: &str, container: &str, image: &str| {
        let push = uses(
            name,
            "cosa-push-container",
            &["cosa-generate-release-meta"],
            &[
                ("target-registry", "$(params.target-registry)"),
                ("container-image-name", container),
                ("image", image),
                ("tag", "$(params.version)"),
                ("tag-latest", "$(params.tag-latest)"),
            ],
            &[("regcred", "registry-credentials"), ("ws", "shared-workspace")],
        );
        only_when(push, &[&[("$(params.upload-container-images)", "true")], &built[..]].concat())
    };
    let bootimages = uses(
        "cosa-upload-bootimages",
        "cosa-upload-s3",
        &["cosa-generate-release-meta"],
        &[
            ("release-stream", "$(params.release-stream)"),
            ("bucket-name", "$(params.s3-bucket-name)"),
            ("endpoint-url", "$(params.s3-endpoint-url)"),
            ("aws-config-file", "$(params.s3-aws-config-file)"),
        ],
        &[("s3creds", "s3-credentials"), ("ws", "shared-workspace")],
    );
    let tasks = vec![
        uses(
            "cosa-init",
            "cosa-init",
            &[],
            &[
                ("repo", "$(params.repo)"),
                ("branch", "$(params.branch)"),
                ("variant", "$(params.variant)"),
                ("version", "$(params.version)"),
            ],
            &shared,
        ),
        baseos,
        uses("cosa-test", "cosa-test", &["cosa-build-baseos"], &variant, &shared),
        uses("cosa-build-extensions", "cosa-build-extensions", &["cosa-test"], &variant, &shared),
        uses("cosa-buildextend", "cosa-buildextend", &["cosa-test"], &[], &shared),
        uses(
            "cosa-generate-release-meta",
            "cosa-generate-release-meta",
            &["cosa-build-baseos", "cosa-build-extensions", "cosa-buildextend"],
            &[
                ("release-stream", "$(params.release-stream)"),
                ("bucket-name", "$(params.s3-bucket-name)"),
                ("endpoint-url", "$(params.s3-endpoint-url)"),
            ],
            &shared,
        ),
        upload("cosa-upload-baseos", "$(params.baseos-container-image-name)", "ostree"),
        upload("cosa-upload-extensions", "$(params.extensions-container-image-name)", "extensions-container"),
        only_when(bootimages, &[&[("$(params.upload-bootimages)", "true")], &built[..]].concat()),
    ];
    let message = "PipelineRun $(context.pipelineRun.name) - $(params.variant) - version $(params.version): Build from branch $(params.branch) $(tasks.status)";
    let told = uses(
        "notify-matrix",
        "notify-matrix",
        &[],
        &[
            ("matrix-secret", "okd-matrix-bot-auth"),
            ("endpoint", "$(params.matrix-endpoint)"),
            ("room", "$(params.matrix-room)"),
            ("message", message),
        ],
        &[],
    );
    let given = [
        "repo=https://github.com/openshift/os.git",
        "branch=master",
        "variant=okd-c9s",
        "version=4.14",
        "release-stream=next",
        "target-registry=quay.io/okd",
        "baseos-container-image-name=centos-stream-coreos-9",
        "extensions-container-image-name=centos-stream-coreos-9-extensions",
        "upload-container-images=false",
        "tag-latest=false",
        "upload-bootimages=false",
        "s3-bucket-name=",
        "s3-endpoint-url=",
        "s3-aws-config-file=credentials",
        "notify-matrix=false",
        "matrix-room=a_room # room id (in the format !<ROOM_ID>:<SERVER_NAME>)",
        "matrix-endpoint=an_endpoint # endpoint to connect to",
    ];
    let workspaces = ["registry-credentials", "s3-credentials", "shared-workspace"];
    vec![pipeline(
        "okd-coreos",
        NS,
        &given,
        &workspaces,
        tasks,
        vec![only_when(told, &[("$(params.notify-matrix)", "true")])],
    )]
}

/// Branch and CoreOS variant of a minor.
fn source(version: &str) -> (&'static str, &'static str) {
    match version {
        "4.16" => ("release-4.16", "c9s"),
        "4.17" => ("release-4.17", "okd-c9s"),
        "4.18" => ("release-4.18", "okd-c9s"),
        "4.19" => ("release-4.19", "okd-c9s"),
        "4.20" => ("release-4.20", "okd-c10s"),
        "4.21" => ("release-4.21", "okd-c10s"),
        _ => ("master", "okd-c10s"),
    }
}

/// A production build; with `uploads` it publishes.
pub(super) fn build(name: &str, version: &str, uploads: bool) -> Value {
    let (branch, variant) = source(version);
    let ten = variant == "okd-c10s";
    let upload = if uploads { "true" } else { "false" };
    let volume = format!("pipeline-scos-{version}-pvc");
    let given = [
        ("repo", "https://github.com/openshift/os.git"),
        ("branch", branch),
        ("variant", variant),
        ("version", version),
        ("release-stream", if version == "4.16" { "stable" } else { "next" }),
        ("target-registry", "quay.io/okd"),
        ("baseos-container-image-name", if ten { "stream-coreos" } else { "centos-stream-coreos-9" }),
        (
            "extensions-container-image-name",
            if ten { "stream-coreos-extensions" } else { "centos-stream-coreos-9-extensions" },
        ),
        ("upload-container-images", upload),
        ("tag-latest", upload),
        ("upload-bootimages", upload),
        ("s3-bucket-name", "okd-scos"),
        ("s3-endpoint-url", "https://okd-scos.s3.amazonaws.com/"),
        ("notify-matrix", upload),
        ("matrix-room", "!nStsazaBvZCZQHPWTY:fedoraproject.org"),
        ("matrix-endpoint", "matrix.org"),
        ("claimname", volume.as_str()),
    ];
    let bound = vec![
        secret("registry-credentials", "okd-quay-pull-secret"),
        secret("s3-credentials", "okd-s3-config"),
        claim("shared-workspace", &volume),
    ];
    run(name, NS, "okd-coreos", &given, bound, "4h0m0s")
}
