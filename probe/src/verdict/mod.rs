//! The verdict: rules turn what was seen into conclusions. Every conclusion cites its evidence, says how sure it is,
//! and what was not tested is listed.

mod diagnose;
mod headline;
mod rule;
pub mod rules;
mod who;

pub use diagnose::{Ending, NotTested, Outcome, Runs, Same, Verdict, Who, diagnose};
pub use rule::{Certainty, Cite, Evidence, Finding, Need, Rule, Severity};
