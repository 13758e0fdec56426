//! What a run means to a script.

use crate::expect::Answer;
use crate::report::{Format, Report, Status};
use crate::verdict::Outcome;

/// The exit codes, and what each means.
pub const CODES: [(&str, &str); 5] = [
    ("0", "the walk went as far as it was asked to, and every expectation holds; `compare`: alike"),
    ("1", "a stop, or an expectation that failed; `compare`: different; `wait`: the deadline came first"),
    ("2", "the probe could not run: usage, permission, unwritable file; or a line of `--targets` names no target"),
    ("3", "inconclusive, or an expectation of what was not learned"),
    ("130, 143", "interrupted; what was measured is written"),
];

/// What they mean to Nagios.
pub const NAGIOS_CODES: &str = "\
    With `--format nagios` alone the codes are a Nagios plugin's: 0 OK, 1 WARNING (a risk was found), 2 CRITICAL (a stop, a
fault, a failed expectation, or time ran out), 3 UNKNOWN.";

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

/// The exit code where so many lines of the list of targets name none.
pub(super) const fn of_list(format: Format, bad_lines: usize) -> u8 {
    if bad_lines > 0 { could_not_run(format) } else { 0 }
}
