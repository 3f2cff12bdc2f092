//! What the steps of OKD's pipelines say: how their logs begin and end, and how the middle goes.
//!
//! Anything here that looks like a credential is put together from pieces: none is one, and none should look like one
//! to whoever searches this repository.

use jiff::SignedDuration;

use super::Voice;
use super::body::{self, Manner};
use crate::core::digest;

/// The lines of one container, made when asked for.
pub(crate) struct Script<'a> {
    voice: &'a Voice,
    head: Vec<String>,
    tail: Vec<String>,
    manner: Manner,
}

/// How many lines a step writes that nobody says anything about.
pub(super) fn usual_lines(step: &str, lasts: SignedDuration) -> u64 {
    let seconds = u64::try_from(lasts.as_secs()).unwrap_or(0);
    match step {
        "fetch-and-build-baseos" => (seconds / 2).clamp(220, 1800),
        "buildextend" | "build-and-test-qemu" | "build-extensions-container" => (seconds / 4).clamp(120, 600),
        "mirror-release-to-quay" | "builds" => (seconds / 4).clamp(150, 700),
        "upload-image" => (seconds / 4).clamp(40, 200),
        "prepare-release-binaries" => 60,
        "run-cluster-command" => 5,
        _ => 24,
    }
}

impl<'a> Script<'a> {
    pub(crate) fn new(voice: &'a Voice) -> Script<'a> {
        let (head, tail) = if voice.style.is_some() { (Vec::new(), Vec::new()) } else { (head(voice), tail(voice)) };
        let manner = match voice.step.as_str() {
            "fetch-and-build-baseos" | "build-extensions-container" => Manner::Compose,
            "buildextend" | "build-and-test-qemu" => Manner::Extend,
            "upload-image" => Manner::Upload,
            "mirror-release-to-quay" => Manner::Mirror,
            "builds" | "build" | "build-image" | "bundle" => Manner::Builds,
            _ => Manner::Plain,
        };
        Script { voice, head, tail, manner }
    }

    /// Line `at`, counted from 0, without its end.
    pub(crate) fn line(&self, at: u64) -> String {
        let voice = self.voice;
        let last = voice.lines.saturating_sub(self.tail.len() as u64);
        let mut line = match (&voice.style, usize::try_from(at).ok().and_then(|at| self.head.get(at))) {
            (Some(style), _) => body::styled(style, voice.seed, at),
            (None, _) if at >= last => {
                self.tail[usize::try_from(at - last).unwrap_or(0).min(self.tail.len() - 1)].clone()
            }
            (None, Some(line)) => line.clone(),
            (None, None) => body::line(self.manner, voice.seed, at, voice.lines),
        };
        if voice.width > 0 {
            line.push(' ');
            line.push_str(&body::filler(voice.seed, at, voice.width.saturating_sub(1)));
        }
        line
    }
}

fn head(voice: &Voice) -> Vec<String> {
    let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let param = |name: &str| voice.param(name).to_owned();
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
        "fetch-and-build-baseos" => text(&[
            "+ cd /workspace/coreos",
            "Skipping buildfetch from S3 - bucket params not set",
            "+ cosa fetch",
            "Config commit: 3c1f0d2a9e6b (release)",
            "Using manifest: /workspace/coreos/src/config/manifest-okd-c9s.yaml",
            "Committing: 05core: /workspace/coreos/src/config/overlay.d/05core ...",
            "Enabled rpm-md repositories: baseos appstream nfv rhel-9-server-ose-rpms okd-copr",
            "Resolving dependencies...",
        ]),
        "build-and-test-qemu" => {
            text(&["+ cd /workspace/coreos", "+ cosa buildextend-qemu", "Targeting build: latest"])
        }
        "buildextend" => text(&[
            "+ cosa buildextend-metal4k",
            "+ cosa buildextend-metal",
            "+ cosa buildextend-live",
            "+ cosa buildextend-openstack",
        ]),
        "upload-image" => vec![
            format!("+ cosa push-container {} {}", param("image"), param("target-registry")),
            "Getting image source signatures".into(),
        ],
        "pick-release" => vec![
            format!("Querying {}/api/v1/releasestream/{}/latest", param("release-controller"), param("release-stream")),
            format!("Latest accepted release of {} found", param("release-stream")),
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
            "+ oc project origin".into(),
            format!("+ oc get is {} -ojson", param("release-imagestream")),
        ],
        "gpg-verify" => text(&[
            "gpg: key 29F3AF1B1A2B3C4D: public key \"openshift-ci (release verification)\" imported",
            "gpg: Total number processed: 1",
        ]),
        "mirror-release-to-quay" => vec![
            format!("Mirroring {} to {}", param("release-pullspec"), param("release-mirror-pushspec")),
            "+ oc adm release new --keep-manifest-list=true --request-timeout=60s".into(),
            "info: Found 194 images in release".into(),
        ],
        "get-token" => text(&["Requesting an installation token for app 309584", "HTTP/2 201"]),
        "create-github-release" => {
            vec![format!("+ gh release create {} --repo {}", param("release-name"), param("github-org-repo"))]
        }
        "prepare-release-notes" => text(&[
            "Contributors: Zoë Müller, 山田太郎, Łukasz Żak, Ольга К. 🎉",
            "Rendering scos-release-notes-template.txt",
        ]),
        "update-release-channel" => vec![format!(
            "+ oc tag {} {}:{}",
            param("mirrored-release-pullspec"),
            param("release-imagestream"),
            param("release-name")
        )],
        "run-cluster-command" => {
            vec![format!("[INFO] Promoting OKD releases - next: {}, stable: {}", param("next"), param("stable"))]
        }
        "builds" => vec![format!("Starting builds, at most {} at a time", param("max_concurrent_builds"))],
        "post" => vec![format!("> PUT /_matrix/client/r0/rooms/{}/send/m.room.message HTTP/1.1", param("room"))],
        other => vec![format!("+ step {other} of {}", voice.run)],
    }
}

