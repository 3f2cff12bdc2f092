//! The rules of promotion: every verdict of every gate in every way; what a plan, a yes and the ledger make of them.
//!
//! The tables of `rules` are complete: `coverage` fails when a verdict of [`weir_domain::GateId::verdicts`] has no case
//! and when any mixture of the cases' facts leads to one that is not listed.

mod coverage;
mod evidence;
mod facts;
mod ledger;
mod names;
mod plan;
mod proposal;
mod rules;
