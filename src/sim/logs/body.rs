//! The lines between the beginning and the end of a log: made from a number, in the manner of the step.

use crate::core::number;

const PACKAGES: [&str; 40] = [
    "NetworkManager",
    "afterburn",
    "audit",
    "bash-completion",
    "bootupd",
    "bubblewrap",
    "ca-certificates",
    "chrony",
    "cloud-utils-growpart",
    "clevis-luks",
    "conmon",
    "conntrack-tools",
    "console-login-helper-messages",
    "containernetworking-plugins",
    "coreos-installer",
    "cri-o",
    "cri-tools",
    "crun",
    "dracut-network",
    "ethtool",
    "fuse-overlayfs",
    "git-core",
    "glusterfs-fuse",
    "grub2-efi-x64",
    "ignition",
    "iscsi-initiator-utils",
    "kernel-core",
    "kernel-modules-extra",
    "kexec-tools",
    "libreswan",
    "microcode_ctl",
    "nfs-utils",
    "openshift-clients",
    "openshift-kubelet",
    "openvswitch3.5",
    "podman",
    "rpm-ostree",
    "selinux-policy-targeted",
    "sssd-ldap",
    "systemd",
];

const COMPONENTS: [&str; 24] = [
    "agent-installer-api-server",
    "aws-ebs-csi-driver",
    "baremetal-operator",
    "cli",
    "cloud-credential-operator",
    "cluster-autoscaler",
    "cluster-dns-operator",
    "cluster-etcd-operator",
    "cluster-ingress-operator",
    "cluster-network-operator",
    "cluster-version-operator",
    "console",
    "coredns",
    "etcd",
    "haproxy-router",
    "hyperkube",
    "installer",
    "kube-proxy",
    "machine-config-operator",
    "must-gather",
    "oauth-server",
    "operator-lifecycle-manager",
    "prometheus",
    "stream-coreos",
];

const WORDS: [&str; 20] = [
    "blob",
    "checksum",
    "commit",
    "compose",
    "config",
    "dependencies",
    "ignition",
    "kernel-core",
    "layer",
    "lockfile",
    "manifest",
    "metal",
    "mirror",
    "object",
    "osbuild",
    "ostree",
    "qemu",
    "resolving",
    "stage",
    "treefile",
];

/// A cheap stream of numbers for one line.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, at: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (at + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[usize::try_from(self.roll(list.len() as u64)).unwrap_or(0)]
    }

    fn hex(&mut self, digits: usize) -> String {
        let text = format!(
            "{:016x}{:016x}{:016x}{:016x}",
            self.roll(u64::MAX),
            self.roll(u64::MAX),
            self.roll(u64::MAX),
            self.roll(u64::MAX)
        );
        text[..digits].to_owned()
    }
}

/// How the middle of a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Compose,
    Extend,
    Upload,
    Mirror,
    Builds,
    Tests,
    Archives,
    /// Between its first and last words it says nothing.
    Silent,
}

pub(super) fn line(manner: Manner, seed: u64, at: u64, of: u64) -> String {
    let mut dice = Dice::new(seed, at);
    match manner {
        Manner::Compose => compose(&mut dice, at, of),
        Manner::Extend => match dice.roll(6) {
            0 => format!(
                "[   {:>3}.{:06}] virtio_blk virtio{}: [vda] {} 512-byte logical blocks",
                at / 8,
                dice.roll(1_000_000),
                dice.roll(4),
                dice.roll(40_000_000)
            ),
            1 => format!(
                "org.osbuild.ostree.{}: {}",
                dice.pick(&["init-fs", "deploy", "config", "fillvar", "selinux"]),
                dice.hex(64)
            ),
            2 => format!("\u{1b}[32m⏱  Duration: {}s\u{1b}[0m", dice.roll(90)),
            3 => format!("copying {} to mount://-/boot/efi/EFI/{}", dice.pick(&PACKAGES), dice.pick(&WORDS)),
            4 => progress("qemu-img convert", &mut dice),
            _ => format!(
                "+ {} --arch=x86_64 --{}={}",
                dice.pick(&["runvm", "mkfs.xfs", "sgdisk", "coreos-metal"]),
                dice.pick(&WORDS),
                dice.roll(4096)
            ),
        },
        Manner::Upload => match dice.roll(4) {
            0 => format!("Copying blob sha256:{}", dice.hex(64)),
            1 => format!("Copying blob {} skipped: already exists", dice.hex(12)),
            2 => progress("upload", &mut dice),
            _ => format!("time=\"{}\" level=debug msg=\"Uploading /v2/okd/blobs/uploads/{}\"", at, dice.hex(32)),
        },
        Manner::Mirror => match dice.roll(5) {
            0 => format!("uploading: quay.io/okd/scos-content sha256:{} {}MiB", dice.hex(64), 1 + dice.roll(380)),
            1 => format!("mounted: quay.io/okd/scos-content sha256:{} {}KiB", dice.hex(64), 1 + dice.roll(900)),
            _ => format!("sha256:{} quay.io/okd/scos-content:{}", dice.hex(64), dice.pick(&COMPONENTS)),
        },
        Manner::Builds => match dice.roll(5) {
            0 => format!("build.build.openshift.io/{}-{} started", dice.pick(&COMPONENTS), 1 + dice.roll(9)),
            1 => format!("STEP {}/12: RUN make build --warn-undefined-variables", 1 + dice.roll(12)),
            2 => format!("--> {}", dice.hex(11)),
            3 => format!(
                "Successfully pushed image-registry.openshift-image-registry.svc:5000/okd-team/release@sha256:{}",
                dice.hex(64)
            ),
            _ => format!(
                "go: downloading k8s.io/{} v0.34.{}",
                dice.pick(&["api", "client-go", "apimachinery", "kube-openapi"]),
                dice.roll(5)
            ),
        },
        Manner::Tests => match dice.roll(3) {
            0 => format!(
                "=== RUN   Test{}/{}",
                dice.pick(&["Reconcile", "Webhook", "Upgrade", "Status"]),
                dice.pick(&WORDS)
            ),
            1 => format!(
                "    --- PASS: Test{} ({}.{:02}s)",
                dice.pick(&["Reconcile", "Webhook", "Upgrade", "Status"]),
                dice.roll(9),
                dice.roll(100)
            ),
            _ => format!(
                "{{\"level\":\"info\",\"controller\":\"{}\",\"msg\":\"reconciled\",\"generation\":{}}}",
                dice.pick(&COMPONENTS),
                dice.roll(40)
            ),
        },
        Manner::Archives => match dice.roll(3) {
            0 => progress("openshift-install-linux.tar.gz", &mut dice),
            1 => format!(
                "{}  openshift-client-{}.tar.gz",
                dice.hex(64),
                dice.pick(&["linux", "mac", "windows", "linux-arm64", "mac-arm64"])
            ),
            _ => format!(
                "Extracted {} ({} MiB)",
                dice.pick(&["ccoctl", "oc", "openshift-install", "openshift-baremetal-install"]),
                40 + dice.roll(400)
            ),
        },
        Manner::Silent => String::new(),
    }
}

