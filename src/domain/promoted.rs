//! Names of promoted releases: `4.21.0-okd-scos.7`, `4.22.0-okd-scos.ec.3`, and which comes next.

use semver::Version;
use std::fmt;
use std::str::FromStr;

/// X.Y.Z, whether it is a candidate, and its number. Order: X.Y.Z, then candidates before the others, then the number
/// (plain SemVer puts `ec.1` above `10`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromotedName {
    pub version: (u64, u64, u64),
    pub final_: bool,
    pub number: u64,
}

impl FromStr for PromotedName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is not X.Y.Z-okd-scos.N or X.Y.Z-okd-scos.ec.N", crate::text::clean_line(text));
        let version = Version::parse(text).map_err(|_| wrong())?;
        let tail = version.pre.as_str().strip_prefix("okd-scos.").ok_or_else(wrong)?;
        let (final_, number) = match tail.strip_prefix("ec.") {
            Some(number) => (false, number),
            None => (true, tail),
        };
        let number = number.parse().map_err(|_| wrong())?;
        let name = PromotedName { version: (version.major, version.minor, version.patch), final_, number };
        if name.to_string() == text { Ok(name) } else { Err(wrong()) }
    }
}

impl fmt::Display for PromotedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor, patch) = self.version;
        let candidate = if self.final_ { "" } else { "ec." };
        write!(f, "{major}.{minor}.{patch}-okd-scos.{candidate}{}", self.number)
    }
}

impl PromotedName {
    /// The X.Y.Z of a release's name, e.g. of `4.22.0-0.okd-scos-nightly-2026-11-21-051233`.
    pub fn version_of(release: &str) -> Option<(u64, u64, u64)> {
        let version = Version::parse(release).ok()?;
        Some((version.major, version.minor, version.patch))
    }

    /// The name for a release: one above the highest number its X.Y.Z has in any of `taken` (names of all places, in any
    /// order; others pass by). `None` when `release` begins with no X.Y.Z, or no number is left.
    pub fn next<'a>(release: &str, candidates: bool, taken: impl IntoIterator<Item = &'a str>) -> Option<PromotedName> {
        let version = Self::version_of(release)?;
        let highest = taken
            .into_iter()
            .filter_map(|name| name.parse::<PromotedName>().ok())
            .filter(|name| name.version == version && name.final_ != candidates)
            .map(|name| name.number)
            .max();
        let number = highest.map_or(Some(0), |n: u64| n.checked_add(1))?;
        Some(PromotedName { version, final_: !candidates, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_name_is_one_above_the_highest_of_its_version_and_kind() {
        let taken = [
            "4.21.0-okd-scos.3",
            "4.21.0-okd-scos.10",
            "4.21.0-okd-scos.ec.40",
            "4.21.1-okd-scos.90",
            "next",
            "null-okd-scos.0",
        ];
        let nightly = "4.21.0-0.okd-scos-nightly-2026-11-21-051233";
        let next = |candidates| PromotedName::next(nightly, candidates, taken).map(|n| n.to_string());
        assert_eq!(next(false).as_deref(), Some("4.21.0-okd-scos.11"));
        assert_eq!(next(true).as_deref(), Some("4.21.0-okd-scos.ec.41"));
        let fresh = PromotedName::next("5.0.0-0.okd-scos-nightly-2026-11-21-051233", false, taken);
        assert_eq!(fresh.map(|n| n.to_string()).as_deref(), Some("5.0.0-okd-scos.0"));
        assert_eq!(PromotedName::next("null", false, taken), None);
    }

    #[test]
    fn a_rejected_name_counts_as_taken_and_odd_names_do_not_parse() {
        for odd in [
            "",
            "null-okd-scos.0",
            "-okd-scos.0",
            "4.21.0-okd-scos.07",
            "4.21.0-okd-scos.",
            "4.21.0-okd-scos.1+x",
            "4.21.0-0.okd-scos.1",
        ] {
            assert!(odd.parse::<PromotedName>().is_err(), "{odd}");
        }
        let order = ["4.21.0-okd-scos.ec.9", "4.21.0-okd-scos.2", "4.21.0-okd-scos.10", "4.22.0-okd-scos.ec.0"];
        let parsed: Vec<PromotedName> = order.iter().map(|n| n.parse().expect("a name")).collect();
        assert!(parsed.is_sorted());
    }
}
