//! The walk that a report is about, phase by phase, for every format that lists them.

use super::Report;
use crate::clock::micros;
use crate::evidence::Outcome;
use crate::fact::Certificate;
use crate::phase::Phase;
use crate::stop::Stop;
use crate::walk::Walk;

/// One phase on the way of that walk.
pub(super) struct Step<'a> {
    pub(super) phase: Phase,
    pub(super) outcome: Outcome,
    /// How long it took, in microseconds, where it began.
    pub(super) took_us: Option<u64>,
    /// How often the other side answered.
    pub(super) round_trips: u32,
    /// How the walk ended in it.
    pub(super) stop: Option<&'a Stop>,
}

/// The walk that the text is about, with its index: the first baseline walk that stopped, or else the baseline.
pub(super) fn subject(report: &Report) -> Option<(usize, &Walk)> {
    let baseline = || report.survey.baseline().map(|walk| (0, walk));
    report.survey.numbered_repeats().find(|(_, walk)| walk.stop.is_some()).or_else(baseline)
}

/// The phases of the walk that decides the outcome: that which the text is about, but behind a redirection the last.
pub(super) fn steps(report: &Report) -> Vec<Step<'_>> {
    let decisive = report.survey.followed().or_else(|| subject(report));
    decisive.into_iter().flat_map(|(_, walk)| of(walk)).collect()
}

/// The server's certificate, as the first walk saw it that saw one.
pub(super) fn certificate(report: &Report) -> Option<&Certificate> {
    report.survey.walks.iter().find_map(|walk| walk.facts.tls.certificate.as_ref())
}

/// Microseconds as seconds, to the last figure.
pub(super) fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

/// The word for what came of a phase.
pub(super) const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Stopped => "stopped",
        Outcome::NotReached => "not reached",
        Outcome::NotApplicable => "not needed",
    }
}

fn of(walk: &Walk) -> impl Iterator<Item = Step<'_>> {
    walk.phases().map(|phase| Step {
        phase,
        outcome: walk.outcome(phase),
        took_us: walk.tape.span(phase).map(|(enter, leave)| micros(leave - enter)),
        round_trips: walk.tape.round_trips(phase),
        stop: walk.stop.as_ref().filter(|stop| stop.phase == phase),
    })
}
