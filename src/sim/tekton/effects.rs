//! What the steps of a promotion do outside their cluster, at the moment they end.
//!
//! Invariant: history does nothing; what lies before the world's beginning is already told by the other parts.

use jiff::Timestamp;

use super::child::Child;
use crate::core::State;
use crate::outside::Promotion;
use crate::releases::{Phase, Story, newest_accepted};

/// Steps of a promotion: in the demo they take seconds.
pub(super) const STEPS: [&str; 9] = [
    "pick-release",
    "pick-target-release-name",
    "gpg-verify",
    "mirror-release-to-quay",
    "prepare-release-binaries",
    "prepare-release-notes",
    "get-token",
    "create-github-release",
    "update-release-channel",
];

/// Does what the task does when it ends at `now`; the digest of what it pushed. The error is the last line of its log.
pub(super) fn carry_out(state: &State, child: &Child, now: Timestamp) -> Result<Option<String>, String> {
    if now < state.tekton_epoch() {
        return Ok(None);
    }
    let param = |name: &str| child.param_or_default(name);
    match child.labels.get("tekton.dev/task").and_then(|name| name.as_str()).unwrap_or_default() {
        "gpg-verify-release" => {
            let digest = param("release-digest");
            if digest.is_empty() || !state.outside.is_signed(digest) {
                return Err("gpg: no valid OpenPGP data found.".into());
            }
        }
        "mirror-release" => {
            let previous = previous(&state.releases.read(), param("release-name"), now);
            let order = Promotion {
                source: param("release-pullspec"),
                name: param("release-name"),
                content_repository: param("content-mirror-pushspec"),
                release_repository: param("release-mirror-pushspec"),
                previous: &previous,
            };
            return state.outside.promote(&order).map(Some);
        }
        "create-github-release" => {
            state.outside.publish(param("github-org-repo"), param("release-name"), param("is-latest") == "true")?;
        }
        "update-release-channel" => {
            let (stream, name) = (param("release-imagestream"), param("release-name"));
            let mirrored = param("mirrored-release-pullspec");
            let digest = state.outside.digest(mirrored);
            state.releases.change(|story| story.adopt(stream, name, mirrored, digest, now));
        }
        _ => {}
    }
    Ok(None)
}

/// The newest accepted release of the minor before, and all of this minor.
fn previous(story: &Story, name: &str, now: Timestamp) -> Vec<String> {
    let minor = |name: &str| {
        let mut parts = name.split('.').map_while(|part| part.parse::<u64>().ok());
        Some((parts.next()?, parts.next()?))
    };
    let Some(own) = minor(name) else { return Vec::new() };
    let channels = story.streams.iter().filter(|stream| stream.is_stable());
    let mut known: Vec<&str> = channels
        .flat_map(|stream| stream.tags_at(now))
        .filter(|tag| tag.name != name && tag.phase_at(now) == Phase::Accepted)
        .map(|tag| tag.name.as_str())
        .collect();
    known.sort_by_cached_key(|name| crate::releases::Version::parse(name).ok());
    let older = known.iter().filter_map(|name| minor(name)).filter(|other| *other < own).max();
    let before = known.iter().rev().find(|name| older.is_some() && minor(name) == older);
    let of_minor = known.iter().filter(|name| minor(name) == Some(own));
    before.into_iter().chain(of_minor).map(|name| (*name).to_owned()).collect()
}

/// The name the upstream script computes, wrong ones included; `None` where it writes none.
pub(super) fn target_name(story: &Story, child: &Child, now: Timestamp) -> Option<String> {
    let target = child.param_or_default("target-release-stream");
    let image_stream = child.param_or_default("release-imagestream");
    let picked = child.param_or_default("picked-release-name");
    let last = if target == "4-scos-stable" {
        story.stream(target).and_then(|channel| newest_accepted(channel, now)).map(|tag| tag.name.clone())
    } else {
        let held = story.streams.iter().filter(|stream| stream.image_stream() == image_stream);
        let strays = story.strays.iter().filter(|(place, _)| place == image_stream).map(|(_, tag)| tag);
        let tags = held.flat_map(|stream| stream.tags_at(now)).chain(strays);
        tags.max_by_key(|tag| tag.created).map(|tag| tag.name.clone())
    };
    computed(&last.unwrap_or_else(|| "null".into()), picked, image_stream)
}

fn computed(last: &str, picked: &str, image_stream: &str) -> Option<String> {
    let version = picked.split('-').next().unwrap_or_default();
    let numbered = ["okd-scos.ec.", "okd-scos."].into_iter().find_map(|prefix| {
        let (_, rest) = last.split_once(prefix)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((prefix.trim_end_matches('.'), digits.parse::<u64>().ok()?))
    });
    if let Some((prefix, number)) = numbered {
        let number = if last.split('-').next() == Some(version) { number + 1 } else { 0 };
        return Some(format!("{version}-{prefix}.{number}"));
    }
    let dated = last.split_once("okd-scos-").is_some_and(|(_, rest)| {
        rest.len() >= 17
            && rest.chars().zip("0000-00-00-000000".chars()).all(|(letter, form)| match form {
                '-' => letter == '-',
                _ => letter.is_ascii_digit(),
            })
    });
    let suffix = if image_stream.ends_with("next") { "-okd-scos.ec.0" } else { "-okd-scos.0" };
    dated.then(|| format!("{version}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_computed_as_upstream_does_with_its_mistakes() {
        let name = |last, picked| computed(last, picked, "release-scos");
        let nightly = "4.21.0-0.okd-scos-nightly-2026-11-20-060000";
        assert_eq!(name("4.21.0-okd-scos.7", nightly).as_deref(), Some("4.21.0-okd-scos.8"));
        assert_eq!(name("4.21.0-okd-scos.ec.9", nightly).as_deref(), Some("4.21.0-okd-scos.ec.10"));
        assert_eq!(name("4.21.1-okd-scos.3", nightly).as_deref(), Some("4.21.0-okd-scos.0"));
        assert_eq!(name("4.21.0-okd-scos.7", "null").as_deref(), Some("null-okd-scos.0"));
        assert_eq!(name("4.20.0-0.okd-scos-2026-11-20-060000", nightly).as_deref(), Some("4.21.0-okd-scos.0"));
        let next = computed("4.20.0-0.okd-scos-2026-11-20-060000", nightly, "release-scos-next");
        assert_eq!(next.as_deref(), Some("4.21.0-okd-scos.ec.0"));
        assert_eq!(name(nightly, nightly), None);
        assert_eq!(name("null", nightly), None);
    }
}
