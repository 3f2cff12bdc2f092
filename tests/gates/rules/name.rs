//! Gates about the new name: name-free, next-name, latest-flag.

use super::{Case, NO_RUN, REGISTRY, RUN, RUN_OR_TAG, STREAM_TAG, cases};
use crate::facts::*;
use weir_domain::gates::{Facts, Occupant, Taken};
use weir_domain::promoted::PromotedName;
use weir_domain::{GateId, Payload, Phase, Verdict, Way};

pub fn cases() -> Vec<Case> {
    let mut all = free();
    all.extend(free_for_a_tag());
    all.extend(free_in_a_registry());
    all.extend(next());
    all.extend(latest());
    all.extend(cases! { NextName, REGISTRY; "a tag has no row": |_| {} => NotApplicable, ["registry-tag"]; });
    all.extend(cases! { LatestFlag, NO_RUN; "nothing goes to GitHub": |_| {} => NotApplicable, ["not asked"]; });
    all
}

/// Our image at the name, but for one thing.
fn there(change: impl FnOnce(&mut Payload)) -> Occupant {
    let mut there = ours();
    change(there.payload.as_mut().expect("read"));
    there
}

fn free() -> Vec<Case> {
    let mut all = cases! { NameFree, RUN;
        "it is free": |_| {} => Pass, [
            "4.21.0-okd-scos.7 is free in all four places",
            "quay.io/okd/scos-release: free",
            "GitHub okd-project/okd: free",
            "ImageStream origin/release-scos: free",
            "stream 4-scos-stable: free",
        ];
        "it is ours": |f| f.places.repository = Ok(Some(ours()))
            => Pass, ["ours in quay.io/okd/scos-release", "it goes on from there", "sha256:dddd"];
        "GitHub has it": |f| f.places.github = Ok(Some("https://github.com/okd-project/okd/releases/tag/x".into()))
            => Block, ["GitHub okd-project/okd has 4.21.0-okd-scos.7 already", "releases/tag/x"];
    };
    let both = cases! { NameFree, RUN_OR_TAG;
        "the image there has another name inside": |f| f.places.repository = Ok(Some(there(|p| p.name = HELD.into())))
            => Block, ["calls itself 4.21.0-okd-scos.6"];
        "the image there came from another release":
            |f| f.places.repository = Ok(Some(there(|p| p.from_release = Some(format!("{PLACE}:{EARLIER}").into()))))

               => Block, ["was made from registry.ci.openshift.org/origin/release-scos:4.21.0-0.okd-scos-nightly-2026-11-18"];
        "the image there does not say where it came from":
            |f| f.places.repository = Ok(Some(there(|p| p.from_release = None)))
            => Block, ["does not say what it was made from"];
        "the image there has other components": |f| f.places.repository = Ok(Some(there(|p| { p.components.pop(); })))
            => Block, ["other components"];
        "the image there is no release":
            |f| f.places.repository = Ok(Some(Occupant { digest: digest('f'), payload: Err("no image-references".into()), history: Vec::new() }))
            => Block, ["no image-references", "sha256:ffff"];
        "the ImageStream has it": |f| f.places.imagestream = Ok(Some("quay.io/x/y@sha256:12".into()))
            => Block, ["ImageStream origin/release-scos has 4.21.0-okd-scos.7 already"];
        "the stream has it, rejected": |f| f.places.stream = Ok(Some(Phase::Rejected))
            => Block, ["stream 4-scos-stable has 4.21.0-okd-scos.7 already (rejected)"];
        "there is no name": |f| f.name = None => Block, ["there is no new name"];
        "the repository cannot be read": |f| f.places.repository = Err("quay.io: 502".into())
            => Unknown, ["quay.io/okd/scos-release: quay.io: 502"];
        "GitHub cannot be read": |f| f.places.github = Err("rate limit".into())
            => Unknown, ["GitHub okd-project/okd: rate limit"];
        "the ImageStream cannot be read": |f| f.places.imagestream = Err("forbidden".into())
            => Unknown, ["origin/release-scos: forbidden"];
        "the stream cannot be read": |f| f.places.stream = Err("timed out".into())
            => Unknown, ["stream 4-scos-stable: timed out"];
        "the source cannot be read": |f| f.payload = Err("a layer ends early".into())
            => Unknown, ["a layer ends early"];
        "the source's digest cannot be read": |f| f.digest = Err("denied".into()) => Unknown, ["denied"];
    };
    all.extend(both);
    all
}