fn compose(dice: &mut Dice, at: u64, of: u64) -> String {
    let name = dice.pick(&PACKAGES);
    let version = format!("{}.{}.{}-{}.el9.x86_64", 1 + dice.roll(9), dice.roll(20), dice.roll(10), 1 + dice.roll(30));
    match (at * 10 / of.max(1), dice.roll(40)) {
        (_, 0) => progress("Downloading", dice),
        (0..3, 1) => format!(
            "Updating metadata for '{}'...done",
            dice.pick(&["baseos", "appstream", "nfv", "rhel-9-server-ose-rpms", "okd-copr"])
        ),
        (0..3, _) => format!("  {name}-{version} ({})", dice.pick(&["baseos", "appstream", "rhel-9-server-ose-rpms"])),
        (_, 1) => format!(
            "\u{1b}[33mwarning:\u{1b}[0m {name}: /usr/lib/sysusers.d/{name}.conf duplicate line for user '{name}', ignoring"
        ),
        (3..7, _) => format!("Installing packages... {}/{of}: {name}-{version}", at + 1),
        (7..9, 2) => format!("{name}.posttrans: Failed to read /proc/cmdline, ignoring: no error, it is a container"),
        (7..9, _) => format!("Running scriptlet: {name}-{version}"),
        _ => format!("Writing object {} ({} bytes)", dice.hex(64), dice.roll(9_000_000)),
    }
}

/// A line that was overwritten many times with carriage returns, as terminals' progress bars are.
fn progress(what: &str, dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut done = 0;
    while done < 100 {
        done = (done + 3 + dice.roll(24)).min(100);
        text += &format!("{what} [{:<20}] {done:>3}%\r", "█".repeat(usize::try_from(done / 5).unwrap_or(0)));
    }
    text + what + " done"
}

/// A line in one of the test bed's styles; `number` counts from 1.
pub(super) fn styled(style: &str, seed: u64, at: u64) -> String {
    let mut dice = Dice::new(seed, at);
    let n = at + 1;
    let words = |dice: &mut Dice| {
        format!("{} {} {} {}", dice.pick(&WORDS), dice.pick(&WORDS), dice.pick(&WORDS), dice.pick(&WORDS))
    };
    let style = match (style, n) {
        ("mixed", n) if n % 97 == 0 => "long",
        ("mixed", n) if n % 29 == 0 => "tab",
        ("mixed", n) if n % 11 == 0 => "unicode",
        ("mixed", n) if n % 7 == 0 => "ansi",
        ("mixed", n) if n % 53 == 0 => "json",
        (style, _) => style,
    };
    match style {
        "ansi" => format!(
            "\u{1b}[1;32m==>\u{1b}[0m line {n:07} \u{1b}[33m{}\u{1b}[0m {}",
            dice.pick(&WORDS),
            dice.pick(&WORDS)
        ),
        "unicode" => format!("line {n:07} ✓ häufig 日本語 {} 🚀", dice.pick(&WORDS)),
        "tab" => format!("line {n:07}\t{}\tdone", dice.pick(&WORDS)),
        "long" => format!("line {n:07} {}", (words(&mut dice) + " ").repeat(40)),
        "json" => format!("{{\"line\":{n},\"level\":\"info\",\"msg\":\"{}\"}}", words(&mut dice)),
        _ => format!("line {n:07} {}", words(&mut dice)),
    }
}

/// Filler of exactly that many bytes.
pub(super) fn filler(seed: u64, at: u64, bytes: usize) -> String {
    let hex = format!("{:016x}", number(&format!("{seed}/{at}")));
    hex.chars().cycle().take(bytes).collect()
}
