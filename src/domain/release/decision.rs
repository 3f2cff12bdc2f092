//! What a decision by hand will and will not do to this payload, as the release-controller behaves.

use weir_domain::Phase;
use weir_domain::plan::Override;
use weir_domain::release::detail::ReleasePayload;

/// Somebody's decision that stands. The object keeps no history and no name.
pub(super) fn earlier(object: &ReleasePayload) -> Option<String> {
    let (word, reason) = object.wish.as_ref()?;
    let reason = if reason.is_empty() { "no reason given".to_string() } else { format!("\"{reason}\"") };
    let known = matches!(word.as_str(), "Accepted" | "Rejected");
    let void = if known { "" } else { " (not a word the release-controller knows: it does nothing)" };
    Some(format!("{word}{void}: {reason}; by whom is not recorded"))
}

/// Label, sentence, and whether it must be seen.
pub(super) fn effects(what: Override, object: &ReleasePayload) -> Vec<(&'static str, String, bool)> {
    let mut said = Vec::new();
    let mut will = |text: &str| said.push(("will", text.to_string(), false));
    match (what, object.phase) {
        (Override::TakeBack, _) => will("take the decision away: the jobs decide again, as if nobody had"),
        (_, Phase::Failed) => will("be stored, and that is all"),
        (Override::Accept, _) if object.created => will("make it Accepted within a second, whatever its jobs say"),
        (Override::Reject, _) if object.created => will("make it Rejected within a second, whatever its jobs say"),
        (Override::Accept, _) => {
            will("be stored: no effect until its image is made, then Accepted at once, no job waited for")
        }
        (Override::Reject, _) => {
            will("be stored: no effect until its image is made, then Rejected at once, no job waited for")
        }
    }
    if object.wish.is_some() && what != Override::TakeBack {
        said.push(("will", "overwrite the decision above".into(), true));
    }
    if object.phase == Phase::Failed {
        said.push(("will not", "change the phase: a Failed payload stays Failed".into(), true));
    }
    said.push((
        "will not",
        "stop or restart any job, promote anything, or change the ImageStream's own phase words".into(),
        false,
    ));
    said
}
