//! What a decision by hand will and will not do to this payload, as the release-controller behaves.

use super::Phase;
use super::detail::ReleasePayload;
use crate::plan::Override;

/// Somebody's decision that stands. The object keeps no history and no name.
pub fn earlier(object: &ReleasePayload) -> Option<String> {
    let (word, reason) = object.wish.as_ref()?;
    let reason = if reason.is_empty() { "no reason given".to_string() } else { format!("\"{reason}\"") };
    let known = [Override::Accept, Override::Reject].iter().any(|known| known.word() == Some(word));
    let void = if known { "" } else { " (not a word the release-controller knows: it does nothing)" };
    Some(format!("{word}{void}: {reason}; by whom is not recorded"))
}

/// Label, sentence, and whether it must be seen.
pub fn effects(what: Override, object: &ReleasePayload) -> Vec<(&'static str, String, bool)> {
    let word = what.word().unwrap_or_default();
    let will = match (what, object.phase) {
        (Override::TakeBack, _) => "take the decision away: the jobs decide again, as if nobody had".to_string(),
        (_, Phase::Failed) => "be stored, and that is all".to_string(),
        _ if object.created => format!("make it {word} within a second, whatever its jobs say"),
        _ => format!("be stored: no effect until its image is made, then {word} at once, no job waited for"),
    };
    let mut said = vec![("will", will, false)];
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
