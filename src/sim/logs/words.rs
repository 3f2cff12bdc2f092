//! What the steps of OKD's pipelines say first and last, and how they fail.
//!
//! Anything here that looks like a credential is put together from pieces: none is one, and none should look like one
//! to whoever searches this repository.

use super::Voice;
use crate::core::digest;

fn lines(list: &[&str]) -> Vec<String> {
    list.iter().map(|line| (*line).to_owned()).collect()
}

pub(super) fn head(voice: &Voice) -> Vec<String> {
    let param = |name: &str| voice.param(name);
    match voice.step.as_str() {
        "prepare-repo" => vec![
            "+ rm -rf /workspace/coreos".into(),
            "+ mkdir -p /workspace/coreos".into(),
            "Initializing coreos-assembler:".into(),
            format!("Manifest repo:  {}", param("repo")),
            format!("Branch:         {}", param("branch")),
            format!("OKD version:    {}", param("version")),
            format!("CoreOS variant: {}", param("variant")),
            format!("+ cosa init --branch {} --variant {} {}", param("branch"), param("variant"), param("repo")),
            "Cloning into 'src/config'...".into(),
            "Submodule 'fedora-coreos-config' registered for path 'fedora-coreos-config'".into(),
        ],
        "fetch-and-build-baseos" => lines(&[
            "+ cd /workspace/coreos",
            "+ cosa buildfetch --url=s3://okd-scos/okd-scos/next/builds",
            "+ cosa fetch",
            "Config commit: 3c1f0d2a9e6b (release)",
            "Using manifest: /workspace/coreos/src/config/manifest-okd.yaml",
            "Committing: 05core: /workspace/coreos/src/config/overlay.d/05core ...",
            "Enabled rpm-md repositories: baseos appstream nfv rhel-9-server-ose-rpms okd-copr",
            "Resolving dependencies...",
        ]),
        "build-and-test-qemu" => {
            lines(&["+ cd /workspace/coreos", "+ cosa buildextend-qemu", "Targeting build: latest"])
        }
        "build-extensions-container" => {
            lines(&["+ cosa buildextend-extensions-container", "STEP 1/6: FROM quay.io/centos/centos:stream9"])
        }
        "buildextend" => lines(&[
            "+ cosa buildextend-metal4k",
            "+ cosa buildextend-metal",
            "+ cosa buildextend-live",
            "+ cosa buildextend-openstack",
        ]),
        "generate-release-meta" => lines(&["+ cosa generate-release-meta", "Downloading previous release.json"]),
        "upload-image" => vec![
            format!("+ cosa push-container {} {}", param("image"), param("target-registry")),
            "Getting image source signatures".into(),
        ],
        "pick-release" => vec![
            format!("+ curl {}/api/v1/releasestream/{}/latest", param("release-controller"), param("release-stream")),
            format!("Newest accepted release of {}:", param("release-stream")),
        ],
        "pick-target-release-name" => vec![
            format!("+ [[ {} == 4-scos-stable ]]", param("target-release-stream")),
            // xtrace shows the whole command; the real task leaks its token the same way.
            format!(
                "+ oc login --token={}{}{} --server={}",
                "sha256",
                '~',
                &digest(&voice.run)[..43],
                param("ci-cluster")
            ),
            format!(
                "Logged into \"{}\" as \"system:serviceaccount:origin:okd-promoter\" using the token provided.",
                param("ci-cluster")
            ),
            format!("+ oc project {}", param("oc-project")),
            format!("+ oc get is {} -ojson", param("release-imagestream")),
            "+ jq '.status.tags | sort_by(.items[0].created) | last.tag'".into(),
            format!("++ cut -d - -f 1 <<< {}", param("picked-release-name")),
        ],
        "gpg-verify" => vec![
            format!("+ curl {}", param("gpg-public-key-url")),
            "gpg: key 29F3AF1B1A2B3C4D: public key \"openshift-ci (release verification)\" imported".into(),
            format!("+ curl signatures/openshift/release/{}/signature-1", param("release-digest")),
        ],
        "mirror-release-to-quay" => vec![
            format!("Mirroring {} to {}", param("release-pullspec"), param("release-mirror-pushspec")),
            "+ oc adm release new --keep-manifest-list=true --request-timeout=60s".into(),
            "info: Found 194 images in release".into(),
        ],
        "prepare-release-binaries" => {
            vec![format!("+ oc adm release extract --command-os='*' --tools {}", param("release-pullspec"))]
        }
        "get-token" => {
            vec![format!("Requesting an installation token for app {}", param("github-app-id")), "HTTP/2 201".into()]
        }
        "create-github-release" => {
            vec![format!("+ gh release create {} --repo {}", param("release-name"), param("github-org-repo"))]
        }
        "prepare-release-notes" => lines(&[
            "Rendering scos-release-notes-template.txt",
            "Contributors: Zoë Müller, 山田太郎, Łukasz Żak, Ольга К. 🎉",
        ]),
        "update-release-channel" => vec![format!(
            "+ oc tag {} {}:{}",
            param("mirrored-release-pullspec"),
            param("release-imagestream"),
            param("release-name")
        )],
        "run-cluster-command" => {
            let made = if voice.run.ends_with("t7vcl") { "stable-pipelinerun-w4bnz" } else { "next-pipelinerun-h8qds" };
            let (channel, _) = made.split_once('-').unwrap_or((made, ""));
            vec![
                format!("[INFO] Promoting OKD releases - next: {}, stable: {}", param("next"), param("stable")),
                format!(
                    "[INFO] Applying: okd-release-{channel}-pipelinerun.yaml from {}",
                    param(&format!("{channel}-yaml"))
                ),
                format!("pipelinerun.tekton.dev/okd-release-{made} created"),
                "[INFO] Sleeping for 30 minutes to let the first pipeline complete...".into(),
            ]
        }
        "builds" => vec![format!("Starting builds, at most {} at a time", param("max_concurrent_builds"))],
        "post" => vec![format!("> PUT /_matrix/client/r0/rooms/{}/send/m.room.message HTTP/1.1", param("room"))],
        "clone" => vec![format!("+ git clone {}", param("url")), "Cloning into '/workspace/output'...".into()],
        "patch" => lines(&["+ git apply patches/0001-build-on-okd.patch"]),
        "install" | "lint" | "build" | "test" | "deploy" | "bundle" => vec![format!("+ make {}", voice.step)],
        other => vec![format!("+ {other}")],
    }
}