fn tail(voice: &Voice) -> Vec<String> {
    if voice.killed {
        return vec!["Killed".into()];
    }
    if voice.fails {
        return failure(voice);
    }
    let version = voice.param("version");
    let build = format!("{}9.{}-0", version.replace('.', ""), voice.begins.strftime("%Y%m%d%H%M"));
    match voice.step.as_str() {
        "prepare-repo" => vec!["+ createrepo_c /workspace/coreos/rpms".into(), "Done: the repository is ready".into()],
        "fetch-and-build-baseos" => vec![
            format!("Wrote commit: {}", digest(&voice.run)),
            "ostree container image: oci-archive:tmp/build/ostree.x86_64.ociarchive".into(),
            format!("Build complete: builds/{build}/x86_64"),
        ],
        "pick-release" => vec![
            format!("release-name: {}", voice.result("release-name")),
            format!("release-digest: {}", voice.result("release-digest")),
        ],
        "pick-target-release-name" => vec![format!("+ printf %s {}", voice.result("target-release-name"))],
        "gpg-verify" => vec!["gpg: Good signature from \"openshift-ci (release verification)\"".into()],
        "mirror-release-to-quay" => {
            vec![
                format!("sha256:{} {}", digest(&voice.run), voice.param("release-mirror-pushspec")),
                "info: Mirroring completed in 27m12s (11.2MB/s)".into(),
            ]
        }
        "get-token" => vec!["The token is written to the result githubapp-token".into()],
        "create-github-release" => {
            vec![format!("https://github.com/okd-project/okd/releases/tag/{}", voice.param("release-name"))]
        }
        "update-release-channel" => {
            vec![format!("Tag {}:{} set.", voice.param("release-imagestream"), voice.param("release-name"))]
        }
        "run-cluster-command" => vec!["[INFO] OKD promotion jobs done!".into()],
        "post" => vec!["{\"event_id\":\"$Zk1v4Qm0\"}".into()],
        _ => vec![format!("\u{1b}[32m✓\u{1b}[0m {} done", voice.step)],
    }
}

fn failure(voice: &Voice) -> Vec<String> {
    let text = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    match voice.step.as_str() {
        "fetch-and-build-baseos" => text(&[
            "Resolving dependencies...done",
            "\u{1b}[31merror:\u{1b}[0m Could not depsolve transaction; 1 problem detected:",
            " Problem: package cri-o-1.33.4-3.rhaos4.20.git1c7c2c7.el9.x86_64 from rhel-9-server-ose-rpms requires conmon >= 2:2.1.12, but none of the providers can be installed",
            "  - conflicting requests",
            "  - nothing provides conmon >= 2:2.1.12 needed by cri-o-1.33.4-3.rhaos4.20.git1c7c2c7.el9.x86_64 from rhel-9-server-ose-rpms",
            "error: failed to execute cmd-fetch: exit status 1",
        ]),
        "mirror-release-to-quay" => text(&[
            "error: unable to push quay.io/okd/scos-content: failed to upload blob: received unexpected HTTP status: 502 Bad Gateway",
            "error: an error occurred during planning",
        ]),
        "build-extensions-container" => {
            text(&["Error: building at STEP \"RUN dnf -y install\": while running runtime: exit status 1"])
        }
        "gpg-verify" => text(&["gpg: Can't check signature: No public key"]),
        "lint" => text(&[
            "api/v1/types.go:41:2: exported field Replicas should have comment (revive)",
            "make: *** [Makefile:88: lint] Error 1",
        ]),
        "test" => text(&[
            "--- FAIL: TestReconcile (30.02s)",
            "    suite_test.go:71: timed out waiting for the control plane",
            "FAIL",
            "make: *** [Makefile:94: test] Error 1",
        ]),
        "build-and-push" | "push" | "image-push" | "buildah-push" => text(&[
            "Error: writing blob: uploading layer to https://quay.io/v2/okderators/blobs: 503 Service Unavailable",
        ]),
        step => vec![format!("error: {step} failed: exit status 1")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::sample;

    #[test]
    fn the_promotion_leaks_a_token_the_way_the_real_one_does() {
        let voice = sample("pick-target-release-name", 24);
        let script = Script::new(&voice);
        let all: Vec<_> = (0..24).map(|at| script.line(at)).collect();
        assert!(all.iter().any(|line| line.contains("oc login --token=sha256~")), "{all:?}");
    }

    #[test]
    fn a_styled_log_numbers_its_lines() {
        let voice = Voice { style: Some("plain".into()), width: 20, ..sample("s", 3) };
        let line = Script::new(&voice).line(2);
        assert!(line.starts_with("line 0000003 "), "{line}");
    }
}