fn free_for_a_tag() -> Vec<Case> {
    cases! { NameFree, STREAM_TAG;
        "it is ours": |_| {} => Pass, ["ours in quay.io/okd/scos-release"];
        "it was not mirrored": |f| f.places.repository = Ok(None)
            => Block, ["has no 4.21.0-okd-scos.7 that is ours: it was not mirrored"];
    }
}

fn free_in_a_registry() -> Vec<Case> {
    fn holds(facts: &mut Facts, digest: weir_domain::Digest) {
        facts.places.repository = Ok(Some(Occupant { digest, ..ours() }));
    }
    cases! { NameFree, REGISTRY;
        "the tag is free": |_| {} => Pass, ["quay.io/okd/scos-release:4-scos-stable is free"];
        "the tag is that digest already": |f| holds(f, source()) => Pass, ["is that digest already"];
        "the tag moves": |f| holds(f, digest('e'))
            => Pass, ["moves from sha256:eeee", "to sha256:aaaa", "it holds 4.21.0-okd-scos.7 now"];
        "the tag holds no release":
            |f| f.places.repository = Ok(Some(Occupant { digest: digest('e'), payload: Err("a Helm chart".into()), history: Vec::new() }))
            => Block, ["no release: a Helm chart"];
        "there is no name": |f| f.name = None => Block, ["there is no new name"];
        "the repository cannot be read": |f| f.places.repository = Err("quay.io: 502".into())
            => Unknown, ["quay.io: 502"];
        "the source cannot be read": |f| f.digest = Err("denied".into()) => Unknown, ["denied"];
    }
}

fn put(facts: &mut Facts, names: [&str; 2]) {
    facts.taken.github.as_mut().expect("read").extend(names.map(String::from));
}

fn next() -> Vec<Case> {
    cases! { NextName, RUN_OR_TAG;
        "it is the next": |_| {} => Pass, ["4.21.0-okd-scos.7, after number 6"];
        "it is the first of its version": |f| {
            f.release.name = "4.23.0-0.okd-scos-nightly-2026-11-20-221504".into();
            f.name = Some("4.23.0-okd-scos.0".into())
        } => Pass, ["4.23.0-okd-scos.0, the first of its version"];
        "GitHub has a higher number": |f| put(f, ["4.21.0-okd-scos.8", "4.21.0-okd-scos.12"])
            => Block, ["12 is taken already, 4.21.0-okd-scos.7 does not come next"];
        "it leaves a gap": |f| f.name = Some("4.21.0-okd-scos.9".into()) => Block, ["leaves a gap behind number"];
        "it is of another version": |f| f.name = Some("4.21.1-okd-scos.0".into())
            => Block, ["4.21.1-okd-scos.0 is not of the version of 4.21.0-0.okd-scos-nightly"];
        "it is a candidate": |f| f.name = Some("4.21.0-okd-scos.ec.7".into())
            => Block, ["4-scos-stable takes releases that are no candidates"];
        "the channel takes candidates": |f| f.channel.candidates = true
            => Block, ["takes candidates (ec), 4.21.0-okd-scos.7 is none"];
        "it is a candidate after a release": |f| {
            f.channel.candidates = true;
            f.name = Some("4.21.0-okd-scos.ec.0".into())
        } => Block, ["there is no candidate after it"];
        "it is no such name": |f| f.name = Some("null-okd-scos.0".into()) => Block, ["there is no new name"];
        "there is none": |f| f.name = None => Block, ["there is no new name"];
        "the release has no version": |f| f.release.name = "null".into() => Block, ["null begins with no X.Y.Z"];
        "the repository cannot be listed": |f| f.taken.repository = Err("502".into())
            => Unknown, ["the repository: 502"];
        "GitHub cannot be listed": |f| f.taken.github = Err("rate limit".into()) => Unknown, ["GitHub: rate limit"];
        "the ImageStream cannot be listed": |f| f.taken.imagestream = Err("forbidden".into())
            => Unknown, ["the ImageStream: forbidden"];
        "the stream cannot be listed": |f| f.taken.stream = Err("timed out".into())
            => Unknown, ["the stream: timed out"];
    }
}