pub(super) fn tail(voice: &Voice) -> Vec<String> {
    if voice.killed {
        return vec!["Killed".into()];
    }
    if voice.fails {
        return failure(voice);
    }
    let build = voice.begins.strftime("%Y%m%d%H%M");
    match voice.step.as_str() {
        "prepare-repo" => lines(&["+ createrepo_c /workspace/coreos/rpms", "Directory walk done - 3 packages"]),
        "fetch-and-build-baseos" => vec![
            format!("Wrote commit: {}", digest(&voice.run)),
            "ostree container image: oci-archive:tmp/build/ostree.x86_64.ociarchive".into(),
            format!("Build complete: builds/9.{build}-0/x86_64"),
        ],
        "generate-release-meta" => lines(&["Wrote release.json"]),
        "pick-release" => {
            vec![
                format!("  name: {}", voice.result("release-name")),
                format!("  listDigest: {}", voice.result("release-digest")),
            ]
        }
        "pick-target-release-name" => vec![format!("+ printf %s {}", voice.result("target-release-name"))],
        "gpg-verify" => lines(&["gpg: Good signature from \"openshift-ci (release verification)\""]),
        "mirror-release-to-quay" => vec![
            match voice.result("pushed") {
                "" => format!("sha256:{} {}", digest(&voice.run), voice.result("mirrored-pullspec")),
                pushed => format!("{pushed} {}", voice.result("mirrored-pullspec")),
            },
            format!("info: Mirroring completed in {} (11.2MB/s)", taken(voice)),
        ],
        "get-token" => lines(&["The token is written to the result githubapp-token"]),
        "create-github-release" => {
            vec![format!("https://github.com/okd-project/okd/releases/tag/{}", voice.param("release-name"))]
        }
        "update-release-channel" => {
            vec![format!("Tag {}:{} set.", voice.param("release-imagestream"), voice.param("release-name"))]
        }
        "run-cluster-command" => lines(&["[INFO] OKD promotion jobs done!"]),
        "post" => lines(&["{\"event_id\":\"$Zk1v4Qm0\"}"]),
        "test" => lines(&["PASS", "ok  \tcontrollers\t41.207s\tcoverage: 71.4% of statements"]),
        _ => vec![format!("\u{1b}[32m✓\u{1b}[0m {} done", voice.step)],
    }
}

