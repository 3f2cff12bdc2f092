//! What a payload's object said when the dialog opened: the yes is for that state and no other.
//!
//! A decision that somebody makes while the tag is typed is told, never overwritten.

use weir_domain::Phase;
use weir_domain::release::decision;
use weir_domain::release::detail::{ByHand, ReleasePayload};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    wish: Option<(String, String)>,
    by_hand: Option<ByHand>,
    phase: Phase,
    /// What the patch carries, so that the server refuses it too when anything has changed.
    pub resource_version: String,
}

impl Basis {
    pub fn of(object: &ReleasePayload) -> Basis {
        Basis {
            wish: object.wish.clone(),
            by_hand: object.by_hand.clone(),
            phase: object.phase,
            resource_version: object.resource_version.clone(),
        }
    }

    /// One sentence for what happened to it since, people's decisions first; `None` when nothing did.
    pub fn since(&self, object: &ReleasePayload) -> Option<String> {
        let now = Basis::of(object);
        if now == *self {
            return None;
        }
        let what = if now.wish != self.wish {
            match decision::earlier(object) {
                Some(decision) => format!("somebody decided in between: {decision}"),
                None => "somebody took the decision back in between".into(),
            }
        } else if now.by_hand != self.by_hand {
            match &now.by_hand {
                Some(hand) => format!("in between it was {} by hand: {}", hand.verdict.word(), hand.reason),
                None => "in between it ceased to count as decided by hand".into(),
            }
        } else if now.phase != self.phase {
            format!("in between it went from {} to {}", self.phase.word(), now.phase.word())
        } else {
            "its object was changed in between, not its phase and not the decision".into()
        };
        Some(format!("{what}. Nothing was sent: look again"))
    }
}