fn latest() -> Vec<Case> {
    cases! { LatestFlag, RUN;
        "Latest is lower": |_| {} => Pass, ["the Latest of okd-project/okd is 4.21.0-okd-scos.6"];
        "there is no Latest": |f| f.latest = Ok(None) => Pass, ["has no Latest"];
        "Latest is of a higher version": |f| f.latest = Ok(Some("5.0.0-okd-scos.0".into()))
            => Block, ["5.0.0-okd-scos.0, above 4.21.0-okd-scos.7"];
        "there is no name": |f| f.name = None => Block, ["there is no new name"];
        "Latest cannot be read": |f| f.latest = Err("rate limit".into()) => Unknown, ["rate limit"];
        "Latest is of another kind": |f| f.latest = Ok(Some("4.15.0-0.okd-2024-03-10-010116".into()))
            => Unknown, ["cannot be compared"];
        "the channel is never Latest": |f| f.channel.latest = false
            => NotApplicable, ["4-scos-stable does not become Latest"];
    }
}

/// The name weir chooses from what is taken.
fn chosen(facts: &mut Facts) -> String {
    let Taken { repository, github, imagestream, stream } = &facts.taken;
    let taken = [repository, github, imagestream, stream].into_iter().flatten().flatten().map(String::as_str);
    let next = PromotedName::next(&facts.release.name, facts.channel.candidates, taken).expect("a version");
    facts.name = Some(next.to_string());
    next.to_string()
}

#[test]
fn a_rejected_name_counts_as_taken_and_its_reason_is_shown() {
    let mut facts = facts(Way::Pinned);
    facts.taken.stream.as_mut().expect("read").push(NAME.into());
    facts.promoted.as_mut().expect("read").insert(0, promoted(NAME, Phase::Rejected, EARLIER));
    assert_eq!(chosen(&mut facts), "4.21.0-okd-scos.8");
    says(
        &facts,
        GateId::NextName,
        Verdict::Pass,
        &["after number 7", "4.21.0-okd-scos.7 counts as taken: it is rejected"],
    );
}

#[test]
fn a_name_that_only_the_repository_has_counts_as_taken_and_the_reason_names_the_place() {
    let mut facts = facts(Way::Pinned);
    facts.taken.repository.as_mut().expect("read").push(NAME.into());
    assert_eq!(chosen(&mut facts), "4.21.0-okd-scos.8");
    let reason = "4.21.0-okd-scos.7 counts as taken: it is in the repository and not in 4-scos-stable";
    says(&facts, GateId::NextName, Verdict::Pass, &[reason]);
}

#[test]
fn the_next_name_is_of_the_sources_version_even_when_the_channel_holds_a_later_one() {
    let mut facts = facts(Way::Pinned);
    for names in [&mut facts.taken.repository, &mut facts.taken.stream, &mut facts.taken.imagestream] {
        names.as_mut().expect("read").push("4.21.1-okd-scos.3".into());
    }
    assert_eq!(chosen(&mut facts), NAME);
    says(&facts, GateId::NextName, Verdict::Pass, &["4.21.0-okd-scos.7, after number 6"]);
    facts.name = Some("4.21.0-okd-scos.0".into());
    says(&facts, GateId::NextName, Verdict::Block, &["6 is taken already"]);
}

#[test]
fn candidates_go_to_next_and_releases_to_stable() {
    let mut facts = facts(Way::Pinned);
    facts.release.name = "4.22.0-0.okd-scos-nightly-2026-11-20-221504".into();
    facts.channel.candidates = true;
    assert_eq!(chosen(&mut facts), "4.22.0-okd-scos.ec.4");
    says(&facts, GateId::NextName, Verdict::Pass, &[]);
    facts.channel.candidates = false;
    says(&facts, GateId::NextName, Verdict::Block, &[]);
    assert_eq!(chosen(&mut facts), "4.22.0-okd-scos.0");
    says(&facts, GateId::NextName, Verdict::Pass, &[]);
}

#[test]
fn a_name_that_is_ours_is_resumed_under_the_same_name() {
    let mut facts = facts(Way::Pinned);
    facts.places.repository = Ok(Some(ours()));
    facts.taken.repository.as_mut().expect("read").push(NAME.into());
    says(&facts, GateId::NameFree, Verdict::Pass, &["it goes on from there"]);
    says(&facts, GateId::NextName, Verdict::Pass, &["4.21.0-okd-scos.7, after number 6"]);
    let by_tag = there(|p| p.from_release = Some(format!("{PLACE}:{NIGHTLY}").into()));
    facts.places.repository = Ok(Some(by_tag));
    says(&facts, GateId::NameFree, Verdict::Pass, &["it goes on from there"]);
}