/// How long the step took, as Go writes it.
fn taken(voice: &Voice) -> String {
    match voice.ends.duration_since(voice.begins).as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds => format!("{}m{}s", seconds / 60, seconds % 60),
    }
}

fn failure(voice: &Voice) -> Vec<String> {
    if !voice.why.is_empty() {
        return vec![voice.why.clone()];
    }
    match voice.step.as_str() {
        "fetch-and-build-baseos" => lines(&[
            "Resolving dependencies...done",
            "\u{1b}[31merror:\u{1b}[0m Could not depsolve transaction; 1 problem detected:",
            " Problem: package cri-o-1.33.4-3.rhaos4.20.git1c7c2c7.el9.x86_64 from rhel-9-server-ose-rpms requires conmon >= 2:2.1.12, but none of the providers can be installed",
            "  - conflicting requests",
            "  - nothing provides conmon >= 2:2.1.12 needed by cri-o-1.33.4-3.rhaos4.20.git1c7c2c7.el9.x86_64 from rhel-9-server-ose-rpms",
            "error: failed to execute cmd-fetch: exit status 1",
        ]),
        "upload-image" => lines(&[
            "Error: trying to reuse blob at destination: Requesting bearer token: invalid status code from registry 401 (Unauthorized)",
        ]),
        "mirror-release-to-quay" => lines(&[
            "error: unable to push quay.io/okd/scos-content: failed to upload blob: received unexpected HTTP status: 502 Bad Gateway",
            "error: an error occurred during planning",
        ]),
        "build-extensions-container" => {
            lines(&["Error: building at STEP \"RUN dnf -y install\": while running runtime: exit status 1"])
        }
        "gpg-verify" => lines(&["gpg: Can't check signature: No public key"]),
        "lint" => lines(&[
            "api/v1/types.go:41:2: exported field Replicas should have comment (revive)",
            "make: *** [Makefile:88: lint] Error 1",
        ]),
        "test" => lines(&[
            "--- FAIL: TestReconcile (30.02s)",
            "    suite_test.go:71: timed out waiting for the control plane",
            "FAIL",
            "make: *** [Makefile:94: test] Error 1",
        ]),
        "push" => lines(&[
            "Error: writing blob: uploading layer to https://quay.io/v2/okderators/blobs: 503 Service Unavailable",
        ]),
        step => vec![format!("error: {step} failed: exit status 1")],
    }
}

#[cfg(test)]
mod tests {
    use crate::logs::{Script, sample};

    #[test]
    fn the_promotion_leaks_a_token_the_way_the_real_one_does() {
        let voice = sample("pick-target-release-name", 8);
        let script = Script::new(&voice);
        let all: Vec<_> = (0..8).map(|at| script.line(at)).collect();
        assert!(all.iter().any(|line| line.contains("oc login --token=sha256~")), "{all:?}");
    }
}
