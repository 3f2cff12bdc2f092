//! Which commit each component has at a moment, and how often it was rebuilt.
//!
//! A repository gets a new commit at its own pace, counted from the epoch and the same in every process; components
//! of one repository move together. Some components come and go.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::layer::hex_digest;

/// `name` or `name=repository`, one a line, as OKD's payloads list them.
const TABLE: &str = include_str!("components.txt");
const HOUR: u64 = 3600;
/// Components that are in a payload for two weeks or so and then are not.
const PASSING: &[&str] = &["csi-driver-shared-resource-webhook", "frr", "network-tools", "insights-runtime-exporter"];

/// Who built the images of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Build {
    /// Nightlies: `scos-5.0-art`.
    Art,
    /// From merged changes: `scos-4.21`.
    Ci,
    /// On Fedora CoreOS: `4.14`.
    Fcos,
}

impl Build {
    pub(crate) fn of(release: &str) -> Build {
        match release {
            name if name.contains("okd-scos-nightly") => Build::Art,
            name if name.contains("okd-scos") => Build::Ci,
            _ => Build::Fcos,
        }
    }

    /// The repository its components are in while they are not promoted.
    pub(crate) fn repository(self, minor: &str) -> String {
        match self {
            Build::Art => format!("registry.ci.openshift.org/origin/scos-{minor}-art"),
            Build::Ci => format!("registry.ci.openshift.org/origin/scos-{minor}"),
            Build::Fcos => format!("registry.ci.openshift.org/origin/{minor}"),
        }
    }
}

/// `4.22` of `4.22.0-okd-scos.3`.
pub(crate) fn minor_of(release: &str) -> String {
    release.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// One component of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) name: &'static str,
    /// The repository below `https://github.com/openshift/`.
    pub(super) source: &'static str,
    /// When its commit was made, in seconds.
    pub(super) since: u64,
    pub(super) rebuilds: u64,
}

pub(super) fn picks(minor: &str, build: Build, at: Timestamp) -> Vec<Pick> {
    let now = at.as_second().unsigned_abs();
    let pick = |line: &'static str| {
        let (name, source) = line.split_once('=').unwrap_or((line, line));
        if PASSING.contains(&name)
            && ((now + draw(&[minor, name, "passing"]) % (200 * HOUR)) / (200 * HOUR)).is_multiple_of(3)
        {
            return None;
        }
        let chance = draw(&[minor, source]);
        let period = (80 + chance % 620) * HOUR;
        let rebuilt = draw(&[minor, name, "rebuilt"]) % (2400 * HOUR);
        let since = now - (now + chance / 1000 % period) % period;
        let name = match name {
            "stream-coreos" if build == Build::Fcos => "fedora-coreos",
            "stream-coreos-extensions" if build == Build::Fcos => return None,
            other => other,
        };
        Some(Pick { name, source, since, rebuilds: (now + rebuilt) / (2400 * HOUR) % 9 })
    };
    let mut picks: Vec<Pick> = TABLE.lines().filter_map(pick).collect();
    picks.sort_by_key(|pick| pick.name);
    picks
}

impl Pick {
    pub(super) fn commit(&self, minor: &str) -> String {
        hex_digest(format!("{minor}/{}/{}", self.source, self.since).as_bytes())[..40].to_owned()
    }

    /// What names its bytes: minor, builder, component, commit, rebuild.
    pub(super) fn seed(&self, minor: &str, build: Build) -> String {
        format!("{minor}/{build:?}/{}/{}/{}", self.name, self.since, self.rebuilds)
    }

    /// The annotation `io.openshift.build.versions`, where it has one.
    pub(super) fn versions(&self, minor: &str) -> Option<String> {
        match self.name {
            "cli" | "cli-artifacts" => Some(format!("kubectl={}", self.kubernetes(minor))),
            "hyperkube" => Some(format!("kubernetes={}", self.kubernetes(minor))),
            "stream-coreos" => Some(format!("machine-os={}", self.machine_os(minor))),
            "fedora-coreos" => Some(format!("machine-os={}", self.machine_os(minor).replacen("9.0", "39", 1))),
            _ => None,
        }
    }

    pub(super) fn machine_os(&self, minor: &str) -> String {
        let made = Timestamp::from_second(self.since.cast_signed()).unwrap_or_default().to_zoned(TimeZone::UTC);
        let major = if minor.starts_with('5') { "10.0" } else { "9.0" };
        format!("{major}.{}-{}", made.strftime("%Y%m%d"), self.rebuilds % 3)
    }

    /// 4.21 has Kubernetes 1.34; 5.0 is built on what 4.22 has.
    fn kubernetes(&self, minor: &str) -> String {
        let number: u64 = minor.split('.').nth(1).and_then(|part| part.parse().ok()).unwrap_or(0);
        let kubernetes = if minor.starts_with('5') { 35 + number } else { 13 + number };
        format!("1.{kubernetes}.{}", draw(&[minor, "kubernetes"]) % 6)
    }
}

fn draw(parts: &[&str]) -> u64 {
    let hex = hex_digest(parts.join("/").as_bytes());
    u64::from_str_radix(&hex[..15], 16).expect("fifteen hexadecimal digits fit into 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(minor: &str, at: i64) -> Vec<String> {
        let picks = picks(minor, Build::Art, Timestamp::from_second(at).unwrap());
        picks.iter().map(|pick| pick.seed(minor, Build::Art)).collect()
    }

    #[test]
    fn a_payload_has_about_190_components_in_the_order_of_their_names() {
        let picks = picks("4.22", Build::Art, Timestamp::from_second(1_795_000_000).unwrap());
        let names: Vec<&str> = picks.iter().map(|pick| pick.name).collect();
        assert!((180..=195).contains(&names.len()), "{}", names.len());
        assert!(names.is_sorted());
        assert!(names.contains(&"cluster-network-operator") && names.contains(&"stream-coreos-extensions"));
    }

    #[test]
    fn from_one_day_to_the_next_a_few_components_change() {
        for (minor, days) in [("4.21", 0..12), ("4.22", 0..12), ("5.0", 0..12)] {
            for day in days {
                let (older, newer) =
                    (seeds(minor, 1_795_000_000 + day * 86_400), seeds(minor, 1_795_086_400 + day * 86_400));
                let changed = newer.iter().filter(|seed| !older.contains(seed)).count();
                assert!((3..=45).contains(&changed), "{minor} {day}: {changed}");
            }
        }
    }

    #[test]
    fn components_of_one_repository_have_one_commit() {
        let picks = picks("5.0", Build::Art, Timestamp::from_second(1_795_000_000).unwrap());
        let commit = |name: &str| picks.iter().find(|pick| pick.name == name).unwrap().commit("5.0");
        assert_eq!(commit("stream-coreos"), commit("stream-coreos-extensions"));
        assert_ne!(commit("cli"), commit("etcd"));
        assert_eq!(commit("cli").len(), 40);
    }
}
