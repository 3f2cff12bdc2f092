//! Semantic versions and ranges, by the rules of the Go library the real server uses.
//!
//! Ordering is SemVer's: a number sorts below a word, so `okd-scos.ec.1` is above `okd-scos.10`.
//! Ranges do not treat prereleases apart: `<4.21.0` includes those of 4.21.0.

use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    core: [u64; 3],
    pre: Vec<Identifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Version {
    pub fn parse(text: &str) -> Result<Version, String> {
        let bare = text.split('+').next().unwrap_or_default();
        let (core, pre) = bare.split_once('-').map_or((bare, None), |(core, pre)| (core, Some(pre)));
        let parts: Vec<&str> = core.split('.').collect();
        let [major, minor, patch] = parts[..] else {
            return Err("No Major.Minor.Patch elements found".into());
        };
        let number = |what: &str, part: &str| {
            part.parse::<u64>().map_err(|_| format!("Invalid character(s) found in {what} number {part:?}"))
        };
        let core = [number("major", major)?, number("minor", minor)?, number("patch", patch)?];
        let pre = pre.map(|pre| pre.split('.').map(Identifier::read).collect());
        Ok(Version { core, pre: pre.unwrap_or_default() })
    }
}

impl Identifier {
    fn read(text: &str) -> Identifier {
        text.parse().map_or_else(|_| Identifier::Word(text.into()), Identifier::Number)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let core = self.core.cmp(&other.core);
        core.then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre.cmp(&other.pre),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Alternatives of conditions that must all hold: `>=4.21.0-0 <4.22.0-0 || >5.0.0`.
#[derive(Debug)]
pub struct Range(Vec<Vec<Condition>>);

#[derive(Debug)]
struct Condition {
    operator: Operator,
    version: Version,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    Equal,
    NotEqual,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Range {
    /// The error is the sentence the real server puts behind its own words.
    pub fn parse(text: &str) -> Result<Range, String> {
        let alternatives = text.split("||").map(|part| {
            let mut conditions = Vec::new();
            let mut waiting = String::new();
            for word in part.split_whitespace() {
                waiting.push_str(word);
                if word.contains(|c: char| c.is_ascii_digit()) {
                    conditions.push(Condition::parse(&std::mem::take(&mut waiting))?);
                }
            }
            if waiting.is_empty() && !conditions.is_empty() {
                Ok(conditions)
            } else {
                Err(format!("Could not get version from string: {waiting:?}"))
            }
        });
        alternatives.collect::<Result<_, _>>().map(Range)
    }

    pub fn holds(&self, version: &Version) -> bool {
        self.0.iter().any(|conditions| conditions.iter().all(|condition| condition.holds(version)))
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Condition, String> {
        let digit = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (sign, number) = text.split_at(digit);
        let operator = match sign {
            "" | "=" | "==" => Operator::Equal,
            "!" | "!=" => Operator::NotEqual,
            ">" => Operator::Above,
            ">=" => Operator::AtLeast,
            "<" => Operator::Below,
            "<=" => Operator::AtMost,
            _ => {
                return Err(format!("Could not parse Range {text:?}: Could not parse comparator {sign:?} in {text:?}"));
            }
        };
        let version = Version::parse(number).map_err(|why| {
            format!("Could not parse Range {text:?}: Could not parse version {number:?} in {text:?}: {why}")
        })?;
        Ok(Condition { operator, version })
    }

    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Above => order.is_gt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Below => order.is_lt(),
            Operator::AtMost => order.is_le(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn a_word_outranks_a_number_and_ten_outranks_nine() {
        assert!(version("4.21.0-okd-scos.ec.1") > version("4.21.0-okd-scos.10"));
        assert!(version("4.21.0-okd-scos.10") > version("4.21.0-okd-scos.9"));
        assert!(version("4.21.0-0.okd-scos-2026-11-20-031502") < version("4.21.0-okd-scos.0"));
        assert!(version("4.21.0") > version("4.21.0-okd-scos.10"));
    }

    #[test]
    fn a_range_below_a_release_includes_its_prereleases() {
        let below = Range::parse("<4.21.0").unwrap();
        assert!(below.holds(&version("4.21.0-okd-scos.3")));
        let strictly = Range::parse(">= 4.20.0 <4.21.0-0 || 5.0.0").unwrap();
        assert!(!strictly.holds(&version("4.21.0-okd-scos.3")));
        assert!(strictly.holds(&version("4.20.0")) && strictly.holds(&version("5.0.0")));
    }

    #[test]
    fn a_range_that_is_none_says_what_was_wrong() {
        let short = Range::parse(">4.21").unwrap_err();
        assert!(short.ends_with("in \">4.21\": No Major.Minor.Patch elements found"), "{short}");
        assert_eq!(Range::parse("abc").unwrap_err(), "Could not get version from string: \"abc\"");
    }
}
