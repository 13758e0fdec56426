//! What a run means to a script.

use crate::report::{Format, Report, Status};
use crate::verdict::Outcome;

/// The exit code of one report. A check for Nagios has codes of its own.
pub(super) fn code(format: Format, report: &Report) -> u8 {
    match (format, report.verdict.outcome) {
        (Format::Nagios, _) => Status::of(report) as u8,
        (_, Outcome::Ready | Outcome::Gate | Outcome::Partial) => 0,
        (_, Outcome::Stopped) => 1,
        (_, Outcome::Inconclusive) => 3,
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
