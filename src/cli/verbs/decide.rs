//! `accept`, `reject` and `take-back`: a decision over a payload's jobs, on its ReleasePayload.
//!
//! The right is asked for first. The patch carries the version that was read, and a standing decision must have been shown
//! here before a `--confirm` replaces it: nobody's decision is overwritten unseen.

mod seen;

use super::{change, release};
use crate::arguments::Yes;
use crate::arguments::release::{Decide, TakeBack};
use crate::code::End;
use crate::desk::Desk;
use crate::find;
use weir_domain::command::Decision;
use weir_domain::plan::Override;
use weir_domain::release::decision;
use weir_domain::release::detail::{Insight, ReleasePayload};
use weir_domain::{Command, Failure, FailureKind, ReleaseDetail, RunId};

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
    let journal = desk.client.journal_path();
    let payload = decision.object.to_string();
    if let Some(wish) = &object.wish {
        if yes.confirm.is_some() {
            unless_unseen(&decision, wish, seen::seen(&journal, &payload, wish))?;
        } else if let Err(why) = seen::keep(&journal, &payload, wish) {
            desk.paper.note(&format!("that the decision was shown is not kept: {why}"));
        }
    }
    let confirmed = change::confirmed(desk, Command::Decide(Box::new(decision)), &yes, &facts).await?;
    let code = change::send(desk, confirmed, false).await?;
    // Our own needs no second look.
    if let Some(word) = what.word() {
        let own = (word.to_string(), yes.reason.unwrap_or_default());
        if let Err(why) = seen::keep(&journal, &payload, &own) {
            desk.paper.note(&format!("the decision is not kept as seen: {why}"));
        }
    }
    Ok(code)
}

/// Somebody's decision that was not shown here is not replaced.
fn unless_unseen(decision: &Decision, wish: &(String, String), seen: bool) -> Result<(), Failure> {
    if seen {
        return Ok(());
    }
    let (word, reason) = wish;
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    Err(Failure::new(
        FailureKind::Refused,
        format!("cannot {} {}", decision.what.verb(), decision.object.name),
        format!("somebody has decided over it: {word}, {reason}"),
        "nothing was sent; look at it without --confirm first",
    ))
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
    facts.extend(decision::earlier(object).map(|earlier| ("by hand", earlier)));
    if object.may_decide.is_none() {
        facts.push(("right", "the server does not say whether you may; the patch will tell".into()));
    }
    facts.extend(decision::effects(what, object).into_iter().map(|(label, text, _)| (label, text)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{release_detail, release_payload};
    use weir_domain::Phase;

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
    fn a_decision_that_was_not_shown_is_not_replaced() {
        let decision = Decision {
            object: RunId::new("app.ci", "origin", "x"),
            what: Override::Accept,
            reason: "demo".into(),
            resource_version: "77".into(),
        };
        let wish = ("Rejected".to_string(), "broken upgrades".to_string());
        assert_eq!(unless_unseen(&decision, &wish, true), Ok(()));
        let failure = unless_unseen(&decision, &wish, false).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused);
        assert_eq!(failure.sentence(), "cannot accept x: somebody has decided over it: Rejected, broken upgrades");
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
        let of = |object: &ReleasePayload, what| {
            decision::effects(what, object).iter().map(|(l, w, _)| format!("{l} {w}")).collect()
        };
        let mut object = release_payload(Phase::Pending);
        let early: Vec<String> = of(&object, Override::Accept);
        assert!(early[0].starts_with("will be stored: no effect until its image is made, then Accepted"), "{early:?}");
        let failed: Vec<String> = of(&release_payload(Phase::Failed), Override::Reject);
        assert!(failed.iter().any(|words| words.contains("a Failed payload stays Failed")), "{failed:?}");
        let ready: Vec<String> = of(&release_payload(Phase::Ready), Override::Reject);
        assert!(ready[0].starts_with("will make it Rejected within a second"), "{ready:?}");
        object.wish = Some(("Rejected".into(), "x".into()));
        assert!(of(&object, Override::Accept).contains(&"will overwrite the decision above".to_string()));
    }

    #[test]
    fn a_word_that_does_nothing_is_told_as_such() {
        let mut object = release_payload(Phase::Rejected);
        object.wish = Some(("accepted".into(), String::new()));
        let detail = with(object.clone());
        let by_hand = facts(&detail, &object, Override::Accept).into_iter().find(|(label, _)| *label == "by hand");
        let words = by_hand.expect("it stands there").1;
        assert!(words.contains("does nothing") && words.contains("no reason given"), "{words}");
    }
}
