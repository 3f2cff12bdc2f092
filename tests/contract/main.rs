//! One suite of behaviour, asked unchanged of two worlds: the embedded one, and a real control plane when
//! `WEIR_E2E_KUBECONFIG` names its kubeconfig (contexts `admin`, `viewer`, `team`).
//!
//! It speaks only the public face of the client. Every case uses names of its own, runs beside the others, and its runs are
//! deleted afterwards. Promotions change Tasks that all share and run alone; what others do to them (a clean-up, the work
//! of their pods) is done past the client. The last case stops and restarts the API server and runs alone. On a real control plane it needs
//! `WEIR_E2E_RESTART`, a command that kills the API server and returns when it answers again; without it that case is left out.
//!
//! Arguments: words that a case's name must hold.

mod cancelling;
mod deleting;
mod following;
mod listing;
mod outage;
mod place;
mod promotion;
mod reasons;
mod rights;
mod safety;
mod shape;
mod stage;
mod starting;
mod suite;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut cases = Vec::new();
    for topic in [
        listing::cases(),
        starting::cases(),
        reasons::cases(),
        following::cases(),
        cancelling::cases(),
        deleting::cases(),
        rights::cases(),
        safety::cases(),
        promotion::cases(),
        outage::cases(),
    ] {
        cases.extend(topic);
    }
    suite::run(cases)
}
