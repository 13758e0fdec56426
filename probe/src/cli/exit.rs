//! What a run means to a script.

use crate::expect::Answer;
use crate::report::{Format, Report, Status};
use crate::verdict::Outcome;

/// The exit code of one report. A check for Nagios has codes of its own.
pub(super) fn code(format: Format, report: &Report) -> u8 {
    if format == Format::Nagios {
        return Status::of(report) as u8;
    }
    report.expectations.iter().map(|judged| expected(judged.result)).fold(walked(report.verdict.outcome), worse)
}

const fn walked(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ready | Outcome::Gate | Outcome::Partial => 0,
        Outcome::Stopped => 1,
        Outcome::Inconclusive => 3,
    }
}

const fn expected(answer: Answer) -> u8 {
    match answer {
        Answer::Pass => 0,
        Answer::Fail => 1,
        Answer::Unknown => 3,
    }
}

/// The worse of two exit codes: 2, 1, 3, 0. For Nagios too that is: critical, warning, unknown, good.
pub(super) fn worse(one: u8, other: u8) -> u8 {
    [2, 1, 3].into_iter().find(|code| [one, other].contains(code)).unwrap_or(0)
}

/// The exit code where the probe could not run.
pub(super) const fn could_not_run(format: Format) -> u8 {
    if matches!(format, Format::Nagios) { Status::Unknown as u8 } else { 2 }
}
