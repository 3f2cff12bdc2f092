//! `accept`, `reject` and `take-back`: a decision over a payload's jobs, on its ReleasePayload.
//!
//! The right is asked for first; the patch carries the version that was read, so that nobody's decision is overwritten unseen.

use super::{change, release};
use crate::arguments::Yes;
use crate::arguments::release::{Decide, TakeBack};
use crate::code::End;
use crate::desk::Desk;
use crate::find;
use weir_domain::command::Decision;
use weir_domain::plan::Override;
use weir_domain::release::detail::{Insight, ReleasePayload};
use weir_domain::{Command, Failure, FailureKind, Phase, ReleaseDetail, RunId};

pub(super) async fn decide(desk: &mut Desk<'_>, what: Override, asked: &Decide) -> Result<i32, End> {
    let yes = Yes { confirm: asked.confirm.clone(), reason: Some(asked.reason.clone()) };
    go(desk, what, &asked.release, yes).await
}

pub(super) async fn take_back(desk: &mut Desk<'_>, asked: &TakeBack) -> Result<i32, End> {
    let yes = Yes { confirm: asked.confirm.clone(), reason: asked.reason.clone() };
    go(desk, Override::TakeBack, &asked.release, yes).await
}

async fn go(desk: &mut Desk<'_>, what: Override, name: &str, yes: Yes) -> Result<i32, End> {
    change::not_read_only(desk, what.verb(), name)?;
    let id = find::release::release(desk, name).await?.id;
    let detail = release::detail(desk, &id, |detail| matches!(detail.insight, Insight::Object(_))).await?;
    let object = decidable(&detail, what)?;
    let facts = facts(&detail, object, what);
    let decision = Decision {
        object: RunId::new(object.cluster.as_str(), &object.namespace, &*object.name),
        what,
        reason: yes.reason.clone().unwrap_or_default(),
        resource_version: object.resource_version.clone(),
    };
    let confirmed = change::confirmed(desk, Command::Decide(Box::new(decision)), &yes, &facts).await?;
    change::send(desk, confirmed, false).await
}

/// The ReleasePayload, when it was read, may be changed, and the decision would change something.
fn decidable(detail: &ReleaseDetail, what: Override) -> Result<&ReleasePayload, Failure> {
    let cannot = format!("cannot {} {}", what.verb(), detail.id);
    let failure = |kind, why: String, hint: &str| Err(Failure::new(kind, &cannot, why, hint));
    let object = match &detail.insight {
        Insight::Object(object) => object,
        Insight::None { cluster } => {
            return failure(FailureKind::Missing, format!("it has no ReleasePayload on {cluster}"), "only that counts");
        }
        Insight::Unseen { why } => {
            let hint = "only the ReleasePayload counts: there is no other way to decide over the jobs";
            return failure(FailureKind::Denied, format!("its ReleasePayload was not read: {why}"), hint);
        }
    };
    if object.may_decide == Some(false) {
        let why = format!("you may not patch ReleasePayloads in `{}/{}`", object.cluster, object.namespace);
        return failure(FailureKind::Denied, why, "ask those who may; most OKD operators do not have this right");
    }
    if what == Override::TakeBack && object.wish.is_none() && object.by_hand.is_none() {
        return failure(FailureKind::Refused, "nobody decided over its jobs".into(), "there is nothing to take back");
    }
    Ok(object)
}

/// What the change will do, and what it will not.
fn facts(detail: &ReleaseDetail, object: &ReleasePayload, what: Override) -> Vec<(&'static str, String)> {
    let mut facts = vec![("now", detail.why())];
    facts.extend(object.wish.as_ref().map(|(word, why)| {
        let stands = if object.by_hand.is_some() { "in effect" } else { "without effect so far" };
        ("by hand", format!("{word}, {stands}: {}", if why.is_empty() { "no reason given" } else { why }))
    }));
    if object.may_decide.is_none() {
        facts.push(("right", "the server does not say whether you may; the patch will tell".into()));
    }
    facts.extend(effects(object, what).into_iter().map(|words| ("effect", words)));
    facts
}

fn effects(object: &ReleasePayload, what: Override) -> Vec<String> {
    let word = |words: &str| words.to_string();
    let mut effects = match (what, object.phase) {
        (_, Phase::Failed) => vec![word("none: its image could not be made, a failed payload stays failed")],
        (Override::TakeBack, _) if !object.created => vec![word("its jobs decide, once its image is made")],
        (Override::TakeBack, _) => vec![word("its jobs decide again: accepted, rejected or testing as they say")],
        (Override::Accept, _) if !object.created => {
            vec![word("none yet: its image is being made; then it is accepted at once, and no job is waited for")]
        }
        (Override::Reject, _) if !object.created => {
            vec![word("none yet: its image is being made; then it is rejected at once, and no job is waited for")]
        }
        (Override::Accept, _) => vec![word("accepted at once, whatever its jobs say")],
        (Override::Reject, _) => vec![word("rejected at once, whatever its jobs say")],
    };
    if let Some((standing, _)) = object.wish.as_ref().filter(|_| what != Override::TakeBack) {
        effects.push(format!("takes the place of `{standing}`; only the journal here keeps that it was"));
    }
    effects.push("the phase on the ImageStream's tag is not corrected; only the ReleasePayload counts".into());
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{release_detail, release_payload};

    fn with(object: ReleasePayload) -> ReleaseDetail {
        let mut detail = release_detail(object.phase);
        detail.insight = Insight::Object(Box::new(object));
        detail
    }

    #[test]
    fn who_may_not_decide_is_told_before_anything_is_proposed() {
        let mut object = release_payload(Phase::Rejected);
        object.may_decide = Some(false);
        let failure = decidable(&with(object.clone()), Override::Accept).map(drop).expect_err("denied");
        assert_eq!(failure.kind, FailureKind::Denied);
        assert_eq!(failure.why, "you may not patch ReleasePayloads in `app.ci/origin`");
        object.may_decide = None;
        let detail = with(object);
        let object = decidable(&detail, Override::Accept).expect("the attempt tells");
        assert!(facts(&detail, object, Override::Accept).iter().any(|(label, _)| *label == "right"));
    }

    #[test]
    fn without_a_releasepayload_there_is_nothing_to_decide_on() {
        let mut detail = release_detail(Phase::Unknown);
        detail.insight = Insight::None { cluster: "app.ci".into() };
        assert_eq!(decidable(&detail, Override::Reject).map(drop).expect_err("none").kind, FailureKind::Missing);
        detail.insight = Insight::Unseen { why: "app.ci is not connected".into() };
        assert_eq!(decidable(&detail, Override::Reject).map(drop).expect_err("unseen").kind, FailureKind::Denied);
    }

    #[test]
    fn only_what_somebody_decided_can_be_taken_back() {
        let mut object = release_payload(Phase::Accepted);
        let failure = decidable(&with(object.clone()), Override::TakeBack).map(drop).expect_err("nothing");
        assert_eq!(failure.kind, FailureKind::Refused);
        object.wish = Some(("Accepted".into(), "demo".into()));
        assert!(decidable(&with(object), Override::TakeBack).is_ok());
    }

    #[test]
    fn too_early_and_failed_say_that_nothing_happens() {
        let mut object = release_payload(Phase::Pending);
        object.created = false;
        assert!(effects(&object, Override::Accept)[0].starts_with("none yet"));
        assert!(effects(&release_payload(Phase::Failed), Override::Accept)[0].starts_with("none: "));
        object.wish = Some(("Rejected".into(), "x".into()));
        assert!(effects(&object, Override::Accept).iter().any(|words| words.contains("`Rejected`")));
    }
}