#[test]
fn what_is_ours_in_the_repository_is_no_excuse_for_the_other_three_places() {
    let changes: [fn(&mut Facts); 3] = [
        |f| f.places.github = Ok(Some("a page".into())),
        |f| f.places.imagestream = Ok(Some("an image".into())),
        |f| f.places.stream = Ok(Some(Phase::Accepted)),
    ];
    for change in changes {
        let mut facts = facts(Way::Pinned);
        facts.places.repository = Ok(Some(ours()));
        change(&mut facts);
        says(&facts, GateId::NameFree, Verdict::Block, &["has 4.21.0-okd-scos.7 already"]);
    }
}

#[test]
fn the_last_step_alone_may_follow_a_github_release_and_shows_it() {
    let mut facts = facts(Way::ImagestreamTag);
    facts.places.github = Ok(Some("https://github.com/okd-project/okd/releases/tag/4.21.0-okd-scos.7".into()));
    says(&facts, GateId::NameFree, Verdict::Pass, &["GitHub okd-project/okd: there (https://github.com"]);
}

#[test]
fn a_taken_place_outweighs_one_that_cannot_be_read() {
    let mut facts = facts(Way::Pinned);
    facts.places.repository = Err("502".into());
    facts.places.stream = Ok(Some(Phase::Accepted));
    says(&facts, GateId::NameFree, Verdict::Block, &["has 4.21.0-okd-scos.7 already (accepted)"]);
}

#[test]
fn a_moved_tag_shows_the_old_and_the_new_digest_whole() {
    let mut facts = facts(Way::RegistryTag);
    facts.places.repository = Ok(Some(Occupant { digest: digest('e'), ..ours() }));
    let gate = gate(&facts, GateId::NameFree);
    assert!(
        gate.evidence.contains(digest('e').as_str()) && gate.evidence.contains(source().as_str()),
        "{}",
        gate.evidence
    );
}

#[test]
fn latest_never_goes_from_five_back_to_four() {
    let mut facts = facts(Way::Pinned);
    facts.latest = Ok(Some("5.0.0-okd-scos.0".into()));
    let gate = gate(&facts, GateId::LatestFlag);
    assert!(gate.blocks() && gate.can_be_waived(), "{}", gate.evidence);
    facts.latest = Ok(Some("4.20.3-okd-scos.40".into()));
    says(&facts, GateId::LatestFlag, Verdict::Pass, &[]);
}

#[test]
fn anything_that_is_not_ours_blocks_in_each_of_the_four_places() {
    let changes: [fn(&mut Facts); 4] = [
        |f| f.places.repository = Ok(Some(there(|p| p.from_release = Some(EARLIER.into())))),
        |f| f.places.github = Ok(Some("a page".into())),
        |f| f.places.imagestream = Ok(Some("an image".into())),
        |f| f.places.stream = Ok(Some(Phase::Failed)),
    ];
    for change in changes {
        let mut facts = facts(Way::Pinned);
        change(&mut facts);
        let gate = gate(&facts, GateId::NameFree);
        assert!(gate.blocks() && !gate.can_be_waived(), "{}", gate.evidence);
    }
}

#[test]
fn the_last_step_alone_demands_an_image_that_is_ours() {
    let mut facts = facts(Way::ImagestreamTag);
    says(&facts, GateId::NameFree, Verdict::Pass, &["is ours"]);
    facts.places.repository = Ok(None);
    says(&facts, GateId::NameFree, Verdict::Block, &["it was not mirrored"]);
    facts.places.repository = Ok(Some(there(|p| p.name = HELD.into())));
    says(&facts, GateId::NameFree, Verdict::Block, &["calls itself 4.21.0-okd-scos.6"]);
}

#[test]
fn a_name_that_is_somebody_elses_shows_what_it_held_and_since_when() {
    let line = "it was sha256:99ab since 2026-11-21 12:03 UTC";
    let mut facts = facts(Way::Pinned);
    let mut theirs = there(|payload| payload.from_release = None);
    theirs.history = vec![line.into()];
    facts.places.repository = Ok(Some(theirs));
    says(&facts, GateId::NameFree, Verdict::Block, &[line]);
}
